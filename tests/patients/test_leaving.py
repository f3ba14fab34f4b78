"""A patient asks to be forgotten: taken back, declined with a reason, or carried out so that nothing is left."""

import datetime as dt
import zipfile
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib.sessions.models import Session as BrowserSession
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic import mail, making
from clinic import paper as codes
from clinic.models import AuditEvent, Clinic, OutgoingMail, User
from patients import (
    alerts,
    archive,
    archives,
    erasing,
    events,
    leaving,
    messaging,
    people,
    prescribing,
    reading,
    reports,
)
from patients.models import (
    Alert,
    DeletionRequest,
    Patient,
    Prescription,
    Reminder,
    Report,
    SafetyScreen,
    Session,
    SessionItem,
)
from patients.reporting import loading
from tests.patients.test_archive import second_clinic, signed_in
from tests.world import PASSWORD, World, make_prescription, make_session

NOW = dt.datetime(2026, 11, 19, 3, 30, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def asked(world: World) -> DeletionRequest:
    return leaving.ask(world.patient, world.pat, words="I have moved away.")


def refused(act: Any, *arguments: Any, **named: Any) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as error:
        act(*arguments, **named)
    return error.value.message_dict


def lived(world: World, patient: Patient, prescription: Prescription) -> None:
    """A record with something in every corner of it."""
    today = patient.local_date(timezone.now())
    session = make_session(prescription, today - dt.timedelta(days=3))
    Session.objects.filter(pk=session.pk).update(note="Quiet at Canary Lane")
    SafetyScreen.objects.create(patient=patient, answers={}, any_yes=False)
    events.report(
        world.patient, patient, id=uuid4(), text="Fell at Canary Lane", happened_on=today, session=session
    )
    alert = patient.alerts.get(rule="adverse_event")
    alerts.add_note(world.owner, alert, note="Telephoned Canary Lane")
    alerts.resolve(world.owner, alert, note="All is well at Canary Lane")
    messaging.write(world.patient, patient, id=uuid4(), text="Greetings from Canary Lane")
    reading.note(world.owner, patient)
    Report.objects.create(
        clinic=patient.clinic,
        kind="digest",
        recipient=world.clinician,
        first_day=today,
        last_day=today,
        facts={
            "total": {"due": 3},
            "rows": [{"id": str(patient.pk), "name": patient.name}, {"id": "other", "name": "Quinn"}],
            "alerts": [{"patient": str(patient.pk), "name": patient.name}],
        },
    )


def test_the_wish_changes_nothing_and_tells_the_owner_in_neutral_words(
    world: World, asked: DeletionRequest
) -> None:
    assert leaving.ask(world.patient, world.pat) == asked
    assert DeletionRequest.objects.count() == 1
    world.pat.refresh_from_db()
    assert world.pat.state == "active"
    (told,) = OutgoingMail.objects.filter(kind="deletion")
    assert told.to == world.owner.email
    assert "Pat" not in told.subject + told.text + told.html
    assert "19 Dec 2026" in told.text  # within a month


def test_the_patient_takes_it_back_until_the_clinic_has_answered(
    world: World, asked: DeletionRequest
) -> None:
    leaving.withdraw(world.patient, asked)
    assert not leaving.open_request(world.pat)
    again = leaving.ask(world.patient, world.pat)
    leaving.decline(world.owner, again, reason="The law: until 2036.")
    assert "request" in refused(leaving.withdraw, world.patient, again)
    verbs = AuditEvent.objects.filter(verb__startswith="deletion.", subject_id=world.pat.pk).order_by("pk")
    assert [e.verb for e in verbs] == [
        "deletion.asked",
        "deletion.withdrawn",
        "deletion.asked",
        "deletion.declined",
    ]


@pytest.mark.parametrize(
    "impossible",
    [{"decided_at": NOW}, {"withdrawn_at": NOW, "decided_at": NOW, "decided_by": True}],
)
def test_the_database_keeps_no_answer_of_nobody_and_none_to_what_was_taken_back(
    world: World, asked: DeletionRequest, impossible: dict[str, Any]
) -> None:
    values = impossible | ({"decided_by": world.owner} if "decided_by" in impossible else {})
    with pytest.raises(IntegrityError), transaction.atomic():
        DeletionRequest.objects.filter(pk=asked.pk).update(**values)


def test_a_refusal_needs_a_reason_and_the_patient_reads_it(world: World, asked: DeletionRequest) -> None:
    assert "reason" in refused(leaving.decline, world.owner, asked, reason="  ")
    leaving.decline(world.owner, asked, reason="We have to keep it until 2036.")
    (told,) = OutgoingMail.objects.filter(to=world.patient.email, kind="deletion")
    assert "2036" not in told.text
    page = signed_in(world).get(reverse("portal:my_data")).content.decode()
    assert "We have to keep it until 2036." in page
    assert "Ask again" in page


def test_deleting_wants_the_name_typed_and_no_critical_alert(world: World, asked: DeletionRequest) -> None:
    assert "typed" in refused(leaving.delete, world.owner, asked, typed="Quinn")
    alert = Alert.objects.create(patient=world.pat, rule="pain_high", level="critical")
    assert "request" in refused(leaving.delete, world.owner, asked, typed="Pat")
    assert Patient.objects.filter(pk=world.pat.pk).exists()
    alerts.resolve(world.clinician, alert, note="Telephoned")
    leaving.delete(world.owner, asked, typed=" pat ")
    assert not Patient.objects.filter(pk=world.pat.pk).exists()
    assert "request" in refused(leaving.delete, world.owner, asked, typed="Pat")


def traces(*words: str) -> list[str]:
    """Where the database still has one of the words, in any table."""
    found = []
    for model in apps.get_models():
        for row in model._default_manager.values():
            for column, value in row.items():
                if any(word.lower() in str(value).lower() for word in words):
                    found.append(f"{model._meta.label}.{column}: {value}")
    return found


@pytest.mark.django_db(transaction=True)
def test_nothing_of_the_person_is_left_anywhere(world: World) -> None:
    User.objects.filter(pk=world.patient.pk).update(name="Patience Canary", email="patience@canary.example")
    Patient.objects.filter(pk=world.pat.pk).update(
        name="Patience Canary", email="patience@canary.example", reference="CANARY-1"
    )
    world.pat.refresh_from_db()
    user = world.pat.user
    assert user
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    browser = Client()
    browser.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    assert browser.session["_auth_user_id"]
    # Known under another name and on paper before.
    people.change_details(world.assistant, world.pat, name="Pat Canary")
    codes.invite(world.assistant, world.clinic, codes.slip("Pat Canary"))
    people.change_details(world.assistant, world.pat, name="Patience Canary")
    codes.invite(world.assistant, world.clinic, codes.slip("Patience Canary"))
    prescribing.stop(world.clinician, world.prescription, reason="Moved to Canary Lane")
    lived(world, world.pat, world.prescription)
    archive.take(user, [world.pat])
    request = leaving.ask(user, world.pat, words="Greetings from Canary Lane")
    label = erasing.label_of(world.pat)
    assert traces("canary")
    leaving.delete(world.owner, request, typed="patience canary")

    (farewell,) = OutgoingMail.objects.filter(kind=leaving.FAREWELL)
    assert "account is gone" in farewell.text
    mail.deliver_due()
    assert traces("canary") == []
    assert not User.objects.filter(pk=user.pk).exists()
    assert not BrowserSession.objects.filter(session_key=browser.session.session_key).exists()
    assert (Session.objects.count(), SessionItem.objects.count(), Reminder.objects.count()) == (0, 0, 0)
    # What was done, when and by whom is still told.
    done = AuditEvent.objects.get(verb="deletion.carried_out")
    assert (done.object_label, done.actor, done.clinic) == (label, world.owner, world.clinic)
    assert AuditEvent.objects.filter(subject_label=label, verb="prescription.stopped").exists()
    facts = Report.objects.get().facts
    assert facts == {"total": {"due": 3}, "rows": [{"id": "other", "name": "Quinn"}], "alerts": []}


def test_a_digest_that_is_being_made_meanwhile_is_made_anew(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = loading.digest

    def meanwhile(*asked: Any) -> Any:
        facts = real(*asked)
        monkeypatch.undo()
        erasing.erase(world.pat)
        return facts

    monkeypatch.setattr(loading, "digest", meanwhile)
    yesterday = world.pat.local_date(NOW) - dt.timedelta(days=1)
    report = reports.request(world.clinician, world.clinic, "digest", world.clinician, yesterday)
    reports.make_due(timezone.now())
    report.refresh_from_db()
    assert (report.state, report.facts, report.mail) == ("waiting", {}, None)
    reports.make_due(timezone.now())
    report.refresh_from_db()
    assert [row["name"] for row in report.facts["rows"]] == ["Quinn"]


def test_former_addresses_are_forgotten_and_those_of_others_are_not(world: World) -> None:
    uma = people.invite_patient(world.owner, world.clinic, name="Uma", email="uma.once@example.org")
    people.reinvite(world.owner, uma, email="uma@example.org")
    leaving.delete(world.owner, leaving.ask(world.owner, uma), typed="Uma")
    mail.deliver_due()
    assert traces("uma") == []

    letter: dict[str, Any] = {"kind": "account", "subject": "The code"}
    OutgoingMail.objects.create(to="pat@example.org", **letter)
    theirs = OutgoingMail.objects.create(to=world.quinn.email, **letter)
    asked = leaving.ask(world.patient, world.pat)  # the trail tells of it, with the address of that day
    User.objects.filter(pk=world.patient.pk).update(email="pat.new@example.org")
    Patient.objects.filter(pk=world.pat.pk).update(email="pat.new@example.org")
    asked = DeletionRequest.objects.get(pk=asked.pk)
    leaving.delete(world.owner, asked, typed="Pat")
    mail.deliver_due()
    assert traces("pat@", "pat.new@") == []
    assert OutgoingMail.objects.filter(pk=theirs.pk).exists()


def test_archives_that_hold_the_record_go_with_it(
    world: World, asked: DeletionRequest, django_capture_on_commit_callbacks: Any
) -> None:
    archive_of_all = archives.request(world.owner, world.clinic)
    assert archives.make_due(timezone.now())["made"] == 1
    archive_of_all.refresh_from_db()
    file = archive_of_all.file
    assert archives.storage().exists(file)
    with django_capture_on_commit_callbacks(execute=True):
        leaving.delete(world.owner, asked, typed="Pat")
    archive_of_all.refresh_from_db()
    assert not archives.storage().exists(file)
    assert (archive_of_all.there, archive_of_all.file) == (False, "")
    assert AuditEvent.objects.filter(verb="archive.deleted", clinic=world.clinic).count() == 1


def test_what_is_being_made_meanwhile_is_made_again_without_them(
    world: World, asked: DeletionRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker has read the record already, and would bring it back."""
    archives.request(world.owner, world.clinic)
    write = archives.write

    def deleted_meanwhile(*args: Any) -> None:
        monkeypatch.undo()
        write(*args)
        leaving.delete(world.owner, asked, typed="Pat")

    monkeypatch.setattr(archives, "write", deleted_meanwhile)
    assert archives.make_due(timezone.now())["made"] == 0
    assert archives.make_due(timezone.now())["made"] == 1
    there = world.clinic.archives.get()
    with archives.storage().open(there.file) as file, zipfile.ZipFile(file) as packed:
        assert b"Quinn" in packed.read("patients.csv")
        assert b"Pat," not in packed.read("patients.csv")


def test_a_digest_in_the_making_and_one_that_was_not_mailed_yet_forget_them(
    world: World, asked: DeletionRequest
) -> None:
    today = world.pat.local_date(timezone.now())
    facts = {"rows": [{"id": str(world.pat.pk), "name": "Pat"}]}
    letter = mail.enqueue(
        "record_deleted",
        to="clinician@example.org",
        kind="digest",
        clinic=world.clinic,
        context={"name": "Pat", "clinic": world.clinic, "account_gone": False},
    )
    of_clinic = {"clinic": world.clinic, "kind": "digest", "first_day": today, "last_day": today}
    waits = Report.objects.create(
        **of_clinic, recipient=world.clinician, state="done", facts=facts, mail=letter
    )
    in_hand = Report.objects.create(**of_clinic, recipient=world.owner, state="running", attempts=1)
    leaving.delete(world.owner, asked, typed="Pat")
    assert not making.finish(in_hand, timezone.now(), facts=facts)
    for report in (waits, in_hand):
        report.refresh_from_db()
        assert (report.state, report.mail) == ("waiting", None)
        assert "Pat" not in str(report.facts)
    assert not OutgoingMail.objects.filter(pk=letter.pk).exists()


def rows_of(clinic: Clinic) -> dict[str, list[Any]]:
    """Everything of a clinic's patients, row by row."""
    found = {}
    for table in archive.TABLES:
        found[table.name] = [row for one in clinic.patients.order_by("pk") for row in table.rows(one)]
    found["patients"] = list(clinic.patients.order_by("pk").values())
    found["mails"] = list(clinic.outgoing_mails.order_by("pk").values())
    found["reports"] = list(clinic.reports.order_by("pk").values())
    return found


def test_the_other_clinic_of_the_same_person_keeps_every_row(world: World) -> None:
    there = second_clinic(world)
    plan = make_prescription(
        there, world.stranger_clinician, [world.hamstring], starts_on=dt.date(2026, 11, 1)
    )
    lived(world, there, plan)
    lived(world, world.pat, world.prescription)
    before = rows_of(world.far_clinic)
    leaving.delete(world.owner, leaving.ask(world.patient, world.pat), typed="Pat")
    assert rows_of(world.far_clinic) == before
    assert User.objects.filter(pk=world.patient.pk, is_active=True).exists()
    assert Patient.objects.filter(user=world.patient).get() == there
    told = OutgoingMail.objects.get(kind=leaving.FAREWELL)
    assert "Your account stays" in told.text


def test_the_wish_of_one_clinic_is_not_seen_in_the_other(world: World, asked: DeletionRequest) -> None:
    second_clinic(world)
    client = Client()
    client.force_login(world.stranger_clinician)
    page = client.get(reverse("desk:deletions", args=[world.far_clinic.pk])).content.decode()
    assert "Nobody waits." in page
    assert client.get(reverse("desk:deletion", args=[asked.pk])).status_code == 404


def test_a_colleague_who_is_a_patient_too_keeps_the_account(world: World) -> None:
    Patient.objects.filter(pk=world.quinn.pk).update(user=world.viewer)
    world.quinn.refresh_from_db()
    client = Client()
    client.force_login(world.viewer)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    page = client.get(reverse("portal:ask_deletion", args=[world.quinn.pk])).content.decode()
    assert "Your account stays" in page
    leaving.delete(world.owner, leaving.ask(world.viewer, world.quinn), typed="Quinn")
    assert User.objects.filter(pk=world.viewer.pk, is_active=True).exists()


def test_the_patient_asks_on_the_page_and_takes_it_back_there(world: World) -> None:
    client = signed_in(world)
    address = reverse("portal:ask_deletion", args=[world.pat.pk])
    assert "Your account goes with it." in client.get(address).content.decode()
    page = client.post(address, {"words": "I have moved."}, follow=True).content.decode()
    assert "An answer comes within 30 days." in page
    page = client.post(reverse("portal:keep", args=[world.pat.pk]), follow=True).content.decode()
    assert "You have taken it back." in page


def test_staff_write_down_the_wish_of_whoever_does_not_use_the_portal(world: World) -> None:
    Patient.objects.filter(pk=world.quinn.pk).update(user=None, email="", state="discharged")
    assistant, owner = Client(), Client()
    assistant.force_login(world.assistant)
    owner.force_login(world.owner)
    address = reverse("desk:ask_deletion", args=[world.quinn.pk])
    assert address in assistant.get(reverse("desk:patient", args=[world.quinn.pk])).content.decode()
    assistant.post(address, {"words": "By letter of 17 November."})
    asked = DeletionRequest.objects.get()
    assert AuditEvent.objects.get(verb="deletion.asked").actor == world.assistant
    decide = reverse("desk:deletion", args=[asked.pk])
    assert "tell them your answer yourself" in owner.get(decide).content.decode()
    owner.post(decide, {"do": "delete", "typed": "Quinn"})
    assert not Patient.objects.filter(pk=world.quinn.pk).exists()
    assert not OutgoingMail.objects.filter(kind=leaving.FAREWELL).exists()


def test_with_a_critical_alert_the_owner_is_led_to_it_instead(world: World, client: Client) -> None:
    asked = leaving.ask(world.patient, world.pat)
    address = reverse("desk:deletion", args=[asked.pk])
    client.force_login(world.owner)
    assert "Delete for good" in client.get(address).content.decode()
    events.report(
        world.patient,
        world.pat,
        id=uuid4(),
        text="Fell",
        happened_on=world.pat.local_date(timezone.now()),
    )
    page = client.get(address).content.decode()
    assert "Delete for good" not in page
    assert reverse("desk:patient", args=[world.pat.pk]) + "#alerts" in page


@pytest.mark.parametrize("do", ["delete", "decline"])
def test_of_two_owners_who_answer_at_the_same_moment_the_later_one_is_told(
    world: World, asked: DeletionRequest, monkeypatch: pytest.MonkeyPatch, do: str
) -> None:
    answer = getattr(leaving, do)

    def colleague_first(actor: User, request: DeletionRequest, **typed: Any) -> None:
        leaving_delete(world.owner, DeletionRequest.objects.get(pk=request.pk), typed="Pat")
        answer(actor, request, **typed)

    leaving_delete = leaving.delete
    monkeypatch.setattr(leaving, do, colleague_first)
    owner = Client()
    owner.force_login(world.owner)
    typed = {"do": do, "typed": "Pat", "reason": "We have to keep it."}
    page = owner.post(reverse("desk:deletion", args=[asked.pk]), typed, follow=True).content.decode()
    assert "This request is not open any more." in page


def test_the_owner_sees_it_at_the_desk_and_answers(world: World, asked: DeletionRequest) -> None:
    owner, colleague = Client(), Client()
    owner.force_login(world.owner)
    colleague.force_login(world.clinician)
    roster = reverse("desk:roster", args=[world.clinic.pk])
    assert "asks for their record to be deleted" in owner.get(roster).content.decode()
    assert "asks for their record to be deleted" not in colleague.get(roster).content.decode()
    record = colleague.get(reverse("desk:patient", args=[world.pat.pk])).content.decode()
    assert "The owner of the clinic decides." in record
    address = reverse("desk:deletion", args=[asked.pk])
    page = owner.get(address).content.decode()
    assert "I have moved away." in page
    assert "section 630f" in page
    wrong = owner.post(address, {"do": "delete", "typed": "Somebody"}).content.decode()
    assert "as it stands above" in wrong
    assert 'value="Somebody"' in wrong
    done = owner.post(address, {"do": "delete", "typed": "Pat"}, follow=True).content.decode()
    assert "The record of Pat is deleted." in done
    assert erasing.label_of(world.pat) in done
    with transaction.atomic():
        assert owner.get(address).status_code == 302
