"""Bringing exercises in from elsewhere, as drafts for curators to judge.

`free-exercise-db`: a JSON list of public-domain texts (Unlicense). Its pictures are never taken: nobody knows whose
they are. A file with any bad entry brings in nothing, and every bad entry is named.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from clinic.models import User
from exercises import prose, publishing
from exercises.models import Exercise, Region

FREE_EXERCISE_DB = "free-exercise-db"
FORMATS = (FREE_EXERCISE_DB,)
SLUG_MAX = 80
FILE_MAX = 20_000_000  # bytes; twenty times what the whole collection weighs

TEXTS = ("id", "name", "category")
LISTS = ("instructions", "primaryMuscles", "secondaryMuscles")

REGION_OF = {
    "hamstrings": Region.HAMSTRINGS,
    "quadriceps": Region.THIGH,
    "calves": Region.CALF,
    "glutes": Region.HIP_GLUTEAL,
    "abductors": Region.HIP_GLUTEAL,
    "adductors": Region.HIP_GLUTEAL,
    "lower back": Region.BACK,
    "middle back": Region.BACK,
    "lats": Region.BACK,
    "traps": Region.NECK_SHOULDER,
    "neck": Region.NECK_SHOULDER,
    "shoulders": Region.NECK_SHOULDER,
    "chest": Region.CHEST,
    "biceps": Region.ARM,
    "triceps": Region.ARM,
    "forearms": Region.ARM,
    "abdominals": Region.OTHER,
}
# What the file says of equipment, where it says something; "other" is read from the text.
EQUIPMENT_OF = {"foam roll": "foam roller", "exercise ball": "exercise ball", "bands": "belt, rope or band"}
WITHOUT_EQUIPMENT = (None, "", "body only", "other")

# First on every import: what no reading can supply.
ALWAYS = (
    "Written outside this library: read every word, and write safety text, cautions, easier and harder variants; "
    "give it pictures."
)


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did; `notes` counts the points that curators have to check."""

    new: int
    known: int
    notes: int


def import_file(actor: User | None, path: Path, *, category: str = "") -> Imported:
    """Bring in the entries of a free-exercise-db file, or those of one category, once each.

    Raises ValidationError with a line for every bad entry, and then nothing has been written.
    """
    entries = [entry for entry in _read(path) if category in ("", entry["category"])]
    if not entries:
        raise ValidationError(_("The file has no entry of the category “%(name)s”.") % {"name": category})
    origins = {f"{FREE_EXERCISE_DB}:{entry['id']}": entry for entry in entries}
    problems: list[str] = []
    notes = 0
    with transaction.atomic():
        shared = Exercise.objects.filter(clinic=None)
        known = set(shared.filter(origin__startswith=f"{FREE_EXERCISE_DB}:").values_list("origin", flat=True))
        slugs = set(shared.values_list("slug", flat=True))
        new = {origin: entry for origin, entry in origins.items() if origin not in known}
        for origin, entry in new.items():
            content = content_of(entry)
            notes += len(content["review_notes"])
            slug = _free_slug(entry["name"], slugs)
            slugs.add(slug)
            try:
                publishing.create_exercise(actor, clinic=None, slug=slug, content=content, origin=origin)
            except ValidationError as error:
                problems += [f"{entry['id']}: {text}" for text in _with_fields(error)]
        if problems:
            raise ValidationError(problems)
    return Imported(new=len(new), known=len(origins) - len(new), notes=notes)


def content_of(entry: dict[str, Any]) -> dict[str, Any]:
    """The draft that an entry makes."""
    reading = prose.read(entry["name"], [text for text in entry["instructions"] if text.strip()])
    muscles = list(dict.fromkeys(entry["primaryMuscles"] + entry["secondaryMuscles"]))
    notes = [ALWAYS, *reading.notes]
    regions = list(dict.fromkeys(REGION_OF.get(m, Region.OTHER).value for m in entry["primaryMuscles"]))
    if Region.OTHER in regions or not regions:
        named = ", ".join(entry["primaryMuscles"]) or _("none")
        notes.append(f"No region is known for the muscles named ({named}).")
    said = entry.get("equipment")
    equipment = list(reading.equipment)
    if said not in WITHOUT_EQUIPMENT and EQUIPMENT_OF.get(said, said) not in equipment:
        equipment.append(EQUIPMENT_OF.get(said, said))
    if said == "other" and not set(equipment) - {"mat"}:
        notes.append("It needs something (“other”) that the text does not name.")
    if entry.get("level") == "expert":
        notes.append("The source calls it one for experts.")
    return {
        "name": entry["name"].strip(),
        "muscles": muscles,
        "regions": regions,
        "position": reading.position,
        "equipment": equipment,
        "sides": reading.sides,
        "hold": reading.hold,
        "hold_min": reading.hold_min,
        "hold_max": reading.hold_max,
        "steps": reading.steps,
        "review_notes": notes,
        "sources": [f"{FREE_EXERCISE_DB}: {entry['id']}"],
        "licence": "Unlicense",
        "credit": FREE_EXERCISE_DB,
    }


def _free_slug(name: str, taken: set[str]) -> str:
    base = slugify(name)[: SLUG_MAX - 4].strip("-") or "exercise"
    slug, number = base, 1
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug


def _with_fields(error: ValidationError) -> list[str]:
    if hasattr(error, "message_dict"):
        return [f"{name}: {text}" for name, texts in error.message_dict.items() for text in texts]
    return error.messages


# --- Is this the file it is said to be?


def _read(path: Path) -> list[dict[str, Any]]:
    """The entries of a file, every one of the right shape."""
    try:
        if path.stat().st_size > FILE_MAX:
            raise ValidationError(_("The file is too large to be this collection."))
        entries = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValidationError(_("The file cannot be read: %(why)s") % {"why": error.strerror}) from error
    except (ValueError, RecursionError) as error:
        raise ValidationError(_("The file is not JSON: %(why)s") % {"why": error}) from error
    if not isinstance(entries, list):
        raise ValidationError(_("The file is not a list of exercises."))
    problems: list[str] = []
    seen: dict[str, int] = {}
    for index, entry in enumerate(entries, start=1):
        found = list(_problems_of(entry))
        name = entry.get("id") if isinstance(entry, dict) else None
        if isinstance(name, str) and name in seen:
            found.append(_("id: entry %(first)d has the same.") % {"first": seen[name]})
        elif isinstance(name, str):
            seen[name] = index
        label = f"entry {index} ({name})" if isinstance(name, str) and name else f"entry {index}"
        problems += [f"{label}: {text}" for text in found]
    if problems:
        raise ValidationError(problems)
    return entries


def _problems_of(entry: Any) -> list[str]:
    if not isinstance(entry, dict):
        return [_("an object is expected.")]
    return [
        *(
            _("%(field)s: a text is expected.") % {"field": name}
            for name in TEXTS
            if not isinstance(entry.get(name), str) or not entry[name].strip()
        ),
        *(
            _("%(field)s: a list of texts is expected.") % {"field": name}
            for name in LISTS
            if not _texts(entry.get(name))
        ),
        *(
            _("%(field)s: a text or nothing is expected.") % {"field": name}
            for name in ("equipment", "level")
            if not isinstance(entry.get(name), str | None)
        ),
    ]


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)
