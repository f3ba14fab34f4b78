"""A way in without e-mail (docs/rules.md 2): taken in, given a code on paper, signed in; and a forgotten password."""

import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.urls import reverse

from clinic import pdf
from clinic.models import AuditEvent, Invitation, OutgoingMail, User
from patients import lifecycle, paper, people
from patients.models import Patient
from patients.models.people import PatientState
from patients.reminding import facts
from tests import papers
from tests.world import World, make_patient, make_prescription

NOW = dt.datetime(2026, 11, 19, 3, 30, tzinfo=dt.UTC)
PASSWORD = "three words in a row"
ANOTHER = "four other words in a row"


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def gerda(world: World) -> Patient:
    """Taken in without an address."""
    return people.invite_patient(
        world.assistant, world.clinic, name="Gerda Brandt", clinician=world.clinician
    )


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def refused(*arguments: Any) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as error:
        paper.make_code(*arguments)
    return error.value.message_dict


def link(code: str) -> str:
    return reverse("portal:invitation", args=[code])


def join(code: str, client: Client | None = None, **typed: str) -> Any:
    return (client or Client()).post(
        link(code), {"password": PASSWORD, "time_zone": "Asia/Kathmandu"} | typed
    )


def test_whoever_has_no_address_is_taken_in_without_a_letter(world: World, gerda: Patient) -> None:
    assert (gerda.state, gerda.email, gerda.invitation) == (PatientState.INVITED, "", None)
    assert not OutgoingMail.objects.filter(kind="invitation").exists()


def test_the_desk_takes_in_without_an_address_and_leads_to_the_paper(world: World) -> None:
    client = signed_in(world.assistant)
    typed = {"name": "Karl Ohne", "email": "", "clinician": world.clinician.pk}
    page = client.post(reverse("desk:invite", args=[world.clinic.pk]), typed, follow=True).content.decode()
    karl = Patient.objects.get(name="Karl Ohne")
    assert "Now print a way in on paper." in page
    assert reverse("desk:code", args=[karl.pk]) in page


def test_the_print_has_code_name_and_address_and_is_kept_by_nobody(world: World, gerda: Patient) -> None:
    answer = signed_in(world.assistant).post(
        reverse("desk:code", args=[gerda.pk]), {"paper": "letter", "size": "normal"}
    )
    assert answer.headers["Content-Disposition"] == 'inline; filename="way-in.pdf"'
    assert "no-store" in answer.headers["Cache-Control"]
    text = papers.text(answer.content)
    printed = re.search(r"Your code ((?:[0-9A-Z]{4} ?){4})", text)
    assert printed
    invitation = Invitation.objects.get(patient=gerda)
    assert invitation.sign_in_name in text
    assert "/start/" in text
    assert "until 3 December 2026" in text
    typed = Client().post(reverse("portal:start"), {"code": printed[1].lower()})
    assert typed.status_code == 302
    assert Client().get(typed.headers["Location"]).status_code == 200


def test_large_print_is_one_page_as_well(world: World, gerda: Patient) -> None:
    for size in ("normal", "large"):
        assert len(papers.read(paper.way_in(world.assistant, gerda, size=size)).pages) == 1


def test_the_patient_chooses_a_password_and_is_in(world: World, gerda: Patient) -> None:
    make_prescription(gerda, world.clinician, [world.hamstring], starts_on=dt.date(2026, 11, 1))
    _invitation, code = paper.make_code(world.assistant, gerda)
    client = Client()
    assert join(code, client).headers["Location"] == reverse("portal:today")
    page = client.get(reverse("portal:today")).content.decode()
    gerda.refresh_from_db()
    assert gerda.state == PatientState.ACTIVE
    assert gerda.user is not None
    assert f"you sign in as {gerda.user.sign_in_name}, with your password" in page
    assert "Six stretches" in page
    again = Client()
    again.post(reverse("account_login"), {"login": gerda.user.sign_in_name, "password": PASSWORD})
    assert again.get(reverse("portal:today")).status_code == 200
    assert "so no reminders are sent" in again.get(reverse("portal:settings")).content.decode()


