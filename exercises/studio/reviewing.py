"""What a revision's review page is made of; of an exercise or a routine alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest
from django.urls import NoReverseMatch, reverse

from clinic import access
from clinic.access import Right
from exercises import comparing, publishing, usage
from exercises.models import Comment, Exercise, Revision, RevisionState, Routine, RoutineRevision

ACTS = ("submit", "take_back", "publish", "comment", "edit", "discard", "media")
ACTS_ON_THING = ("retire", "bring_back", "schedule_review", "compare", "detail")


Kind = type[Revision] | type[RoutineRevision]


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment, and what the field that it is about is called; empty: the whole."""

    comment: Comment
    about: str
    settle: str  # address


def rows(of: Kind) -> Any:
    """The revisions of a kind, with what their pages name."""
    related = ["edited_by", "published_by", "given_back_by"]
    if of is RoutineRevision:
        related += ["routine__published", "routine__clinic"]
    else:
        related += ["exercise__published", "exercise__clinic", "exercise__replaced_by__published"]
        related += ["easier__published", "harder__published"]
    return of._default_manager.select_related(*related)


def things(of: type[Exercise] | type[Routine]) -> Any:
    """The exercises or routines, with whose they are and what they are based on."""
    related = ("published", "clinic", f"based_on__{of.kind}__published", f"based_on__{of.kind}__clinic")
    return of._default_manager.select_related(*related)


def pair(
    thing: Exercise | Routine, before: int | None, after: int | None, *, writes: bool
) -> tuple[Any, Any]:
    """Two revisions by their numbers, with what a comparison names; those in work are for who may write.

    Unasked it is the newest one, against what is published, or against the first where that is the newest. Raises
    Http404.
    """
    rows = thing.revisions.select_related(
        *(("easier__published", "harder__published") if isinstance(thing, Exercise) else ())
    )
    if not writes:
        rows = rows.filter(state=RevisionState.PUBLISHED)
    if before is None or after is None:
        numbers = list(rows.order_by("number").values_list("number", flat=True))
        assert thing.published is not None  # what can be read is published
        after = numbers[-1] if after is None else after
        first = numbers[0] if after == thing.published.number else thing.published.number
        before = first if before is None else before
    known = {revision.number: revision for revision in rows.filter(number__in=(before, after))}
    if not {before, after} <= known.keys():
        raise Http404
    return known[before], known[after]


def addresses(revision: Revision | RoutineRevision) -> Mapping[str, str]:
    """Where each act on a revision and its exercise or routine is; what this installation has no page for is empty."""
    found = {act: _address(revision, act, revision.pk) for act in ACTS}
    return found | {act: _address(revision, act, revision.thing.pk) for act in ACTS_ON_THING}


def _address(revision: Revision | RoutineRevision, act: str, *of: Any) -> str:
    name = act
    if isinstance(revision, RoutineRevision):
        name = "routine" if act == "detail" else f"routine_{act}"
    try:
        return reverse(f"exercises:{name}", args=of)
    except NoReverseMatch:
        return ""


def address(thing: Exercise | Routine) -> str:
    """The page of an exercise or routine: as it is published, or its only draft."""
    if thing.published_id is None:
        return home(thing.latest)
    return reverse(f"exercises:{'routine' if isinstance(thing, Routine) else 'detail'}", args=[thing.pk])


def home(revision: Revision | RoutineRevision) -> str:
    """The revision's own page."""
    name = "routine_revision" if isinstance(revision, RoutineRevision) else "revision"
    return reverse(f"exercises:{name}", args=[revision.pk])


def page(request: HttpRequest, shown: Revision | RoutineRevision, about: str = "") -> dict[str, Any]:
    """What the parts in library/review/ show of a revision to somebody who writes in its library."""
    thing = shown.thing
    before = thing.published if thing.published_id != shown.pk else None
    person = access.person(request)
    in_review = shown.state == RevisionState.IN_REVIEW
    publishes = access.has(person, Right.PUBLISH_LIBRARY, thing.clinic_id)
    at_once = not publishing.needs_review(thing) and shown.state == RevisionState.DRAFT
    may_publish = publishes and (in_review or at_once) and publishing.may_publish(person, shown)
    missing = {} if shown.state == RevisionState.PUBLISHED else publishing.rules_of(shown).lacking(shown)
    remarks = comments(shown)
    named = comparing.labels(shown)
    return {
        "revision": shown,
        "thing": thing,
        "mark": publishing.mark(shown),
        "before": before,
        "parts": comparing.changes(before, shown) if before else (),
        "lacking": list(dict.fromkeys(text for texts in missing.values() for text in texts)),
        "publishes": publishes,
        "may_publish": may_publish,
        "must_leave_it": publishes and in_review and not may_publish,
        "is_own": shown.edited_by_id == person.pk,
        "usage": usage.of(request, thing) if may_publish and isinstance(thing, Exercise) else None,
        "remarks": remarks,
        "open_remarks": [one for one in remarks if one.comment.settled_at is None],
        "about": about if about in named else "",
        "fields": [(name, label) for name, label in named.items() if name != "translations"],
        "history": history(thing),
        "to": addresses(shown),
    }


def comments(revision: Revision | RoutineRevision) -> Sequence[Remark]:
    """What was said about a revision, in its order."""
    named = comparing.labels(revision)
    rows = revision.comments.select_related("author", "settled_by")
    return [
        Remark(one, named.get(one.about, one.about), _address(revision, "settle", revision.pk, one.pk))
        for one in rows
    ]


def history(thing: Exercise | Routine, *, published_alone: bool = False) -> Sequence[Any]:
    """The revisions, the newest first, without what they say."""
    rows = thing.revisions.select_related("edited_by", "published_by").order_by("-number")
    if published_alone:
        rows = rows.filter(state=RevisionState.PUBLISHED)
    said = {*publishing.rules_of(thing).FIELDS} - {"name", "language"}
    return list(rows.defer(*said, "words"))
