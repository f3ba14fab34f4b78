"""A prescription on paper (docs/rules.md 3): who may print it, what stands on it, and that it can be read."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from clinic.models import AuditEvent, User
from exercises.models import Revision
from patients import handout, prescribing
from patients.lines import lines_of
from patients.models import PrescriptionRevision
from patients.models.alerts import SafetyQuestion
from patients.schedule import Flexible
from tests import papers
from tests.world import World

NOW = dt.datetime(2026, 11, 19, 3, 30, tzinfo=dt.UTC)  # Thursday, 09:15 in Kathmandu
TODAY = dt.date(2026, 11, 19)


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def at_work(client: Client, world: World) -> Client:
    client.force_login(world.viewer)
    return client


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def printed(world: World, **asked: str) -> bytes:
    return handout.printed(world.clinician, world.prescription, **asked)


def desk(world: World) -> str:
    return reverse("desk:handout", args=[world.prescription.pk])


def test_it_says_who_and_what_and_when(world: World) -> None:
    text = papers.text(printed(world))
    for words in (
        "Holdwell Practice",
        "Six stretches",
        "Pat, born 17 May 1980, reference PAT-1",
        "Every day, once a day",
        "From 29 October 2026, open end",
        "About 3 min",
        "Lying hamstring stretch",
        "30 s, each side",
        "Draw one knee in.",
        "Easier: Hold behind the thigh.",
        "Page 1 of 3",
        "19 November 2026",
    ):
        assert words in text


def test_the_last_day_and_the_note_are_on_it(world: World) -> None:
    world.prescription.ends_on = dt.date(2026, 12, 24)
    world.prescription.save()
    PrescriptionRevision.objects.update(note="Take your time.\n\nAsk *us* #first.")
    text = papers.text(printed(world))
    assert "29 October 2026 to 24 December 2026" in text.replace("From ", "")
    assert "From Holdwell Practice: Take your time. Ask *us* #first." in text


def test_when_to_stop_stands_on_it_with_the_clinics_number(world: World) -> None:
    world.clinic.phone = "+977 1 555 01"
    world.clinic.save()
    text = papers.text(printed(world))
    assert "above 5 of 10, or 3 points more" in text
    assert "7 of 10 or more, and call Holdwell Practice: +977 1 555 01." in text
    for question in SafetyQuestion.labels:
        assert str(question) in text


def test_what_is_said_with_every_stretch_is_said_once(world: World) -> None:
    text = papers.text(printed(world))
    assert "With every stretch It should never hurt." in text
    assert text.count("It should never hurt.") == 1


def test_a_stretch_with_two_sides_shows_one_plate_that_says_each_side(world: World) -> None:
    found = [alt for tag, alt in papers.tags(printed(world)) if tag == "Figure"]
    assert len(found) == 2  # the stretch that has a figure, and the code
    assert any(alt.startswith("Lying hamstring stretch, left side: start, then held") for alt in found)


def test_a_stretch_without_a_figure_is_printed_in_words(world: World) -> None:
    assert "Knee to chest" in papers.text(printed(world))


def test_it_is_tagged_with_title_language_and_headings(world: World) -> None:
    document = printed(world)
    pdf = papers.read(document)
    root: Any = pdf.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] is True or root["/MarkInfo"]["/Marked"].value
    assert root["/Lang"] == "en"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert b"pdfuaid:part" in root["/Metadata"].get_data()
    assert pdf.metadata is not None
    assert pdf.metadata.title == "Handout from Holdwell Practice"
    headings = [tag for tag, _alt in papers.tags(document) if tag.startswith("H")]
    assert headings[0] == "H1"
    assert set(headings[1:]) == {"H2"}


@pytest.mark.parametrize("paper", ["a4", "letter"])
def test_in_large_print_each_stretch_has_a_page(world: World, paper: str) -> None:
    pages = papers.read(printed(world, paper=paper, size="large")).pages
    assert len(pages) == 5  # the plan, when to stop, two stretches, two weeks
    for page, name in zip(pages[2:4], ("Knee to chest", "Lying hamstring stretch"), strict=True):
        assert name in page.extract_text()


@pytest.mark.parametrize("paper", ["a4", "letter"])
def test_in_normal_print_two_stretches_share_a_page(world: World, paper: str) -> None:
    pages = papers.read(printed(world, paper=paper)).pages
    assert len(pages) == 3
    assert "Knee to chest" in pages[1].extract_text()
    assert "Lying hamstring stretch" in pages[1].extract_text()


def ticks(world: World) -> list[int]:
    facts = handout.facts(world.prescription, TODAY)
    return [day["times"] for week in facts["ticks"]["weeks"] for day in week["days"]]


def test_two_weeks_from_today_have_a_box_for_each_session_that_is_due(world: World) -> None:
    assert ticks(world) == [1] * 14
    PrescriptionRevision.objects.update(weekdays=[0, 2, 4], times_per_day=2)
    assert ticks(world) == [0, 2, 0, 0, 2, 0, 2, 0, 2, 0, 0, 2, 0, 2]


def test_days_of_a_pause_and_after_the_end_have_no_box(world: World) -> None:
    first, last = dt.date(2026, 11, 20), dt.date(2026, 11, 22)
    prescribing.pause(world.clinician, world.prescription, first_day=first, last_day=last)
    prescribing.extend(world.clinician, world.prescription, ends_on=dt.date(2026, 11, 25))
    assert ticks(world) == [1, 0, 0, 0, 1, 1, 1] + [0] * 7


def test_any_day_may_be_ticked_under_a_flexible_schedule(world: World) -> None:
    lines = lines_of(world.prescription.revisions.get(number=1))
    prescribing.amend(world.clinician, world.prescription, lines=lines, schedule=Flexible(3), expected=1)
    assert ticks(world) == [1] * 14
    assert "3 times a week, on any days. Tick each" in papers.text(printed(world))


def test_hostile_names_are_printed_as_typed(world: World) -> None:
    hostile = '#import "x": * $a$ <b>*c*</b>'
    world.pat.name = world.prescription.name = hostile
    world.pat.save()
    world.prescription.save()
    Revision.objects.filter(pk=world.hamstring.published_id).update(name=hostile)
    assert papers.text(printed(world)).count(hostile) >= 4


def test_the_same_handout_on_one_day_is_the_same_file(world: World) -> None:
    assert printed(world) == printed(world)


def test_what_is_held_or_over_is_not_printed(world: World) -> None:
    world.prescription.held_at = NOW
    with pytest.raises(ValidationError, match="held"):
        printed(world)
    world.prescription.held_at = None
    world.prescription.stopped_from = TODAY
    with pytest.raises(ValidationError, match="over"):
        printed(world)
    assert not AuditEvent.objects.filter(verb="prescription.printed").exists()


# --- Doors


def test_the_desk_opens_it_in_the_browser_under_a_neutral_name(world: World, at_work: Client) -> None:
    answer = at_work.get(desk(world), {"paper": "letter", "size": "large"})
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == 'inline; filename="handout-2026-11-19.pdf"'
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.content.startswith(b"%PDF-1.7")


def test_what_staff_print_is_in_the_audit_trail(world: World, at_work: Client) -> None:
    at_work.get(desk(world), {"size": "large"})
    event = AuditEvent.objects.get(verb="prescription.printed")
    assert (event.actor, event.subject_id, event.via) == (world.viewer, world.pat.pk, "page")
    assert event.details == {"paper": "a4", "size": "large"}


def test_a_patient_keeps_their_own_without_a_trail(world: World) -> None:
    patient = signed_in(world.patient)
    answer = patient.get(reverse("portal:handout", args=[world.prescription.pk]))
    assert answer.content.startswith(b"%PDF")
    assert patient.get(f"/api/v1/prescriptions/{world.prescription.pk}/handout/").status_code == 200
    assert not AuditEvent.objects.filter(verb="prescription.printed").exists()


def test_to_a_stranger_there_is_no_handout(world: World) -> None:
    quinn = world.quinn.user
    assert quinn is not None
    stranger = signed_in(world.stranger_clinician)
    assert stranger.get(desk(world)).status_code == 404
    assert stranger.get(f"/api/v1/prescriptions/{world.prescription.pk}/handout/").status_code == 404
    assert signed_in(quinn).get(reverse("portal:handout", args=[world.prescription.pk])).status_code == 404


def test_the_patients_page_offers_both_papers_and_sizes_the_usual_one_first(
    world: World, at_work: Client
) -> None:
    page = at_work.get(reverse("desk:patient", args=[world.pat.pk])).content.decode()
    offered = [
        page.index(f"{desk(world)}?paper={p}&amp;size={s}")
        for p in ("a4", "letter")
        for s in ("normal", "large")
    ]
    assert offered == sorted(offered)


def test_a_held_prescription_offers_no_handout_and_says_why_when_asked(world: World, at_work: Client) -> None:
    world.prescription.held_at = NOW
    world.prescription.save()
    page = reverse("desk:patient", args=[world.pat.pk])
    assert "Print a handout" not in at_work.get(page).content.decode()
    answer = at_work.get(desk(world), follow=True)
    assert answer.redirect_chain == [(page, 302)]
    assert "This prescription is held" in answer.content.decode()


def test_the_api_names_the_choices_that_it_does_not_know(world: World, at_work: Client) -> None:
    address = f"/api/v1/prescriptions/{world.prescription.pk}/handout/"
    assert at_work.get(address, {"paper": "letter", "size": "large"}).status_code == 200
    refused = at_work.get(address, {"paper": "a0", "size": "huge"})
    assert refused.status_code == 400
    assert [error["field"] for error in refused.json()["errors"]] == ["paper", "size"]


def test_the_plan_page_leads_to_it(world: World) -> None:
    page = signed_in(world.patient).get(reverse("portal:today")).content.decode()
    address = reverse("portal:handout", args=[world.prescription.pk])
    assert f'"{address}"' in page
    assert f'"{address}?size=large"' in page
