"""Prescribing and amending on one form (docs/rules.md 3).

Every press that is not the last one only changes what stands on the page: the form comes back with everything
typed, and nothing is prescribed; what is typed is kept as a draft. `estimate` answers the same to a script, which
puts it in the page's place.
"""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinic import access
from clinic.access import Right, requires
from clinic.errors import Conflict
from clinic.ui.forms import UNPROCESSABLE, show_errors
from exercises import library
from exercises.models import Region
from exercises.routine_content import RoutineLine
from exercises.routines import save_routine
from exercises.rows import Press
from patients import differences, drafts, prescribing, previewing, wording
from patients.desk import builder, starting
from patients.desk.acting import Look, day
from patients.desk.builder import Bench, Stock
from patients.desk.forms_builder import AmendForm, BulkForm, PrescribeForm, RoutineForm, ScheduleForm
from patients.lines import lines_of
from patients.models import Patient, Prescription, PrescriptionRevision

FOUND_AT_ONCE = 12
# What a new prescription starts from, as the address names it.
STARTS = {"routine", "former", "empty"}
# The presses for which everything must be right; only "save" prescribes.
FINAL = {"save", "routine", "check"}
NO_SCHEDULE_YET = {"mode": "fixed", "weekdays": list(range(7)), "times_per_day": 1, "per_week": 3}


@requires(Right.PRESCRIBE)
def prescribe(request: HttpRequest, pk: UUID) -> HttpResponse:
    patient = access.get(request, Patient, pk=pk)
    if request.method == "POST":
        return _press(request, patient, PrescribeForm)
    if "draft" not in request.GET and not STARTS & request.GET.keys():
        return starting.choose(request, patient)
    draft = starting.left_off(request, patient, patient.pk)
    if isinstance(draft, HttpResponse):
        return draft
    if draft:
        return _go_on(request, patient, PrescribeForm, drafts.typed(draft))
    start = starting.start(request, patient)
    if start is None:
        return starting.choose(request, patient)
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
    draft = starting.left_off(request, patient, prescription.pk)
    if isinstance(draft, HttpResponse):
        return draft
    if draft:
        return _go_on(request, patient, AmendForm, drafts.typed(draft), prescription)
    latest = starting.latest_of(prescription)
    head = builder.head_of_revision(latest) | {"note": latest.note, "expected": latest.number}
    rows = [builder.row_of_line(line) for line in lines_of(latest)]
    form = AmendForm(initial=NO_SCHEDULE_YET | head)
    return _show(request, form, Bench(patient, rows, stock=Stock(request, patient, rows)), prescription)


