"""Patients from a file: chosen, looked at row by row, and taken in together or not at all (docs/rules.md 2)."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from clinic import access
from clinic import people as colleagues
from clinic.access import Right, requires
from clinic.errors import Conflict
from clinic.ui.forms import answer, show_errors
from patients import importing, imports
from patients.desk.forms_import import ImportForm
from patients.importing import Row
from patients.models import PatientImport

# So many rows of each kind are shown; the rest is told as a number.
SHOWN = 100


@requires(Right.CARE_FOR_PATIENTS)
def start(request: HttpRequest, clinic: UUID) -> HttpResponse:
    practice = access.clinic(request, clinic)
    clinicians = colleagues.with_right(practice, Right.PRESCRIBE)
    form = ImportForm(
        request.POST if request.method == "POST" else None,
        request.FILES or None,
        clinicians=clinicians,
        initial={"clinician": request.user.pk},
    )
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            found = imports.draft(
                access.person(request),
                practice,
                content=file.read(),
                file_name=file.name,
                clinician=form.cleaned_data["clinician"],
                invite=form.cleaned_data["invite"],
            )
        except ValidationError as problem:
            show_errors(form, problem)
        else:
            return redirect("desk:import", found.pk)
    context = {
        "clinic": practice,
        "form": form,
        "columns": importing.COLUMNS.items(),
        "codes": importing.condition_codes(),
    }
    return answer(request, "desk/import_start.html", context, refused=bool(form.errors))


@require_GET
@requires(Right.CARE_FOR_PATIENTS)
def template(request: HttpRequest, clinic: UUID) -> HttpResponse:
    access.clinic(request, clinic)
    headers = {"Content-Disposition": 'attachment; filename="patients.csv"'}
    return HttpResponse(importing.template(), content_type="text/csv; charset=utf-8", headers=headers)


@requires(Right.CARE_FOR_PATIENTS)
def preview(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What the file would do, as the clinic stands now; the confirmation is sent to the same address."""
    found = own_import(request, pk)
    if request.method == "POST":
        try:
            imports.confirm(access.person(request), found)
        except Conflict as conflict:
            messages.warning(request, str(conflict))
            return redirect("desk:import", pk)
        except ValidationError:
            messages.error(request, _("Nobody was taken in: the clinic has changed since the preview."))
            return redirect("desk:import", pk)
        messages.success(request, _done(found))
        return redirect("desk:roster", found.clinic_id)
    if found.confirmed_at:
        messages.info(request, _done(found))
        return redirect("desk:roster", found.clinic_id)
    context = {"clinic": found.clinic, "found": found, "shown": _Preview.of(imports.checked(found))}
    return answer(request, "desk/import.html", context, refused=False)


def own_import(request: HttpRequest, pk: UUID) -> PatientImport:
    """A draft belongs to whoever brought it; to the colleagues it is forbidden."""
    rows = PatientImport.objects.select_related("clinic", "clinician")
    found = access.get(request, rows, pk=pk)
    if found.created_by_id != access.person(request).pk:
        raise PermissionDenied
    return found


def _done(found: PatientImport) -> str:
    told = ngettext(
        "%(number)d patient was taken in.", "%(number)d patients were taken in.", found.taken_in
    ) % {"number": found.taken_in}
    if found.left_alone:
        told += " " + ngettext(
            "%(number)d was here already and left alone.",
            "%(number)d were here already and left alone.",
            found.left_alone,
        ) % {"number": found.left_alone}
    if found.invite and found.taken_in:
        told += " " + _("The invitations are on their way.")
    return told


@dataclass(frozen=True, slots=True)
class _Preview:
    """The rows of a draft, those that are wrong apart from the others."""

    wrong: list[Row]
    new: list[Row]
    known: list[Row]

    @classmethod
    def of(cls, rows: list[Row]) -> "_Preview":
        right = [row for row in rows if not row.errors]
        return cls(
            wrong=[row for row in rows if row.errors],
            new=[row for row in right if row.known is None],
            known=[row for row in right if row.known],
        )

    @property
    def first_wrong(self) -> list[Row]:
        return self.wrong[:SHOWN]

    @property
    def first_new(self) -> list[Row]:
        return self.new[:SHOWN]

    @property
    def any_alike(self) -> bool:
        return any(row.alike for row in self.first_new)

    @property
    def more_wrong(self) -> int:
        return max(len(self.wrong) - SHOWN, 0)

    @property
    def more_new(self) -> int:
        return max(len(self.new) - SHOWN, 0)
