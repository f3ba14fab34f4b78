"""Safety answers, and alerts for the clinic: raised, acknowledged, resolved (docs/rules.md 6)."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4, uuid5

from celery import current_app
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic import audit
from clinic import people as colleagues
from clinic.access import Right
from clinic.errors import Conflict
from clinic.models import User
from patients import safety
from patients.models import (
    AdverseEvent,
    Alert,
    AlertAct,
    Finding,
    Patient,
    Prescription,
    SafetyScreen,
    Session,
)
from patients.models.alerts import LEVELS, AlertActKind, AlertState, Level, Rule, SafetyQuestion
from patients.models.people import IN_CARE
from patients.models.sessions import Source

NOTE_LENGTH = 2000  # characters
# So long an alert that was resolved by mistake can be opened again.
REOPENED_WITHIN = dt.timedelta(days=7)


def questions_due(patient: Patient, now: dt.datetime) -> bool:
    """Must the safety questions be asked before the next session?"""
    last = patient.safety_screens.order_by("-answered_at").first()
    severe = (
        Q(pain_before__gte=safety.SEVERE)
        | Q(pain_after__gte=safety.SEVERE)
        | Q(items__pain__gte=safety.SEVERE)
    )
    done_here = patient.sessions.filter(voided_at=None).exclude(source=Source.IMPORT)
    severe_since = last is not None and done_here.filter(severe, received_at__gt=last.answered_at).exists()
    return safety.questions_due(last.answered_at if last else None, severe_since, now)


@transaction.atomic
def answer_safety(
    actor: User,
    patient: Patient,
    answers: Mapping[str, bool],
    *,
    id: UUID | None = None,  # noqa: A002 - the word of the API’s body
    answered_at: dt.datetime | None = None,
) -> SafetyScreen:
    """Keep a patient's answers. Any yes holds every prescription and raises a critical alert.

    The client makes the `id` and tells when it was answered (aware; now, when it is not told). The same again gives
    the same answer and does nothing more, whatever a clinician has released meanwhile.

    Raises Conflict when the id is known with other content; ValidationError keyed by question when one has no answer,
    or at `answered_at` when that cannot be.
    """
    now = timezone.now()
    told = {q: answers[q] for q in SafetyQuestion.values if isinstance(answers.get(q), bool)}
    errors = {q: [_("Please answer yes or no.")] for q in SafetyQuestion.values if q not in told}
    # One person may be a patient of several clinics: each keeps the answers under an id of its own.
    row = uuid5(id, str(patient.pk)) if id else uuid4()
    given = {"patient": patient, "answers": told, "any_yes": any(told.values())}
    # A yes is never lost to a clock that goes wrong: it holds and alerts, whenever it says it was given.
    if answered_at is not None and not given["any_yes"] and not SafetyScreen.objects.filter(pk=row).exists():
        if answered_at > now + safety.CLOCK_ERROR:
            errors["answered_at"] = [_("The questions cannot be answered in the future.")]
        elif answered_at < now - safety.LATEST:
            errors["answered_at"] = [_("The answers can be sent up to 14 days late.")]
    if errors:
        raise ValidationError(errors)
    screen, created = SafetyScreen.objects.get_or_create(
        pk=row, defaults=given | {"answered_at": answered_at or now}
    )
    if not created:
        if screen.answers != told or answered_at not in (None, screen.answered_at):
            raise Conflict(_("These answers are kept already, with other content. Nothing was changed."))
        return screen
    if screen.any_yes:
        not_over(patient).filter(held_at=None).update(held_at=min(screen.answered_at, now))
        day = patient.local_date(screen.answered_at)
        yes = {"yes": [question for question, answer in told.items() if answer]}
        raise_alert(patient, Rule.SAFETY_ANSWER, now, Cause(f"screen:{screen.pk}", day, day, figures=yes))
    audit.record(
        actor, "safety.answered", screen, clinic=patient.clinic, subject=patient, any_yes=screen.any_yes
    )
    return screen


def waiting_for_review(patient: Patient) -> dt.datetime | None:
    """Since when a safety answer of this patient waits for a clinician; None when none does."""
    waiting = patient.alerts.filter(rule=Rule.SAFETY_ANSWER).exclude(state=AlertState.RESOLVED).first()
    return waiting.opened_at if waiting else None


def not_over(patient: Patient) -> QuerySet[Prescription]:
    """The prescriptions that ask for something today or later."""
    today = patient.local_date(timezone.now())
    return patient.prescriptions.filter(
        Q(ends_on=None) | Q(ends_on__gte=today), Q(stopped_from=None) | Q(stopped_from__gt=today)
    )


# --- Raised, and taken back


@dataclass(frozen=True, slots=True)
class Cause:
    """What an alert rests on. The same facts have the same `key`, whoever finds them; days are the patient's."""

    key: str
    first_day: dt.date
    last_day: dt.date
    session: Session | None = None
    event: AdverseEvent | None = None
    figures: Mapping[str, Any] = field(default_factory=dict)


