"""Safety answers, and alerts for the clinic: raised, acknowledged, resolved (docs/rules.md 6)."""

import datetime as dt
from collections.abc import Collection, Mapping
from uuid import UUID, uuid4, uuid5

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic import audit
from clinic.errors import Conflict
from clinic.models import User
from patients import safety
from patients.models import Alert, Patient, Prescription, SafetyScreen, Session, SessionItem
from patients.models.alerts import AlertState, Level, Rule, SafetyQuestion
from patients.models.sessions import SkipReason, Source

LEVELS = {Rule.SAFETY_ANSWER: Level.CRITICAL, Rule.PAIN_HIGH: Level.CRITICAL, Rule.SKIPPED: Level.LOW}
TELLING_SKIPS = (SkipReason.PAIN, SkipReason.NOT_SURE_HOW)
SKIP_WINDOW = dt.timedelta(days=7)


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
        raise_alert(patient, Rule.SAFETY_ANSWER, now)
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


def raise_alert(patient: Patient, rule: Rule, at: dt.datetime) -> Alert:
    """Open an alert, or add to the one that is not resolved yet: one for each patient and rule."""
    with transaction.atomic():
        added = (
            patient.alerts.filter(rule=rule)
            .exclude(state=AlertState.RESOLVED)
            .update(occurrences=F("occurrences") + 1, last_at=at)
        )
        if not added:
            try:
                with transaction.atomic():
                    return Alert.objects.create(
                        patient=patient, rule=rule, level=LEVELS[rule], opened_at=at, last_at=at
                    )
            except IntegrityError:  # another worker opened it in between
                return raise_alert(patient, rule, at)
        return patient.alerts.exclude(state=AlertState.RESOLVED).get(rule=rule)


def telling(session: Session) -> set[Rule]:
    """The rules that a session meets. A history that was brought along tells nothing new."""
    if session.source == Source.IMPORT:
        return set()
    items = list(session.items.all())
    met = set()
    pains = [session.pain_after, *(item.pain for item in items)]
    if any(pain is not None and pain >= safety.SEVERE for pain in pains):
        met.add(Rule.PAIN_HIGH)
    if any(item.skip_reason in TELLING_SKIPS for item in items) and _skips_in_a_week(session) >= 2:
        met.add(Rule.SKIPPED)
    return met


def after_session(session: Session, told: Collection[Rule] = ()) -> None:
    """Tell the clinic what a session says, but for what it had `told` before it was corrected."""
    for rule in telling(session) - set(told):
        raise_alert(session.patient, rule, session.received_at)


def _skips_in_a_week(session: Session) -> int:
    """Sessions in the seven days up to this one in which *pain* or *not sure how* was a skip reason."""
    since = session.local_date - SKIP_WINDOW
    return (
        SessionItem.objects.filter(
            session__patient=session.patient_id,
            session__voided_at=None,
            session__local_date__gt=since,
            session__local_date__lte=session.local_date,
            skip_reason__in=TELLING_SKIPS,
        )
        .values("session")
        .distinct()
        .count()
    )


def unresolved(patient: Patient) -> QuerySet[Alert]:
    """The alerts of a patient that nobody has closed, whatever their level."""
    return patient.alerts.exclude(state=AlertState.RESOLVED)


def with_critical() -> Q:
    """Of a query of patients: those who have a critical alert that nobody has resolved."""
    critical = Alert.objects.filter(patient=OuterRef("pk"), level=Level.CRITICAL)
    return Q(Exists(critical.exclude(state=AlertState.RESOLVED)))


def critical_open(patient: Patient) -> bool:
    """Is there a critical alert that nobody has resolved?"""
    return unresolved(patient).filter(level=Level.CRITICAL).exists()


@transaction.atomic
def acknowledge(actor: User, alert: Alert) -> None:
    """Say that somebody has seen it."""
    changed = Alert.objects.filter(pk=alert.pk, state=AlertState.OPEN).update(
        state=AlertState.ACKNOWLEDGED, acknowledged_by=actor, acknowledged_at=timezone.now()
    )
    if changed:
        _record(actor, "alert.acknowledged", alert)


@transaction.atomic
def resolve(actor: User, alert: Alert, *, note: str) -> None:
    """Close it, with what was found."""
    if not note.strip():
        raise ValidationError({"note": [_("Say in a few words what you found or did.")]})
    changed = (
        Alert.objects.filter(pk=alert.pk)
        .exclude(state=AlertState.RESOLVED)
        .update(
            state=AlertState.RESOLVED,
            resolved_by=actor,
            resolved_at=timezone.now(),
            note=note.strip(),
        )
    )
    if changed:
        _record(actor, "alert.resolved", alert)


def keep_review(actor: User, patient: Patient, *, note: str) -> None:
    """Keep what a review of the safety answers found with their alert; it closes once nothing is held any more.

    Runs in the transaction of the release.
    """
    waiting = patient.alerts.select_for_update().filter(rule=Rule.SAFETY_ANSWER)
    alert = waiting.exclude(state=AlertState.RESOLVED).first()
    if alert is None:
        return
    alert.note = "\n".join(filter(None, [alert.note, note.strip()]))
    alert.save(update_fields=["note"])
    if not not_over(patient).filter(held_at__isnull=False).exists():
        resolve(actor, alert, note=alert.note)


def _record(actor: User, verb: str, alert: Alert) -> None:
    patient = alert.patient
    audit.record(actor, verb, alert, clinic=patient.clinic, subject=patient, rule=alert.rule)
