"""Reminders: planned as rows, looked at again, and handed to the outbox once (docs/rules.md 7).

Two steps, each of which may be repeated, late, or run by many at the same time:

- `plan` makes the rows of today and tomorrow say what is wanted now. The key of a row is unique in the database.
- `dispatch` claims what is due with a lease, looks again, and writes the row's end and its mail in one transaction.
  A worker that dies leaves a lease that runs out; the next sweep finds its rows.

The outbox asks once more, right before it sends (`still_wanted`): the mail server may have been down for a while.

Rows are claimed by an update that names the state it found. `select_for_update(skip_locked=True)` only keeps two
dispatchers from the same patient at the same moment on PostgreSQL; SQLite, where one writes at a time, ignores it.
"""

import datetime as dt
import logging
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from clinic import outbox
from clinic.models import AuditEvent, MailState, OutgoingMail
from patients.models import ChannelTrouble, OutgoingNote, Patient, Reminder
from patients.models.reminders import Kind, Reason, ReminderState
from patients.reaching import channels
from patients.reminding import facts, messages
from patients.reminding.ends import TIMES, Verdicts, settle, whatever_happens
from patients.reminding.facts import Person
from patients.reminding.wishes import (
    DAY,
    LASTING,
    OF_A_SESSION,
    Key,
    Wish,
    after_quiet,
    keys,
    next_free,
    wish,
)

logger = logging.getLogger(__name__)

BATCH = 500  # patients whose facts are held at a time
TICK = dt.timedelta(seconds=30)  # as in CELERY_BEAT_SCHEDULE
TURNS = 20  # ticks in which every patient is planned once; fewer when a few batches are all
LATELY = dt.timedelta(minutes=5)  # a late tick, or a transaction that took its time, misses nothing
LEASE = dt.timedelta(minutes=5)
TOO_LATE = dt.timedelta(hours=2)
# At most one message a channel in this time; what falls due within it is told along.
APART = dt.timedelta(hours=1)
# A nudge speaks of what is not logged at its own time, so it cannot be told ahead.
TOLD_AHEAD = tuple(kind for kind in Kind if kind != Kind.NUDGE)
IS_OPEN = outbox.stands_at(ReminderState.PLANNED, ReminderState.CLAIMED)
UNSENT = (ReminderState.PLANNED, ReminderState.DROPPED)
# Dropped, and not to come back: told by another message, or tried and not delivered.
AT_AN_END = (Reason.MERGED, Reason.FAILED)


def _people(patients: Collection[UUID], now: dt.datetime) -> dict[UUID, Person]:
    """All together; each alone where something about one cannot be read, which keeps nobody else waiting then."""
    try:
        return facts.load(patients, now)
    except Exception:
        logger.exception("The facts of %d patients are read one by one.", len(patients))
    people: dict[UUID, Person] = {}
    for patient in patients:
        with whatever_happens(patient):
            people |= facts.load([patient], now)
    return people


# --- Plan


def plan(now: dt.datetime, among: Q | None = None) -> Counter[str]:
    """Make the rows of the patients' today and tomorrow say what is wanted as things stand.

    `among` picks patients; without it all are planned. Answers how many rows were `planned`, `moved`, `dropped` and
    `revived`. A constant number of queries a batch.
    """
    asked = among or Q()
    open_rows = Reminder.objects.filter(patient=OuterRef("pk"), state=ReminderState.PLANNED)
    waiting = Patient.objects.filter(Exists(open_rows), asked).values_list("pk", flat=True)
    remindable = facts.who_may_be_reminded(now).filter(asked).values_list("pk", flat=True)
    patients = sorted({*remindable, *waiting})
    counts: Counter[str] = Counter(planned=0, moved=0, dropped=0, revived=0)
    for start in range(0, len(patients), BATCH):
        counts.update(_plan_batch(patients[start : start + BATCH], now))
    return counts


