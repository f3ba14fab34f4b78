"""A push arrives at one browser, sealed and signed, and never leads into the private network (docs/rules.md 7)."""

import base64
import datetime as dt
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from django.utils import timezone

from clinic.models import MailState
from patients import people, reminders
from patients.models import ChannelTrouble, OutgoingNote, PushDevice
from patients.models.people import Channel
from patients.reaching import devices, notes, push
from tests.patients.phones import Browser, PushService
from tests.world import World

NOTHING = {"sent": 0, "delayed": 0, "failed": 0, "cancelled": 0}
HOST = "push.example.org"


@pytest.fixture
def browser() -> Browser:
    return Browser()


@pytest.fixture
def service(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PushService]:
    """A push service on this machine, under a name in the open internet."""
    service = PushService()
    settings.PUSH_HOSTS = [HOST]
    with service.open(tmp_path) as (port, trusting):

        def here(address: tuple[str, int], *more: Any) -> socket.socket:
            service.called.append(address[0])
            if address != ("93.184.215.14", 443):
                raise OSError("Network is unreachable")
            plain = socket.socket()
            plain.connect(("127.0.0.1", port))
            return plain

        monkeypatch.setattr(push, "tls", lambda: trusting)
        monkeypatch.setattr(push.socket, "create_connection", here)
        resolves_to(monkeypatch, "93.184.215.14")
        yield service


def resolves_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in addresses]
    monkeypatch.setattr(push.socket, "getaddrinfo", lambda *_, **__: found)


def a_device(world: World, browser: Browser, path: str = "/send/abc") -> PushDevice:
    return PushDevice.objects.create(
        patient=world.pat, endpoint=f"https://{HOST}{path}", label="Chrome", **browser.keys
    )


def test_a_push_can_be_read_by_its_browser_alone(
    world: World, service: PushService, browser: Browser
) -> None:
    note = devices.test(a_device(world, browser))
    assert notes.deliver_due() == NOTHING | {"sent": 1}
    ((path, headers, body),) = service.asked
    assert path == "/send/abc"
    assert browser.read(body) == {
        "title": "It works",
        "text": "Messages from Holdwell come like this one.",
        "path": "",
        "tag": str(note.pk),
    }
    assert b"works" not in body
    assert (headers["Content-Encoding"], headers["TTL"]) == ("aes128gcm", "86400")
    assert headers["Topic"] == note.pk.hex


def test_a_push_is_signed_for_its_service_with_the_key_that_browsers_are_given(
    world: World, service: PushService, browser: Browser
) -> None:
    devices.test(a_device(world, browser))
    notes.deliver_due()
    scheme, _, rest = service.asked[0][1]["Authorization"].partition(" ")
    told = dict(part.strip().split("=", 1) for part in rest.split(","))
    assert (scheme, told["k"]) == ("vapid", push.public_key())
    signed, _, signature = told["t"].rpartition(".")
    claims = json.loads(push.raw(signed.split(".")[1]))
    assert (claims["aud"], claims["sub"]) == (f"https://{HOST}", "mailto:holdwell@localhost")
    assert 0 < claims["exp"] - time.time() <= 24 * 3600  # RFC 8292, 2
    half = push.raw(signature)
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), push.raw(told["k"]))
    r, s = (int.from_bytes(part, "big") for part in (half[:32], half[32:]))
    key.verify(encode_dss_signature(r, s), signed.encode(), ec.ECDSA(hashes.SHA256()))


def test_a_reminder_arrives_on_the_phone_at_its_time_and_in_neutral_words(
    world: World, service: PushService, browser: Browser
) -> None:
    """The whole way: planned, claimed, looked at again, sealed, sent, and read by the browser."""
    a_device(world, browser)
    people.change_preferences(None, world.pat, channels=[Channel.PUSH])
    in_two_days = world.pat.local_date(timezone.now()) + dt.timedelta(days=2)
    nine = dt.datetime.combine(in_two_days, dt.time(9), tzinfo=world.pat.zone)
    with time_machine.travel(nine, tick=False):
        reminders.plan(nine)
        assert reminders.dispatch(nine)["sent"] == 1
        assert notes.deliver_due() == NOTHING | {"sent": 1}
    ((_path, headers, body),) = service.asked
    shown = browser.read(body)
    assert (shown["title"], shown["text"], shown["path"]) == (
        "Your session for today",
        "Tap to open.",
        "/today/",
    )
    # Kept for a phone that is off until the reminder has expired, two hours later.
    assert headers["TTL"] == "7200"


