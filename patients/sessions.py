"""Recording what a patient did (docs/rules.md 5): once, whatever the network does, and never lost.

The client makes the session's id. The same content again gives the same answer; other content under the same
id is a Conflict. The first version of a corrected session is kept.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic import audit
from clinic.errors import Conflict
from clinic.models import User
from exercises.dosage import Dosage
from patients import telling
from patients.models import (
    Item,
    Prescription,
    PrescriptionRevision,
    Session,
    SessionItem,
    SessionVersion,
)
from patients.models.prescriptions import Origin
from patients.models.sessions import Difficulty, SkipReason, Source
from patients.safety import CLOCK_ERROR, LATEST

LONGEST = dt.timedelta(days=1)
# No calendar of ours reaches further back; instants near its edges cannot be told in every zone.
EARLIEST = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
# A set counts in full when at least 80 % of its prescribed hold time was held, else not at all.
FULL_SET = 0.8
NPRS = range(11)


@dataclass(frozen=True, slots=True)
class SetDone:
    """One set of one side as performed; `held` in seconds over all its repetitions."""

    side: str
    held: float


@dataclass(frozen=True, slots=True)
class ItemDone:
    """What was done of one prescribed item."""

    item: UUID
    sets: Sequence[SetDone] = ()
    skip_reason: str = ""
    eased: bool = False
    pain: int | None = None


@dataclass(frozen=True, slots=True)
class SessionData:
    """A session as a client hands it in. Instants are aware; `source` is a `Source`."""

    id: UUID
    prescription: Prescription
    revision: PrescriptionRevision
    started_at: dt.datetime
    ended_at: dt.datetime | None
    items: Sequence[ItemDone]
    source: str
    pain_before: int | None = None
    pain_after: int | None = None
    difficulty: str = ""
    note: str = ""

    def content(self) -> dict[str, Any]:
        """The content alone, in a form that can be kept and compared."""
        return {
            "prescription": str(self.prescription.pk),
            "revision": self.revision.number,
            "started_at": self.started_at.astimezone(dt.UTC).isoformat(),
            "ended_at": self.ended_at.astimezone(dt.UTC).isoformat() if self.ended_at else None,
            "source": self.source,
            "pain_before": self.pain_before,
            "pain_after": self.pain_after,
            "difficulty": self.difficulty,
            "note": self.note,
            "items": [
                {
                    "item": str(done.item),
                    "sets": [asdict(s) for s in done.sets],
                    "skip_reason": done.skip_reason,
                    "eased": done.eased,
                    "pain": done.pain,
                }
                for done in sorted(self.items, key=lambda d: str(d.item))
            ],
        }

    def digest(self) -> str:
        return hashlib.sha256(json.dumps(self.content(), sort_keys=True).encode()).hexdigest()


def counted_sets(dosage: Dosage, sets: Sequence[SetDone]) -> int:
    """How many of the sets count: held for at least 80 % of hold × repetitions."""
    return sum(1 for done in sets if done.held >= FULL_SET * dosage.set_hold)


def record(actor: User, data: SessionData) -> tuple[Session, bool]:
    """Keep a session; returns it and whether it is new.

    Raises Conflict when the id is known with other content, ValidationError by field otherwise: `id`,
    `started_at`, `ended_at`, `pain_before`, `pain_after`, `difficulty`, `source`, `items`,
    `items.<index>.<field>`, `prescription`.
    """
    patient = data.prescription.patient
    known = Session.objects.filter(pk=data.id).first()
    if known is None:
        items = _items(data.revision)
        zone = patient.zone_at(data.started_at)
        _check(data, items, zone)
        try:
            with transaction.atomic():
                return _write(actor, data, items, zone), True
        except IntegrityError:  # the same session, sent twice at the same moment
            known = Session.objects.filter(pk=data.id).first()
            if known is None:
                raise
    # Told alike for another's id and for other content: whose a known id is, is nobody's business.
    if known.patient_id != patient.pk or known.digest != data.digest():
        raise Conflict(_("This session is kept already, with other content. Nothing was changed."))
    return known, False


@transaction.atomic
def correct(actor: User, session: Session, data: SessionData, *, reason: str = "") -> Session:
    """Replace what a session says; the former content is kept beside it.

    The patient may do this on the session's local date; anybody else needs a reason. Raises ValidationError.
    """
    session.refresh_from_db(from_queryset=Session.objects.select_for_update())
    by_patient = actor.pk == session.patient.user_id
    if session.voided_at:
        raise ValidationError({"session": [_("This session was taken out; it cannot be corrected.")]})
    if by_patient and session.local_date != session.patient.local_date(timezone.now()):
        raise ValidationError(
            {"session": [_("A session can be corrected on its own day. Ask your clinic to correct it now.")]}
        )
    if not by_patient and not reason.strip():
        raise ValidationError({"reason": [_("Say in a few words why it is corrected.")]})
    items = _items(data.revision)
    _check(data, items, correcting=session)
    SessionVersion.objects.create(
        session=session, content=content_of(session), changed_by=actor, reason=reason.strip()
    )
    session.items.all().delete()
    for name in ("ended_at", "pain_before", "pain_after", "difficulty", "note"):
        setattr(session, name, getattr(data, name))
    rows = _rows(session, data, items)
    session.performed_sets = sum(row.performed_sets for row in rows)
    session.save()
    _keep(session, rows)
    telling.changed(session)
    _record(actor, "session.corrected", session)
    return session


@transaction.atomic
def void(actor: User, session: Session, *, reason: str) -> None:
    """Take a session out of every figure; it stays in the record, with who and why."""
    if not reason.strip():
        raise ValidationError({"reason": [_("Say in a few words why it is taken out.")]})
    changed = Session.objects.filter(pk=session.pk, voided_at=None).update(
        voided_at=timezone.now(), voided_by=actor, void_reason=reason.strip()
    )
    if changed:
        session.refresh_from_db(fields=["voided_at", "voided_by", "void_reason"])
        telling.changed(session)
        _record(actor, "session.voided", session)


def content_of(session: Session) -> dict[str, Any]:
    """A kept session's content, in the form of `SessionData.content`."""
    return SessionData(
        id=session.pk,
        prescription=session.prescription,
        revision=session.revision,
        started_at=session.started_at,
        ended_at=session.ended_at,
        source=session.source,
        pain_before=session.pain_before,
        pain_after=session.pain_after,
        difficulty=session.difficulty,
        note=session.note,
        items=[
            ItemDone(
                item=kept.item_id,
                sets=[SetDone(s["side"], s["held"]) for s in kept.sets],
                skip_reason=kept.skip_reason,
                eased=kept.eased,
                pain=kept.pain,
            )
            for kept in session.items.all()
        ],
    ).content()


