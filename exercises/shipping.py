"""The library that Holdwell ships, loaded at the first start and again after every upgrade.

An exercise that nobody has touched since it was loaded follows the upgrade with a new published revision; one that
was edited, retired or put in its place by hand is left alone and reported. `Shipped` remembers what was loaded.
"""

import datetime as dt
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from exercises import content as contents
from exercises import languages, publishing, routine_content, variants
from exercises.languages import Speaks
from exercises.models import Exercise, Revision, Routine, RoutineItem, RoutineRevision, Shipped
from exercises.routine_content import ITEM_FIELDS, RoutineLine

DATA = Path(__file__).parent / "data"
ORIGIN = "holdwell:"
ROUTINE_ORIGIN = "holdwell:routine/"
# In a file, and no part of what a revision says.
BESIDE = ("review_by", "translated")


@dataclass(slots=True)
class Summary:
    """What a load did; `kept` says in words what was left alone, and why."""

    loaded: int = 0
    upgraded: int = 0
    unchanged: int = 0
    kept: list[str] = field(default_factory=list)


def load(folder: Path = DATA) -> Summary:
    """Bring the shared library up to the data files. Running it again changes nothing."""
    summary = Summary()
    files = _read(folder, "exercises")
    with transaction.atomic():
        # First every exercise, then what each says of the others: variants point both ways.
        new = {slug for slug, given in files if _begin(slug, given, summary)}
        for slug, given in files:
            if exercise := _shipped(slug):
                _follow(exercise, given, slug in new, summary)
        for slug, given in _read(folder, "routines"):
            _load_routine(slug, given, summary)
    return summary


def _read(folder: Path, kind: str) -> list[tuple[str, dict[str, Any]]]:
    """Each short name with what its file says, and under `translated` what those of other languages say."""
    found = []
    for file in sorted((folder / kind).glob("*.json")):
        others = sorted((folder / "translations").glob(f"*/{file.name}"))
        translated = {other.parent.name: _json(other) for other in others}
        found.append((file.stem, _json(file) | {"translated": translated}))
    return found


def _json(file: Path) -> dict[str, Any]:
    return dict(json.loads(file.read_text(encoding="utf-8")))


def _translations(translated: dict[str, Any], said: Speaks) -> dict[str, Any]:
    """Translations as they are kept: made from the very texts that they are shipped with."""
    return {language: languages.made(said, texts) for language, texts in translated.items()}


def _shipped(slug: str | None) -> Exercise | None:
    return Exercise.objects.filter(clinic=None, origin=ORIGIN + slug).first() if slug else None


def _begin(slug: str, given: dict[str, Any], summary: Summary) -> bool:
    """Whether an exercise that was not here yet has been begun."""
    if _shipped(slug):
        return False
    if Exercise.objects.filter(clinic=None, slug=slug).exists():
        summary.kept.append(f"{slug}: another exercise of this short name is there")
        return False
    alone = {name: value for name, value in given.items() if name not in BESIDE}
    alone |= {"easier": None, "harder": None}
    publishing.create_exercise(None, clinic=None, slug=slug, content=alone, origin=ORIGIN + slug)
    return True


def _follow(exercise: Exercise, given: dict[str, Any], is_new: bool, summary: Summary) -> None:
    """Publish what the file says, unless it is there already or somebody here has decided otherwise."""
    own = {name: value for name, value in given.items() if name not in BESIDE}
    content = contents.cleaned(own | {name: _shipped(given.get(name)) for name in variants.DIRECTIONS})
    content["translations"] = _translations(given["translated"], Revision(**content))
    review_by = given.get("review_by")
    digest = digest_of(content)
    if not is_new:
        shipped = Shipped.objects.filter(origin=exercise.origin).first()
        newest = exercise.revisions.select_related("easier", "harder").order_by("-number")[0]
        if shipped is None or digest_of(contents.of(newest)) != shipped.digest:
            summary.kept.append(f"{exercise.slug}: edited here")
            return
        if shipped.digest == digest:
            summary.unchanged += 1
            return
        if exercise.retired_at is not None:
            summary.kept.append(f"{exercise.slug}: retired here")
            return
    publishing.publish(None, publishing.save_draft(None, exercise, content))
    publishing.schedule_review(None, exercise, review_by and dt.date.fromisoformat(review_by))
    _remember(exercise.origin, digest)
    summary.loaded += is_new
    summary.upgraded += not is_new


def _load_routine(slug: str, given: dict[str, Any], summary: Summary) -> None:
    origin = ROUTINE_ORIGIN + slug
    exercises = {e.slug: e for e in Exercise.objects.filter(clinic=None, origin__startswith=ORIGIN)}
    if missing := [item["exercise"] for item in given["items"] if item["exercise"] not in exercises]:
        summary.kept.append(f"{slug}: needs {', '.join(missing)}")
        return
    own = {name: value for name, value in given.items() if name not in BESIDE}
    content = routine_content.cleaned(own | {"items": [_line(item, exercises) for item in given["items"]]})
    said = RoutineRevision(**{name: content[name] for name in ("name", "summary", "notes")})
    content["translations"] = _translations(given["translated"], said)
    digest = _digest_of_routine(content)
    routine = Routine.objects.filter(clinic=None, origin=origin).first()
    upgrade = routine is not None
    if routine is None:
        if Routine.objects.filter(clinic=None, slug=slug).exists():
            summary.kept.append(f"{slug}: another routine of this short name is there")
            return
        routine = publishing.create_routine(None, clinic=None, slug=slug, content=content, origin=origin)
    else:
        shipped = Shipped.objects.filter(origin=origin).first()
        newest = routine.latest
        if shipped is None or _digest_of_routine(routine_content.of(newest)) != shipped.digest:
            summary.kept.append(f"{slug}: edited here")
            return
        if shipped.digest == digest or routine.retired_at is not None:
            summary.unchanged += 1
            return
    publishing.publish(None, publishing.save_draft(None, routine, content))
    _remember(origin, digest)
    summary.upgraded += upgrade
    summary.loaded += not upgrade


def _line(item: dict[str, Any], exercises: dict[str, Exercise]) -> RoutineLine:
    """A line of a data file; dosage that is left out has its default."""
    row = RoutineItem(**{name: item[name] for name in ITEM_FIELDS if name in item})
    return RoutineLine(exercises[item["exercise"]], row.dosage, row.note)


def _remember(origin: str, digest: str) -> None:
    Shipped.objects.update_or_create(origin=origin, defaults={"digest": digest, "loaded_at": timezone.now()})


# --- Digests. What has its default is left out, so that a field that a later version adds does not look like an edit.


def digest_of(content: dict[str, Any]) -> str:
    empty = contents.defaults()
    told = {name: value for name, value in content.items() if value != empty[name]}
    for name in variants.DIRECTIONS:
        if name in told:
            told[name] = told[name].slug
    return _sha(told)


def _digest_of_routine(content: dict[str, Any]) -> str:
    empty = routine_content.defaults()
    told = {name: value for name, value in content.items() if value != empty[name]}
    told["items"] = [(line.exercise.slug, line.dosage, line.note) for line in content["items"]]
    return _sha(told)


def _sha(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()
