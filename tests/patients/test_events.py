"""docs/rules.md 6: an adverse event is kept for ever, and is a critical alert."""

import datetime as dt
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db.models import ProtectedError
from django.test import Client
from django.urls import reverse

from clinic.errors import Conflict
from clinic.models import AuditEvent
from patients import events, sessions
from patients.models import AdverseEvent, Alert
from tests.world import World, make_session

NOW = dt.datetime(2026, 11, 19, 3, 30, tzinfo=dt.UTC)  # Thursday, 09:15 in Kathmandu
TODAY = dt.date(2026, 11, 19)
DIZZY = "Dizzy on getting up"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def report(world: World, **changes: Any) -> AdverseEvent:
    told = {"id": uuid4(), "text": DIZZY, "happened_on": TODAY} | changes
    return events.report(world.patient, world.pat, **told)[0]


def refused(world: World, **changes: Any) -> set[str]:
    with pytest.raises(ValidationError) as info:
        report(world, **changes)
    assert not AdverseEvent.objects.exists()
    return set(info.value.message_dict)


def test_it_is_a_row_of_its_own_and_a_critical_alert(world: World) -> None:
    session = make_session(world.prescription, TODAY)
    item = world.prescription.revisions.get().items.all()[0]
    event = report(world, session=session, during=item)
    assert (event.by_staff, event.during, event.reported_by) == (False, item, world.patient)
    alert = Alert.objects.get()
    assert (alert.level, alert.findings.get().event) == ("critical", event)


def test_it_is_kept_for_ever(world: World) -> None:
    report(world)
    with pytest.raises(ProtectedError):
        world.pat.delete()


def test_the_audit_trail_does_not_have_the_words(world: World) -> None:
    report(world)
    assert DIZZY not in str(AuditEvent.objects.get(verb="adverse_event.reported").__dict__)


def test_the_same_sent_twice_is_one_event_and_other_words_are_refused(world: World) -> None:
    event = report(world)
    assert report(world, id=event.pk) == event
    with pytest.raises(Conflict):
        report(world, id=event.pk, text="Something else")
    assert (AdverseEvent.objects.get().text, Alert.objects.get().occurrences) == (DIZZY, 1)


def test_it_stands_whatever_becomes_of_its_session(world: World) -> None:
    session = make_session(world.prescription, TODAY)
    report(world, session=session)
    sessions.void(world.clinician, session, reason="Wrong person")
    assert Alert.objects.get().findings.get().withdrawn_at is None


def test_another_one_is_added_to_the_alert(world: World) -> None:
    report(world)
    report(world)
    assert Alert.objects.get().occurrences == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"text": "  "}, "text"),
        ({"text": "x" * 2001}, "text"),
        ({"happened_on": TODAY + dt.timedelta(days=1)}, "happened_on"),
        ({"happened_on": TODAY - dt.timedelta(days=400)}, "happened_on"),
    ],
)
def test_what_cannot_be_is_told_at_its_field(world: World, changes: dict[str, Any], field: str) -> None:
    assert refused(world, **changes) == {field}


def test_nothing_of_another_patient_can_be_named(world: World) -> None:
    session = make_session(world.prescription, TODAY)
    with pytest.raises(ValidationError) as info:
        events.report(
            world.clinician, world.quinn, id=uuid4(), text=DIZZY, happened_on=TODAY, session=session
        )
    assert set(info.value.message_dict) == {"session"}


# --- The patient's page


def told(world: World, **changes: Any) -> dict[str, Any]:
    return {"id": str(uuid4()), "text": DIZZY, "happened_on": TODAY.isoformat(), "during": ""} | changes


def test_a_patient_tells_it_from_today_and_reads_what_to_do_when_it_is_urgent(
    world: World, client: Client
) -> None:
    client.force_login(world.patient)
    address = reverse("portal:adverse_event")
    assert address in client.get(reverse("portal:today")).content.decode()
    page = client.get(address).content.decode()
    assert reverse("portal:urgent") in page
    item = world.prescription.revisions.get().items.all()[1]
    answer = client.post(address, told(world, during=str(item.pk)), follow=True)
    assert "Your clinic is told" in answer.content.decode()
    assert AdverseEvent.objects.get().during == item


def test_from_the_end_of_a_session_it_is_about_that_session(world: World, client: Client) -> None:
    client.force_login(world.patient)
    session = make_session(world.prescription, TODAY - dt.timedelta(days=1))
    link = reverse("portal:adverse_event") + f"?session={session.pk}"
    assert link in client.get(reverse("portal:done", args=[session.pk])).content.decode()
    page = client.get(link).content.decode()
    assert 'value="2026-11-18"' in page
    client.post(link, told(world, happened_on="2026-11-18"))
    assert AdverseEvent.objects.get().session == session


def test_what_was_typed_stays_when_something_is_missing(world: World, client: Client) -> None:
    client.force_login(world.patient)
    answer = client.post(reverse("portal:adverse_event"), told(world, happened_on="2027-01-01"))
    assert answer.status_code == 422
    assert DIZZY in answer.content.decode()


@pytest.mark.parametrize("which", ["session", "patient"])
def test_somebody_else_s_session_or_clinic_does_not_exist(world: World, client: Client, which: str) -> None:
    session = make_session(world.prescription, TODAY)
    client.force_login(world.stranger)
    pk: UUID = session.pk if which == "session" else world.pat.pk
    assert client.get(reverse("portal:adverse_event") + f"?{which}={pk}").status_code == 404


def test_the_staff_write_it_down_as_told(world: World, client: Client) -> None:
    client.force_login(world.assistant)
    client.post(reverse("desk:adverse_event", args=[world.pat.pk]), told(world))
    event = AdverseEvent.objects.get()
    assert (event.by_staff, event.reported_by) == (True, world.assistant)
