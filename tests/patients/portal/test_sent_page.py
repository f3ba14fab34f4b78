"""What was sent and what was not, and why: by day, in plain words, whatever became of each message."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import OutgoingMail
from patients.models import Patient, Reminder
from patients.models.reminders import Reason
from tests.patients.portal.conftest import NOW, TODAY
from tests.world import World, make_patient

SignIn = Callable[[Any], Client]


def words(client: Client, **query: str) -> str:
    response = client.get(reverse("portal:sent"), query)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def remind(world: World, slot: int = 1, **more: Any) -> Reminder:
    given = {"kind": "session_due", "local_date": TODAY, "due_at": NOW + dt.timedelta(hours=slot)}
    return Reminder.objects.create(patient=world.pat, slot=slot, **(given | more))


def mail(**more: Any) -> OutgoingMail:
    return OutgoingMail.objects.create(
        **({"to": "pat@example.org", "kind": "session_due", "subject": "s"} | more)
    )


def test_each_message_says_what_became_of_it_on_its_local_day(world: World, signed_in: SignIn) -> None:
    remind(world, 1, state="sent", mail=mail(state="sent"))
    remind(world, 2, state="planned")
    remind(world, 3, state="dropped", reason="done", due_at=NOW - dt.timedelta(days=1))
    Reminder.objects.create(patient=world.quinn, kind="nudge", local_date=TODAY, due_at=NOW)
    text = words(signed_in(world.patient))
    assert "Thursday, 19 November 2026" in text
    assert "Wednesday, 18 November 2026" in text
    # In the own zone, and by which way.
    found = re.findall(
        r'<p class="hw-quiet"> (\w+) </p> <p[^>]*> ([\w-]+) </p> </div> <time[^>]*>([\d:]+)<', text
    )
    assert found == [("Planned", "E-mail", "11:15"), ("Sent", "E-mail", "10:15")]
    assert "Not sent: you had done it already" in text
    assert text.count("A session is due") == 3
    assert "Nothing logged yet" not in text


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("queued", "On its way"),
        ("sending", "On its way"),
        ("failed", "Not delivered: the mail server did not take it"),
        ("cancelled", "Not sent: it would have come too late"),
    ],
)
def test_a_reminder_is_told_with_the_fate_of_its_mail(
    world: World, signed_in: SignIn, state: str, said: str
) -> None:
    remind(world, state="sent", mail=mail(state=state))
    assert said in words(signed_in(world.patient))


def test_what_was_told_along_says_so(world: World, signed_in: SignIn) -> None:
    remind(world, state="dropped", reason="merged", mail=mail(state="sent"))
    assert "Sent: in one message with another of that hour" in words(signed_in(world.patient))


@pytest.mark.parametrize(
    "reason", [reason for reason in Reason if reason not in (Reason.NONE, Reason.MERGED)]
)
def test_every_reason_has_words(world: World, signed_in: SignIn, reason: Reason) -> None:
    remind(world, state="dropped", reason=reason)
    text = words(signed_in(world.patient))
    assert ("Not delivered: " if reason == Reason.FAILED else "Not sent: ") in text
    assert "the patient" not in text


def test_mails_about_the_account_and_the_invitation_are_told_too(world: World, signed_in: SignIn) -> None:
    mail(kind="account", state="sent", created_at=NOW)
    mail(kind="invitation", state="sent", clinic=world.clinic, created_at=NOW)
    mail(kind="account", to="quinn@example.org", created_at=NOW)
    mail(kind="invitation", clinic=world.far_clinic, created_at=NOW)
    mail(kind="digest", clinic=world.clinic, created_at=NOW)
    text = words(signed_in(world.patient))
    assert text.count("About your account") == 1
    assert text.count("Invitation") == 1
    assert text.count("hw-list-name") == 2


def test_an_invitation_that_another_one_replaced_is_not_told_to_have_been_late(
    world: World, signed_in: SignIn
) -> None:
    mail(kind="invitation", state="cancelled", clinic=world.clinic, created_at=NOW)
    assert "Not sent: its link does not work any more" in words(signed_in(world.patient))


def test_it_is_read_page_by_page(world: World, signed_in: SignIn) -> None:
    for days in range(35):
        day = dt.timedelta(days=days)
        remind(world, local_date=TODAY - day, due_at=NOW - day)
    client = signed_in(world.patient)
    assert words(client).count("hw-list-name") == 30
    assert words(client, page="2").count("hw-list-name") == 5


def test_a_patient_of_two_clinics_reads_each(world: World, signed_in: SignIn) -> None:
    other = make_patient(world.far_clinic, "pat2", world.stranger_clinician, zone="America/St_Johns")
    Patient.objects.filter(pk=other.pk).update(user=world.patient)
    Reminder.objects.create(patient=other, kind="weekly_summary", local_date=TODAY, due_at=NOW)
    remind(world)
    client = signed_in(world.patient)
    assert "Weekly summary" in words(client, patient=str(other.pk))
    assert "Weekly summary" not in words(client, patient=str(world.pat.pk))
    assert client.get(reverse("portal:sent"), {"patient": str(world.quinn.pk)}).status_code == 404


@pytest.mark.parametrize("count", [1, 20])
def test_the_number_of_queries_does_not_grow_with_the_messages(
    world: World, signed_in: SignIn, count: int, django_assert_num_queries: Any
) -> None:
    for slot in range(1, count + 1):
        remind(world, slot, state="sent", mail=mail(state="sent"))
    client = signed_in(world.patient)
    with django_assert_num_queries(9):
        words(client)
