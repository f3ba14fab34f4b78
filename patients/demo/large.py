"""Large clinics: hundreds or thousands of patients with months of sessions, for benchmarks and demonstrations.

The same seed makes the same people on the same day. Schedules, amendments, pauses, zones, silence, pain and half
sessions differ from patient to patient (`patients.demo.lives`), so every band and every rule is met. Rows are written
in bulk, and nobody is told of anything. Exercise by exercise only the sessions of the last `ITEM_DAYS` are told: what
rules and pages look at is there, and the rest would be four rows a session that nobody reads.
"""

import datetime as dt
import random
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import transaction

from clinic.models import Clinic, Membership, Role, User
from clinic.people import DEFAULT_REMINDER_TIMES
from exercises.dosage import Dosage
from exercises.models import ScheduleMode
from patients.demo.bulk import Sheet, bare, settle
from patients.demo.lives import DAY, Life, Lived, Prescribed, life, sessions
from patients.demo.names import FAMILY, GIVEN, PLACES, ZONES
from patients.lines import Line
from patients.models import (
    Alert,
    Item,
    Patient,
    PatientZone,
    Pause,
    Prescription,
    PrescriptionRevision,
    ReminderPreference,
    SafetyScreen,
    Session,
    SessionItem,
)
from patients.models.alerts import Level, Rule, SafetyQuestion
from patients.models.people import PatientState
from patients.models.sessions import Source
from patients.safety import SEVERE
from patients.schedule import Fixed, Schedule, instant_of

PATIENTS_A_CLINIC = 400
PATIENTS_A_CLINICIAN = 50
ITEM_DAYS = 14
SEEDS = range(2**32)
# No two patients share a number below this distance: sessions, revisions and the like are numbered inside of it.
ROOM = 8192
STAFF = 2**40  # accounts of the staff are numbered from here, beyond all patients
UNUSABLE = UNUSABLE_PASSWORD_PREFIX + "large"
NO_DIGEST = "0" * 64  # nobody will send these sessions again
NO_TO_ALL = dict.fromkeys(SafetyQuestion.values, False)

Progress = Callable[[int, int], None]


def load(
    *, patients: int, weeks: int, seed: int, now: dt.datetime, lines: Sequence[Line], progress: Progress
) -> list[UUID]:
    """Clinics of up to 400 patients each, with an owner and a clinician for each 50; all or nothing.

    `lines` are prescribed from. `progress` is told the patients and sessions so far. Answers the clinics' ids.
    Raises IntegrityError where this seed was loaded before.
    """
    made: list[UUID] = []
    count = 0
    with transaction.atomic(), _quickly(patients, weeks):
        for number, first in enumerate(range(0, patients, PATIENTS_A_CLINIC)):
            maker = _Maker(seed, weeks, now, lines)
            chosen = range(first, min(first + PATIENTS_A_CLINIC, patients))
            made.append(maker.clinic(number, chosen))
            count += maker.write()
            progress(chosen.stop, count)
    settle()
    return made


def fill(
    clinic: Clinic,
    clinicians: Sequence[User],
    lines: Sequence[Line],
    *,
    patients: int,
    weeks: int,
    seed: int,
    now: dt.datetime,
) -> None:
    """Patients for a clinic that is there, in the care of its `clinicians` in turn."""
    maker = _Maker(seed, weeks, now, lines)
    for number in range(patients):
        clinician = clinicians[number % len(clinicians)].pk
        maker.patient(clinic.pk, str(clinic.time_zone), clinician, number)
    with transaction.atomic():
        maker.write()


def _quickly(patients: int, weeks: int) -> AbstractContextManager[None]:
    """Indexes are made anew where more rows come than are there: elsewhere that would cost more than it saves."""
    few = Session.objects.count() < patients * weeks
    return bare(Session, SessionItem) if few else nullcontext()


@lru_cache(maxsize=65536)
def _midnight(day: dt.date, zone: str) -> dt.datetime:
    return instant_of(day, dt.time(), ZoneInfo(zone))


