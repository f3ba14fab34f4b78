"""No health detail in a subject or a preview line (docs/rules.md 7), and every mail is a whole letter."""

import datetime as dt
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine
from django.conf import settings

from clinic.models import OutgoingMail
from exercises.models import Condition, Region, Revision
from patients import people, reports
from patients.models import Item, Patient, Prescription, PrescriptionRevision, Reminder
from patients.models.reminders import Kind
from patients.reminding import facts, messages
from tests.patients.caring import log_session
from tests.world import World

FOLDER = Path(settings.BASE_DIR) / "templates" / "emails"
NAMES = sorted(file.name.removesuffix(".subject.txt") for file in FOLDER.glob("*.subject.txt"))
# Nobody who sees the list of somebody's mails should learn any of these from it.
TELLING = {
    *(
        "pain",
        "stretch",
        "exercise",
        "adherence",
        "score",
        "diagnosis",
        "injury",
        "therapy",
        "rehab",
        "percent",
    ),
    *(
        "patient",
        "prescription",
        "clinician",
        "treatment",
        "spine",
        "knee",
        "hip",
        "shoulder",
        "neck",
        "thigh",
    ),
}
CANARY = "Canary"
MONDAY = dt.datetime(2026, 11, 16, 3, 15, tzinfo=dt.UTC)  # 09:00 in Kathmandu


def words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]+", text.lower()))


def preview(html: str) -> str:
    """The hidden first lines, which a mail program shows beside the subject."""
    found = re.search(r'<div style="display: none[^>]*>(.*?)</div>', html, re.DOTALL)
    assert found
    return found.group(1)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(MONDAY, tick=False) as clock:
        yield clock


@pytest.fixture
def canaries(world: World) -> World:
    """Everything about Pat's health has a name that must not turn up outside."""
    Prescription.objects.update(name=f"{CANARY} programme", ends_on=dt.date(2026, 11, 19))
    PrescriptionRevision.objects.update(note=f"{CANARY} note", reason=f"{CANARY} reason")
    Revision.objects.update(name=f"{CANARY} bend", summary=f"{CANARY} summary")
    Item.objects.update(note=f"{CANARY} item")
    Patient.objects.update(conditions=["osteoporosis"])
    for days in (1, 3):
        log_session(world.prescription, MONDAY - dt.timedelta(days=days), pain=8)
    world.clinic.name = f"{CANARY} Back Pain Clinic"
    world.clinic.save()
    return world


def written(world: World, kind: str) -> OutgoingMail:
    """The mail of a kind of reminder, with all the other kinds that fall together with it."""
    person = facts.load([world.pat.pk], MONDAY)[world.pat.pk]
    today = world.pat.local_date(MONDAY)
    reminders = [
        Reminder(patient=world.pat, kind=one, local_date=today, slot=1, due_at=MONDAY, claimed_until=MONDAY)
        for one in (kind, *(other for other in Kind if other != kind))
    ]
    return messages.compose(person, reminders[0], reminders, MONDAY)


# --- Neutral outside


@pytest.mark.parametrize("kind", Kind.values)
def test_a_reminder_says_nothing_about_health_at_all(canaries: World, kind: str) -> None:
    mail = written(canaries, kind)
    for outside in (mail.subject, preview(mail.html)):
        assert CANARY not in outside
        assert not words(outside) & TELLING
        assert not re.search(r"\d", outside)
    inside = (mail.text + mail.html).replace(canaries.clinic.name, "")
    assert CANARY not in inside
    assert "osteoporosis" not in inside


def test_an_invitation_does_not_say_who_invites_in_its_subject(canaries: World) -> None:
    people.invite_patient(canaries.clinician, canaries.clinic, name="Robin", email="robin@example.org")
    mail = OutgoingMail.objects.get(kind="invitation")
    assert mail.subject == "Your invitation to Holdwell"
    assert "/invitation/" in mail.text
    assert "/invitation/" in mail.html


def test_a_digest_names_nobody_and_nothing_outside(canaries: World) -> None:
    reports.request(canaries.clinician, canaries.clinic, "digest", canaries.clinician, dt.date(2026, 11, 15))
    reports.make_due(MONDAY)
    mail = OutgoingMail.objects.get(key__contains="report", to="clinician@example.org")
    for outside in (mail.subject, preview(mail.html)):
        assert not {"Pat", "Quinn", CANARY} & set(outside.split())
        assert not words(outside) & TELLING


@pytest.mark.parametrize("name", NAMES)
def test_no_subject_and_no_preview_line_has_a_telling_word(name: str) -> None:
    subject = (FOLDER / f"{name}.subject.txt").read_text()
    html = (FOLDER / f"{name}.html").read_text()
    shown = re.findall(r"{% block (?:title|preview) %}(.*?){% endblock", html, re.DOTALL)
    said = " ".join(re.sub(r"{{.*?}}|{%\s*(?!translate)\w+[^%]*%}", " ", text) for text in (subject, *shown))
    shipped = (Path(settings.BASE_DIR) / "exercises" / "data" / "exercises").glob("*.json")
    names = {json.loads(file.read_text())["name"].lower() for file in shipped}
    assert not words(said) & TELLING
    for telling in (*names, *(r.label.lower() for r in Region), *(c.label.lower() for c in Condition)):
        assert telling == "other" or str(telling) not in said.lower()


# --- A whole letter


@pytest.mark.parametrize("name", NAMES)
def test_every_mail_has_subject_text_and_html(name: str) -> None:
    assert (FOLDER / f"{name}.txt").exists()
    assert (FOLDER / f"{name}.html").exists()


@pytest.mark.parametrize("kind", Kind.values)
def test_a_mail_needs_nothing_from_elsewhere_and_says_how_to_stop_it(canaries: World, kind: str) -> None:
    mail = written(canaries, kind)
    assert not re.search(r"<(img|script|link|iframe)\b", mail.html)
    assert "url(" not in mail.html
    links = re.findall(r'href="([^"]*)"', mail.html)
    assert links
    assert all(link.startswith(settings.SITE_URL) for link in links)
    assert kind in links[-1].rstrip("/").rpartition("/")[2].split(".")
    assert 'lang="en"' in mail.html
    assert "prefers-color-scheme: dark" in mail.html
    assert "&amp;" not in mail.text


def test_a_name_with_signs_in_it_is_a_name_in_both_parts(canaries: World) -> None:
    canaries.pat.name = "Pat <b>O'Neil</b> & Co"
    canaries.pat.save()
    mail = written(canaries, Kind.SESSION_DUE)
    assert "Hello Pat <b>O'Neil</b> & Co," in mail.text
    assert "<b>O" not in mail.html


def test_what_falls_together_is_told_in_one_letter(canaries: World) -> None:
    mail = written(canaries, Kind.SESSION_DUE)
    assert "One session is waiting for you today." in mail.text
    assert "Your prescription ends on Thursday, 19 November." in mail.text
    assert "Last week you logged 2 of the 7 sessions that were due." in mail.text
    assert "You have a new prescription." in mail.text


def test_news_with_a_session_due_tells_of_both(canaries: World) -> None:
    mail = written(canaries, Kind.PRESCRIPTION_CHANGED)
    assert mail.subject == "Something new from your clinic"
    assert "One session is waiting for you today." in mail.text
