"""What a locked screen may show to anybody (docs/rules.md 7): every push and text message, word for word."""

import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from exercises.models import Condition, Region, Revision
from patients.models import OutgoingNote, Phone, Prescription, Reminder
from patients.models.people import Channel
from patients.models.reminders import Kind
from patients.reminding import facts, messages
from tests.patients.test_emails import CANARY, TELLING, canaries, clock, preview, words
from tests.patients.test_emails import written as written_mail
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
def test_a_text_message_says_these_words_and_how_to_stop_it(canaries: World, kind: str) -> None:
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


def outside(world: World, kind: str, channel: str) -> str:
    """All that shows of a message before anybody has signed in or opened it."""
    if channel != Channel.EMAIL:
        note = written(world, kind, channel)
        return re.sub(r"https?://\S+", "", f"{note.title} {note.text}")
    mail = written_mail(world, kind)
    return f"{mail.subject} {preview(mail.html)}"


def names_of_health() -> list[str]:
    """Every stretch that is shipped, every part of the body, every condition and caution."""
    shipped = (Path(settings.BASE_DIR) / "exercises" / "data" / "exercises").glob("*.json")
    stretches = [json.loads(file.read_text())["name"] for file in shipped]
    named = [*stretches, *(str(one.label) for one in (*Region, *Condition))]
    return sorted({name.lower() for name in named} - {"other"})


@pytest.mark.parametrize("channel", Channel.values)
@pytest.mark.parametrize("kind", Kind.values)
def test_no_stretch_no_part_of_the_body_no_condition_and_no_figure_shows_outside(
    canaries: World, kind: str, channel: str
) -> None:
    """All of them are prescribed; the words stay the same, and name none."""
    Phone.objects.create(patient=canaries.pat, number=NUMBER, verified_at=timezone.now())
    plain = outside(canaries, kind, channel)
    names = names_of_health()
    assert len(names) > 25
    assert [name for name in names if re.search(rf"\b{re.escape(name)}\b", plain.lower())] == []
    assert not re.search(r"\d", plain)
    Revision.objects.update(
        name=", ".join(names)[:100], summary=", ".join(names)[:300], regions=Region.values
    )
    Prescription.objects.update(name=", ".join(names)[-100:])
    assert outside(canaries, kind, channel) == plain
