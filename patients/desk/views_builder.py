"""Prescribing and amending on one form (docs/rules.md 3).

Every press that is not the last one only changes what stands on the page: the form comes back with everything
typed, and nothing is written. `estimate` answers the same to a script, which puts it in the page's place.
"""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinic import access
from clinic.access import Right, requires
from clinic.errors import Conflict
from clinic.ui.forms import UNPROCESSABLE
from exercises import library
from patients import prescribing
from patients.desk import builder, differences
from patients.desk.acting import day
from patients.desk.builder import Bench, Press, Row, Stock
from patients.desk.forms_builder import AmendForm, PrescribeForm, ScheduleForm
from patients.models import Patient, Prescription, PrescriptionRevision

FOUND_AT_ONCE = 12
NO_SCHEDULE_YET = {"mode": "fixed", "weekdays": list(range(7)), "times_per_day": 1, "per_week": 3}


@requires(Right.PRESCRIBE)
def prescribe(request: HttpRequest, pk: UUID) -> HttpResponse:
    patient = access.get(request, Patient, pk=pk)
    if request.method == "POST":
        return _press(request, patient, PrescribeForm)
    start = _start(request, patient)
    if start is None:
        return _choose(request, patient)
    head, rows = start
    today = patient.local_date(timezone.now())
    form = PrescribeForm(initial=NO_SCHEDULE_YET | {"starts_on": today} | head)
    return _show(request, form, Bench(patient, rows, stock=Stock(request, patient, rows)))


@requires(Right.PRESCRIBE)
def amend(request: HttpRequest, pk: UUID) -> HttpResponse:
    prescription = access.get(request, Prescription, pk=pk)
    patient = prescription.patient
    if request.method == "POST":
        return _press(request, patient, AmendForm, prescription)
    latest = _latest(prescription)
    head = builder.head_of_revision(latest) | {"note": latest.note, "expected": latest.number}
    rows = [builder.row_of_line(line) for line in prescribing.lines_of(latest)]
    form = AmendForm(initial=NO_SCHEDULE_YET | head)
    return _show(request, form, Bench(patient, rows, stock=Stock(request, patient, rows)), prescription)