@transaction.atomic
def raise_alert(patient: Patient, rule: Rule, at: dt.datetime, cause: Cause) -> Alert:
    """Open an alert, or add to the one that is not resolved yet: one for each patient and rule.

    The same facts once more change nothing, unless what they had led to was taken back or closed by itself. A
    critical alert that was acknowledged is open again: nobody has seen what is new.
    """
    lock(patient)
    known = Finding.objects.filter(patient=patient, rule=rule, key=cause.key).select_related("alert").first()
    if known and known.withdrawn_at is None and not known.alert.closed_itself:
        return known.alert
    alert = unresolved(patient).filter(rule=rule).first()
    if alert is None:
        alert = Alert.objects.create(patient=patient, rule=rule, level=LEVELS[rule], opened_at=at, last_at=at)
    else:
        _recur(alert, at)
    Finding.objects.update_or_create(
        patient=patient,
        rule=rule,
        key=cause.key,
        defaults={
            "alert": alert,
            "at": at,
            "first_day": cause.first_day,
            "last_day": cause.last_day,
            "session": cause.session,
            "event": cause.event,
            "figures": cause.figures,
            "withdrawn_at": None,
        },
    )
    if alert.level == Level.CRITICAL:
        transaction.on_commit(_wake, robust=True)
    return alert


def _recur(alert: Alert, at: dt.datetime) -> None:
    alert.occurrences += 1
    alert.last_at = max(alert.last_at, at)
    if alert.level == Level.CRITICAL and alert.state == AlertState.ACKNOWLEDGED:
        alert.state, alert.acknowledged_by, alert.acknowledged_at = AlertState.OPEN, None, None
        AlertAct.objects.create(alert=alert, kind=AlertActKind.RECURRED)
    alert.save(update_fields=["occurrences", "last_at", "state", "acknowledged_by", "acknowledged_at"])


def _wake() -> None:
    """Write the mail sooner. With the broker down, what nobody was told of waits for the next tick."""
    current_app.send_task("patients.tasks.tell_clinicians", expires=60, retry=False)


@transaction.atomic
def take_back(finding: Finding) -> None:
    """What a finding rested on was corrected or taken out. An alert of which nothing is left closes itself.

    A critical one does not: only a person closes it.
    """
    taken = Finding.objects.filter(pk=finding.pk, withdrawn_at=None).update(withdrawn_at=timezone.now())
    if not taken:
        return
    Alert.objects.filter(pk=finding.alert_id, occurrences__gt=0).update(occurrences=F("occurrences") - 1)
    alert = Alert.objects.select_related("patient__clinic").get(pk=finding.alert_id)
    if alert.level != Level.CRITICAL and not alert.findings.filter(withdrawn_at=None).exists():
        close_itself(alert, AlertActKind.UNFOUNDED)


@transaction.atomic
def close_itself(alert: Alert, why: AlertActKind) -> None:
    """End an alert that nobody has to look at any more."""
    changed = (
        Alert.objects.filter(pk=alert.pk)
        .exclude(state=AlertState.RESOLVED)
        .update(state=AlertState.RESOLVED, resolved_at=timezone.now(), closed_itself=True)
    )
    if changed:
        AlertAct.objects.create(alert=alert, kind=why)
        _record(None, "alert.closed", alert, why=why.value)


# --- Read


def unresolved(patient: Patient) -> QuerySet[Alert]:
    """The alerts of a patient that nobody has closed, whatever their level."""
    return patient.alerts.exclude(state=AlertState.RESOLVED)


def with_story(rows: QuerySet[Alert]) -> QuerySet[Alert]:
    """With who did what, and what they rest on."""
    return rows.select_related("patient", "assigned_to", "acknowledged_by", "resolved_by").prefetch_related(
        Prefetch("findings", Finding.objects.select_related("event__during__exercise_revision", "session")),
        Prefetch("acts", AlertAct.objects.select_related("by", "to")),
    )


def with_critical() -> Q:
    """Of a query of patients: those who have a critical alert that nobody has resolved."""
    critical = Alert.objects.filter(patient=OuterRef("pk"), level=Level.CRITICAL)
    return Q(Exists(critical.exclude(state=AlertState.RESOLVED)))


def critical_open(patient: Patient) -> bool:
    """Is there a critical alert that nobody has resolved?"""
    return unresolved(patient).filter(level=Level.CRITICAL).exists()


def reopenable(alert: Alert, now: dt.datetime) -> bool:
    """Whether an alert that somebody has resolved can be opened again."""
    return (
        alert.state == AlertState.RESOLVED
        and not alert.closed_itself
        and alert.resolved_at is not None
        and now - alert.resolved_at <= REOPENED_WITHIN
        and alert.patient.state in IN_CARE
    )


# --- Answered


@transaction.atomic
def acknowledge(actor: User, alert: Alert) -> bool:
    """Say that somebody has seen it; whether it was open until then."""
    now = timezone.now()
    changed = Alert.objects.filter(pk=alert.pk, state=AlertState.OPEN).update(
        state=AlertState.ACKNOWLEDGED, acknowledged_by=actor, acknowledged_at=now
    )
    if changed:
        AlertAct.objects.create(alert=alert, kind=AlertActKind.ACKNOWLEDGED, by=actor, at=now)
        _record(actor, "alert.acknowledged", alert)
    return changed > 0


