"""The main job of Holdwell, whole: through pages, against the running supervisor, with mail read from the mailbox.

invited → accepted → prescribed → reminded → done and rated → seen on the desk → told in the weekly report.
"""

import datetime as dt
import re
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import OpenPage, follow
from tests.processes.running import Running

# Real time passes here: a reminder comes at a minute of the clock, and a sweep finds it.
pytestmark = [pytest.mark.browser, pytest.mark.services]

NAME, EMAIL, PASSWORD = "Nora Newcome", "nora.newcome@example.org", "a long enough password"
REMINDED_WITHIN = 200  # s: up to two minutes of waiting for the minute, a sweep, and the outbox


def zone_of_daytime() -> ZoneInfo:
    """Some zone in which nobody sleeps just now: no quiet hours, and no midnight near."""
    now = dt.datetime.now(dt.UTC)
    zones = ("Europe/London", "America/Phoenix", "Asia/Dubai", "Pacific/Honolulu", "Australia/Brisbane")
    return next(z for name in zones if 9 <= now.astimezone(z := ZoneInfo(name)).hour < 19)


def sign_in_as(page: Page, role: str) -> None:
    page.goto("/account/login/")
    page.locator(f"button:has(:text-is('{role}'))").click()


def letters(page: Page, recipient: str, subject: str) -> Locator:
    """The letters to somebody as the mailbox lists them, newest first."""
    page.goto("/demo/mailbox/")
    listed = page.get_by_role("row").or_(page.get_by_role("listitem"))
    return listed.filter(has_text=recipient).filter(has_text=re.compile(subject))


def letter(page: Page, recipient: str, subject: str, seconds: int = 60, beyond: int = 0) -> None:
    """Open the newest letter, waiting as a newcomer would until there are more than `beyond`."""
    for _second in range(seconds):
        found = letters(page, recipient, subject)
        if found.count() > beyond:
            follow(found.first.get_by_role("link").first)
            return
        page.wait_for_timeout(1000)
    raise AssertionError(f"No letter to {recipient} about “{subject}” within {seconds} s")


def rate(page: Page, field: str, value: int) -> None:
    page.locator(f"label:has(input[name={field}][value='{value}'])").click()


def test_the_main_job(supervisor: Running, browser_page: OpenPage) -> None:
    zone = zone_of_daytime()
    desk = browser_page(base_url=supervisor.url)
    phone = browser_page(base_url=supervisor.url, phone=True, timezone_id=str(zone))
    mailbox = browser_page(base_url=supervisor.url)

    # A clinician invites a patient by e-mail.
    sign_in_as(desk, "Clinician")
    desk.get_by_role("link", name="Invite a patient").click()
    desk.get_by_label("Name", exact=True).fill(NAME)
    desk.get_by_label("E-mail").fill(EMAIL)
    desk.get_by_role("button", name="Send the invitation").click()
    expect(
        desk.get_by_role("heading", name="Current prescriptions").or_(desk.get_by_text(NAME)).first
    ).to_be_visible()
    patients_page = desk.url

    # The patient accepts, and chooses time zone and reminder time.
    letter(mailbox, EMAIL, "invit")
    link = re.search(r"https?://\S+/invitation/\S+?/(?=\s|$)", mailbox.locator("body").inner_text())
    assert link
    phone.goto(link[0])
    phone.get_by_role("radio", name="With a password").check()
    phone.get_by_label(re.compile("^Password")).fill(PASSWORD)
    remind_at = (dt.datetime.now(zone) + dt.timedelta(seconds=100)).strftime("%H:%M")
    phone.locator("input[type=time]").first.fill(remind_at)
    for more in phone.locator("input[type=time]").all()[1:]:
        more.fill("")
    expect(phone.get_by_label("Time zone")).to_have_value(str(zone))
    phone.get_by_role("button", name="Accept and go on").click()
    expect(phone.get_by_text("Nothing is prescribed yet")).to_be_visible()

    # The clinician prescribes from the routine, with changed dosage and a schedule.
    desk.goto(patients_page)
    desk.get_by_role("link", name="Prescribe").first.click()
    follow(desk.get_by_role("link", name="Six stretches for the lower back").first)
    while desk.get_by_role("button", name=re.compile("^Remove ")).count() > 2:
        rows = desk.get_by_role("button", name=re.compile("^Remove ")).count()
        desk.get_by_role("button", name=re.compile("^Remove ")).last.click()
        expect(desk.get_by_role("button", name=re.compile("^Remove "))).to_have_count(rows - 1)
    desk.get_by_label("Hold (s)", exact=True).first.fill("45")
    desk.get_by_role("button", name="Prescribe", exact=True).click()
    expect(desk.get_by_role("status")).to_contain_text("Prescribed")

    # The reminder comes by Celery, with the news of the prescription told along, says nothing of health, and leads to
    # today's page.
    letter(mailbox, EMAIL, "Your session", REMINDED_WITHIN)
    words = mailbox.locator("body").inner_text()
    assert "/today/" in words
    for secret in ("stretch", "back", "pain", "lunge"):
        assert secret not in mailbox.get_by_role("heading").first.inner_text().lower()

    # The patient's today page, and the guided session with its hold timers.
    now = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=20)
    phone.clock.install(time=now)
    phone.goto("/today/")
    expect(phone.get_by_text("Due today.")).to_be_visible()
    follow(phone.get_by_role("link", name="Start", exact=True))
    rate(phone, "pain_before", 4)
    phone.get_by_role("button", name="Continue", exact=True).click()
    for question in phone.locator("[data-stage=safety] fieldset").all():
        question.locator("label:has(input[value=no])").click()
    phone.get_by_role("button", name="Continue", exact=True).click()
    phone.get_by_role("button", name="Start", exact=True).click()
    for _minute in range(8):
        if phone.get_by_role("heading", name="After the session").is_visible():
            break
        phone.clock.run_for(60_000)
    rate(phone, "pain_after", 2)
    phone.locator("label:has(input[name=difficulty][value=about_right])").click()
    phone.get_by_role("button", name="Save session").click()
    expect(phone.get_by_role("heading", name=re.compile(r"\d+ of \d+ sets done"))).to_be_visible()

    # The desk shows it: on the patient's page and on the roster.
    desk.goto(patients_page)
    expect(desk.get_by_text("4 → 2")).to_be_visible()
    expect(desk.get_by_text("3 of 3")).to_be_visible()
    desk.goto("/")
    expect(desk.get_by_role("row").filter(has_text=NAME)).to_be_visible()

    # The weekly report, sent now, is in the mailbox with its figures.
    clinician, subject = "clinician@demo.holdwell.invalid", "weekly report"
    before = letters(mailbox, clinician, subject).count()
    desk.get_by_role("link", name="Reports").click()
    desk.get_by_role("link", name="Preview your digest").click()
    desk.get_by_role("button", name="Send now").click()
    # The page shows it by itself once it is made.
    expect(desk.get_by_role("link", name="CSV")).to_be_visible(timeout=60_000)
    letter(mailbox, clinician, subject, 60, beyond=before)
    expect(mailbox.locator("body")).to_contain_text(re.compile(r"Lena Hartmann: on track; 100 %, 7 of 7"))


def test_a_newcomer_sees_a_reminder_within_two_minutes(supervisor: Running, browser_page: OpenPage) -> None:
    mailbox = browser_page(base_url=supervisor.url)
    letter(mailbox, "patient@demo.holdwell.invalid", ".", 120)
    expect(mailbox.locator("body")).to_contain_text("/today/")
