"""A clinic with thousands of patients, for what has to be quick with many: written in bulk, different from each other.

Schedules, first days, pauses, silence and half sessions vary with the patient's number, so that every band is there.
"""

import datetime as dt
from collections.abc import Iterator, Sequence

from django.utils import timezone

from clinic.models import Clinic, User
from patients.models import Alert, Patient, Pause, Prescription, PrescriptionRevision, Session
from patients.models.alerts import Level, Rule
from patients.models.people import PatientState
from patients.models.sessions import Source

SETS = 4
DAY = dt.timedelta(days=1)


def make_crowd(clinic: Clinic, clinician: User, count: int, weeks: int) -> list[Patient]:
    """`count` active patients with one prescription each and up to `weeks` of sessions before today."""
    today = timezone.now().date()
    patients = [
        Patient(
            clinic=clinic,
            clinician=clinician,
            state=PatientState.ACTIVE,
            name=f"{FAMILY[n % len(FAMILY)]}, {GIVEN[n // len(FAMILY) % len(GIVEN)]}",
            reference=f"C-{n:05}",
            birth_date=dt.date(1940, 1, 1) + dt.timedelta(days=n * 37 % 22000),
            time_zone=clinic.time_zone,
        )
        for n in range(count)
    ]
    Patient.objects.bulk_create(patients, batch_size=1000)
    prescriptions = [
        Prescription(
            patient=patient,
            name="Six stretches",
            starts_on=today - dt.timedelta(days=7 * weeks if n % 9 else n % 30),
            ends_on=today + dt.timedelta(days=n % 60) if n % 3 == 0 else None,
            created_by=clinician,
        )
        for n, patient in enumerate(patients)
    ]
    Prescription.objects.bulk_create(prescriptions, batch_size=1000)
    revisions = [
        PrescriptionRevision(
            prescription=prescription,
            number=1,
            counts_from=prescription.starts_on,
            created_by=clinician,
            **(
                {"mode": "flexible", "per_week": 3 + n % 3}
                if n % 4 == 3
                else {"mode": "fixed", "weekdays": WEEKDAYS[n % 5], "times_per_day": 1 + (n % 10 == 0)}
            ),
        )
        for n, prescription in enumerate(prescriptions)
    ]
    PrescriptionRevision.objects.bulk_create(revisions, batch_size=1000)
    Pause.objects.bulk_create(
        Pause(prescription=p, first_day=today - 9 * DAY, last_day=today - (n % 9) * DAY, created_by=clinician)
        for n, p in enumerate(prescriptions)
        if n % 12 == 5
    )
    Alert.objects.bulk_create(
        Alert(patient=patient, rule=Rule.PAIN_HIGH, level=Level.CRITICAL if n % 2 else Level.LOW)
        for n, patient in enumerate(patients)
        if n % 15 == 0
    )
    Session.objects.bulk_create(_sessions(revisions, today), batch_size=5000)
    return patients


def _sessions(revisions: Sequence[PrescriptionRevision], today: dt.date) -> Iterator[Session]:
    for n, revision in enumerate(revisions):
        prescription = revision.prescription
        begun = (today - prescription.starts_on).days
        # Some have been silent for a week, some never come on a fifth of their days.
        for ago in range(7 if n % 7 == 0 else 1, begun + 1):
            if (ago * 3 + n) % 10 < n % 6:
                continue
            started_at = dt.datetime.combine(today - ago * DAY, dt.time(9), tzinfo=prescription.patient.zone)
            yield Session(
                patient=prescription.patient,
                prescription=prescription,
                revision=revision,
                source=Source.PLAYER,
                started_at=started_at,
                local_date=today - ago * DAY,
                zone=str(prescription.patient.zone),
                received_at=started_at,
                recorded_by=prescription.created_by,
                pain_after=(ago + n) % 8,
                performed_sets=SETS - (n + ago) % 3 % 2 - n % 2,
                prescribed_sets=SETS,
                digest="0" * 64,
            )


WEEKDAYS = ([0, 1, 2, 3, 4, 5, 6], [0, 2, 4], [1, 3], [0, 1, 2, 3, 4], [0, 1, 2, 3, 4, 5, 6])
FAMILY = (
    "Aalto", "Brandt", "Castro", "Dietz", "Eriksen", "Farkas", "Gupta", "Horvat", "Ivanova", "Jansen",
    "Keller", "Lindqvist", "Moreau", "Novak", "Okafor", "Pereira", "Quist", "Rossi", "Sato", "Tanaka",
    "Ueda", "Vogel", "Weiss", "Xu", "Yilmaz", "Zimmer",
)  # fmt: skip
GIVEN = (
    "Ada", "Bela", "Carla", "Dario", "Elif", "Finn", "Greta", "Hana", "Ivo", "Jana",
    "Kofi", "Lena", "Mats", "Nia", "Olga", "Per", "Rosa", "Sami", "Tara", "Yara",
)  # fmt: skip
