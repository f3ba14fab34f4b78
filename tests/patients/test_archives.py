"""docs/rules.md 8: the clinic's data as an archive in open formats, whole, private, and gone after a week."""

import csv
import datetime as dt
import io
import json
import stat
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.db.models import ForeignKey, Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic import making
from clinic.models import AuditEvent, Clinic, OutgoingMail, User, WorkState
from patients import archives, erasing
from patients.archive_tables import LEFT_OUT, TABLES
from patients.models import Archive, Message
from tests.world import World, make_session

DAY = dt.timedelta(days=1)
NOW = dt.datetime(2026, 11, 19, 3, 30, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def made(world: World) -> Archive:
    archive = archives.request(world.owner, world.clinic)
    assert archives.make_due(timezone.now())["made"] == 1
    archive.refresh_from_db()
    return archive


def content(archive: Archive) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(Path(archives.storage().path(archive.file)).read_bytes()))


def table(archive: Archive, name: str) -> list[dict[str, str]]:
    text = content(archive).read(f"{name}.csv").decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


# --- What is in it


def hangs_on_a_clinic(model: type[Model], seen: frozenset[type[Model]] = frozenset()) -> bool:
    if model is Clinic:
        return True
    return any(
        hangs_on_a_clinic(field.related_model, seen | {model})
        for field in model._meta.concrete_fields
        if isinstance(field, ForeignKey)
        and isinstance(field.related_model, type)
        and field.related_model not in seen | {model, User}
    )


def test_every_table_of_a_clinic_is_in_the_archive_or_left_out_for_a_reason() -> None:
    ours = [m for app in ("clinic", "exercises", "patients") for m in apps.get_app_config(app).get_models()]
    held = {one.model._meta.label for one in TABLES}
    assert {m._meta.label for m in ours if hangs_on_a_clinic(m)} == held | set(LEFT_OUT)


def test_it_holds_the_rows_of_the_clinic_and_none_of_another(world: World) -> None:
    session = make_session(world.prescription, world.pat.local_date(NOW) - DAY)
    archive = made(world)
    assert {row["name"] for row in table(archive, "patients")} == {"Pat", "Quinn"}
    (row,) = table(archive, "sessions")
    assert (row["id"], row["local_date"], row["pain_after"]) == (str(session.pk), "2026-11-18", "3")
    assert row["started_at"].endswith("Z")
    assert [item["exercise_revision_name"] for item in table(archive, "prescription_items")] == [
        item.exercise_revision.name
        for item in sorted(world.prescription.revisions.get().items.all(), key=lambda one: one.pk)
    ]
    with content(archive) as archived:
        everything = b"".join(archived.read(name) for name in archived.namelist())
    assert b"Stranger" not in everything
    assert str(world.far_clinic.pk).encode() not in everything


def test_no_secret_is_in_it(world: World) -> None:
    archive = made(world)
    secrets = {"digest", "unsubscribe_key", "password"}
    for one in TABLES:
        assert not (secrets - ({"digest"} if one.name == "sessions" else set())) & set(one.columns)
    assert b"unsubscribe-pat" not in content(archive).read("reminder_preferences.csv")


def test_it_says_of_every_column_what_it_is(world: World) -> None:
    archive = made(world)
    package = json.loads(content(archive).read("datapackage.json"))
    assert [resource["path"] for resource in package["resources"]] == [f"{t.name}.csv" for t in TABLES]
    for resource in package["resources"]:
        head = content(archive).read(resource["path"]).decode("utf-8-sig").splitlines()[0]
        assert head.split(",") == [field["name"] for field in resource["schema"]["fields"]]
        assert resource["rows"] == len(table(archive, resource["name"]))
    kinds = {f["name"]: f["type"] for f in package["resources"][3]["schema"]["fields"]}
    assert (kinds["birth_date"], kinds["created_at"], kinds["conditions"]) == ("date", "datetime", "any")
    readme = content(archive).read("README.txt").decode()
    assert "All data of Holdwell Practice" in readme
    assert "patients.csv (2)" in readme


