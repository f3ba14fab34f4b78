"""What happens to patients in tests: sessions done, alerts raised, and more patients like Pat."""

import datetime as dt
from uuid import uuid4

from django.utils import timezone

from clinic.models import User
from patients import alerts, sessions
from patients.alerts import Cause
from patients.models import Alert, Patient, Prescription, Session
from patients.models.alerts import Rule
from patients.models.prescriptions import Origin
from patients.models.sessions import Source
from patients.sessions import ItemDone, SessionData, SetDone
from tests.world import World, make_patient, make_prescription


def log_session(
    prescription: Prescription,
    at: dt.datetime | None = None,
    *,
    pain: int | None = None,
    half: bool = False,
    source: str = Source.PLAYER,
) -> Session:
    """A session done at an instant (now): in full, or half of its exercises."""
    if source == Source.IMPORT:
        prescription.origin = Origin.IMPORT
    revision = prescription.revisions.order_by("number").last()
    assert revision
    items = list(revision.items.all())
    done = [
        ItemDone(
            item.pk, [SetDone(side, item.dosage.set_hold) for side in item.dosage.side_names * item.sets]
        )
        for item in (items[: len(items) // 2] if half else items)
    ]
    user = prescription.patient.user
    assert isinstance(user, User)
    data = SessionData(
        id=uuid4(),
        prescription=prescription,
        revision=revision,
        started_at=at or timezone.now(),
        ended_at=None,
        items=done,
        source=source,
        pain_after=pain,
    )
    return sessions.record(user, data)[0]


def make_patients(world: World, count: int) -> list[Patient]:
    """More patients of the clinician, each with the same daily prescription, begun a week ago."""
    patients = [make_patient(world.clinic, f"{number:03}more", world.clinician) for number in range(count)]
    for patient in patients:
        make_prescription(
            patient,
            world.clinician,
            [world.hamstring],
            starts_on=patient.local_date(timezone.now()) - dt.timedelta(days=7),
        )
    return patients


def raise_alert(patient: Patient, rule: Rule, at: dt.datetime) -> Alert:
    """An alert of facts that nobody has met before."""
    day = patient.local_date(at)
    return alerts.raise_alert(patient, rule, at, Cause(f"told:{uuid4()}", day, day))