# --- What the verbs share


def _check(
    data: SessionData,
    items: dict[UUID, Item],
    zone: ZoneInfo | None = None,
    correcting: Session | None = None,
) -> None:
    """Refuse, field by field, what cannot have happened.

    The day of a new session is told in `zone`. One that is corrected stays on its stored date, even where the
    machine does not know its zone any more.
    """
    errors = _time_errors(data, zone, correcting) | _item_errors(data, items)
    held_at = data.prescription.held_at
    if held_at and correcting is None and data.started_at > held_at:
        errors["prescription"] = [_("Your clinic has to look at your answers first.")]
    if data.source not in Source.values:
        errors["source"] = [_("Unknown source.")]
    elif data.source == Source.IMPORT and data.prescription.origin != Origin.IMPORT:
        errors["source"] = [_("Sessions are imported into an imported prescription only.")]
    if data.difficulty and data.difficulty not in Difficulty.values:
        errors["difficulty"] = [_("Choose one of the three.")]
    for name in ("pain_before", "pain_after"):
        if getattr(data, name) is not None and getattr(data, name) not in NPRS:
            errors[name] = [_("A whole number from 0 to 10.")]
    if errors:
        raise ValidationError(errors)


def _time_errors(
    data: SessionData, zone: ZoneInfo | None, correcting: Session | None
) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    now = timezone.now()
    if data.started_at > now + CLOCK_ERROR:
        errors["started_at"] = [_("A session cannot start in the future.")]
    elif data.started_at < EARLIEST or (
        (day := correcting.local_date if correcting else data.started_at.astimezone(zone).date())
        < data.prescription.starts_on
    ):
        errors["started_at"] = [_("This session starts before the prescription does.")]
    elif day < data.revision.counts_from:
        errors["revision"] = [_("This revision did not count yet on that day.")]
    elif correcting and data.started_at != correcting.started_at:
        errors["started_at"] = [_("The start of a session cannot be corrected.")]
    elif not correcting and data.source != Source.IMPORT and data.started_at < now - LATEST:
        errors["started_at"] = [_("A session can be sent up to 14 days late.")]
    if data.ended_at and data.ended_at < data.started_at:
        errors["ended_at"] = [_("The end is before the start.")]
    elif data.ended_at and data.ended_at - data.started_at > LONGEST:
        errors["ended_at"] = [_("A session cannot last longer than a day.")]
    return errors


