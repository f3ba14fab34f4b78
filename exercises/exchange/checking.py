"""Entries of a file held against a library: what each would become, and why. Nothing is written.

What will be written is put into a spool as it is checked, a line of JSON each, so that neither the check nor the
writing holds a whole library in memory.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from itertools import islice
from types import MappingProxyType
from typing import IO, Any, NamedTuple
from uuid import UUID, uuid4

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from exercises import content as exercise_content
from exercises import routine_content
from exercises.dosage import Dosage
from exercises.exchange import facts, linking
from exercises.exchange import media as keeping
from exercises.exchange.entries import EXERCISE, ROUTINE, SHARED, Entry, Line, Report, Verdict, names
from exercises.exchange.linking import Said
from exercises.exchange.shelf import MODELS, Here, Shelf
from exercises.models import Exercise
from exercises.routine_content import DOSAGE_FIELDS, RoutineLine
from exercises.variants import DIRECTIONS

PORTION = 100  # entries between two looks at the library

Tick = Callable[[int], None]


class Told(NamedTuple):
    """What an entry will say of its variants in what is published ("published") or in work ("draft")."""

    revision: str
    slug: str
    easier: str | None
    harder: str | None


class Check:
    """One look through a file. `named` are the exercises in it, `media` its media by their keys: empty, or
    why one cannot be taken; `media_here` are in the library, and `remarks` what people should know of some of them.

    `restore` keeps what was published beside its draft; otherwise the one revision that is looked at.
    """

    def __init__(
        self,
        shelf: Shelf,
        spool: IO[str],
        *,
        named: set[str],
        media: Mapping[str, str] = MappingProxyType({}),
        media_here: Set[str] = frozenset(),
        remarks: Mapping[str, str] = MappingProxyType({}),
        restore: bool = False,
    ) -> None:
        self.shelf = shelf
        self.spool = spool
        self.named = named
        self.media = media
        self.media_here = media_here
        self.remarks = remarks
        self.restore = restore
        self._lines: list[Line] = []
        self._names: dict[tuple[str, str], list[str]] = {}
        self._taken: dict[tuple[str, str], str] = {}
        self._strangers: set[str] = set()
        self._told: list[Told] = []
        # By kind and short name, as the file calls them.
        self._known: dict[tuple[str, str], UUID] = {}
        self._new: dict[tuple[str, str], UUID] = {}
        self._place: dict[tuple[str, str], int] = {}

    def run(self, entries: Iterable[Entry], tick: Tick) -> Report:
        """The report, in the order of the entries; `tick` is told how many are done."""
        rest = iter(entries)
        while portion := list(islice(rest, PORTION)):
            here = {id(entry): self._match(entry) for entry in portion}
            said = _said(portion, here)
            for entry in portion:
                line = self._look(entry, here[id(entry)], said)
                if entry.slug:
                    self._place[entry.kind, entry.slug] = len(self._lines)
                self._lines.append(line)
            tick(len(self._lines))
        self._leave_what_names_strangers()
        self._refuse_wrong_variants()
        return Report(self._lines)

    def will_write(self, kind: str, slug: str) -> bool:
        verdict = self._lines[self._place[kind, slug]].verdict
        return verdict in (Verdict.NEW, Verdict.CHANGED)

    def pk(self, kind: str, name: str | None) -> UUID | None:
        """Where a name of the file leads once it is taken in; what a retired one of long ago was replaced by may lead
        nowhere."""
        if name is None:
            return None
        if name.startswith(SHARED):
            return self.shelf.shared.get(name.removeprefix(SHARED))
        key = (kind, name)
        if key in self._new:
            return self._new[key] if self.will_write(*key) else None
        if key in self._known:
            return self._known[key]
        here = self.shelf.things[kind].get(name)
        return here.pk if here else None

    # --- One entry

    def _match(self, entry: Entry) -> Here | None:
        """The thing of the library that an entry is about: of the same origin, else of the same short name."""
        if entry.problems:
            return None
        by_origin = self.shelf.by_origin(entry.kind).get(entry.origin) if entry.origin else None
        here = by_origin or self.shelf.things[entry.kind].get(entry.slug)
        if here and here.origin == entry.origin:
            # It may be called otherwise here.
            self._known[entry.kind, entry.slug] = here.pk
        return here

    def _look(self, entry: Entry, here: Here | None, said: Mapping[Any, Any]) -> Line:
        def line(verdict: Verdict, *reasons: str) -> Line:
            notes = 0
            if entry.facts and verdict in (Verdict.NEW, Verdict.CHANGED):
                notes = len(entry.revision["content"].get("review_notes", ()))
            return Line(entry.kind, entry.called, entry.name, verdict, reasons, notes)

        if entry.problems:
            return line(Verdict.REFUSED, *entry.problems)
        if here and entry.once and here.origin == entry.origin:
            return line(Verdict.SAME)
        ready, problems = self._ready(entry, here)
        problems += self._clashes(entry, here)
        if problems:
            return line(Verdict.REFUSED, *problems)
        if here and here.origin != entry.origin:
            self._strangers |= {entry.slug} if entry.kind == EXERCISE else set()
            return line(
                Verdict.CONFLICTING, _("Another one has this short name here; rename one of the two.")
            )
        content = ready[next(iter(ready))]["content"]
        if here and content in (said.get(here.published), said.get(here.in_work)):
            return line(Verdict.SAME, *self._of_media([content]))
        if here and here.retired:
            return line(Verdict.CONFLICTING, _("It is retired here; bring it back first."))
        if here and here.in_work:
            return line(Verdict.CONFLICTING, _("Somebody is writing a draft of it here; end that first."))
        self._spool(entry, here, ready)
        of_media = self._of_media(revision["content"] for revision in ready.values())
        return line(Verdict.CHANGED if here else Verdict.NEW, *self._remarks(entry, here), *of_media)

    def _comes_as_it_was(self, here: Here | None) -> bool:
        """With state, number and dates; all else becomes one draft."""
        return self.restore and here is None

    def _ready(self, entry: Entry, here: Here | None) -> tuple[dict[str, dict[str, Any]], list[str]]:
        """The revisions that would be written, checked as every writer's content is; and what is wrong with them."""
        wanted = entry.revisions
        if not self._comes_as_it_was(here):
            first = next(iter(wanted))
            wanted = {first: wanted[first]}
        ready: dict[str, dict[str, Any]] = {}
        problems: list[str] = []
        for name, revision in wanted.items():
            content = revision["content"]
            try:
                checked = _checked(entry.kind, content)
            except ValidationError as error:
                problems += _with_fields(error)
            else:
                ready[name] = revision | {"content": checked}
                problems += self._lost(entry, checked)
        return ready, problems

    def _lost(self, entry: Entry, content: Mapping[str, Any]) -> list[str]:
        """What the content needs and is nowhere to be found."""
        found = []
        for name in dict.fromkeys(names(entry.kind, dict(content))):
            if name.startswith(SHARED):
                if name.removeprefix(SHARED) not in self.shelf.shared:
                    found.append(_("“%(name)s” is not in the shared library.") % {"name": name})
            elif name not in self.named and name not in self.shelf.exercises:
                found.append(_("“%(name)s” is neither in the file nor in the library.") % {"name": name})
        shown = [medium["medium"] for medium in content.get("media", ())]
        if len(set(shown)) < len(shown):
            found.append(_("A photo or film is there twice."))
        for key in sorted(set(shown) - self.media_here):
            why = self.media.get(key, _("it is not in the file."))
            if why:
                found.append(_("Photo or film %(name)s…: %(why)s") % {"name": key[:12], "why": why})
        return found

    def _clashes(self, entry: Entry, here: Here | None) -> list[str]:
        """Two entries of a file that would be one thing."""
        keys = [("slug", f"{entry.kind} {entry.slug}")]
        keys += [("origin", f"{entry.kind} {entry.origin}")] if entry.origin else []
        keys += [("here", f"{entry.kind} {here.pk}")] if here and here.origin == entry.origin else []
        other = next((self._taken[key] for key in keys if key in self._taken), None)
        self._taken |= dict.fromkeys(keys, entry.called)
        return [_("“%(name)s” of the same file is the same one.") % {"name": other}] if other else []

    def _remarks(self, entry: Entry, here: Here | None) -> list[str]:
        found: list[str] = []
        if self._comes_as_it_was(here):
            return found
        if entry.facts["published"] and entry.facts["draft"]:
            found.append(_("The draft that it has there beside what is published is left out."))
        if entry.facts["retired_at"]:
            found.append(_("It is retired where it comes from."))
        return found

    def _of_media(self, contents: Iterable[Mapping[str, Any]]) -> list[str]:
        shown = dict.fromkeys(row["medium"] for content in contents for row in content.get("media", ()))
        return [self.remarks[key] for key in shown if key in self.remarks]

    def _spool(self, entry: Entry, here: Here | None, ready: dict[str, Any]) -> None:
        key = (entry.kind, entry.slug)
        contents = {name: revision["content"] for name, revision in ready.items()}
        self._names[key] = [name for content in contents.values() for name in names(entry.kind, content)]
        if here is None:
            self._new[key] = uuid4()
        if entry.kind == EXERCISE and not (self._comes_as_it_was(here) and entry.facts["retired_at"]):
            self._told += [
                Told(name, entry.slug, content["easier"], content["harder"])
                for name, content in contents.items()
                if content["easier"] or content["harder"]
            ]
        about = {name: value for name, value in entry.facts.items() if name not in ("published", "draft")}
        told = {
            "kind": entry.kind,
            "slug": entry.slug,
            "here": here is not None,
            "number": here.number if here else 0,
            "about": about,
            "revisions": ready,
        }
        self.spool.write(json.dumps(told, ensure_ascii=False) + "\n")

    # --- What only the whole file shows

    def _refuse_wrong_variants(self) -> None:
        """What is published is held against the library, then what is in work against both; what is retired does not
        count before it is brought back."""
        told = [one for one in self._told if self.will_write(EXERCISE, one.slug)]
        if not told:
            return
        slugs: dict[UUID, str] = {}
        said: dict[Told, Said] = {}
        for one in told:
            if who := self.pk(EXERCISE, one.slug):
                said[one] = Said(who, self.pk(EXERCISE, one.easier), self.pk(EXERCISE, one.harder))
                slugs[who] = one.slug
        before = set(self.shelf.links)
        for revision in ("published", "draft"):
            anew = [said[one] for one in told if one.revision == revision]
            for pk, why in linking.wrong(before, anew, self._called).items():
                self._turn((EXERCISE, slugs[pk]), Verdict.REFUSED, *why)
            before.update(anew)

    def _called(self, way: Sequence[UUID]) -> list[str]:
        in_file = {
            pk: self._lines[self._place[key]].name
            for key, pk in (self._known | self._new).items()
            if pk in way and key[0] == EXERCISE
        }
        names = self.shelf.names(way) | in_file
        return [names.get(pk, "?") for pk in way]

    def _leave_what_names_strangers(self) -> None:
        """Whatever refers to a short name that means another thing here stays out as well."""
        strangers = set(self._strangers)
        while strangers:
            reached = {
                key: name
                for key, said in self._names.items()
                if self.will_write(*key) and (name := next((n for n in said if n in strangers), None))
            }
            for key, name in reached.items():
                why = _("It names “%(name)s”, which is left out.") % {"name": name}
                self._turn(key, Verdict.CONFLICTING, why)
            # What was new and is left out now cannot be named either.
            strangers = {slug for kind, slug in reached if kind == EXERCISE and (kind, slug) in self._new}

    def _turn(self, key: tuple[str, str], verdict: Verdict, *why: str) -> None:
        place = self._place[key]
        line = self._lines[place]
        self._lines[place] = Line(line.kind, line.called, line.name, verdict, why)


