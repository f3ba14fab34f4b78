"""Every address × the cast: what is allowed is answered, what is not is refused, and nothing is unknown."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import transaction
from django.http import HttpResponseBase, StreamingHttpResponse
from django.test import Client
from django.urls import get_resolver, resolve, reverse
from django.utils import timezone

from clinic import facts, people
from clinic.middleware import right_of
from clinic.models import OutgoingMail
from exercises.dosage import Dosage
from exercises.media import keeping
from exercises.models import LibraryImport, Medium, MediumUse, Routine
from exercises.routine_content import RoutineLine
from exercises.routines import save_routine
from patients import archives, imports, reports
from patients.models import (
    AdverseEvent,
    Alert,
    Archive,
    DeletionRequest,
    Message,
    Pause,
    PushDevice,
    Report,
    RosterView,
)
from tests.routes import (
    EVERYBODY,
    LIBRARIES,
    NOBODY,
    PATIENT,
    ROUTES,
    SIGNED_IN,
    STAFF,
    WITHOUT_A_LINE,
    Route,
    Things,
)
from tests.world import World, make_exercise, make_session


def addresses() -> Iterator[tuple[str, str, Any]]:
    """All that the resolver knows: (full name, pattern, entry)."""

    def walk(entries: Any, names: str, pattern: str) -> Iterator[tuple[str, str, Any]]:
        for entry in entries:
            here = pattern + str(entry.pattern)
            if hasattr(entry, "url_patterns"):
                yield from walk(
                    entry.url_patterns, f"{names}{entry.namespace}:" if entry.namespace else names, here
                )
            else:
                yield f"{names}{entry.name or ''}", here, entry

    yield from walk(get_resolver().url_patterns, "", "")


def of_a_library(name: str) -> bool:
    return name.startswith(tuple(LIBRARIES))


@pytest.fixture
def things(world: World) -> Things:
    today = world.pat.local_date(timezone.now())
    letter, letter_secret = people.invite(
        world.owner, world.clinic, name="Ann", email="ann@example.org", role="viewer"
    )
    _, patient_secret = people.invite(world.owner, world.clinic, name="Bob", email="bob@example.org", role="")
    return Things(
        world=world,
        session=make_session(world.prescription, today),
        pause=Pause.objects.create(
            prescription=world.prescription,
            first_day=today,
            last_day=today + dt.timedelta(days=3),
            created_by=world.clinician,
        ),
        alert=Alert.objects.create(patient=world.pat, rule="pain_high", level="critical"),
        event=AdverseEvent.objects.create(
            patient=world.pat,
            text="Dizzy on getting up",
            happened_on=today,
            reported_by=world.patient,
            by_staff=False,
        ),
        report=make_report(world),
        archive=make_archive(world),
        brought=LibraryImport.objects.create(
            requested_by=world.curator, state="done", made_at=timezone.now()
        ),
        draft=imports.draft(
            world.assistant,
            world.clinic,
            content=b"name,reference\nAda Far,A-1\n",
            clinician=world.clinician,
        ),
        message=Message.objects.create(
            patient=world.pat, author=world.patient, by_staff=False, text="It went well."
        ),
        view=RosterView.objects.create(
            user=world.clinician, clinic=world.clinic, name="Quiet ones", query="band=quiet"
        ),
        deletion=DeletionRequest.objects.create(clinic=world.clinic, patient=world.pat),
        device=PushDevice.objects.create(
            patient=world.pat,
            endpoint="https://fcm.googleapis.com/fcm/send/pat",
            p256dh="key",
            auth="secret",
            label="Chrome",
        ),
        mail=OutgoingMail.objects.create(
            kind="message", to="ann@example.org", subject="A message", text="Hello.", state="failed"
        ),
        medium=make_medium(world),
        letter=letter,
        letter_secret=letter_secret,
        patient_secret=patient_secret,
        own_exercise=make_exercise("Ours", clinic=world.clinic),
        own_routine=make_own_routine(world),
    )


def make_own_routine(world: World) -> Routine:
    """A routine that the clinic has kept for itself."""
    dosage = Dosage(1, 2, 30, 10, "both")
    return save_routine(
        world.clinician,
        world.clinic,
        name="Evening",
        lines=[RoutineLine(world.knee_to_chest, dosage)],
        schedule={"mode": "flexible", "per_week": 3},
    )


def make_report(world: World) -> Report:
    """The clinician's digest up to yesterday, made and not mailed."""
    yesterday = timezone.now().date() - dt.timedelta(days=1)
    report, said = reports.preview(world.clinic, "digest", world.clinician, yesterday)
    report.facts, report.state, report.made_at = facts.as_json(said), "done", timezone.now()
    report.save()
    return report


def make_medium(world: World) -> Medium:
    """A photo that Pat's first stretch shows; its file says nothing."""
    storage, name = keeping.storage(), "media/routes.webp"
    if not storage.exists(name):
        storage.save(name, ContentFile(b"photo"))
    facts = {"file": name, "type": "image/webp", "bytes": 5, "sha256": "0" * 64, "width": 480, "height": 320}
    medium = Medium.objects.create(
        kind="photo", name="Knee to chest", bytes=5, width=480, height=320, files={"480": facts}
    )
    assert world.knee_to_chest.published is not None
    MediumUse.objects.create(medium=medium, revision=world.knee_to_chest.published)
    return medium


