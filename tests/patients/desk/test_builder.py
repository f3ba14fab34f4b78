"""docs/rules.md 3: prescribing and amending, on a form that keeps everything typed."""

import datetime as dt
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.models import AuditEvent, Membership, Role, User
from exercises import publishing
from exercises.models import Exercise, Revision
from exercises.routine_content import RoutineLine
from exercises.routines import save_routine
from patients.models import Patient, Prescription
from tests.patients.desk.conftest import TODAY
from tests.patients.desk.filling_in import errors_of, form, published, row, rows_of
from tests.world import World, make_exercise

SignIn = Callable[[User], Client]
DAY = dt.timedelta(days=1)


@pytest.fixture
def clinician(world: World, signed_in: SignIn) -> Client:
    return signed_in(world.clinician)


@pytest.fixture
def send(world: World, clinician: Client) -> Callable[..., Any]:
    """Post the form for Quinn, who has no prescription yet."""

    def post(data: dict[str, object]) -> Any:
        return clinician.post(reverse("desk:prescribe", args=[world.quinn.pk]), data)

    return post


# --- Where to start


def test_one_may_start_from_a_routine_a_former_prescription_or_nothing(
    world: World, clinician: Client
) -> None:
    choices = clinician.get(reverse("desk:prescribe", args=[world.pat.pk])).content.decode()
    assert f"?routine={world.routine.pk}" in choices
    assert f"?former={world.prescription.pk}" in choices
    assert "?empty" in choices


def test_a_routine_brings_its_exercises_dosage_and_schedule(world: World, clinician: Client) -> None:
    address = reverse("desk:prescribe", args=[world.quinn.pk])
    page = clinician.get(address, {"routine": world.routine.pk})
    assert rows_of(page) == ["Knee to chest", "Lying hamstring stretch"]
    head = page.context["form"].initial
    assert (head["name"], head["weekdays"], head["times_per_day"]) == ("Two stretches", [0, 2, 4], 1)
    assert head["starts_on"] == TODAY


def test_a_former_prescription_brings_its_latest_revision(world: World, clinician: Client) -> None:
    address = reverse("desk:prescribe", args=[world.pat.pk])
    page = clinician.get(address, {"former": world.prescription.pk})
    assert page.context["form"].initial["name"] == "Six stretches"
    assert len(rows_of(page)) == 2


def test_another_patients_prescription_is_no_start(world: World, clinician: Client) -> None:
    address = reverse("desk:prescribe", args=[world.quinn.pk])
    assert clinician.get(address, {"former": world.prescription.pk}).status_code == 404


def test_a_routine_of_ones_other_clinic_is_no_start(world: World, clinician: Client) -> None:
    Membership.objects.create(user=world.clinician, clinic=world.far_clinic, role=Role.CLINICIAN)
    daily = {"mode": "flexible", "per_week": 7}
    line = RoutineLine(world.hamstring, world.hamstring.published.dosage)
    far = save_routine(world.stranger_clinician, world.far_clinic, name="Far", lines=[line], schedule=daily)
    address = reverse("desk:prescribe", args=[world.quinn.pk])
    assert clinician.get(address, {"routine": far.pk}).status_code == 404
    assert "Far" not in [r["routine"].published.name for r in clinician.get(address).context["routines"]]


def test_nonsense_in_the_address_is_nowhere(world: World, clinician: Client) -> None:
    address = reverse("desk:prescribe", args=[world.quinn.pk])
    assert clinician.get(address, {"routine": "x"}).status_code == 404
    assert clinician.get(address, {"former": "x"}).status_code == 404


# --- Prescribing


