"""The player on a phone, with the browser's clock in the test's hand."""

import datetime as dt
from contextlib import suppress
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from playwright.sync_api import Error, Page, expect

from patients.models.alerts import SafetyQuestion
from tests.world import ZONE, World

SIDE = 5 + 30 + 3  # s: get ready, hold, release
STRETCH = SIDE + 5 + SIDE  # s: with the change of sides
REST = 10  # s
NO_TO_ALL = dict.fromkeys(SafetyQuestion.values, False)
# Everything that the player keeps on the device.
STORED = "Object.keys(localStorage).filter((key) => key.startsWith('holdwell:')).map((key) => localStorage[key]).join()"


class Phone:
    """The player on a phone; `after` lets seconds pass, and the test's own steps take a few on a loaded machine."""

    def __init__(self, page: Page, world: World) -> None:
        self.page = page
        self.address = self.address_of(world)
        # The session lies in the past by a quarter of an hour, so that no second of it is in the server's future; but
        # never on the patient's yesterday.
        now = dt.datetime.now(ZoneInfo(ZONE))
        today = now.replace(hour=0, minute=0, second=1, microsecond=0)
        page.clock.install(time=max(now - dt.timedelta(minutes=15), today))
        self.open()

    @staticmethod
    def address_of(world: World) -> str:
        return reverse("portal:session", args=[world.prescription.pk])

    def open(self) -> None:
        self.page.goto(self.address)

    def part(self, name: str) -> Any:
        return self.page.locator(f"[data-part='{name}']")

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def rate(self, field: str, value: int) -> None:
        self.page.locator(f"label:has(input[name={field}][value='{value}'])").click()

    def begin(self, pain: int = 2) -> None:
        self.rate("pain_before", pain)
        self.press("Continue")

    def start(self, pain: int = 2) -> None:
        self.begin(pain)
        self.press("Start")

    def after(self, seconds: float) -> None:
        self.page.clock.run_for(round(seconds * 1000))

    def nothing_waits(self) -> None:
        """All that was kept has been sent."""
        for _ in range(600):
            # Today opens itself anew once it has sent something; whoever asks in that moment gets no answer.
            with suppress(Error):
                if '"body"' not in self.page.evaluate(STORED):
                    return
            self.page.wait_for_timeout(50)
        raise AssertionError("something waits still")

    def finish(self, pain: int = 1) -> None:
        expect(self.page.get_by_role("heading", name="After the session")).to_be_visible()
        self.rate("pain_after", pain)
        self.press("Save session")


def answer(phone: Phone, yes: str = "") -> None:
    for name in SafetyQuestion.values:
        phone.page.locator(f"label:has(input[name={name}][value={'yes' if name == yes else 'no'}])").click()
    phone.press("Continue")