def _item_errors(data: SessionData, items: dict[UUID, Item]) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    seen: set[UUID] = set()
    for index, done in enumerate(data.items):
        item = items.get(done.item)
        if item is None:
            errors[f"items.{index}.item"] = [_("This exercise is not part of the prescription.")]
            continue
        if done.item in seen:
            errors[f"items.{index}.item"] = [_("This exercise is listed twice.")]
        seen.add(done.item)
        sides = item.dosage.side_names
        for side in {s.side for s in done.sets}:
            if side not in sides:
                errors[f"items.{index}.sets"] = [_("This side is not prescribed.")]
            elif sum(s.side == side for s in done.sets) > item.sets:
                errors[f"items.{index}.sets"] = [_("More sets than were prescribed.")]
        if any(s.held < 0 for s in done.sets):
            errors[f"items.{index}.sets"] = [_("A hold cannot be shorter than nothing.")]
        if done.skip_reason and done.skip_reason not in SkipReason.values:
            errors[f"items.{index}.skip_reason"] = [_("Choose one of the reasons.")]
        if done.pain is not None and done.pain not in NPRS:
            errors[f"items.{index}.pain"] = [_("A whole number from 0 to 10.")]
    return errors


def _items(revision: PrescriptionRevision) -> dict[UUID, Item]:
    """The prescribed items of the revision that the client followed, by id."""
    return {item.pk: item for item in revision.items.all()}


def _write(actor: User, data: SessionData, items: dict[UUID, Item], zone: ZoneInfo) -> Session:
    session = Session(
        id=data.id,
        patient=data.prescription.patient,
        prescription=data.prescription,
        revision=data.revision,
        source=data.source,
        started_at=data.started_at,
        ended_at=data.ended_at,
        local_date=data.started_at.astimezone(zone).date(),
        zone=str(zone),
        recorded_by=actor,
        pain_before=data.pain_before,
        pain_after=data.pain_after,
        difficulty=data.difficulty,
        note=data.note,
        digest=data.digest(),
    )
    rows = _rows(session, data, items)
    session.performed_sets = sum(row.performed_sets for row in rows)
    session.prescribed_sets = sum(item.dosage.total_sets for item in items.values())
    session.save(force_insert=True)
    _keep(session, rows)
    telling.arrived(session)
    _record(actor, "session.recorded", session)
    return session


def _keep(session: Session, rows: list[SessionItem]) -> None:
    """Write the items; whoever looks at them next, alert or answer, finds them at hand."""
    SessionItem.objects.bulk_create(rows)
    # As `prefetch_related_objects` leaves them, without reading what was written a moment ago.
    items = session.items.all()
    items._result_cache = rows
    session._prefetched_objects_cache = {"items": items}  # type: ignore[attr-defined]


def _rows(session: Session, data: SessionData, items: dict[UUID, Item]) -> list[SessionItem]:
    """A row for each prescribed item; those that the client does not name were not done."""
    done_of = {done.item: done for done in data.items}
    return [
        SessionItem(
            session=session,
            item=item,
            sets=[asdict(one) for one in done.sets],
            performed_sets=counted_sets(item.dosage, done.sets),
            skip_reason=done.skip_reason,
            eased=done.eased,
            pain=done.pain,
        )
        for item in items.values()
        for done in [done_of.get(item.pk, ItemDone(item.pk))]
    ]


def _record(actor: User, verb: str, session: Session) -> None:
    patient = session.patient
    audit.record(
        actor,
        verb,
        session,
        clinic=patient.clinic,
        subject=patient,
        local_date=str(session.local_date),
        source=session.source,
    )