def test_a_code_opens_once(world: World, gerda: Patient) -> None:
    _invitation, code = paper.make_code(world.assistant, gerda)
    join(code)
    assert Client().get(link(code)).status_code == 410
    assert join(code, password=ANOTHER).status_code == 410


def test_a_code_runs_out_after_fourteen_days(world: World, gerda: Patient, clock: Any) -> None:
    _invitation, code = paper.make_code(world.assistant, gerda)
    clock.shift(dt.timedelta(days=14) - dt.timedelta(seconds=1))
    assert Client().get(link(code)).status_code == 200
    clock.shift(dt.timedelta(seconds=1))
    assert Client().get(link(code)).status_code == 410


def test_a_new_code_ends_the_old_one(world: World, gerda: Patient) -> None:
    _first, old = paper.make_code(world.assistant, gerda)
    _second, new = paper.make_code(world.assistant, gerda)
    assert Client().get(link(old)).status_code == 410
    assert Client().get(link(new)).status_code == 200


def test_a_code_can_be_withdrawn(world: World, gerda: Patient) -> None:
    _invitation, code = paper.make_code(world.assistant, gerda)
    page = (
        signed_in(world.assistant)
        .post(reverse("desk:withdraw_code", args=[gerda.pk]), follow=True)
        .content.decode()
    )
    assert Client().get(link(code)).status_code == 410
    assert "There is no open invitation." in page
    assert AuditEvent.objects.filter(verb="patient.code_withdrawn", subject_id=gerda.pk).count() == 1


def test_an_invitation_by_mail_ends_the_code(world: World, gerda: Patient) -> None:
    _invitation, code = paper.make_code(world.assistant, gerda)
    people.reinvite(world.assistant, gerda, email="gerda@example.org")
    assert Client().get(link(code)).status_code == 410
    assert OutgoingMail.objects.get(kind="invitation").to == "gerda@example.org"


def test_discharge_ends_the_code(world: World, gerda: Patient) -> None:
    _invitation, code = paper.make_code(world.assistant, gerda)
    lifecycle.discharge(world.clinician, gerda, reason="Moved away")
    assert Client().get(link(code)).status_code == 410
    assert "not in care" in refused(world.assistant, gerda)["patient"][0]


def test_making_and_using_a_code_is_in_the_trail_without_the_code(world: World, gerda: Patient) -> None:
    _invitation, code = paper.make_code(world.assistant, gerda)
    join(code)
    events = AuditEvent.objects.filter(subject_id=gerda.pk)
    assert {"patient.code_made", "patient.accepted"} <= set(events.values_list("verb", flat=True))
    made = events.get(verb="patient.code_made")
    assert made.actor == world.assistant
    assert code not in str(list(AuditEvent.objects.values()))


def test_whoever_has_an_address_is_invited_there(world: World) -> None:
    nora = people.invite_patient(world.clinician, world.clinic, name="Nora", email="nora@example.org")
    assert set(refused(world.clinician, nora)) == {"patient"}
    assert set(refused(world.clinician, world.pat)) == {"patient"}


def test_on_a_device_where_somebody_is_signed_in_nobody_joins_by_mistake(
    world: World, gerda: Patient
) -> None:
    _invitation, code = paper.make_code(world.assistant, gerda)
    helper = signed_in(world.patient)
    page = join(code, helper).content.decode()
    assert "This paper is for Gerda Brandt. On this device pat@example.org is signed in." in page
    gerda.refresh_from_db()
    assert gerda.user is None


def test_a_weak_password_keeps_the_code(world: World, gerda: Patient) -> None:
    _invitation, code = paper.make_code(world.assistant, gerda)
    assert join(code, password="short").status_code == 422
    assert Client().get(link(code)).status_code == 200


def test_tries_are_counted(world: World, gerda: Patient) -> None:
    _invitation, code = paper.make_code(world.assistant, gerda)
    client = Client()
    for _try in range(10):
        page = client.post(reverse("portal:start"), {"code": "WRONG"})
        assert "This code opens nothing." in page.content.decode()
    page = client.post(reverse("portal:start"), {"code": code})
    assert "Too many tries in a row." in page.content.decode()


