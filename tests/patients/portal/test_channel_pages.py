"""How messages reach the patient: ways, phones and a number, on one page (docs/rules.md 7)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic import mailbox
from clinic.models import AuditEvent, RefusedAddress
from patients.models import ChannelTrouble, OutgoingNote, Phone, PushDevice
from patients.reaching import notes
from tests.patients.phones import Browser
from tests.patients.portal.conftest import NOW
from tests.world import World

SignIn = Callable[[Any], Client]
PAGE = reverse("portal:channels")
ENDPOINT = "https://fcm.googleapis.com/fcm/send/pat"


def page(client: Client) -> str:
    return " ".join(client.get(PAGE).content.decode().split())


def add(client: Client, **told: str) -> str:
    form = {"endpoint": ENDPOINT, "label": "Chrome · Android", **Browser().keys, **told}
    return client.post(reverse("portal:device_add"), form, follow=True).content.decode()


def test_a_phone_is_added_tested_and_removed(world: World, signed_in: SignIn) -> None:
    client = signed_in(world.patient)
    assert "Messages come to this device as well." in add(client)
    device = PushDevice.objects.get(patient=world.pat)
    assert "Chrome · Android" in page(client)
    client.post(reverse("portal:device_test", args=[device.pk]))
    assert OutgoingNote.objects.get().to == str(device.pk)
    said = client.post(reverse("portal:device_remove", args=[device.pk]), follow=True).content.decode()
    assert "No more messages come to" in said
    assert not PushDevice.objects.exists()


RENEWED = reverse("portal:device_renewed")


def renewal(device: PushDevice, browser: Browser, **more: str) -> dict[str, str]:
    """What the push worker tells."""
    told = {"old_endpoint": device.endpoint, "old_auth": device.auth, "endpoint": f"{ENDPOINT}-2"}
    return told | browser.keys | more


@pytest.fixture
def device(world: World) -> PushDevice:
    return PushDevice.objects.create(
        patient=world.pat, endpoint=ENDPOINT, label="Chrome", p256dh="a", auth="0123456789abcdef012345"
    )


def test_a_browser_that_renews_its_subscription_is_followed_although_nobody_is_signed_in(
    device: PushDevice,
) -> None:
    worker, browser = Client(enforce_csrf_checks=True), Browser()
    assert worker.post(RENEWED, renewal(device, browser)).status_code == 204
    device.refresh_from_db()
    assert (device.endpoint, device.p256dh) == (f"{ENDPOINT}-2", browser.keys["p256dh"])
    entry = AuditEvent.objects.get(verb="patient.device_renewed")
    assert (entry.actor, entry.subject_id) == (None, device.patient_id)
    # The former secret is worth nothing now.
    assert worker.post(RENEWED, renewal(device, browser, old_endpoint=ENDPOINT)).status_code == 404


def test_without_the_secret_of_the_subscription_nothing_is_renewed(
    world: World, device: PushDevice, client: Client
) -> None:
    for wrong in ({"old_auth": "0123456789abcdef012346"}, {"old_endpoint": f"{ENDPOINT}-other"}):
        assert client.post(RENEWED, renewal(device, Browser(), **wrong)).status_code == 404
    for wrong in ({"endpoint": "https://192.168.0.10/push"}, {"p256dh": "short"}, {"old_auth": ""}):
        assert client.post(RENEWED, renewal(device, Browser(), **wrong)).status_code == 422
    assert client.get(RENEWED).status_code == 405
    device.refresh_from_db()
    assert device.endpoint == ENDPOINT


def test_a_renewal_takes_nobody_elses_browser_and_leaves_no_device_twice(
    world: World, device: PushDevice, client: Client
) -> None:
    other = PushDevice.objects.create(
        patient=world.quinn, endpoint=f"{ENDPOINT}-2", label="Quinn's", p256dh="a", auth="b"
    )
    assert client.post(RENEWED, renewal(device, Browser())).status_code == 404
    PushDevice.objects.filter(pk=other.pk).update(patient=world.pat)  # the same browser, allowed anew
    assert client.post(RENEWED, renewal(device, Browser())).status_code == 204
    assert PushDevice.objects.get().pk == device.pk


def test_an_address_in_the_private_network_is_refused_and_kept_nowhere(
    world: World, signed_in: SignIn
) -> None:
    assert "is not known to Holdwell" in add(signed_in(world.patient), endpoint="https://192.168.0.10/push")
    assert not PushDevice.objects.exists()


def test_a_number_is_confirmed_on_the_page(
    world: World, signed_in: SignIn, settings: Any, tmp_path: Path
) -> None:
    settings.SMS_FILE_PATH = str(tmp_path)
    client = signed_in(world.patient)
    client.post(reverse("portal:phone"), {"number": "+49 1512 3456789"})
    assert "A code was sent to +4915123456789" in page(client)
    notes.deliver_due()
    code = mailbox.letters(tmp_path)[0].text[:6]
    wrong = client.post(reverse("portal:phone_code"), {"code": "x"})
    assert (wrong.status_code, "not the code" in wrong.content.decode()) == (422, True)
    client.post(reverse("portal:phone_code"), {"code": code})
    assert Phone.objects.get().verified_at == NOW
    assert 'value="sms"' in page(client)


def test_a_number_that_is_none_is_said_at_its_field_and_stays_typed(world: World, signed_in: SignIn) -> None:
    response = signed_in(world.patient).post(reverse("portal:phone"), {"number": "01512 3456789"})
    assert response.status_code == 422
    assert 'value="01512 3456789"' in response.content.decode()


def test_ways_are_chosen_and_one_has_to_stay(world: World, signed_in: SignIn) -> None:
    client = signed_in(world.patient)
    add(client)
    client.post(PAGE, {"channels": ["push"]})
    world.pat.reminder_preference.refresh_from_db()
    assert world.pat.reminder_preference.channels == ["push"]
    none = client.post(PAGE, {"channels": []})
    assert (none.status_code, "Choose at least one way." in none.content.decode()) == (422, True)


def test_a_way_that_is_not_there_cannot_be_chosen(world: World, signed_in: SignIn) -> None:
    client = signed_in(world.patient)
    assert 'value="push"' not in page(client)
    assert client.post(PAGE, {"channels": ["push"]}).status_code == 422


def test_where_no_provider_is_set_up_text_messages_are_not_offered(
    world: World, signed_in: SignIn, settings: Any
) -> None:
    settings.SMS_PROVIDER = ""
    assert "Text messages" not in page(signed_in(world.patient))


def a_trouble(world: World) -> None:
    ChannelTrouble.objects.create(
        patient=world.pat, channel="push", since=NOW, retry_at=NOW, error="Refused: 403"
    )


def test_the_patient_sees_a_way_that_fails(world: World, signed_in: SignIn) -> None:
    a_trouble(world)
    assert "has not worked since" in page(signed_in(world.patient))


def test_the_desk_sees_a_way_that_fails_and_an_address_that_is_refused(
    world: World, signed_in: SignIn
) -> None:
    a_trouble(world)
    RefusedAddress.objects.create(address="pat@example.org", reason="550 no such mailbox")
    client = signed_in(world.clinician)
    text = " ".join(client.get(reverse("desk:patient", args=[world.pat.pk])).content.decode().split())
    assert "Push on a phone has failed since" in text
    assert "e-mail is used instead" in text
    assert "Mails to this address are refused" in text
    assert "550 no such mailbox" in text
    roster = client.get(reverse("desk:roster", args=[world.clinic.pk])).content.decode()
    assert roster.count("mails refused") == 1


def test_another_address_is_not_refused(world: World, signed_in: SignIn) -> None:
    RefusedAddress.objects.create(address="pat@example.org", reason="550 no such mailbox")
    world.patient.email = "new@example.org"
    world.patient.save()
    text = signed_in(world.clinician).get(reverse("desk:patient", args=[world.pat.pk])).content.decode()
    assert "Mails to this address are refused" not in text


@pytest.mark.parametrize(("quiet", "warned"), [(("00:00", "23:59"), True), (("21:00", "08:00"), False)])
def test_quiet_hours_of_a_whole_day_are_kept_and_warned_of(
    world: World, signed_in: SignIn, quiet: tuple[str, str], warned: bool
) -> None:
    told = {"time_0": "09:00", "kinds": ["session_due"], "nudge_after": "3", "time_zone": "Asia/Kathmandu"}
    told |= {"quiet_from": quiet[0], "quiet_until": quiet[1]}
    said = signed_in(world.patient).post(reverse("portal:settings"), told, follow=True).content.decode()
    assert ("nothing will be sent" in said) is warned