def make_archive(world: World) -> Archive:
    """An empty file stands for it: what is in it is no matter of rights."""
    storage = archives.storage()
    name = "archives/routes.zip"
    if not storage.exists(name):
        storage.save(name, ContentFile(b""))
    return Archive.objects.create(clinic=world.clinic, requested_by=world.owner, state="done", file=name)


def test_every_address_has_a_line() -> None:
    known = {route.name for route in ROUTES} | WITHOUT_A_LINE
    unknown = sorted({name for name, _, _ in addresses() if name not in known and not of_a_library(name)})
    assert unknown == [], "give each a line in tests/routes.py"


def test_every_line_has_an_address() -> None:
    there = {name for name, _, _ in addresses()}
    assert sorted({route.name for route in ROUTES} - there) == []


def test_every_method_of_the_api_has_a_line() -> None:
    known = {(route.name, route.method) for route in ROUTES}
    for name, _, entry in addresses():
        for method in set(getattr(entry.callback, "actions", None) or {}) - {"head"}:
            assert (name, method) in known


def test_every_view_declares_a_right() -> None:
    for name, pattern, entry in addresses():
        api = getattr(entry.callback, "cls", None)
        if api is not None:
            actions = getattr(entry.callback, "actions", None)
            declared = set(getattr(api, "rights", {}))
            assert declared, pattern
            assert set(actions.values() if actions else declared) <= declared, pattern
        else:
            app, _, last = name.rpartition(":")
            assert right_of(entry.callback, app, last) is not None, pattern


def ask(client: Client, route: Route, things: Things, method: str) -> HttpResponseBase:
    address = reverse(route.name, kwargs=dict(route.place(things)))
    more = {"content_type": "application/json"} if route.name.startswith("api:") and method == "post" else {}
    with transaction.atomic():
        answer: HttpResponseBase = getattr(client, method)(address, **more)
        if isinstance(answer, StreamingHttpResponse):
            answer.getvalue()  # to its end, so that its file is closed
        transaction.set_rollback(True)
    return answer


def asks_to_sign_in(answer: HttpResponseBase) -> bool:
    if answer.status_code == 302:
        return answer.headers["Location"].startswith(reverse("account_login"))
    return answer.status_code == 401 and answer.headers["Content-Type"] == "application/problem+json"


# What is for all is asked by one of each sort: whom it refused would be among them.
SORTS = {NOBODY, "owner", "patient", "curator", "operator"}


def test_the_cast_gets_what_the_table_says(things: Things) -> None:
    wrong: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for name, user in {NOBODY: None, **things.world.people()}.items():
        client = Client()
        if user is not None:
            client.force_login(user)
        for route in ROUTES:
            if route.may >= SIGNED_IN and name not in SORTS:
                continue
            answer = ask(client, route, things, route.method)
            status = answer.status_code
            if name in route.may:
                fine = status in route.ok
            elif name == NOBODY:
                fine = asks_to_sign_in(answer)
            else:
                fine = status == (403 if name in route.forbidden else route.others)
            if not fine:
                wrong[str(route)][status].append(name)
            # Whoever may not look may not act either, nor learn by it that the thing is there.
            if name not in route.may and route.method == "get" and not route.name.startswith("api:"):
                acted = ask(client, route, things, "post")
                if not (acted.status_code in (status, 405) or asks_to_sign_in(acted)):
                    wrong[str(route)][acted.status_code].append(f"{name} (post)")
    assert {route: dict(statuses) for route, statuses in wrong.items()} == {}


def test_no_list_of_a_stranger_names_what_is_ours(things: Things) -> None:
    """Pages and API that need no id show a person what is theirs; nothing of the first clinic's is there."""
    world = things.world
    ours = [
        world.pat,
        world.quinn,
        world.prescription,
        things.session,
        things.report,
        things.alert,
        things.event,
        world.clinic,
        things.own_exercise,
        things.own_routine,
    ]
    outside = {name: user for name, user in world.people().items() if name not in STAFF | PATIENT}
    for name, user in outside.items():
        client = Client()
        client.force_login(user)
        for route in ROUTES:
            if route.method == "get" and not route.place(things) and name in route.may:
                text = client.get(reverse(route.name), follow=True).content.decode()
                assert not [thing for thing in ours if str(thing.pk) in text], (name, route.name)
                assert world.pat.email not in text, (name, route.name)


def test_the_operator_s_pages_are_for_operators(world: World) -> None:
    for name, user in {NOBODY: None, **world.people()}.items():
        client = Client()
        if user is not None:
            client.force_login(user)
        answer = client.get(reverse("admin:index"))
        if name == NOBODY:
            assert asks_to_sign_in(answer)
        else:
            assert answer.status_code == (200 if name == "operator" else 403), name


def test_the_cast_is_complete(world: World) -> None:
    assert set(world.people()) == SIGNED_IN
    assert set(world.people()) | {NOBODY} == EVERYBODY


def test_an_address_that_does_not_exist_is_a_404_for_everybody(world: World) -> None:
    assert Client().get("/no/such/page/").status_code == 404
    assert resolve("/").url_name == "home"
