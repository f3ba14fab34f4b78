"""The demo: two clinics with people, prescriptions and eight weeks of history, told in `patients.demo.cast`.

Prescriptions are made by the verbs, as an imported history; sessions are written in bulk, from the same content and
with the same counts as recorded ones. Everything is dated back from the moment of loading and comes out alike each
time. What exists already is left alone.
"""

import datetime as dt
import json
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.text import slugify

from clinic import people as colleagues
from clinic.demo import DEMO_ACCOUNTS, DEMO_PASSWORD
from clinic.models import Clinic, LibraryRole, Membership, User
from exercises import publishing
from exercises.models import CautionLevel, Exercise, Routine
from patients import alerts, events, people, prescribing, telling, watching
from patients.demo.cast import INVITED, LINDENHOF, NAMES, PATIENT, PRACTICES, Case, Practice, Told
from patients.demo.history import DAY, history, nearest
from patients.lines import Line, cautions, lines_of_routine
from patients.models import (
    Alert,
    Finding,
    Message,
    Patient,
    PatientZone,
    Prescription,
    ReminderPreference,
    SafetyScreen,
    Session,
    SessionItem,
)
from patients.models.alerts import AlertState, SafetyQuestion
from patients.models.people import PatientState
from patients.models.prescriptions import Origin
from patients.reminding.wishes import after_quiet
from patients.schedule import instant_of

# Stretches of the library that a curator is changing.
CHANGED = ("knee-to-chest", "supine-twist")
# A stretch without a figure, so that a newcomer can pose it.
TO_BE_POSED = Path(__file__).parent / "childs_pose.json"
ROUTINE = "six-stretches-for-the-lower-back"
IN_THE_MORNING = dt.time(10, 30)
IN_THE_EVENING = dt.time(18, 40)
MIDNIGHT = dt.time()
# Days between answers to the safety questions; fewer than 28, so that they are not asked first of all.
ASKED_EVERY = 25
# The sessions of so many days still tell something; what came before was looked at long ago.
TELLING_DAYS = 6
LIBRARY_ROLES = {"curator": LibraryRole.CURATOR, "reviewer": LibraryRole.REVIEWER}
OPERATOR = "operator"
# Letters that have no plain one under their mark.
PLAIN = str.maketrans("ıłøß", "ilos")


def load(now: dt.datetime) -> bool:
    """Make the demo, all or nothing; False when it is there already. The shipped library must be loaded."""
    if User.objects.filter(email__in=[account.email for account in DEMO_ACCOUNTS]).exists():
        return False
    with transaction.atomic():
        accounts = _accounts()
        for practice in PRACTICES:
            _Maker(practice, accounts, now).make()
        _drafts(accounts["curator"])
    return True


def _drafts(curator: User) -> None:
    """The library at work: one change to hand in, one to review, and a new stretch that still needs its figure."""
    knee, twist = (Exercise.objects.get(clinic=None, origin=f"holdwell:{name}") for name in CHANGED)
    publishing.save_draft(
        curator, knee, {"summary": "Lying down, draw one bent knee in until the lower back lengthens."}
    )
    reviewed = publishing.save_draft(curator, twist, {"hold_max": 45})
    publishing.submit(curator, reviewed)
    content = json.loads(TO_BE_POSED.read_text(encoding="utf-8"))
    publishing.create_exercise(curator, clinic=None, slug="childs-pose", content=content)


def _accounts() -> dict[str, User]:
    """Staff and library people, by the role of their demo account; the patient is made with their care."""
    accounts = {}
    for account in DEMO_ACCOUNTS:
        if account.role in NAMES:
            user = colleagues.create_account(email=account.email, name=NAMES[account.role], password=None)
            user.library_role = LIBRARY_ROLES.get(account.role, LibraryRole.NONE)
            user.is_staff = user.is_superuser = account.role == OPERATOR
            accounts[account.role] = _with_password(user)
    return accounts


def _with_password(user: User) -> User:
    """The password that everybody is told; the rules for passwords would refuse it."""
    user.password = make_password(DEMO_PASSWORD)
    user.save()
    return user