@require_POST
@requires(Right.PRESCRIBE)
def estimate(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The exercises and the estimate alone, for the form as it stands or after a press."""
    patient = access.get(request, Patient, pk=pk)
    bench = _pressed(request, patient)
    return render(request, "desk/parts/builder_live.html", {"bench": bench, **_search(request, patient)})


# --- Where a new prescription starts


def _start(request: HttpRequest, patient: Patient) -> tuple[dict[str, Any], list[Row]] | None:
    """The form's first values and rows for what was chosen; None while nothing is."""
    if pk := request.GET.get("routine"):
        routine = access.get(request, _routines(request, patient), Right.VIEW_LIBRARY, pk=pk)
        return builder.head_of_routine(routine), [
            builder.row_of_line(line) for line in prescribing.lines_of_routine(routine)
        ]
    if pk := request.GET.get("former"):
        former = access.get(request, Prescription, pk=pk)
        if former.patient_id != patient.pk:
            raise Http404
        latest = _latest(former)
        head = builder.head_of_revision(latest) | {"name": former.name, "note": latest.note}
        return head, [builder.row_of_line(line) for line in prescribing.lines_of(latest)]
    if "empty" in request.GET:
        return {}, []
    return None


def _choose(request: HttpRequest, patient: Patient) -> HttpResponse:
    routines = [
        {"routine": routine, "lines": prescribing.lines_of_routine(routine)}
        for routine in _routines(request, patient)
    ]
    former = access.visible(request, Prescription).filter(patient=patient)
    context = {"clinic": patient.clinic, "patient": patient, "routines": routines, "former": former}
    return render(request, "desk/choose.html", context)


def _routines(request: HttpRequest, patient: Patient) -> Any:
    """The routines of the shared library and of this patient's clinic; never those of another of one's clinics."""
    return library.routines(request).filter(Q(clinic=None) | Q(clinic=patient.clinic_id))


# --- A press


def _press(
    request: HttpRequest,
    patient: Patient,
    form_class: type[PrescribeForm | AmendForm],
    prescription: Prescription | None = None,
) -> HttpResponse:
    data = request.POST
    if Press.of(data).name != "save":
        form = form_class(initial=_as_typed(form_class, data))
        return _show(request, form, _pressed(request, patient), prescription)
    rows = builder.rows_of_post(data)
    form = form_class(data)
    bench = Bench(patient, rows, stock=Stock(request, patient, rows), checked=True)
    if form.is_valid() and bench.is_valid():
        try:
            if prescription is None:
                done = _prescribe(request, patient, form, bench)
            else:
                done = _amend(request, prescription, form, bench)
        except ValidationError as problem:
            show_line_errors(form, bench, problem)
        except Conflict as conflict:
            assert prescription is not None  # a new prescription has nobody to be in conflict with
            return _show_conflict(request, form, bench, prescription, conflict)
        else:
            messages.success(request, done)
            return redirect("desk:patient", patient.pk)
    return _show(request, form, bench, prescription, status=UNPROCESSABLE)


def _prescribe(request: HttpRequest, patient: Patient, form: ScheduleForm, bench: Bench) -> str:
    asked = form.cleaned_data
    routine = None
    if asked["routine"]:
        # Only remembered: a routine that has gone in the meantime takes nothing from what was copied.
        routine = _routines(request, patient).filter(pk=asked["routine"]).first()
    prescription = prescribing.prescribe(
        access.person(request),
        patient,
        name=asked["name"],
        lines=bench.lines,
        schedule=form.schedule,
        starts_on=asked["starts_on"],
        ends_on=asked["ends_on"],
        routine=routine,
        note=asked["note"],
    )
    return _("Prescribed: %(name)s, from %(first)s.") % {
        "name": prescription.name,
        "first": day(prescription.starts_on),
    }


def _amend(request: HttpRequest, prescription: Prescription, form: ScheduleForm, bench: Bench) -> str:
    asked = form.cleaned_data
    revision = prescribing.amend(
        access.person(request),
        prescription,
        lines=bench.lines,
        schedule=form.schedule,
        expected=asked["expected"],
        reason=asked["reason"],
        note=asked["note"],
    )
    return _("Amended: revision %(number)d counts from %(first)s.") % {
        "number": revision.number,
        "first": day(revision.counts_from),
    }


def _pressed(request: HttpRequest, patient: Patient) -> Bench:
    """The rows after a press that writes nothing."""
    press = Press.of(request.POST)
    rows = builder.rows_of_post(request.POST)
    stock = Stock(request, patient, rows, [press.argument])
    rows, focus = builder.pressed(rows, press, stock.known)
    return Bench(patient, rows, stock=stock, focus=focus)


def _as_typed(form_class: type[forms.Form], data: QueryDict) -> dict[str, Any]:
    """The form's values exactly as they were typed, right or wrong."""
    return {
        name: data.getlist(name) if isinstance(field, forms.MultipleChoiceField) else data.get(name, "")
        for name, field in form_class.base_fields.items()
    }


def show_line_errors(form: forms.Form, bench: Bench, problem: ValidationError) -> None:
    """Put what the verb found at its place: `items.<index>.<field>` at the row, the rest at the form."""
    for key, found in problem.message_dict.items():
        name, _dot, rest = key.partition(".")
        index, _dot, field = rest.partition(".")
        for message in found:
            if name == "items" and index.isdecimal():
                row = bench.formset.forms[int(index)]
                row.add_error(field if field in row.fields else None, message)
            else:
                form.add_error(key if key in form.fields else None, message)


def _show_conflict(
    request: HttpRequest, form: forms.Form, bench: Bench, prescription: Prescription, conflict: Conflict
) -> HttpResponse:
    """Somebody was quicker: say what they changed, keep what was typed, and let the person decide."""
    latest = _latest(prescription)
    seen = prescription.revisions.filter(number=form.cleaned_data["expected"]).first()
    again = AmendForm(initial=_as_typed(AmendForm, request.POST) | {"expected": latest.number})
    meanwhile = {
        "text": str(conflict),
        "latest": latest,
        "changes": differences.between(seen, latest) if seen else [],
    }
    return _show(request, again, bench, prescription, meanwhile, status=409)


# --- The page


def _show(
    request: HttpRequest,
    form: forms.Form,
    bench: Bench,
    prescription: Prescription | None = None,
    meanwhile: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    patient = bench.patient
    today = patient.local_date(timezone.now())
    context: dict[str, Any] = {
        "clinic": patient.clinic,
        "patient": patient,
        "form": form,
        "bench": bench,
        "prescription": prescription,
        "meanwhile": meanwhile,
        **_search(request, patient),
    }
    if prescription is None:
        others = access.visible(request, Prescription).filter(patient=patient)
        context["others"] = [p for p in others if p.last_day is None or p.last_day >= today]
    else:
        context["counts_from"] = max(prescribing.next_open_day(prescription), prescription.starts_on)
    return render(request, "desk/builder.html", context, status=status)


def _search(request: HttpRequest, patient: Patient) -> dict[str, Any]:
    """Exercises to add: those that match what was typed in the search field, or the first of all."""
    text = request.POST.get("find", "")
    found = builder.matching(library.shelf(request), patient, text)
    return {"find": text, "found": found[:FOUND_AT_ONCE], "found_in_all": found.count()}


def _latest(prescription: Prescription) -> PrescriptionRevision:
    latest = prescription.revisions.order_by("number").last()
    assert latest is not None  # a prescription is made with its first revision
    return latest
