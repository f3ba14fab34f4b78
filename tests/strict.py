"""A variable that a template of ours asks for and nobody gave is a mistake, not an empty string."""

import sys
from pathlib import Path
from typing import Any

from django.template.base import FilterExpression, Node, Origin

OURS = Path(__file__).resolve().parent.parent
# A template that says what to show when there is nothing may ask for what is not there.
FORGIVING = {"default", "default_if_none", "yesno"}


class MissingVariableError(Exception):
    """Says which variable and which template."""


class MissingVariable(str):
    """Django's `string_if_invalid`: its truth is asked exactly when a variable could not be found."""

    def __bool__(self) -> bool:
        frame = sys._getframe(1)
        expression = frame.f_locals.get("self")
        if not isinstance(expression, FilterExpression):
            return False
        if any(function.__name__ in FORGIVING for function, _ in expression.filters):
            return False
        origin = _template_of(frame)
        if origin is None or not _is_ours(origin):
            return False  # admin, allauth and crispy pages lean on empty strings
        raise MissingVariableError(f"{origin.name}: nobody gave {{{{ {expression.token} }}}}")


def _template_of(frame: Any) -> Origin | None:
    """The template of the innermost node that is being rendered."""
    while frame is not None:
        node = frame.f_locals.get("self")
        if isinstance(node, Node) and getattr(node, "origin", None) is not None:
            return node.origin
        frame = frame.f_back
    return None


def _is_ours(origin: Origin) -> bool:
    path = Path(str(origin.name))
    return path.is_relative_to(OURS / "templates") and ".venv" not in path.parts
