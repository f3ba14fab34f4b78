"""The care through the API: the same verbs and the same door as the pages."""

import datetime as dt
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client

from clinic import tokens
from clinic.models import User
from patients import prescribing
from patients.lines import lines_now
from patients.models import Patient, Prescription, Session
from patients.models.alerts import SafetyQuestion
from patients.schedule import Flexible
from tests.world import World, make_exercise, make_patient, make_prescription, make_session

NOW = dt.datetime(2026, 11, 19, 3, 30, tzinfo=dt.UTC)  # Thursday, 09:15 in Kathmandu
TODAY = dt.date(2026, 11, 19)


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


class Api:
    """One person with a key of their own."""

    def __init__(self, user: User) -> None:
        _token, secret = tokens.create(None, user, "tests")
        self.client = Client(headers={"Authorization": f"Bearer {secret}"})

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1/{path}", query)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return self.client.post(f"/api/v1/{path}", body, content_type="application/json")


def fields(response: Any) -> set[str]:
    """The fields that a problem answer names."""
    assert response.headers["Content-Type"] == "application/problem+json"
    return {error["field"] for error in response.json()["errors"]}


def prescription_body(world: World, **changes: Any) -> dict[str, Any]:
    return {
        "patient": str(world.quinn.pk),
        "routine": str(world.routine.pk),
        "schedule": {"mode": "fixed", "weekdays": [0, 2, 4], "times_per_day": 1},
        "starts_on": TODAY.isoformat(),
    } | changes


def session_body(world: World, **changes: Any) -> dict[str, Any]:
    items = world.prescription.revisions.get(number=1).items.all()
    return {
        "id": str(uuid4()),
        "prescription": str(world.prescription.pk),
        "revision": 1,
        "started_at": "2026-11-19T09:00:00+05:45",
        "ended_at": "2026-11-19T09:08:00+05:45",
        "pain_before": 3,
        "pain_after": 2,
        "difficulty": "about_right",
        "note": "",
        "source": "player",
        "items": [
            {"item": str(i.pk), "sets": [{"side": "left", "held": 30.0}, {"side": "right", "held": 30.0}]}
            for i in items
        ],
    } | changes


def screen_body(yes: str = "", **changes: Any) -> dict[str, Any]:
    answers = {question: question == yes for question in SafetyQuestion.values}
    return {"id": str(uuid4()), "answered_at": NOW.isoformat(), "answers": answers} | changes


class TestPatients:
    def test_staff_see_the_patients_of_their_clinic_alone(self, world: World) -> None:
        found = Api(world.viewer).get("patients/").json()["results"]
        assert {row["name"] for row in found} == {"Pat", "Quinn"}

    def test_a_patient_finds_themself_alone(self, world: World) -> None:
        found = Api(world.patient).get("patients/").json()["results"]
        assert [row["name"] for row in found] == ["Pat"]

    def test_an_assistant_invites_a_patient(self, world: World) -> None:
        body = {"clinic": str(world.clinic.pk), "name": "Nora New", "email": "nora@example.org"}
        response = Api(world.assistant).post("patients/", body)
        assert (response.status_code, response.json()["state"]) == (201, "invited")
        assert Patient.objects.get(email="nora@example.org").clinic == world.clinic

    def test_a_viewer_may_not_and_a_stranger_knows_of_no_such_clinic(self, world: World) -> None:
        body = {"clinic": str(world.clinic.pk), "name": "Nora New", "email": "nora@example.org"}
        assert Api(world.viewer).post("patients/", body).status_code == 403
        response = Api(world.stranger_clinician).post("patients/", body)
        assert (response.status_code, fields(response)) == (400, {"clinic"})

    def test_the_list_takes_the_same_number_of_queries_for_many(
        self, world: World, django_assert_max_num_queries: Any
    ) -> None:
        for n in range(10):
            make_patient(world.clinic, f"p{n}", world.clinician)
        api = Api(world.viewer)
        with django_assert_max_num_queries(6):
            assert api.get("patients/").json()["count"] == 12


