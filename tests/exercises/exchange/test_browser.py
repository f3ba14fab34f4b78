"""A file comes in, in a real browser: its progress is seen, its report fits any screen, and it is taken in."""

from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from exercises.exchange import jobs
from exercises.models import Revision
from tests.browser import SMALL_BY_DAY, WIDE_BY_NIGHT, OpenPage, is_sound
from tests.exercises.exchange.making import changed, shipped
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_curator_brings_a_file_and_takes_it_in(
    world: World, browser_page: OpenPage, tmp_path: Path
) -> None:
    file = tmp_path / "library.zip"
    file.write_bytes(changed(shipped(), "exercises/supine-twist.json", content__review_notes=["Is it so?"]))
    page = browser_page(world.curator)
    page.goto(reverse("exercises:import"))
    is_sound(page, SMALL_BY_DAY)
    page.get_by_label("File", exact=True).set_input_files(file)
    page.get_by_role("button", name="Look at the file").click()
    expect(page.get_by_role("status")).to_contain_text("waits for its turn")
    jobs.make_due(timezone.now())
    # The page asks for itself, and shows the report once it is there.
    expect(page.get_by_role("heading", level=1)).to_have_text("8 drafts to take in")
    expect(page.get_by_text("Another one has this short name here")).to_be_visible()
    is_sound(page, SMALL_BY_DAY, WIDE_BY_NIGHT)
    page.get_by_role("button", name="Take in 8 drafts").click()
    expect(page.get_by_role("status")).to_be_visible()
    jobs.make_due(timezone.now())
    expect(page.get_by_role("heading", level=1)).to_have_text("8 drafts are in the library")
    assert Revision.objects.filter(state="draft", edited_by=world.curator).count() == 8
