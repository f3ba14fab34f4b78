"""What a device is told to keep, and that there is nothing of the person in it (docs/decisions.md)."""

import datetime as dt
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse

from clinic.models import User
from clinic.ui.app_icons import FOLDER, ICONS
from patients import alerts, prescribing
from patients.lines import lines_of
from patients.models import Item, Patient, Prescription, PrescriptionRevision
from patients.portal import keeping
from patients.progress import schedule_of
from tests.patients.portal.conftest import NOW, TODAY
from tests.patients.portal.phone import NO_TO_ALL
from tests.world import World, make_session

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
# Whatever stands in one of these would give the person away, or be something that staff wrote about them.
CANARY = "canary"


def told(client: Client) -> dict[str, Any]:
    answer: dict[str, Any] = client.get(reverse("portal:offline")).json()
    return answer


def places(answer: dict[str, Any]) -> list[str]:
    return sorted(page["key"].partition("?")[0] for page in answer["pages"])


def session_page(world: World) -> str:
    return reverse("portal:session", args=[world.prescription.pk])


def test_today_and_tomorrow_with_their_sessions_and_what_to_do_when_it_is_urgent(
    screened: World, signed_in: SignIn
) -> None:
    answer = told(signed_in(screened.patient))
    assert answer["user"] == str(screened.patient.pk)
    assert places(answer) == sorted([*["/today/"] * 3, "/urgent/", session_page(screened)])


def test_a_copy_holds_on_the_patients_own_days(screened: World, signed_in: SignIn) -> None:
    midnight = dt.datetime.combine(TODAY, dt.time.min, screened.pat.zone)
    keys = [page["key"] for page in told(signed_in(screened.patient))["pages"]]
    sessions = next(key for key in keys if key.startswith("/sessions/"))
    held = re.search(r"from=(\d+)&until=(\d+)", sessions)
    assert held
    first, until = (dt.datetime.fromtimestamp(int(ms) / 1000, dt.UTC) for ms in held.groups())
    assert (first, until) == (midnight, midnight + dt.timedelta(days=2))


def test_there_is_nothing_of_the_person_in_any_copy(screened: World, signed_in: SignIn) -> None:
    Patient.objects.filter(pk=screened.pat.pk).update(
        name=CANARY, email=f"{CANARY}@example.org", reference=CANARY
    )
    User.objects.update(name=CANARY)
    type(screened.clinic).objects.filter(pk=screened.clinic.pk).update(name=CANARY, phone="01 23")
    Prescription.objects.update(name=CANARY)
    PrescriptionRevision.objects.update(note=CANARY)
    Item.objects.update(note=CANARY)
    session = make_session(screened.prescription, TODAY)
    client = signed_in(screened.patient)
    for page in told(client)["pages"]:
        text = client.get(page["source"]).content.decode()
        assert CANARY not in text
        assert "csrfmiddlewaretoken" not in text
        assert str(session.pk) not in text
    player = client.get(next(p["source"] for p in told(client)["pages"] if "sessions" in p["source"]))
    assert "Your clinic wrote a note here." in player.content.decode()
    assert "01 23" in player.content.decode()


def test_the_copy_of_a_session_leaves_the_pace_to_the_patient_as_the_page_does(
    screened: World, signed_in: SignIn
) -> None:
    client = signed_in(screened.patient)
    source = next(page["source"] for page in told(client)["pages"] if "sessions" in page["source"])
    choices = re.compile(r'<option value="\d+">[^<]+</option>')
    page = client.get(session_page(screened)).content.decode().partition("</noscript>")[2]
    copy = client.get(source).content.decode()
    assert choices.findall(copy) == choices.findall(page)
    assert len(choices.findall(copy)) == 8
    assert "no voice that speaks English." in copy


def test_a_message_that_waits_for_the_person_waits_on(screened: World, signed_in: SignIn) -> None:
    client = signed_in(screened.patient)
    client.post(
        session_page(screened), {"pain_before": "8", "ask_safety": "1"} | dict.fromkeys(NO_TO_ALL, "no")
    )
    source = next(page["source"] for page in told(client)["pages"] if "sessions" in page["source"])
    assert "high today. Do only" not in client.get(source).content.decode()
    assert "high today. Do only" in client.get(session_page(screened)).content.decode()


