"""What the library's API tells and takes: exercises and routines, published and in work."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from exercises import library, offering, publishing
from exercises.models import (
    CautionLevel,
    Comment,
    Condition,
    Exercise,
    Region,
    Revision,
    RevisionState,
    Routine,
    RoutineItem,
    RoutineRevision,
    Sides,
    StepKind,
)


class Kept(serializers.Serializer):
    """Part of a published revision: checked when it was published, told as it is kept. Describes its fields."""

    def to_representation(self, instance: Mapping[str, Any]) -> dict[str, Any]:
        return {name: instance[name] for name in self._declared_fields if name in instance}


class StepSerializer(Kept):
    kind = serializers.ChoiceField(StepKind.choices)
    text = serializers.CharField()


class CautionSerializer(Kept):
    """What to do with a condition: avoid needs a reason to override, ask and modify warn."""

    tag = serializers.ChoiceField(Condition.choices)
    level = serializers.ChoiceField(CautionLevel.choices)
    note = serializers.CharField(allow_blank=True, required=False)


class KeptList(serializers.ListField):
    def to_representation(self, data: list[str]) -> list[str]:
        return data


class Texts(KeptList):
    child = serializers.CharField()


class AsItIs:
    """For a serializer of a model: text, numbers and kept lists are told as the columns hold them.

    Asking each field for each row took longer than the database.
    """

    # Texts in the language that is asked for; a curator who writes sees the originals.
    in_readers_language = True
    PLAIN: tuple[type[serializers.Field[Any, Any, Any, Any]], ...] = (
        serializers.CharField,
        serializers.IntegerField,
        serializers.ChoiceField,
        KeptList,
    )

    def said(self, instance: Any) -> Any:
        return instance.said if self.in_readers_language else instance

    @cached_property
    def told(self) -> list[tuple[str, str, serializers.Field[Any, Any, Any, Any] | None]]:
        """Name, attribute, and the field that has to be asked, if any."""
        return [
            (name, field.source, None if self._is_plain(field) else field)
            for name, field in self.fields.items()  # type: ignore[attr-defined]
        ]

    def _is_plain(self, field: serializers.Field[Any, Any, Any, Any]) -> bool:
        return isinstance(field, self.PLAIN) and "." not in str(field.source)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        told = {}
        said = self.said(instance)
        for name, source, field in self.told:
            of = said if source in self.Meta.model.TEXTS else instance  # type: ignore[attr-defined]
            value = getattr(of, source) if field is None else field.get_attribute(of)
            told[name] = value if field is None or value is None else field.to_representation(value)
        return told


class ShownSerializer(Kept):
    """A photo or film of a stretch, with what it shows in words; `/media/{medium}/` says the rest."""

    medium = serializers.UUIDField()
    alt = serializers.CharField(allow_blank=True)


class RevisionSerializer(AsItIs, serializers.ModelSerializer):
    """What a published revision says, in the language of `Accept-Language` where that is translated.

    Hold, its range and rest in seconds; `easier` and `harder` are exercises; `language` is that of the originals,
    `translated` names those in which there is something.
    """

    revision = serializers.IntegerField(source="number")
    synonyms = Texts()
    regions = KeptList(child=serializers.ChoiceField(Region.choices))
    muscles = Texts()
    equipment = Texts()
    sources = Texts()
    translated = serializers.ListField(source="translations", child=serializers.CharField())
    steps = StepSerializer(many=True)
    cautions = CautionSerializer(many=True)
    media = ShownSerializer(many=True)

    class Meta:
        model = Revision
        fields: tuple[str, ...] = (
            "revision",
            "language",
            "translated",
            "name",
            "synonyms",
            "summary",
            "regions",
            "muscles",
            "position",
            "equipment",
            "sides",
            "sets",
            "repetitions",
            "hold",
            "hold_min",
            "hold_max",
            "rest",
            "steps",
            "safety",
            "cautions",
            "easier_text",
            "harder_text",
            "easier",
            "harder",
            "alt_start",
            "alt_held",
            "media",
            "evidence",
            "sources",
            "licence",
            "credit",
            "published_at",
        )
        read_only_fields: tuple[str, ...] = fields


class Standing(serializers.Serializer):
    """How a thing that has something published stands: since when it is retired, and what to use in its place."""

    FIELDS = ("state", "retired_at", "replaced_by")

    state = serializers.SerializerMethodField(help_text="published or retired")
    replaced_by = serializers.UUIDField(source="replaced_by_id", allow_null=True)

    def get_state(self, thing: Exercise | Routine) -> str:
        return RevisionState.PUBLISHED.value if thing.retired_at is None else library.RETIRED


class ExerciseSerializer(Standing, serializers.ModelSerializer):
    """An exercise with what its published revision says; seconds throughout."""

    clinic = serializers.UUIDField(source="clinic_id", allow_null=True)
    published = RevisionSerializer()

    class Meta:
        model = Exercise
        fields = ("id", "slug", "clinic", "review_by", *Standing.FIELDS, "published")
        read_only_fields = fields


class RoutineItemSerializer(serializers.ModelSerializer):
    exercise = serializers.UUIDField(source="exercise_id")
    name = serializers.CharField(source="exercise.published.said.name")

    class Meta:
        model = RoutineItem
        fields = ("position", "exercise", "name", "sets", "repetitions", "hold", "rest", "sides", "note")
        read_only_fields = fields


class RoutineSerializer(Standing, serializers.ModelSerializer):
    """A template to prescribe from, as it is published.

    `schedule`: {"mode": "fixed", "weekdays": [0..6], "times_per_day": 1..6}, Monday 0, or {"mode": "flexible",
    "per_week": 1..14}.
    """

    clinic = serializers.UUIDField(source="clinic_id", allow_null=True)
    revision = serializers.IntegerField(source="published.number")
    name = serializers.CharField(source="published.said.name")
    summary = serializers.CharField(source="published.said.summary")
    notes = serializers.CharField(source="published.said.notes")
    schedule = serializers.JSONField(source="published.schedule")
    items = RoutineItemSerializer(many=True, source="published.items")

    class Meta:
        model = Routine
        fields = (
            "id",
            "slug",
            "clinic",
            "review_by",
            *Standing.FIELDS,
            "revision",
            "name",
            "summary",
            "notes",
            "schedule",
            "items",
        )
        read_only_fields = fields


class RoutineRevisionSerializer(serializers.ModelSerializer):
    """What a published revision of a routine says; `schedule` as of a routine."""

    revision = serializers.IntegerField(source="number")
    name = serializers.CharField(source="said.name")
    summary = serializers.CharField(source="said.summary")
    notes = serializers.CharField(source="said.notes")
    items = serializers.SerializerMethodField()

    class Meta:
        model = RoutineRevision
        fields = ("revision", "name", "summary", "notes", "schedule", "items", "published_at")
        read_only_fields = fields

    @extend_schema_field(RoutineItemSerializer(many=True))
    def get_items(self, revision: RoutineRevision) -> Any:
        rows = revision.items.select_related("exercise__published").order_by("position")
        return RoutineItemSerializer(rows, many=True).data


class RoutineLineSerializer(serializers.Serializer):
    """One exercise of a routine; dosage that is left out is the exercise's default."""

    exercise = serializers.UUIDField()
    sets = serializers.IntegerField(required=False, min_value=0)
    repetitions = serializers.IntegerField(required=False, min_value=0)
    hold = serializers.IntegerField(required=False, min_value=0)
    rest = serializers.IntegerField(required=False, min_value=0)
    sides = serializers.ChoiceField(Sides.choices, required=False)
    note = serializers.CharField(required=False, allow_blank=True)


