"""What the API tells and takes of a clinic's own library beside the shared one."""

from rest_framework import serializers


class CopySerializer(serializers.Serializer):
    """Into which clinic's library; whoever writes in one alone need not say."""

    clinic = serializers.UUIDField(required=False)


class ChangeSerializer(serializers.Serializer):
    """A part of the original that reads differently now: as it was seen, as it is, and as the copy has it by now.

    The three are objects: by field, as a draft tells it. `conflict`: the copy was changed there as well.
    """

    part = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    conflict = serializers.BooleanField()
    before = serializers.DictField()
    after = serializers.DictField()
    own = serializers.DictField()


class OriginalSerializer(serializers.Serializer):
    """What became of a copy's original since revision `seen` of it was looked at."""

    original = serializers.UUIDField()
    seen = serializers.IntegerField()
    newest = serializers.IntegerField()
    changed = serializers.BooleanField()
    retired = serializers.BooleanField()
    changes = ChangeSerializer(many=True)


class TakeOverSerializer(serializers.Serializer):
    parts = serializers.ListField(child=serializers.CharField(), help_text="As `changes` names them.")


class NewsSerializer(serializers.Serializer):
    """A copy whose original was published anew or retired."""

    id = serializers.UUIDField(source="pk")
    name = serializers.CharField()
    changed = serializers.BooleanField()
    retired = serializers.BooleanField()


class OfferSerializer(serializers.Serializer):
    """How the last offer stands; `published_as` is what the shared library has made of it."""

    state = serializers.ChoiceField(("none", "in_review", "in_work", "published", "declined"))
    at = serializers.DateTimeField(allow_null=True)
    published_as = serializers.UUIDField(allow_null=True)