class TestPrescriptions:
    def test_prescribing_from_a_routine_with_changed_dosage_and_a_schedule(self, world: World) -> None:
        item = {"exercise": str(world.knee_to_chest.pk), "hold": 45, "sets": 2}
        response = Api(world.clinician).post("prescriptions/", prescription_body(world, items=[item]))
        assert response.status_code == 201
        revision = response.json()["revisions"][0]
        assert revision["schedule"] == {"mode": "fixed", "weekdays": [0, 2, 4], "times_per_day": 1}
        assert [(i["hold"], i["sets"], i["sides"]) for i in revision["items"]] == [(45, 2, "both")]

    def test_without_items_the_routines_are_copied(self, world: World) -> None:
        body = Api(world.clinician).post("prescriptions/", prescription_body(world)).json()
        assert body["name"] == "Two stretches"
        assert len(body["revisions"][0]["items"]) == 2

    def test_an_assistant_does_not_prescribe(self, world: World) -> None:
        assert Api(world.assistant).post("prescriptions/", prescription_body(world)).status_code == 403
        assert not world.quinn.prescriptions.exists()

    def test_another_clinics_patient_and_exercise_are_unknown(self, world: World) -> None:
        theirs = str(world.stranger_patient.pk)
        api = Api(world.clinician)
        response = api.post("prescriptions/", prescription_body(world, patient=theirs))
        assert (response.status_code, fields(response)) == (400, {"patient"})
        exercise = make_exercise("Theirs", clinic=world.far_clinic)
        response = api.post(
            "prescriptions/", prescription_body(world, items=[{"exercise": str(exercise.pk)}])
        )
        assert fields(response) == {"items.0.exercise"}

    @pytest.mark.parametrize(
        ("changes", "named"),
        [
            ({"ends_on": "2026-11-18"}, {"ends_on"}),
            ({"starts_on": "2026-11-18"}, {"starts_on"}),
            ({"starts_on": "soon"}, {"starts_on"}),
            ({"schedule": {"mode": "fixed", "times_per_day": 2}}, {"schedule.weekdays"}),
            ({"schedule": {"mode": "flexible", "per_week": 15}}, {"schedule.per_week"}),
            ({"items": []}, {"items"}),
        ],
    )
    def test_bad_input_is_answered_by_field(
        self, world: World, changes: dict[str, Any], named: set[str]
    ) -> None:
        response = Api(world.clinician).post("prescriptions/", prescription_body(world, **changes))
        assert (response.status_code, fields(response)) == (400, named)
        assert not world.quinn.prescriptions.exists()

    def test_a_patient_does_not_read_why_the_clinic_changed_it(self, world: World) -> None:
        first, last = TODAY + dt.timedelta(days=1), TODAY + dt.timedelta(days=2)
        prescribing.pause(
            world.clinician, world.prescription, first_day=first, last_day=last, reason="Sensitive"
        )
        lines = lines_now(world.prescription)
        prescribing.amend(
            world.clinician,
            world.prescription,
            lines=lines,
            schedule=Flexible(2),
            expected=1,
            reason="Sensitive",
        )
        assert b"Sensitive" not in Api(world.patient).get(f"prescriptions/{world.prescription.pk}/").content

    def test_an_amendment_adds_a_revision_and_the_slower_editor_gets_409(self, world: World) -> None:
        body = {
            "expected": 1,
            "items": [{"exercise": str(world.hamstring.pk), "hold": 20}],
            "schedule": {"mode": "flexible", "per_week": 3},
        }
        api = Api(world.clinician)
        path = f"prescriptions/{world.prescription.pk}/revisions/"
        first = api.post(path, body)
        assert (first.status_code, first.json()["number"]) == (201, 2)
        assert api.post(path, body).status_code == 409
        assert world.prescription.revisions.count() == 2

    def test_an_amendment_keeps_the_revision_of_a_stretch_that_the_patient_has(self, world: World) -> None:
        had = world.knee_to_chest.published
        newer = world.knee_to_chest.revisions.create(
            number=2, name="Knee to chest", hold=99, state="published"
        )
        world.knee_to_chest.published = newer
        world.knee_to_chest.save()
        path = f"prescriptions/{world.prescription.pk}/revisions/"
        exercise = str(world.knee_to_chest.pk)
        body = {"items": [{"exercise": exercise}], "schedule": {"mode": "flexible", "per_week": 3}}
        api = Api(world.clinician)
        kept = api.post(path, body | {"expected": 1}).json()["items"][0]
        assert (kept["exercise_revision"], kept["hold"]) == (str(had and had.pk), 30)
        body["items"] = [{"exercise": exercise, "exercise_revision": str(newer.pk)}]
        chosen = api.post(path, body | {"expected": 2}).json()["items"][0]
        assert (chosen["exercise_revision"], chosen["hold"]) == (str(newer.pk), 99)
        body["items"] = [{"exercise": exercise, "exercise_revision": str(world.hamstring.published_id)}]
        assert fields(api.post(path, body | {"expected": 3})) == {"items.0.exercise"}

    def test_pausing_extending_and_stopping(self, world: World) -> None:
        api = Api(world.clinician)
        path = f"prescriptions/{world.prescription.pk}/"
        paused = api.post(path + "pauses/", {"first_day": "2026-11-20", "last_day": "2026-11-22"})
        assert paused.status_code == 201
        assert api.post(path + "extend/", {"ends_on": "2027-01-31"}).json()["ends_on"] == "2027-01-31"
        assert fields(api.post(path + "stop/", {"reason": ""})) == {"reason"}
        assert api.post(path + "stop/", {"reason": "Better"}).json()["stopped_from"] == "2026-11-19"

    @pytest.mark.parametrize("action", ["revisions", "pauses", "extend", "stop", "release"])
    def test_to_a_stranger_it_does_not_exist_and_to_a_viewer_it_is_forbidden(
        self, world: World, action: str
    ) -> None:
        path = f"prescriptions/{world.prescription.pk}/{action}/"
        assert Api(world.stranger_clinician).post(path, {}).status_code == 404
        assert Api(world.viewer).post(path, {}).status_code == 403
        assert Api(world.patient).post(path, {}).status_code == 403

    def test_the_list_takes_the_same_number_of_queries_for_many(
        self, world: World, django_assert_max_num_queries: Any
    ) -> None:
        for _n in range(10):
            make_prescription(world.pat, world.clinician, [world.hamstring], starts_on=TODAY)
        api = Api(world.viewer)
        with django_assert_max_num_queries(9):
            assert api.get("prescriptions/").json()["count"] == 11


