"""Text messages, through a provider class that `HOLDWELL_SMS` names."""

import email.message
import email.utils
from pathlib import Path
from typing import Protocol
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from clinic.mailbox import SEPARATOR
from patients.models import OutgoingNote
from patients.reaching.failures import Refused

# The letters of the GSM alphabet, and those of its extension, which take the room of two (3GPP TS 23.038).
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWICE = frozenset("^{}\\[~]|€")


class Provider(Protocol):
    """Whoever carries text messages.

    `send` hands one over and returns when it is taken. It raises `Refused` when this number or text will never be
    taken; any other exception means that it may pass. `reference` is the same for a repeat of the same message, so a
    provider that knows such keys can drop the second.
    """

    def send(self, number: str, text: str, *, reference: UUID) -> None: ...


class FileProvider:
    """Writes each message into a folder, where the demo's mailbox shows it. For demo and tests."""

    def send(self, number: str, text: str, *, reference: UUID) -> None:
        letter = email.message.EmailMessage()
        letter["Subject"] = "SMS"
        letter["From"] = "Holdwell"
        letter["To"] = number
        letter["Date"] = email.utils.format_datetime(timezone.now())
        letter.set_content(text)
        folder = Path(settings.SMS_FILE_PATH)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / f"{reference}.log").write_bytes(letter.as_bytes() + SEPARATOR)


def offered() -> bool:
    """Whether this installation has a provider."""
    return bool(settings.SMS_PROVIDER)


def carry(note: OutgoingNote) -> None:
    """Hand a note to the provider. Raises Refused, or whatever may pass."""
    if not offered():
        raise Refused("There is no provider of text messages.")
    provider: Provider = import_string(settings.SMS_PROVIDER)()
    provider.send(note.to, note.text, reference=note.pk)


def parts(text: str) -> int:
    """In how many messages a text travels: 160 letters of the GSM alphabet or 70 of any other (3GPP TS 23.038).

    Of several, each has 153 or 67, as their order is told along (TS 23.040).
    """
    plain = all(letter in _GSM or letter in _GSM_TWICE for letter in text)
    # Outside of the alphabet, what lies beyond the first plane of Unicode counts as two.
    length = (
        sum(1 + (letter in _GSM_TWICE) for letter in text) if plain else len(text.encode("utf-16-le")) // 2
    )
    alone, each = (160, 153) if plain else (70, 67)
    return 1 if length <= alone else -(-length // each)