def test_a_plan_that_begins_tomorrow_is_kept_for_tomorrow_alone(screened: World, signed_in: SignIn) -> None:
    Prescription.objects.update(starts_on=TODAY + dt.timedelta(days=1))
    PrescriptionRevision.objects.update(counts_from=TODAY + dt.timedelta(days=1))
    client = signed_in(screened.patient)
    key = next(page["key"] for page in told(client)["pages"] if page["key"].startswith("/sessions/"))
    tomorrow = dt.datetime.combine(TODAY + dt.timedelta(days=1), dt.time.min, screened.pat.zone)
    assert f"from={int(tomorrow.timestamp() * 1000)}" in key
    assert "Start" not in client.get(reverse("portal:offline_today", args=[0])).content.decode()
    assert "Start" in client.get(reverse("portal:offline_today", args=[1])).content.decode()


def test_an_amendment_of_tomorrow_brings_a_copy_of_its_own(screened: World, signed_in: SignIn) -> None:
    make_session(screened.prescription, TODAY)  # so that it counts from tomorrow
    first = screened.prescription.revisions.get()
    before = {page["key"] for page in told(signed_in(screened.patient))["pages"]}
    prescribing.amend(
        screened.clinician,
        screened.prescription,
        lines=lines_of(first)[:1],
        schedule=schedule_of(first),
        expected=1,
    )
    client = signed_in(screened.patient)
    pages = told(client)["pages"]
    sources = [page["source"] for page in pages if "sessions" in page["source"]]
    assert [source.rsplit("/", 2)[1] for source in sources] == ["1", "2"]
    assert (
        len({page["key"] for page in pages} - before) == 3
    )  # both sessions hold on other days now; and tomorrow
    assert len(json.loads(_data(client.get(sources[1]).content.decode(), "player-data"))["items"]) == 1


@pytest.mark.parametrize("how", ["held", "stopped", "left"])
def test_what_may_not_be_begun_is_not_kept(screened: World, signed_in: SignIn, how: str) -> None:
    client = signed_in(screened.patient)
    source = next(page["source"] for page in told(client)["pages"] if "sessions" in page["source"])
    if how == "held":
        alerts.answer_safety(screened.patient, screened.pat, NO_TO_ALL | {"recent_fall": True})
    elif how == "stopped":
        Prescription.objects.update(stopped_from=TODAY)
    else:
        Patient.objects.filter(pk=screened.pat.pk).update(state="discharged")
    assert session_page(screened) not in places(told(client))
    assert client.get(source).status_code == 404
    assert "Start" not in client.get(reverse("portal:offline_today", args=[0])).content.decode()


def test_a_copy_changes_its_key_with_what_it_is_drawn_from(screened: World, signed_in: SignIn) -> None:
    client = signed_in(screened.patient)
    before = {page["key"] for page in told(client)["pages"]}
    assert before == {page["key"] for page in told(client)["pages"]}
    type(screened.clinic).objects.update(phone="98 76")
    changed = before ^ {page["key"] for page in told(client)["pages"]}
    assert {key.partition("?")[0] for key in changed} == {"/urgent/", session_page(screened)}


def test_whoever_reads_large_text_reads_it_without_a_network_too(screened: World, signed_in: SignIn) -> None:
    client = signed_in(screened.patient)
    before = told(client)["pages"]
    assert not any("portal-large" in client.get(page["source"]).content.decode() for page in before)
    User.objects.filter(pk=screened.patient.pk).update(large_text=True)
    pages = told(client)["pages"]
    assert {page["key"] for page in pages}.isdisjoint(page["key"] for page in before)
    assert all("portal-large" in client.get(page["source"]).content.decode() for page in pages)