class TestSessions:
    def test_sending_twice_answers_201_then_200_with_one_row(self, world: World) -> None:
        api, body = Api(world.patient), session_body(world)
        first, again = api.post("sessions/", body), api.post("sessions/", body)
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json() == again.json()
        assert first.json()["completion"] == 1.0
        assert Session.objects.count() == 1

    def test_the_same_uuid_with_other_content_is_409(self, world: World) -> None:
        api, body = Api(world.patient), session_body(world)
        api.post("sessions/", body)
        response = api.post("sessions/", body | {"pain_after": 9})
        assert (response.status_code, response.json()["status"]) == (409, 409)
        assert Session.objects.get().pain_after == 2

    def test_anothers_uuid_tells_nothing_about_it(self, world: World) -> None:
        body = session_body(world)
        Api(world.patient).post("sessions/", body)
        theirs = make_prescription(
            world.stranger_patient, world.stranger_clinician, [world.hamstring], starts_on=TODAY
        )
        item = theirs.revisions.get().items.get()
        body |= {"prescription": str(theirs.pk), "items": [{"item": str(item.pk), "sets": []}]}
        assert Api(world.stranger).post("sessions/", body).status_code == 409

    def test_a_strangers_prescription_is_unknown(self, world: World) -> None:
        response = Api(world.stranger).post("sessions/", session_body(world))
        assert (response.status_code, fields(response)) == (400, {"prescription"})

    def test_bad_values_are_answered_field_by_field(self, world: World) -> None:
        body = session_body(world, pain_before=11, difficulty="awful", started_at="2026-11-20T09:00:00+05:45")
        assert fields(Api(world.patient).post("sessions/", body)) >= {"difficulty"}
        body["difficulty"] = ""
        assert fields(Api(world.patient).post("sessions/", body)) == {"pain_before", "started_at", "ended_at"}

    def test_an_instant_needs_its_offset(self, world: World) -> None:
        body = session_body(world, started_at="2026-11-19T09:00:00")
        assert fields(Api(world.patient).post("sessions/", body)) == {"started_at"}

    def test_a_body_beyond_measure_is_refused_and_not_an_error_of_ours(self, world: World) -> None:
        api = Api(world.patient)
        assert api.post("sessions/", session_body(world, note="x" * 3_000_000)).status_code == 413
        deep = "[" * 100_000 + "]" * 100_000
        answer = api.client.post("/api/v1/sessions/", deep, content_type="application/json")
        assert answer.status_code == 400

    def test_what_staff_record_is_marked_as_told_to_the_clinic(self, world: World) -> None:
        api = Api(world.assistant)
        assert fields(api.post("sessions/", session_body(world))) == {"source"}
        assert api.post("sessions/", session_body(world, source="staff")).status_code == 201
        assert Session.objects.get().recorded_by == world.assistant

    def test_a_patient_cannot_pass_a_session_off_as_recorded_by_staff(self, world: World) -> None:
        assert fields(Api(world.patient).post("sessions/", session_body(world, source="import"))) == {
            "source"
        }

    def test_a_session_is_written_in_at_most_12_queries(
        self, world: World, django_assert_max_num_queries: Any
    ) -> None:
        api, body = Api(world.patient), session_body(world)
        api.get("today/")
        with django_assert_max_num_queries(12 + 2):  # and the two ends of the transaction
            assert api.post("sessions/", body).status_code == 201

    def test_voiding_is_for_staff_with_a_reason(self, world: World) -> None:
        session = make_session(world.prescription, TODAY)
        path = f"sessions/{session.pk}/void/"
        assert Api(world.patient).post(path, {"reason": "x"}).status_code == 403
        assert fields(Api(world.assistant).post(path, {"reason": ""})) == {"reason"}
        assert Api(world.assistant).post(path, {"reason": "Wrong person"}).json()["voided_at"]


