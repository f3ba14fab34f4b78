"""Who asks for what: a patient with half a year of sessions, and the colleagues of their clinic and of a large one."""

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
from django.db.models import Count
from django.urls import reverse
from django.utils import timezone

from clinic import tokens
from clinic.models import Clinic, Membership, Role, User
from exercises.models import Routine, ScheduleMode
from patients.demo import ROUTINE, large
from patients.lines import Line, lines_of_routine
from patients.models import Prescription
from tests.bench.asking import Target
from tests.world import make_exercise, make_user

# The clinic of the roster and the digests: as much history as those read.
CROWD = 5000
CROWD_WEEKS = 6
CLINICIANS = 100
# The clinic of everything else: a whole clinic with half a year behind it.
PATIENTS = 400
WEEKS = 26
EXERCISES = 20
WINDOW_WEEKS = 8


@dataclass(frozen=True)
class Ground:
    """What is asked about: one patient's prescription in one clinic, another's for the posts, and the large clinic."""

    clinic: Clinic
    colleague: User
    asking: Prescription
    posting: Prescription
    crowd: Clinic | None


def make_crowd() -> Clinic:
    """A clinic of 5,000 patients in the care of 100 clinicians."""
    call_command("load_library", verbosity=0)
    for number in range(EXERCISES):
        make_exercise(f"Stretch {number}")
    crowd = Clinic.objects.create(name="Great Practice", time_zone="Europe/Berlin")
    clinicians = [make_user(f"clinician{number}") for number in range(CLINICIANS)]
    Membership.objects.bulk_create(
        Membership(user=person, clinic=crowd, role=Role.CLINICIAN) for person in clinicians
    )
    large.fill(crowd, clinicians, _lines(), patients=CROWD, weeks=CROWD_WEEKS, seed=2, now=timezone.now())
    return crowd


def make_ground(crowd: Clinic) -> Ground:
    """A clinic of 400 patients with 26 weeks; its owner works in the large one as well."""
    (key,) = large.load(
        patients=PATIENTS,
        weeks=WEEKS,
        seed=1,
        now=timezone.now(),
        lines=_lines(),
        progress=lambda patients, sessions: None,
    )
    return ground_in(Clinic.objects.get(pk=key), crowd)


def ground_as_it_is() -> Ground:
    """The first clinic that `load_demo --patients` made."""
    return ground_in(Clinic.objects.get(name__endswith="Physiotherapy 1"), None)


def ground_in(clinic: Clinic, crowd: Clinic | None) -> Ground:
    colleague = User.objects.get(memberships__clinic=clinic, memberships__role=Role.OWNER)
    if crowd:
        Membership.objects.create(user=colleague, clinic=crowd, role=Role.CLINICIAN)
    # Somebody who has four exercises to do every day, since the beginning.
    since = timezone.now().date() - dt.timedelta(weeks=WEEKS)
    daily = (
        Prescription.objects.filter(patient__clinic=clinic, ends_on=None, stopped_from=None)
        .filter(starts_on__lte=since + dt.timedelta(days=1), revisions__mode=ScheduleMode.FIXED)
        .exclude(revisions__number=2)
        .annotate(items=Count("revisions__items"))
        .filter(items=4)
        .order_by("pk")
    )
    asking, posting = daily.select_related("patient__user")[:2]
    return Ground(clinic, colleague, asking, posting, crowd)


def targets(ground: Ground) -> list[Target]:
    assert ground.asking.patient.user
    assert ground.posting.patient.user
    staff, patient = signed_in(ground.colleague), signed_in(ground.asking.patient.user)
    key, own_key = token(ground.colleague), token(ground.asking.patient.user)
    today = ground.asking.patient.local_date(timezone.now())
    half_a_year = f"?from={today - dt.timedelta(weeks=WEEKS)}&to={today}"
    eight_weeks = f"?from={today - dt.timedelta(weeks=WINDOW_WEEKS)}&to={today}&clinic={ground.clinic.pk}"
    of_one = f"/api/v1/prescriptions/{ground.asking.pk}/adherence/{half_a_year}"
    found = [
        Target("today, API", "/api/v1/today/", own_key, at_least=0.06),
        Target(
            "session POST, API",
            "/api/v1/sessions/",
            token(ground.posting.patient.user),
            full_session(ground.posting),
            at_least=0.04,
        ),
        Target(
            f"{EXERCISES} exercises, API", f"/api/v1/exercises/?page_size={EXERCISES}", key, at_least=0.06
        ),
        Target("adherence of 26 weeks, API", of_one, key, at_least=0.05),
        Target("today, page", reverse("portal:today"), patient, at_least=0.05),
        Target("50 patients' adherence, API", f"/api/v1/adherence/{eight_weeks}", key),
        Target("patient, page", reverse("desk:patient", args=[ground.asking.patient.pk]), staff),
        Target("roster of 400", reverse("desk:roster", args=[ground.clinic.pk]), staff),
    ]
    if ground.crowd:
        roster = reverse("desk:roster", args=[ground.crowd.pk])
        found += [
            # The least that a signed-in page of the desk can be: its frame around a small form.
            Target("frame of the desk, page", reverse("desk:new_view", args=[ground.crowd.pk]), staff),
            Target("roster of 5,000 by name", roster + "?sort=name", staff),
            Target("roster of 5,000, as it opens", roster, staff),
            Target("roster of 5,000, one band", roster + "?band=quiet", staff),
            Target("roster of 5,000 by adherence", roster + "?sort=adherence", staff),
        ]
    return found


def full_session(prescription: Prescription) -> Callable[[], bytes]:
    """Makes full sessions that have just ended, each with an id of its own."""
    items = [
        {
            "item": str(item.pk),
            "sets": [{"side": side, "held": float(item.dosage.set_hold)} for side in item.dosage.side_names]
            * item.sets,
        }
        for item in prescription.revisions.get().items.all()
    ]

    def make() -> bytes:
        now = timezone.now()
        body = {
            "id": str(uuid4()),
            "prescription": str(prescription.pk),
            "revision": 1,
            "started_at": (now - dt.timedelta(minutes=8)).isoformat(),
            "ended_at": now.isoformat(),
            "pain_before": 3,
            "pain_after": 2,
            "difficulty": "about_right",
            "source": "player",
            "items": items,
        }
        return json.dumps(body).encode()

    return make


def token(user: User) -> dict[str, str]:
    _token, secret = tokens.create(None, user, "bench")
    return {"Authorization": f"Bearer {secret}"}


def signed_in(user: User) -> dict[str, str]:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return {"Cookie": f"holdwell={session.session_key}"}


def _lines() -> list[Line]:
    return lines_of_routine(Routine.objects.get(clinic=None, slug=ROUTINE))
