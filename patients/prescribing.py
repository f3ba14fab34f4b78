"""Prescribing, and every later change to a prescription (docs/rules.md 3).

Each act is dated: it counts from today when no session was begun today, else from the next local day. The past
is never rewritten. Rights are the doors' business; these verbs check what is asked, write it, and record who did.
"""

import datetime as dt
from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic import audit
from clinic.errors import Conflict
from clinic.models import User
from exercises.models import Routine, ScheduleMode
from patients import alerts
from patients.adherence import flexible_week
from patients.lines import Line, line_errors
from patients.models import Item, Patient, Pause, Prescription, PrescriptionAct, PrescriptionRevision
from patients.models.people import IN_CARE
from patients.models.prescriptions import ActKind, Origin
from patients.progress import plan_of
from patients.schedule import DateRange, Fixed, Flexible, Schedule, week_of

# --- The verbs

# How far ahead anybody plans.
HORIZON = dt.timedelta(days=3653)


@transaction.atomic
def prescribe(
    actor: User,
    patient: Patient,
    *,
    name: str,
    lines: Sequence[Line],
    schedule: Schedule,
    starts_on: dt.date,
    ends_on: dt.date | None = None,
    routine: Routine | None = None,
    note: str = "",
    origin: str = Origin.HOLDWELL,
) -> Prescription:
    """Ask a patient to do these exercises from one local date to another, both inclusive.

    Raises ValidationError by field: `name`, `starts_on`, `ends_on`, `items`, `items.<index>.<field>`.
    Only an imported prescription may begin in the past.
    """
    errors = line_errors(lines, patient)
    if not name.strip():
        errors["name"] = [_("Give it a name that the patient will recognise.")]
    if patient.state not in IN_CARE:
        state = {"state": patient.get_state_display()}
        errors["patient"] = [_("This patient is %(state)s. Take them back into care first.") % state]
    today = patient.local_date(timezone.now())
    if routine and routine.clinic_id not in (None, patient.clinic_id):
        errors["routine"] = [_("Choose a routine from the library.")]
    if starts_on < today and origin != Origin.IMPORT:
        errors["starts_on"] = [_("A new prescription starts today or later.")]
    if ends_on and ends_on < starts_on:
        errors["ends_on"] = [_("The last day is before the first day.")]
    errors |= _too_far(today, starts_on=starts_on, ends_on=ends_on)
    if errors:
        raise ValidationError(errors)
    prescription = Prescription(
        patient=patient,
        routine=routine,
        name=name.strip(),
        starts_on=starts_on,
        ends_on=ends_on,
        origin=origin,
        # What waits for a clinician's review waits with everything that is prescribed meanwhile.
        held_at=alerts.waiting_for_review(patient),
        created_by=actor,
    )
    prescription.clean_fields()
    prescription.save()
    _add_revision(actor, prescription, 1, starts_on, lines, schedule, note=note)
    _record(actor, "prescription.prescribed", prescription, starts_on=str(starts_on), items=len(lines))
    return prescription


@transaction.atomic
def amend(
    actor: User,
    prescription: Prescription,
    *,
    lines: Sequence[Line],
    schedule: Schedule,
    expected: int,
    reason: str = "",
    note: str = "",
    counts_from: dt.date | None = None,
) -> PrescriptionRevision:
    """Add a revision that counts from today, or from tomorrow when a session was begun today.

    `expected` is the number of the revision that the editor saw: Conflict when somebody was quicker. An earlier
    `counts_from` is for the history of an imported prescription, on the day of its import.
    """
    _lock(prescription)
    latest = prescription.revisions.order_by("number").last()
    assert latest is not None  # a prescription is made with its first revision
    if latest.number != expected:
        raise Conflict(
            _("%(who)s changed this prescription in the meantime.") % {"who": latest.created_by.name}
        )
    errors = line_errors(lines, prescription.patient)
    _refuse_when_over(prescription, errors)
    # Never before the latest revision: the last word of a clinician is the one that counts.
    earliest = max(next_open_day(prescription), prescription.starts_on, latest.counts_from)
    if isinstance(schedule, Flexible):
        earliest = max(earliest, _first_day_to_add(prescription))
    if counts_from is None:
        counts_from = earliest
    elif counts_from < earliest and not _history_is_open(prescription):
        errors["counts_from"] = [
            _("A change counts from %(day)s at the earliest.") % {"day": earliest.isoformat()}
        ]
    elif counts_from < latest.counts_from:
        errors["counts_from"] = [_("A revision cannot count from before the one that it follows.")]
    if errors:
        raise ValidationError(errors)
    revision = _add_revision(
        actor, prescription, latest.number + 1, counts_from, lines, schedule, reason=reason, note=note
    )
    _record(
        actor,
        "prescription.amended",
        prescription,
        revision=revision.number,
        counts_from=str(counts_from),
    )
    return revision