def whose_turn(now: dt.datetime) -> Q:
    """The patients to plan at this tick: those to whom something happened, and of the others each in their turn.

    Everything that happens to a patient is in the audit trail, so a change takes effect at the next tick; so does a
    channel that fails, whose messages are then due by e-mail. The turns
    catch what comes with time alone, a day ahead; so ticks stay short however many patients there are.
    """
    happened = AuditEvent.objects.filter(at__gte=now - LATELY, subject_id__isnull=False).values("subject_id")
    failed = ChannelTrouble.objects.filter(failed_at__gte=now - LATELY).values("patient")
    turns = min(TURNS, -(-Patient.objects.count() // BATCH) or 1)
    turn = int(now.timestamp() // TICK.total_seconds()) % turns
    first, after = ((1 << 128) * part // turns for part in (turn, turn + 1))
    return Q(pk__in=happened) | Q(pk__in=failed) | Q(pk__range=(UUID(int=first), UUID(int=after - 1)))


@dataclass(slots=True)
class _Changes:
    """What one batch of planning comes to."""

    planned: list[Reminder] = field(default_factory=list)
    moved: list[Reminder] = field(default_factory=list)
    dropped: list[Reminder] = field(default_factory=list)
    revived: list[Reminder] = field(default_factory=list)


def _plan_batch(patients: Sequence[UUID], now: dt.datetime) -> Counter[str]:
    people = _people(patients, now)
    rows: dict[UUID, dict[Key, Reminder]] = defaultdict(dict)
    # Local dates are at most a day away from the UTC date.
    days = (now.date() - DAY, now.date() + 2 * DAY)
    for row in Reminder.objects.filter(patient__in=patients, local_date__range=days).order_by():
        rows[row.patient_id][_key(row)] = row
    changes = _Changes()
    for person in people.values():
        with whatever_happens(person.patient.pk):
            _plan_person(person, rows[person.patient.pk], now, changes)
    _write(changes)
    return Counter({name: len(getattr(changes, name)) for name in _Changes.__slots__})


def _plan_person(person: Person, rows: dict[Key, Reminder], now: dt.datetime, changes: _Changes) -> None:
    today = person.patient.local_date(now)
    told = {
        key[:3] for key, row in rows.items() if row.state == ReminderState.SENT or row.reason == Reason.MERGED
    }
    # A message is known by its number: its row is the one, on whichever day other quiet hours would have it now.
    there = {(key.slot, key.channel) for key in rows if key.kind in LASTING}
    # In order, so that two planners who insert the same rows never wait for each other crosswise.
    for key in sorted({*keys(person, today), *keys(person, today + DAY)} - rows.keys()):
        if key.kind in LASTING and (key.slot, key.channel) in there:
            continue
        wanted = wish(person, key)
        # What one channel has told already is no news to one that is chosen, or takes its place, later.
        if wanted.at and _may_be_asked(key, wanted, now) and key[:3] not in told:
            changes.planned.append(
                Reminder(
                    patient=person.patient,
                    due_at=wanted.at,
                    moved_from=wanted.moved_from,
                    **key._asdict(),
                )
            )
    for key, row in rows.items():
        if row.state in UNSENT and not (row.state == ReminderState.DROPPED and key[:3] in told):
            _replan(row, person, now, changes)


def _may_be_asked(key: Key, wanted: Wish, now: dt.datetime) -> bool:
    """Not what is over already, and nothing from before it was written down."""
    assert wanted.at
    in_time = key.kind in LASTING or wanted.at >= now - TOO_LATE
    return in_time and (wanted.known_since is None or wanted.at >= wanted.known_since)


def _replan(row: Reminder, person: Person, now: dt.datetime, changes: _Changes) -> None:
    """Let a row that is not sent follow the wish. What was dropped before its time comes back when it is wanted."""
    due_at, went_at, times = row.due_at, row.goes_at, attrgetter(*TIMES)(row)
    wanted = follow(row, person, now)
    if row.state == ReminderState.DROPPED:
        dropped_at = row.handled_at or row.created_at
        # E-mail was not wanted while another channel did it.
        failures = (trouble.failed_at for trouble in person.troubles.values())
        steps_in = row.reason == Reason.UNWANTED and any(failed_at >= dropped_at for failed_at in failures)
        in_time = row.goes_at >= now - TOO_LATE and (row.goes_at > dropped_at or steps_in)
        if wanted.at and in_time and row.reason not in AT_AN_END:
            row.state, row.reason, row.handled_at = ReminderState.PLANNED, Reason.NONE, None
            changes.revived.append(row)
    elif wanted.at is None:
        _drop(row, wanted.reason, now, changes)
    elif went_at > now > row.goes_at and row.kind in OF_A_SESSION and row.due_at != due_at:
        # Somebody who sets a time that is to come to an hour ago does not want to hear of it now.
        _drop(row, Reason.MOVED, now, changes)
    elif attrgetter(*TIMES)(row) != times:
        changes.moved.append(row)


def follow(row: Reminder, person: Person, now: dt.datetime) -> Wish:
    """Bring a row's times in line with what is wanted, for whoever asks: plan, dispatch and the outbox.

    One that was put off to the end of quiet hours stays put off while the same is wanted; should they end earlier by
    now, so does the waiting.
    """
    wanted = wish(person, _key(row))
    if wanted.at is None:
        return wanted
    row.moved_from = wanted.moved_from
    if wanted.at != row.due_at:
        row.due_at, row.put_off_until = wanted.at, None
    elif row.put_off_until:
        free = after_quiet(now, person.patient.reminder_preference, person.patient.zone)
        row.put_off_until = min(row.put_off_until, free or row.put_off_until)
    return wanted


def _drop(row: Reminder, reason: Reason, now: dt.datetime, changes: _Changes) -> None:
    row.state, row.reason, row.handled_at = ReminderState.DROPPED, reason, now
    changes.dropped.append(row)


def _write(changes: _Changes) -> None:
    """Every update names the state that was read: what a dispatcher has taken in the meantime stays its own."""
    Reminder.objects.bulk_create(changes.planned, ignore_conflicts=True)
    changed = {row.patient_id for row in (*changes.moved, *changes.dropped, *changes.revived)}
    if not changed:
        return
    planned = Reminder.objects.filter(state=ReminderState.PLANNED)
    dropped = Reminder.objects.filter(state=ReminderState.DROPPED).exclude(reason__in=AT_AN_END)
    with transaction.atomic():
        # Dispatchers claim under this lock too, so nobody waits for the same rows in another order.
        list(Patient.objects.select_for_update(no_key=True).filter(pk__in=changed).order_by("pk"))
        planned.bulk_update(changes.moved, TIMES)
        planned.bulk_update(changes.dropped, ["state", "reason", "handled_at"])
        dropped.bulk_update(changes.revived, ["state", "reason", "handled_at", *TIMES])


def _key(row: Reminder) -> Key:
    return Key(row.kind, row.local_date, row.slot, row.channel)


# --- Dispatch


def dispatch(now: dt.datetime, limit: int = BATCH) -> Counter[str]:
    """Claim what is due for up to `limit` patients, look again, and send or drop it.

    Answers how many rows were `claimed`, `sent`, `merged` into another message, `dropped`, and put back to a `later`
    time. A constant number of queries.
    """
    rows = _claim(now, limit)
    in_hand: dict[tuple[UUID, str], list[Reminder]] = defaultdict(list)
    for row in rows:
        in_hand[row.patient_id, row.channel].append(row)
    people = _people({patient for patient, _channel in in_hand}, now)
    found = []
    for (patient, _channel), reminders in in_hand.items():
        with whatever_happens(patient):
            found.append(_decide(people[patient], reminders, now))
    counts: Counter[str] = Counter(claimed=len(rows), sent=0, merged=0, dropped=0, later=0)
    counts.update(settle(found, now))
    return counts


def look_again(person: Person, row: Reminder, now: dt.datetime) -> Reason | None:
    """Why not to send it just now: for a reason, or (None) because its time has yet to come, which the row then says.

    `Reason.NONE`: send it.
    """
    wanted = follow(row, person, now)
    if wanted.at is None:
        return wanted.reason
    if row.goes_at > now:
        return None
    patient = person.patient
    day_is_over = row.kind in OF_A_SESSION and patient.local_date(now) > row.local_date
    if row.kind not in LASTING and (day_is_over or now - row.goes_at > TOO_LATE):
        return Reason.EXPIRED
    free_at = next_free if row.kind in LASTING else after_quiet
    free = free_at(now, patient.reminder_preference, patient.zone)
    if free is None:
        return Reason.QUIET
    if free > now:
        row.put_off_until = free
        return None
    return Reason.NONE


def _free(now: dt.datetime) -> Q:
    """Nobody has it in hand, or a worker that never came back."""
    in_hand_no_more = Q(state=ReminderState.CLAIMED, claimed_until__lte=now)
    return Q(IS_OPEN) & (Q(state=ReminderState.PLANNED) | in_hand_no_more)


def due(now: dt.datetime) -> QuerySet[Reminder]:
    """What is to be taken now: of patients whom nobody else has in hand, by channels that were silent for an hour.

    A message that waits for its server is not silent: what falls due meanwhile waits for it.
    """
    engaged = Reminder.objects.filter(
        Q(state=ReminderState.CLAIMED, claimed_until__gt=now)
        | Q(state=ReminderState.SENT, handled_at__gt=now - APART)
        | Q(state=ReminderState.SENT, handled_at__gt=now - DAY)
        & (_leaves("mail", now) | _leaves("note", now)),
        patient=OuterRef("patient"),
        channel=OuterRef("channel"),
    )
    return Reminder.objects.filter(
        _free(now), ~Q(put_off_until__gt=now), ~Exists(engaged), due_at__lte=now
    ).order_by("due_at")


def _leaves(message: str, now: dt.datetime) -> Q:
    """It is on its way still, or has left within the hour."""
    on_its_way = (MailState.QUEUED, MailState.SENDING)
    return Q(**{f"{message}__state__in": on_its_way}) | Q(**{f"{message}__sent_at__gt": now - APART})


def _claim(now: dt.datetime, limit: int) -> list[Reminder]:
    """Take what is due of up to `limit` patients.

    A patient's rows of a channel are taken together, with those that fall due within the hour. `claimed_until` is the
    lease and the proof of it: whoever claims a row after that has a later one.
    """
    come = ~Q(put_off_until__gt=now)
    soon = (come & Q(due_at__lte=now)) | Q(due_at__lt=now + APART, kind__in=TOLD_AHEAD)
    until = now + LEASE
    with transaction.atomic():
        waiting = list(due(now).values_list("patient", flat=True)[:limit])
        ours = list(
            Patient.objects.select_for_update(skip_locked=True, no_key=True)
            .filter(pk__in=waiting)
            .values_list("pk", flat=True)
        )
        # Asked again under the lock: another dispatcher may have been here in between.
        still: dict[str, set[UUID]] = defaultdict(set)
        for patient, channel in (
            due(now).filter(patient__in=ours).order_by().values_list("patient", "channel")
        ):
            still[channel].add(patient)
        for channel, patients in still.items():
            Reminder.objects.filter(_free(now), soon, patient__in=patients, channel=channel).update(
                state=ReminderState.CLAIMED, claimed_until=until
            )
        claimed = Reminder.objects.filter(patient__in=ours, state=ReminderState.CLAIMED, claimed_until=until)
        return list(claimed.order_by("due_at"))


def _judge(person: Person, rows: Sequence[Reminder], now: dt.datetime) -> Verdicts:
    """Look at each row again."""
    found = Verdicts(person.patient.pk)
    for row in rows:
        reason = look_again(person, row, now)
        if reason is None:
            found.later.append(row)
        elif reason == Reason.NONE:
            found.send.append(row)
        else:
            found.dropped.append((row, reason))
    if found.send:
        along = [row for row in found.later if row.goes_at < now + APART and row.kind in TOLD_AHEAD]
        found.told_along = along
        found.later = [row for row in found.later if row not in along]
    return found


def _decide(person: Person, rows: Sequence[Reminder], now: dt.datetime) -> Verdicts:
    """Look again, and compose the one message for all that is to be sent."""
    found = _judge(person, rows, now)
    if found.send:
        lead = found.lead
        expires_at = None if lead.kind in LASTING else lead.goes_at + TOO_LATE
        found.message = messages.compose(person, lead, [lead, *found.merged], expires_at=expires_at)
    return found


def wanted_of(sent: Sequence[OutgoingMail | OutgoingNote]) -> set[UUID]:
    """Asked by the outbox right before it sends: of which of these mails, or notes, is every reminder still to be sent?

    Changes nothing; about the others it asks again (`still_wanted`).
    """
    now = timezone.now()
    by = _by(sent[0])
    told: dict[UUID, list[Reminder]] = defaultdict(list)
    for row in Reminder.objects.filter(**{f"{by}__in": sent}).order_by("due_at"):
        told[getattr(row, f"{by}_id")].append(row)
    people = facts.load({rows[0].patient_id for rows in told.values()}, now)
    wanted = set()
    for message in sent:
        if rows := told[message.pk]:
            patient = rows[0].patient_id
            with whatever_happens(patient):
                if _is_as_was_told(message, people[patient], rows, now):
                    wanted.add(message.pk)
    return wanted


def changed(sent: Sequence[OutgoingMail | OutgoingNote], since: dt.datetime) -> set[UUID]:
    """Asked by the outbox in between: of these, which tell somebody to whom anything happened since?

    Everything that happens to a patient is in the audit trail, and mostly nothing has: that is one small query.
    """
    happened = AuditEvent.objects.filter(at__gte=since, subject_id__isnull=False).order_by()
    if not happened.exists():
        return set()
    by = _by(sent[0])
    told = Reminder.objects.filter(**{f"{by}__in": sent}, patient__in=happened.values("subject_id"))
    return set(told.order_by().values_list(by, flat=True))


@transaction.atomic
def still_wanted(message: OutgoingMail | OutgoingNote) -> bool:
    """Asked by the outbox about one that it holds: is every reminder that the message tells of still to be sent now?

    If not, they are all planned again and the message is not sent: the next dispatch drops what is not wanted, says
    why, and writes a new message for the rest.
    """
    now = timezone.now()
    told = Reminder.objects.filter(**{_by(message): message})
    # Planners and dispatchers work under this lock too.
    list(Patient.objects.select_for_update(no_key=True).filter(pk__in=told.values("patient")))
    rows = list(told.order_by("due_at"))
    if not rows:
        return False  # planned again, by a worker that died before it could tell the outbox
    patient = rows[0].patient_id
    if _is_as_was_told(message, facts.load([patient], now)[patient], rows, now):
        return True
    told.update(state=ReminderState.PLANNED, reason=Reason.NONE, handled_at=None, mail=None, note=None)
    return False


def _is_as_was_told(
    message: OutgoingMail | OutgoingNote, person: Person, rows: Sequence[Reminder], now: dt.datetime
) -> bool:
    """Is every reminder of a message still to be sent, and to where it goes?"""
    return channels.still_leads_to(person, message) and _judge(person, rows, now).as_was_told


def _by(message: OutgoingMail | OutgoingNote) -> str:
    """The field in which a reminder names the message that tells of it."""
    return "mail" if isinstance(message, OutgoingMail) else "note"