def test_a_text_that_a_spreadsheet_would_run_is_text(world: World) -> None:
    Message.objects.create(
        patient=world.pat, author=world.patient, by_staff=False, text='=HYPERLINK("http://x")'
    )
    (row,) = table(made(world), "messages")
    assert row["text"] == '\'=HYPERLINK("http://x")'


def test_it_is_read_in_portions_and_nobody_is_met_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "PORTION", 2)
    today = world.pat.local_date(NOW)
    for ago in range(1, 8):
        make_session(world.prescription, today - ago * DAY)
    ids = [row["id"] for row in table(made(world), "sessions")]
    assert len(ids) == len(set(ids)) == 7


# --- How it is made


def test_it_tells_how_far_it_is(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "STEP", 1)
    seen: list[int] = []
    ours = making.still_ours

    def watched(work: Any, **changes: Any) -> bool:
        seen.append(changes.get("done", -1))
        return ours(work, **changes)

    monkeypatch.setattr(making, "still_ours", watched)
    archive = made(world)
    steps = [done for done in seen if done >= 0]
    assert steps == sorted(steps)
    assert (archive.done, archive.percent) == (archive.total, 100)
    assert archive.total > 10


def test_asking_while_one_is_made_asks_for_the_same(world: World) -> None:
    first = archives.request(world.owner, world.clinic)
    assert archives.request(world.owner, world.clinic) == first
    assert archives.make_due(timezone.now())["made"] == 1
    assert archives.request(world.owner, world.clinic) != first


