"""Taking patients in from a file: a draft that is shown first, and confirmed whole or not at all (docs/rules.md 2)."""

import datetime as dt
import secrets

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic import audit
from clinic import people as colleagues
from clinic.access import Right
from clinic.errors import Conflict
from clinic.models import Clinic, User
from patients import importing
from patients.importing import Row
from patients.models import Patient, PatientImport, PatientZone, ReminderPreference
from patients.people import not_a_clinician, send_invitations

# So long a draft is kept that nobody confirms.
KEPT = dt.timedelta(days=1)


@transaction.atomic
def draft(
    actor: User,
    clinic: Clinic,
    *,
    content: bytes,
    clinician: User,
    invite: bool = False,
    file_name: str = "",
) -> PatientImport:
    """Keep what a file says until its colleague confirms it; a former draft of theirs is forgotten.

    Nothing of it is a patient yet. Raises ValidationError (`file`, `clinician`).
    """
    if not colleagues.with_right(clinic, Right.PRESCRIBE).filter(pk=clinician.pk).exists():
        raise ValidationError({"clinician": [not_a_clinician()]})
    sheet = importing.read(content)
    clinic.patient_imports.filter(created_by=actor, confirmed_at=None).delete()
    return PatientImport.objects.create(
        clinic=clinic,
        created_by=actor,
        clinician=clinician,
        invite=invite,
        file_name=file_name[:120],
        unread=sheet.unread,
        rows=sheet.rows,
    )


def checked(found: PatientImport) -> list[Row]:
    """The rows of a draft, held against the clinic as it stands now."""
    return importing.check(found.rows, found.clinic, clinician=found.clinician, invite=found.invite)


def confirm(actor: User, found: PatientImport) -> PatientImport:
    """Take in everybody who is new, all together; whoever is in the clinic already is left alone.

    Raises ValidationError keyed `lines.<line>.<column>` when a row is wrong, Conflict when it was confirmed before or
    somebody took in one of these patients at the same moment. Then nobody was taken in.
    """
    try:
        with transaction.atomic():
            return _confirm(actor, found)
    except IntegrityError as error:
        raise Conflict(_("The clinic has changed meanwhile. Look at the preview again.")) from error


def _confirm(actor: User, found: PatientImport) -> PatientImport:
    # Two imports into one clinic wait for each other here.
    clinic = Clinic.objects.select_for_update().get(pk=found.clinic_id)
    found.refresh_from_db(from_queryset=PatientImport.objects.select_for_update())
    if found.confirmed_at:
        raise Conflict(_("This file was taken in already. Nobody is taken in twice."))
    rows = checked(found)
    wrong = {f"lines.{row.line}.{column}": texts for row in rows for column, texts in row.errors.items()}
    if wrong:
        raise ValidationError(wrong)
    new = [row for row in rows if row.known is None]
    patients = _take_in(clinic, new)
    audit.record_each(actor, "patient.imported", patients, clinic=clinic, subjects=patients)
    if found.invite:
        send_invitations(actor, clinic, patients)
    found.confirmed_at = timezone.now()
    found.taken_in, found.left_alone, found.rows = len(new), len(rows) - len(new), []
    found.save(update_fields=["confirmed_at", "taken_in", "left_alone", "rows"])
    audit.record(
        actor,
        "import.confirmed",
        found,
        clinic=clinic,
        taken_in=found.taken_in,
        left_alone=found.left_alone,
        invited=found.invite,
    )
    return found


def _take_in(clinic: Clinic, rows: list[Row]) -> list[Patient]:
    patients = []
    for row in rows:
        assert row.entry is not None  # every checked row has one
        entry = row.entry
        patients.append(
            Patient(
                clinic=clinic,
                clinician=entry.clinician,
                language=entry.language,
                time_zone=entry.time_zone,
                **entry.details,
            )
        )
    Patient.objects.bulk_create(patients)
    PatientZone.objects.bulk_create(
        PatientZone(patient=p, time_zone=p.time_zone, since=p.created_at) for p in patients
    )
    ReminderPreference.objects.bulk_create(
        ReminderPreference(
            patient=p, times=list(clinic.reminder_times), unsubscribe_key=secrets.token_urlsafe(32)
        )
        for p in patients
    )
    return patients


def forget(now: dt.datetime) -> int:
    """Drafts that nobody confirmed within a day are gone, with all that stood in them; answers how many."""
    deleted, _by_model = PatientImport.objects.filter(confirmed_at=None, created_at__lt=now - KEPT).delete()
    return deleted
