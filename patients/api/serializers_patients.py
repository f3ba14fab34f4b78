"""The JSON of patients and of the files they are taken in from. Rules live in the verbs; shapes live here."""

import datetime as dt
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from rest_framework import serializers
from timezone_field.rest_framework import TimeZoneSerializerField

from exercises.models import Condition
from patients.models import Patient, StateChange
from patients.schedule import EARLIEST_DAY, LATEST_DAY


class PatientSerializer(serializers.ModelSerializer):
    clinic = serializers.UUIDField(source="clinic_id")
    conditions = serializers.ListField(child=serializers.ChoiceField(Condition.choices), required=False)
    time_zone = TimeZoneSerializerField(read_only=True)
    clinician = serializers.UUIDField(source="clinician_id", required=False, allow_null=True)
    leaves_on = serializers.SerializerMethodField(help_text="The day of a discharge to come.")

    class Meta:
        model = Patient
        fields = (
            "id",
            "clinic",
            "name",
            "email",
            "birth_date",
            "reference",
            "conditions",
            "language",
            "clinician",
            "state",
            "leaves_on",
            "time_zone",
            "created_at",
        )
        read_only_fields = ("id", "state", "created_at")
        # The verb says what is wrong, field by field; a second set of rules here would drift.
        extra_kwargs = {
            "name": {"required": True},
            # Whoever has no address gets a code on paper.
            "email": {"required": True, "allow_blank": True},
            "reference": {"validators": []},
            "language": {
                "required": False,
                "help_text": "In which the patient reads; once they have an account, only they change it.",
            },
        }
        validators: list[Any] = []

    def get_leaves_on(self, patient: Patient) -> dt.date | None:
        # Only a patient who was just invited comes without; a discharge of theirs cannot be coming.
        coming: list[StateChange] = getattr(patient, "coming", [])
        return coming[0].since if coming else None


class DetailsSerializer(serializers.Serializer):
    """What is left out stays as it is. The verb says what is wrong, field by field."""

    name = serializers.CharField(required=False, allow_blank=True)
    email = serializers.CharField(required=False, allow_blank=True)
    birth_date = serializers.DateField(required=False, allow_null=True)
    reference = serializers.CharField(required=False, allow_blank=True)
    conditions = serializers.ListField(child=serializers.ChoiceField(Condition.choices), required=False)
    language = serializers.CharField(required=False)


class AddressSerializer(serializers.Serializer):
    email = serializers.CharField(required=False, help_text="Where the address has to be corrected.")


class ClinicianSerializer(serializers.Serializer):
    clinician = serializers.UUIDField()


class DischargeSerializer(serializers.Serializer):
    reason = serializers.CharField(allow_blank=True, max_length=300)
    on = serializers.DateField(
        required=False, help_text="The first local date out of care; today when left out."
    )


class ImportInSerializer(serializers.Serializer):
    """A CSV file as text: the first line names the columns, of which only `name` is needed.

    `name`, `email`, `birth_date`, `reference`, `language`, `time_zone`, `conditions` (codes with spaces between them),
    `clinician` (a colleague's e-mail). Up to 2,000 rows and 1 MB.
    """

    clinic = serializers.UUIDField()
    content = serializers.CharField(trim_whitespace=False)
    clinician = serializers.UUIDField(help_text="For the rows that name nobody.")
    invite = serializers.BooleanField(default=False)
    file_name = serializers.CharField(required=False, allow_blank=True, max_length=120)


class ImportErrorSerializer(serializers.Serializer):
    column = serializers.CharField()
    message = serializers.CharField()


class ImportRowSerializer(serializers.Serializer):
    line = serializers.IntegerField(help_text="In the file.")
    state = serializers.ChoiceField(["new", "known", "wrong"])
    cells = serializers.DictField(child=serializers.CharField(allow_blank=True))
    errors = ImportErrorSerializer(many=True)  # type: ignore[assignment]
    patient = serializers.UUIDField(allow_null=True, help_text="Who it is, where they are known.")


class ImportSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    clinic = serializers.UUIDField()
    clinician = serializers.UUIDField()
    invite = serializers.BooleanField()
    file_name = serializers.CharField(allow_blank=True)
    unread = serializers.ListField(child=serializers.CharField(), help_text="Columns that nobody reads.")
    rows = ImportRowSerializer(many=True, help_text="Empty once it is confirmed.")
    confirmed_at = serializers.DateTimeField(allow_null=True)
    taken_in = serializers.IntegerField()
    left_alone = serializers.IntegerField()


IN_THE_CALENDAR = [MinValueValidator(EARLIEST_DAY), MaxValueValidator(LATEST_DAY)]


class WindowQuery(serializers.Serializer):
    """Local dates, both included; the last twelve weeks where they are left out."""

    to = serializers.DateField(required=False, validators=IN_THE_CALENDAR)

    def get_fields(self) -> dict[str, serializers.Field]:
        # `from` is a word of Python's.
        first = serializers.DateField(required=False, validators=IN_THE_CALENDAR)
        return {"from": first, **super().get_fields()}
