"""What the API tells and takes of photos and films."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from exercises.models import Medium

NOT_CHOSEN = _("Choose a photo or film first.")


# What readers of a library are not told.
CURATORS_ALONE = (
    "name",
    "bytes",
    "sha256",
    "shows_person",
    "consent_kept",
    "consent_on",
    "consent_note",
    "uploaded_by",
    "uploaded_at",
    "withdrawn_at",
)


class PartSerializer(serializers.Serializer):
    """A file of a medium: a picture of this width ("480", "960", "1600"), the film, or captions ("captions-en")."""

    part = serializers.CharField()
    type = serializers.CharField()
    bytes = serializers.IntegerField()
    width = serializers.IntegerField(allow_null=True, help_text="Pixels; of pictures.")
    height = serializers.IntegerField(allow_null=True, help_text="Pixels; of pictures.")
    address = serializers.CharField()


class MediumSerializer(serializers.ModelSerializer):
    """A photo or film. From `name` on it is told to those who write the library alone; to others it is null.

    `captions` are the languages of a film's captions; nothing is left of `parts` once it is withdrawn.
    """

    clinic = serializers.UUIDField(source="clinic_id", allow_null=True)
    captions = serializers.SerializerMethodField()
    parts = serializers.SerializerMethodField()
    name = serializers.CharField(allow_null=True, help_text="As the file was called where it came from.")
    bytes = serializers.IntegerField(allow_null=True, help_text="Of the file as it was uploaded.")
    sha256 = serializers.CharField(allow_null=True, help_text="Of the file as it was uploaded.")
    consent_kept = serializers.CharField(allow_null=True)
    consent_note = serializers.CharField(allow_null=True)
    uploaded_by = serializers.CharField(source="uploaded_by.name", default=None)
    uploaded_at = serializers.DateTimeField(allow_null=True)

    class Meta:
        model = Medium
        fields = (
            "id",
            "clinic",
            "kind",
            "width",
            "height",
            "duration",
            "silent",
            "captions",
            "licence",
            "credit",
            "parts",
            *CURATORS_ALONE,
        )
        read_only_fields = fields

    def get_captions(self, medium: Medium) -> list[str]:
        return sorted(medium.captions)

    @extend_schema_field(PartSerializer(many=True))
    def get_parts(self, medium: Medium) -> list[dict[str, Any]]:
        if medium.withdrawn_at:
            return []
        captions = {
            f"captions-{language}": {"type": "text/vtt", "bytes": len(text.encode())}
            for language, text in sorted(medium.captions.items())
        }
        return [_part(medium, name, facts) for name, facts in (medium.files | captions).items()]


def _part(medium: Medium, name: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "part": name,
        "type": facts["type"],
        "bytes": facts["bytes"],
        "width": facts.get("width"),
        "height": facts.get("height"),
        "address": reverse("api:medium-part", args=[medium.pk, name]),
    }


class UploadSerializer(serializers.Serializer):
    """A file for a clinic's own library, or (without a clinic) for the shared one."""

    # What is in it, the verb says.
    file = serializers.FileField(
        allow_empty_file=True, error_messages={"required": NOT_CHOSEN, "invalid": NOT_CHOSEN}
    )
    clinic = serializers.UUIDField(required=False)


class MediumSaidSerializer(serializers.Serializer):
    """What may be said of a photo or film; what is left out stays. The verb checks every value."""

    licence = serializers.CharField(allow_blank=True)
    credit = serializers.CharField(allow_blank=True)
    shows_person = serializers.BooleanField(allow_null=True, help_text="Null: nobody has said yet.")
    consent_kept = serializers.CharField(
        allow_blank=True, help_text="Where the written consent is kept, and by whom; never a person's name."
    )
    consent_on = serializers.DateField(allow_null=True)
    consent_note = serializers.CharField(allow_blank=True)
    silent = serializers.BooleanField(help_text="Of a film: nothing is spoken in it.")
    captions = serializers.DictField(
        child=serializers.CharField(allow_blank=True, trim_whitespace=False),
        help_text="By language: a WebVTT file as text; an empty one takes that language away.",
    )


class AttachSerializer(serializers.Serializer):
    """A photo or film for a draft, with what it shows in words."""

    medium = serializers.UUIDField()
    alt = serializers.CharField(required=False, allow_blank=True, default="")
