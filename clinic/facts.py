"""Facts that outlive the moment: frozen dataclasses as JSON, and back.

What a report says is kept as it was said, so that page, mail, PDF and CSV can be drawn from it years later. Fields
may be added with a default: facts that were kept before are read with it.
"""

import datetime as dt
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID

T = TypeVar("T")


def as_json(value: Any) -> Any:
    """Dataclasses, mappings, tuples, enums, dates and UUIDs as what JSON has."""
    if is_dataclass(value):
        return {field.name: as_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {as_json(key): as_json(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(entry) for entry in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dt.date | UUID):
        return str(value)
    return value


def from_json(shape: type[T], data: Any) -> T:
    """What `as_json` was given, of the shape that its types tell. Raises ValueError or KeyError for anything else."""
    result: T = _read(shape, data)
    return result


def _read(shape: Any, data: Any) -> Any:
    origin, inner = get_origin(shape), get_args(shape)
    if origin in (types.UnionType, Union):
        (known,) = (one for one in inner if one is not type(None))
        return None if data is None else _read(known, data)
    if origin is tuple:
        return tuple(_read(inner[0], entry) for entry in data)
    if origin is not None and issubclass(origin, Mapping):
        return {_read(inner[0], key): _read(inner[1], entry) for key, entry in data.items()}
    if isinstance(shape, type) and is_dataclass(shape):
        hints = get_type_hints(shape)
        return shape(**{name: _read(hints[name], data[name]) for name in hints if name in data})
    if shape is dt.date:
        return dt.date.fromisoformat(data)
    if isinstance(shape, type) and issubclass(shape, Enum | UUID):
        return shape(data)
    return data
