"""The JSON of the care: what the API reads and writes. Rules live in the verbs; shapes live here."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from clinic.pdf import Paper
from exercises.models import ScheduleMode, Sides
from patients import wording
from patients.adherence import Band, DayState
from patients.handout import Size
from patients.models import (
    Item,
    Pause,
    Prescription,
    PrescriptionRevision,
    Session,
    SessionItem,
)
from patients.models.alerts import SafetyQuestion
from patients.models.prescriptions import Origin
from patients.models.sessions import Difficulty, SkipReason, Source
from patients.previewing import Preview
from patients.progress import Now
from patients.schedule import Fixed, Flexible, Schedule


class AwareDateTimeField(serializers.DateTimeField):
    """An instant with its offset from UTC. Without one nobody knows which day it was for the patient."""

    def enforce_timezone(self, value: dt.datetime) -> dt.datetime:
        if value.tzinfo is None:
            raise serializers.ValidationError(_("Give the offset from UTC, as in 2026-11-19T09:00:00+01:00."))
        return value


class HandoutQuery(serializers.Serializer):
    """On what paper, and how large."""

    paper = serializers.ChoiceField(
        Paper.choices, required=False, help_text="As is usual where the clinic is, when left out."
    )
    size = serializers.ChoiceField(Size.choices, default=Size.NORMAL)


class ScheduleSerializer(serializers.Serializer):
    """`fixed`: `weekdays` (Monday 0 .. Sunday 6) and `times_per_day`; `flexible`: `per_week`."""

    mode = serializers.ChoiceField(ScheduleMode.choices)
    weekdays = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=6), required=False, allow_empty=False
    )
    times_per_day = serializers.IntegerField(min_value=1, max_value=6, required=False)
    per_week = serializers.IntegerField(min_value=1, max_value=14, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        needed = ("weekdays", "times_per_day") if attrs["mode"] == ScheduleMode.FIXED else ("per_week",)
        if missing := [name for name in needed if attrs.get(name) is None]:
            raise serializers.ValidationError({name: [_("This is needed.")] for name in missing})
        return attrs


def schedule_from(data: dict[str, Any]) -> Schedule:
    if data["mode"] == ScheduleMode.FIXED:
        return Fixed(frozenset(data["weekdays"]), data["times_per_day"])
    return Flexible(data["per_week"])


class LineSerializer(serializers.Serializer):
    """One exercise to prescribe; dosage that is left out is the exercise's default.

    `exercise_revision` is needed only to stay with, or go back to, an older revision; without it an amendment keeps
    the one that the prescription has, and what is new is pinned to the published one.
    """

    exercise = serializers.UUIDField()
    exercise_revision = serializers.UUIDField(required=False)
    sets = serializers.IntegerField(required=False)
    repetitions = serializers.IntegerField(required=False)
    hold = serializers.IntegerField(required=False)
    rest = serializers.IntegerField(required=False)
    sides = serializers.ChoiceField(Sides.choices, required=False)
    note = serializers.CharField(required=False, allow_blank=True, max_length=300)
    override_reason = serializers.CharField(required=False, allow_blank=True, max_length=300)


class PrescribeSerializer(serializers.Serializer):
    """`items` may be left out when a `routine` is named: its exercises and dosage are copied then."""

    patient = serializers.UUIDField()
    name = serializers.CharField(max_length=120, required=False)
    routine = serializers.UUIDField(required=False, allow_null=True)
    items = LineSerializer(many=True, required=False)
    schedule = ScheduleSerializer()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(required=False, allow_null=True)
    note = serializers.CharField(required=False, allow_blank=True)
    origin = serializers.ChoiceField(Origin.choices, default=Origin.HOLDWELL)


class AmendSerializer(serializers.Serializer):
    """`expected`: the number of the revision that the editor saw; 409 when there is a newer one."""

    expected = serializers.IntegerField()
    items = LineSerializer(many=True)
    schedule = ScheduleSerializer()
    reason = serializers.CharField(required=False, allow_blank=True, max_length=300)
    note = serializers.CharField(required=False, allow_blank=True)
    counts_from = serializers.DateField(required=False, allow_null=True)


class PauseSerializer(serializers.ModelSerializer):
    class Meta:
        model = Pause
        fields = ("id", "first_day", "last_day", "reason", "created_at")
        read_only_fields = ("id", "created_at")
        extra_kwargs = {"reason": {"write_only": True}}
        validators: list[Any] = []


class EndPauseSerializer(serializers.Serializer):
    """A last day before the first one takes the pause back."""

    last_day = serializers.DateField()
    reason = serializers.CharField(required=False, allow_blank=True, max_length=300)


class ExtendSerializer(serializers.Serializer):
    ends_on = serializers.DateField(allow_null=True)
    reason = serializers.CharField(required=False, allow_blank=True, max_length=300)


class AheadSerializer(serializers.Serializer):
    date = serializers.DateField()
    due = serializers.IntegerField(allow_null=True, help_text="Null on a day of a flexible schedule.")
    paused = serializers.BooleanField()


class WeekSerializer(serializers.Serializer):
    monday = serializers.DateField()
    was = serializers.IntegerField()
    now = serializers.IntegerField()


class PreviewSerializer(serializers.Serializer):
    """What an act would change, in the patient's local dates: 14 days one by one, days and weeks until `until`."""

    sentences = serializers.SerializerMethodField()
    before = AheadSerializer(many=True)
    after = AheadSerializer(many=True)
    no_longer = serializers.ListField(child=serializers.DateField(), help_text="Fewer sessions are due.")
    newly = serializers.ListField(child=serializers.DateField(), help_text="More sessions are due.")
    weeks = WeekSerializer(many=True, help_text="Under a flexible schedule.")
    until = serializers.DateField()
    reminders_gone = serializers.IntegerField(help_text="Of the next 14 days.")
    reminders_new = serializers.IntegerField(help_text="Of the next 14 days.")
    told_at = serializers.DateTimeField(allow_null=True, help_text="When the patient is told of the change.")

    def get_sentences(self, preview: Preview) -> list[str]:
        return wording.preview(preview)