@transaction.atomic
def pause(
    actor: User, prescription: Prescription, *, first_day: dt.date, last_day: dt.date, reason: str = ""
) -> Pause:
    """Expect nothing on these local dates, both inclusive. Days that are over stay as they were."""
    _lock(prescription)
    errors: dict[str, list[str]] = {}
    _refuse_when_over(prescription, errors)
    if last_day < first_day:
        errors["last_day"] = [_("The last day is before the first day.")]
    if first_day < _today(prescription) and not _history_is_open(prescription):
        errors["first_day"] = [_("A pause starts today or later; days that are over stay as they were.")]
    errors |= _too_far(_today(prescription), first_day=first_day, last_day=last_day)
    if "last_day" not in errors and _paused_already(prescription, first_day, last_day):
        errors["first_day"] = [_("These days are paused already, at least in part.")]
    if errors:
        raise ValidationError(errors)
    paused = Pause.objects.create(
        prescription=prescription,
        first_day=first_day,
        last_day=last_day,
        reason=reason,
        created_by=actor,
    )
    _keep(actor, prescription, ActKind.PAUSED, first_day, reason)
    _record(actor, "prescription.paused", prescription, first_day=str(first_day), last_day=str(last_day))
    return paused


@transaction.atomic
def end_pause(actor: User, paused: Pause, *, last_day: dt.date, reason: str = "") -> None:
    """Let a pause end earlier or later. A pause that has not begun yet is taken back by a day before it.

    Raises Conflict when somebody has taken it back meanwhile.
    """
    prescription = paused.prescription
    _lock(prescription)
    try:
        paused.refresh_from_db()
    except Pause.DoesNotExist as gone:
        raise Conflict(_("This pause was taken back in the meantime.")) from gone
    errors: dict[str, list[str]] = {}
    _refuse_when_over(prescription, errors)
    yesterday = _today(prescription) - dt.timedelta(days=1)
    # A week that is counted gets no further day, even one that is still to come.
    counted = _first_day_to_add(prescription) - dt.timedelta(days=1)
    if paused.last_day < yesterday:
        errors["last_day"] = [_("This pause is over; days that are over stay as they were.")]
    elif last_day < yesterday:
        errors["last_day"] = [_("Days that are over stay as they were.")]
    elif last_day < min(counted, paused.last_day):
        errors["last_day"] = [
            _("This week is counted already: the pause can end on %(day)s at the earliest.")
            % {"day": min(counted, paused.last_day).isoformat()}
        ]
    elif _paused_already(prescription, paused.first_day, last_day, besides=paused):
        errors["last_day"] = [_("The next pause begins before that day.")]
    errors |= _too_far(_today(prescription), last_day=last_day)
    if errors:
        raise ValidationError(errors)
    if last_day < paused.first_day:
        paused.delete()
    else:
        paused.last_day = last_day
        paused.save(update_fields=["last_day"])
    _keep(actor, prescription, ActKind.PAUSE_CHANGED, last_day, reason)
    _record(actor, "prescription.pause_changed", prescription, last_day=str(last_day))


@transaction.atomic
def extend(actor: User, prescription: Prescription, *, ends_on: dt.date | None, reason: str = "") -> None:
    """Move the last day, or leave the end open (None). A last day that is over stays as it was."""
    _lock(prescription)
    errors: dict[str, list[str]] = {}
    today = _today(prescription)
    _refuse_when_over(prescription, errors)
    if ends_on and ends_on < prescription.starts_on:
        errors["ends_on"] = [_("The last day is before the first day.")]
    elif ends_on and ends_on < today:
        errors["ends_on"] = [_("The last day cannot lie in the past. To end it now, stop it.")]
    errors |= _too_far(today, ends_on=ends_on)
    if errors:
        raise ValidationError(errors)
    prescription.ends_on = ends_on
    prescription.save(update_fields=["ends_on"])
    _keep(actor, prescription, ActKind.EXTENDED, ends_on, reason)
    _record(
        actor,
        "prescription.extended",
        prescription,
        ends_on=str(ends_on) if ends_on else None,
        on=str(today),
    )


