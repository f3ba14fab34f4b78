"""Reading free-exercise-db: a JSON list of public-domain texts (Unlicense), into drafts for curators to judge.

Its pictures are never taken: nobody knows whose they are. An entry that is here is left alone, whatever became of it.
"""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from clinic.ui.lists import listed
from exercises import prose, publishing
from exercises.exchange.entries import EXERCISE, Entry, draft
from exercises.exchange.shelf import Shelf
from exercises.models import Region

NAME = "free-exercise-db"
FILE_MAX = 20_000_000  # bytes; twenty times what the whole collection weighs
ENTRIES_MAX = 10_000  # it has 900

TEXTS = {"id": 160, "name": 120, "category": 80}  # and how many characters each has at most
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


def asked(told: Any, category: str = "") -> list[Any]:
    """The entries of a file that are looked at: those of one category, or all; where any is bad, the whole file.

    Raises ValidationError when the file is not this collection at all.
    """
    if not isinstance(told, list):
        raise ValidationError(_("The file is not a list of exercises."))
    if len(told) > ENTRIES_MAX:
        raise ValidationError(_("The file is too large to be this collection."))
    if any(_bad(told)):
        return told
    found = [entry for entry in told if category in ("", entry["category"])]
    if not found:
        raise ValidationError(_("The file has no entry of the category “%(name)s”.") % {"name": category})
    return found


def entries(told: list[Any], shelf: Shelf) -> Iterator[Entry]:
    """The drafts that entries make; of a file with bad ones those alone."""
    bad = list(_bad(told))
    yield from bad
    taken = set(shelf.exercises)
    for entry in [] if bad else told:
        origin = f"{NAME}:{entry['id']}"
        here = shelf.by_origin(EXERCISE).get(origin)
        slug = here.slug if here else publishing.slug_beside(taken, EXERCISE, entry["name"])
        taken.add(slug)
        yield draft(slug, origin, content_of(entry), label=entry["id"])


def content_of(entry: dict[str, Any]) -> dict[str, Any]:
    """The draft that an entry makes."""
    reading = prose.read(entry["name"], [text for text in entry["instructions"] if text.strip()])
    muscles = list(dict.fromkeys(entry["primaryMuscles"] + entry["secondaryMuscles"]))
    notes = [ALWAYS, *reading.notes]
    regions = list(dict.fromkeys(REGION_OF.get(m, Region.OTHER).value for m in entry["primaryMuscles"]))
    if Region.OTHER in regions or not regions:
        named = listed(entry["primaryMuscles"]) or _("none")
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
        "sources": [f"{NAME}: {entry['id']}"],
        "licence": "Unlicense",
        "credit": NAME,
    }


# --- Is this the file it is said to be?


def _bad(told: list[Any]) -> Iterator[Entry]:
    """Every entry that is not of the right shape."""
    seen: dict[str, int] = {}
    for index, entry in enumerate(told, start=1):
        found = list(_problems_of(entry))
        name = entry.get("id") if isinstance(entry, dict) else None
        if isinstance(name, str) and name in seen:
            found.append(_("id: entry %(first)d has the same.") % {"first": seen[name]})
        elif isinstance(name, str):
            seen[name] = index
        if found:
            label = f"entry {index} ({name[:80]})" if isinstance(name, str) and name else f"entry {index}"
            yield Entry(EXERCISE, "", problems=tuple(found), label=label)


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
            f"{name}: {_('at most %(most)d characters are expected.') % {'most': most}}"
            for name, most in TEXTS.items()
            if isinstance(entry.get(name), str) and len(entry[name].strip()) > most
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