def test_what_was_typed_is_prescribed(world: World, send: Callable[..., Any]) -> None:
    response = send(form(row(world.hamstring, hold=45, note="Towel"), row(world.knee_to_chest, sets=2)))
    assert response.url == reverse("desk:patient", args=[world.quinn.pk])
    prescription = world.quinn.prescriptions.get()
    revision = prescription.revisions.get()
    assert (prescription.name, prescription.starts_on, prescription.ends_on) == (
        "For the evening",
        TODAY,
        None,
    )
    assert (revision.weekdays, revision.times_per_day, revision.created_by) == ([0, 2, 4], 1, world.clinician)
    assert [(i.exercise_revision.name, i.hold, i.sets, i.note) for i in revision.items.all()] == [
        ("Lying hamstring stretch", 45, 1, "Towel"),
        ("Knee to chest", 30, 2, ""),
    ]
    assert AuditEvent.objects.filter(verb="prescription.prescribed", actor=world.clinician).exists()


def test_the_routine_is_remembered(world: World, send: Callable[..., Any]) -> None:
    send(form(row(world.hamstring), routine=str(world.routine.pk)))
    assert world.quinn.prescriptions.get().routine == world.routine


def test_a_flexible_schedule_leaves_the_fixed_fields_alone(world: World, send: Callable[..., Any]) -> None:
    send(form(row(world.hamstring), mode="flexible", per_week="4", weekdays=[], times_per_day="x"))
    revision = world.quinn.prescriptions.get().revisions.get()
    assert (revision.mode, revision.per_week, revision.weekdays) == ("flexible", 4, [])


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"name": ""}, "name"),
        ({"ends_on": "2026-11-18"}, "ends_on"),
        ({"starts_on": ""}, "starts_on"),
        ({"starts_on": "19.11.2026"}, "starts_on"),
        ({"starts_on": "2026-11-18"}, "starts_on"),
        ({"weekdays": []}, "weekdays"),
        ({"weekdays": ["7"]}, "weekdays"),
        ({"times_per_day": ""}, "times_per_day"),
        ({"times_per_day": "7"}, "times_per_day"),
        ({"mode": "flexible", "per_week": "15"}, "per_week"),
        ({"mode": "flexible", "per_week": ""}, "per_week"),
        ({"mode": "sometimes"}, "mode"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_at_its_field(
    world: World, send: Callable[..., Any], typed: dict[str, object], wrong: str
) -> None:
    response = send(form(row(world.hamstring, hold=47), **typed))
    assert response.status_code == 422
    assert errors_of(response) == {wrong}
    assert 'value="47"' in response.content.decode()
    assert not world.quinn.prescriptions.exists()


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"hold": 0}, "hold"),
        ({"hold": 3600}, "hold"),
        ({"hold": "half a minute"}, "hold"),
        ({"hold": ""}, "hold"),
        ({"sets": 0}, "sets"),
        ({"sets": 11}, "sets"),
        ({"repetitions": 31}, "repetitions"),
        ({"rest": -1}, "rest"),
        ({"rest": 601}, "rest"),
        ({"sides": "upper"}, "sides"),
    ],
)
def test_a_dosage_that_cannot_be_is_refused_at_its_field(
    world: World, send: Callable[..., Any], typed: dict[str, object], wrong: str
) -> None:
    response = send(form(row(world.knee_to_chest), row(world.hamstring, **typed), note="Keep this"))
    assert errors_of(response) == {f"1.{wrong}"}
    assert "Keep this" in response.content.decode()
    assert not world.quinn.prescriptions.exists()


def test_several_mistakes_are_named_at_once(world: World, send: Callable[..., Any]) -> None:
    response = send(form(row(world.hamstring, hold=0, sets=0), name="", ends_on="2026-01-01"))
    assert errors_of(response) == {"0.hold", "0.sets", "name", "ends_on"}


def test_a_missing_override_is_named_with_the_other_mistakes(world: World, send: Callable[..., Any]) -> None:
    Patient.objects.filter(pk=world.quinn.pk).update(conditions=["osteoporosis"])
    response = send(form(row(world.hamstring, hold=0)))
    assert errors_of(response) == {"0.hold", "0.override_reason"}


def test_an_empty_routine_is_refused(world: World, send: Callable[..., Any]) -> None:
    assert errors_of(send(form())) == {"items"}
    assert errors_of(send(form(**{"items-TOTAL_FORMS": "many"}))) == {"items"}


