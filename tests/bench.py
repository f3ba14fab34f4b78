"""`make bench`: what a request costs, as a share of a bare view of the same server in the same run.

Machines differ and are noisy, so nothing is told in seconds alone: before each measured run the bare view
(`/livez`) is run, workers idle in between, and the median of five ratios is printed, as a share and as how many
times as dear as the bare view a request is. Queries are counted in process. Prints a table, then the same as JSON.
The database is one of its own: SQLite in a temporary folder, or the one that DATABASE_URL names, which must be empty.
"""

import datetime as dt
import gzip
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any
from uuid import uuid4

ROUNDS = 5
RUN_SECONDS = 0.7
IDLE_SECONDS = 0.2
CLIENTS = 4
PATIENTS = 200
WEEKS = 26
# The roster's clinic: many patients, and as much history as their figures read.
CROWD = 5000
CROWD_WEEKS = 3
PORT = 8990

HOME = tempfile.TemporaryDirectory(prefix="holdwell-bench-")
os.environ |= {"HOLDWELL_DATA": HOME.name, "HOLDWELL_API_RATE": "1000000/s", "PORT": str(PORT)}
os.environ["DJANGO_SETTINGS_MODULE"] = "clinic.settings"

import django  # noqa: E402

django.setup()

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext, override_settings  # noqa: E402
from django.urls import reverse  # noqa: E402
from django.utils import timezone  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

from clinic import tokens  # noqa: E402
from clinic.models import Clinic, Membership, Role, User  # noqa: E402
from exercises.figures import POSES, render  # noqa: E402
from exercises.figures.drawing import draw  # noqa: E402
from exercises.figures.film import film  # noqa: E402
from exercises.figures.pose import read  # noqa: E402
from exercises.models import Exercise  # noqa: E402
from exercises.shipping import DATA  # noqa: E402
from patients import progress  # noqa: E402
from patients.adherence import adherence  # noqa: E402
from patients.models import Session  # noqa: E402
from tests.chromium import FLAGS, chromium  # noqa: E402
from tests.crowd import make_crowd  # noqa: E402
from tests.world import World, make_patient, make_prescription, make_world  # noqa: E402


@dataclass(frozen=True)
class Target:
    """One kind of request: who asks for what. `body` makes the JSON of a POST."""

    name: str
    path: str
    headers: dict[str, str]
    body: Callable[[], bytes] | None = None


@dataclass(frozen=True)
class Result:
    name: str
    share_of_bare: float  # of its requests per second
    lowest: float
    highest: float
    requests_per_second: float
    queries: int


def main() -> None:
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    world = make_world()
    call_command("load_library", verbosity=0)
    fill(world)
    crowd = make_clinic(world)
    server = start_server()
    try:
        phone = first_screen(world)
        results = [measure(target) for target in targets(world, crowd)]
    finally:
        server.terminate()
        server.wait()
    alone = {"adherence of 26 weeks, ms": adherence_ms(world)} | figure_costs() | phone
    show(results, alone)


def fill(world: World) -> None:
    """A clinic of patients with half a year of daily sessions, Pat among them."""
    today = world.pat.local_date(timezone.now())
    first = today - dt.timedelta(weeks=WEEKS)
    rows: list[Session] = []
    people = [make_patient(world.clinic, f"bench{n}", world.clinician) for n in range(PATIENTS - 1)]
    world.prescription.starts_on = first
    world.prescription.save()
    world.prescription.revisions.update(counts_from=first)
    prescriptions = [world.prescription] + [
        make_prescription(p, world.clinician, [world.knee_to_chest, world.hamstring], starts_on=first)
        for p in people
    ]
    for index, prescription in enumerate(prescriptions):
        revision = prescription.revisions.get()
        for day in range(WEEKS * 7):
            if (day + index) % 4 == 0:
                continue
            date = first + dt.timedelta(days=day)
            started_at = dt.datetime.combine(date, dt.time(9), tzinfo=prescription.patient.zone)
            rows.append(
                Session(
                    patient=prescription.patient,
                    prescription=prescription,
                    revision=revision,
                    source="player",
                    started_at=started_at,
                    local_date=date,
                    zone=str(prescription.patient.zone),
                    received_at=started_at,
                    recorded_by=world.clinician,
                    pain_after=(day + index) % 7,
                    performed_sets=4 - (day % 5 == 0),
                    prescribed_sets=4,
                    digest="0" * 64,
                )
            )
    Session.objects.bulk_create(rows, batch_size=2000)


