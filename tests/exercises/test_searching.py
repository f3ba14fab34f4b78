"""The library's list: words and facets narrow each other, counts say what there would be, in a few queries."""

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.models import User
from exercises import languages, publishing
from exercises.models import Exercise
from tests.exercises.making import WHOLE
from tests.world import World, make_exercise

LIST = reverse("exercises:list")


def page(user: User, **query: Any) -> str:
    client = Client()
    client.force_login(user)
    return client.get(LIST, query).content.decode()


def names(text: str) -> list[str]:
    return re.findall(r'class="hw-list-name" href="[^"]*">([^<]*)<', text)


def counts(text: str) -> dict[str, int]:
    """ "region:back": how many are promised."""
    found = re.findall(r'name="(\w+)" value="([^"]*)"[^>]*> <span>[^<]*</span> <span[^>]*>(\d+)<', text)
    return {f"{facet}:{value}": int(number) for facet, value, number in found}


def made(name: str, **content: Any) -> Exercise:
    exercise = publishing.create_exercise(
        None,
        clinic=content.pop("clinic", None),
        slug=name.lower().replace(" ", "-"),
        content=WHOLE | {"name": name} | content,
    )
    publishing.publish(None, exercise.revisions.get())
    return exercise


@pytest.fixture
def three(world: World) -> None:
    """Three of our own in place of the cast's two."""
    Exercise.objects.update(retired_at=timezone.now())
    made("Arch", regions=["back"], position="prone", equipment=["Mat"])
    made("Bend", regions=["back", "calf"], position="standing", equipment=["mat", "Chair"])
    made("Curl", regions=["calf"], position="supine", cautions=[{"tag": "knee", "level": "ask", "note": ""}])


def test_counts_say_how_many_there_are(world: World, three: None) -> None:
    told = counts(page(world.viewer))
    assert (told["region:back"], told["region:calf"], told["position:prone"]) == (2, 2, 1)
    assert (told["equipment:mat"], told["equipment:chair"], told["tag:knee"]) == (2, 1, 1)


def test_facets_narrow_each_other_and_leave_their_own_values_open(world: World, three: None) -> None:
    text = page(world.viewer, region="back")
    assert names(text) == ["Arch", "Bend"]
    told = counts(text)
    assert (told["region:calf"], told["position:prone"], told.get("position:supine")) == (2, 1, None)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"region": ["back", "calf"]}, ["Arch", "Bend", "Curl"]),
        ({"region": "back", "equipment": "chair"}, ["Bend"]),
        ({"tag": "knee"}, ["Curl"]),
        ({"text": "arch", "region": "calf"}, []),
        ({"equipment": "nonsense"}, []),
        ({"region": "nonsense", "tag": "nonsense"}, ["Arch", "Bend", "Curl"]),
        ({"language": "en"}, ["Arch", "Bend", "Curl"]),
        ({"language": "de"}, []),
    ],
)
def test_one_value_of_each_facet_has_to_fit(
    world: World, three: None, query: dict[str, Any], found: list[str]
) -> None:
    assert names(page(world.viewer, **query)) == found


def test_each_choice_can_be_left_out_by_itself(world: World, three: None) -> None:
    text = page(world.viewer, text="a", region="back", tag="knee")
    assert 'href="?region=back&amp;tag=knee">“a”' in text
    assert 'href="?text=a&amp;tag=knee">back' in text
    assert 'href="?text=a&amp;region=back">knee pain' in text


def test_a_language_is_offered_once_something_is_complete_in_it(
    world: World, three: None, settings: Any
) -> None:
    bend = Exercise.objects.get(slug="bend")
    draft = publishing.save_draft(None, bend, {"synonyms": []})
    whole = {text.field: text.original for text in languages.standing(draft, "de")} | {"name": "Beuge"}
    publishing.publish(
        None, publishing.save_draft(None, bend, {"translations": {"de": languages.made(draft, whole)}})
    )
    assert counts(page(world.viewer))["language:de"] == 1
    assert names(page(world.viewer, language="de")) == ["Bend"]
    settings.LANGUAGES = [("en", "English"), ("de", "Deutsch")]
    world.viewer.language = "de"
    world.viewer.save()
    assert names(page(world.viewer)) == ["Arch", "Beuge", "Curl"]