class RoutineInSerializer(serializers.Serializer):
    """A routine of a clinic. `schedule` as in the answer; the verb says what is wrong, field by field."""

    clinic = serializers.UUIDField()
    name = serializers.CharField(allow_blank=True)
    summary = serializers.CharField(required=False, allow_blank=True)
    schedule = serializers.DictField()
    items = RoutineLineSerializer(many=True)


# --- In work


class InWork(serializers.Serializer):
    """What is told of every newest revision: of what it is one, what publishing still needs, and who offered it."""

    FIELDS = ("thing", "lacking", "offered_by")

    thing = serializers.UUIDField(source="thing.pk")
    lacking = serializers.SerializerMethodField()
    offered_by = serializers.SerializerMethodField()

    @extend_schema_field(serializers.DictField(child=serializers.ListField(child=serializers.CharField())))
    def get_lacking(self, revision: Any) -> dict[str, list[str]]:
        return publishing.rules_of(revision).lacking(revision)

    def get_offered_by(self, revision: Any) -> str | None:
        """The name of the clinic that has given it to the shared library."""
        clinic = offering.offered_by(revision.thing)
        return clinic.name if clinic else None


class DraftSerializer(InWork, RevisionSerializer):
    """The newest revision of an exercise as curators write it: the originals, the pose, and what is still missing.

    `translations`: {language: {"texts", "of"}} as `exercises.languages` describes them; `lacking`: by field.
    """

    in_readers_language = False
    PLAIN = (*RevisionSerializer.PLAIN, serializers.DictField)

    figure = serializers.DictField()
    translations = serializers.DictField()
    review_notes = Texts()
    edited_by = serializers.CharField(source="edited_by.name", default=None)

    class Meta(RevisionSerializer.Meta):
        fields = (
            *InWork.FIELDS,
            *(f for f in RevisionSerializer.Meta.fields if f != "translated"),
            "id",
            "state",
            "translations",
            "figure",
            "review_notes",
            "edited_by",
            "edited_at",
        )
        read_only_fields = fields