def test_too_many_exercises_are_refused(world: World, send: Callable[..., Any]) -> None:
    assert errors_of(send(form(*[row(world.hamstring)] * 31))) == {"items"}
    assert errors_of(send(form(*[row(world.hamstring)] * 5, **{"items-TOTAL_FORMS": "100000"}))) != set()
    assert not world.quinn.prescriptions.exists()


def test_a_row_that_was_emptied_is_not_passed_over(world: World, send: Callable[..., Any]) -> None:
    blank = dict.fromkeys(row(world.hamstring), "")
    assert "1.exercise" in errors_of(send(form(row(world.hamstring), blank)))


def test_an_unpublished_exercise_is_refused_at_its_row(world: World, send: Callable[..., Any]) -> None:
    draft = Revision.objects.create(
        exercise=Exercise.objects.create(slug="draft"), number=1, name="Secret draft", hold=30
    )
    response = send(form(row(world.hamstring), row(world.hamstring, exercise=draft.pk)))
    assert errors_of(response) == {"1.exercise"}
    assert "Secret draft" not in response.content.decode()


def test_another_clinics_exercise_is_refused_and_not_even_named(
    world: World, send: Callable[..., Any]
) -> None:
    Membership.objects.create(user=world.clinician, clinic=world.far_clinic, role=Role.CLINICIAN)
    theirs = make_exercise("Their own stretch", clinic=world.far_clinic)
    response = send(form(row(theirs)))
    assert errors_of(response) == {"0.exercise"}
    assert "Their own stretch" not in response.content.decode()
    assert rows_of(send(form(do=f"add:{published(theirs).pk}"))) == []


def test_an_exercise_that_was_retired_in_the_meantime_is_named_and_refused(
    world: World, send: Callable[..., Any]
) -> None:
    world.hamstring.retired_at = timezone.now()
    world.hamstring.save()
    response = send(form(row(world.hamstring, hold=45)))
    assert errors_of(response) == {"0.exercise"}
    assert rows_of(response) == ["Lying hamstring stretch"]


def test_a_retired_exercise_goes_on_in_any_revision_where_the_patient_has_had_it(
    world: World, clinician: Client
) -> None:
    """The page offers what the verb takes: the newer revision of a retired exercise too."""
    newer = published(world.hamstring)
    newer.pk, newer.number, newer._state.adding = uuid4(), newer.number + 1, True
    newer.save()
    Exercise.objects.filter(pk=world.hamstring.pk).update(published=newer, retired_at=timezone.now())
    world.hamstring.refresh_from_db()
    sent = form(row(world.hamstring))
    for patient, status in {world.pat: 302, world.quinn: 422}.items():
        assert clinician.post(reverse("desk:prescribe", args=[patient.pk]), sent).status_code == status


# --- Cautions


def test_avoid_needs_a_written_reason(world: World, send: Callable[..., Any]) -> None:
    Patient.objects.filter(pk=world.quinn.pk).update(conditions=["osteoporosis"])
    response = send(form(row(world.hamstring)))
    assert errors_of(response) == {"0.override_reason"}
    assert "osteoporosis" in response.content.decode()
    assert send(form(row(world.hamstring, override_reason="Lying, no load"))).status_code == 302
    item = world.quinn.prescriptions.get().revisions.get().items.get()
    assert item.override_reason == "Lying, no load"


@pytest.mark.parametrize("level", ["ask", "modify"])
def test_ask_and_modify_only_warn(world: World, send: Callable[..., Any], level: str) -> None:
    Patient.objects.filter(pk=world.quinn.pk).update(conditions=["knee"])
    Revision.objects.update(cautions=[{"tag": "knee", "level": level, "note": "Cushion below"}])
    assert "Cushion below" in send(form(row(world.hamstring), do="look")).content.decode()
    assert send(form(row(world.hamstring))).status_code == 302


# --- Presses that write nothing


