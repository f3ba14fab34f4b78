"""All that is kept of a person, as one file of open formats: for them to read, and to take elsewhere.

It holds what a patient may ask to see (GDPR, article 15), the clinic's own notes among it, and so all that they may
take along (article 20). Each clinic is a folder of its own: one JSON file with everything, and a CSV file a table.
Left out is what is not of the record: a colleague's half-built draft, views of the roster, digests of many people.

The number of queries depends on the number of clinics, never on the length of a history. Half a year of two sessions
a day is 55 KB and made in a third of a second, so it is answered at once: no task, no file that lies about.
"""

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import Model
from django.http import HttpResponse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from clinic import audit
from clinic import tables as csv_tables
from clinic.models import AuditEvent, User
from patients.models import (
    AdverseEvent,
    Alert,
    AlertAct,
    CalendarFeed,
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
    SafetyScreen,
    Session,
    SessionItem,
    SessionVersion,
    StateChange,
)


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the archive: `columns` are name → where it stands; `path` leads from its model to the patient."""

    name: str
    model: type[Model]
    path: str
    columns: dict[str, str]
    about: Any

    def rows(self, patient: Patient) -> list[dict[str, Any]]:
        whose = patient.pk if self.model is AuditEvent else patient
        found = self.model._default_manager.filter(**{self.path: whose})
        places = list(self.columns.values())
        rows = found.order_by(places[0], "pk").values_list(*places)
        return [dict(zip(self.columns, row, strict=True)) for row in rows]


def _columns(names: str, **renamed: str) -> dict[str, str]:
    return {name: name for name in names.split()} | renamed


TABLES = (
    Table(
        "states",
        StateChange,
        "patient",
        _columns("changed_at state since reason", by="changed_by__name"),
        _("when care paused, ended or began again"),
    ),
    Table(
        "time-zones",
        PatientZone,
        "patient",
        _columns("since time_zone"),
        _("your time zones, each with its beginning"),
    ),
    Table(
        "reminder-settings",
        ReminderPreference,
        "patient",
        _columns("times quiet_from quiet_until quiet_all_day channels off nudge_after"),
        _("when and of what you are reminded; off: the kinds that are switched off"),
    ),
    Table(
        "phones",
        Phone,
        "patient",
        _columns("number verified_at"),
        _("the number that takes text messages; verified_at: since when it is confirmed"),
    ),
    Table(
        "devices",
        PushDevice,
        "patient",
        _columns("label since endpoint"),
        _("the phones and browsers that take pushes, and the address at which they are reached"),
    ),
    Table(
        "calendar",
        CalendarFeed,
        "patient",
        _columns("created_at last_read_at"),
        _("since when a calendar may read your sessions, and when one last did"),
    ),
    Table(
        "prescriptions",
        Prescription,
        "patient",
        _columns(
            "starts_on ends_on stopped_from stop_reason held_at name created_at",
            id="pk",
            by="created_by__name",
        ),
        _("what you were asked to do; stopped_from: the first day on which nothing was due any more"),
    ),
    Table(
        "prescription-revisions",
        PrescriptionRevision,
        "prescription__patient",
        _columns(
            "counts_from number mode weekdays times_per_day per_week reason note created_at",
            prescription="prescription_id",
            by="created_by__name",
        ),
        _("each version of a prescription, with the day from which it counts; weekdays: Monday is 0"),
    ),
    Table(
        "prescribed-exercises",
        Item,
        "revision__prescription__patient",
        _columns(
            "position sets repetitions hold rest sides note override_reason",
            prescription="revision__prescription_id",
            revision="revision__number",
            exercise="exercise_revision__name",
            id="pk",
        ),
        _("the exercises of each version; hold and rest in seconds"),
    ),
    Table(
        "pauses",
        Pause,
        "prescription__patient",
        _columns(
            "first_day last_day reason created_at", prescription="prescription_id", by="created_by__name"
        ),
        _("days on which nothing was due, first and last included"),
    ),
    Table(
        "prescription-acts",
        PrescriptionAct,
        "prescription__patient",
        _columns("created_at kind day reason", prescription="prescription_id", by="created_by__name"),
        _("what else was done with a prescription"),
    ),
    Table(
        "sessions",
        Session,
        "patient",
        _columns(
            "started_at ended_at local_date zone source pain_before pain_after difficulty note "
            "performed_sets prescribed_sets received_at voided_at void_reason",
            id="pk",
            prescription="prescription_id",
            revision="revision__number",
            recorded_by="recorded_by__name",
        ),
        _("what you did; pain from 0 to 10; a session with voided_at was taken out and counts nowhere"),
    ),
    Table(
        "session-exercises",
        SessionItem,
        "session__patient",
        _columns(
            "performed_sets sets skip_reason eased pain",
            session="session_id",
            exercise="item__exercise_revision__name",
            prescribed="item_id",
        ),
        _("each exercise of a session; sets: the side and the seconds held"),
    ),
    Table(
        "session-versions",
        SessionVersion,
        "session__patient",
        _columns("changed_at reason content", session="session_id", by="changed_by__name"),
        _("sessions as they were before they were corrected"),
    ),
    Table(
        "safety-answers",
        SafetyScreen,
        "patient",
        _columns("answered_at answers any_yes"),
        _("your answers to the safety questions"),
    ),
    Table(
        "alerts",
        Alert,
        "patient",
        _columns(
            "opened_at last_at rule level state occurrences acknowledged_at resolved_at closed_itself note",
            id="pk",
            resolved_by="resolved_by__name",
        ),
        _("what your clinic was asked to look at, and what came of it"),
    ),
    Table(
        "alert-findings",
        Finding,
        "patient",
        _columns("at rule first_day last_day figures withdrawn_at", alert="alert", session="session"),
        _("what each alert rests on; withdrawn_at: since when it is known not to be so"),
    ),
    Table(
        "alert-acts",
        AlertAct,
        "alert__patient",
        _columns("at kind text", by="by__name", to="to__name", alert="alert"),
        _("what your clinic did about each alert"),
    ),
    Table(
        "adverse-events",
        AdverseEvent,
        "patient",
        _columns(
            "happened_on text by_staff reported_at",
            by="reported_by__name",
            session="session",
            during="during",
        ),
        _("what went wrong, in the words of whoever told it"),
    ),
    Table(
        "messages",
        Message,
        "patient",
        _columns("sent_at by_staff text read_at withdrawn_at", author="author__name"),
        _("what you and your clinic wrote to each other"),
    ),
    Table(
        "reminders",
        Reminder,
        "patient",
        _columns("due_at kind local_date slot channel state reason"),
        _("what was sent to you, and what was not and why"),
    ),
    Table(
        "deletion-requests",
        DeletionRequest,
        "patient",
        _columns("asked_at words withdrawn_at decided_at declined_because", by="decided_by__name"),
        _("when you asked for your record to be deleted, and what your clinic answered"),
    ),
    Table(
        "opened-by",
        RecordRead,
        "patient",
        _columns("day first_at", who="user__name"),
        _("who of the clinic opened your record, once a day each"),
    ),
    Table(
        "changes",
        AuditEvent,
        "subject_id",
        _columns("at verb via", what="object_label", by="actor__name"),
        _("who did what with your record; by is empty where Holdwell did it itself"),
    ),
)

PERSON = (
    "name",
    "email",
    "birth_date",
    "reference",
    "language",
    "time_zone",
    "conditions",
    "state",
    "created_at",
)


def take(user: User, patients: Sequence[Patient]) -> bytes:
    """The archive of a person, with a folder for each of `patients` (theirs, with their clinics), as a ZIP file.

    That it was taken is in the audit trail of each clinic. Nothing is locked while it is read and packed.
    """
    content = _packed(user, patients)
    with transaction.atomic():
        for patient in patients:
            audit.record(user, "patient.archive_taken", patient, clinic=patient.clinic, subject=patient)
    return content


def answer(user: User, patients: Sequence[Patient]) -> HttpResponse:
    """The archive as a download; its name says nothing of whose it is, and nothing on the way keeps it."""
    headers = {
        "Content-Disposition": f'attachment; filename="holdwell-{timezone.now():%Y-%m-%d}.zip"',
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(take(user, patients), content_type="application/zip", headers=headers)


def _packed(user: User, patients: Sequence[Patient]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", readme(patients))
        archive.writestr("account.json", as_json(_account(user)))
        for number, patient in enumerate(patients, start=1):
            folder = f"{number}-{slugify(patient.clinic.name) or 'clinic'}"
            tables = {table.name: table.rows(patient) for table in TABLES}
            person = {name: getattr(patient, name) for name in PERSON} | {"clinic": patient.clinic.name}
            archive.writestr(f"{folder}/everything.json", as_json({"person": person} | tables))
            for table in TABLES:
                cells = (row.values() for row in tables[table.name])
                archive.writestr(
                    f"{folder}/{table.name}.csv", csv_tables.content(list(table.columns), map(list, cells))
                )
    return packed.getvalue()


def readme(patients: Sequence[Patient]) -> str:
    """What is what, in the language in use."""
    clinics = [f"  {number}. {patient.clinic.name}" for number, patient in enumerate(patients, start=1)]
    width = max(len(table.name) for table in TABLES) + 4
    lines = [f"  {table.name + '.csv':<{width}}  {table.about}" for table in TABLES]
    parts = [
        _("Your data in Holdwell, %(day)s (UTC)") % {"day": f"{timezone.now():%Y-%m-%d %H:%M}"},
        _("account.json: how you sign in. Then a folder for each clinic:") + "\n" + "\n".join(clinics),
        _("In each folder, everything.json has all of it; the CSV files have the same, table by table:")
        + "\n"
        + "\n".join(lines),
        _(
            "Moments are in UTC (ISO 8601), days are your local dates. CSV files are UTF-8 with commas. A text that a"
            " spreadsheet would take for a formula begins with an apostrophe there; everything.json has it as it is."
        ),
        _("What you reported is yours to take elsewhere. The clinic keeps its record as the law asks of it."),
    ]
    return "\n\n".join(str(part) for part in parts) + "\n"


def as_json(content: Any) -> str:
    class Plain(DjangoJSONEncoder):
        def default(self, value: Any) -> Any:
            return str(value) if hasattr(value, "key") else super().default(value)  # a time zone

    return json.dumps(content, cls=Plain, ensure_ascii=False, indent=1)


def _account(user: User) -> dict[str, Any]:
    """How the person signs in; no secret of it."""
    factors = Authenticator.objects.filter(user=user).order_by("created_at")
    browsers = UserSession.objects.filter(user=user).order_by("created_at")
    return {
        "name": user.name,
        "email": user.email,
        "sign_in_name": user.sign_in_name,
        "language": user.language,
        "joined": user.date_joined,
        "passkeys_and_second_factors": list(factors.values("type", "created_at", "last_used_at")),
        "signed_in": list(browsers.values("created_at", "ip", "user_agent")),
    }
