"""A curator uploads in a real browser: with progress, refusals by file, by keys and without scripts; a patient plays
the film."""

from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from exercises.media import keeping
from exercises.models import Revision
from tests.browser import SMALL_BY_NIGHT, WIDE_BY_DAY, is_sound
from tests.exercises.media import corpus
from tests.exercises.media.making import film, photo, published, stretch
from tests.world import World, make_prescription

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("decoded_once"),
]


@pytest.fixture
def draft(world: World) -> Revision:
    return stretch(world.curator).revisions.get()


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """A photo, a film, and a page that calls itself a photo."""
    found = {"knee.jpg": corpus.jpeg(), "knee.mp4": corpus.film(), "page.png": corpus.HTML}
    for name, data in found.items():
        (tmp_path / name).write_bytes(data)
    return {name: tmp_path / name for name in found}


def test_why_a_file_is_refused_is_read_on_a_small_screen(
    world: World, browser_page: Any, draft: Revision
) -> None:
    page = browser_page(world.curator, allowed=("422",))
    page.goto(reverse("exercises:media", args=[draft.pk]))
    noise = {"name": "noise.bin", "mimeType": "image/png", "buffer": bytes(range(1, 200))}
    page.get_by_label("Add photos or films").set_input_files(noise)
    expect(page.locator(".media-queue > li")).to_contain_text("This is neither a photo")
    is_sound(page, SMALL_BY_NIGHT)


def test_a_curator_uploads_describes_and_orders(
    world: World, browser_page: Any, draft: Revision, files: dict[str, Path]
) -> None:
    page = browser_page(world.curator, allowed=("422",))
    page.goto(reverse("exercises:media", args=[draft.pk]))
    nothing = page.get_by_role("heading", name="No photos or films yet")
    expect(nothing).to_be_visible()
    page.get_by_label("Add photos or films").set_input_files(list(files.values()))
    queue = page.locator(".media-queue > li")
    expect(queue.filter(has_text="page.png")).to_contain_text("This is a web page")
    expect(queue.filter(has_text="is there")).to_have_count(2)
    entries = page.locator(".media-entry")
    expect(entries).to_have_count(2)
    expect(nothing).to_be_hidden()
    entries.nth(0).locator("img").evaluate("it => it.decode()")

    # What is typed stays while another one is uploaded.
    entries.nth(0).get_by_label("What it shows, in words").fill("A knee is drawn in.")
    page.get_by_label("Add photos or films").set_input_files(files["knee.jpg"])
    expect(entries).to_have_count(3)
    # Nothing moves under the pointer any more once every picture is there.
    for picture in entries.locator("img").all():
        picture.evaluate("it => it.decode()")
    for entry in entries.all():
        entry.get_by_label("Licence").fill("CC BY 4.0")
        entry.get_by_role("radio", name="No").check(force=True)
    is_sound(page, WIDE_BY_DAY, SMALL_BY_NIGHT)

    # By keys alone: the film comes first.
    entries.nth(1).get_by_role("button", name="Up").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".media-entry").nth(0).locator("video")).to_be_visible()
    page.locator(".media-entry").nth(2).get_by_role("button", name="Take out").click()
    expect(page.locator(".media-entry")).to_have_count(2)
    page.get_by_label("What it shows, in words").nth(0).fill("The knee moves to the chest.")
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.get_by_text("The photos and films are saved in revision 1.")).to_be_visible()
    draft.refresh_from_db()
    assert [row["alt"] for row in draft.media] == ["The knee moves to the chest.", "A knee is drawn in."]
    page.reload()
    is_sound(page, WIDE_BY_DAY, SMALL_BY_NIGHT)


def test_before_the_first_one_the_page_says_what_readers_see_and_what_helps_them(
    world: World, browser_page: Any, draft: Revision
) -> None:
    page = browser_page(world.curator)
    page.goto(reverse("exercises:media", args=[draft.pk]))
    expect(page.get_by_role("region", name="No photos or films yet")).to_contain_text("The whole body")
    is_sound(page, WIDE_BY_DAY, SMALL_BY_NIGHT)


def test_an_upload_can_be_canceled_and_a_file_dropped(
    world: World, browser_page: Any, draft: Revision
) -> None:
    page = browser_page(world.curator, allowed=("Failed to load",))
    page.goto(reverse("exercises:media", args=[draft.pk]))
    unanswered: list[Any] = []
    page.route("**/upload/", lambda route: unanswered.append(route))
    drop = """([names]) => {
        const data = new DataTransfer();
        for (const name of names) data.items.add(new File(["x"], name, {type: "image/png"}));
        document.querySelector("[data-upload]").dispatchEvent(new DragEvent("drop", {dataTransfer: data}));
    }"""
    with page.expect_request("**/upload/"):
        page.evaluate(drop, [["one.png", "two.png"]])
    queue = page.locator(".media-queue > li")
    expect(queue).to_have_count(2)
    for row in reversed(queue.all()):
        row.get_by_role("button", name="Cancel").click()
    expect(queue.filter(has_text="canceled")).to_have_count(2)
    assert len(unanswered) == 1  # the second never began
    page.unroute_all(behavior="ignoreErrors")


def test_without_scripts_the_same_page_uploads(
    world: World, browser_page: Any, draft: Revision, files: dict[str, Path]
) -> None:
    page = browser_page(world.curator, java_script_enabled=False)
    page.goto(reverse("exercises:media", args=[draft.pk]))
    page.get_by_label("Add photos or films").set_input_files([files["knee.jpg"], files["page.png"]])
    page.get_by_role("button", name="Upload").click()
    expect(page.locator(".media-entry")).to_have_count(1)
    expect(page.get_by_text("page.png: This is a web page")).to_be_visible()


def test_a_patient_plays_the_film_with_its_captions(world: World, browser_page: Any) -> None:
    moving = film(world.curator)
    keeping.describe(world.curator, moving, {}, captions_of={"en": corpus.VTT})
    exercise = published(world.curator, world.reviewer, moving, photo(world.curator))
    make_prescription(world.quinn, world.clinician, [exercise], starts_on=world.prescription.starts_on)
    page = browser_page(world.quinn.user, phone=True)
    page.goto(reverse("portal:plan"))
    page.locator(".plan-stretch summary").click()
    video = page.locator("video")
    assert video.evaluate("it => it.readyState") == 0  # nothing was fetched yet
    played = """it => new Promise((done) => {
        it.addEventListener("ended", () => done(it.currentTime));
        it.currentTime = 1.2;
        it.play();
    })"""
    assert video.evaluate(played) > 1.5
    cues = video.evaluate("it => [it.muted, it.textTracks[0].mode, it.textTracks[0].cues.length]")
    assert cues == [True, "showing", 1]
    is_sound(page, SMALL_BY_NIGHT)
