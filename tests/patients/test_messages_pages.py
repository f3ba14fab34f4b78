"""The thread on the patient's pages, at the desk and in the API (docs/rules.md 10)."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.models import User
from patients import messaging
from patients.models import Message, Patient
from patients.models.people import PatientState
from tests.patients.test_api import Api
from tests.world import World, make_patient

NOW = dt.datetime(2026, 11, 19, 3, 30, tzinfo=dt.UTC)  # Thursday, 09:15 in Kathmandu


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


SignIn = Callable[[User], Client]


@pytest.fixture
def signed_in() -> SignIn:
    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in


def write(actor: User | None, patient: Patient, text: str = "It went well.") -> Message:
    assert actor
    return messaging.write(actor, patient, id=uuid4(), text=text)[0]


def thread_of(patient: Patient) -> str:
    return reverse("desk:message_thread", args=[patient.pk])


PORTAL = reverse("portal:messages")


def said(response: Any) -> str:
    return " ".join(response.content.decode().split())


# --- The patient's page


def test_an_empty_thread_says_whom_one_writes_to_and_what_it_is_not_for(
    world: World, signed_in: SignIn
) -> None:
    page = said(signed_in(world.patient).get(PORTAL))
    assert "Nothing has been written yet. Ask Holdwell Practice" in page
    assert "Not monitored for emergencies." in page
    assert reverse("portal:urgent") in page
    assert "Holdwell Practice usually answers within 2 working days." in page


def test_a_patient_writes_and_sees_it_with_its_state(world: World, signed_in: SignIn) -> None:
    client = signed_in(world.patient)
    form = client.get(PORTAL).context["form"]
    sent = {"id": form["id"].value(), "text": "It went well.\r\n<b>Really</b>"}
    for _ in range(2):
        assert client.post(PORTAL, sent).url == f"{PORTAL}?patient={world.pat.pk}#newest"
    assert Message.objects.count() == 1
    page = said(client.get(PORTAL))
    assert "It went well.<br>&lt;b&gt;Really&lt;/b&gt;" in page
    assert "Not read yet" in page
    assert "Thu 19 Nov 2026, 09:15" in page


def test_what_is_refused_is_said_at_the_field_and_what_was_typed_is_kept(
    world: World, signed_in: SignIn
) -> None:
    client = signed_in(world.patient)
    sent = {"id": str(uuid4()), "text": "long " * 500}
    answer = client.post(PORTAL, sent)
    assert answer.status_code == 422
    assert "At most 2000 characters." in said(answer)
    assert answer.context["form"]["text"].value() == sent["text"]
    assert client.post(PORTAL, {"id": str(uuid4()), "text": " "}).status_code == 422


def test_a_page_that_comes_back_and_is_sent_with_other_words_keeps_them(
    world: World, signed_in: SignIn
) -> None:
    client = signed_in(world.patient)
    sent = {"id": str(uuid4()), "text": "One"}
    client.post(PORTAL, sent)
    form = client.post(PORTAL, sent | {"text": "Two"}).context["form"]
    assert form["text"].value() == "Two"
    client.post(PORTAL, {"id": form["id"].value(), "text": "Two"})
    assert sorted(Message.objects.values_list("text", flat=True)) == ["One", "Two"]


def test_opening_the_thread_reads_it_and_the_navigation_counts_what_waits(
    world: World, signed_in: SignIn
) -> None:
    write(world.clinician, world.pat)
    write(world.assistant, world.pat)
    client = signed_in(world.patient)
    assert "2 new" in said(client.get(reverse("portal:today")))
    page = said(client.get(PORTAL))
    assert "Assistant, Holdwell Practice" in page
    assert page.count("hw-badge-strong") == 2
    assert "2 new" not in page
    assert not Message.objects.filter(unread=True).exists()
    assert "hw-badge-strong" not in said(client.get(PORTAL))


def test_an_unread_message_is_withdrawn_by_its_button_and_a_read_one_has_none(
    world: World, signed_in: SignIn
) -> None:
    message, client = write(world.patient, world.pat), signed_in(world.patient)
    assert 'name="withdraw"' in said(client.get(PORTAL))
    client.post(PORTAL, {"withdraw": message.pk})
    assert "This message was withdrawn." in said(client.get(PORTAL))
    other = write(world.patient, world.pat)
    signed_in(world.viewer).get(thread_of(world.pat))
    assert 'name="withdraw"' in said(client.get(PORTAL))
    signed_in(world.assistant).get(thread_of(world.pat))
    assert 'name="withdraw"' not in said(client.get(PORTAL))
    assert "was read already" in said(client.post(PORTAL, {"withdraw": other.pk}, follow=True))


def test_a_patient_of_two_clinics_has_two_threads_and_sees_whose_is_whose(
    world: World, signed_in: SignIn
) -> None:
    far = make_patient(world.far_clinic, "twin", world.stranger_clinician)
    Patient.objects.filter(pk=far.pk).update(user=world.patient)
    write(world.stranger_clinician, far, "From afar.")
    write(world.clinician, world.pat, "From here.")
    client = signed_in(world.patient)
    near = said(client.get(f"{PORTAL}?patient={world.pat.pk}"))
    assert "From here." in near
    assert "From afar." not in near
    assert 'Far Clinic <span class="hw-badge hw-badge-strong">new</span>' in near
    assert "From afar." in said(client.get(f"{PORTAL}?patient={far.pk}"))
    client.post(f"{PORTAL}?patient={far.pk}", {"id": str(uuid4()), "text": "To afar."})
    assert far.messages.filter(text="To afar.").exists()


def test_a_discharged_patient_reads_and_has_no_field(world: World, signed_in: SignIn) -> None:
    message = write(world.patient, world.pat)
    write(world.clinician, world.pat, "All the best.")
    Patient.objects.filter(pk=world.pat.pk).update(state=PatientState.DISCHARGED)
    client = signed_in(world.patient)
    page = said(client.get(PORTAL))
    assert "All the best." in page
    assert "You are no longer in the care of Holdwell Practice." in page
    assert "<textarea" not in page
    assert 'name="withdraw"' not in page
    late = client.post(PORTAL, {"id": str(uuid4()), "text": "Hello?"})
    assert late.status_code == 422
    assert "This thread is closed" in said(late)
    assert "Hello?</textarea>" in said(late)
    assert Message.objects.filter(by_staff=False).get() == message


def test_another_patient_s_message_cannot_be_withdrawn_here(world: World, signed_in: SignIn) -> None:
    message = write(world.quinn.user, world.quinn)
    assert signed_in(world.patient).post(PORTAL, {"withdraw": message.pk}).status_code == 404
    assert signed_in(world.patient).post(PORTAL, {"withdraw": "nonsense"}).status_code == 404


def test_a_long_thread_comes_in_pages_with_a_constant_number_of_queries(
    world: World, signed_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    Message.objects.bulk_create(
        Message(
            patient=world.pat,
            author=a,
            by_staff=a != world.patient,
            text=f"No {n}",
            unread=False,
            sent_at=NOW,
        )
        for n, a in enumerate([world.patient, world.clinician, world.owner] * 20)
    )
    client = signed_in(world.patient)
    with django_assert_max_num_queries(10):
        page = client.get(PORTAL)
    assert len(page.context["thread"].entries) == 50
    assert "Earlier messages" in said(page)
    assert len(client.get(f"{PORTAL}?page=2").context["thread"].entries) == 10


def test_asked_again_the_page_answers_only_when_something_is_new(
    world: World, signed_in: SignIn, clock: time_machine.Traveller
) -> None:
    write(world.patient, world.pat)
    client = signed_in(world.patient)
    known = client.get(PORTAL).context["thread"].known
    assert client.get(f"{PORTAL}?known={known}").status_code == 204
    clock.shift(60)
    write(world.clinician, world.pat)
    page = client.get(f"{PORTAL}?known={known}")
    assert page.status_code == 200
    assert client.get(f"{PORTAL}?known={page.context['thread'].known}").status_code == 204


# --- The desk


def test_the_inbox_lists_what_waits_the_longest_first_and_all_on_request(
    world: World, signed_in: SignIn, clock: time_machine.Traveller
) -> None:
    for patient in (world.quinn, world.pat):
        write(patient.user, patient)
        clock.shift(60)
    write(world.clinician, world.quinn)
    write(world.stranger, world.stranger_patient)
    client, inbox = signed_in(world.viewer), reverse("desk:messages", args=[world.clinic.pk])

    def names(query: str = "") -> list[str]:
        return [row.patient.name for row in client.get(inbox + query).context["rows"]]

    write(world.quinn.user, world.quinn)
    assert names() == ["Quinn", "Pat"]
    assert [row.unread for row in client.get(inbox).context["rows"]] == [2, 1]
    assert said(client.get(reverse("desk:roster", args=[world.clinic.pk]))).count("2 new") == 1
    messaging.read(world.quinn, by_staff=True, up_to=timezone.now())
    assert names() == ["Pat"]
    assert names("?all=1") == ["Quinn", "Pat"]
    messaging.read(world.pat, by_staff=True, up_to=timezone.now())
    assert "Nothing waits" in said(client.get(inbox))


def test_the_inbox_takes_the_same_number_of_queries_for_many(
    world: World, signed_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    for n in range(10):
        patient = make_patient(world.clinic, f"p{n}", world.clinician)
        write(patient.user, patient)
    client = signed_in(world.clinician)
    for query in ("", "?all=1"):
        with django_assert_max_num_queries(8):
            client.get(reverse("desk:messages", args=[world.clinic.pk]) + query)


def test_whoever_may_answer_reads_by_opening_and_a_viewer_only_looks_on(
    world: World, signed_in: SignIn
) -> None:
    message = write(world.patient, world.pat)
    page = said(signed_in(world.viewer).get(thread_of(world.pat)))
    assert "It went well." in page
    assert "<textarea" not in page
    assert "Mark as unread" not in page
    message.refresh_from_db()
    assert message.read_at is None
    assert "<textarea" in said(signed_in(world.assistant).get(thread_of(world.pat)))
    message.refresh_from_db()
    assert message.read_at == NOW


def test_staff_answer_by_name_and_colleagues_see_who_did(world: World, signed_in: SignIn) -> None:
    sent = {"id": str(uuid4()), "text": "Well done."}
    signed_in(world.assistant).post(thread_of(world.pat), sent)
    message = world.pat.messages.get()
    assert (message.author, message.by_staff) == (world.assistant, True)
    page = signed_in(world.clinician).get(thread_of(world.pat))
    assert "<strong>Assistant</strong>" in said(page)
    assert 'name="withdraw"' not in said(page)


def test_a_thread_marked_as_unread_waits_in_the_inbox_again(world: World, signed_in: SignIn) -> None:
    write(world.patient, world.pat)
    client = signed_in(world.assistant)
    client.get(thread_of(world.pat))
    page = client.post(reverse("desk:message_unread", args=[world.pat.pk]), follow=True)
    assert [row.patient for row in page.context["rows"]] == [world.pat]


def test_the_patient_s_page_leads_to_the_thread_and_says_what_waits(world: World, signed_in: SignIn) -> None:
    write(world.patient, world.pat)
    page = said(signed_in(world.viewer).get(reverse("desk:patient", args=[world.pat.pk])))
    assert thread_of(world.pat) in page
    assert "1 new" in page


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (PatientState.INVITED, "has not accepted the invitation yet"),
        (PatientState.DISCHARGED, "is discharged:"),
    ],
)
def test_a_thread_that_takes_no_message_says_why(
    world: World, signed_in: SignIn, state: PatientState, words: str
) -> None:
    Patient.objects.filter(pk=world.pat.pk).update(state=state)
    page = said(signed_in(world.clinician).get(thread_of(world.pat)))
    assert words in page
    assert "<textarea" not in page


def test_the_owner_changes_how_soon_the_clinic_answers(world: World, signed_in: SignIn) -> None:
    client, settings = signed_in(world.owner), reverse("clinic:settings", args=[world.clinic.pk])
    assert client.post(settings, {"answers_within": "0"}).status_code == 422
    client.post(settings, {"answers_within": "1"})
    page = said(signed_in(world.patient).get(PORTAL))
    assert "Holdwell Practice usually answers within one working day." in page


# --- The API


def path(patient: Patient, rest: str = "") -> str:
    return f"patients/{patient.pk}/messages/{rest}"


def test_patient_and_staff_write_and_read_through_the_same_address(
    world: World, clock: time_machine.Traveller
) -> None:
    patient, clinician, body = Api(world.patient), Api(world.clinician), {"id": str(uuid4()), "text": "Hello"}
    assert patient.post(path(world.pat), body).status_code == 201
    assert patient.post(path(world.pat), body).status_code == 200
    assert patient.post(path(world.pat), body | {"text": "Other"}).status_code == 409
    clock.shift(60)
    clinician.post(path(world.pat), {"id": str(uuid4()), "text": "Good morning"})
    rows = clinician.get(path(world.pat)).json()["results"]
    assert [(r["by"], r["author"], r["text"], r["unread"]) for r in rows] == [
        ("clinic", "Clinician", "Good morning", True),
        ("patient", "Pat", "Hello", True),
    ]
    assert clinician.post(path(world.pat, "read/"), {"up_to": rows[0]["id"]}).status_code == 204
    assert [r["unread"] for r in patient.get(path(world.pat)).json()["results"]] == [True, False]
    assert clinician.post(path(world.pat, "unread/"), {}).status_code == 204
    assert Message.objects.filter(unread=True).count() == 2
    assert patient.post(path(world.pat, "read/"), {"up_to": rows[0]["id"]}).status_code == 204
    assert Message.objects.get(by_staff=True).read_at == timezone.now()


def test_a_message_is_withdrawn_through_the_api_until_it_is_read(world: World) -> None:
    message = write(world.clinician, world.pat)
    assert Api(world.patient).post(path(world.pat, f"{message.pk}/withdraw/"), {}).status_code == 400
    answer = Api(world.clinician).post(path(world.pat, f"{message.pk}/withdraw/"), {})
    assert (answer.status_code, answer.json()["text"]) == (200, "")


def test_a_text_that_cannot_be_is_answered_at_its_field(world: World) -> None:
    for text in ("", "x" * 2001):
        answer = Api(world.patient).post(path(world.pat), {"id": str(uuid4()), "text": text})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "text")


def test_another_patient_s_thread_does_not_exist(world: World) -> None:
    message = write(world.quinn.user, world.quinn)
    for user in (world.patient, world.stranger, world.stranger_clinician):
        api, body = Api(user), {"id": str(uuid4()), "text": "Hello"}
        assert api.get(path(world.quinn)).status_code == 404
        assert api.post(path(world.quinn), body).status_code == 404
        assert api.post(path(world.quinn, "read/"), {"up_to": str(message.pk)}).status_code == 404
        assert api.post(path(world.quinn, f"{message.pk}/withdraw/"), {}).status_code == 404
    own = path(world.pat, "read/")
    assert Api(world.patient).post(own, {"up_to": str(message.pk)}).status_code == 404
    assert Message.objects.get().read_at is None


def test_the_list_comes_in_pages_with_a_constant_number_of_queries(
    world: World, django_assert_max_num_queries: Any
) -> None:
    for _ in range(12):
        write(world.patient, world.pat)
    api = Api(world.viewer)
    with django_assert_max_num_queries(7):
        answer = api.get(f"{path(world.pat)}?page_size=10").json()
    assert (answer["count"], len(answer["results"])) == (12, 10)