def make_clinic(world: World) -> Clinic:
    """A second clinic of the clinician's, with thousands of patients."""
    clinic = Clinic.objects.create(name="Great Practice", time_zone=world.clinic.time_zone)
    Membership.objects.create(user=world.clinician, clinic=clinic, role=Role.CLINICIAN)
    make_crowd(clinic, world.clinician, CROWD, CROWD_WEEKS)
    return clinic


def start_server() -> subprocess.Popen[bytes]:
    """The web process as the supervisor starts it: gunicorn, two workers."""
    command = [sys.executable, "-m", "gunicorn", "clinic.wsgi", "--bind", f"127.0.0.1:{PORT}"]
    command += ["--workers", "2", "--threads", "4", "--worker-class", "gthread", "--log-level", "error"]
    server = subprocess.Popen(command)
    for _attempt in range(100):
        try:
            ask(http.client.HTTPConnection("127.0.0.1", PORT, timeout=5), bare())
        except OSError:
            time.sleep(0.1)
        else:
            return server
    server.terminate()
    raise SystemExit("The server did not answer.")


def bare() -> Target:
    return Target("bare view", "/livez", {})


def targets(world: World, crowd: Clinic) -> list[Target]:
    staff, patient = signed_in(world.clinician), signed_in(world.patient)
    today = world.pat.local_date(timezone.now())
    window = f"?from={today - dt.timedelta(weeks=WEEKS)}&to={today}"
    item_ids = [str(item.pk) for item in world.prescription.revisions.get().items.all()]

    def session() -> bytes:
        now = timezone.now()
        sets = [{"side": "left", "held": 30.0}, {"side": "right", "held": 30.0}]
        body = {
            "id": str(uuid4()),
            "prescription": str(world.prescription.pk),
            "revision": 1,
            "started_at": now.isoformat(),
            "pain_before": 3,
            "pain_after": 2,
            "difficulty": "about_right",
            "source": "player",
            "items": [{"item": item, "sets": sets} for item in item_ids],
        }
        return json.dumps(body).encode()

    return [
        Target("today, API", "/api/v1/today/", token(world.patient)),
        Target("session POST, API", "/api/v1/sessions/", token(world.patient), session),
        Target("exercises, API", "/api/v1/exercises/?page_size=20", token(world.clinician)),
        Target(
            "adherence of 26 weeks, API",
            f"/api/v1/prescriptions/{world.prescription.pk}/adherence/{window}",
            token(world.clinician),
        ),
        Target("today, page", reverse("portal:today"), patient),
        # The least that a signed-in page of the desk can be: its frame around a small form.
        Target("frame of the desk, page", reverse("desk:new_view", args=[crowd.pk]), staff),
        Target("roster of 5,000 by name", reverse("desk:roster", args=[crowd.pk]) + "?sort=name", staff),
        Target("roster of 5,000, as it opens", reverse("desk:roster", args=[crowd.pk]), staff),
        Target("roster of 5,000, one band", reverse("desk:roster", args=[crowd.pk]) + "?band=quiet", staff),
        Target(
            "roster of 5,000 by adherence", reverse("desk:roster", args=[crowd.pk]) + "?sort=adherence", staff
        ),
        Target("patient, page", reverse("desk:patient", args=[world.pat.pk]), staff),
    ]


def token(user: User) -> dict[str, str]:
    _token, secret = tokens.create(None, user, "bench")
    return {"Authorization": f"Bearer {secret}"}


def signed_in(user: User) -> dict[str, str]:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return {"Cookie": f"holdwell={session.session_key}"}


def measure(target: Target) -> Result:
    """The share of the bare view's requests per second: pairs of runs, the median of their ratios."""
    rates, shares = [], []
    run(target, 0.3)
    for _round in range(ROUNDS):
        of_bare = run(bare(), RUN_SECONDS)
        time.sleep(IDLE_SECONDS)
        rates.append(run(target, RUN_SECONDS))
        shares.append(rates[-1] / of_bare)
        time.sleep(IDLE_SECONDS)
    return Result(
        target.name,
        round(statistics.median(shares), 5),
        round(min(shares), 5),
        round(max(shares), 5),
        round(statistics.median(rates), 1),
        queries(target),
    )


