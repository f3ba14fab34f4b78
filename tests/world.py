"""The fixed cast: everybody whom a rule of docs/rules.md 2 speaks of, in two clinics.

Holdwell Practice has an owner, a clinician, an assistant, a viewer and two patients (Pat, with a prescription;
Quinn, without). Far Clinic, across the wall, has a stranger clinician and a stranger patient. A curator, a
reviewer and an operator belong to no clinic.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, fields

from django.utils import timezone

from clinic.models import Clinic, LibraryRole, Membership, Role, User
from exercises.models import Exercise, Revision, RevisionState, Routine, RoutineItem, RoutineRevision
from patients.models import (
    Item,
    Patient,
    PatientZone,
    Prescription,
    PrescriptionRevision,
    ReminderPreference,
    Session,
    SessionItem,
)
from patients.models.people import PatientState
from patients.models.sessions import Source

# Far from everybody's own, and half an hour off: mistakes about zones show.
ZONE = "Asia/Kathmandu"
PASSWORD = "correct horse battery"
# A small figure: one of the two stretches has it, the other none.
STANDING: Mapping[str, object] = {"start": {}, "held": {"joints": {"left_hip": {"flexion": 60}}}}


@dataclass
class World:
    clinic: Clinic
    owner: User
    clinician: User
    assistant: User
    viewer: User
    pat: Patient
    quinn: Patient
    far_clinic: Clinic
    stranger_clinician: User
    stranger_patient: Patient
    curator: User
    reviewer: User
    operator: User
    knee_to_chest: Exercise
    hamstring: Exercise
    routine: Routine
    prescription: Prescription

    @property
    def patient(self) -> User:
        """Pat as a user."""
        assert self.pat.user is not None
        return self.pat.user

    @property
    def stranger(self) -> User:
        """The stranger patient as a user."""
        assert self.stranger_patient.user is not None
        return self.stranger_patient.user

    def people(self) -> dict[str, User]:
        """Everybody who can sign in, by name."""
        users = {f.name: getattr(self, f.name) for f in fields(self) if f.type in (User, "User")}
        return users | {"patient": self.patient, "stranger": self.stranger}


def make_user(name: str, **more: object) -> User:
    return User.objects.create_user(f"{name}@example.org", PASSWORD, name=name.title(), **more)


def make_patient(clinic: Clinic, name: str, clinician: User, *, zone: str = ZONE) -> Patient:
    patient = Patient.objects.create(
        clinic=clinic,
        user=make_user(name),
        clinician=clinician,
        state=PatientState.ACTIVE,
        name=name.title(),
        email=f"{name}@example.org",
        birth_date=dt.date(1980, 5, 17),
        reference=f"{name.upper()}-1",
        time_zone=zone,
    )
    PatientZone.objects.create(patient=patient, time_zone=zone, since=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    ReminderPreference.objects.create(patient=patient, times=["09:00"], unsubscribe_key=f"unsubscribe-{name}")
    return patient


def make_exercise(
    name: str,
    *,
    hold: int = 30,
    sides: str = "both",
    clinic: Clinic | None = None,
    figure: Mapping[str, object] | None = None,
) -> Exercise:
    exercise = Exercise.objects.create(slug=name.lower().replace(" ", "-"), clinic=clinic)
    exercise.published = Revision.objects.create(
        exercise=exercise,
        number=1,
        state=RevisionState.PUBLISHED,
        published_at=timezone.now(),
        name=name,
        regions=["back"],
        position="supine",
        sides=sides,
        hold=hold,
        rest=10,
        steps=[{"kind": "move", "text": "Draw one knee in."}, {"kind": "hold", "text": "Stay there."}],
        safety="It should never hurt.",
        cautions=[{"tag": "osteoporosis", "level": "avoid", "note": ""}],
        easier_text="Hold behind the thigh.",
        figure=figure or {},
    )
    exercise.save()
    return exercise


def make_prescription(
    patient: Patient, by: User, exercises: list[Exercise], *, starts_on: dt.date, **schedule: object
) -> Prescription:
    """A prescription of the exercises' own dosage; daily once, unless a schedule is given."""
    prescription = Prescription.objects.create(
        patient=patient, name="Six stretches", starts_on=starts_on, created_by=by
    )
    revision = PrescriptionRevision.objects.create(
        prescription=prescription,
        number=1,
        counts_from=starts_on,
        created_by=by,
        **(schedule or {"mode": "fixed", "weekdays": [0, 1, 2, 3, 4, 5, 6], "times_per_day": 1}),
    )
    for position, exercise in enumerate(exercises, start=1):
        pinned = exercise.published
        assert pinned is not None
        Item.objects.create(
            revision=revision,
            position=position,
            exercise_revision=pinned,
            sets=pinned.sets,
            repetitions=pinned.repetitions,
            hold=pinned.hold,
            rest=pinned.rest,
            sides=pinned.sides,
        )
    return prescription


