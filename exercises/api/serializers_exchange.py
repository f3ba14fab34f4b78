"""What the API tells and takes of archives and of files for a library."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from exercises.exchange import jobs
from exercises.exchange.entries import EXERCISE, ROUTINE, Verdict
from exercises.exchange.forms import ALL, CATEGORIES
from exercises.models import LibraryImport

VERDICTS = [verdict.value for verdict in Verdict]
CONFIRM, AGAIN, DROP = "confirm", "again", "drop"
CHOOSE = _("Choose a file.")


class TakenOutSerializer(serializers.Serializer):
    """Which library: a clinic's own, or (without a clinic) the shared one."""

    clinic = serializers.UUIDField(required=False)
    drafts = serializers.BooleanField(
        required=False, default=False, help_text="What is in work or in review as well."
    )


class BroughtSerializer(serializers.Serializer):
    """A file for a clinic's own library, or (without a clinic) for the shared one."""

    file = serializers.FileField(
        error_messages={
            "required": CHOOSE,
            "invalid": CHOOSE,
            "no_name": CHOOSE,
            "empty": _("The file is empty."),
        },
        help_text="An archive of a library (ZIP), or the JSON file of free-exercise-db; up to 200 MB.",
    )
    clinic = serializers.UUIDField(required=False)
    category = serializers.ChoiceField(
        [choice for choice in CATEGORIES if choice[0] != ALL],
        required=False,
        default="",
        help_text="Of free-exercise-db: its entries of this category alone; without it all of them.",
    )


class LibraryImportSerializer(serializers.ModelSerializer):
    """A file on its way into a library.

    `done` of `total` entries are looked at; while it is `writing`, photos and films are kept. `error` says, in the
    language of whoever brought the file, why it is not made.
    """

    clinic = serializers.UUIDField(source="clinic_id", allow_null=True)
    format = serializers.CharField(help_text="What the file turned out to be; empty before that.")
    size = serializers.IntegerField(help_text="Bytes.")
    open = serializers.BooleanField(
        source="is_open",
        help_text="A worker has it, or will have: ask again. After that it waits for a word.",
    )
    looked_at = serializers.DateTimeField(
        source="made_at", allow_null=True, help_text="When the report was made, or all was taken in."
    )
    counts = serializers.DictField(
        child=serializers.IntegerField(), help_text="Entries of the report by their verdict."
    )
    report = serializers.SerializerMethodField(help_text="Its address; null before the file was looked at.")
    may = serializers.SerializerMethodField(help_text="What may be done with it now.")
    requested_by = serializers.CharField(source="requested_by.name")
    confirmed_by = serializers.CharField(source="confirmed_by.name", default=None)
    taken_in = serializers.BooleanField(help_text="The drafts are in the library.")

    class Meta:
        model = LibraryImport
        fields = (
            *("id", "clinic", "file_name", "size", "category", "format", "requested_by", "created_at"),
            *("state", "error", "open", "done", "total", "writing", "looked_at", "counts", "report", "may"),
            *("confirmed_by", "confirmed_at", "taken_in", "dropped_at"),
        )
        read_only_fields = fields

    def get_report(self, job: LibraryImport) -> str | None:
        return reverse("api:library-import-report", args=[job.pk]) if job.made_at else None

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField([CONFIRM, AGAIN, DROP])))
    def get_may(self, job: LibraryImport) -> list[str]:
        may = {
            CONFIRM: job.may_be_taken_in,
            AGAIN: jobs.may_be_tried_again(job),
            DROP: jobs.may_be_dropped(job),
        }
        return [act for act, holds in may.items() if holds]


class ReportQuery(serializers.Serializer):
    verdict = serializers.ChoiceField(VERDICTS, required=False, help_text="Entries of this verdict alone.")


class ReportLineSerializer(serializers.Serializer):
    """What becomes of one entry, and why, in the language of whoever brought the file."""

    kind = serializers.ChoiceField([EXERCISE, ROUTINE])
    called = serializers.CharField(help_text="As the file calls it.")
    name = serializers.CharField()
    verdict = serializers.ChoiceField(VERDICTS)
    reasons = serializers.ListField(child=serializers.CharField())
    notes = serializers.IntegerField(help_text="Points that a curator has to check in it.")