def run(target: Target, seconds: float) -> float:
    """Requests per second that a few clients with kept connections get answered."""
    counts = [0] * CLIENTS
    end = time.monotonic() + seconds

    def client(index: int) -> None:
        link = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
        while time.monotonic() < end:
            ask(link, target)
            counts[index] += 1
        link.close()

    threads = [threading.Thread(target=client, args=[index]) for index in range(CLIENTS)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.monotonic() - started)


def ask(link: http.client.HTTPConnection, target: Target) -> None:
    if target.body:
        headers = target.headers | {"Content-Type": "application/json"}
        link.request("POST", target.path, target.body(), headers)
    else:
        link.request("GET", target.path, headers=target.headers)
    answer = link.getresponse()
    answer.read()
    if answer.status >= 300:
        raise SystemExit(f"{target.name}: {answer.status}")


def queries(target: Target) -> int:
    """The statements of one request, sign-in included, once everything is warm."""
    headers = {name: value for name, value in target.headers.items() if name != "Cookie"}
    with override_settings(ALLOWED_HOSTS=["testserver"]):
        client = Client(headers=headers)
        if "Cookie" in target.headers:
            client.cookies["holdwell"] = target.headers["Cookie"].partition("=")[2]
        for _turn in range(2):
            with CaptureQueriesContext(connection) as captured:
                if target.body:
                    client.post(target.path, target.body(), content_type="application/json")
                else:
                    client.get(target.path)
    return len(captured)


def adherence_ms(world: World) -> float:
    today = world.pat.local_date(timezone.now())
    first = today - dt.timedelta(weeks=WEEKS)
    ((plan, done),) = progress.facts_of([world.prescription], first, today)
    return per_call_ms(lambda: adherence(plan, done, first, today, today))


def figure_costs() -> dict[str, float]:
    """The dearest of the shipped figures: drawing it anew (nothing is kept between calls), and what it weighs."""
    shipped = [json.loads(file.read_text())["figure"] for file in (DATA / "exercises").glob("*.json")]
    views = [(figure, pose) for figure in shipped for pose in POSES]
    pages = [
        render(figure, pose=pose, side="left", title="Figure", description="A figure").encode()
        for figure, pose in views
    ]
    films = [json.dumps(film(read(figure)), separators=(",", ":")).encode() for figure in shipped]
    return {
        "a figure, ms": max(per_call_ms(partial(draw, read(f), pose=pose, side="left")) for f, pose in views),
        "a figure, bytes": max(len(page) for page in pages),
        "a figure compressed, bytes": max(len(gzip.compress(page)) for page in pages),
        "a film, ms": max(per_call_ms(partial(film, read(figure))) for figure in shipped),
        "a film compressed, bytes": max(len(gzip.compress(text)) for text in films),
    }


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


def first_screen(world: World) -> dict[str, float]:
    """A session's first screen on a throttled phone: with nothing kept, and coming from Today as patients do."""
    path = chromium()
    if path is None:
        sys.stderr.write("No Chromium was found: the first screen of a session is not measured.\n")
        return {}
    drawn = list(Exercise.objects.exclude(published__figure={}).select_related("published")[:STRETCHES])
    patient = make_patient(world.clinic, "phone", world.clinician)
    today = patient.local_date(timezone.now())
    prescription = make_prescription(patient, world.clinician, drawn, starts_on=today)
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


def per_call_ms(act: Callable[[], object]) -> float:
    times = []
    for _turn in range(50):
        start = time.perf_counter()
        act()
        times.append(time.perf_counter() - start)
    return round(statistics.median(times) * 1000, 2)


def show(results: list[Result], alone: dict[str, float]) -> None:
    write = sys.stdout.write
    write(
        f"{'':32}{'share of bare':>14}{'lowest':>9}{'highest':>9}{'per second':>12}{'times':>8}{'queries':>9}\n"
    )
    for r in results:
        write(f"{r.name:32}{r.share_of_bare:14.4f}{r.lowest:9.4f}{r.highest:9.4f}")
        write(f"{r.requests_per_second:12.1f}{1 / r.share_of_bare:8.0f}{r.queries:9d}\n")
    for name, value in alone.items():
        write(f"{name:46}{value:14.2f}\n")
    write(json.dumps({"requests": [asdict(r) for r in results], "alone": alone}) + "\n")


if __name__ == "__main__":
    main()