class ReasonSerializer(serializers.Serializer):
    reason = serializers.CharField(allow_blank=True, max_length=300)


class ItemSerializer(serializers.ModelSerializer):
    exercise = serializers.UUIDField(source="exercise_revision.exercise_id")
    exercise_revision = serializers.UUIDField(source="exercise_revision_id")
    name = serializers.CharField(source="exercise_revision.said.name")

    class Meta:
        model = Item
        fields = (
            "id",
            "position",
            "exercise",
            "exercise_revision",
            "name",
            "sets",
            "repetitions",
            "hold",
            "rest",
            "sides",
            "note",
        )
        read_only_fields = fields


@extend_schema_serializer(component_name="PrescriptionRevision")
class RevisionSerializer(serializers.ModelSerializer):
    schedule = serializers.SerializerMethodField()
    items = ItemSerializer(many=True)

    class Meta:
        model = PrescriptionRevision
        # Why it was amended is for the record of the clinic; the patient reads these rows as well.
        fields = ("number", "counts_from", "schedule", "items", "note", "created_at")
        read_only_fields = fields

    def get_schedule(self, revision: PrescriptionRevision) -> dict[str, Any]:
        if revision.mode == ScheduleMode.FIXED:
            return {
                "mode": "fixed",
                "weekdays": revision.weekdays,
                "times_per_day": revision.times_per_day,
            }
        return {"mode": "flexible", "per_week": revision.per_week}


class PrescriptionSerializer(serializers.ModelSerializer):
    patient = serializers.UUIDField(source="patient_id")
    routine = serializers.UUIDField(source="routine_id", allow_null=True)
    held = serializers.SerializerMethodField()
    revisions = RevisionSerializer(many=True)
    pauses = PauseSerializer(many=True)

    class Meta:
        model = Prescription
        fields = (
            "id",
            "patient",
            "routine",
            "name",
            "starts_on",
            "ends_on",
            "stopped_from",
            "held",
            "origin",
            "revisions",
            "pauses",
            "created_at",
        )
        read_only_fields = fields

    def get_held(self, prescription: Prescription) -> bool:
        return prescription.held_at is not None


class SetSerializer(serializers.Serializer):
    side = serializers.ChoiceField(["none", "left", "right"])
    held = serializers.FloatField(help_text="Seconds held, over all repetitions of the set.", max_value=86400)


class SessionItemInSerializer(serializers.Serializer):
    item = serializers.UUIDField()
    sets = SetSerializer(many=True, required=False)
    skip_reason = serializers.ChoiceField(SkipReason.choices, required=False, allow_blank=True)
    eased = serializers.BooleanField(default=False)
    pain = serializers.IntegerField(required=False, allow_null=True)


class SessionInSerializer(serializers.Serializer):
    """A session as the client kept it. Out-of-range values are answered by the verb, field by field."""

    id = serializers.UUIDField()
    prescription = serializers.UUIDField()
    revision = serializers.IntegerField(help_text="The number of the revision that was followed.")
    started_at = AwareDateTimeField()
    ended_at = AwareDateTimeField(required=False, allow_null=True)
    pain_before = serializers.IntegerField(required=False, allow_null=True)
    pain_after = serializers.IntegerField(required=False, allow_null=True)
    difficulty = serializers.ChoiceField(Difficulty.choices, required=False, allow_blank=True)
    note = serializers.CharField(required=False, allow_blank=True, max_length=2000)
    source = serializers.ChoiceField(Source.choices, default=Source.PLAYER)  # type: ignore[assignment]
    items = SessionItemInSerializer(many=True)