class TestAdherence:
    window = {"from": "2026-11-05", "to": "2026-11-18"}

    def test_of_a_prescription_with_counts_and_days(self, world: World) -> None:
        make_session(world.prescription, TODAY - dt.timedelta(days=1))
        make_session(world.prescription, TODAY - dt.timedelta(days=2), done=2)
        found = (
            Api(world.viewer).get(f"prescriptions/{world.prescription.pk}/adherence/", **self.window).json()
        )
        assert (found["from"], found["to"], found["as_of"]) == ("2026-11-05", "2026-11-18", "2026-11-19")
        assert (found["due"], found["kept"], found["credit"], found["extra"]) == (14, 2, 1.5, 0)
        assert (found["frequency"], found["adherence"], found["band"]) == (0.1429, 0.1071, "off_track")
        assert found["days"][-1] == {
            "date": "2026-11-18",
            "due": 1,
            "kept": 1,
            "credit": 1.0,
            "extra": 0,
            "state": "done",
            "revision": 1,
        }

    def test_nothing_due_is_null_not_0_and_not_100_percent(self, world: World) -> None:
        found = Api(world.viewer).get(f"patients/{world.quinn.pk}/adherence/", **self.window).json()
        assert (found["due"], found["frequency"], found["adherence"]) == (0, None, None)

    def test_as_of_answers_as_if_that_date_were_today(self, world: World) -> None:
        path = f"prescriptions/{world.prescription.pk}/adherence/"
        found = Api(world.viewer).get(path, **self.window, as_of="2026-11-10").json()
        assert (found["due"], found["as_of"]) == (5, "2026-11-10")

    @pytest.mark.parametrize(
        ("window", "named"),
        [
            ({"from": "2026-11-18", "to": "2026-11-05"}, {"from"}),
            ({"from": "2006-11-18", "to": "2026-11-05"}, {"from"}),
            ({"from": "yesterday", "to": "2026-11-05"}, {"from"}),
            ({"to": "2026-11-05"}, {"from"}),
            ({"from": "0001-01-01", "to": "0001-01-05"}, {"from", "to"}),
            ({"from": "9999-12-30", "to": "9999-12-31"}, {"from", "to"}),
            ({"from": "2026-11-05", "to": "2026-11-18", "as_of": "0001-01-05"}, {"as_of"}),
            ({"from": "2026-11-05", "to": "2026-11-18", "as_of": "2026-11-04"}, {"as_of"}),
            ({"from": "2026-11-05", "to": "2026-11-30", "as_of": "2026-11-20"}, {"as_of"}),
        ],
    )
    def test_a_window_that_is_none_is_answered_by_field(
        self, world: World, window: dict[str, str], named: set[str]
    ) -> None:
        response = Api(world.viewer).get(f"prescriptions/{world.prescription.pk}/adherence/", **window)
        assert (response.status_code, fields(response)) == (400, named)

    def test_a_window_to_come_has_nothing_due_yet(self, world: World) -> None:
        path = f"prescriptions/{world.prescription.pk}/adherence/"
        found = Api(world.viewer).get(path, **{"from": "2026-11-25", "to": "2026-11-30"}).json()
        assert (found["due"], found["as_of"]) == (0, "2026-11-19")

    def test_the_longest_window_is_what_the_rules_can_count(self, world: World) -> None:
        path = f"prescriptions/{world.prescription.pk}/adherence/"
        first = TODAY - dt.timedelta(days=3652)
        window = {"from": first.isoformat(), "to": TODAY.isoformat()}
        assert Api(world.viewer).get(path, **window).status_code == 200
        window["from"] = (first - dt.timedelta(days=1)).isoformat()
        assert fields(Api(world.viewer).get(path, **window)) == {"from"}

    def test_it_is_the_patients_own_and_nobody_elses(self, world: World) -> None:
        path = f"prescriptions/{world.prescription.pk}/adherence/"
        assert Api(world.patient).get(path, **self.window).status_code == 200
        assert Api(world.stranger).get(path, **self.window).status_code == 404


