"""Reminders as the patient wants them, how they read, where they are, and one-click unsubscribe (docs/rules.md 7)."""

import datetime as dt
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from clinic.models import AuditEvent, User
from patients.models import Patient, ReminderPreference
from patients.unsubscribing import key_of
from tests.world import World, make_patient

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
        "language": "en",
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


def test_what_is_refused_in_part_is_not_kept_in_part(
    world: World, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any, **__: Any) -> None:
        raise ValidationError({"large_text": ["Not now."]})

    monkeypatch.setattr("clinic.reading.change", refused)
    before = preference(world).times
    assert "Not now." in signed_in(world.patient).post(SETTINGS, told()).content.decode()
    assert preference(world).times == before


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
        ({"time_0": "at noon"}, "Enter a time such as 18:30."),
        ({"nudge_after": "40"}, "Choose 1 to 12 hours."),
        ({"nudge_after": "0"}, "Choose 1 to 12 hours."),
        ({"nudge_after": "soon"}, "Choose 1 to 12 hours."),
        ({"quiet_from": ""}, "Enter a time such as 18:30."),
        ({"quiet_until": "24:01"}, "Enter a time such as 18:30."),
        ({"time_zone": "Mars/Base"}, "Holdwell does not know this time zone. Choose one from the list."),
        ({"time_zone": "../etc/passwd"}, "Holdwell does not know this time zone."),
        ({"time_zone": ""}, "Choose your time zone."),
    ],
)
def test_bad_input_is_answered_at_its_field(
    world: World, signed_in: SignIn, changes: dict[str, Any], words: str
) -> None:
    response = signed_in(world.patient).post(SETTINGS, told(**changes))
    assert response.status_code == 422
    assert words in response.content.decode()
    assert preference(world).times == ["09:00"]


def test_quiet_hours_may_last_all_day_and_the_page_says_what_that_means(
    world: World, signed_in: SignIn
) -> None:
    client = signed_in(world.patient)
    assert "Then nothing is sent: no reminder" in client.get(SETTINGS).content.decode()
    text = client.post(SETTINGS, told(quiet_all_day="on"), follow=True).content.decode()
    assert "Saved. The quiet hours last all day: nothing will be sent to you." in text
    assert "Your quiet hours last all day, so nothing is sent to you." in text
    assert preference(world).quiet_all_day
    client.post(SETTINGS, told())
    assert not preference(world).quiet_all_day


def test_an_open_page_does_not_switch_on_again_what_a_link_has_switched_off(
    world: World, signed_in: SignIn, client: Client
) -> None:
    patient = signed_in(world.patient)
    shown = re.findall(r'name="shown" value="(\w+)"', patient.get(SETTINGS).content.decode())
    client.post(reverse("portal:unsubscribe", args=[key_of(preference(world), "session_due"), "session_due"]))
    patient.post(SETTINGS, told(shown=shown, kinds=shown, time_0="08:15"))
    assert "session_due" in preference(world).off
    assert preference(world).times == ["08:15"]
    shown.remove("session_due")
    patient.post(SETTINGS, told(shown=shown, kinds=[*shown, "session_due"]))
    assert "session_due" not in preference(world).off


def test_a_time_that_lies_in_quiet_hours_is_kept_and_the_page_says_what_that_means(
    world: World, signed_in: SignIn
) -> None:
    page = signed_in(world.patient).post(SETTINGS, told(time_0="22:30"), follow=True).content.decode()
    assert "22:30 lies in your quiet hours: no reminder is sent then." in page
    assert preference(world).times == ["22:30"]


def test_a_patient_of_two_clinics_sets_each_by_itself(world: World, signed_in: SignIn) -> None:
    other = make_patient(world.far_clinic, "pat2", world.stranger_clinician, zone="America/St_Johns")
    Patient.objects.filter(pk=other.pk).update(user=world.patient)
    client = signed_in(world.patient)
    far = f"{SETTINGS}?patient={other.pk}"
    assert 'aria-current="page">Far Clinic' in client.get(far).content.decode()
    client.post(far, told(time_0="06:15", time_zone="America/St_Johns"))
    assert ReminderPreference.objects.get(patient=other).times == ["06:15"]
    assert preference(world).times == ["09:00"]
    assert client.get(f"{SETTINGS}?patient={world.quinn.pk}").status_code == 404


# --- How a person reads


def test_large_text_is_kept_with_the_account_and_stands_on_every_page(
    world: World, signed_in: SignIn
) -> None:
    client = signed_in(world.patient)
    client.post(SETTINGS, told(large_text="on"))
    session = reverse("portal:session", args=[world.prescription.pk])
    other_device = Client()
    other_device.force_login(world.patient)
    for page in (reverse("portal:today"), reverse("portal:progress"), SETTINGS, session):
        assert '<html lang="en" class="portal-large">' in other_device.get(page).content.decode()
    client.post(SETTINGS, told())
    assert "portal-large" not in client.get(SETTINGS).content.decode()
    changes = AuditEvent.objects.filter(verb="account.reading_changed")
    assert [event.details for event in changes] == [{"fields": ["large_text"]}] * 2


