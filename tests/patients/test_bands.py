"""docs/rules.md 4 for a whole clinic at once: the same figures as one by one, in a few queries."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given

from patients import bands, prescribing, progress, sessions
from patients.adherence import Done, adherence, band, combine, lately
from patients.lines import lines_of
from patients.models import Patient
from patients.schedule import DateRange, Flexible, Plan
from tests.crowd import make_crowd
from tests.patients import plans
from tests.patients.plans import TODAY, quick
from tests.world import World, make_patient, make_prescription, make_session

DAY = dt.timedelta(days=1)


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


@pytest.mark.django_db
def test_a_whole_clinic_has_the_figures_of_each_of_its_patients(world: World) -> None:
    crowd = make_crowd(world.clinic, world.clinician, 90, weeks=4)
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
    prescribing.stop(world.clinician, crowd[1].prescriptions.get(), reason="Goal reached")
    patients = Patient.objects.filter(clinic=world.clinic).order_by("name", "pk")
    found = bands.of_all(patients)
    assert list(found) == [patient.pk for patient in patients]
    for pk, standing in progress.of_patients(list(patients)).items():
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


@pytest.mark.django_db
def test_a_clinic_takes_four_queries_however_many_patients_it_has(world: World) -> None:
    make_crowd(world.clinic, world.clinician, 30, weeks=1)
    with CaptureQueriesContext(connection) as captured:
        bands.of_all(Patient.objects.filter(clinic=world.clinic))
    assert len(captured) == 4
