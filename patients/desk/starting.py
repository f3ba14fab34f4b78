"""Where the builder starts: a routine, a former prescription, nothing, or what was left half built."""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from clinic import access
from clinic.access import Right
from exercises import library
from exercises.models import Routine
from patients import drafts
from patients.desk import builder
from patients.desk.builder import Row
from patients.lines import lines_of, lines_of_routine
from patients.models import Draft, Patient, Prescription, PrescriptionRevision


def start(request: HttpRequest, patient: Patient) -> tuple[dict[str, Any], list[Row]] | None:
    """The form's first values and rows for what was chosen; None while nothing is."""
    if pk := request.GET.get("routine"):
        routine = access.get(request, routines(request, patient), Right.VIEW_LIBRARY, pk=pk)
        return builder.head_of_routine(routine, patient.language), [
            builder.row_of_line(line) for line in lines_of_routine(routine, patient.language)
        ]
    if pk := request.GET.get("former"):
        former = access.get(request, Prescription, pk=pk)
        if former.patient_id != patient.pk:
            raise Http404
        latest = latest_of(former)
        head = builder.head_of_revision(latest) | {"name": former.name, "note": latest.note}
        return head, [builder.row_of_line(line) for line in lines_of(latest)]
    if "empty" in request.GET:
        return {}, []
    return None


def choose(request: HttpRequest, patient: Patient) -> HttpResponse:
    offered = [
        {"routine": routine, "lines": lines_of_routine(routine)} for routine in routines(request, patient)
    ]
    former = [
        {"prescription": prescription, "latest": latest_of(prescription)}
        for prescription in access.visible(request, Prescription)
        .filter(patient=patient)
        .prefetch_related("revisions__items__exercise_revision__exercise")
    ]
    context = {
        "clinic": patient.clinic,
        "patient": patient,
        "routines": offered,
        "former": former,
        "draft": drafts.find(access.person(request), patient.pk),
    }
    return render(request, "desk/choose.html", context)


def left_off(request: HttpRequest, patient: Patient, about: UUID) -> Draft | HttpResponse | None:
    """What was left half built, where one goes on with it; the question, where it was not answered yet.

    Starting afresh forgets it only once something is typed.
    """
    if "afresh" in request.GET:
        return None
    draft = drafts.find(access.person(request), about)
    if draft is None or "draft" in request.GET:
        return draft
    query = request.GET.copy()
    query["afresh"] = ""
    context = {
        "clinic": patient.clinic,
        "patient": patient,
        "draft": draft,
        "afresh": f"?{query.urlencode()}",
    }
    return render(request, "desk/left_off.html", context)


def routines(request: HttpRequest, patient: Patient) -> QuerySet[Routine]:
    """The routines of the shared library and of this patient's clinic; never those of another of one's clinics."""
    return library.routines(request).filter(Q(clinic=None) | Q(clinic=patient.clinic_id))


def latest_of(prescription: Prescription) -> PrescriptionRevision:
    return max(prescription.revisions.all(), key=lambda revision: revision.number)
