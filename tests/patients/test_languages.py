"""docs/rules.md 7: what reaches somebody is in their language, whoever caused it and in whatever language they work."""

import datetime as dt
import io
import re
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pypdf import PdfReader

from clinic import reading
from clinic.models import OutgoingMail
from patients import calendar, handout, messaging, reports
from patients.models import Patient, Phone
from patients.models.people import Channel
from patients.models.reminders import Kind
from patients.reaching import sms
from tests.patients.caring import log_session
from tests.patients.test_emails import MONDAY, clock, written
from tests.patients.test_notes_wording import NUMBER
from tests.patients.test_notes_wording import written as noted
from tests.world import World

__all__ = ["clock"]

ARABIC = re.compile(r"[\u0600-\u06ff]")
IN_ARABIC = 'lang="ar" dir="rtl"'


@pytest.fixture(autouse=True)
def tongues(world: World) -> None:
    """Pat reads Arabic, the clinician German; whoever works here just now, Spanish."""
    reading.change(world.patient, language="ar")
    reading.change(world.clinician, language="de")
    world.pat.refresh_from_db()
    translation.activate("es")


@pytest.mark.parametrize("kind", Kind.values)
def test_each_reminder_is_in_the_patients_language(world: World, kind: str) -> None:
    mail = written(world, kind)
    assert IN_ARABIC in mail.html
    assert ARABIC.search(mail.subject)
    assert ARABIC.search(mail.text)
    Phone.objects.create(patient=world.pat, number=NUMBER, verified_at=MONDAY)
    for channel in (Channel.PUSH, Channel.SMS):
        assert ARABIC.search(noted(world, kind, channel).text)
    assert translation.get_language() == "es"


def test_a_text_message_travels_in_two_parts_at_most(world: World, settings: object) -> None:
    Phone.objects.create(patient=world.pat, number=NUMBER, verified_at=MONDAY)
    settings.SITE_URL = "https://stretches.lindenhof-physiotherapy.example.org"  # type: ignore[attr-defined]
    note = noted(world, Kind.SESSION_DUE, Channel.SMS)
    assert sms.parts(note.text) <= 2
    assert note.text.endswith("/settings/channels/")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("ا" * 70, 1),
        ("ا" * 71, 2),
        ("ó" * 135, 3),
    ],
)
def test_letters_outside_of_the_gsm_alphabet_take_more_room(text: str, parts: int) -> None:
    assert sms.parts(text) == parts


def test_a_calendar_is_in_the_patients_language(world: World) -> None:
    assert ARABIC.search(calendar.of_patient(Patient.objects.get(pk=world.pat.pk), MONDAY).decode())


def test_a_handout_is_in_the_patients_language_and_is_tagged_with_it(world: World) -> None:
    document = PdfReader(io.BytesIO(handout.printed(world.clinician, world.prescription)))
    assert document.trailer["/Root"]["/Lang"] == "ar"
    assert ARABIC.search(document.pages[0].extract_text())


def test_colleagues_are_written_to_in_their_own_language(world: World) -> None:
    messaging.write(world.patient, world.pat, id=uuid4(), text="Hello.")
    reports.request(world.clinician, world.clinic, "digest", world.clinician, dt.date(2026, 11, 15))
    reports.make_due(MONDAY)
    letters = OutgoingMail.objects.filter(to=world.clinician.email)
    assert letters
    assert all('lang="de"' in letter.html for letter in letters)


def test_the_pages_of_a_patient_are_in_their_language_whatever_the_device_asks_for(world: World) -> None:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(world.patient)
    log_session(world.prescription, MONDAY)
    for name in ("today", "progress", "urgent", "offline_urgent", "settings", "explained"):
        page = client.get(reverse(f"portal:{name}")).content.decode()
        assert '<html lang="ar" dir="rtl"' in page, name
        assert ARABIC.search(page)
    # What a device keeps is fetched anew once another language is chosen, with the files that its pages need.
    kept = client.get(reverse("portal:offline")).json()
    reading.change(world.patient, language="de")
    client.force_login(world.patient)
    anew = client.get(reverse("portal:offline")).json()
    assert not {page["key"] for page in kept["pages"]} & {page["key"] for page in anew["pages"]}
    session = client.get(reverse("portal:session", args=[world.prescription.pk])).content.decode()
    assert '"language": "de"' in session
