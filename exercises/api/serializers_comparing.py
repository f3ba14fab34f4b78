"""What the API tells of two revisions beside each other (`exercises.comparing`)."""

from collections.abc import Mapping, Sequence
from typing import Any

from rest_framework import serializers

from exercises import comparing
from exercises.comparing import Language, Part
from exercises.models import CuratedRevision

NUMBER_MAX = 999_999_999


class CompareQuery(serializers.Serializer):
    """Which two. A field cannot be written as `from` in a class."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        hints = {
            "from": "The number of the one before; what is published, or the first where `to` is that, if left out.",
            "to": "The number of the one after; the newest that you may read, if left out.",
        }
        return {
            name: serializers.IntegerField(min_value=1, max_value=NUMBER_MAX, required=False, help_text=hint)
            for name, hint in hints.items()
        }


class PieceSerializer(serializers.Serializer):
    op = serializers.CharField(help_text="same, added or removed")
    text = serializers.CharField()


class RowSerializer(serializers.Serializer):
    """A step, a caution, a photo or an exercise, before or after or both; places count from 1."""

    op = serializers.CharField(help_text="same, added, removed, moved or changed")
    was = serializers.IntegerField(allow_null=True)
    now = serializers.IntegerField(allow_null=True)
    label = PieceSerializer(many=True)  # type: ignore[assignment]
    text = PieceSerializer(many=True)


class AmountSerializer(serializers.Serializer):
    """A field of the dosage, as it reads."""

    label = serializers.CharField()  # type: ignore[assignment]
    before = serializers.CharField()
    after = serializers.CharField()
    changed = serializers.BooleanField()


class TranslatedSerializer(serializers.Serializer):
    label = serializers.CharField()  # type: ignore[assignment]
    pieces = PieceSerializer(many=True)


class LanguageSerializer(serializers.Serializer):
    """A translation: what changed in it, and the labels of what no longer fits its original, or is not translated."""

    language = serializers.CharField()
    name = serializers.CharField()
    op = serializers.CharField(help_text="added, removed, changed or same")
    texts = TranslatedSerializer(many=True)
    outdated = serializers.ListField(child=serializers.CharField())
    missing = serializers.ListField(child=serializers.CharField())


class DifferenceSerializer(serializers.Serializer):
    """A field, or the dosage as a whole, that reads differently.

    `field` is what a comment on it is about (of the dosage `hold`). `before` and `after` are objects: by field, as a
    draft tells it. `shape` says which of the others shows it: text and values `pieces`, rows `rows`, table `table`,
    languages `languages`; poses none. Labels and words are in the language of `Accept-Language`.
    """

    field = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    shape = serializers.CharField()
    before = serializers.DictField()
    after = serializers.DictField()
    pieces = PieceSerializer(many=True)
    rows = RowSerializer(many=True)
    table = AmountSerializer(many=True)
    languages = LanguageSerializer(many=True)


class ComparisonSerializer(serializers.Serializer):
    """Two revisions by their numbers, and what differs."""

    before = serializers.IntegerField()
    after = serializers.IntegerField()
    changes = DifferenceSerializer(many=True)


def comparison(
    draft: type[serializers.BaseSerializer[Any]], before: CuratedRevision, after: CuratedRevision
) -> Mapping[str, Any]:
    """What differs, in words as on the page and in values as `draft` tells them."""
    parts = comparing.changes(before, after)
    names = {name for part in parts for name in comparing.fields_of(part)}
    was, now = (_values(draft, revision, names) for revision in (before, after))
    told = {
        "before": before.number,
        "after": after.number,
        "changes": [_change(part, was, now) for part in parts],
    }
    return dict(ComparisonSerializer(told).data)


def _values(
    draft: type[serializers.BaseSerializer[Any]], revision: CuratedRevision, names: set[str]
) -> Mapping[str, Any]:
    """Those fields alone: what else a draft tells takes queries of its own."""
    serializer: Any = draft(revision)
    for name in set(serializer.fields) - names:
        del serializer.fields[name]
    return dict(serializer.data)


def _change(part: Part, was: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    names = [name for name in comparing.fields_of(part) if name in was]
    return {
        "field": part.name,
        "label": part.label,
        "shape": part.shape,
        "before": {name: was[name] for name in names},
        "after": {name: now[name] for name in names},
        "pieces": part.pieces,
        "rows": part.rows,
        "table": _named(("label", "before", "after", "changed"), part.table),
        "languages": [_language(one) for one in part.languages],
    }


def _language(one: Language) -> dict[str, Any]:
    return {
        "language": one.code,
        "name": one.name,
        "op": one.op,
        "texts": _named(("label", "pieces"), one.texts),
        "outdated": one.outdated,
        "missing": one.missing,
    }


def _named(names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> list[dict[str, Any]]:
    return [dict(zip(names, row, strict=True)) for row in rows]
