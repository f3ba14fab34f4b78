"""Patients' details and life cycle through the API: the same verbs and the same door as the pages."""

import datetime as dt
from typing import Any
from uuid import uuid4

import pytest
import time_machine

from clinic import people as colleagues
from clinic import tokens
from clinic.models import AuditEvent, User
from patients import paper, people
from patients.models import Patient, Session
from patients.models.people import PatientState
from tests.patients.test_api import NOW, TODAY, Api, fields
from tests.world import World, make_session

DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def patch(user: User, path: str, body: dict[str, Any]) -> Any:
    _token, secret = tokens.create(None, user, "tests")
    client = Api(user).client
    headers = {"Authorization": f"Bearer {secret}"}
    return client.patch(f"/api/v1/{path}", body, content_type="application/json", headers=headers)


def at(patient: Patient, act: str = "") -> str:
    return f"patients/{patient.pk}/" + (f"{act}/" if act else "")


def test_details_change_by_what_is_given(world: World) -> None:
    response = patch(world.assistant, at(world.pat), {"conditions": ["knee"], "birth_date": None})
    assert response.status_code == 200
    told = response.json()
    assert (told["name"], told["conditions"], told["birth_date"]) == ("Pat", ["knee"], None)
    assert AuditEvent.objects.get(verb="patient.details_changed").via == "api"


def test_details_that_cannot_be_are_answered_by_field(world: World) -> None:
    body = {"name": "", "reference": "QUINN-1", "birth_date": "2027-01-01", "email": "a@example.org"}
    response = patch(world.assistant, at(world.pat), body)
    assert (response.status_code, fields(response)) == (400, set(body))


@pytest.mark.parametrize("body", [{"conditions": ["gout"]}, {"birth_date": "1.2.1980"}, {"name": None}])
def test_what_has_another_shape_is_answered_by_field(world: World, body: dict[str, Any]) -> None:
    response = patch(world.assistant, at(world.pat), body)
    assert response.status_code == 400
    assert {name.split(".")[0] for name in fields(response)} == set(body)


def test_a_clinician_is_named_at_the_invitation_and_moved_later(world: World) -> None:
    body = {"clinic": str(world.clinic.pk), "name": "Nora New", "email": "nora@example.org"}
    api = Api(world.assistant)
    response = api.post("patients/", body | {"clinician": str(world.stranger_clinician.pk)})
    assert (response.status_code, fields(response)) == (400, {"clinician"})
    nora = api.post("patients/", body | {"clinician": str(world.clinician.pk)}).json()
    assert nora["clinician"] == str(world.clinician.pk)
    moved = api.post(f"patients/{nora['id']}/move/", {"clinician": str(world.owner.pk)})
    assert moved.json()["clinician"] == str(world.owner.pk)
    for user in (world.assistant, world.stranger_clinician):
        response = api.post(f"patients/{nora['id']}/move/", {"clinician": str(user.pk)})
        assert (response.status_code, fields(response)) == (400, {"clinician"})


def test_inviting_again_at_a_corrected_address(world: World) -> None:
    nora = people.invite_patient(world.clinician, world.clinic, name="Nora", email="nora@exmaple.org")
    response = Api(world.assistant).post(at(nora, "reinvite"), {"email": "nora@example.org"})
    assert (response.status_code, response.json()["email"]) == (200, "nora@example.org")
    refused = Api(world.assistant).post(at(world.pat, "reinvite"), {})
    assert (refused.status_code, fields(refused)) == (400, {"patient"})


def test_inactive_and_active_again(world: World) -> None:
    api = Api(world.assistant)
    response = api.post(at(world.pat, "deactivate"), {"reason": "Abroad"})
    assert response.json()["state"] == PatientState.INACTIVE
    assert Api(world.patient).get(at(world.pat)).status_code == 404
    assert api.post(at(world.pat, "reactivate"), {}).json()["state"] == PatientState.ACTIVE