class RoutineDraftSerializer(InWork, serializers.ModelSerializer):
    """The newest revision of a routine as curators write it."""

    revision = serializers.IntegerField(source="number")
    items = serializers.SerializerMethodField()
    edited_by = serializers.CharField(source="edited_by.name", default=None)

    class Meta:
        model = RoutineRevision
        fields = (
            *InWork.FIELDS,
            "id",
            "revision",
            "state",
            "language",
            "translations",
            "name",
            "summary",
            "notes",
            "schedule",
            "items",
            "edited_by",
            "edited_at",
            "published_at",
        )
        read_only_fields = fields

    def get_items(self, revision: RoutineRevision) -> list[dict[str, Any]]:
        fields = ("sets", "repetitions", "hold", "rest", "sides", "note")
        return [
            {"exercise": str(item.exercise_id)} | {name: getattr(item, name) for name in fields}
            for item in revision.items.all()
        ]


class ContentSerializer(serializers.Serializer):
    """What a draft of an exercise is to say; what is left out stays. The verbs check every value."""

    name = serializers.CharField(allow_blank=True)
    language = serializers.CharField()
    summary = serializers.CharField(allow_blank=True)
    synonyms = serializers.JSONField()
    regions = serializers.JSONField()
    muscles = serializers.JSONField()
    position = serializers.CharField()
    equipment = serializers.JSONField()
    sets = serializers.IntegerField()
    repetitions = serializers.IntegerField()
    hold = serializers.IntegerField(help_text="Seconds.")
    hold_min = serializers.IntegerField(help_text="Seconds.")
    hold_max = serializers.IntegerField(help_text="Seconds.")
    rest = serializers.IntegerField(help_text="Seconds.")
    sides = serializers.ChoiceField(Sides.choices)
    steps = serializers.JSONField(help_text="A list of {kind, text}.")
    safety = serializers.CharField(allow_blank=True)
    cautions = serializers.JSONField(help_text="A list of {tag, level, note}.")
    easier_text = serializers.CharField(allow_blank=True)
    harder_text = serializers.CharField(allow_blank=True)
    easier = serializers.UUIDField(allow_null=True)
    harder = serializers.UUIDField(allow_null=True)
    figure = serializers.JSONField()
    media = serializers.JSONField(help_text="A list of {medium, alt}.")
    alt_start = serializers.CharField(allow_blank=True)
    alt_held = serializers.CharField(allow_blank=True)
    evidence = serializers.CharField(allow_blank=True)
    sources = serializers.JSONField()
    licence = serializers.CharField(allow_blank=True)
    credit = serializers.CharField(allow_blank=True)
    review_notes = serializers.JSONField()
    translations = serializers.JSONField()


