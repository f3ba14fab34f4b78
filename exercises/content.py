"""What a revision may say, checked in one place (docs/rules.md 9).

`cleaned` is for every writer (page, file, import); `lacking` says what is still missing before publishing; `write`
keeps it. `exercises.routine_content` does the same for routines.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from clinic.ui import lists
from exercises import figures, languages, models, variants
from exercises.figures import words
from exercises.media import listed
from exercises.models import CautionLevel, Condition, Exercise, Region, Revision, StepKind

TEXT_MAX = 600  # characters of one step, note or list entry
ENTRIES_MAX = 60
# Publishing needs an instruction to hold; a sequence without one cannot be timed.
NEEDED_STEP = StepKind.HOLD

NOT_CONTENT = {"id", "exercise", "number", "state", "edited_by", "edited_at"}
NOT_CONTENT |= {"published_by", "published_at", "given_back_by", "words", "facets"}
FIELDS = {f.name: f for f in Revision._meta.concrete_fields if f.name not in NOT_CONTENT}


def defaults() -> dict[str, Any]:
    """The content of an empty draft."""
    empty = {name: field.get_default() for name, field in FIELDS.items()}
    return empty | {"easier": None, "harder": None, "hold": 30}


def cleaned(content: Mapping[str, Any], *, base: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Complete, checked content: `content` over `base` (of an older revision) over the defaults.

    Raises ValidationError with every problem, by field.
    """
    unknown = [name for name in content if name not in FIELDS]
    errors: dict[str, list[str]] = {name: [_("This field is not known.")] for name in unknown}
    known = {name: value for name, value in content.items() if name in FIELDS}
    whole = defaults() | dict(base or {}) | known
    for name, value in whole.items():
        if value is None and not FIELDS[name].null:
            errors[name] = [_("A value is expected.")]
    for name, check in _SHAPES.items():
        if name not in errors and (problems := check(whole[name])):
            errors[name] = problems
    errors = languages.unkept(whole) | errors
    linked = {name: _variant(whole.pop(name), errors, name) for name in variants.DIRECTIONS}
    revision = Revision(**{k: v for k, v in whole.items() if k not in errors}, **linked)
    try:
        revision.clean_fields(exclude={*NOT_CONTENT, *_SHAPES, *linked, *errors})
    except ValidationError as error:
        errors |= error.message_dict
    if "name" not in errors and not languages.is_seen(revision.name):
        errors["name"] = [str(FIELDS["name"].error_messages["blank"])]
    if not {"hold", "hold_min", "hold_max"} & errors.keys() and not (
        revision.hold_min <= revision.hold <= revision.hold_max
    ):
        errors["hold"] = [
            _("The hold lies outside its range of %(low)d to %(high)d seconds.")
            % {"low": revision.hold_min, "high": revision.hold_max}
        ]
    if errors:
        raise ValidationError(errors)
    return {name: getattr(revision, name) for name in FIELDS}


def of(revision: Revision) -> dict[str, Any]:
    """A revision's content, as `cleaned` takes it."""
    return {name: getattr(revision, name) for name in FIELDS}


def lacking(revision: Revision) -> dict[str, list[str]]:
    """What publishing still needs, by field; empty when nothing."""
    missing: dict[str, list[str]] = {}
    if not any(step["kind"] == NEEDED_STEP for step in revision.steps):
        missing["steps"] = [_("Write the steps, with at least one that holds.")]
    if not revision.safety.strip():
        missing["safety"] = [_("Write what to watch for, so that nobody is hurt.")]
    if not revision.regions:
        missing["regions"] = [_("Name at least one region.")]
    if revision.position == models.Position.UNKNOWN:
        missing["position"] = [_("Choose the position.")]
    if problems := listed.lacking(revision):
        missing["media"] = problems
    if not revision.figure and not revision.media:
        missing["figure"] = [_("Give it a picture of the start and the held position.")]
    elif problems := revision.figure and (_figure(revision.figure) or _not_shown(revision.figure)):
        missing["figure"] = problems
    for name in ("alt_start", "alt_held"):
        # A stretch that is shown in photos or films alone says with each of them what it shows.
        if (revision.figure or not revision.media) and not getattr(revision, name).strip():
            missing[name] = [_("Say in words what the picture shows.")]
    return missing