def test_a_discharge_today_and_one_to_come(world: World) -> None:
    api = Api(world.clinician)
    coming = api.post(at(world.pat, "discharge"), {"reason": "Last visit", "on": str(TODAY + 7 * DAY)}).json()
    assert (coming["state"], coming["leaves_on"]) == ("active", "2026-11-26")
    back = api.post(at(world.pat, "readmit"), {}).json()
    assert (back["state"], back["leaves_on"]) == ("active", None)
    assert api.post(at(world.pat, "discharge"), {"reason": "Done"}).json()["state"] == "discharged"
    assert api.get(f"prescriptions/{world.prescription.pk}/").json()["stopped_from"] == str(TODAY)


def test_a_discharge_without_a_reason_is_refused(world: World) -> None:
    response = Api(world.clinician).post(at(world.pat, "discharge"), {"reason": "", "on": str(TODAY - DAY)})
    assert (response.status_code, fields(response)) == (400, {"reason", "on"})


def test_the_patient_does_not_read_why_they_were_discharged(world: World) -> None:
    Api(world.clinician).post(at(world.pat, "discharge"), {"reason": "Did not come any more"})
    assert "Did not come" not in Api(world.patient).get(at(world.pat)).content.decode()


ACTS = ("reinvite", "move", "deactivate", "reactivate", "discharge", "readmit")


@pytest.mark.parametrize("act", ACTS)
def test_an_act_is_forbidden_to_a_viewer_and_unknown_to_a_stranger(world: World, act: str) -> None:
    assert Api(world.viewer).post(at(world.pat, act), {"reason": "No"}).status_code == 403
    assert Api(world.stranger_clinician).post(at(world.pat, act), {"reason": "No"}).status_code == 404
    assert not AuditEvent.objects.filter(subject_id=world.pat.pk).exists()


def test_an_assistant_does_not_discharge(world: World) -> None:
    for act in ("discharge", "readmit"):
        assert Api(world.assistant).post(at(world.pat, act), {"reason": "Done"}).status_code == 403


def correction(session: Session, **changes: Any) -> dict[str, Any]:
    items = [{"item": str(row.item_id), "sets": row.sets} for row in session.items.all()]
    return {"reason": "Misheard", "pain_before": 4, "pain_after": 5, "items": items} | changes


def test_staff_correct_a_session_with_a_reason(world: World) -> None:
    session = make_session(world.prescription, TODAY - 3 * DAY)
    path = f"sessions/{session.pk}/correct/"
    refused = Api(world.assistant).post(path, correction(session, reason=""))
    assert (refused.status_code, fields(refused)) == (400, {"reason"})
    told = Api(world.assistant).post(path, correction(session, items=[])).json()
    assert (told["pain_after"], told["performed_sets"], told["local_date"]) == (5, 0, "2026-11-16")
    assert session.versions.get().content["pain_after"] == 3


def test_a_patient_corrects_on_the_day_itself(world: World) -> None:
    today, before = (make_session(world.prescription, TODAY - ago * DAY, at=dt.time(8)) for ago in (0, 1))
    api = Api(world.patient)
    assert api.post(f"sessions/{today.pk}/correct/", correction(today, reason="")).status_code == 200
    refused = api.post(f"sessions/{before.pk}/correct/", correction(before))
    assert (refused.status_code, fields(refused)) == (400, {"session"})


def test_a_correction_that_cannot_be_is_answered_by_field(world: World) -> None:
    session = make_session(world.prescription, TODAY - DAY)
    rows = [{"item": str(uuid4()), "sets": []}]
    response = Api(world.assistant).post(
        f"sessions/{session.pk}/correct/", correction(session, pain_after=11, items=rows)
    )
    assert (response.status_code, fields(response)) == (400, {"pain_after", "items.0.item"})