def test_rows_move_go_and_come_with_everything_typed_kept(world: World, send: Callable[..., Any]) -> None:
    both = (row(world.hamstring, hold="fast"), row(world.knee_to_chest, note="Slowly"))
    for do, names in {
        "up:1": ["Knee to chest", "Lying hamstring stretch"],
        "down:0": ["Knee to chest", "Lying hamstring stretch"],
        "up:0": ["Lying hamstring stretch", "Knee to chest"],
        "remove:0": ["Knee to chest"],
        "remove:7": ["Lying hamstring stretch", "Knee to chest"],
        "up:-1": ["Lying hamstring stretch", "Knee to chest"],
        "dance": ["Lying hamstring stretch", "Knee to chest"],
        f"add:{published(world.hamstring).pk}": [
            "Lying hamstring stretch",
            "Knee to chest",
            "Lying hamstring stretch",
        ],
        "add:x": ["Lying hamstring stretch", "Knee to chest"],
    }.items():
        response = send(form(*both, do=do, ends_on="whenever"))
        assert rows_of(response) == names, do
        assert errors_of(response) == set()
        page = response.content.decode()
        assert "Slowly" in page
        assert 'value="whenever"' in page
        assert ('value="fast"' in page) is (do != "remove:0")
    assert not world.quinn.prescriptions.exists()


def test_a_search_finds_what_the_library_finds(world: World, send: Callable[..., Any]) -> None:
    again = publishing.save_draft(None, world.knee_to_chest, {"synonyms": ["Pawanmuktasana", "पवनमुक्तासन"]})
    Revision.objects.filter(pk=world.knee_to_chest.published_id).update(words=again.words)

    def found(text: str) -> list[str]:
        return [revision.name for revision in send(form(do="look", find=text)).context["found"]]

    assert found("") == ["Knee to chest", "Lying hamstring stretch"]
    assert found("hamSTRING") == ["Lying hamstring stretch"]
    assert found("pawan") == ["Knee to chest"]
    assert found("chest knee") == ["Knee to chest"]
    assert found("पवन") == ["Knee to chest"]
    assert found("handstand") == []


def test_the_estimate_follows_the_dosage_and_skips_what_is_none(world: World, clinician: Client) -> None:
    def estimate(*rows: dict[str, object]) -> Any:
        address = reverse("desk:estimate", args=[world.quinn.pk])
        return clinician.post(address, form(*rows, do="look"))

    one = estimate(row(world.hamstring, hold=60, sides="none"))
    assert one.context["bench"].seconds == 5 + 60 + 3
    two = estimate(row(world.hamstring, hold=60, sides="none"), row(world.hamstring, hold="long"))
    assert two.context["bench"].seconds == 5 + 60 + 3
    assert "about 2 min" in two.content.decode()


def test_more_than_four_exercises_are_nudged(world: World, send: Callable[..., Any]) -> None:
    words = "People do fewer exercises"
    assert words not in send(form(*[row(world.hamstring)] * 4, do="look")).content.decode()
    assert words in send(form(*[row(world.hamstring)] * 5, do="look")).content.decode()
    assert send(form(*[row(world.hamstring)] * 5)).status_code == 302


# --- Who may


@pytest.mark.parametrize("name", ["prescribe", "estimate", "amend"])
def test_only_those_who_prescribe_may_come_here(world: World, signed_in: SignIn, name: str) -> None:
    subject = world.prescription if name == "amend" else world.pat
    address = reverse(f"desk:{name}", args=[subject.pk])
    for user, status in {
        world.viewer: 403,
        world.assistant: 403,
        world.patient: 403,
        world.stranger_clinician: 404,
        world.stranger: 404,
        world.curator: 404,
    }.items():
        client = signed_in(user)
        assert client.post(address, form(row(world.hamstring))).status_code == status
    assert Prescription.objects.count() == 1
    assert world.prescription.revisions.count() == 1


def test_a_prescription_is_written_with_few_queries(
    world: World, clinician: Client, django_assert_max_num_queries: Any
) -> None:
    few, many = [world.hamstring] * 2, [world.hamstring] * 12
    address = reverse("desk:estimate", args=[world.quinn.pk])
    for exercises in (few, many):
        with django_assert_max_num_queries(9):
            clinician.post(address, form(*[row(e) for e in exercises], do="look"))
