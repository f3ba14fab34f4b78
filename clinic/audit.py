"""The audit trail: one entry an act, written in the transaction of the act."""

from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any
from uuid import UUID

from django.db.models import Model, QuerySet

from clinic import acts
from clinic.models import AuditEvent, Clinic, User

# Through which door the current work came in: page, api, task or command. Set at the doors.
via: ContextVar[str] = ContextVar("via", default="command")


def record(
    actor: User | None,
    verb: str,
    target: Model,
    *,
    clinic: Clinic | None = None,
    subject: Model | None = None,
    **details: Any,
) -> AuditEvent:
    """Write down who did what to which object.

    `actor=None` is the system itself. `subject` is the person concerned, a patient. `details` hold facts such
    as dates, counts and field names; never clinical free text, never a score.
    """
    event = _event(actor, verb, target, clinic, subject, details)
    event.save(force_insert=True)
    return event


def record_each(
    actor: User | None,
    verb: str,
    targets: Sequence[Model],
    *,
    clinic: Clinic | None = None,
    subjects: Sequence[Model] | None = None,
    **details: Any,
) -> None:
    """The same act on many objects: an entry for each, in one statement. `subjects`, one for each target."""
    whose: Sequence[Model | None] = subjects or [None] * len(targets)
    events = [_event(actor, verb, t, clinic, s, details) for t, s in zip(targets, whose, strict=True)]
    AuditEvent.objects.bulk_create(events)


def _event(
    actor: User | None,
    verb: str,
    target: Model,
    clinic: Clinic | None,
    subject: Model | None,
    details: dict[str, Any],
) -> AuditEvent:
    return AuditEvent(
        actor=actor,
        actor_label=f"{actor.name} <{actor.signs_in_as}>" if actor else "Holdwell",
        clinic=clinic,
        via=via.get(),
        verb=verb,
        object_type=target._meta.label_lower,
        object_id=str(target.pk),
        object_label=str(target)[:200],
        subject_id=subject.pk if subject else None,
        subject_label=str(subject)[:200] if subject else "",
        details=details,
    )


def about(subject: UUID) -> QuerySet[AuditEvent]:
    """What was done that concerns one patient, the latest first. Whose patient it is, the door has asked."""
    return AuditEvent.objects.filter(subject_id=subject)


def door(event: AuditEvent) -> str:
    """Through which door the act of an entry came in."""
    return str(acts.DOORS.get(event.via, event.via))


def words(event: AuditEvent) -> str:
    """What an entry says was done; an act without words of its own is named as it is."""
    return f"{acts.WORDS.get(event.verb, event.verb)}: {event.object_label}"
