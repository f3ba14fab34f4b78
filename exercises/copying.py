"""Copies that clinics make of the shared library (docs/rules.md 9): what they came from, and what it has become since.

A copy is the clinic's own from its first draft on. It remembers the published revision it was made from, or that
somebody has looked at since: whenever the original is published anew, that is news.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q, Value
from django.http import HttpRequest
from django.utils.translation import gettext as _

from clinic import access, audit
from clinic.access import Right
from clinic.errors import Conflict
from clinic.models import Clinic, User
from exercises import comparing, publishing
from exercises.comparing import Part
from exercises.models import CuratedRevision, Exercise, Routine
from exercises.publishing import rules_of

# What stays behind: points to check are the curators' among themselves.
NOT_COPIED = {"review_notes"}

T = TypeVar("T", bound=Exercise | Routine)


# --- Verbs


@transaction.atomic
def copy(actor: User, thing: T, clinic: Clinic) -> T:
    """A draft of the clinic's own from what the shared library has published, with all that it says and shows.

    Its photos, films and variants stay those of the shared library, which every clinic reads.
    """
    published = thing.published
    if thing.clinic_id is not None or published is None or thing.retired_at is not None:
        raise ValidationError(_("Choose something that is published in the shared library."))
    own = type(thing)(clinic=clinic, based_on=published)
    publishing.create(actor, own, said_by(thing), like=thing.slug)
    audit.record(actor, f"{own.kind}.copied", own, clinic=clinic, revision=published.number)
    return own


@transaction.atomic
def take_over(
    actor: User, thing: T, fields: Collection[str], *, expected: str | None = None, read: str = ""
) -> T:
    """Write what the original says by now of these fields into the copy's draft, and take the news as seen.

    `expected` is the mark of the copy's newest revision as the writer saw it, `read` the id of the original's published
    one: Conflict when either is another one by now.
    Raises ValidationError where there is no news, or nothing was chosen.
    """
    thing = publishing.locked(thing)
    original = _with_news(thing, read).original
    if not fields:
        raise ValidationError(_("Choose what to take over, or leave yours as it is."))
    theirs = said_by(original)
    if unknown := set(fields) - theirs.keys():
        raise ValidationError({name: _("This field is not known.") for name in sorted(unknown)})
    publishing.save_draft(actor, thing, {name: theirs[name] for name in fields}, expected=expected)
    return _seen(actor, thing, "took_over", fields=sorted(fields))


@transaction.atomic
def leave(actor: User, thing: T, *, read: str = "") -> T:
    """The news of the original was read, and the copy stays as it is. `read` as of `take_over`: what nobody has read
    is still news."""
    thing = publishing.locked(thing)
    _with_news(thing, read)
    return _seen(actor, thing, "kept_own")


def _seen(actor: User, thing: T, act: str, **details: Any) -> T:
    assert thing.based_on is not None  # only a copy has news
    thing.based_on = thing.based_on.thing.published
    thing.save(update_fields=["based_on"])
    audit.record(actor, f"{thing.kind}.{act}", thing, clinic=thing.clinic, **details)
    return thing


def said_by(thing: Exercise | Routine) -> dict[str, Any]:
    """What a thing says in public, as a copy takes it."""
    content = rules_of(thing).of(thing.published)
    return {name: value for name, value in content.items() if name not in NOT_COPIED}


# --- News of the original


@dataclass(frozen=True, slots=True)
class News:
    """What became of a copy's original: it was published anew since `seen`, or retired, or both."""

    original: Any
    seen: Any
    newest: Any
    changed: bool
    retired: bool


def news(thing: Exercise | Routine) -> News | None:
    """None for what is no copy, and where nothing has happened. What a clinic offered to all is no copy of theirs."""
    if thing.clinic_id is None or thing.based_on is None:
        return None
    original = thing.based_on.thing
    changed, retired = original.published_id != thing.based_on_id, original.retired_at is not None
    if not changed and not retired:
        return None
    return News(original, thing.based_on, original.published, changed, retired)


def _with_news(thing: Exercise | Routine, read: str) -> News:
    found = news(thing)
    if found is None or not found.changed:
        raise ValidationError(_("The original has not changed."))
    if read and read != str(found.newest.pk):
        raise Conflict(_("Somebody changed this in the meantime."))
    return found


@dataclass(frozen=True, slots=True)
class Change:
    """A part of the original that reads differently now. `conflict`: the copy was changed there as well."""

    part: Part
    fields: tuple[str, ...]
    conflict: bool

    @property
    def value(self) -> str:
        """As a form sends it."""
        return self.part.name


def changes(thing: Exercise | Routine, found: News) -> list[Change]:
    """What the original says otherwise since it was seen, against the copy's newest revision."""
    return list(_changes(thing.latest, found))


def _changes(own: CuratedRevision, found: News) -> Iterator[Change]:
    rules = rules_of(own)
    mine, was, now = (rules.of(revision) for revision in (own, found.seen, found.newest))
    for part in comparing.changes(found.seen, found.newest):
        fields = tuple(name for name in comparing.fields_of(part) if name in was)
        if any(was[name] != now[name] for name in fields):
            conflict = any(mine[name] not in (was[name], now[name]) for name in fields)
            yield Change(part, fields, conflict)


def copies(thing: T, clinics: Collection[Clinic]) -> list[T]:
    """What these clinics have copied of a thing already."""
    rows: Any = type(thing)._default_manager.filter(clinic__in=clinics, **{f"based_on__{thing.kind}": thing})
    return list(rows.select_related("published", "clinic"))


@dataclass(frozen=True, slots=True)
class Told:
    """A copy with news, in bare columns."""

    kind: str
    pk: UUID
    name: str
    changed: bool
    retired: bool


def with_news(request: HttpRequest) -> list[Told]:
    """The copies in one's clinics whose original was published anew or retired, by name; one query."""
    kinds: tuple[Any, ...] = (Exercise, Routine)
    exercises, routines = (
        _with_news_of(access.visible(request, kind, Right.WRITE_LIBRARY)) for kind in kinds
    )
    found = [
        Told(kind, pk, name or original_name, seen != newest, retired_at is not None)
        for kind, pk, name, original_name, seen, newest, retired_at in exercises.union(routines)
    ]
    return sorted(found, key=lambda told: (told.name, told.pk))


def _with_news_of(rows: Any) -> Any:
    kind = rows.model.kind
    original = f"based_on__{kind}"
    told = ~Q(**{f"{original}__published": F("based_on")}) | Q(**{f"{original}__retired_at__isnull": False})
    copies = rows.filter(told, clinic__isnull=False, retired_at=None, based_on__isnull=False)
    return (
        copies.order_by()
        .annotate(what=Value(kind))
        .values_list(
            "what",
            "pk",
            "published__name",
            "based_on__name",
            "based_on",
            f"{original}__published",
            f"{original}__retired_at",
        )
    )