@transaction.atomic
def stop(actor: User, prescription: Prescription, *, reason: str, from_day: dt.date | None = None) -> None:
    """Expect nothing any more, from today, or from tomorrow when a session was begun today; or from a later day."""
    _lock(prescription)
    errors: dict[str, list[str]] = {}
    earliest = next_open_day(prescription)
    _refuse_when_over(prescription, errors)
    if not reason.strip():
        errors["reason"] = [_("Say in a few words why it is stopped.")]
    if from_day and from_day < earliest:
        errors["from_day"] = [
            _("A stop counts from %(day)s at the earliest.") % {"day": earliest.isoformat()}
        ]
    if errors:
        raise ValidationError(errors)
    prescription.stopped_from = from_day or earliest
    prescription.stop_reason = reason.strip()
    prescription.save(update_fields=["stopped_from", "stop_reason"])
    _keep(actor, prescription, ActKind.STOPPED, prescription.stopped_from, reason)
    _record(actor, "prescription.stopped", prescription, stopped_from=str(prescription.stopped_from))


@transaction.atomic
def take_back_stop(actor: User, prescription: Prescription) -> None:
    """Let it go on as before its stop, while no day of the stop is over."""
    _lock(prescription)
    if prescription.stopped_from is None or prescription.stopped_from < _today(prescription):
        raise ValidationError(
            {"prescription": [_("Days that are over stay as they were. Prescribe it anew.")]}
        )
    _go_on(actor, prescription, prescription.stopped_from)
    _record(actor, "prescription.stop_taken_back", prescription)


@transaction.atomic
def resume(actor: User, prescription: Prescription, *, reason: str) -> dt.date:
    """Take a stopped prescription up again, and answer the first day on which it counts again.

    The days since the stop stay as they were: they become a pause, with the words and the hand of the stop, so no
    figure of the past changes. A flexible week that was counted with the days before the stop stays closed as well:
    then it goes on from Monday. Raises ValidationError by field: `prescription`, `reason`.
    """
    _lock(prescription)
    errors: dict[str, list[str]] = {}
    if not reason.strip():
        errors["reason"] = [_("Say in a few words why it goes on.")]
    if prescription.stopped_from is None:
        errors["prescription"] = [_("This prescription is not stopped.")]
    elif prescription.patient.state not in IN_CARE:
        state = {"state": prescription.patient.get_state_display()}
        errors["prescription"] = [_("This patient is %(state)s. Take them back into care first.") % state]
    first_day = first_day_again(prescription)
    if prescription.ends_on and prescription.ends_on < first_day:
        errors["prescription"] = [_("Its last day is over. Prescribe it again instead.")]
    if errors:
        raise ValidationError(errors)
    _pause_since_stop(prescription, first_day)
    _go_on(actor, prescription, first_day, reason)
    _record(actor, "prescription.resumed", prescription, first_day=str(first_day))
    return first_day


@transaction.atomic
def release(actor: User, prescription: Prescription, *, note: str) -> None:
    """Let a held prescription go on after a clinician has reviewed the safety answer.

    What was found is kept with the safety alert, which is resolved when it was the last one held.
    """
    _lock(prescription)
    if not prescription.held_at:
        raise ValidationError({"note": [_("This prescription is not held.")]})
    if not note.strip():
        raise ValidationError({"note": [_("Say in a few words what you found.")]})
    prescription.held_at = None
    prescription.save(update_fields=["held_at"])
    _record(actor, "prescription.released", prescription)
    alerts.keep_review(actor, prescription.patient, note=note)


# --- What the verbs share


def _today(prescription: Prescription) -> dt.date:
    return prescription.patient.local_date(timezone.now())


def _too_far(today: dt.date, **days: dt.date | None) -> dict[str, list[str]]:
    """Days that nobody means: a slip of the keyboard, beyond which no calendar is drawn."""
    last = today + HORIZON
    told = _("This day is too far off; %(day)s is the last that can be chosen.") % {"day": last.isoformat()}
    return {field: [told] for field, day in days.items() if day and day > last}


def next_open_day(prescription: Prescription) -> dt.date:
    """The first local date that a change may still touch: today, or tomorrow once a session was begun today."""
    today = _today(prescription)
    begun = prescription.sessions.filter(local_date=today).exists()
    return today + dt.timedelta(days=1) if begun else today


def first_day_again(prescription: Prescription) -> dt.date:
    """The first day that a stopped prescription would count again: today, or the day of a stop to come."""
    today = _today(prescription)
    stopped_from = prescription.stopped_from
    if stopped_from is None or stopped_from >= today:
        return stopped_from or today
    in_force = plan_of(prescription).in_force(today)
    if in_force and isinstance(in_force.schedule, Flexible):
        return _first_day_to_add(prescription)
    return today


