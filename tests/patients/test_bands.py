"""docs/rules.md 4 for a whole clinic at once: the same figures as one by one, in a few queries."""

import dataclasses
import datetime as dt
from fractions import Fraction

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given

from patients import bands, prescribing, progress, sessions, standings
from patients.adherence import Done, Totals, adherence, band, combine, lately, together, totals
from patients.demo import large
from patients.lines import lines_of, lines_of_routine
from patients.models import Patient, Prescription, Session
from patients.schedule import DateRange, Flexible, Plan
from patients.sessions import SessionData
from tests.patients import plans, slow_adherence
from tests.patients.plans import TODAY, quick
from tests.world import World, make_patient, make_prescription, make_session

DAY = dt.timedelta(days=1)
FIELDS = [field.name for field in dataclasses.fields(Totals)]


@quick
@given(plans.plans(), plans.windows())
def test_spans_say_for_many_days_what_a_plan_asks_on_each(plan: Plan, days: DateRange) -> None:
    spans = plan.spans(days)
    told = {day: span.schedule for span in spans for day in DateRange(span.first, span.last)}
    assert told == {day: asked for day in days if (asked := plan.asks(day))}
    assert [span.first for span in spans] == sorted(span.first for span in spans)


@quick
@given(plans.plans(), plans.sessions, plans.plans(), plans.sessions)
def test_the_quick_figures_of_a_fortnight_are_those_of_the_adherence_function(
    one: Plan, done: list[Done], other: Plan, more: list[Done]
) -> None:
    first, last = TODAY - 14 * DAY, TODAY - DAY
    parts = [(one, done), (other, more)]
    figures = combine([adherence(plan, sessions, first, last, TODAY) for plan, sessions in parts])
    quick = lately(parts, TODAY)
    assert (quick.due, quick.kept, quick.credit) == (figures.due, figures.kept, figures.credit)
    assert quick.adherence == figures.adherence
    assert quick.band == band(parts, TODAY)


def crowd(world: World, patients: int, weeks: int) -> None:
    """Patients of every kind for the clinic."""
    large.fill(
        world.clinic,
        [world.clinician],
        lines_of_routine(world.routine),
        patients=patients,
        weeks=weeks,
        seed=3,
        now=timezone.now(),
    )


@pytest.mark.django_db
def test_a_whole_clinic_has_the_figures_of_each_of_its_patients(world: World) -> None:
    crowd(world, 90, weeks=6)
    # Amended, stopped, corrected by half, taken out, far from here, two at once, and nothing at all (Quinn).
    prescription = world.prescription
    today = world.pat.local_date(timezone.now())
    for ago in (1, 2, 3, 5):
        make_session(prescription, today - ago * DAY, done=min(ago, 4))
    sessions.void(world.clinician, make_session(prescription, today - 4 * DAY), reason="Wrong person")
    lines = lines_of(prescription.revisions.get())
    prescribing.amend(world.clinician, prescription, lines=lines, schedule=Flexible(3), expected=1)
    far = make_patient(world.clinic, "far", world.clinician, zone="Pacific/Kiritimati")
    for _turn in range(2):
        make_prescription(far, world.clinician, [world.hamstring], starts_on=today - 9 * DAY)
    somebody = Prescription.objects.filter(stopped_from=None, ends_on=None, revisions__number=2).first()
    assert somebody
    prescribing.stop(world.clinician, somebody, reason="Goal reached")
    patients = Patient.objects.filter(clinic=world.clinic).order_by("name", "pk")
    found = bands.of_all(patients)
    assert list(found) == [patient.pk for patient in patients]
    for pk, standing in standings.of_patients(list(patients)).items():
        one_by_one = standing.adherence
        assert (found[pk].due, found[pk].kept, found[pk].credit, found[pk].band) == (
            one_by_one.due,
            one_by_one.kept,
            one_by_one.credit,
            standing.band,
        )
    assert len({lately.band for lately in found.values()}) == 5


@pytest.mark.django_db
def test_the_figures_of_a_clinic_are_never_older_than_the_last_act(world: World) -> None:
    today = world.pat.local_date(timezone.now())
    patients = Patient.objects.filter(pk=world.pat.pk)
    assert bands.of_all(patients)[world.pat.pk].kept == 0
    session = make_session(world.prescription, today - DAY)
    assert bands.of_all(patients)[world.pat.pk].kept == 1
    sessions.void(world.clinician, session, reason="Wrong person")
    assert bands.of_all(patients)[world.pat.pk].kept == 0


# Days from and to, as of which: counted from today.
WINDOWS = [(-27, 0, None), (-40, -30, None), (-5, 9, None), (-100, -60, None), (1, 8, None), (-27, -4, -9)]