def test_the_key_is_made_once_and_only_its_owner_reads_it(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR, settings.PUSH_KEY = tmp_path, ""
    first = push.public_key()
    push._key_of.cache_clear()
    assert push.public_key() == first
    (file,) = tmp_path.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert len(base64.urlsafe_b64decode(first + "=")) == 65


def test_what_is_sent_leaves_no_words_behind(world: World, service: PushService, browser: Browser) -> None:
    devices.test(a_device(world, browser))
    notes.deliver_due()
    note = OutgoingNote.objects.get()
    assert (note.state, note.title, note.text) == (MailState.SENT, "", "")


@pytest.mark.parametrize("answer", [404, 410])
def test_a_subscription_that_has_ended_is_removed(
    world: World, service: PushService, browser: Browser, answer: int
) -> None:
    devices.test(a_device(world, browser))
    service.answers = answer
    assert notes.deliver_due() == NOTHING | {"failed": 1}
    assert not PushDevice.objects.exists()


@pytest.mark.parametrize("answer", [429, 500, 503])
def test_a_push_service_in_trouble_is_asked_again(
    world: World, service: PushService, browser: Browser, answer: int
) -> None:
    devices.test(a_device(world, browser))
    service.answers = answer
    assert notes.deliver_due() == NOTHING | {"delayed": 1}
    service.answers = 201
    OutgoingNote.objects.update(due_at="2020-01-01T00:00Z")
    assert notes.deliver_due() == NOTHING | {"sent": 1}


def test_one_phone_that_takes_it_is_enough(world: World, service: PushService, browser: Browser) -> None:
    a_device(world, browser)
    PushDevice.objects.create(
        patient=world.pat, endpoint="https://unknown.example.org/x", label="Old", **browser.keys
    )
    note = devices.test(a_device(world, browser, "/send/second"))
    OutgoingNote.objects.filter(pk=note.pk).update(to="")
    assert notes.deliver_due() == NOTHING | {"sent": 1}
    assert [path for path, _, _ in service.asked] == ["/send/abc", "/send/second"]


# --- Of several addresses, the first that answers

OVER_IPV6, ELSEWHERE = "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "93.184.215.15"


def test_the_resolver_says_which_address_is_tried_first(
    world: World, service: PushService, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    devices.test(a_device(world, browser))
    resolves_to(monkeypatch, "93.184.215.14", OVER_IPV6)
    assert notes.deliver_due() == NOTHING | {"sent": 1}
    assert service.called == ["93.184.215.14"]


def test_an_address_that_cannot_be_reached_is_followed_by_the_next(
    world: World, service: PushService, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    devices.test(a_device(world, browser))
    resolves_to(monkeypatch, OVER_IPV6, OVER_IPV6, ELSEWHERE, "93.184.215.14")
    assert notes.deliver_due() == NOTHING | {"sent": 1}
    assert service.called == [OVER_IPV6, ELSEWHERE, "93.184.215.14"]


def test_when_no_address_can_be_reached_it_is_tried_again(
    world: World, service: PushService, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    devices.test(a_device(world, browser))
    resolves_to(monkeypatch, OVER_IPV6, ELSEWHERE)
    assert notes.deliver_due() == NOTHING | {"delayed": 1}
    assert "unreachable" in OutgoingNote.objects.get().error


def test_all_addresses_together_take_no_longer_than_one_may(
    service: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    def silent(address: tuple[str, int], wait: float) -> socket.socket:
        waits.append(wait)
        raise TimeoutError("timed out")

    monkeypatch.setattr(push.socket, "create_connection", silent)
    resolves_to(monkeypatch, OVER_IPV6, ELSEWHERE, "93.184.215.14")
    with pytest.raises(TimeoutError):
        push.PublicConnection(HOST, 443, timeout=push.TIMEOUT, context=push.tls()).connect()
    assert (len(waits), sum(waits)) == (3, pytest.approx(push.TIMEOUT))


# --- Into the private network: refused


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.9", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),  # noqa: S104
        *(
            "::1",
            "fe80::1%eth0",
            "fc00::1",
            "::ffff:10.0.0.1",
            "2002:a00:1::",
            "224.0.0.1",
            "64:ff9b:1::1",
            "64:ff9b::a00:1",
        ),
    ],
)
def test_a_name_that_leads_into_a_private_network_is_not_called(
    world: World, service: PushService, browser: Browser, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    devices.test(a_device(world, browser))
    resolves_to(monkeypatch, "93.184.215.14", address)
    assert notes.deliver_due() == NOTHING | {"failed": 1}
    assert service.called == []
    assert "private network" in OutgoingNote.objects.get().error


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/fcm/send/x",
        "https://fcm.googleapis.com:8443/x",
        "https://fcm.googleapis.com@10.0.0.1/x",
        "https://127.0.0.1/x",
        "https://localhost/x",
        "https://[::1]/x",
        "https://[broken/x",
        "https://[::1%25.notify.windows.com]/x",
        "https://127.0.0.1%00.notify.windows.com/x",
        "https://fcm.googleapis.com.evil.example/x",
        "https://evilnotify.windows.com/x",
        "file:///etc/passwd",
        "https://fcm.googleapis.com/\r\nX-Also: this",
        "https://fcm.googleapis.com/a b",
        "https://fcm.googleapis.com/\x00",
        "https://fcm.googleapis.com/ü",
        "",
    ],
)
def test_an_address_that_is_no_known_push_service_is_refused(endpoint: str) -> None:
    assert push.why_not(endpoint)


@pytest.mark.parametrize("host", ["fcm.googleapis.com", "web.push.apple.com", "wns2-am3p.notify.windows.com"])
def test_the_push_services_of_the_browsers_are_known(host: str) -> None:
    assert not push.why_not(f"https://{host}/some/where")


def test_a_device_that_was_removed_fails_quietly(
    world: World, service: PushService, browser: Browser
) -> None:
    device = a_device(world, browser)
    devices.test(device)
    device.delete()
    assert notes.deliver_due() == NOTHING | {"failed": 1}
    assert not ChannelTrouble.objects.exists()