def test_one_that_could_not_be_made_says_why_and_is_tried_again(
    world: World, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = archives.request(world.owner, world.clinic)
    with monkeypatch.context() as full:
        full.setattr(archives, "write", _full)
        assert archives.make_due(timezone.now())["failed"] == 1
    archive.refresh_from_db()
    assert (archive.state, archive.error) == (WorkState.FAILED, "OSError: The disk is full.")
    assert archives.request(world.owner, world.clinic) == archive
    assert archives.make_due(timezone.now())["made"] == 1


def _full(*_: object) -> None:
    raise OSError("The disk is full.")


def test_a_worker_whose_lease_ran_out_leaves_no_file(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = archives.request(world.owner, world.clinic)
    write = archives.write

    def slow(*args: Any) -> None:
        monkeypatch.undo()
        later = timezone.now() + making.LEASE + dt.timedelta(minutes=1)
        assert archives.make_due(later)["made"] == 1
        write(*args)

    monkeypatch.setattr(archives, "write", slow)
    assert archives.make_due(timezone.now())["made"] == 0
    archive.refresh_from_db()
    assert archive.state == WorkState.DONE
    assert files_of(archive) == [Path(archive.file).name]
    assert OutgoingMail.objects.filter(kind="archive_ready").count() == 1


def files_of(archive: Archive) -> list[str]:
    _folders, files = archives.storage().listdir("archives")
    return [name for name in files if name.startswith(str(archive.pk))]


def test_a_worker_that_is_killed_after_it_wrote_the_file_leaves_none_for_ever(
    world: World, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = archives.request(world.owner, world.clinic)
    with monkeypatch.context() as killed:
        killed.setattr(making, "finish", _killed)
        with pytest.raises(KeyboardInterrupt):
            archives.make_due(timezone.now())
    assert len(files_of(archive)) == 1
    clock.shift(making.LEASE)
    assert archives.make_due(timezone.now())["made"] == 1
    archive.refresh_from_db()
    assert files_of(archive) == [Path(archive.file).name]


def _killed(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_a_file_that_could_not_be_deleted_is_deleted_by_a_later_tick(
    world: World, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    archive = made(world)
    with monkeypatch.context() as away:
        away.setattr(archives, "_wipe", _full)
        with django_capture_on_commit_callbacks(execute=True):
            archives.delete(world.owner, archive)
        assert archives.make_due(timezone.now()) == {"made": 0, "failed": 0, "expired": 0}
    assert len(files_of(archive)) == 1
    archives.make_due(timezone.now())
    assert files_of(archive) == []


def test_a_record_that_is_erased_is_in_no_archive_any_more(
    world: World, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    before = made(world)
    in_the_making = archives.request(world.owner, world.clinic)
    write = archives.write

    def meanwhile(*args: Any) -> None:
        monkeypatch.undo()
        write(*args)
        with django_capture_on_commit_callbacks(execute=True):
            erasing.erase(world.pat)

    monkeypatch.setattr(archives, "write", meanwhile)
    assert archives.make_due(timezone.now())["made"] == 0
    assert files_of(before) + files_of(in_the_making) == []
    assert archives.make_due(timezone.now())["made"] == 1
    in_the_making.refresh_from_db()
    assert {row["name"] for row in table(in_the_making, "patients")} == {"Quinn"}


def test_whoever_asked_is_told_without_a_word_of_what_is_in_it(world: World) -> None:
    made(world)
    letter = OutgoingMail.objects.get(kind="archive_ready")
    assert letter.to == "owner@example.org"
    assert letter.subject == "The archive is ready"
    assert reverse("desk:archives", args=[world.clinic.pk]) in letter.text
    assert "Pat" not in letter.text + letter.html


# --- Who gets it, and for how long


@pytest.fixture
def signed_in(client: Client) -> Callable[[User], Client]:
    def sign_in(user: User) -> Client:
        client.force_login(user)
        return client

    return sign_in


def test_an_owner_downloads_it_and_the_trail_says_so(
    world: World, signed_in: Callable[[User], Client]
) -> None:
    archive = made(world)
    answer = signed_in(world.owner).get(reverse("desk:archive_file", args=[archive.pk]))
    received = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert zipfile.ZipFile(io.BytesIO(received)).testzip() is None
    assert answer["Content-Disposition"] == 'attachment; filename="holdwell-2026-11-19.zip"'
    assert "no-store" in answer["Cache-Control"]
    assert AuditEvent.objects.filter(verb="archive.downloaded", actor=world.owner).exists()


def test_nobody_else_gets_it(world: World, signed_in: Callable[[User], Client]) -> None:
    address = reverse("desk:archive_file", args=[made(world).pk])
    for colleague in (world.clinician, world.assistant, world.viewer):
        assert signed_in(colleague).get(address).status_code == 403
    for stranger in (world.stranger_clinician, world.stranger, world.curator):
        assert signed_in(stranger).get(address).status_code == 404


def test_it_is_deleted_after_a_week_and_its_row_stays(
    world: World, clock: time_machine.Traveller, signed_in: Callable[[User], Client]
) -> None:
    archive = made(world)
    clock.move_to(NOW + 7 * DAY - dt.timedelta(seconds=1))
    assert archives.make_due(timezone.now())["expired"] == 0
    clock.move_to(NOW + 7 * DAY)
    with pytest.MonkeyPatch.context() as at_once:
        at_once.setattr("django.db.transaction.on_commit", lambda act, **_: act())
        assert archives.make_due(timezone.now())["expired"] == 1
    assert not archives.storage().exists(archive.file)
    client = signed_in(world.owner)
    assert client.get(reverse("desk:archive_file", args=[archive.pk])).status_code == 404
    assert (
        "deleted Thu 26 Nov" in client.get(reverse("desk:archives", args=[world.clinic.pk])).content.decode()
    )
    assert archives.make_due(timezone.now())["expired"] == 0


def test_the_file_is_readable_by_its_owner_alone(world: World) -> None:
    archive = made(world)
    path = archives.storage().path(archive.file)
    assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600


def test_the_page_shows_how_far_it_is_and_asks_for_itself(
    world: World, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(world.owner)
    address = reverse("desk:archives", args=[world.clinic.pk])
    assert "No archive yet" in client.get(address).content.decode()
    client.post(address)
    Archive.objects.update(state=WorkState.RUNNING, done=30, total=120)
    part = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "30 of 120 rows" in part
    assert 'value="25"' in part
    assert "every 2s" in part
    assert "<html" not in part
