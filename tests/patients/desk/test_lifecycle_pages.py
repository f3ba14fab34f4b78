"""docs/rules.md 2 and 3: details, and the acts of a patient's life cycle, through the desk's pages."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import Membership, Role, User
from exercises.models import Condition
from patients import alerts, lifecycle, people, prescribing
from patients.lines import Line, lines_now
from patients.models import Patient
from patients.models.alerts import Rule
from patients.models.people import PatientState
from tests.patients.caring import raise_alert
from tests.patients.desk.conftest import NOW, TODAY
from tests.world import World, make_user

SignIn = Callable[[User], Client]
DAY = dt.timedelta(days=1)


@pytest.fixture
def act(world: World, signed_in: SignIn) -> Callable[..., Any]:
    def post(page: str, /, user: User | None = None, patient: Patient | None = None, **typed: object) -> Any:
        address = reverse(f"desk:{page}", args=[(patient or world.pat).pk])
        return signed_in(user or world.clinician).post(address, typed)

    return post


@pytest.fixture
def page(world: World, signed_in: SignIn) -> Callable[..., str]:
    def get(name: str = "patient", user: User | None = None, patient: Patient | None = None) -> str:
        address = reverse(f"desk:{name}", args=[(patient or world.pat).pk])
        return " ".join(signed_in(user or world.clinician).get(address).content.decode().split())

    return get


def shown(patient: Patient, **typed: object) -> dict[str, object]:
    """The details form as a browser sends it: what stands in it, what was shown first, and what was typed."""
    stands = {
        "name": patient.name,
        "birth_date": patient.birth_date.isoformat() if patient.birth_date else "",
        "reference": patient.reference,
        "conditions": list(patient.conditions),
        "language": patient.language,
    }
    return {f"initial-{name}": value for name, value in stands.items()} | stands | typed


def fresh(patient: Patient) -> Patient:
    return Patient.objects.get(pk=patient.pk)


# --- Details


def test_an_assistant_corrects_the_details(world: World, act: Callable[..., Any]) -> None:
    typed = shown(world.pat, name="Pat Able", birth_date="1981-05-17", reference="")
    response = act("details", user=world.assistant, **typed)
    assert response.url == reverse("desk:patient", args=[world.pat.pk])
    found = fresh(world.pat)
    assert (found.name, found.birth_date, found.reference) == ("Pat Able", dt.date(1981, 5, 17), "")


def test_a_form_that_was_open_for_long_does_not_undo_what_a_colleague_told(
    world: World, act: Callable[..., Any]
) -> None:
    opened = shown(world.pat, name="Pat Able")
    people.change_details(world.owner, world.pat, conditions=["osteoporosis"])
    act("details", **opened)
    assert (fresh(world.pat).name, fresh(world.pat).conditions) == ("Pat Able", ["osteoporosis"])


def test_the_form_carries_what_it_showed(world: World, page: Callable[..., str]) -> None:
    people.change_details(world.owner, world.pat, conditions=["osteoporosis", "knee"])
    form = page("details").partition("<form class")[2]
    for name in ("name", "birth_date", "reference"):
        assert form.count(f'name="initial-{name}"') == 1
    assert form.count('name="initial-conditions"') == 2


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("name", {"name": ""}),
        ("reference", {"reference": "QUINN-1"}),
        ("birth_date", {"birth_date": "17.5.1980"}),
        ("birth_date", {"birth_date": "2027-01-01"}),
        ("conditions", {"conditions": ["gout"]}),
    ],
)
def test_what_is_wrong_is_said_at_its_field_with_the_rest_kept(
    world: World, act: Callable[..., Any], field: str, typed: dict[str, object]
) -> None:
    response = act("details", **shown(world.pat, **({"name": "Pat Able"} | typed)))
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {field}
    if field != "name":
        assert "Pat Able" in response.content.decode()
    assert fresh(world.pat).name == "Pat"


def test_a_corrected_address_is_invited_at_once(world: World, act: Callable[..., Any]) -> None:
    nora = people.invite_patient(world.clinician, world.clinic, name="Nora", email="nora@exmaple.org")
    typed = {"email": "nora@example.org", "initial-email": nora.email}
    act("details", patient=nora, **shown(nora, **typed))
    invitation = fresh(nora).invitation
    assert invitation is not None
    assert invitation.email == "nora@example.org"


def test_whoever_signs_in_keeps_their_own_address(world: World, act: Callable[..., Any]) -> None:
    act("details", **shown(world.pat, email="elsewhere@example.org"))
    assert fresh(world.pat).email == "pat@example.org"


# --- Conditions, and what is prescribed already


def test_a_new_condition_that_meets_an_exercise_in_force_is_told_at_once(
    world: World, act: Callable[..., Any], page: Callable[..., str]
) -> None:
    assert "do not go together" not in page()
    act("details", **shown(world.pat, conditions=["osteoporosis"]))
    told = page()
    assert "“Six stretches” and the conditions do not go together" in told
    assert "<strong>Knee to chest</strong>: avoid, osteoporosis or a vertebral fracture." in told
    assert "A clinician has to look at it" in page(user=world.assistant)
    act("details", **shown(fresh(world.pat), conditions=[]))
    assert "do not go together" not in page()


def test_a_written_reason_answers_it_until_another_condition_comes(
    world: World, page: Callable[..., str], clock: Any
) -> None:
    people.change_details(world.clinician, world.pat, conditions=["osteoporosis"])
    clock.shift(60)
    latest = lines_now(world.prescription)
    answered = [Line(line.exercise_revision, line.dosage, "", "Gently, seen in practice") for line in latest]
    schedule = prescribing.Fixed(frozenset(range(7)), 1)
    prescribing.amend(world.clinician, world.prescription, lines=answered, schedule=schedule, expected=1)
    assert "do not go together" not in page()
    clock.shift(60)
    people.change_details(world.clinician, world.pat, conditions=["osteoporosis", "pregnancy"])
    assert "do not go together" in page()


def test_the_builder_checks_against_the_new_condition(
    world: World, act: Callable[..., Any], signed_in: SignIn
) -> None:
    act("details", **shown(world.pat, conditions=["osteoporosis"]))
    builder = signed_in(world.clinician).get(reverse("desk:amend", args=[world.prescription.pk]))
    assert str(Condition.OSTEOPOROSIS.label) in builder.content.decode()


# --- Life cycle


def test_a_discharge_says_what_will_change_and_can_be_taken_back(
    world: World, act: Callable[..., Any], page: Callable[..., str]
) -> None:
    assert "One prescription stops as of that day: Six stretches." in page("discharge")
    act("discharge", on=TODAY.isoformat(), reason="Goal reached")
    told = page()
    assert "Discharged on Thu 19 Nov 2026 by Clinician: Goal reached" in told
    assert reverse("desk:prescribe", args=[world.pat.pk]) not in told
    assert "Goes on as before: Six stretches." in page("readmit")
    act("readmit")
    assert fresh(world.pat).state == PatientState.ACTIVE


def test_a_discharge_to_come_stands_on_the_page(
    world: World, act: Callable[..., Any], page: Callable[..., str]
) -> None:
    act("discharge", on=(TODAY + 7 * DAY).isoformat(), reason="Last visit")
    told = page()
    assert "To be discharged on Thu 26 Nov 2026, by Clinician: Last visit" in told
    assert "nothing is due from Thu 26 Nov 2026 on" in told
    assert reverse("desk:discharge", args=[world.pat.pk]) not in told


def test_a_discharge_that_cannot_be_keeps_what_was_typed(world: World, act: Callable[..., Any]) -> None:
    raise_alert(world.pat, Rule.PAIN_HIGH, NOW)
    response = act("discharge", on=TODAY.isoformat(), reason="Goal reached")
    assert response.status_code == 422
    assert "Look at it first" in response.content.decode()
    assert "Goal reached" in response.content.decode()
    assert fresh(world.pat).state == PatientState.ACTIVE


def test_stopping_is_a_prescribers_and_so_is_the_discharge(world: World, act: Callable[..., Any]) -> None:
    for name in ("discharge", "readmit"):
        assert act(name, user=world.assistant, reason="Done").status_code == 403
    assert fresh(world.pat).state == PatientState.ACTIVE


def test_an_assistant_makes_somebody_inactive_and_active_again(
    world: World, act: Callable[..., Any], page: Callable[..., str]
) -> None:
    act("deactivate", user=world.assistant, reason="Abroad for a year")
    told = page(user=world.assistant)
    assert "Inactive since Thu 19 Nov 2026, by Assistant: Abroad for a year" in told
    assert reverse("desk:reactivate", args=[world.pat.pk]) in told
    assert reverse("desk:reactivate", args=[world.pat.pk]) not in page(user=world.viewer)
    act("reactivate", user=world.assistant)
    assert fresh(world.pat).state == PatientState.ACTIVE


def test_a_patient_is_moved_to_a_colleague(
    world: World, act: Callable[..., Any], page: Callable[..., str]
) -> None:
    act("move", user=world.assistant, clinician=world.owner.pk)
    assert fresh(world.pat).clinician == world.owner
    assert "in the care of Owner" in page()


@pytest.mark.parametrize("who", ["", "assistant", "stranger_clinician", "clinician"])
def test_only_another_prescriber_of_the_clinic_can_be_chosen(
    world: World, act: Callable[..., Any], who: str
) -> None:
    response = act("move", clinician=getattr(world, who).pk if who else "")
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"clinician"}


def test_where_nobody_else_prescribes_the_page_says_so(world: World, page: Callable[..., str]) -> None:
    Membership.objects.filter(user=world.owner).update(role=Role.VIEWER)
    assert "Nobody else in this clinic prescribes" in page("move")


# --- The roster


def names(world: World, client: Client, **query: str) -> list[str]:
    response = client.get(reverse("desk:roster", args=[world.clinic.pk]), query)
    return [row.patient.name for row in response.context["rows"]]


def test_who_is_out_of_care_is_out_of_the_list_and_reached_by_the_filter(
    world: World, signed_in: SignIn
) -> None:
    lifecycle.deactivate(world.assistant, world.pat, reason="Abroad")
    lifecycle.discharge(world.clinician, world.quinn, reason="Done")
    client = signed_in(world.viewer)
    assert names(world, client) == []
    assert names(world, client, who="inactive") == ["Pat"]
    assert names(world, client, who="discharged") == ["Quinn"]
    assert names(world, client, who="everybody") == ["Pat", "Quinn"]
    assert names(world, client, q="qui") == ["Quinn"]
    assert names(world, client, q="qui", who="inactive") == []


def test_a_critical_alert_that_came_late_keeps_the_patient_in_sight(world: World, signed_in: SignIn) -> None:
    lifecycle.discharge(world.clinician, world.pat, reason="Done")
    alert = raise_alert(world.pat, Rule.PAIN_HIGH, NOW)
    client = signed_in(world.clinician)
    assert names(world, client) == ["Pat", "Quinn"]
    alerts.resolve(world.clinician, alert, note="Called")
    assert names(world, client) == ["Quinn"]


def test_a_former_colleague_is_not_offered(world: World, page: Callable[..., str]) -> None:
    former = make_user("former")
    Membership.objects.create(user=former, clinic=world.clinic, role=Role.CLINICIAN, is_active=False)
    assert "Former" not in page("move").partition("<form")[2]