class CorrectSerializer(serializers.Serializer):
    """The session as it should read, whole: what is left out is not told. Its start and its exercises stay."""

    reason = serializers.CharField(
        required=False, allow_blank=True, max_length=300, help_text="Needed from staff."
    )
    ended_at = AwareDateTimeField(required=False, allow_null=True)
    pain_before = serializers.IntegerField(required=False, allow_null=True)
    pain_after = serializers.IntegerField(required=False, allow_null=True)
    difficulty = serializers.ChoiceField(Difficulty.choices, required=False, allow_blank=True)
    note = serializers.CharField(required=False, allow_blank=True, max_length=2000)
    items = SessionItemInSerializer(many=True)


class SessionItemSerializer(serializers.ModelSerializer):
    item = serializers.UUIDField(source="item_id")

    class Meta:
        model = SessionItem
        fields = ("item", "sets", "performed_sets", "skip_reason", "eased", "pain")
        read_only_fields = fields


class SessionSerializer(serializers.ModelSerializer):
    patient = serializers.UUIDField(source="patient_id")
    prescription = serializers.UUIDField(source="prescription_id")
    revision = serializers.IntegerField(source="revision.number")
    completion = serializers.SerializerMethodField()
    items = SessionItemSerializer(many=True)

    class Meta:
        model = Session
        fields = (
            "id",
            "patient",
            "prescription",
            "revision",
            "source",
            "started_at",
            "ended_at",
            "local_date",
            "received_at",
            "pain_before",
            "pain_after",
            "difficulty",
            "note",
            "performed_sets",
            "prescribed_sets",
            "completion",
            "voided_at",
            "items",
        )
        read_only_fields = fields

    def get_completion(self, session: Session) -> float:
        return round(float(session.completion), 4)


class AnswersSerializer(serializers.Serializer):
    id = serializers.UUIDField(help_text="Made by the client: sending the same answers twice is harmless.")
    answered_at = AwareDateTimeField(
        help_text="When they were answered: up to 14 days ago, at most 10 minutes ahead."
    )
    answers = serializers.DictField(
        child=serializers.BooleanField(),
        help_text="One yes or no for each of: " + ", ".join(SafetyQuestion.values),
    )


class ScreenSerializer(serializers.Serializer):
    any_yes = serializers.BooleanField()
    urgent_url = serializers.CharField(allow_null=True)


class DaySerializer(serializers.Serializer):
    date = serializers.DateField()
    due = serializers.IntegerField()
    kept = serializers.IntegerField()
    credit = serializers.FloatField()
    extra = serializers.IntegerField()
    state = serializers.ChoiceField([s.value for s in DayState])
    revision = serializers.IntegerField(allow_null=True)


class FiguresSerializer(serializers.Serializer):
    """Ratios are null when nothing was due. Figures are as reported by the patient."""

    due = serializers.IntegerField()
    kept = serializers.IntegerField()
    credit = serializers.FloatField()
    extra = serializers.IntegerField()
    frequency = serializers.FloatField(allow_null=True)
    adherence = serializers.FloatField(allow_null=True)
    band = serializers.ChoiceField([b.value for b in Band])
    as_of = serializers.DateField()

    def get_fields(self) -> dict[str, serializers.Field]:
        # "from" is a word of Python's own; it cannot be declared in a class body.
        window = {"from": serializers.DateField(source="first"), "to": serializers.DateField(source="last")}
        return window | super().get_fields()


class AdherenceSerializer(FiguresSerializer):
    days = DaySerializer(many=True)


class PatientAdherenceSerializer(FiguresSerializer):
    """One patient of a clinic. `days` only where they were asked for."""

    patient = serializers.UUIDField()
    name = serializers.CharField()
    reference = serializers.CharField()
    days = DaySerializer(many=True, allow_null=True)


class TodaySerializer(serializers.Serializer):
    """One prescription today; for a flexible schedule `due` and `done` speak of the week."""

    prescription = serializers.UUIDField(source="prescription.pk")
    name = serializers.CharField(source="prescription.name")
    revision = serializers.IntegerField(source="revision.number")
    state = serializers.ChoiceField([n.value for n in Now], source="state.value")
    due = serializers.IntegerField()
    done = serializers.IntegerField()
    seconds = serializers.IntegerField(help_text="Estimated length of one session.")
    next_day = serializers.DateField(allow_null=True)
    note = serializers.CharField(source="revision.note")
    items = ItemSerializer(many=True)
