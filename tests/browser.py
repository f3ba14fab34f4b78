"""Pages in a real Chromium. A console error, a script error or a report of the content security policy fails."""

import os
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any, Protocol
from wsgiref.handlers import BaseHandler

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.conf import settings
from django.test import Client
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Error,
    Locator,
    Page,
    Playwright,
    expect,
    sync_playwright,
)

from clinic.models import User
from tests.chromium import FLAGS, chromium
from tests.settings import FULL
from tests.world import ZONE

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 800}
# How a page is looked at: the width of the screen, and by day or by night.
WIDE_BY_DAY, WIDE_BY_NIGHT = (1280, "light"), (1280, "dark")
SMALL_BY_DAY, SMALL_BY_NIGHT = (320, "light"), (320, "dark")
# How long a page may take on a loaded machine: a wait ends as soon as it is there.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)
# HOLDWELL_TEST_SLOW=1: each answer takes its time and the browser is slow, as on a loaded machine. What does not wait
# for a page, or for its scripts, shows.
if SLOW := bool(os.environ.get("HOLDWELL_TEST_SLOW")):
    at_once = BaseHandler.run
    BaseHandler.run = lambda *answer: (time.sleep(0.4), at_once(*answer))  # type: ignore[assignment]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if chromium() or FULL:
        return  # in the full run a missing browser is a failure, not a skip
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason="no Chromium was found"))


@pytest.fixture(scope="session")
def chromium_browser() -> Iterator[Browser]:
    path = chromium()
    assert path, "The full run needs a Chromium: install one, or name it in HOLDWELL_CHROMIUM."
    # Playwright keeps an event loop in this thread; Django would take every query for one made inside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    playwright: Playwright = sync_playwright().start()
    browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
    yield browser
    browser.close()
    playwright.stop()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


class OpenPage(Protocol):
    def __call__(
        self,
        user: User | None = None,
        *,
        base_url: str | None = None,
        allowed: tuple[str, ...] = (),
        phone: bool = False,
        **context: Any,
    ) -> Page: ...


@pytest.fixture
def browser_page(chromium_browser: Browser, request: pytest.FixtureRequest) -> Iterator[OpenPage]:
    """Open a page, signed in as `user`, in a browser context of its own (a second call: a second device).

    Addresses are relative to the live server, or to `base_url`. A console error that contains one of `allowed`
    (a 404 that is meant, say) does not fail the test. `context` goes to Playwright: `viewport`, `color_scheme`,
    `reduced_motion`, `java_script_enabled`, `locale`, `timezone_id`, `service_workers` and
    the like.
    """
    contexts = []
    problems: list[str] = []
    live: set[str] = set()

    def open_page(
        user: User | None = None,
        *,
        base_url: str | None = None,
        allowed: tuple[str, ...] = (),
        phone: bool = False,
        **context: Any,
    ) -> Page:
        address = base_url or request.getfixturevalue("live_server").url
        if not base_url:
            live.add(address)
        known = {
            "locale": "en-GB",
            "timezone_id": ZONE,
            "viewport": PHONE if phone else DESKTOP,
            "has_touch": phone,
            "is_mobile": phone,
            # A page that is answered by its service worker is past the reach of `page.route`.
            "service_workers": "block",
        }
        opened = chromium_browser.new_context(base_url=address, **(known | context))
        opened.set_default_timeout(PATIENCE)
        contexts.append(opened)
        if user is not None:
            client = Client()
            client.force_login(user)
            cookie = client.cookies[settings.SESSION_COOKIE_NAME]
            opened.add_cookies([{"name": cookie.key, "value": cookie.value, "url": address}])
        opened.on("page", lambda page: watch(page, allowed, problems))
        if SLOW:
            opened.on("page", slow_down)
        return opened.new_page()

    yield open_page
    for context in contexts:
        context.close()
    if live:
        at_rest(live.pop())
    assert not problems, "The browser complains:\n" + "\n".join(problems)


def watch(page: Page, allowed: tuple[str, ...], problems: list[str]) -> None:
    """Add to `problems` what the page complains of, but for what contains one of `allowed`."""

    def note(text: str) -> None:
        if not any(part in text for part in allowed):
            problems.append(f"{page.url}: {text}")

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            note(f"{message.text} ({message.location.get('url', '')})")

    def on_error(error: Error) -> None:
        note(str(error))

    page.on("console", on_console)
    page.on("pageerror", on_error)


def slow_down(page: Page) -> None:
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 4})


def at_rest(address: str) -> None:
    """Wait for what the live server still answers to pages that are closed: the database is emptied next.

    It takes connections in their order: once a request of ours is answered, all that came before have a thread.
    """
    link = HTTPConnection(address.removeprefix("http://"), timeout=PATIENCE / 1000)
    link.request("GET", "/livez")
    link.getresponse().read()
    link.close()
    for thread in threading.enumerate():
        if thread.name.endswith("(process_request_thread)"):
            thread.join(PATIENCE / 1000)
            assert not thread.is_alive(), "The page is closed, and the server still answers it."


def follow(way: Locator, key: str = "") -> None:
    """Press what leads to another page, by the mouse or by a key, and wait until that page and its scripts are there.

    Playwright itself waits until the next page begins to come: whoever reads, types or presses at once is too early.
    """
    with way.page.expect_navigation():
        if key:
            way.press(key)
        else:
            way.click()


def look_at(page: Page, width: int, scheme: Any) -> None:
    """The page as it lies open, on another screen: once its colours have changed, which takes a moment."""
    shown = page.viewport_size
    assert shown
    page.set_viewport_size({"width": width, "height": shown["height"]})
    page.emulate_media(color_scheme=scheme)
    page.evaluate(
        """() => Promise.allSettled(document.getAnimations()
            .filter((it) => it instanceof CSSTransition).map((it) => it.finished))"""
    )


def serious(page: Page) -> list[str]:
    """What axe finds that keeps somebody out. Its script, which is long, is read once in each page."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate("axe.run({resultTypes: ['violations']}).then((results) => results.violations)")
    return [
        f"{rule['id']}: {node['html'][:120]}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]


def fits(page: Page) -> bool:
    """Whether nothing is wider than the screen."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def is_sound(page: Page, *looks: tuple[int, str]) -> None:
    """Nothing serious for axe and nothing wider than the screen, whichever way the page is looked at."""
    for width, scheme in looks:
        look_at(page, width, scheme)
        assert serious(page) == [], (page.url, width, scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (page.url, scheme)