@transaction.atomic
def resolve(actor: User, alert: Alert, *, note: str) -> bool:
    """Close it, with what was found; whether it was not closed until then.

    Where somebody was quicker it stays as it is, and the words are kept as a note. Raises ValidationError (`note`).
    """
    note = _words(note, _("Say in a few words what you found or did."))
    now = timezone.now()
    changed = (
        Alert.objects.filter(pk=alert.pk)
        .exclude(state=AlertState.RESOLVED)
        .update(state=AlertState.RESOLVED, resolved_by=actor, resolved_at=now, note=note)
    )
    if changed:
        AlertAct.objects.create(alert=alert, kind=AlertActKind.RESOLVED, by=actor, at=now, text=note)
        _record(actor, "alert.resolved", alert)
    elif not Alert.objects.filter(pk=alert.pk, resolved_by=actor, note=note).exists():
        add_note(actor, alert, note=note)
    return changed > 0


@transaction.atomic
def reopen(actor: User, alert: Alert, *, note: str) -> None:
    """Take back that it was resolved, within 7 days, and say why; it stands where it stood before.

    Raises ValidationError (`note`, `alert`).
    """
    note = _words(note, _("Say in a few words why it is opened again."))
    lock(alert.patient)
    alert.refresh_from_db()
    if not reopenable(alert, timezone.now()):
        raise ValidationError({"alert": [_("This alert cannot be opened again.")]})
    if unresolved(alert.patient).filter(rule=alert.rule).exists():
        raise ValidationError({"alert": [_("The same has happened again since: that alert is open.")]})
    alert.state = AlertState.ACKNOWLEDGED if alert.acknowledged_by_id else AlertState.OPEN
    alert.resolved_by, alert.resolved_at, alert.note = None, None, ""
    alert.save(update_fields=["state", "resolved_by", "resolved_at", "note"])
    AlertAct.objects.create(alert=alert, kind=AlertActKind.REOPENED, by=actor, text=note)
    _record(actor, "alert.reopened", alert)


@transaction.atomic
def add_note(actor: User, alert: Alert, *, note: str) -> AlertAct:
    """Write something beside it, whatever its state. Raises ValidationError (`note`)."""
    note = _words(note, _("Write a few words."))
    act = AlertAct.objects.create(alert=alert, kind=AlertActKind.NOTED, by=actor, text=note)
    _record(actor, "alert.noted", alert)
    return act


@transaction.atomic
def assign(actor: User, alert: Alert, *, to: User | None) -> None:
    """Let a colleague who may answer alerts look after it, or nobody in particular.

    The same again changes nothing. Raises ValidationError (`to`, `alert`).
    """
    if to and not answering(alert).filter(pk=to.pk).exists():
        raise ValidationError({"to": [_("Choose a colleague who may answer alerts.")]})
    if alert.state == AlertState.RESOLVED:
        raise ValidationError({"alert": [_("This alert is resolved.")]})
    changed = Alert.objects.filter(pk=alert.pk).exclude(state=AlertState.RESOLVED).exclude(assigned_to=to)
    if changed.update(assigned_to=to):
        AlertAct.objects.create(alert=alert, kind=AlertActKind.ASSIGNED, by=actor, to=to)
        _record(actor, "alert.assigned", alert, to=str(to.pk) if to else None)


def answering(alert: Alert) -> QuerySet[User]:
    """The colleagues who may answer it."""
    return colleagues.with_right(alert.patient.clinic, Right.CARE_FOR_PATIENTS)


def keep_review(actor: User, patient: Patient, *, note: str) -> None:
    """Keep what a review of the safety answers found with their alert; it closes once nothing is held any more.

    Runs in the transaction of the release.
    """
    waiting = patient.alerts.select_for_update().filter(rule=Rule.SAFETY_ANSWER)
    alert = waiting.exclude(state=AlertState.RESOLVED).first()
    if alert is None:
        return
    if not_over(patient).filter(held_at__isnull=False).exists():
        add_note(actor, alert, note=note)
    else:
        resolve(actor, alert, note=note)
    found = "\n".join(filter(None, [alert.note, note.strip()]))
    Alert.objects.filter(pk=alert.pk).update(note=found)


def _words(note: str, missing: str) -> str:
    note = note.strip()
    if not note:
        raise ValidationError({"note": [missing]})
    if len(note) > NOTE_LENGTH:
        raise ValidationError({"note": [_("At most %(most)d characters.") % {"most": NOTE_LENGTH}]})
    return note


def lock(patient: Patient) -> None:
    """One change at a time to a patient's alerts (SQLite locks as the transaction begins)."""
    Patient.objects.select_for_update().filter(pk=patient.pk).values_list("pk").first()


def _record(actor: User | None, verb: str, alert: Alert, **details: object) -> None:
    patient = alert.patient
    audit.record(actor, verb, alert, clinic=patient.clinic, subject=patient, rule=alert.rule, **details)
