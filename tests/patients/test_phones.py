"""A number is confirmed before it is used, and nobody's phone is flooded (docs/rules.md 7)."""

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.utils import timezone

from clinic import mailbox
from clinic.models import AuditEvent
from patients.models import OutgoingNote, Phone, PushDevice
from patients.models.people import Channel
from patients.reaching import devices, notes, phones
from tests.patients.phones import Browser, base64url
from tests.world import World

NUMBER = "+49 1512 3456789"
E164 = "+4915123456789"


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.SMS_FILE_PATH = str(tmp_path / "sms")
    return tmp_path / "sms"


def code_in(folder: Path) -> str:
    """The code of the text message that came last."""
    found = re.match(r"(\d{6}) is your code", mailbox.letters(folder)[0].text)
    assert found
    return found.group(1)


def refused(call: Any, *args: Any) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as refusal:
        call(*args)
    return refusal.value.message_dict


def chosen(world: World) -> list[str]:
    world.pat.reminder_preference.refresh_from_db()
    return list(world.pat.reminder_preference.channels)


def test_a_number_is_used_once_the_code_that_came_to_it_was_entered(world: World, folder: Path) -> None:
    phones.give(world.patient, world.pat, NUMBER)
    assert notes.deliver_due()["sent"] == 1
    (letter,) = mailbox.letters(folder)
    assert letter.to == (E164,)
    assert Phone.objects.get().verified_at is None
    phones.confirm(world.patient, world.pat, f" {code_in(folder)} ")
    assert (Phone.objects.get().number, chosen(world)) == (E164, [Channel.EMAIL, Channel.SMS])
    assert OutgoingNote.objects.get().text == ""


def test_no_trace_of_a_number_or_code_is_in_the_audit_trail(world: World, folder: Path) -> None:
    phones.give(world.patient, world.pat, NUMBER)
    notes.deliver_due()
    phones.confirm(world.patient, world.pat, code_in(folder))
    phones.remove(world.patient, world.pat)
    kept = str(list(AuditEvent.objects.values()))
    assert {"patient.phone_given", "patient.phone_confirmed", "patient.phone_removed"} <= set(
        AuditEvent.objects.values_list("verb", flat=True)
    )
    assert "15123456789" not in kept


def test_five_wrong_codes_end_it(world: World, folder: Path) -> None:
    phones.give(world.patient, world.pat, NUMBER)
    notes.deliver_due()
    code = code_in(folder)
    wrong = f"{(int(code) + 1) % 10**6:06}"
    for _ in range(phones.TRIES):
        assert "not the code" in refused(phones.confirm, world.patient, world.pat, wrong)["code"][0]
    assert "run out" in refused(phones.confirm, world.patient, world.pat, code)["code"][0]


def test_a_code_works_for_ten_minutes_and_once(world: World, folder: Path) -> None:
    phones.give(world.patient, world.pat, NUMBER)
    notes.deliver_due()
    code = code_in(folder)
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=10)):
        assert "run out" in refused(phones.confirm, world.patient, world.pat, code)["code"][0]
    phones.confirm(world.patient, world.pat, code)
    assert refused(phones.confirm, world.patient, world.pat, code)


def test_a_new_number_has_to_be_confirmed_anew(world: World, folder: Path) -> None:
    phones.give(world.patient, world.pat, NUMBER)
    notes.deliver_due()
    phones.confirm(world.patient, world.pat, code_in(folder))
    phones.give(world.patient, world.pat, "+44 7400 123456")
    assert Phone.objects.get().verified_at is None
    assert chosen(world) == [Channel.EMAIL]


def test_five_codes_a_day_for_a_patient_and_for_a_number(world: World) -> None:
    for _ in range(phones.CODES_A_DAY):
        phones.give(world.patient, world.pat, NUMBER)
    assert "tomorrow" in refused(phones.give, world.patient, world.pat, "+44 7400 123456")["number"][0]
    assert "tomorrow" in refused(phones.give, world.stranger, world.stranger_patient, NUMBER)["number"][0]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("01512 3456789", "with the code of its country"),
        ("call me", "with the code of its country"),
        ("+49 1512", "no such number"),
        ("+999 123456789", "country"),
        ("+49 30 901820", "takes no text messages"),
    ],
)
def test_what_is_no_mobile_number_is_refused(world: World, number: str, words: str) -> None:
    assert words in refused(phones.give, world.patient, world.pat, number)["number"][0]


def test_without_a_provider_no_number_is_taken(world: World, settings: Any) -> None:
    settings.SMS_PROVIDER = ""
    assert "not set up" in refused(phones.give, world.patient, world.pat, NUMBER)["number"][0]


# --- Phones that take pushes

ENDPOINT = "https://fcm.googleapis.com/fcm/send/pat"


def subscribe(world: World, endpoint: str = ENDPOINT, **more: str) -> PushDevice:
    told = {**Browser().keys, "label": "Chrome · Android", **more}
    return devices.add(world.patient, world.pat, endpoint=endpoint, **told)


def test_a_phone_that_is_added_takes_pushes_and_the_last_one_that_is_removed_ends_them(world: World) -> None:
    first, second = subscribe(world), subscribe(world, f"{ENDPOINT}2")
    assert chosen(world) == [Channel.EMAIL, Channel.PUSH]
    devices.remove(world.patient, first)
    assert Channel.PUSH in chosen(world)
    devices.remove(world.patient, second)
    assert chosen(world) == [Channel.EMAIL]


def test_the_same_phone_again_is_one(world: World) -> None:
    subscribe(world)
    again = subscribe(world, label="Firefox")
    assert (PushDevice.objects.get(), again.label) == (again, "Firefox")


def test_a_phone_that_somebody_else_takes_over_is_theirs_alone(world: World) -> None:
    subscribe(world)
    told = {**Browser().keys, "endpoint": ENDPOINT, "label": "Chrome"}
    devices.add(world.stranger, world.stranger_patient, **told)
    assert PushDevice.objects.get().patient == world.stranger_patient
    assert chosen(world) == [Channel.EMAIL]


@pytest.mark.parametrize(
    "wrong",
    [
        {"endpoint": "https://10.0.0.1/x"},
        {"endpoint": "https://localhost/x"},
        {"p256dh": "short"},
        {"p256dh": "no base64 ÄÖÜ"},
        {"p256dh": base64url(b"\x04" + 64 * b"\x01")},  # no point of the curve
        {"auth": "AAAA"},
    ],
)
def test_what_no_browser_would_say_is_refused(world: World, wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        subscribe(world, **wrong)
    assert not PushDevice.objects.exists()


def test_at_most_ten_phones(world: World) -> None:
    for number in range(devices.AT_MOST):
        subscribe(world, f"{ENDPOINT}{number}")
    with pytest.raises(ValidationError, match="At most 10"):
        subscribe(world, f"{ENDPOINT}more")
