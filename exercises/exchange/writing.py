"""What was checked is written: all of it or nothing, in few statements, as drafts or (for an operator) as it was.

The rules of every writer have been applied by the check (`exercises.content.cleaned`); the same acts are recorded as
when one is created by hand. Verb by verb, 5,000 stretches would lock a SQLite file for a minute.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic import audit
from clinic.errors import Conflict
from clinic.models import User
from exercises import variants
from exercises.exchange import facts, media
from exercises.exchange.archive import MEDIA
from exercises.exchange.checking import Check
from exercises.exchange.entries import EXERCISE, ROUTINE, SHARED
from exercises.exchange.opening import Archive
from exercises.exchange.shelf import MODELS, Shelf
from exercises.media import keeping, listed
from exercises.models import Medium, RevisionState, RoutineItem, Shipped
from exercises.routine_content import ITEM_FIELDS
from exercises.variants import DIRECTIONS

PORTION = 200  # rows of a statement


def write(
    actor: User | None,
    check: Check,
    archive: Archive | None,
    *,
    tick: Callable[[int, int], None],
    over: Callable[[int], None],
) -> None:
    """Write what a check has found ready; `over` is told in the same transaction how many entries that were.

    `tick(done, total)` is told before it how many photos and films are kept. Raises Conflict, with nothing written,
    when the library is not any more as it was checked against.
    """
    writer = _Writer(actor, check, archive)
    try:
        # Looked at for long, so before others have to wait.
        writer.keep_media(tick)
        with transaction.atomic():
            variants.alone()
            if Shelf(check.shelf.clinic) != check.shelf:
                raise Conflict(_("The library has changed meanwhile."))
            over(writer.write())
    except BaseException as error:
        for medium in writer.brought:
            keeping.wipe(medium)
        if not isinstance(error, IntegrityError):
            raise
        raise Conflict(_("The library has changed meanwhile.")) from error


class _Writer:
    def __init__(self, actor: User | None, check: Check, archive: Archive | None) -> None:
        self.actor = actor
        self.check = check
        self.shelf = check.shelf
        self.archive = archive
        self.now = timezone.now()
        self.media: dict[str, str] = {}
        self.brought: list[Medium] = []
        self.revisions: dict[tuple[str, str], UUID] = {}

    def write(self) -> int:
        for medium in self.brought:
            media.add(self.actor, medium)
        count = 0
        for line in self._ready():
            if self.check.restore and not line["here"] and "published" in line["revisions"]:
                self.revisions[line["kind"], line["slug"]] = uuid4()
            count += 1
        for kind in MODELS:
            self._begin(kind)
        for kind in MODELS:
            self._say(kind)
        return count

    def _ready(self, kind: str = "") -> Iterator[dict[str, Any]]:
        self.check.spool.seek(0)
        for text in self.check.spool:
            line = json.loads(text)
            if kind in ("", line["kind"]) and self.check.will_write(line["kind"], line["slug"]):
                yield line

    # --- Things

    def _begin(self, kind: str) -> None:
        """The exercises or routines that are not here yet. What they point at may follow in the same transaction."""
        model, _revisions = MODELS[kind]
        new = (line for line in self._ready(kind) if not line["here"])
        while portion := list(islice(new, PORTION)):
            rows: list[Any] = [model(**self._thing(line)) for line in portion]
            model._default_manager.bulk_create(rows)
            act = "restored" if self.check.restore else "created"
            audit.record_each(self.actor, f"{kind}.{act}", rows, clinic=self.shelf.clinic)
            self._remember_shipped(portion)

    def _thing(self, line: Mapping[str, Any]) -> dict[str, Any]:
        kind, about = line["kind"], line["about"]
        row: dict[str, Any] = {
            "pk": self.check.pk(kind, line["slug"]),
            "clinic": self.shelf.clinic,
            "slug": line["slug"],
            "origin": about["origin"],
            "based_on_id": self._based_on(kind, about["based_on"]),
        }
        if self.check.restore:
            row |= {
                "created_at": facts.at(about["created_at"]),
                "review_by": facts.day(about["review_by"]),
                "retired_at": facts.at(about["retired_at"]),
                "replaced_by_id": self.check.pk(kind, about["replaced_by"]),
                "published_id": self.revisions.get((kind, line["slug"])),
            }
        return row

    def _based_on(self, kind: str, told: Mapping[str, Any] | None) -> UUID | None:
        """The published revision of the shared library that it was copied from, where that is here."""
        if told is None or not told["thing"].startswith(SHARED):
            return None
        _model, revisions = MODELS[kind]
        rows = revisions._default_manager.filter(
            **{f"{kind}__clinic": None, f"{kind}__slug": told["thing"].removeprefix(SHARED)},
            number=told["number"],
            state=RevisionState.PUBLISHED,
        )
        return rows.values_list("pk", flat=True).first()

    def _remember_shipped(self, portion: list[dict[str, Any]]) -> None:
        """What came with an upgrade there goes on following upgrades here."""
        if self.check.restore and self.shelf.clinic is None:
            told = [line["about"] for line in portion if line["about"]["shipped"]]
            Shipped.objects.bulk_create(
                [Shipped(origin=about["origin"], digest=about["shipped"]) for about in told],
                ignore_conflicts=True,
            )

    # --- Revisions

    def _say(self, kind: str) -> None:
        _model, revisions = MODELS[kind]
        rows = self._revisions(kind)
        while portion := list(islice(rows, PORTION)):
            made = [row for row, _items in portion]
            if kind == EXERCISE:
                self._check_media(made)
            revisions._default_manager.bulk_create(made)
            if kind == EXERCISE:
                listed.note_uses(*made)
            RoutineItem.objects.bulk_create(item for _row, items in portion for item in items)
            if not self.check.restore:
                things = self._things_of(kind, made)
                audit.record_each(self.actor, f"{kind}.drafted", things, clinic=self.shelf.clinic)

    def _check_media(self, made: list[Any]) -> None:
        clinic = self.shelf.clinic.pk if self.shelf.clinic else None
        for row in made:
            listed.check_library(clinic, row.media)

    def _things_of(self, kind: str, made: list[Any]) -> list[Any]:
        model, _revisions = MODELS[kind]
        rows = model._default_manager.in_bulk([getattr(row, f"{kind}_id") for row in made])
        return list(rows.values())

    def _revisions(self, kind: str) -> Iterator[tuple[Any, list[RoutineItem]]]:
        _model, revisions = MODELS[kind]
        for line in self._ready(kind):
            owner = {f"{kind}_id": self.check.pk(kind, line["slug"])}
            for name, told in line["revisions"].items():
                content = dict(told["content"])
                items = content.pop("items", [])
                if kind == EXERCISE:
                    content |= {f"{field}_id": self._exercise(content.pop(field)) for field in DIRECTIONS}
                    content["media"] = [
                        shown | {"medium": self.media[shown["medium"]]} for shown in content["media"]
                    ]
                row: Any = revisions(**owner, **content, **self._standing(line, name))
                lines = [self._item(row, place, item) for place, item in enumerate(items, start=1)]
                if kind == ROUTINE:
                    row._prefetched_objects_cache = {"items": lines}
                row.derive()
                yield row, lines

    def _standing(self, line: Mapping[str, Any], name: str) -> dict[str, Any]:
        """The number and the state of a revision: a draft like any other, or as it was."""
        told = line["revisions"][name]
        if not self.check.restore or line["here"]:
            return {
                "number": line["number"] + 1,
                "state": RevisionState.DRAFT,
                "edited_by": self.actor,
                "edited_at": self.now,
            }
        kept = {
            "number": told["number"],
            "state": told["state"],
            "edited_at": facts.at(told["edited_at"]),
            "published_at": facts.at(told["published_at"]),
        }
        return kept | {"pk": self.revisions[line["kind"], line["slug"]]} if name == "published" else kept

    def _item(self, row: Any, place: int, told: Mapping[str, Any]) -> RoutineItem:
        rest: dict[str, Any] = {name: told[name] for name in ITEM_FIELDS}
        rest["exercise_id"] = self._exercise(told["exercise"])
        return RoutineItem(revision=row, position=place, **rest)

    def _exercise(self, name: str | None) -> UUID | None:
        return self.check.pk(EXERCISE, name)

    # --- Media

    def keep_media(self, tick: Callable[[int, int], None]) -> None:
        """The files that these entries show and that are not here yet."""
        shown = {
            medium["medium"]
            for line in self._ready(EXERCISE)
            for revision in line["revisions"].values()
            for medium in revision["content"]["media"]
        }
        here = media.here(self.shelf.clinic) if shown else {}
        self.media = {key: str(medium.pk) for key, medium in here.items()}
        missing = sorted(shown - self.media.keys())
        for done, key in enumerate(missing):
            tick(done, len(missing))
            if self.archive is None or key in self.check.media_here:
                raise Conflict(_("A photo or film is gone."))
            told = self.archive.json(f"{MEDIA}{key}.json")
            medium = media.coming(self.actor, self.shelf.clinic, told)
            self.brought.append(medium)
            media.keep(medium, self.archive.files(told))
            self.media[key] = str(medium.pk)
        tick(len(missing), len(missing))