class _Maker:
    """Collects the rows of some patients, in the order in which they can be written."""

    def __init__(self, seed: int, weeks: int, now: dt.datetime, lines: Sequence[Line]) -> None:
        self.seed, self.weeks, self.now, self.lines = seed, weeks, now, lines
        self.people = Sheet(User, "id", "password", "email", "name", "date_joined")
        self.addresses = Sheet(EmailAddress, "user_id", "email", "verified", "primary")
        self.practices = Sheet(Clinic, "id", "name", "time_zone", "reminder_times", "phone")
        self.places = Sheet(Membership, "id", "user_id", "clinic_id", "role")
        self.in_care = Sheet(
            Patient,
            *("id", "clinic_id", "user_id", "clinician_id", "state", "name", "email", "birth_date"),
            *("reference", "time_zone", "created_at"),
        )
        self.zones = Sheet(PatientZone, "patient_id", "time_zone", "since")
        self.preferences = Sheet(ReminderPreference, "patient_id", "times", "unsubscribe_key")
        self.prescriptions = Sheet(
            Prescription,
            *("id", "patient_id", "name", "starts_on", "ends_on", "stopped_from", "stop_reason"),
            *("created_by_id", "created_at"),
        )
        self.revisions = Sheet(
            PrescriptionRevision,
            *(
                "id",
                "prescription_id",
                "number",
                "counts_from",
                "mode",
                "weekdays",
                "times_per_day",
                "per_week",
            ),
            *("reason", "created_by_id", "created_at"),
        )
        self.items = Sheet(
            Item,
            *("id", "revision_id", "position", "exercise_revision_id", "sets", "repetitions", "hold", "rest"),
            "sides",
        )
        self.pauses = Sheet(
            Pause, "id", "prescription_id", "first_day", "last_day", "reason", "created_by_id", "created_at"
        )
        self.screens = Sheet(SafetyScreen, "id", "patient_id", "answered_at", "answers", "any_yes")
        self.alerts = Sheet(Alert, "id", "patient_id", "rule", "level", "opened_at", "last_at")
        self.sessions = Sheet(
            Session,
            *("id", "patient_id", "prescription_id", "revision_id", "source", "started_at", "ended_at"),
            *(
                "local_date",
                "zone",
                "received_at",
                "recorded_by_id",
                "pain_before",
                "pain_after",
                "difficulty",
            ),
            *(
                "note",
                "performed_sets",
                "prescribed_sets",
                "digest",
                "voided_at",
                "voided_by_id",
                "void_reason",
            ),
        )
        self.done = Sheet(SessionItem, "session_id", "item_id", "sets", "performed_sets", "skip_reason")

    def write(self) -> int:
        """Write all that was collected; answers the number of sessions."""
        count = len(self.sessions.rows)
        for sheet in vars(self).values():
            if isinstance(sheet, Sheet):
                sheet.write()
        return count

    def id(self, number: int) -> str:
        """Seed and number as a UUID (version 8: of our own making), ascending as rows are written."""
        return f"{self.seed:08x}-0000-8000-8000-{number:012x}"

    # --- A clinic and its staff

    def clinic(self, number: int, patients: Sequence[int]) -> UUID:
        chance = random.Random(f"{self.seed} clinic {number}")  # noqa: S311 - not for secrets
        key, zone = self.id(number), ZONES[number % len(ZONES)]
        name = f"{PLACES[number % len(PLACES)]} Physiotherapy {number + 1}"
        self.practices.rows.append((key, name, zone, DEFAULT_REMINDER_TIMES, "+1 555 0100"))
        size = -(-len(patients) // PATIENTS_A_CLINICIAN)
        staff = [self._colleague(key, number * 100 + place, place, chance) for place in range(size + 1)]
        for place, patient in enumerate(patients):
            self.patient(key, zone, staff[1 + place // PATIENTS_A_CLINICIAN], patient)
        return UUID(key)

    def _colleague(self, clinic: str, number: int, place: int, chance: random.Random) -> str:
        """The owner comes first."""
        email = f"staff-{number}.{self.seed}@large.holdwell.invalid"
        name = f"{chance.choice(GIVEN)} {chance.choice(FAMILY)}"
        key = self._account(STAFF + number, email, name, self.now - dt.timedelta(weeks=self.weeks))
        role = Role.CLINICIAN if place else Role.OWNER
        self.places.rows.append((self.id(number), key, clinic, role))
        return key

    def _account(self, number: int, email: str, name: str, since: dt.datetime) -> str:
        key = self.id(number)
        self.people.rows.append((key, UNUSABLE, email, name, since))
        self.addresses.rows.append((key, email, True, True))
        return key

    # --- A patient and what was prescribed

    def patient(self, clinic: object, clinic_zone: str, clinician: object, number: int) -> None:
        chance = random.Random(f"{self.seed} patient {number}")  # noqa: S311 - not for secrets
        today = self.now.astimezone(ZoneInfo(clinic_zone)).date()
        person = life(chance, clinic_zone, today, self.weeks, len(self.lines))
        # Their own date, which may differ from the clinic's.
        today = min(today, self.now.astimezone(ZoneInfo(person.zone)).date())
        began = min((p.plan.starts_on for p in person.prescriptions), default=today - DAY)
        since = _midnight(began - DAY, person.zone_on(began)) + dt.timedelta(hours=11)
        email = f"patient-{number}.{self.seed}@large.holdwell.invalid"
        key = self.id(number)
        user = None if person.invited else self._account(number, email, person.name, since)
        state = PatientState.INVITED if person.invited else PatientState.ACTIVE
        named = (person.name, email, person.born)
        self.in_care.rows.append(
            (key, clinic, user, clinician, state, *named, f"L-{number:06}", person.zone, since)
        )
        if person.moved:
            moved, former = person.moved
            self.zones.rows.append((key, former, since))
            since = max(since + DAY, _midnight(moved, person.zone))
        self.zones.rows.append((key, person.zone, since))
        self.preferences.rows.append((key, ["09:00", "18:00"], secrets.token_urlsafe(32)))
        if user is None:
            return
        answered = self.now - chance.randrange(2, 26) * DAY
        self.screens.rows.append((self.id(number), key, answered, NO_TO_ALL, False))
        severe: dt.datetime | None = None
        for place, told in enumerate(person.prescriptions):
            first = number * ROOM + place * (ROOM // 2)
            prescription = _Prescription(self, key, user, clinician, first, told)
            prescription.write(person)
            severe = prescription.live(person, sessions(chance, person, told, today), today) or severe
        if severe:
            alert = (self.id(number), key, Rule.PAIN_HIGH, Level.CRITICAL, severe, severe)
            self.alerts.rows.append(alert)


class _Prescription:
    """One prescription of a patient with its sessions; the numbers of its rows begin at `number`."""

    def __init__(
        self, maker: _Maker, patient: str, user: str, clinician: object, number: int, told: Prescribed
    ) -> None:
        self.maker, self.number, self.told = maker, number, told
        self.patient, self.user, self.clinician = patient, user, clinician
        self.id = maker.id(number)
        # Of each revision by number: its id, its items' ids with their lines, and the sets of all of them.
        self.revisions: dict[int, tuple[str, list[tuple[str, Line]], int]] = {}

    def write(self, person: Life) -> None:
        """The prescription, its revisions with their items, and its pauses."""
        plan, maker = self.told.plan, self.maker

        def morning(day: dt.date) -> dt.datetime:
            return _midnight(day, person.zone_on(day)) + dt.timedelta(hours=10)

        written = morning(plan.starts_on - DAY)
        dates = (plan.starts_on, self.told.ends_on, self.told.stopped_from)
        reason = "Free of pain." if self.told.stopped_from else ""
        maker.prescriptions.rows.append(
            (self.id, self.patient, "Six stretches", *dates, reason, self.clinician, written)
        )
        for place, (revision, count) in enumerate(zip(plan.revisions, self.told.exercises, strict=True)):
            key = maker.id(self.number + place)
            when = (revision.number, revision.counts_from, *_columns(revision.schedule))
            why = ("Fewer, and better.", morning(revision.counts_from - DAY)) if place else ("", written)
            maker.revisions.rows.append((key, self.id, *when, why[0], self.clinician, why[1]))
            items = list(self._items(key, place, maker.lines[:count]))
            self.revisions[revision.number] = key, items, sum(line.dosage.total_sets for _key, line in items)
        for place, pause in enumerate(plan.pauses):
            key, told = maker.id(self.number + place), morning(max(pause.first - 3 * DAY, plan.starts_on))
            maker.pauses.rows.append(
                (key, self.id, pause.first, pause.last, "On holiday", self.clinician, told)
            )

    def _items(self, revision: str, place: int, lines: Iterable[Line]) -> Iterator[tuple[str, Line]]:
        for position, line in enumerate(lines, start=1):
            key, dosage = self.maker.id(self.number + place * 64 + position), line.dosage
            amount = (dosage.sets, dosage.repetitions, dosage.hold, dosage.rest, dosage.sides)
            self.maker.items.rows.append((key, revision, position, line.exercise_revision.pk, *amount))
            yield key, line

    def live(self, person: Life, lived: Iterable[Lived], today: dt.date) -> dt.datetime | None:
        """The sessions; answers when the last one of these two weeks arrived that ended with much pain."""
        maker, severe, recent = self.maker, None, today - ITEM_DAYS * DAY
        in_force, add = self.told.plan.in_force, self.maker.sessions.rows.append
        for number, one in enumerate(lived, start=self.number):
            revision = in_force(one.day)
            assert revision is not None  # the first one counts from the first day
            revision_id, items, prescribed = self.revisions[revision.number]
            whole = len(items) - min(one.skipped, len(items) - 1)
            performed = prescribed - sum(line.dosage.total_sets for _key, line in items[whole:])
            key, zone = maker.id(number), person.zone_on(one.day)
            started = _midnight(one.day, zone) + dt.timedelta(minutes=one.minute)
            ended = started + dt.timedelta(seconds=one.seconds)
            received = min(ended + one.late * DAY, maker.now)
            voided = (received + DAY, self.clinician, "Told by mistake.") if one.voided else (None, None, "")
            who = (key, self.patient, self.id, revision_id, Source.PLAYER)
            when = (started, ended, one.day, zone, received, self.user)
            told = (one.before, one.after, one.difficulty, one.note)
            add((*who, *when, *told, performed, prescribed, NO_DIGEST, *voided))
            if one.day >= recent:
                maker.done.rows.extend(_done(key, items, whole, one.reason))
                if one.after >= SEVERE and not one.voided:
                    severe = received
        return severe


def _columns(schedule: Schedule) -> tuple[object, ...]:
    """Mode, weekdays, times per day and sessions a week, as a revision's row keeps them."""
    if isinstance(schedule, Fixed):
        return ScheduleMode.FIXED, sorted(schedule.weekdays), schedule.times_per_day, None
    return ScheduleMode.FLEXIBLE, [], None, schedule.per_week


def _done(
    session: str, items: Sequence[tuple[str, Line]], whole: int, reason: str
) -> Iterator[tuple[object, ...]]:
    """A session's exercises: the first `whole` of them done in full, the others skipped."""
    for place, (item, line) in enumerate(items):
        if place < whole:
            yield session, item, _sets(line.dosage), line.dosage.total_sets, ""
        else:
            yield session, item, [], 0, reason


@lru_cache(maxsize=256)
def _sets(dosage: Dosage) -> list[dict[str, object]]:
    one = [{"side": side, "held": float(dosage.set_hold)} for side in dosage.side_names]
    return one * dosage.sets
