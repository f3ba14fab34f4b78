"""The published description of the archive's JSON (JSON Schema 2020-12), and what does not fit it, in sentences."""

import json
from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from jsonschema import Draft202012Validator, validators
from jsonschema.exceptions import ValidationError

FILE = Path(__file__).parent / "library.schema.json"
# So much is said of one file; whoever made it will see the rest when these are mended.
SAID_MAX = 5
CONTENT = ("published", "content")
SHOWN_MAX = 60  # characters of a value that does not fit


@cache
def text() -> str:
    return FILE.read_text(encoding="utf-8")


def _unique(validator: Any, wanted: Any, value: Any, part: Any) -> Iterator[ValidationError]:
    """Not asked of a list that is too long anyway: where its entries cannot be sorted, each is held against each."""
    if validator.is_type(value, "array") and len(value) <= part["maxItems"]:
        yield from Draft202012Validator.VALIDATORS["uniqueItems"](validator, wanted, value, part)


_Validator: Any = validators.extend(Draft202012Validator, {"uniqueItems": _unique})  # type: ignore[no-untyped-call]


@cache
def _validator(part: str) -> Any:
    whole: dict[str, Any] = json.loads(text())
    return _Validator({"$schema": whole["$schema"], "$ref": f"#/$defs/{part}", "$defs": whole["$defs"]})


def problems(part: str, value: Any) -> list[str]:
    """What does not fit a part of the schema ("manifest", "exercise", "routine", "medium"); empty when all does."""
    errors: Iterator[ValidationError] = _validator(part).iter_errors(value)
    found = (_sentence(leaf) for error in errors for leaf in _leaves(error))
    return list(islice(dict.fromkeys(found), SAID_MAX))


def _leaves(error: ValidationError) -> Iterator[ValidationError]:
    """What is wrong in itself: of several shapes that were all missed, the faults of the one that was meant."""
    if error.validator != "anyOf" or not error.context:
        yield error
        return
    shapes: dict[Any, list[ValidationError]] = {}
    for fault in error.context:
        shapes.setdefault(fault.schema_path[0], []).append(fault)
    meant = (faults for faults in shapes.values() if not any(_is_of_another_type(fault) for fault in faults))
    for fault in next(meant, error.context[:1]):
        yield from _leaves(fault)


def _is_of_another_type(fault: ValidationError) -> bool:
    return fault.validator == "type" and not fault.path


def _sentence(error: ValidationError) -> str:
    where = [str(step) for step in error.absolute_path]
    # People look for a field, whichever revision it is in.
    if len(where) > len(CONTENT) and where[1] == CONTENT[1]:
        del where[: len(CONTENT)]
    return f"{'.'.join(where) or _('the file')}: {_reason(error)}"


def _typed(kind: str) -> str:
    said = {
        "object": _("an object is expected."),
        "array": _("a list is expected."),
        "string": _("a text is expected."),
        "integer": _("a whole number is expected."),
        "boolean": _("true or false is expected."),
    }
    return said.get(kind, _("another type is expected."))


def _reason(error: ValidationError) -> str:
    rule: Any = error.validator_value
    value: Any = error.instance
    shown = _shown(value)
    match error.validator:
        case "type":
            return _typed(str(rule))
        case "enum" | "const":
            return _("“%(value)s” is not known here.") % {"value": shown}
        case "required":
            missing = next((name for name in rule if name not in value), "")
            return _("“%(name)s” is missing.") % {"name": missing}
        case "additionalProperties":
            part: Any = error.schema
            known = part.get("properties", {})
            extra = next((name for name in value if name not in known), "")
            return _("“%(name)s” is not known here.") % {"name": _shown(extra)}
        case "minimum" | "maximum":
            return _("%(value)s is out of range.") % {"value": shown}
        case "maxLength":
            return _("at most %(most)d characters are expected.") % {"most": rule}
        case "minLength":
            return _("a text is expected.")
        case "maxItems" | "maxProperties":
            return _("at most %(most)d entries are expected.") % {"most": rule}
        case "uniqueItems":
            return _("an entry is there twice.")
    return _("“%(value)s” does not fit.") % {"value": shown}


def _shown(value: Any) -> str:
    said = value if isinstance(value, str) else repr(value)
    return said if len(said) <= SHOWN_MAX else f"{said[:SHOWN_MAX]}…"