def test_only_languages_that_are_shipped_are_offered(world: World, signed_in: SignIn) -> None:
    client = signed_in(world.patient)
    page = client.get(SETTINGS).content.decode()
    assert '<option value="de">Deutsch</option>' in page
    assert client.post(SETTINGS, told(language="tlh")).status_code == 422
    client.post(SETTINGS, told(language="de"))
    assert Patient.objects.get(pk=world.pat.pk).language == "de"
    # On the next device too, whatever its browser asks for.
    other_device = Client(headers={"Accept-Language": "en"})
    other_device.force_login(User.objects.get(pk=world.patient.pk))
    assert '<html lang="de"' in other_device.get(SETTINGS).content.decode()


# --- The zone of the device


ZONE = reverse("portal:zone")


def zone_data(client: Client) -> Any:
    page = client.get(reverse("portal:today")).content.decode()
    return json.loads(re.search(r'id="zone-data" type="application/json">(.*?)</script>', page)[1])  # type: ignore[index]


def test_a_device_elsewhere_is_asked_about_once_and_keep_is_remembered(
    world: World, signed_in: SignIn
) -> None:
    client = signed_in(world.patient)
    assert zone_data(client) == [{"zone": "Asia/Kathmandu", "kept": []}]
    for _ in range(2):
        client.post(ZONE, {"zone": "Europe/Lisbon", "answer": "keep"})
    assert zone_data(client) == [{"zone": "Asia/Kathmandu", "kept": ["Europe/Lisbon"]}]
    assert str(Patient.objects.get(pk=world.pat.pk).time_zone) == "Asia/Kathmandu"
    assert AuditEvent.objects.filter(verb="patient.zone_kept", subject_id=world.pat.pk).count() == 1


def test_the_zone_of_the_device_counts_from_now_on_in_every_clinic(world: World, signed_in: SignIn) -> None:
    other = make_patient(world.far_clinic, "pat2", world.stranger_clinician, zone="America/St_Johns")
    Patient.objects.filter(pk=other.pk).update(user=world.patient)
    client = signed_in(world.patient)
    client.post(ZONE, {"zone": "Asia/Tokyo", "answer": "keep"})
    text = client.post(ZONE, {"zone": "Europe/Lisbon", "answer": "use"}, follow=True).content.decode()
    assert "From now on your days and reminders go by the time of this device." in text
    # What was said of Tokyo was said from elsewhere.
    assert zone_data(client) == [{"zone": "Europe/Lisbon", "kept": []}] * 2


def test_a_zone_that_nobody_knows_changes_nothing(world: World, signed_in: SignIn) -> None:
    text = signed_in(world.patient).post(ZONE, {"zone": "Mars/Base", "answer": "use"}, follow=True)
    assert "does not know this time zone" in text.content.decode()
    assert Patient.objects.get(pk=world.pat.pk).zones.count() == 1


# --- One click in the mail


def unsubscribe(world: World, kind: str = "session_due") -> str:
    return reverse("portal:unsubscribe", args=[key_of(preference(world), kind), kind])


@pytest.mark.parametrize("method", ["get", "head"])
def test_opening_the_link_switches_nothing_off(world: World, client: Client, method: str) -> None:
    """Scanners of mails open every link, and some ask for its head alone."""
    response = getattr(client, method)(unsubscribe(world))
    assert response.status_code == 200
    assert ("Switch it off" in response.content.decode()) is (method == "get")
    assert preference(world).off == ["nudge"]


def test_one_click_needs_no_sign_in_no_cookie_and_no_page_of_ours(world: World) -> None:
    mail_program = Client(enforce_csrf_checks=True)
    body = {"List-Unsubscribe": "One-Click"}
    response = mail_program.post(unsubscribe(world), body)
    assert (response.status_code, dict(response.cookies)) == (200, {})  # RFC 8058, 3.2: no redirect either
    assert preference(world).off == ["nudge", "session_due"]
    entry = AuditEvent.objects.get(verb="patient.preferences_changed")
    assert entry.actor is None
    assert entry.subject_id == world.pat.pk


def test_twice_is_as_good_as_once(world: World, client: Client) -> None:
    for _ in range(2):
        assert "Switched off" in client.post(unsubscribe(world)).content.decode()
    assert preference(world).off == ["nudge", "session_due"]
    assert AuditEvent.objects.filter(verb="patient.preferences_changed").count() == 1


def test_an_address_switches_off_its_own_kind_for_its_own_patient_alone(world: World, client: Client) -> None:
    """Whoever was shown one mail can do nothing about another kind, or another patient."""
    own, quinn = preference(world), world.quinn.reminder_preference
    proof = key_of(own, "session_due").partition("-")[2]
    wrong = [
        (key_of(own, "session_due"), "weekly_summary"),
        (f"{world.quinn.pk.hex}-{proof}", "session_due"),
        (key_of(own, "session_due"), "session_due.weekly_summary"),
        (key_of(own, "session_due.message"), "session_due"),
        (key_of(own, "session_due.everything"), "session_due.everything"),
        (key_of(own, "everything"), "everything"),
        (own.unsubscribe_key, "session_due"),
        (world.pat.pk.hex, "session_due"),
        (f"{world.pat.pk.hex}-", "session_due"),
        ("guessed", "session_due"),
    ]
    for key, kind in wrong:
        address = reverse("portal:unsubscribe", args=[key, kind])
        assert client.get(address).status_code == 404
        assert client.post(address).status_code == 404
    quinn.refresh_from_db()
    assert (preference(world).off, quinn.off) == (["nudge"], ["nudge"])
