"""Reminders as the patient wants them, what was sent and why not, and one-click unsubscribe (docs/rules.md 7)."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import AuditEvent
from patients.models import Patient, Reminder, ReminderPreference
from tests.patients.portal.conftest import NOW, TODAY
from tests.world import World

SignIn = Callable[[Any], Client]
SETTINGS = reverse("portal:settings")


def told(**changes: Any) -> dict[str, Any]:
    return {
        "time_0": "07:30",
        "kinds": ["session_due", "prescription_changed"],
        "nudge_after": "4",
        "quiet_from": "22:00",
        "quiet_until": "07:00",
        "time_zone": "Europe/Lisbon",
    } | changes


def preference(world: World) -> ReminderPreference:
    return ReminderPreference.objects.get(patient=world.pat)


def test_what_was_chosen_is_kept(world: World, signed_in: SignIn) -> None:
    response = signed_in(world.patient).post(SETTINGS, told(), follow=True)
    assert "Saved." in response.content.decode()
    kept = preference(world)
    assert kept.times == ["07:30"]
    assert kept.off == ["message", "nudge", "prescription_ends", "weekly_summary"]
    assert (kept.nudge_after, kept.quiet_from, kept.quiet_until) == (4, dt.time(22), dt.time(7))
    patient = Patient.objects.get(pk=world.pat.pk)
    assert str(patient.time_zone) == "Europe/Lisbon"
    assert patient.zones.count() == 2


def test_the_page_shows_what_is_kept(world: World, signed_in: SignIn) -> None:
    page = signed_in(world.patient).get(SETTINGS).content.decode()
    assert 'value="09:00"' in page
    assert '<option value="Asia/Kathmandu" selected>' in page


def test_there_is_a_time_for_each_session_of_the_day(world: World, signed_in: SignIn) -> None:
    world.prescription.revisions.update(times_per_day=3)
    client = signed_in(world.patient)
    page = client.get(SETTINGS).content.decode()
    assert "Third time" in page
    assert "Fourth time" not in page
    client.post(SETTINGS, told(time_0="18:00", time_1="07:30", time_2=""))
    assert preference(world).times == ["07:30", "18:00"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"time_0": "25:00"}, "Enter a time such as 18:30."),
        ({"kinds": ["letters"]}, "letters is not one of the available choices"),
        ({"nudge_after": "40"}, "less than or equal to 12"),
        ({"quiet_from": ""}, "This field is required"),
        ({"time_zone": "Mars/Base"}, "Mars/Base is not one of the available choices"),
    ],
)
def test_bad_input_is_answered_at_its_field(
    world: World, signed_in: SignIn, changes: dict[str, Any], words: str
) -> None:
    response = signed_in(world.patient).post(SETTINGS, told(**changes))
    assert response.status_code == 422
    assert words in response.content.decode()
    assert preference(world).times == ["09:00"]


def test_what_was_sent_and_what_was_not_is_told_with_the_reason(world: World, signed_in: SignIn) -> None:
    for slot, (state, reason) in enumerate([("sent", ""), ("dropped", "done"), ("planned", "")], start=1):
        Reminder.objects.create(
            patient=world.pat,
            kind="session_due",
            local_date=TODAY,
            slot=slot,
            due_at=NOW + dt.timedelta(hours=slot),
            state=state,
            reason=reason,
        )
    Reminder.objects.create(patient=world.quinn, kind="nudge", local_date=TODAY, due_at=NOW)
    text = " ".join(signed_in(world.patient).get(SETTINGS).content.decode().split())
    assert "Not sent: the session was already done" in text
    assert "Thu 19 Nov, 10:15" in text  # in the patient's own zone
    assert text.count(">A session is due</span> <p") == 3


def test_no_more_than_the_last_twenty_are_shown(world: World, signed_in: SignIn) -> None:
    for days in range(25):
        day = TODAY - dt.timedelta(days=days)
        Reminder.objects.create(
            patient=world.pat, kind="session_due", local_date=day, due_at=NOW - dt.timedelta(days=days)
        )
    page = signed_in(world.patient).get(SETTINGS).content.decode()
    assert page.count('class="hw-list-name"') == 20


# --- One click in the mail


def unsubscribe(kind: str = "session_due", key: str = "unsubscribe-pat") -> str:
    return reverse("portal:unsubscribe", args=[key, kind])


def test_opening_the_link_switches_nothing_off(world: World, client: Client) -> None:
    response = client.get(unsubscribe())
    assert "Switch it off" in response.content.decode()
    assert preference(world).off == ["nudge"]


def test_one_click_needs_no_sign_in_no_cookie_and_no_page_of_ours(world: World) -> None:
    mail_program = Client(enforce_csrf_checks=True)
    body = {"List-Unsubscribe": "One-Click"}
    assert mail_program.post(unsubscribe(), body).status_code == 200
    assert preference(world).off == ["nudge", "session_due"]
    entry = AuditEvent.objects.get(verb="patient.preferences_changed")
    assert entry.actor is None
    assert entry.subject_id == world.pat.pk


def test_twice_is_as_good_as_once(world: World, client: Client) -> None:
    for _ in range(2):
        assert "Switched off" in client.post(unsubscribe()).content.decode()
    assert preference(world).off == ["nudge", "session_due"]
    assert AuditEvent.objects.filter(verb="patient.preferences_changed").count() == 1


@pytest.mark.parametrize("address", [unsubscribe(key="guessed"), unsubscribe(kind="everything")])
def test_an_unknown_address_does_not_exist(world: World, client: Client, address: str) -> None:
    assert client.get(address).status_code == 404
    assert client.post(address).status_code == 404
