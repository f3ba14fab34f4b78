"""What a locked screen may show to anybody (docs/rules.md 7): every push and text message, word for word."""

import re
from typing import Any

import pytest
from django.utils import timezone

from patients.models import OutgoingNote, Phone, Reminder
from patients.models.people import Channel
from patients.models.reminders import Kind
from patients.reminding import facts, messages
from tests.patients.test_emails import CANARY, TELLING, canaries, clock, words
from tests.world import World

__all__ = ["canaries", "clock"]

NUMBER = "+4915123456789"


def written(world: World, kind: str, channel: str) -> OutgoingNote:
    """The note of a kind, with all the other kinds that fall together with it."""
    now = timezone.now()
    person = facts.load([world.pat.pk], now)[world.pat.pk]
    together = [
        Reminder(
            patient=world.pat,
            kind=one,
            channel=channel,
            local_date=world.pat.local_date(now),
            slot=1,
            due_at=now,
            claimed_until=now,
        )
        for one in (kind, *(other for other in Kind if other != kind))
    ]
    note = messages.compose(person, together[0], together, now)
    assert isinstance(note, OutgoingNote)
    return note


SAID = {
    Kind.SESSION_DUE: ("Your session for today", "/today/"),
    Kind.NUDGE: ("There is still time today", "/today/"),
    Kind.PRESCRIPTION_CHANGED: ("Something new from your clinic", "/today/"),
    Kind.PRESCRIPTION_ENDS: ("A date to know", "/today/"),
    Kind.WEEKLY_SUMMARY: ("Your week", "/progress/"),
    Kind.MESSAGE: ("A message waits in Holdwell", "/messages/"),
}


@pytest.mark.parametrize("kind", Kind.values)
def test_a_push_says_these_words_and_no_others(canaries: World, kind: str) -> None:
    note = written(canaries, kind, Channel.PUSH)
    assert (note.title, note.text, note.path) == (SAID[Kind(kind)][0], "Tap to open.", SAID[Kind(kind)][1])


@pytest.mark.parametrize("kind", Kind.values)
def test_a_text_message_says_these_words_and_how_to_stop_it(
    canaries: World, kind: str, settings: Any
) -> None:
    Phone.objects.create(patient=canaries.pat, number=NUMBER, verified_at=timezone.now())
    note = written(canaries, kind, Channel.SMS)
    title, path = SAID[Kind(kind)]
    site = settings.SITE_URL
    assert note.text == f"{title}: {site}{path} Change or stop: {site}/settings/channels/"
    assert note.to == NUMBER


@pytest.mark.parametrize("channel", [Channel.PUSH, Channel.SMS])
@pytest.mark.parametrize("kind", Kind.values)
def test_nobody_and_nothing_about_health_is_named_on_a_locked_screen(
    canaries: World, kind: str, channel: str
) -> None:
    note = written(canaries, kind, channel)
    said = re.sub(r"https?://\S+", "", f"{note.title} {note.text}")
    assert not words(said) & TELLING
    assert not {CANARY.lower(), "pat"} & words(said)
    assert not re.search(r"\d", said)
