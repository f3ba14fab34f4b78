"""What a request's body and query name, fetched through the access door and handed to the verbs."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, TypeVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.serializers import BaseSerializer

from clinic import access
from clinic import people as colleagues
from clinic.access import Right
from clinic.models import Clinic, User
from clinic.ui.lists import listed
from exercises.dosage import Dosage
from exercises.models import Exercise, Revision
from patients import people, sessions
from patients.lines import Line
from patients.models import Prescription, Session
from patients.models.sessions import Source
from patients.schedule import EARLIEST_DAY, LATEST_DAY, WINDOW_DAYS_MAX

M = TypeVar("M", bound=Model)


def asked(request: Request, body: type[BaseSerializer[Any]]) -> dict[str, Any]:
    """What a body says, checked for its shape. Raises the serializer's ValidationError, field by field."""
    given = body(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


def referred(request: Request, rows: Any, field: str, right: Right, **lookup: Any) -> Any:
    """An object that a body names. A stranger's is as unknown as one that does not exist."""
    try:
        return access.get(request, rows, right, **lookup)
    except Http404 as unknown:
        raise ValidationError({field: [_("Unknown.")]}) from unknown


def one_of(rows: QuerySet[M], field: str, pk: UUID) -> M:
    """One of these, which the asking person knows of. Whatever is not among them is unknown."""
    found = rows.filter(pk=pk).first()
    if found is None:
        raise ValidationError({field: [_("Unknown.")]})
    return found


def clinician(clinic: Clinic, pk: UUID) -> User:
    """A colleague whom a body names as clinician. A stranger is as unknown as one who does not exist."""
    found = colleagues.with_right(clinic, Right.PRESCRIBE).filter(pk=pk).first()
    if found is None:
        raise ValidationError({"clinician": [people.not_a_clinician()]})
    return found


def lines(request: Request, items: Sequence[dict[str, Any]], following: Sequence[Line] = ()) -> list[Line]:
    """The lines that a body asks for: of exercises that the asking person may use, dosage by default.

    An amendment is `following` the lines before it: their exercises stay pinned to the revisions they have, so that
    a newer one never arrives unasked.
    """
    exercises = {
        exercise.pk: exercise
        for exercise in access.visible(request, Exercise, Right.VIEW_LIBRARY)
        .filter(pk__in={row["exercise"] for row in items})
        .select_related("published__exercise")
    }
    pinned = {line.exercise_revision.exercise_id: line.exercise_revision for line in following}
    named = (
        access.visible(request, Revision, Right.VIEW_LIBRARY)
        .filter(pk__in={row["exercise_revision"] for row in items if "exercise_revision" in row})
        .select_related("exercise")
    )
    by_id = {revision.pk: revision for revision in named}
    lines, unknown = [], {}
    for index, row in enumerate(items):
        exercise = exercises.get(row["exercise"])
        if "exercise_revision" in row:
            revision = by_id.get(row["exercise_revision"])
        else:
            revision = pinned.get(row["exercise"]) or (exercise.published if exercise else None)
        if exercise is None or revision is None or revision.exercise_id != exercise.pk:
            unknown[f"items.{index}.exercise"] = [_("Choose an exercise from the library.")]
        else:
            lines.append(_line(revision, row))
    if unknown:
        raise ValidationError(unknown)
    return lines


def _line(revision: Revision, row: dict[str, Any]) -> Line:
    default = revision.dosage
    return Line(
        exercise_revision=revision,
        dosage=Dosage(
            sets=row.get("sets", default.sets),
            repetitions=row.get("repetitions", default.repetitions),
            hold=row.get("hold", default.hold),
            rest=row.get("rest", default.rest),
            sides=row.get("sides", default.sides),
        ),
        note=row.get("note", ""),
        override_reason=row.get("override_reason", ""),
    )


def session_data(request: Request, data: dict[str, Any]) -> sessions.SessionData:
    """A body's session, with its prescription fetched through the door. Pages hand theirs in here as well."""
    rows = Prescription.objects.select_related("patient__clinic__thresholds")
    prescription: Prescription = referred(
        request, rows, "prescription", Right.RECORD_SESSION, pk=data["prescription"]
    )
    revision = prescription.revisions.filter(number=data["revision"]).first()
    if revision is None:
        raise ValidationError({"revision": [_("Unknown.")]})
    own = prescription.patient.user_id == request.user.pk
    allowed = (Source.PLAYER, Source.CHECKLIST) if own else (Source.STAFF, Source.IMPORT)
    if data["source"] not in allowed:
        raise ValidationError({"source": [_("Use one of: %(what)s.") % {"what": listed(allowed)}]})
    return sessions.SessionData(
        id=data["id"],
        prescription=prescription,
        revision=revision,
        started_at=data["started_at"],
        ended_at=data.get("ended_at"),
        pain_before=data.get("pain_before"),
        pain_after=data.get("pain_after"),
        difficulty=data.get("difficulty", ""),
        note=data.get("note", ""),
        source=data["source"],
        items=_items(data["items"]),
    )


def correction_data(session: Session, data: dict[str, Any]) -> sessions.SessionData:
    """A session as a body says it should read; what cannot be corrected stays as it is kept."""
    return sessions.SessionData(
        id=session.pk,
        prescription=session.prescription,
        revision=session.revision,
        started_at=session.started_at,
        ended_at=data.get("ended_at"),
        pain_before=data.get("pain_before"),
        pain_after=data.get("pain_after"),
        difficulty=data.get("difficulty", ""),
        note=data.get("note", ""),
        source=session.source,
        items=_items(data["items"]),
    )


def _items(rows: Sequence[dict[str, Any]]) -> list[sessions.ItemDone]:
    return [
        sessions.ItemDone(
            item=row["item"],
            sets=[sessions.SetDone(one["side"], one["held"]) for one in row.get("sets", [])],
            skip_reason=row.get("skip_reason", ""),
            eased=row["eased"],
            pain=row.get("pain"),
        )
        for row in rows
    ]


def window(
    request: Request, today: dt.date, longest: int = WINDOW_DAYS_MAX
) -> tuple[dt.date, dt.date, dt.date | None]:
    """The window `from` – `to` (both inclusive) of a question about adherence, and the day `as_of` which it is asked.

    Days to come are not missed yet, so nothing can be asked as of a day after `today`.
    Raises ValidationError by field, whatever the dates.
    """
    errors: dict[str, list[str]] = {}
    first, last, as_of = (_date(request, name, errors) for name in ("from", "to", "as_of"))
    for name, date in (("from", first), ("to", last)):
        if date is None:
            errors.setdefault(name, [_("This is needed.")])
    if errors or first is None or last is None:
        raise ValidationError(errors)
    if last < first:
        errors["from"] = [_("The first day is after the last day.")]
    elif (last - first).days >= longest:
        errors["from"] = [
            _("This is more than ten years. Ask for a shorter time.")
            if longest == WINDOW_DAYS_MAX
            else _("This is more than a year. Ask for a shorter time, or for one patient.")
        ]
    if as_of and as_of > today:
        errors["as_of"] = [_("This day is still to come.")]
    elif as_of and as_of < first:
        errors["as_of"] = [_("This day is before the first day.")]
    if errors:
        raise ValidationError(errors)
    return first, last, as_of


def flag(request: Request, name: str) -> bool:
    """A yes or no of the query; no when it is left out. Raises ValidationError."""
    text = request.query_params.get(name, "false")
    if text not in ("true", "false"):
        raise ValidationError({name: [_("Use true or false.")]})
    return text == "true"


def _date(request: Request, name: str, errors: dict[str, list[str]]) -> dt.date | None:
    text = request.query_params.get(name)
    if not text:
        return None
    try:
        date = dt.date.fromisoformat(text)
    except ValueError:
        errors[name] = [_("A date such as 2026-11-19.")]
        return None
    if not EARLIEST_DAY <= date <= LATEST_DAY:
        errors[name] = [
            _("A date from %(first)s to %(last)s.")
            % {"first": EARLIEST_DAY.isoformat(), "last": LATEST_DAY.isoformat()}
        ]
        return None
    return date