@pytest.mark.django_db
def test_a_clinics_figures_of_any_window_are_those_of_its_patients_one_by_one(world: World) -> None:
    crowd(world, 12, weeks=6)
    today = world.pat.local_date(timezone.now())
    # What was done of a prescription that was over long before the window is extra.
    over = make_prescription(world.pat, world.clinician, [world.hamstring], starts_on=today - 300 * DAY)
    Prescription.objects.filter(pk=over.pk).update(ends_on=today - 200 * DAY)
    make_session(over, today - 3 * DAY)
    patients = Patient.objects.filter(clinic=world.clinic)
    for from_day, to_day, asked_on in WINDOWS:
        first, last = today + from_day * DAY, today + to_day * DAY
        as_of = None if asked_on is None else today + asked_on * DAY
        found = bands.of_window(patients, first, last, as_of)
        for patient in patients:
            own = as_of or patient.local_date(timezone.now())
            prescriptions = list(patient.prescriptions.all())
            one = progress.of_prescriptions(prescriptions, first, last, own)
            assert found[patient.pk].window == Totals(*(getattr(one, name) for name in FIELDS))
            assert found[patient.pk].lately.band == progress.figures_of(prescriptions, first, last, own)[1]
    assert bands.of_window(patients, today - 7 * DAY, today)[world.pat.pk].window.extra == 1


@pytest.mark.django_db
def test_what_is_read_of_a_clinic_comes_to_what_the_obvious_way_counts(world: World) -> None:
    """Amended plans, changed modes, pauses, moved patients, late, corrected and voided sessions, and clocks that
    change: in Europe on 25 October, in America on 1 November."""
    with time_machine.travel(dt.datetime(2026, 11, 12, 11, tzinfo=dt.UTC), tick=False):
        crowd(world, 25, weeks=10)
        told_wrong = Session.objects.filter(voided_at=None, performed_sets__gt=0).earliest("started_at")
        said = SessionData(
            **{name: getattr(told_wrong, name) for name in ("id", "prescription", "revision", "started_at")},
            ended_at=None,
            items=[],
            source=told_wrong.source,
        )
        sessions.correct(world.clinician, told_wrong, said, reason="Nothing was done")
        assert Session.objects.exclude(voided_at=None).exists()
        assert any(s.received_at - s.started_at > DAY for s in Session.objects.all())
        patients = Patient.objects.filter(clinic=world.clinic)
        first, last = dt.date(2026, 9, 14), dt.date(2026, 11, 14)
        found = bands.of_window(patients, first, last)
        for patient in patients.prefetch_related("prescriptions__revisions", "prescriptions__pauses"):
            today = timezone.now().astimezone(patient.zone).date()
            expected = (0, 0, Fraction(0), 0)
            for prescription in patient.prescriptions.all():
                rows = prescription.sessions.filter(voided_at=None)
                done = [Done(s.local_date, Fraction(s.performed_sets, s.prescribed_sets)) for s in rows]
                one = slow_adherence.figures(progress.plan_of(prescription), done, first, last, today)
                expected = tuple(map(sum, zip(expected, one, strict=True)))
            window = found[patient.pk].window
            assert (window.due, window.kept, window.credit, window.extra) == expected


@quick
@given(plans.plans(), plans.sessions, plans.plans(), plans.sessions, plans.windows(), plans.dates)
def test_totals_are_what_the_days_of_a_window_add_up_to(
    one: Plan, done: list[Done], other: Plan, more: list[Done], asked: DateRange, today: dt.date
) -> None:
    parts = [(one, done), (other, more)]
    days = together(parts, asked.first, asked.last, today)
    found = totals(parts, asked.first, asked.last, today)
    assert [getattr(found, name) for name in FIELDS] == [getattr(days, name) for name in FIELDS]
    assert (found.due, found.kept, found.credit, found.extra) == (
        sum(day.due for day in days.days),
        sum(day.kept for day in days.days),
        sum(day.credit for day in days.days),
        sum(day.extra for day in days.days),
    )


@pytest.mark.django_db
def test_a_clinic_takes_three_queries_however_many_patients_it_has(world: World) -> None:
    patients = Patient.objects.filter(clinic=world.clinic)
    today = timezone.now().date()
    for count in (2, 30):
        if count > patients.count():
            crowd(world, count, weeks=1)
        for ask in (bands.of_all, lambda p: bands.of_window(p, today - 55 * DAY, today)):
            with CaptureQueriesContext(connection) as captured:
                ask(patients)
            assert len(captured) == 3