def make_world() -> World:
    clinic = Clinic.objects.create(
        name="Holdwell Practice", time_zone=ZONE, reminder_times=["09:00", "18:00"]
    )
    far_clinic = Clinic.objects.create(
        name="Far Clinic", time_zone="America/St_Johns", reminder_times=["08:00"]
    )
    staff = {role: make_user(role) for role in ("owner", "clinician", "assistant", "viewer")}
    for role, user in staff.items():
        Membership.objects.create(user=user, clinic=clinic, role=Role(role))
    stranger_clinician = make_user("stranger_clinician")
    Membership.objects.create(user=stranger_clinician, clinic=far_clinic, role=Role.OWNER)

    pat = make_patient(clinic, "pat", staff["clinician"])
    knee_to_chest = make_exercise("Knee to chest")
    hamstring = make_exercise("Lying hamstring stretch", figure=STANDING)
    routine = Routine.objects.create(slug="two-stretches")
    routine.published = RoutineRevision.objects.create(
        routine=routine,
        number=1,
        state=RevisionState.PUBLISHED,
        name="Two stretches",
        schedule={"mode": "fixed", "weekdays": [0, 2, 4], "times_per_day": 1},
        published_at=timezone.now(),
    )
    routine.save()
    for position, exercise in enumerate([knee_to_chest, hamstring], start=1):
        RoutineItem.objects.create(
            revision=routine.published, position=position, exercise=exercise, hold=30, rest=10, sides="both"
        )
    return World(
        clinic=clinic,
        owner=staff["owner"],
        clinician=staff["clinician"],
        assistant=staff["assistant"],
        viewer=staff["viewer"],
        pat=pat,
        quinn=make_patient(clinic, "quinn", staff["clinician"]),
        far_clinic=far_clinic,
        stranger_clinician=stranger_clinician,
        stranger_patient=make_patient(far_clinic, "stranger", stranger_clinician, zone="America/St_Johns"),
        curator=make_user("curator", library_role=LibraryRole.CURATOR),
        reviewer=make_user("reviewer", library_role=LibraryRole.REVIEWER),
        operator=make_user("operator", is_staff=True, is_superuser=True),
        knee_to_chest=knee_to_chest,
        hamstring=hamstring,
        routine=routine,
        prescription=make_prescription(
            pat,
            staff["clinician"],
            [knee_to_chest, hamstring],
            starts_on=pat.local_date(timezone.now()) - dt.timedelta(days=21),
        ),
    )


def make_session(
    prescription: Prescription, day: dt.date, *, done: int | None = None, at: dt.time = dt.time(9)
) -> Session:
    """A session on a local date as it stands in the record; `done` of the prescribed sets, all by default."""
    patient = prescription.patient
    revision = prescription.revisions.filter(counts_from__lte=day).last() or prescription.revisions.get(
        number=1
    )
    items = list(revision.items.all())
    prescribed = sum(item.dosage.total_sets for item in items)
    started_at = dt.datetime.combine(day, at, tzinfo=patient.zone)
    session = Session.objects.create(
        patient=patient,
        prescription=prescription,
        revision=revision,
        source=Source.PLAYER,
        started_at=started_at,
        ended_at=started_at + dt.timedelta(minutes=8),
        local_date=day,
        zone=str(patient.zone),
        received_at=started_at + dt.timedelta(minutes=8),
        recorded_by=patient.user or prescription.created_by,
        pain_before=4,
        pain_after=3,
        performed_sets=prescribed if done is None else done,
        prescribed_sets=prescribed,
        digest="0" * 64,
    )
    left = session.performed_sets
    for item in items:
        performed = min(left, item.dosage.total_sets)
        left -= performed
        sides = (list(item.dosage.side_names) * item.sets)[:performed]
        SessionItem.objects.create(
            session=session,
            item=item,
            performed_sets=performed,
            sets=[{"side": side, "held": item.dosage.set_hold} for side in sides],
        )
    return session