class TestAdherenceOfAClinic:
    window = {"from": "2026-11-05", "to": "2026-11-18"}

    def test_each_patient_by_name_with_counts_and_band(self, world: World) -> None:
        make_session(world.prescription, TODAY - dt.timedelta(days=1))
        make_session(world.prescription, TODAY - dt.timedelta(days=2), done=2)
        found = Api(world.viewer).get("adherence/", **self.window).json()
        assert (found["count"], [row["name"] for row in found["results"]]) == (2, ["Pat", "Quinn"])
        assert found["results"][0] == {
            "patient": str(world.pat.pk),
            "name": "Pat",
            "reference": "PAT-1",
            "from": "2026-11-05",
            "to": "2026-11-18",
            "as_of": "2026-11-19",
            "due": 14,
            "kept": 2,
            "credit": 1.5,
            "extra": 0,
            "frequency": 0.1429,
            "adherence": 0.1071,
            "band": "off_track",
            "days": None,
        }
        quinn = found["results"][1]
        assert (quinn["due"], quinn["adherence"], quinn["band"]) == (0, None, "new")

    @pytest.mark.parametrize("as_of", [None, "2026-11-19", "2026-11-10"])
    def test_it_says_what_is_said_of_each_patient(self, world: World, as_of: str | None) -> None:
        make_session(world.prescription, dt.date(2026, 11, 9))
        asked = self.window | {"days": "true"} | ({"as_of": as_of} if as_of else {})
        api = Api(world.clinician)
        for row in api.get("adherence/", **asked).json()["results"]:
            one = api.get(f"patients/{row['patient']}/adherence/", **asked).json()
            assert {name: row[name] for name in one} == one

    def test_nobodys_day_to_come_counts_where_it_is_later_already(self, world: World) -> None:
        """In Kiritimati it is the 20th from 10:00 UTC on; as of that day Pat's own today still stands open."""
        make_patient(world.clinic, "far", world.clinician, zone="Pacific/Kiritimati")
        with time_machine.travel(dt.datetime(2026, 11, 19, 12, tzinfo=dt.UTC), tick=False):
            found = Api(world.viewer).get("adherence/", **self.window, as_of="2026-11-20").json()["results"]
        assert [(row["name"], row["as_of"]) for row in found] == [
            ("Far", "2026-11-20"),
            ("Pat", "2026-11-19"),
            ("Quinn", "2026-11-19"),
        ]

    def test_a_patient_finds_themself_and_a_clinic_is_a_wall(self, world: World) -> None:
        names = [
            [row["name"] for row in Api(user).get("adherence/", **self.window).json()["results"]]
            for user in (world.patient, world.stranger_clinician, world.curator)
        ]
        assert names == [["Pat"], ["Stranger"], []]
        asked = self.window | {"clinic": str(world.far_clinic.pk)}
        assert Api(world.owner).get("adherence/", **asked).json()["count"] == 0

    def test_a_page_takes_the_same_number_of_queries_for_many(
        self, world: World, django_assert_num_queries: Any
    ) -> None:
        api = Api(world.clinician)
        api.get("adherence/", **self.window)
        for more in (0, 5):
            for number in range(more):
                patient = make_patient(world.clinic, f"extra{number}", world.clinician)
                make_prescription(patient, world.clinician, [world.hamstring], starts_on=TODAY)
            with django_assert_num_queries(6):  # the key, the places, count and page, plans and sessions
                assert api.get("adherence/", **self.window, page_size=4).status_code == 200

    @pytest.mark.parametrize(
        ("changes", "named"),
        [
            ({"from": "2026-11-19"}, {"from"}),
            ({"from": "2025-11-17"}, {"from"}),
            ({"from": ""}, {"from"}),
            ({"to": "soon"}, {"to"}),
            ({"as_of": "2026-11-21"}, {"as_of"}),
            ({"as_of": "2026-11-04"}, {"as_of"}),
            ({"days": "maybe"}, {"days"}),
            ({"clinic": "mine"}, {"clinic"}),
        ],
    )
    def test_what_cannot_be_asked_is_answered_by_field(
        self, world: World, changes: dict[str, str], named: set[str]
    ) -> None:
        response = Api(world.viewer).get("adherence/", **(self.window | changes))
        assert (response.status_code, fields(response)) == (400, named)

    def test_a_year_can_be_asked_for(self, world: World) -> None:
        asked = {"from": "2025-11-18", "to": "2026-11-18"}
        assert Api(world.viewer).get("adherence/", **asked).status_code == 200


