"""What a clinic's archive holds, table by table, and what it leaves out and why.

A test compares both lists with the models: data that hangs on a clinic and stands in neither fails it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Field, Model, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clinic.models import AuditEvent, Clinic, Invitation, Membership
from exercises.models import Exercise, Revision, Routine, RoutineItem, RoutineRevision
from patients.models import (
    AdverseEvent,
    Alert,
    AlertAct,
    CalendarFeed,
    ChannelTrouble,
    ClinicThresholds,
    DeletionRequest,
    Finding,
    Item,
    Message,
    Patient,
    PatientZone,
    Pause,
    Phone,
    Prescription,
    PrescriptionAct,
    PrescriptionRevision,
    PushDevice,
    RecordRead,
    Reminder,
    ReminderPreference,
    Report,
    SafetyScreen,
    Session,
    SessionItem,
    SessionVersion,
    StateChange,
)


@dataclass(frozen=True)
class Table:
    """One file: all rows of a model that belong to a clinic, in all their columns but the `secret` ones.

    `path` leads from the row to its clinic. `more` are columns of rows that it points to, so that the file can be
    read by itself.
    """

    name: str
    model: type[Model]
    path: str
    promise: Promise
    secret: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    also: str = ""

    @property
    def about(self) -> str:
        return str(self.promise)

    def rows(self, clinic: Clinic) -> QuerySet[Any]:
        found = Q(**{self.path: clinic.pk})
        if self.also:
            used = Item.objects.filter(revision__prescription__patient__clinic=clinic)
            found |= Q(pk__in=used.values(self.also))
        return self.model._default_manager.filter(found)

    @cached_property
    def sources(self) -> Sequence[str]:
        """What is asked of the database for each column."""
        return [f.attname for f in self._own] + list(self.more)

    @cached_property
    def columns(self) -> Sequence[str]:
        return [f.attname for f in self._own] + [source.replace("__", "_") for source in self.more]

    @cached_property
    def fields(self) -> Sequence[Field]:
        return [*self._own, *(self._field_of(source) for source in self.more)]

    @property
    def _own(self) -> list[Field]:
        return [f for f in self.model._meta.concrete_fields if f.name not in self.secret]

    def _field_of(self, source: str) -> Field:
        model: Any = self.model
        *steps, last = source.split("__")
        for step in steps:
            model = model._meta.get_field(step).related_model
        field: Field = model._meta.get_field(last)
        return field


OF_PATIENT = "patient__clinic"
OF_PRESCRIPTION = "prescription__patient__clinic"
OF_SESSION = "session__patient__clinic"

TABLES: Sequence[Table] = (
    Table("clinic", Clinic, "pk", _("The clinic and its settings.")),
    Table(
        "staff",
        Membership,
        "clinic",
        _("Who works in the clinic, or did; their number in other files is user_id."),
        more=("user__name", "user__email"),
    ),
    Table(
        "invitations", Invitation, "clinic", _("Invitations of colleagues and patients."), secret=("digest",)
    ),
    Table("patients", Patient, "clinic", _("The patients.")),
    Table("patient_time_zones", PatientZone, OF_PATIENT, _("The time zones that a patient has had.")),
    Table("patient_state_changes", StateChange, OF_PATIENT, _("Discharges, and who came back.")),
    Table(
        "reminder_preferences",
        ReminderPreference,
        OF_PATIENT,
        _("What patients want to be told, and when."),
        secret=("unsubscribe_key",),
    ),
    Table("prescriptions", Prescription, OF_PATIENT, _("What patients have been asked to do.")),
    Table(
        "prescription_revisions", PrescriptionRevision, OF_PRESCRIPTION, _("Each revision with its schedule.")
    ),
    Table(
        "prescription_items",
        Item,
        "revision__prescription__patient__clinic",
        _("The stretches of each revision, with their dosage."),
        more=("exercise_revision__name",),
    ),
    Table("pauses", Pause, OF_PRESCRIPTION, _("Days on which nothing was expected.")),
    Table("prescription_acts", PrescriptionAct, OF_PRESCRIPTION, _("What else was done with prescriptions.")),
    Table("sessions", Session, OF_PATIENT, _("What patients did, with their ratings.")),
    Table("session_items", SessionItem, OF_SESSION, _("Each stretch of each session, set by set.")),
    Table(
        "session_versions", SessionVersion, OF_SESSION, _("What sessions said before they were corrected.")
    ),
    Table("safety_answers", SafetyScreen, OF_PATIENT, _("Answers to the safety questions.")),
    Table("alerts", Alert, OF_PATIENT, _("Alerts, and what became of them.")),
    Table("alert_findings", Finding, OF_PATIENT, _("What each alert rests on.")),
    Table("alert_acts", AlertAct, "alert__patient__clinic", _("What was done about each alert, and noted.")),
    Table("alert_thresholds", ClinicThresholds, "clinic", _("From when on the clinic wants an alert.")),
    Table("adverse_events", AdverseEvent, OF_PATIENT, _("What went wrong, in the words of whoever told it.")),
    Table("messages", Message, OF_PATIENT, _("Messages between patients and clinic.")),
    Table("reminders", Reminder, OF_PATIENT, _("Reminders, and why some were not sent.")),
    Table("reports", Report, "clinic", _("Weekly reports with their figures.")),
    Table("exercises", Exercise, "clinic", _("The clinic's own stretches.")),
    Table(
        "exercise_revisions",
        Revision,
        "exercise__clinic",
        _("What stretches say: the clinic's own, and those that were prescribed."),
        also="exercise_revision",
    ),
    Table("routines", Routine, "clinic", _("The clinic's own routines.")),
    Table(
        "routine_revisions", RoutineRevision, "routine__clinic", _("What these routines say, in revisions.")
    ),
    Table("routine_items", RoutineItem, "revision__routine__clinic", _("The stretches of these routines.")),
    Table(
        "phones",
        Phone,
        OF_PATIENT,
        _("Numbers that take text messages."),
        secret=("code_digest",),
    ),
    Table(
        "push_devices",
        PushDevice,
        OF_PATIENT,
        _("Phones and browsers that take pushes."),
        secret=("endpoint", "p256dh", "auth"),
    ),
    Table("channel_troubles", ChannelTrouble, OF_PATIENT, _("Channels that did not get through lately.")),
    Table(
        "calendar_feeds",
        CalendarFeed,
        OF_PATIENT,
        _("Whose sessions a calendar may read, and since when."),
        secret=("id",),
    ),
    Table(
        "deletion_requests",
        DeletionRequest,
        OF_PATIENT,
        _("Wishes to be deleted that wait or were declined."),
    ),
    Table("record_reads", RecordRead, OF_PATIENT, _("Who opened whose record, on which day.")),
    Table("audit_trail", AuditEvent, "clinic", _("Who did what, and when.")),
)

LEFT_OUT: dict[str, Promise] = {
    "clinic.OutgoingMail": _("Bodies of mails are deleted once they are sent."),
    "exercises.Comment": _("Remarks on drafts of the clinic's own library are for those who wrote them."),
    "exercises.LibraryImport": _("Files that were brought for the library: what was taken in is in it."),
    "patients.Draft": _("What a colleague has half built belongs to them, until it is prescribed."),
    "patients.RosterView": _(
        "Views of the roster belong to the colleague who saved them; they hold no patient."
    ),
    "patients.PatientImport": _("Files that were read in: their patients are in the file of the patients."),
    "patients.OutgoingNote": _("The words of pushes and text messages are deleted once they are sent."),
    "patients.Archive": _("The archives themselves."),
    "patients.DailyLook": _("When alerts were last looked for."),
    "patients.CriticalTurn": _("When a colleague was last mailed about alerts."),
    "patients.CriticalNotice": _(
        "Which finding was mailed to whom: the mails are gone, the alerts are there."
    ),
}
