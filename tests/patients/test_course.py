"""docs/rules.md 8: a patient's progress on paper, over any days, for the desk and for the patient."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from clinic.models import AuditEvent
from patients import course, prescribing
from patients.models import Patient
from patients.schedule import DateRange
from tests import papers
from tests.world import World, make_session

NOW = dt.datetime(2026, 11, 19, 3, 30, tzinfo=dt.UTC)
TODAY = dt.date(2026, 11, 19)
DAY = dt.timedelta(days=1)
WINDOW = DateRange(dt.date(2026, 11, 2), TODAY)


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def kept(world: World) -> World:
    """Pat did all of it on four days of the week before, and half on one of this."""
    for day in (9, 10, 12, 15):
        make_session(world.prescription, dt.date(2026, 11, day))
    make_session(world.prescription, dt.date(2026, 11, 17), done=2)
    return world


def said(world: World, window: DateRange = WINDOW) -> dict[str, Any]:
    return course.facts(world.pat, window, TODAY)


def test_it_has_the_figures_of_the_window_with_their_counts(kept: World) -> None:
    keys = {key["label"]: (key["value"], key["note"]) for key in said(kept)["keys"]}
    assert keys["Adherence"] == ("26 %", "4.5 of 17")
    assert keys["Begun"] == ("29 %", "5 of 17")
    assert keys["Pain after sessions"] == ("3", "from 3 to 3")


def test_the_table_tells_the_charts_week_by_week(kept: World) -> None:
    rows = said(kept)["weeks"]["rows"]
    assert rows[1] == ["9 Nov – 15 Nov 2026", "57 %", "4 of 7", "4", "0", "3 (3–3)"]
    assert rows[0][1:3] == ["0 %", "0 of 7"]
    assert [chart["heading"] for chart in said(kept)["lines"]] == [
        "Adherence by week, per cent",
        "Pain by week: mean, lowest, highest",
        "Pain before and after each session",
    ]


def test_nothing_due_is_no_percentage(world: World) -> None:
    facts = course.facts(world.quinn, WINDOW, TODAY)
    assert facts["keys"][0]["value"] == "–"
    assert facts["keys"][0]["note"] == "nothing was due"
    assert facts["lines"] == []
    assert facts["prescribed"]["lines"] == []


def test_it_says_what_was_prescribed_and_paused_in_these_days(world: World) -> None:
    prescribing.pause(
        world.clinician, world.prescription, first_day=TODAY + DAY, last_day=TODAY + 3 * DAY, reason="Away"
    )
    assert said(world)["prescribed"]["lines"] == ["Six stretches: every day, once a day, from 29 Oct 2026"]
    later = course.facts(world.pat, DateRange(WINDOW.first, TODAY + 2 * DAY), TODAY)
    assert later["prescribed"]["lines"][1] == "Paused: 20 Nov 2026 – 22 Nov 2026"


@pytest.mark.parametrize("weeks", [1, 12, 26, 104])
def test_the_pdf_is_tagged_and_every_picture_is_said_in_words(kept: World, weeks: int) -> None:
    document = course.printed(kept.clinician, kept.pat, TODAY - dt.timedelta(weeks=weeks), TODAY)
    tags = papers.tags(document)
    assert {"H1", "H2", "Table", "Figure"} <= {tag for tag, _alt in tags}
    assert all(alt for tag, alt in tags if tag == "Figure")
    text = papers.text(document)
    assert "Pat, born 17 May 1980, reference PAT-1" in text
    assert "as reported by the patient" in text


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        (TODAY, TODAY - DAY, "to"),
        (TODAY - 732 * DAY, TODAY, "from"),
        (TODAY + DAY, TODAY + 2 * DAY, "from"),
    ],
)
def test_days_that_make_no_window_are_told(world: World, first: dt.date, last: dt.date, field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        course.printed(world.clinician, world.pat, first, last)
    assert set(refused.value.message_dict) == {field}


def test_what_staff_print_is_in_the_trail_and_a_patients_own_is_theirs(world: World, client: Client) -> None:
    client.force_login(world.patient)
    own = client.get(reverse("portal:progress_report", args=[world.pat.pk]), {"weeks": "4"})
    assert own["Content-Disposition"] == 'inline; filename="progress-2026-11-19.pdf"'
    assert not AuditEvent.objects.filter(verb="progress.printed").exists()
    client.force_login(world.viewer)
    desk = client.get(
        reverse("desk:progress_report", args=[world.pat.pk]), {"from": "2026-11-01", "to": "2026-11-10"}
    )
    assert "1 November 2026 to 10 November 2026" in papers.text(desk.content)
    (entry,) = AuditEvent.objects.filter(verb="progress.printed")
    assert (entry.actor, entry.details) == (world.viewer, {"first": "2026-11-01", "last": "2026-11-10"})


def test_nobody_gets_anybody_elses(world: World, client: Client) -> None:
    for person, desk, portal in (
        (world.stranger, 404, 404),
        (world.stranger_clinician, 404, 404),
        (world.patient, 403, 200),
        (world.clinician, 200, 403),
    ):
        client.force_login(person)
        assert client.get(reverse("desk:progress_report", args=[world.pat.pk])).status_code == desk
        assert client.get(reverse("portal:progress_report", args=[world.pat.pk])).status_code == portal


def test_a_name_that_no_font_has_is_told_on_the_page(world: World, client: Client) -> None:
    Patient.objects.filter(pk=world.pat.pk).update(name="山田")
    client.force_login(world.clinician)
    answer = client.get(reverse("desk:progress_report", args=[world.pat.pk]), follow=True)
    assert "no font here has" in answer.content.decode()


def test_no_paper_is_made_about_other_days_than_those_asked_for(world: World, client: Client) -> None:
    client.force_login(world.clinician)
    for query in ("?from=2026-11-10&to=2026-11-01", "?from=0001-01-01&to=0001-02-01"):
        answer = client.get(reverse("desk:progress_report", args=[world.pat.pk]) + query)
        assert (answer.status_code, query in answer["location"]) == (302, True)
        assert client.get(answer["location"]).status_code == 200
        by_key = client.get(reverse("api:patient-progress-report", args=[world.pat.pk]) + query)
        assert by_key.status_code == 400


def test_the_number_of_queries_does_not_grow_with_the_window(
    kept: World, django_assert_num_queries: Any
) -> None:
    for weeks in (2, 52):
        with django_assert_num_queries(7):
            course.facts(kept.pat, DateRange(TODAY - dt.timedelta(weeks=weeks), TODAY), TODAY)
