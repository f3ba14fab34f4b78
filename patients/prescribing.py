"""Prescribing, and every later change to a prescription (docs/rules.md 3).

Each act is dated: it counts from today when no session was begun today, else from the next local day. The past
is never rewritten. Rights are the doors' business; these verbs check what is asked, write it, and record who did.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Prefetch, prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic import audit
from clinic.errors import Conflict
from clinic.models import User
from exercises import dosage as limits
from exercises.dosage import Dosage
from exercises.models import CautionLevel, Condition, Revision, RevisionState, Routine, RoutineItem
from patients import alerts
from patients.models import Item, Patient, Pause, Prescription, PrescriptionRevision
from patients.models.people import IN_CARE
from patients.models.prescriptions import Origin, ScheduleMode
from patients.schedule import Fixed, Flexible, Schedule

ITEMS_MAX = 30
# People do fewer exercises, better: the builder nudges above this number.
NUDGE_ABOVE = 4


@dataclass(frozen=True, slots=True)
class Line:
    """One exercise as the builder hands it in. `override_reason` answers a caution of level *avoid*."""

    exercise_revision: Revision
    dosage: Dosage
    note: str = ""
    override_reason: str = ""


@dataclass(frozen=True, slots=True)
class Caution:
    """A contraindication tag of one line that meets a condition of the patient."""

    line: int
    exercise: str
    condition: Condition
    level: CautionLevel
    note: str


# --- Where lines come from


def lines_of_routine(routine: Routine) -> list[Line]:
    """The routine's exercises as they are published now, with the routine's default dosage."""
    # Does nothing where the routine came with its items.
    items = Prefetch("items", RoutineItem.objects.select_related("exercise__published__exercise"))
    prefetch_related_objects([routine], items)
    return [
        Line(item.exercise.published, item.dosage, item.note)
        for item in routine.items.all()
        if item.exercise.published and not item.exercise.retired_at
    ]


def lines_of(revision: PrescriptionRevision) -> list[Line]:
    """The lines of a former revision, pinned to the exercise revisions it had."""
    items = revision.items.select_related("exercise_revision__exercise").order_by("position")
    return [Line(i.exercise_revision, i.dosage, i.note, i.override_reason) for i in items]


def lines_now(prescription: Prescription) -> list[Line]:
    """The lines of the latest revision: what an amendment follows."""
    latest = prescription.revisions.order_by("number").last()
    assert latest is not None  # a prescription is made with its first revision
    return lines_of(latest)


def cautions(lines: Sequence[Line], patient: Patient) -> list[Caution]:
    """Each line's contraindication tags against the patient's conditions; *avoid* first."""
    found = [
        Caution(
            index,
            line.exercise_revision.name,
            Condition(tag["tag"]),
            CautionLevel(tag["level"]),
            tag.get("note", ""),
        )
        for index, line in enumerate(lines)
        for tag in line.exercise_revision.cautions
        if tag["tag"] in patient.conditions
    ]
    return sorted(found, key=lambda c: (list(CautionLevel).index(c.level), c.line))


def override_wanted(caution: Caution) -> str:
    """What is said where an *avoid* stands without a written reason."""
    return _("To be avoided with %(condition)s. Say why you prescribe it all the same.") % {
        "condition": caution.condition.label
    }


# --- The verbs


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
    errors = _line_errors(lines, patient)
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
    errors = _line_errors(lines, prescription.patient)
    _refuse_when_over(prescription, errors)
    # Never before the latest revision: the last word of a clinician is the one that counts.
    earliest = max(next_open_day(prescription), prescription.starts_on, latest.counts_from)
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
    _record(actor, "prescription.paused", prescription, first_day=str(first_day), last_day=str(last_day))
    return paused


@transaction.atomic
def end_pause(actor: User, paused: Pause, *, last_day: dt.date) -> None:
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
    if paused.last_day < yesterday:
        errors["last_day"] = [_("This pause is over; days that are over stay as they were.")]
    elif last_day < yesterday:
        errors["last_day"] = [_("Days that are over stay as they were.")]
    elif _paused_already(prescription, paused.first_day, last_day, besides=paused):
        errors["last_day"] = [_("The next pause begins before that day.")]
    if errors:
        raise ValidationError(errors)
    if last_day < paused.first_day:
        paused.delete()
    else:
        paused.last_day = last_day
        paused.save(update_fields=["last_day"])
    _record(actor, "prescription.pause_changed", prescription, last_day=str(last_day))


@transaction.atomic
def extend(actor: User, prescription: Prescription, *, ends_on: dt.date | None) -> None:
    """Move the last day, or leave the end open (None). A last day that is over stays as it was."""
    _lock(prescription)
    errors: dict[str, list[str]] = {}
    today = _today(prescription)
    _refuse_when_over(prescription, errors)
    if ends_on and ends_on < prescription.starts_on:
        errors["ends_on"] = [_("The last day is before the first day.")]
    elif ends_on and ends_on < next_open_day(prescription) - dt.timedelta(days=1):
        errors["ends_on"] = [_("The last day cannot lie in the past. To end it now, stop it.")]
    if errors:
        raise ValidationError(errors)
    prescription.ends_on = ends_on
    prescription.save(update_fields=["ends_on"])
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
    _record(actor, "prescription.stopped", prescription, stopped_from=str(prescription.stopped_from))


@transaction.atomic
def take_back_stop(actor: User, prescription: Prescription) -> None:
    """Let it go on as before its stop, while no day of the stop is over."""
    _lock(prescription)
    if prescription.stopped_from is None or prescription.stopped_from < _today(prescription):
        raise ValidationError(
            {"prescription": [_("Days that are over stay as they were. Prescribe it anew.")]}
        )
    prescription.stopped_from, prescription.stop_reason = None, ""
    prescription.save(update_fields=["stopped_from", "stop_reason"])
    _record(actor, "prescription.stop_taken_back", prescription)


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


def next_open_day(prescription: Prescription) -> dt.date:
    """The first local date that a change may still touch: today, or tomorrow once a session was begun today."""
    today = _today(prescription)
    begun = prescription.sessions.filter(local_date=today).exists()
    return today + dt.timedelta(days=1) if begun else today


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


def _line_errors(lines: Sequence[Line], patient: Patient) -> dict[str, list[str]]:
    """What is wrong with the lines, keyed `items` or `items.<index>.<field>`."""
    errors: dict[str, list[str]] = {}
    if not lines:
        errors["items"] = [_("Add at least one exercise.")]
    if len(lines) > ITEMS_MAX:
        errors["items"] = [
            _("At most %(most)d exercises; few are done, and done well.") % {"most": ITEMS_MAX}
        ]
    for index, line in enumerate(lines):
        if not may_be_prescribed(line.exercise_revision, patient):
            errors[f"items.{index}.exercise"] = [_("Choose an exercise from the library.")]
        for field, message in _dosage_errors(line.dosage):
            errors[f"items.{index}.{field}"] = [message]
    for caution in cautions(lines, patient):
        if caution.level == CautionLevel.AVOID and not lines[caution.line].override_reason.strip():
            errors[f"items.{caution.line}.override_reason"] = [override_wanted(caution)]
    return errors


def may_be_prescribed(revision: Revision, patient: Patient) -> bool:
    """Published, of the shared library or the patient's clinic; retired only where the patient has had it before."""
    exercise = revision.exercise
    if revision.state != RevisionState.PUBLISHED or exercise.clinic_id not in (None, patient.clinic_id):
        return False
    if not exercise.retired_at:
        return True
    had = Item.objects.filter(revision__prescription__patient=patient, exercise_revision__exercise=exercise)
    return had.exists()


def _dosage_errors(dosage: Dosage) -> Iterable[tuple[str, str]]:
    """Field and message for each value out of range; the limits stand in `exercises.dosage`."""
    ranges = {
        "sets": (1, limits.SETS_MAX),
        "repetitions": (1, limits.REPETITIONS_MAX),
        "hold": (1, limits.HOLD_MAX),
        "rest": (0, limits.REST_MAX),
    }
    for field, (low, high) in ranges.items():
        if not low <= getattr(dosage, field) <= high:
            yield field, _("A whole number from %(low)d to %(high)d.") % {"low": low, "high": high}
    if dosage.sides not in ("none", "both", "left", "right"):
        yield "sides", _("Choose a side.")


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
