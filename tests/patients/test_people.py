"""docs/rules.md 2 and 7: patients come in, and choose."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from clinic import people as colleagues
from clinic.mail import deliver_due
from clinic.models import AuditEvent, Invitation, MailState, OutgoingMail
from patients import people
from patients.models import Patient
from patients.models.people import PatientState
from tests.world import World


def invite(world: World, **changes: Any) -> Patient:
    arguments: dict[str, Any] = {"name": "Nora New", "email": "nora@example.org"} | changes
    return people.invite_patient(world.clinician, world.clinic, **arguments)


def token_in(mail: OutgoingMail) -> str:
    link = next(word for word in mail.text.split() if "/invitation/" in word)
    return link.rstrip("/").rsplit("/", 1)[1]


def test_an_invited_patient_gets_a_mail_with_a_link_of_their_own(world: World) -> None:
    patient = invite(world)
    mail = OutgoingMail.objects.get(kind="invitation")
    assert (patient.state, mail.to) == (PatientState.INVITED, "nora@example.org")
    assert colleagues.invitation_of(token_in(mail)) == patient.invitation


def test_the_patient_accepts_and_chooses_time_zone_and_reminder_time(world: World) -> None:
    patient = invite(world)
    assert patient.invitation
    people.accept(
        patient.invitation,
        password="long enough to keep",
        time_zone=ZoneInfo("Europe/Lisbon"),
        reminder_times=["07:30"],
    )
    patient.refresh_from_db()
    assert patient.user
    assert (patient.state, str(patient.time_zone)) == (PatientState.ACTIVE, "Europe/Lisbon")
    assert (patient.user.email, patient.reminder_preference.times) == ("nora@example.org", ["07:30"])
    assert list(AuditEvent.objects.filter(subject_id=patient.pk).values_list("verb", flat=True)[::-1]) == [
        "patient.invited",
        "patient.accepted",
        "patient.preferences_changed",
    ]


def test_an_invitation_lets_in_once(world: World) -> None:
    patient = invite(world)
    token = token_in(OutgoingMail.objects.get(kind="invitation"))
    assert patient.invitation
    people.accept(
        patient.invitation, password=None, time_zone=ZoneInfo("Europe/Lisbon"), reminder_times=["07:30"]
    )
    assert colleagues.invitation_of(token) is None


def test_a_new_invitation_makes_the_former_one_stop_working(world: World) -> None:
    patient = invite(world)
    former = token_in(OutgoingMail.objects.get(kind="invitation"))
    people.reinvite(world.assistant, patient)
    assert colleagues.invitation_of(former) is None
    assert Invitation.objects.filter(patient=patient, withdrawn_at=None).count() == 1


def test_the_mail_of_a_link_that_stopped_working_is_not_sent(world: World) -> None:
    patient = invite(world)
    former = OutgoingMail.objects.get(kind="invitation")
    assert patient.invitation
    assert former.expires_at == patient.invitation.expires_at
    people.reinvite(world.assistant, patient)
    counts = deliver_due()
    assert (counts["sent"], counts["cancelled"]) == (1, 1)
    former.refresh_from_db()
    assert former.state == MailState.CANCELLED


def test_a_patient_of_two_clinics_has_one_account(world: World) -> None:
    second = people.invite_patient(
        world.stranger_clinician, world.far_clinic, name="Pat", email=world.patient.email
    )
    assert second.invitation
    people.accept(
        second.invitation,
        password=None,
        time_zone=ZoneInfo("Asia/Kathmandu"),
        reminder_times=["08:00"],
        user=world.patient,
    )
    assert world.patient.patients.count() == 2


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("name", {"name": "  "}),
        ("email", {"email": "nora"}),
        ("email", {"email": "PAT@example.org"}),
        ("reference", {"reference": "PAT-1"}),
        ("conditions", {"conditions": ["gout"]}),
    ],
)
def test_bad_input_is_refused_by_field_and_invites_nobody(
    world: World, field: str, changes: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError) as info:
        invite(world, **changes)
    assert set(info.value.message_dict) == {field}
    assert not OutgoingMail.objects.exists()


def test_the_zone_chosen_on_joining_takes_the_place_of_the_clinics_guess(world: World) -> None:
    patient = invite(world)
    assert patient.invitation
    people.accept(
        patient.invitation, password=None, time_zone=ZoneInfo("America/Phoenix"), reminder_times=["07:30"]
    )
    patient.refresh_from_db()
    assert str(patient.zone_at(timezone.now() - dt.timedelta(minutes=20))) == "America/Phoenix"


def test_each_time_zone_a_patient_has_had_is_kept(world: World) -> None:
    people.change_preferences(world.patient, world.pat, time_zone=ZoneInfo("Europe/Lisbon"))
    assert [str(z.time_zone) for z in world.pat.zones.order_by("since")] == [
        "Asia/Kathmandu",
        "Europe/Lisbon",
    ]


def test_a_settings_page_that_was_opened_before_does_not_undo_an_unsubscribe(world: World) -> None:
    stale = Patient.objects.select_related("reminder_preference").get(pk=world.pat.pk)
    people.switch_off(None, world.pat, "session_due")
    people.change_preferences(world.patient, stale, nudge_after=5)
    world.pat.reminder_preference.refresh_from_db()
    assert world.pat.reminder_preference.off == ["nudge", "session_due"]


@pytest.mark.parametrize("times", [["25:00"], ["9:00"], ["noon"], ["08:00"] * 7])
def test_impossible_reminder_times_are_refused(world: World, times: list[str]) -> None:
    with pytest.raises(ValidationError) as info:
        people.change_preferences(world.patient, world.pat, times=times)
    assert set(info.value.message_dict) == {"times"}
