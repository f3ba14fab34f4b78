"""`make pictures`: the README's pictures, taken from the running demo with a real Chromium."""

import datetime as dt
import json
import os
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

HOME = tempfile.TemporaryDirectory(prefix="holdwell-pictures-")
os.environ |= {"HOLDWELL_DATA": HOME.name, "DJANGO_SETTINGS_MODULE": "clinic.settings"}

import django  # noqa: E402

django.setup()

from exercises.figures.sheet import contact_sheet  # noqa: E402
from exercises.shipping import DATA  # noqa: E402
from tests.browser import DESKTOP, FLAGS, PHONE, chromium  # noqa: E402
from tests.processes.running import Running  # noqa: E402

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "pictures"


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    running = Running(Path(HOME.name) / "demo", HOLDWELL_DEMO="1")
    try:
        running.start()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
            desk(browser, running.url)
            player(browser, running.url)
            editor(browser, running.url)
            writing(browser, running.url)
            figures(browser)
            from_the_right(browser, running.url)
            browser.close()
    finally:
        running.close()
    sys.stdout.write(f"Pictures are in {FOLDER}\n")


def signed_in(browser: Browser, url: str, role: str, **context: object) -> Page:
    page = browser.new_context(base_url=url, device_scale_factor=2, **context).new_page()  # type: ignore[arg-type]
    page.goto("/account/login/")
    page.locator(f"button:has(:text-is('{role}'))").click()
    return page


def desk(browser: Browser, url: str) -> None:
    page = signed_in(browser, url, "Clinician", viewport=DESKTOP)
    page.screenshot(path=FOLDER / "desk.png")


def player(browser: Browser, url: str) -> None:
    """The middle of a hold, with the browser's clock in our hands."""
    page = signed_in(browser, url, "Patient", viewport=PHONE)
    page.clock.install(time=dt.datetime.now(dt.UTC) - dt.timedelta(minutes=15))
    page.goto("/today/")
    page.get_by_role("link", name="Start", exact=True).click()
    page.locator("label:has(input[name=pain_before][value='3'])").click()
    page.get_by_role("button", name="Continue", exact=True).click()
    for question in page.locator("[data-stage=safety]:not([hidden]) fieldset").all():
        question.locator("label:has(input[value=no])").click()
    if page.locator("[data-stage=safety]:not([hidden])").count():
        page.get_by_role("button", name="Continue", exact=True).click()
    page.get_by_role("button", name="Start", exact=True).click()
    page.clock.run_for(47_000)
    page.screenshot(path=FOLDER / "player.png")


def editor(browser: Browser, url: str) -> None:
    page = signed_in(browser, url, "Curator", viewport={"width": 1280, "height": 860})
    page.get_by_role("link", name="Hip flexor lunge", exact=True).click()
    page.get_by_role("link", name="Pose").click()
    page.get_by_role("button", name="Held", exact=True).click()
    page.locator("summary", has_text="Left leg").click()
    page.locator(".posing-picture .fig-lit").first.wait_for()
    page.screenshot(path=FOLDER / "editor.png")


def writing(browser: Browser, url: str) -> None:
    page = signed_in(browser, url, "Curator", viewport={"width": 1280, "height": 860})
    page.get_by_role("link", name="Hip flexor lunge", exact=True).click()
    page.get_by_role("link", name="Edit", exact=True).click()
    page.locator(".fig").first.wait_for()
    page.screenshot(path=FOLDER / "writing.png")


def from_the_right(browser: Browser, url: str) -> None:
    """The patient's day in Arabic. The last one: the demo's patient reads Arabic from then on."""
    page = signed_in(browser, url, "Patient", viewport=PHONE, timezone_id="Europe/Berlin")
    page.goto("/settings/")
    page.locator("select[name=language]").select_option("ar")
    page.locator("form:has(select[name=language]) button[type=submit]").first.click()
    page.goto("/today/")
    page.screenshot(path=FOLDER / "arabic.png")


def figures(browser: Browser) -> None:
    """The contact sheet: every shipped stretch, both poses, both sides."""
    shipped = [json.loads(file.read_text()) for file in sorted((DATA / "exercises").glob("*.json"))]
    sheet = Path(HOME.name) / "figures.html"
    sheet.write_text(contact_sheet((one["name"], one["figure"]) for one in shipped), encoding="utf-8")
    page = browser.new_page(viewport={"width": 1000, "height": 800})
    page.goto(sheet.as_uri())
    page.screenshot(path=FOLDER / "figures.png", full_page=True)


if __name__ == "__main__":
    main()