def file_body(world: World, content: str, **changes: Any) -> dict[str, Any]:
    ids = {"clinic": str(world.clinic.pk), "clinician": str(world.clinician.pk)}
    return ids | {"content": content, "file_name": "patients.csv"} | changes


class TestImports:
    CONTENT = "name,email,reference\nAda Far,ada@example.org,A-1\nPat,,PAT-1\n"

    def test_a_file_is_shown_and_then_confirmed(self, world: World) -> None:
        api = Api(world.assistant)
        response = api.post("imports/", file_body(world, self.CONTENT))
        told = response.json()
        assert (response.status_code, [row["state"] for row in told["rows"]]) == (201, ["new", "known"])
        assert told["rows"][1]["patient"] == str(world.pat.pk)
        assert world.clinic.patients.count() == 2
        done = api.post(f"imports/{told['id']}/confirm/", {}).json()
        assert (done["taken_in"], done["left_alone"], done["rows"]) == (1, 1, [])
        assert api.post(f"imports/{told['id']}/confirm/", {}).status_code == 409
        assert world.clinic.patients.count() == 3

    def test_wrong_rows_are_named_and_nobody_is_taken_in(self, world: World) -> None:
        api = Api(world.assistant)
        told = api.post("imports/", file_body(world, "name,email,reference\nAda,here,A-1\nBo,,B-2\n")).json()
        assert told["rows"][0]["errors"][0]["column"] == "email"
        refused = api.post(f"imports/{told['id']}/confirm/", {})
        assert (refused.status_code, fields(refused)) == (400, {"lines.2.email"})
        assert api.get(f"imports/{told['id']}/").json()["rows"][1]["state"] == "new"
        assert world.clinic.patients.count() == 2

    @pytest.mark.parametrize("content", ["colour\nblue\n", 'name\n"Ada\n', "name,reference\nAda\x0b,A\x00"])
    def test_a_file_that_is_none_is_answered_by_field(self, world: World, content: str) -> None:
        response = Api(world.assistant).post("imports/", file_body(world, content))
        assert response.status_code == 400
        assert fields(response) <= {"file", "content"}

    def test_the_wall_stands(self, world: World) -> None:
        body = file_body(world, self.CONTENT)
        assert Api(world.viewer).post("imports/", body).status_code == 403
        stranger = Api(world.stranger_clinician).post("imports/", body)
        assert (stranger.status_code, fields(stranger)) == (400, {"clinic"})
        other = body | {"clinician": str(world.stranger_clinician.pk)}
        refused = Api(world.assistant).post("imports/", other)
        assert (refused.status_code, fields(refused)) == (400, {"clinician"})
        told = Api(world.assistant).post("imports/", body).json()
        for user, status in ((world.owner, 403), (world.viewer, 403), (world.stranger_clinician, 404)):
            assert Api(user).get(f"imports/{told['id']}/").status_code == status
            assert Api(user).post(f"imports/{told['id']}/confirm/", {}).status_code == status


def test_whoever_has_no_address_is_taken_in_and_gets_a_code_on_paper(world: World) -> None:
    api = Api(world.assistant)
    body = {"clinic": str(world.clinic.pk), "name": "Gerda Old", "email": "", "birth_date": "1940-02-03"}
    answer = api.post("patients/", body)
    assert answer.status_code == 201, answer.json()
    gerda = Patient.objects.get(pk=answer.json()["id"])
    printed = api.post(at(gerda, "paper-code"), {"size": "large"})
    assert (printed.status_code, printed["Content-Type"]) == (200, "application/pdf")
    assert printed.content.startswith(b"%PDF")
    assert colleagues.open_invitations().filter(patient=gerda).count() == 1
    paper.withdraw_code(world.assistant, gerda)
    assert not colleagues.open_invitations().filter(patient=gerda).exists()


def test_no_code_is_made_for_whoever_has_an_address(world: World) -> None:
    assert Api(world.assistant).post(at(world.pat, "paper-code"), {}).status_code == 400
