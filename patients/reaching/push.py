"""Web push: encrypted for one browser (RFC 8291), signed with our key (RFC 8292), given to its push service (RFC 8030).

A subscription is an address that a browser gives us and our server talks to, so it is not trusted. It has to be https
at one of the known push services (`PUSH_HOSTS`). Right before each sending its name is resolved, every address of it
has to be a public one, and the connection goes to just these addresses, one after the other: so no name can lead into
our own network, not even one that changes its mind between the look and the call.

Road not taken: pywebpush, whose sending resolves the name by itself, and which brings two HTTP clients along. It is
made of the two libraries that do the work here.
"""

import base64
import http.client
import ipaddress
import json
import os
import re
import socket
import ssl
from email.utils import parseaddr
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import http_ece
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.utils import timezone
from py_vapid import Vapid02

from patients.models import OutgoingNote, PushDevice
from patients.reaching.failures import Delayed, Refused

TIMEOUT = 10  # seconds, for each step of the talk
KEY_FILE = "push_key.pem"
# How long a push service keeps it for a phone that is off, where the note itself knows no end.
LONGEST = 24 * 3600
GONE = (404, 410)
# An IPv4 address in an IPv6 network (RFC 6052), and what a network translates for itself (RFC 8215).
NAT64, LOCAL_NAT64 = ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48")


def carry(note: OutgoingNote) -> None:
    """Hand a note to its devices; it has arrived when one of them takes it. Raises Refused or Delayed.

    A device that its push service does not know any more is removed.
    """
    devices = note.patient.push_devices.all()
    passing: Exception | None = None
    refused: Refused | None = None
    taken = 0
    for device in devices.filter(pk=note.to) if note.to else devices:
        try:
            _hand_over(note, device)
            taken += 1
        except Gone:
            device.delete()
        except Refused as error:
            refused = error
        except ValueError as error:  # no letter can be made for such a key: the other phones have theirs
            refused = Refused(str(error))
        except (OSError, http.client.HTTPException, Delayed) as error:
            passing = error
    if taken:
        return
    if passing:
        raise Delayed(str(passing)) from passing
    raise refused or Refused("No phone takes pushes any more.")


class Gone(Refused):
    """The subscription has ended (RFC 8030, 7.3)."""


def _hand_over(note: OutgoingNote, device: PushDevice) -> None:
    url = urlsplit(device.endpoint)
    if why := why_not(device.endpoint):
        raise Refused(why)
    until = (note.expires_at - timezone.now()).total_seconds() if note.expires_at else LONGEST
    headers = {
        **_signed(f"https://{url.netloc}"),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(max(0, min(int(until), LONGEST))),
        # A repeat takes the place of what waits at the push service (RFC 8030, 5.4).
        "Topic": note.pk.hex,
    }
    connection = PublicConnection(url.hostname or "", url.port or 443, timeout=TIMEOUT, context=tls())
    try:
        connection.request(
            "POST",
            f"{url.path}?{url.query}" if url.query else url.path,
            encrypted(payload(note), device),
            headers,
        )
        status = connection.getresponse().status
    finally:
        connection.close()
    if status in GONE:
        raise Gone(f"The push service answered {status}.")
    if status == http.client.TOO_MANY_REQUESTS or status >= 500:
        raise Delayed(f"The push service answered {status}.")
    if not 200 <= status < 300:
        raise Refused(f"The push service answered {status}.")


def payload(note: OutgoingNote) -> bytes:
    """What static/js/portal/push-worker.js shows."""
    return json.dumps(
        {"title": note.title, "text": note.text, "path": note.path, "tag": str(note.pk)}
    ).encode()


# --- Where to


def why_not(endpoint: str) -> str:
    """Why this is not the address of a known push service; empty when it is."""
    if not (endpoint.isascii() and endpoint.isprintable()) or " " in endpoint:
        return "This is not an address."  # `urlsplit` would read past line breaks
    try:
        url = urlsplit(endpoint)
        port = url.port
    except ValueError:
        return "This is not an address."
    if url.scheme != "https" or port not in (None, 443) or "@" in url.netloc:
        return "A push service is reached by https."
    host = (url.hostname or "").rstrip(".")
    if not re.fullmatch(r"[a-z0-9.-]+", host):
        return "This is not an address."
    known = any(host == one or (one.startswith(".") and host.endswith(one)) for one in settings.PUSH_HOSTS)
    return "" if known else "This is not a known push service."


def public_addresses(host: str, port: int) -> list[str]:
    """Addresses to connect to, in the resolver's order, which knows what this machine reaches.

    Raises Refused when the name, or any address of it, leads into a private network.
    """
    entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    found = list(dict.fromkeys(str(entry[4][0]) for entry in entries))
    if not found or not all(is_public(address) for address in found):
        raise Refused("The push service's name leads into a private network.")
    return found


def is_public(address: str) -> bool:
    """Whether it lies in the open internet: not loopback, private, link-local, shared, multicast or reserved."""
    ip: ipaddress.IPv4Address | ipaddress.IPv6Address = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        translated = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if ip in NAT64 else None
        ip = ip.ipv4_mapped or ip.sixtofour or translated or ip
    return ip.is_global and not ip.is_multicast and ip not in LOCAL_NAT64


class PublicConnection(http.client.HTTPSConnection):
    """Connects to the very addresses that were looked at; the certificate still has to be that of the name."""

    def __init__(self, host: str, port: int, *, timeout: float, context: ssl.SSLContext) -> None:
        super().__init__(host, port, timeout=timeout, context=context)
        self.tls, self.longest = context, timeout

    def connect(self) -> None:
        self.sock = self.tls.wrap_socket(self._first_that_answers(), server_hostname=self.host)

    def _first_that_answers(self) -> socket.socket:
        """All of them together take no longer than one may."""
        addresses = public_addresses(self.host, self.port)
        trouble: OSError | None = None
        for address in addresses:
            try:
                plain = socket.create_connection((address, self.port), self.longest / len(addresses))
            except OSError as error:
                trouble = error
            else:
                plain.settimeout(self.longest)
                return plain
        raise trouble or OSError("The push service's name leads nowhere.")


@cache
def tls() -> ssl.SSLContext:
    return ssl.create_default_context()


# --- Sealed and signed


def encrypted(plain: bytes, device: PushDevice) -> bytes:
    """For this browser alone; the push service reads nothing."""
    sealed: bytes = http_ece.encrypt(
        plain,
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=raw(device.p256dh),
        auth_secret=raw(device.auth),
        version="aes128gcm",
    )
    return sealed


def raw(text: str) -> bytes:
    """The bytes of base64url without its padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _signed(audience: str) -> dict[str, str]:
    _name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    headers: dict[str, str] = _key().sign({"aud": audience, "sub": f"mailto:{address}"})
    return headers


def public_key() -> str:
    """What a browser asks for when it subscribes: our public key, base64url."""
    point = _key().public_key.public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()


def _key() -> Vapid02:
    return _key_of(Path(settings.DATA_DIR), settings.PUSH_KEY)


@cache
def _key_of(folder: Path, given: str) -> Vapid02:
    """The key of this installation: given in the settings, else made once and kept in the data folder.

    With another key every subscription would be void, so it belongs to the backup.
    """
    if given:
        return Vapid02.from_string(given)
    file = folder / KEY_FILE
    if not file.exists():
        made = Vapid02()
        made.generate_keys()
        draft = folder / f"{KEY_FILE}.{os.getpid()}"
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as stream:
            stream.write(made.private_pem())
        try:
            # Of two processes that start together one keeps its key, and both use that.
            os.link(draft, file)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return Vapid02.from_pem(file.read_bytes())