def _first_day_to_add(prescription: Prescription) -> dt.date:
    """The first local date that may yet be asked for under a flexible schedule.

    Today; but a week whose flexible days are all over is counted as a whole (docs/rules.md 4), and yesterday's figures
    never change: then the Monday after it.
    """
    today = _today(prescription)
    days = flexible_week(plan_of(prescription), today).days
    closed = days and max(days) < today
    return week_of(today).last + dt.timedelta(days=1) if closed else today


def _pause_since_stop(prescription: Prescription, first_day: dt.date) -> None:
    """Nothing was expected from the stop to the day before `first_day`; days that were paused anyway stay so."""
    assert prescription.stopped_from is not None
    last_day = first_day - dt.timedelta(days=1)
    if last_day < prescription.stopped_from:
        return
    plan = plan_of(prescription)
    stop = prescription.acts.filter(kind=ActKind.STOPPED).last()
    free = {day for day in DateRange(prescription.stopped_from, last_day) if not plan.paused_on(day)}
    begins = sorted(day for day in free if day - dt.timedelta(days=1) not in free)
    ends = sorted(day for day in free if day + dt.timedelta(days=1) not in free)
    Pause.objects.bulk_create(
        Pause(
            prescription=prescription,
            first_day=begin,
            last_day=end,
            reason=prescription.stop_reason,
            created_by=stop.created_by if stop else prescription.created_by,
        )
        for begin, end in zip(begins, ends, strict=True)
    )


def _go_on(actor: User, prescription: Prescription, first_day: dt.date, reason: str = "") -> None:
    prescription.stopped_from, prescription.stop_reason = None, ""
    prescription.save(update_fields=["stopped_from", "stop_reason"])
    _keep(actor, prescription, ActKind.RESUMED, first_day, reason)


def _keep(actor: User, prescription: Prescription, kind: ActKind, day: dt.date | None, reason: str) -> None:
    PrescriptionAct.objects.create(
        prescription=prescription, kind=kind, day=day, reason=reason.strip(), created_by=actor
    )


def _history_is_open(prescription: Prescription) -> bool:
    """On the day of its import a prescription may be given the past it had; afterwards its past is closed too."""
    imported_on = prescription.patient.local_date(prescription.created_at)
    return prescription.origin == Origin.IMPORT and _today(prescription) <= imported_on


def _paused_already(
    prescription: Prescription, first_day: dt.date, last_day: dt.date, besides: Pause | None = None
) -> bool:
    pauses = prescription.pauses.filter(first_day__lte=last_day, last_day__gte=first_day)
    return any(pause != besides for pause in pauses)


def _lock(prescription: Prescription) -> None:
    """One change at a time: the row is locked (SQLite locks as the transaction begins) and read anew."""
    prescription.refresh_from_db(from_queryset=Prescription.objects.select_for_update())


def _refuse_when_over(prescription: Prescription, errors: dict[str, list[str]]) -> None:
    last_day = prescription.last_day
    if prescription.stopped_from or (last_day and last_day < _today(prescription)):
        errors["prescription"] = [_("This prescription has ended. Write a new one instead.")]


def _add_revision(
    actor: User,
    prescription: Prescription,
    number: int,
    counts_from: dt.date,
    lines: Sequence[Line],
    schedule: Schedule,
    *,
    reason: str = "",
    note: str = "",
) -> PrescriptionRevision:
    revision = PrescriptionRevision(
        prescription=prescription,
        number=number,
        counts_from=counts_from,
        reason=reason,
        note=note,
        created_by=actor,
    )
    match schedule:
        case Fixed(weekdays=weekdays, times_per_day=times_per_day):
            revision.mode = ScheduleMode.FIXED
            revision.weekdays = sorted(weekdays)
            revision.times_per_day = times_per_day
        case Flexible(per_week=per_week):
            revision.mode = ScheduleMode.FLEXIBLE
            revision.per_week = per_week
    revision.clean_fields()
    revision.save()
    items = [
        Item(
            revision=revision,
            position=position,
            exercise_revision=line.exercise_revision,
            sets=line.dosage.sets,
            repetitions=line.dosage.repetitions,
            hold=line.dosage.hold,
            rest=line.dosage.rest,
            sides=line.dosage.sides,
            note=line.note,
            override_reason=line.override_reason.strip(),
        )
        for position, line in enumerate(lines, start=1)
    ]
    for item in items:
        item.clean_fields()
    Item.objects.bulk_create(items)
    return revision


def _record(actor: User, verb: str, prescription: Prescription, **details: object) -> None:
    patient = prescription.patient
    audit.record(actor, verb, prescription, clinic=patient.clinic, subject=patient, **details)