class TestTodayAndSafety:
    def test_today_tells_what_is_due_with_items_and_minutes(self, world: World) -> None:
        (today,) = Api(world.patient).get("today/").json()
        assert (today["state"], today["due"], today["done"]) == ("due", 1, 0)
        assert [item["name"] for item in today["items"]] == ["Knee to chest", "Lying hamstring stretch"]
        assert today["seconds"] > 120

    def test_staff_have_no_today(self, world: World) -> None:
        assert Api(world.clinician).get("today/").json() == []

    def test_a_yes_to_a_safety_question_leads_to_the_urgent_page_and_holds(self, world: World) -> None:
        response = Api(world.patient).post("safety-screens/", screen_body("bladder_bowel"))
        assert (response.status_code, response.json()["any_yes"]) == (201, True)
        assert response.json()["urgent_url"]
        assert Prescription.objects.get(pk=world.prescription.pk).held_at
        (today,) = Api(world.patient).get("today/").json()
        assert today["state"] == "held"

    def test_every_question_wants_an_answer(self, world: World) -> None:
        body = screen_body() | {"answers": {"recent_fall": False}}
        response = Api(world.patient).post("safety-screens/", body)
        assert len(fields(response)) == 4
        assert not world.pat.safety_screens.exists()

    def test_answers_sent_twice_are_kept_once(self, world: World) -> None:
        api, body = Api(world.patient), screen_body("bladder_bowel")
        first, again = (api.post("safety-screens/", body) for _ in range(2))
        assert (first.status_code, first.json()) == (again.status_code, again.json())
        assert world.pat.safety_screens.count() == 1
        assert world.pat.alerts.get().occurrences == 1
        assert api.post("safety-screens/", body | screen_body(id=body["id"])).status_code == 409
        assert world.pat.safety_screens.get().any_yes

    def test_answers_count_from_when_they_were_given(self, world: World) -> None:
        given = NOW - dt.timedelta(days=3)
        body = screen_body("recent_fall", answered_at=given.isoformat())
        assert Api(world.patient).post("safety-screens/", body).status_code == 201
        assert world.pat.safety_screens.get().answered_at == given
        assert Prescription.objects.get(pk=world.prescription.pk).held_at == given

    @pytest.mark.parametrize(
        "answered_at",
        [
            (NOW + dt.timedelta(minutes=11)).isoformat(),
            (NOW - dt.timedelta(days=14, seconds=1)).isoformat(),
            "9999-12-31T23:59:59Z",
            "0001-01-01T00:00:00+14:00",
            "yesterday",
        ],
    )
    def test_a_time_that_cannot_be_is_answered_by_field(self, world: World, answered_at: str) -> None:
        response = Api(world.patient).post("safety-screens/", screen_body(answered_at=answered_at))
        assert (response.status_code, fields(response)) == (400, {"answered_at"})
        assert not world.pat.safety_screens.exists()

    def test_each_clinic_that_treats_the_person_keeps_the_answers(self, world: World) -> None:
        Patient.objects.filter(pk=world.stranger_patient.pk).update(user=world.patient)
        body = screen_body("fever_unwell")
        for _ in range(2):
            assert Api(world.patient).post("safety-screens/", body).json()["any_yes"]
        for patient in (world.pat, world.stranger_patient):
            assert patient.safety_screens.count() == patient.alerts.get().occurrences == 1

    def test_anothers_id_tells_nothing_about_it(self, world: World) -> None:
        body = screen_body("fever_unwell")
        Api(world.stranger).post("safety-screens/", body)
        assert Api(world.patient).post("safety-screens/", screen_body(id=body["id"])).status_code == 201

    def test_answers_of_somebody_who_is_nobodys_patient_are_not_taken(self, world: World) -> None:
        response = Api(world.clinician).post("safety-screens/", screen_body("fever_unwell"))
        assert response.status_code == 403


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("patients/", "clinic"),
        ("prescriptions/", "patient"),
        ("sessions/", "patient"),
        ("sessions/", "prescription"),
    ],
)
def test_a_list_narrowed_to_a_strangers_tells_no_more_than_to_nobodys(
    world: World, path: str, name: str
) -> None:
    far = make_prescription(
        world.stranger_patient, world.stranger_clinician, [world.hamstring], starts_on=TODAY
    )
    strangers = {"clinic": world.far_clinic.pk, "patient": world.stranger_patient.pk, "prescription": far.pk}
    api = Api(world.clinician)
    answers = [api.get(path, **{name: str(one)}) for one in (strangers[name], uuid4())]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert (
        answers[0].json() == answers[1].json() == {"count": 0, "next": None, "previous": None, "results": []}
    )


def test_a_list_is_narrowed_by_what_one_knows(world: World) -> None:
    make_session(world.prescription, TODAY)
    api = Api(world.clinician)
    assert api.get("patients/", clinic=str(world.clinic.pk)).json()["count"] == 2
    assert api.get("prescriptions/", patient=str(world.quinn.pk)).json()["count"] == 0
    assert api.get("sessions/", prescription=str(world.prescription.pk)).json()["count"] == 1
    assert fields(api.get("sessions/", patient="Pat")) == {"patient"}


def test_a_revoked_key_opens_nothing(world: World) -> None:
    api = Api(world.clinician)
    tokens.revoke(None, world.clinician.api_tokens.get())
    assert api.get("patients/").status_code == 401


def test_without_a_key_there_is_a_problem_answer(world: World) -> None:
    response = Client().get("/api/v1/patients/")
    assert (response.status_code, response.headers["Content-Type"]) == (401, "application/problem+json")