def _checked(kind: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """Content as it would be kept, still with names in the place of exercises and keys in that of media."""
    if kind == ROUTINE:
        lines = [
            RoutineLine(
                Exercise(slug="?"),
                Dosage(**{name: item[name] for name in DOSAGE_FIELDS}),
                item["note"],
            )
            for item in content["items"]
        ]
        checked = routine_content.cleaned(dict(content) | {"items": lines})
        return checked | {"items": content["items"]}
    unresolved = {name: content.get(name) for name in (*DIRECTIONS, "media")}
    checked = exercise_content.cleaned(dict(content) | {"easier": None, "harder": None, "media": []})
    return checked | unresolved | {"media": unresolved["media"] or []}


def _said(portion: list[Entry], here: Mapping[int, Here | None]) -> dict[Any, dict[str, Any]]:
    """What the library says of these entries, by the key of its revisions."""
    found = {}
    for kind, (_model, revisions) in MODELS.items():
        matched = [here[id(entry)] for entry in portion if entry.kind == kind and not entry.once]
        wanted = {pk for known in matched if known for pk in (known.published, known.in_work) if pk}
        rows: Any = revisions._default_manager.filter(pk__in=wanted)
        if kind == ROUTINE:
            for row in rows.select_related("routine").prefetch_related("items__exercise"):
                found[row.pk] = facts.routine_said(row)
        else:
            rows = list(rows.select_related("exercise", "easier", "harder"))
            keys = keeping.keys(rows)
            for row in rows:
                found[row.pk] = facts.exercise_said(row, keys)
    return found


def _with_fields(error: ValidationError) -> Iterator[str]:
    if hasattr(error, "message_dict"):
        for name, texts in error.message_dict.items():
            yield from (f"{name}: {text}" for text in texts)
    else:
        yield from error.messages