def write(revision: Revision, checked: Mapping[str, Any]) -> None:
    """Keep checked content in a draft. Raises ValidationError for variants and media that cannot be."""
    variants.check(revision.exercise, {name: checked[name] for name in variants.DIRECTIONS})
    listed.check_library(revision.exercise.clinic_id, checked["media"])
    for name, value in checked.items():
        setattr(revision, name, value)
    revision.save()
    listed.note_uses(revision)


# --- Shapes of the JSON fields: each check returns its problems


def _texts(value: Any) -> list[str]:
    if not isinstance(value, list) or len(value) > ENTRIES_MAX:
        return [_("A list of texts is expected, at most %(most)d.") % {"most": ENTRIES_MAX}]
    if not all(isinstance(entry, str) and 0 < len(entry.strip()) <= TEXT_MAX for entry in value):
        return [_("Each entry is a text of 1 to %(most)d characters.") % {"most": TEXT_MAX}]
    return []


def _regions(value: Any) -> list[str]:
    if not isinstance(value, list):
        return [_("A list of regions is expected.")]
    problems = [_("“%(value)s” is not a region.") % {"value": v} for v in value if v not in Region.values]
    if not problems and len(set(value)) < len(value):
        problems.append(_("A region is named twice."))
    return problems


def _rows(value: Any, keys: dict[str, list[str] | None], may_be_empty: set[str]) -> list[str]:
    """Problems of a list of objects; `keys` maps each key to the values it may take (None: any text)."""
    if not isinstance(value, list) or len(value) > ENTRIES_MAX:
        return [_("A list is expected, at most %(most)d entries.") % {"most": ENTRIES_MAX}]
    problems = []
    for number, row in enumerate(value, start=1):
        if not isinstance(row, dict) or set(row) != set(keys):
            names = lists.listed(keys)
            problems.append(
                _("Entry %(number)d: it has exactly %(names)s.") % {"number": number, "names": names}
            )
            continue
        for key, choices in keys.items():
            text = row[key]
            if (
                not isinstance(text, str)
                or len(text) > TEXT_MAX
                or (not text.strip() and key not in may_be_empty)
            ):
                problems.append(
                    _("Entry %(number)d: %(key)s is a text of at most %(most)d characters.")
                    % {"number": number, "key": key, "most": TEXT_MAX}
                )
            elif choices is not None and text not in choices:
                problems.append(
                    _("Entry %(number)d: “%(value)s” is not known as %(key)s.")
                    % {"number": number, "value": text, "key": key}
                )
    return problems


def _steps(value: Any) -> list[str]:
    return _rows(value, {"kind": StepKind.values, "text": None}, set())


def _cautions(value: Any) -> list[str]:
    problems = _rows(value, {"tag": Condition.values, "level": CautionLevel.values, "note": None}, {"note"})
    if not problems and len({row["tag"] for row in value}) < len(value):
        problems.append(_("A condition is named twice."))
    return problems


def _figure(value: Any) -> list[str]:
    if value == {}:
        return []
    try:
        figures.validate(value)
    except figures.PoseError as error:
        return [str(problem) for problem in error.problems]
    return []


def _not_shown(figure: Mapping[str, Any]) -> list[str]:
    """What a figure that can be drawn still does not say: what carries the body, and where it goes."""
    problems = [
        _("Say what carries the body in the %(pose)s pose.") % {"pose": words.named(pose).lower()}
        for pose in figures.POSES
        if not figure[pose].get("bears")
    ]
    if figure["start"] == figure["held"]:
        problems.append(_("Start and held pose are the same."))
    return problems


def _variant(value: Any, errors: dict[str, list[str]], name: str) -> Exercise | None:
    if value is None or isinstance(value, Exercise):
        return value
    errors[name] = [_("An exercise of the library is expected.")]
    return None


_SHAPES: dict[str, Callable[[Any], list[str]]] = {
    **dict.fromkeys(("synonyms", "muscles", "equipment", "sources", "review_notes"), _texts),
    "regions": _regions,
    "steps": _steps,
    "cautions": _cautions,
    "figure": _figure,
    "media": listed.problems,
    "language": languages.own_problems,
    "translations": languages.problems,
}