@dataclass(slots=True)
class _Maker:
    """Makes one clinic with its patients."""

    practice: Practice
    accounts: dict[str, User]
    now: dt.datetime

    def make(self) -> None:
        clinic = self._clinic()
        routine = Routine.objects.get(clinic=None, slug=ROUTINE)
        sessions: list[Session] = []
        items: list[SessionItem] = []
        made: list[tuple[Case, Patient, list[Session]]] = []
        for number, case in enumerate(self.practice.cases, start=101):
            patient = self._patient(clinic, case, f"P-{number}")
            prescription = self._prescription(patient, case, routine)
            lived = list(history(case, patient, prescription, self.now))
            sessions += [session for session, _ in lived]
            items += [item for _, rows in lived for item in rows]
            self._answers(patient, case)
            Message.objects.bulk_create(self._messages(patient, case))
            made.append((case, patient, [session for session, _ in lived]))
        Session.objects.bulk_create(sessions)
        SessionItem.objects.bulk_create(items)
        for case, patient, lived_sessions in made:
            self._alerts(patient, case, lived_sessions)
            self._event(patient, case)
        watching.look(clinic, self.now)
        if self.practice is LINDENHOF:
            name, email = INVITED
            people.invite_patient(self.accounts["clinician"], clinic, name=name, email=email)

    def _clinic(self) -> Clinic:
        (owner, _), *others = self.practice.staff.items()
        clinic = colleagues.create_clinic(
            None, name=self.practice.name, time_zone=self.practice.zone, owner=self.accounts[owner]
        )
        clinic.phone = self.practice.phone
        clinic.save(update_fields=["phone"])
        for account, role in others:
            Membership.objects.create(user=self.accounts[account], clinic=clinic, role=role)
        return clinic

    def _patient(self, clinic: Clinic, case: Case, reference: str) -> Patient:
        """Somebody who took their place the day before their prescription began."""
        email = case.email or f"{_address(case.name)}@{self.practice.domain}"
        user = colleagues.create_account(email=email, name=case.name, password=None)
        patient = Patient(
            clinic=clinic,
            user=user if case is not PATIENT else _with_password(user),
            clinician=self.accounts[case.in_care_of],
            state=PatientState.ACTIVE,
            name=case.name,
            email=email,
            birth_date=case.born,
            reference=reference,
            time_zone=self.practice.zone,
            conditions=list(case.conditions),
        )
        patient.created_at = self._at(patient, case.began + 1)
        patient.save()
        PatientZone.objects.create(patient=patient, time_zone=self.practice.zone, since=patient.created_at)
        preference = ReminderPreference(
            patient=patient, times=list(case.times), unsubscribe_key=secrets.token_urlsafe(32)
        )
        if case is PATIENT:
            self._remind_soon(patient, preference)
        preference.save()
        return patient

    def _remind_soon(self, patient: Patient, preference: ReminderPreference) -> None:
        """At the next full minute, so that a newcomer sees it arrive; by night the patient has no quiet hours."""
        soon = self.now.replace(second=0, microsecond=0) + dt.timedelta(minutes=1)
        preference.times = [soon.astimezone(patient.zone).strftime("%H:%M")]
        if after_quiet(soon, preference, patient.zone) != soon:
            preference.quiet_from = preference.quiet_until = MIDNIGHT

    def _prescription(self, patient: Patient, case: Case, routine: Routine) -> Prescription:
        by = self.accounts[case.in_care_of]
        today = patient.local_date(self.now)
        assert routine.published is not None  # shipped published
        lines = [lines_of_routine(routine)[place - 1] for place in case.exercises]
        prescription = prescribing.prescribe(
            by,
            patient,
            name=routine.published.name,
            lines=_overridden(lines, patient),
            schedule=case.schedule,
            starts_on=today - case.began * DAY,
            ends_on=today + case.ends_in * DAY if case.ends_in is not None else None,
            routine=routine,
            origin=Origin.IMPORT,
        )
        if case.paused:
            first, last = (today - ago * DAY for ago in case.paused)
            prescribing.pause(by, prescription, first_day=first, last_day=last, reason="On holiday")
        if case.amended is not None:
            prescribing.amend(
                by,
                prescription,
                lines=_overridden([_shorter(line) for line in lines], patient),
                schedule=case.schedule,
                expected=1,
                reason=case.amended_reason,
                counts_from=today - case.amended * DAY,
            )
        self._date_back(patient, prescription, case)
        return prescription

    def _date_back(self, patient: Patient, prescription: Prescription, case: Case) -> None:
        """As if each of these had been written when it began to count."""
        written = self._at(patient, case.began)
        Prescription.objects.filter(pk=prescription.pk).update(created_at=written, origin=Origin.HOLDWELL)
        for revision in prescription.revisions.all():
            ago = case.amended if revision.number > 1 and case.amended is not None else case.began
            revision.created_at = self._at(patient, ago)
            revision.save(update_fields=["created_at"])
        for pause in prescription.pauses.all():
            pause.created_at = instant_of(pause.first_day - 3 * DAY, IN_THE_MORNING, patient.zone)
            pause.save(update_fields=["created_at"])

    def _answers(self, patient: Patient, case: Case) -> None:
        """The safety questions, answered at the first session and again and again; by one of them with a yes."""
        no = dict.fromkeys(SafetyQuestion.values, False)
        SafetyScreen.objects.bulk_create(
            SafetyScreen(
                patient=patient, answers=no, any_yes=False, answered_at=self._at(patient, ago, MIDNIGHT)
            )
            for ago in range(case.began, 0, -ASKED_EVERY)
        )
        if case.held:
            assert patient.user
            screen = alerts.answer_safety(patient.user, patient, no | {SafetyQuestion.RECENT_FALL: True})
            evening = self._at(patient, 1, IN_THE_EVENING)
            SafetyScreen.objects.filter(pk=screen.pk).update(answered_at=evening)
            patient.prescriptions.update(held_at=evening)
            patient.alerts.update(opened_at=evening, last_at=evening)
            day = patient.local_date(evening)
            Finding.objects.filter(patient=patient).update(at=evening, first_day=day, last_day=day)

    def _messages(self, patient: Patient, case: Case) -> Iterator[Message]:
        """Each read an hour later; of those that are not, nobody is told again."""
        for said in case.messages:
            author = self.accounts[said.by] if said.by else patient.user
            assert author
            sent_at = self._at(patient, said.days_ago, said.at)
            yield Message(
                patient=patient,
                author=author,
                by_staff=bool(said.by),
                text=said.text,
                sent_at=sent_at,
                read_at=sent_at + dt.timedelta(hours=1) if said.read else None,
                unread=not said.read,
            )

    def _alerts(self, patient: Patient, case: Case, sessions: Sequence[Session]) -> None:
        """What the sessions of the last days tell, as they told it then, and what was done about it on the day after.

        Of what came before only that is kept of which the case tells.
        """
        today = patient.local_date(self.now)
        told = [(self._told_on(patient, one, sessions), one) for one in case.alerts]
        days = {day for day, _one in told}
        for session in sorted(sessions, key=lambda s: s.started_at):
            if session.local_date in days or session.local_date >= today - TELLING_DAYS * DAY:
                telling.arrived(session)
            for day, one in told:
                if day == session.local_date:
                    self._answer(patient, case, one, session)

    def _told_on(self, patient: Patient, told: Told, sessions: Sequence[Session]) -> dt.date:
        return nearest([s.local_date for s in sessions], patient.local_date(self.now) - told.days_ago * DAY)

    def _answer(self, patient: Patient, case: Case, told: Told, session: Session) -> None:
        by = self.accounts[case.in_care_of]
        alert = alerts.unresolved(patient).filter(rule=told.rule).first()
        if alert is None:
            return
        seen_at = min(session.received_at + DAY, self.now)
        if told.state == AlertState.ACKNOWLEDGED:
            alerts.acknowledge(by, alert)
            Alert.objects.filter(pk=alert.pk).update(acknowledged_at=seen_at)
        elif told.state == AlertState.RESOLVED:
            alerts.resolve(by, alert, note=told.note)
            Alert.objects.filter(pk=alert.pk).update(resolved_at=seen_at)
        alert.acts.update(at=seen_at)

    def _event(self, patient: Patient, case: Case) -> None:
        if case.event:
            assert patient.user
            yesterday = patient.local_date(self.now) - DAY
            events.report(patient.user, patient, id=uuid4(), text=case.event, happened_on=yesterday)

    def _at(self, patient: Patient, days_ago: int, time: dt.time = IN_THE_MORNING) -> dt.datetime:
        return instant_of(patient.local_date(self.now) - days_ago * DAY, time, patient.zone)


def _address(name: str) -> str:
    """ "Emre Yıldız" → "emre.yildiz"."""
    return slugify(name.translate(PLAIN)).replace("-", ".")


def _overridden(lines: Sequence[Line], patient: Patient) -> list[Line]:
    """The lines, with a reason where a caution says *avoid*."""
    avoid = {c.line for c in cautions(lines, patient) if c.level == CautionLevel.AVOID}
    reason = "Tried together in the practice; small range, with support."
    return [replace(line, override_reason=reason) if i in avoid else line for i, line in enumerate(lines)]


def _shorter(line: Line) -> Line:
    """Half the hold, twice."""
    return replace(line, dosage=replace(line.dosage, sets=2, hold=max(10, line.dosage.hold // 2)))