class RoutineContentSerializer(serializers.Serializer):
    """What a draft of a routine is to say; what is left out stays."""

    name = serializers.CharField(allow_blank=True)
    language = serializers.CharField()
    summary = serializers.CharField(allow_blank=True)
    notes = serializers.CharField(allow_blank=True)
    schedule = serializers.DictField()
    items = RoutineLineSerializer(many=True)
    translations = serializers.JSONField()


class BeginSerializer(serializers.Serializer):
    """A new thing of a library: a clinic's own, or (null) the shared one."""

    clinic = serializers.UUIDField(allow_null=True, required=False)
    slug = serializers.CharField(required=False, help_text="Made from the name where it is left out.")
    content = serializers.DictField(help_text="The fields of a draft, as in PATCH.")


class TextSerializer(serializers.Serializer):
    text = serializers.CharField(required=False, allow_blank=True, default="")


class CommentSerializer(serializers.ModelSerializer):
    """A remark on a revision, or on its field `about`."""

    author = serializers.CharField(source="author.name", default=None, read_only=True)

    class Meta:
        model = Comment
        fields = ("id", "about", "text", "author", "at", "settled_at")
        read_only_fields = ("id", "at", "settled_at")


class RetireSerializer(serializers.Serializer):
    replaced_by = serializers.UUIDField(required=False, allow_null=True, default=None)


class ReviewSerializer(serializers.Serializer):
    day = serializers.DateField(allow_null=True)


class InWorkSerializer(serializers.Serializer):
    """A draft, or what is in review: of what it is one (`thing`), and whose."""

    COLUMNS = ("number", "state", "language", "name", "edited_at")

    thing = serializers.UUIDField(source="thing.pk")
    clinic = serializers.UUIDField(source="thing.clinic_id", allow_null=True)
    revision = serializers.IntegerField(source="number")
    state = serializers.CharField()
    language = serializers.CharField()
    name = serializers.CharField()
    edited_by = serializers.CharField(source="edited_by.name", default=None)
    edited_at = serializers.DateTimeField()


class HistorySerializer(serializers.Serializer):
    """One revision in the history of a thing; whose work it is, is told to those who write the library."""

    revision = serializers.IntegerField(source="number")
    state = serializers.CharField()
    edited_by = serializers.CharField(source="edited_by.name", default=None)
    edited_at = serializers.DateTimeField()
    published_by = serializers.CharField(source="published_by.name", default=None)
    published_at = serializers.DateTimeField(allow_null=True)


class ClinicUsageSerializer(serializers.Serializer):
    clinic = serializers.UUIDField()
    prescriptions = serializers.IntegerField()


class EverywhereSerializer(serializers.Serializer):
    """A sum over all clinics; null: too few to be told. `any`: at least as many as can be told of one clinic."""

    number = serializers.IntegerField(allow_null=True)
    clinics = serializers.IntegerField(allow_null=True)
    any = serializers.BooleanField()


class UsageSerializer(serializers.Serializer):
    """Who uses an exercise; `everywhere` is null for whoever does not write the shared library."""

    own = ClinicUsageSerializer(many=True)
    everywhere = EverywhereSerializer(allow_null=True)
    routines = serializers.ListField(child=serializers.UUIDField())