def test_no_reminder_is_planned_for_whoever_has_no_address(world: World, gerda: Patient) -> None:
    _invitation, code = paper.make_code(world.assistant, gerda)
    join(code)
    assert facts.load([gerda.pk], NOW)[gerda.pk].address == ""


# --- A forgotten password


@pytest.fixture
def joined(world: World, gerda: Patient) -> Patient:
    _invitation, code = paper.make_code(world.assistant, gerda)
    join(code)
    gerda.refresh_from_db()
    return gerda


def test_a_new_code_opens_the_same_account_with_a_new_password(world: World, joined: Patient) -> None:
    user = joined.user
    assert user is not None
    elsewhere = signed_in(user)
    page = signed_in(world.assistant).get(reverse("desk:details", args=[joined.pk])).content.decode()
    assert reverse("desk:code", args=[joined.pk]) in page
    invitation, code = paper.make_code(world.assistant, joined)
    assert invitation.sign_in_name == user.sign_in_name
    client = Client()
    assert "Choose a new password." in client.get(link(code)).content.decode()
    assert join(code, client, password=ANOTHER).status_code == 302
    joined.refresh_from_db()
    user.refresh_from_db()
    assert joined.user == user
    assert user.check_password(ANOTHER)
    assert elsewhere.get(reverse("portal:today")).status_code == 302
    assert AuditEvent.objects.get(verb="patient.password_renewed").subject_id == joined.pk
    assert Client().get(link(code)).status_code == 410


def test_whoever_has_no_address_learns_of_it_at_the_next_sign_in_and_once(
    world: World, joined: Patient, clock: Any
) -> None:
    _invitation, code = paper.make_code(world.assistant, joined)
    somebody = Client()
    join(code, somebody, password=ANOTHER)
    assert "was renewed" not in somebody.get(reverse("portal:today")).content.decode()
    clock.shift(dt.timedelta(days=2))
    assert joined.user
    typed = {"login": joined.user.sign_in_name, "password": ANOTHER}
    told = "On 19 November 2026 your password was renewed with a code on paper."
    assert told in Client().post(reverse("account_login"), typed, follow=True).content.decode()
    assert told not in Client().post(reverse("account_login"), typed, follow=True).content.decode()


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_for_the_printer(world: World, gerda: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    typeset, seen = pdf.typeset, []

    def watched(*arguments: Any, **named: Any) -> bytes:
        seen.append((connection.in_atomic_block, Invitation.objects.count()))
        return typeset(*arguments, **named)

    monkeypatch.setattr(pdf, "typeset", watched)
    assert paper.way_in(world.assistant, gerda).startswith(b"%PDF")
    assert seen == [(False, 0)]
    assert Invitation.objects.count() == 1


def test_what_cannot_be_printed_makes_no_code_and_leaves_the_former_one(world: World, gerda: Patient) -> None:
    _former, code = paper.make_code(world.assistant, gerda)
    Patient.objects.filter(pk=gerda.pk).update(name="\U00012000")  # a sign that no font has
    gerda.refresh_from_db()
    with pytest.raises(ValidationError):
        paper.way_in(world.assistant, gerda)
    assert Invitation.objects.count() == 1
    assert Client().get(link(code)).status_code == 200


def test_no_clinic_opens_an_account_that_another_knows(world: World, joined: Patient) -> None:
    _invitation, code = paper.make_code(world.assistant, joined)
    far = make_patient(world.far_clinic, "gerda", world.stranger_clinician)
    Patient.objects.filter(pk=far.pk).update(user=joined.user)
    assert "known elsewhere" in refused(world.assistant, joined)["patient"][0]
    page = join(code, password=ANOTHER)
    assert page.status_code == 422
    assert joined.user is not None
    joined.user.refresh_from_db()
    assert joined.user.check_password(PASSWORD)


def test_a_stranger_makes_no_code_and_a_viewer_is_told(world: World, gerda: Patient) -> None:
    address = reverse("desk:code", args=[gerda.pk])
    assert signed_in(world.stranger_clinician).post(address).status_code == 404
    assert signed_in(world.viewer).post(address).status_code == 403
    assert (
        "Print a way in"
        not in signed_in(world.viewer).get(reverse("desk:patient", args=[gerda.pk])).content.decode()
    )
