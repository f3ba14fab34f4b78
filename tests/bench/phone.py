"""How soon a session can be begun on a middling phone: its first screen in a real Chromium, on a slow network."""

import statistics
import sys
from typing import Any

from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import sync_playwright

from clinic.models import Clinic, User
from exercises.models import Exercise
from tests.bench.asking import PORT, ROUNDS
from tests.bench.targets import signed_in
from tests.chromium import FLAGS, chromium
from tests.world import make_patient, make_prescription

# A middling phone on a slow mobile network, as Lighthouse has it: 150 ms a round, 1.6 Mbit/s down, 750 kbit/s up.
SLOW_NETWORK = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_600_000 / 8,
    "uploadThroughput": 750_000 / 8,
}
SLOWER_PROCESSOR = 4  # times
STRETCHES = 6
SMALL_PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "is_mobile": True,
    "has_touch": True,
}
# ms from the tap on the link to a first question that can be answered, and the bytes that came over the network.
USABLE = """() => [
    performance.getEntriesByName("usable")[0].startTime,
    ["navigation", "resource"].flatMap((kind) => performance.getEntriesByType(kind))
        .reduce((sum, it) => sum + it.transferSize, 0)]"""
WATCH = """new MutationObserver((_, watch) => {
    if (!document.querySelector("[data-player][data-at='before']")) return;
    watch.disconnect();
    requestAnimationFrame(() => setTimeout(() => performance.mark("usable")));
}).observe(document, {subtree: true, childList: true, attributes: true})"""


def first_screen(clinic: Clinic, clinician: User) -> dict[str, float]:
    """A session's first screen on a throttled phone: with nothing kept, and coming from Today as patients do."""
    path = chromium()
    if path is None:
        sys.stderr.write("No Chromium was found: the first screen of a session is not measured.\n")
        return {}
    drawn = list(Exercise.objects.exclude(published__figure={}).select_related("published")[:STRETCHES])
    patient = make_patient(clinic, "phone", clinician)
    today = patient.local_date(timezone.now())
    prescription = make_prescription(patient, clinician, drawn, starts_on=today)
    session = reverse("portal:session", args=[prescription.pk])
    assert patient.user
    name, _, value = signed_in(patient.user)["Cookie"].partition("=")
    found: dict[str, list[list[float]]] = {"alone": [], "from Today": []}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        for way, runs in [*found.items()] * ROUNDS:
            context = browser.new_context(base_url=f"http://127.0.0.1:{PORT}", **SMALL_PHONE)
            context.add_cookies([{"name": name, "value": value, "url": f"http://127.0.0.1:{PORT}"}])
            page = context.new_page()
            page.add_init_script(WATCH)
            devtools = context.new_cdp_session(page)
            devtools.send("Network.enable")
            devtools.send("Network.emulateNetworkConditions", SLOW_NETWORK)
            devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER_PROCESSOR})
            if way == "from Today":
                page.goto(reverse("portal:today"), wait_until="networkidle")
            page.goto(session, wait_until="networkidle")
            while not page.evaluate("performance.getEntriesByName('usable').length"):
                page.wait_for_timeout(50)
            runs.append(page.evaluate(USABLE))
            context.close()
        browser.close()
    middle = {
        way: [statistics.median(values) for values in zip(*runs, strict=True)] for way, runs in found.items()
    }
    return {
        f"a session's first screen {way}, {unit}": round(value)
        for way, values in middle.items()
        for unit, value in zip(("ms", "bytes"), values, strict=True)
    }