class TestTheLibraries:
    def test_are_told_apart_where_there_are_two(self, world: World, three: None) -> None:
        assert "library:shared" not in counts(page(world.viewer))
        make_exercise("Ours", clinic=world.clinic)
        make_exercise("Theirs", clinic=world.far_clinic)
        told = counts(page(world.viewer))
        assert (told["library:shared"], told[f"library:{world.clinic.pk}"]) == (3, 1)
        assert names(page(world.viewer, library=str(world.clinic.pk))) == ["Ours"]
        assert names(page(world.viewer, library=str(world.far_clinic.pk))) == []


class TestWhoeverWrites:
    def test_chooses_the_state_and_sees_what_is_overdue(self, world: World, three: None) -> None:
        arch = Exercise.objects.get(slug="arch")
        publishing.schedule_review(None, arch, timezone.localdate() - dt.timedelta(days=1))
        publishing.save_draft(world.curator, arch, {"hold": 20})
        assert names(page(world.curator, review="overdue")) == ["Arch"]
        assert names(page(world.curator, state="draft")) == ["Arch"]
        assert names(page(world.curator, state="retired")) == ["Knee to chest", "Lying hamstring stretch"]
        assert counts(page(world.curator))["review:overdue"] == 1
        assert "review:overdue" not in counts(page(world.viewer))

    def test_sees_the_drafts_of_their_own_clinic(self, world: World, three: None) -> None:
        publishing.create_exercise(
            world.owner, clinic=world.clinic, slug="ours", content=WHOLE | {"name": "Ours"}
        )
        assert names(page(world.clinician, state="draft")) == ["Ours"]
        assert names(page(world.viewer, state="draft")) == ["Arch", "Bend", "Curl"]
        assert names(page(world.curator, state="draft")) == []


# The routine holds both stretches that are retired here.
HOLDING = {"holding": ["Two stretches"]}


class TestWhatWaits:
    def test_stands_above_the_shelf_for_whoever_it_waits_for(self, world: World, three: None) -> None:
        arch, bend, curl = (Exercise.objects.get(slug=slug) for slug in ("arch", "bend", "curl"))
        publishing.submit(world.curator, publishing.save_draft(world.curator, arch, {"hold": 20}))
        given = publishing.submit(world.curator, publishing.save_draft(world.curator, bend, {"hold": 20}))
        publishing.take_back(world.reviewer, given, "Why?")
        publishing.save_draft(world.curator, curl, {"hold": 20})

        assert piles(page(world.curator)) == {"given_back": ["Bend"], "drafts": ["Curl"], **HOLDING}
        assert piles(page(world.reviewer)) == {"to_review": ["Arch"], "comments": ["Bend"], **HOLDING}
        assert piles(page(world.viewer)) == piles(page(world.curator, text="arch")) == {}

    def test_ends_with_the_next_edit(self, world: World, three: None) -> None:
        draft = publishing.save_draft(world.curator, Exercise.objects.get(slug="arch"), {"hold": 20})
        publishing.take_back(world.reviewer, publishing.submit(world.curator, draft))
        again = publishing.save_draft(world.curator, draft.exercise, {"hold": 21})
        assert again.given_back_by is None
        assert piles(page(world.curator)) == {"drafts": ["Arch"], **HOLDING}


def piles(text: str) -> dict[str, list[str]]:
    found = re.findall(r'aria-labelledby="pile-(\w+)">(.*?)</section>', text, re.DOTALL)
    return {kind: re.findall(r"<li><a[^>]*>([^<]*)</a>", inside) for kind, inside in found}


@pytest.mark.parametrize("who", ["clinician", "curator"])
def test_takes_few_queries_however_much_is_asked(
    world: World, three: None, who: str, django_assert_max_num_queries: Any
) -> None:
    draft = publishing.save_draft(world.curator, Exercise.objects.get(slug="arch"), {"hold": 20})
    publishing.comment(world.reviewer, draft, "Why?")
    client = Client()
    client.force_login(getattr(world, who))
    for query in ({}, {"text": "a", "region": ["back", "calf"], "equipment": "mat"}, {"state": "draft"}):
        with django_assert_max_num_queries(10):
            client.get(LIST, query)


def test_while_somebody_types_what_was_found_comes_alone(world: World, three: None) -> None:
    client = Client()
    client.force_login(world.viewer)
    text = client.get(LIST, {"text": "bend"}, headers={"HX-Request": "true"}).content.decode()
    assert names(text) == ["Bend"]
    assert "<html" not in text
    assert 'id="facets" hx-swap-oob' in text