@require_POST
@requires(Right.PRESCRIBE)
def estimate(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The exercises and the estimate alone, for the form as it stands or after a press; it is kept as a draft."""
    patient = access.get(request, Patient, pk=pk)
    about = patient.pk
    if named := request.GET.get("prescription"):
        about = access.get(request, Prescription.objects.filter(patient=patient), pk=named).pk
    bench, bulk = _pressed(request, patient, about)
    context = {"bench": bench, "bulk": bulk, **_search(request, patient)}
    return render(request, "desk/parts/builder_live.html", context)


@require_POST
@requires(Right.PRESCRIBE)
def as_patient(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The form as it stands, the way its patient would see it; nothing is written."""
    patient = access.get(request, Patient, pk=pk)
    rows = builder.rows_of_post(request.POST)
    context = {
        "clinic": patient.clinic,
        "patient": patient,
        "name": request.POST.get("name") or request.POST.get("called", ""),
        "note": request.POST.get("note", ""),
        "schedule": _schedule_typed(request.POST),
        "bench": Bench(patient, rows, stock=Stock(request, patient, rows)),
    }
    return render(request, "desk/as_patient.html", context)


def _schedule_typed(data: QueryDict) -> str:
    """When it is due, in words, once that is typed."""
    form = ScheduleForm(data)
    return wording.schedule(form.schedule) if form.is_valid() else ""


# --- A press


def _press(
    request: HttpRequest,
    patient: Patient,
    form_class: type[PrescribeForm | AmendForm],
    prescription: Prescription | None = None,
) -> HttpResponse:
    data = request.POST
    person, about = access.person(request), prescription.pk if prescription else patient.pk
    press = Press.of(data).name
    if press not in FINAL:
        form = form_class(initial=_as_typed(form_class, data))
        bench, bulk = _pressed(request, patient, about)
        return _show(request, form, bench, prescription, bulk=bulk)
    drafts.keep(person, patient, about, data)
    rows = builder.rows_of_post(data)
    form = form_class(data)
    bench = Bench(patient, rows, stock=Stock(request, patient, rows), checked=True)
    if form.is_valid() and bench.is_valid():
        try:
            if press == "routine":
                return _keep_routine(request, form, bench, prescription)
            if press == "check" and prescription:
                return _check(request, form, bench, prescription)
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
            drafts.drop(person, about)
            messages.success(request, done)
            return redirect("desk:patient", patient.pk)
    return _show(request, form, bench, prescription, status=UNPROCESSABLE)


def _prescribe(request: HttpRequest, patient: Patient, form: ScheduleForm, bench: Bench) -> str:
    asked = form.cleaned_data
    routine = None
    if asked["routine"]:
        # Only remembered: a routine that has gone in the meantime takes nothing from what was copied.
        routine = starting.routines(request, patient).filter(pk=asked["routine"]).first()
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
    revision = _amended(request, prescription, form, bench)
    return _("Amended: revision %(number)d counts from %(first)s.") % {
        "number": revision.number,
        "first": day(revision.counts_from),
    }


def _amended(
    request: HttpRequest, prescription: Prescription, form: ScheduleForm, bench: Bench
) -> PrescriptionRevision:
    asked = form.cleaned_data
    return prescribing.amend(
        access.person(request),
        prescription,
        lines=bench.lines,
        schedule=form.schedule,
        expected=asked["expected"],
        reason=asked["reason"],
        note=asked["note"],
    )


def _check(
    request: HttpRequest, form: ScheduleForm, bench: Bench, prescription: Prescription
) -> HttpResponse:
    """What the amendment would change: tried, said, and rolled back."""
    changes: list[str] = []
    latest = starting.latest_of(prescription)

    def act() -> None:
        changes.extend(differences.between(latest, _amended(request, prescription, form, bench)))

    look = Look(previewing.preview(prescription, act), [])
    again = AmendForm(initial=_as_typed(AmendForm, request.POST))
    return _show(request, again, bench, prescription, look=look, changes=changes)


def _keep_routine(
    request: HttpRequest, form: ScheduleForm, bench: Bench, prescription: Prescription | None
) -> HttpResponse:
    """Keep the exercises as a routine of the clinic; the prescription itself is not written yet."""
    wanted = RoutineForm(request.POST)
    wanted.is_valid()
    again = type(form)(initial=_as_typed(type(form), request.POST))
    try:
        save_routine(
            access.person(request),
            bench.patient.clinic,
            name=wanted.cleaned_data.get("name", ""),
            lines=[RoutineLine(one.exercise_revision.exercise, one.dosage, one.note) for one in bench.lines],
            schedule=builder.schedule_data(form.schedule),
        )
    except ValidationError as problem:
        show_errors(wanted, problem)
        return _show(request, again, bench, prescription, status=UNPROCESSABLE, routine=wanted)
    said = _("Kept as a routine of the clinic: %(name)s.")
    messages.success(request, said % {"name": wanted.cleaned_data["name"].strip()})
    return _show(request, again, bench, prescription)


def _pressed(request: HttpRequest, patient: Patient, about: UUID) -> tuple[Bench, BulkForm]:
    """The rows after a press that prescribes nothing, and the form that changes several at once.

    How the form stands then is the person's draft.
    """
    press = Press.of(request.POST)
    before = builder.rows_of_post(request.POST)
    stock = Stock(request, patient, before, [press.argument])
    bulk = BulkForm(request.POST if press.name == "bulk" else None)
    if bulk.is_valid():
        rows, focus = builder.changed_together(before, bulk.changes, stock.known), None
    else:
        rows, focus = builder.pressed(before, press, stock.known)
    drafts.keep(access.person(request), patient, about, builder.with_rows(request.POST, rows))
    said = builder.told(press, before, rows, stock.known)
    return Bench(patient, rows, stock=stock, focus=focus, said=said), bulk


def _go_on(
    request: HttpRequest,
    patient: Patient,
    form_class: type[PrescribeForm | AmendForm],
    data: QueryDict,
    prescription: Prescription | None = None,
) -> HttpResponse:
    """The form as somebody left it."""
    rows = builder.rows_of_post(data)
    form = form_class(initial=_as_typed(form_class, data))
    return _show(request, form, Bench(patient, rows, stock=Stock(request, patient, rows)), prescription)


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
    latest = starting.latest_of(prescription)
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
    **more: Any,
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
        "bulk": BulkForm(),
        "routine": RoutineForm(),
        **_search(request, patient),
        **more,
    }
    if prescription is None:
        others = access.visible(request, Prescription).filter(patient=patient)
        context["others"] = [p for p in others if p.last_day is None or p.last_day >= today]
    else:
        context["counts_from"] = max(prescribing.next_open_day(prescription), prescription.starts_on)
    return render(request, "desk/builder.html", context, status=status)


def _search(request: HttpRequest, patient: Patient) -> dict[str, Any]:
    """Exercises to add: those that match what was typed in the search field, or the first of all."""
    text, region = request.POST.get("find", ""), request.POST.get("find_region", "")
    found = builder.matching(library.shelf(request), patient, text, region)
    return {
        "find": text,
        "find_region": region,
        "regions": Region.choices,
        "found": found[:FOUND_AT_ONCE],
        "found_in_all": found.count(),
    }
