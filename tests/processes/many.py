"""Makes patients who are to be reminded at one time of every day, of nothing else, in UTC and at no quiet hour:
`python -m tests.processes.moved FILE tests.processes.many HH:MM ADDRESS … [HH:MM ADDRESS …]`.

Rows in bulk: they stand for a practice that has been there for long.
"""

import datetime as dt
import sys

import django
from django.utils import timezone


def make(time: str, addresses: list[str]) -> None:
    from clinic.models import Clinic, User
    from patients.models import Patient, Prescription, PrescriptionRevision, ReminderPreference
    from patients.models.people import PatientState
    from patients.models.reminders import Kind

    clinic, _ = Clinic.objects.get_or_create(name="Holdwell Practice", defaults={"time_zone": "UTC"})
    clinician, _ = User.objects.get_or_create(email="clinician@example.org", defaults={"name": "Clinician"})
    since = timezone.now() - dt.timedelta(days=7)
    users = User.objects.bulk_create(
        User(email=address, name=address.partition("@")[0], password="!") for address in addresses
    )
    patients = Patient.objects.bulk_create(
        Patient(
            clinic=clinic,
            clinician=clinician,
            user=user,
            name=user.name,
            email=user.email,
            state=PatientState.ACTIVE,
            time_zone="UTC",
        )
        for user in users
    )
    ReminderPreference.objects.bulk_create(
        ReminderPreference(
            patient=patient,
            times=[time],
            quiet_from=dt.time(0),
            quiet_until=dt.time(0),
            off=[kind for kind in Kind.values if kind != Kind.SESSION_DUE],
            unsubscribe_key=f"unsubscribe-{patient.pk}",
        )
        for patient in patients
    )
    prescriptions = Prescription.objects.bulk_create(
        Prescription(
            patient=patient, name="Stretches", starts_on=since.date(), created_by=clinician, created_at=since
        )
        for patient in patients
    )
    PrescriptionRevision.objects.bulk_create(
        PrescriptionRevision(
            prescription=prescription,
            number=1,
            counts_from=since.date(),
            mode="fixed",
            weekdays=[*range(7)],
            times_per_day=1,
            created_by=clinician,
            created_at=since,
        )
        for prescription in prescriptions
    )


if __name__ == "__main__":
    django.setup()
    groups: dict[str, list[str]] = {}
    time = ""
    for word in sys.argv[1:]:
        if "@" in word:
            groups[time].append(word)
        else:
            time = word
            groups[time] = []
    for time, addresses in groups.items():
        make(time, addresses)