def test_questions_that_get_due_by_tomorrow_night_are_asked_already(world: World, signed_in: SignIn) -> None:
    def asks() -> bool:
        client = signed_in(world.patient)
        source = next(page["source"] for page in told(client)["pages"] if "sessions" in page["source"])
        data = json.loads(_data(client.get(source).content.decode(), "player-data"))
        return bool(data["questions_due"])

    alerts.answer_safety(world.patient, world.pat, NO_TO_ALL)
    with time_machine.travel(NOW + dt.timedelta(days=25), tick=False):
        assert not asks()
    with time_machine.travel(NOW + dt.timedelta(days=27), tick=False):
        assert asks()


def test_however_many_plans_the_list_costs_the_same(
    screened: World, signed_in: SignIn, django_assert_num_queries: Any
) -> None:
    client = signed_in(screened.patient)
    told(client)
    with django_assert_num_queries(QUERIES):
        told(client)
    first = screened.prescription.revisions.get()
    prescribing.prescribe(
        screened.clinician,
        screened.pat,
        name="More",
        lines=lines_of(first),
        schedule=schedule_of(first),
        starts_on=TODAY,
    )
    with django_assert_num_queries(QUERIES):
        assert places(told(client)).count("/today/") == 3


# The sign-in, the person's patients, the safety screens, and what two days ask for.
QUERIES = 11


def _data(page: str, name: str) -> str:
    found = re.search(rf'id="{name}" type="application/json">(.*?)</script>', page)
    assert found
    return found[1]


def test_the_files_are_those_that_the_pages_load_and_what_these_import() -> None:
    names = {address.removeprefix("/static/") for address in keeping.files()}
    for name in names:
        assert finders.find(name), name
    assert {
        "js/player/session.js",
        "js/player/machine.js",
        "js/figures/outline.js",
        "css/player.css",
    } <= names
    assert {"bootstrap/css/bootstrap.min.css", "js/portal/offline.js"} <= names
    assert not {name for name in names if "desk" in name or "builder" in name or "roster" in name}


def test_the_app_is_named_neutrally_and_opens_today(client: Client) -> None:
    answer = client.get("/manifest.webmanifest")
    about = answer.json()
    assert answer.headers["Content-Type"] == "application/manifest+json"
    assert (about["name"], about["start_url"], about["scope"]) == ("Holdwell", "/today/", "/")
    assert {icon["purpose"] for icon in about["icons"]} == {"any", "maskable"}
    assert 'rel="manifest"' in client.get(reverse("portal:start")).content.decode()


@pytest.mark.parametrize("icon", ICONS, ids=lambda icon: icon.path)
def test_the_icons_are_those_that_are_drawn(icon: Any) -> None:
    assert (FOLDER / icon.path).read_bytes() == icon.png()


def test_the_worker_reaches_all_pages_and_is_asked_for_anew_each_time(client: Client) -> None:
    answer = client.get("/worker.js")
    assert answer.headers["Content-Type"] == "text/javascript"
    assert "no-store" in answer.headers["Cache-Control"]
    places, script = answer.content.decode().splitlines()
    assert json.loads(places.removeprefix("self.places = ").removesuffix(";"))["account"] == "/account/"
    assert script == 'importScripts("/static/js/portal/worker.js");'


def test_a_page_never_speaks_for_somebody_who_is_signed_in_no_more(
    screened: World, signed_in: SignIn
) -> None:
    client = signed_in(screened.stranger)
    answers = {
        "id": "0d5b6a5e-5a44-4a3a-9d1f-6d1b0f1d2c3b",
        "answered_at": NOW.isoformat(),
        "answers": NO_TO_ALL,
    }
    address = reverse("api:safety-screen-list")
    asked = client.post(
        address,
        answers,
        content_type="application/json",
        headers={"X-Holdwell-User": str(screened.patient.pk)},
    )
    assert asked.status_code == 401
    assert asked.json()["detail"] == "Somebody else is signed in here now."
    assert not screened.stranger_patient.safety_screens.exists()
    own = {"X-Holdwell-User": str(screened.stranger.pk)}
    assert client.post(address, answers, content_type="application/json", headers=own).status_code == 201
