"""A library that leaves and comes back is the same library, field by field and byte by byte."""

import datetime as dt
import io
import json
from typing import Any

import pytest
from django.db.models import Model

from clinic.models import AuditEvent, Clinic, LibraryRole, User
from exercises import publishing, shipping
from exercises.exchange import archive, facts, schema
from exercises.models import (
    Exercise,
    Medium,
    MediumUse,
    Revision,
    RevisionState,
    Routine,
    RoutineItem,
    RoutineRevision,
    Shipped,
)
from tests.exercises.exchange.making import empty_the_library, members, packed, taken
from tests.exercises.making import WHOLE

pytestmark = pytest.mark.django_db

# Every field that an archive holds. A new one belongs here, or to `facts.LEFT_OUT` with the reason.
THING = {"slug", "origin", "review_by", "retired_at", "replaced_by", "created_at", "published", "based_on"}
TOLD = {"number", "state", "language", "translations", "name", "summary", "edited_at", "published_at"}
DOSAGE = {"sets", "repetitions", "hold", "rest", "sides"}
KEPT: dict[type[Model], set[str]] = {
    Exercise: THING,
    Routine: THING,
    Revision: TOLD
    | DOSAGE
    | {"synonyms", "regions", "muscles", "position", "equipment", "hold_min", "hold_max", "steps", "safety"}
    | {"cautions", "easier_text", "harder_text", "easier", "harder", "figure", "alt_start", "alt_held"}
    | {"evidence", "sources", "licence", "media", "credit", "review_notes"},
    RoutineRevision: TOLD | {"notes", "schedule"},
    RoutineItem: DOSAGE | {"exercise", "note"},
    Medium: {"kind", "name", "sha256", "bytes", "width", "height", "duration", "files", "licence", "credit"}
    | {"shows_person", "consent_kept", "consent_on", "consent_note", "silent", "captions"}
    | {"uploaded_at", "withdrawn_at"},
    MediumUse: set(),
}


@pytest.fixture
def curator() -> User:
    return User.objects.create_user("curator@example.org", name="Curator", library_role=LibraryRole.CURATOR)


@pytest.fixture
def reviewer() -> User:
    return User.objects.create_user("reviewer@example.org", name="Rev", library_role=LibraryRole.REVIEWER)


@pytest.fixture
def library(curator: User, reviewer: User) -> None:
    """The shipped one, and on top of it all that can happen to one."""
    shipping.load()
    twist = Exercise.objects.get(slug="supine-twist")
    second = publishing.save_draft(curator, twist, {"name": "Twist, lying", "summary": "Slowly."})
    publishing.publish(reviewer, publishing.submit(curator, second))
    publishing.save_draft(curator, twist, {"name": "Twist once more", "review_notes": ["Is this so?"]})
    lunge = Exercise.objects.get(slug="hip-flexor-lunge")
    publishing.retire(curator, Exercise.objects.get(slug="standing-back-flexion"), replaced_by=lunge)
    publishing.schedule_review(curator, lunge, dt.date(2027, 3, 1))
    own = publishing.create_exercise(curator, clinic=None, slug="sphinx", content=WHOLE)
    publishing.submit(curator, own.revisions.get())
    routine = Routine.objects.get()
    publishing.save_draft(curator, routine, {"notes": "Take your time."})


def rows(clinic: Clinic | None = None) -> dict[str, list[dict[str, Any]]]:
    """Every row of the library by what an archive holds of it: links as what they lead to.

    Formerly published revisions are pinned by prescriptions, which stay where they are; no archive holds them.
    """
    found = {}
    of = {
        Exercise: "clinic",
        Routine: "clinic",
        Revision: "exercise__clinic",
        RoutineRevision: "routine__clinic",
        RoutineItem: "revision__routine__clinic",
    }
    for model, place in of.items():
        names = [
            field.name for field in model._meta.concrete_fields if field.name not in facts.LEFT_OUT[model]
        ]
        told = [
            {name: _shown(getattr(row, name)) for name in names} | _owner(row)
            for row in model._default_manager.filter(**{place: clinic})
            if not _former(row)
        ]
        found[model.__name__] = sorted(told, key=lambda row: json.dumps(row, sort_keys=True, default=str))
    return found


def _former(row: Any) -> bool:
    revision = row.revision if isinstance(row, RoutineItem) else row
    return getattr(revision, "state", "") == "published" and revision.thing.published_id != revision.pk


def _shown(value: Any) -> Any:
    if isinstance(value, Revision | RoutineRevision):
        return f"{value.thing.slug} {value.number}"
    return str(value) if isinstance(value, Model) else value


def _owner(row: Any) -> dict[str, Any]:
    if isinstance(row, RoutineItem):
        return {"in": f"{row.revision.thing.slug} {row.revision.number}", "position": row.position}
    return {"in": row.thing.slug, "words": row.words} if isinstance(row, Revision | RoutineRevision) else {}


@pytest.mark.parametrize("model", KEPT)
def test_every_field_is_in_the_archive_or_left_out_for_a_reason(model: type[Model]) -> None:
    fields = {field.name for field in model._meta.concrete_fields}
    assert fields == KEPT[model] | facts.LEFT_OUT[model].keys()
    assert not KEPT[model] & facts.LEFT_OUT[model].keys()


@pytest.mark.usefixtures("library")
class TestAWholeLibrary:
    def test_comes_back_as_it_was(self) -> None:
        before, raw, shipped = (
            rows(),
            packed(drafts=True),
            set(Shipped.objects.values_list("origin", "digest")),
        )
        empty_the_library()

        report = taken(raw, restore=True)

        assert report.counts == {"new": 12}
        assert rows() == before
        assert set(Shipped.objects.values_list("origin", "digest")) == shipped
        assert packed(drafts=True) == raw

    def test_without_drafts_is_the_same_once_it_is_back(self) -> None:
        raw = packed()
        empty_the_library()
        taken(raw, restore=True)
        assert packed() == raw
        assert not Revision.objects.exclude(state=RevisionState.PUBLISHED).exists()

    def test_follows_upgrades_where_it_goes(self) -> None:
        raw = packed(drafts=True)
        empty_the_library()
        taken(raw, restore=True)
        summary = shipping.load()
        assert summary.loaded == 0
        assert summary.kept == [
            "supine-twist: edited here",
            "six-stretches-for-the-lower-back: edited here",
        ]

    def test_taken_in_twice_changes_nothing(self) -> None:
        raw, before = packed(drafts=True), rows()
        assert taken(raw).counts == {"same": 12}
        assert taken(raw, restore=True).counts == {"same": 12}
        assert rows() == before

    def test_is_the_same_bytes_every_time(self) -> None:
        assert packed(drafts=True) == packed(drafts=True)

    def test_is_brought_in_as_drafts_alone_by_a_curator(self, curator: User) -> None:
        raw = packed(drafts=True)
        empty_the_library()
        AuditEvent.objects.all().delete()

        taken(raw, curator)

        assert not Exercise.objects.filter(published__isnull=False).exists()
        assert set(Revision.objects.values_list("state", "number", "edited_by")) == {("draft", 1, curator.pk)}
        twist = Exercise.objects.get(slug="supine-twist")
        assert (twist.origin, twist.revisions.get().name) == ("holdwell:supine-twist", "Twist, lying")
        assert AuditEvent.objects.filter(verb="exercise.created", actor=curator).count() == 11
        assert AuditEvent.objects.filter(verb="routine.drafted", actor=curator).count() == 1

    def test_fits_the_published_schema(self) -> None:
        files = members(packed(drafts=True))
        assert files["library.schema.json"].decode() == schema.text()
        for name, content in files.items():
            if name.endswith(".json") and name != "library.schema.json":
                part = {"exercises": "exercise", "routines": "routine"}.get(name.split("/")[0], "manifest")
                assert schema.problems(part, json.loads(content)) == []

    def test_names_nobody(self) -> None:
        text = b"".join(members(packed(drafts=True)).values())
        assert b"Curator" not in text
        assert b"example.org" not in text

    def test_says_under_which_licences_it_stands(self) -> None:
        manifest = json.loads(members(packed())["manifest.json"])
        assert sum(line["exercises"] for line in manifest["licences"]) == manifest["exercises"] == 10

    def test_is_read_in_a_constant_number_of_statements(self, django_assert_max_num_queries: Any) -> None:
        with django_assert_max_num_queries(14):
            archive.write(io.BytesIO(), None, drafts=True)


def test_an_unpublished_variant_travels_with_what_names_it(curator: User, reviewer: User) -> None:
    easy = publishing.create_exercise(curator, clinic=None, slug="easy", content=WHOLE)
    hard = publishing.create_exercise(curator, clinic=None, slug="hard", content=WHOLE | {"easier": easy})
    publishing.create_exercise(curator, clinic=None, slug="alone", content=WHOLE)
    publishing.publish(reviewer, publishing.submit(curator, hard.revisions.get()))

    names = set(members(packed()))

    assert {"exercises/easy.json", "exercises/hard.json"} <= names
    assert "exercises/alone.json" not in names


class TestAClinicsOwnLibrary:
    def test_comes_back_with_what_it_takes_from_the_shared_one(self, world: Any) -> None:
        content = WHOLE | {"easier": world.knee_to_chest}
        own = publishing.create_exercise(world.owner, clinic=world.clinic, slug="ours", content=content)
        Exercise.objects.filter(pk=own.pk).update(based_on=world.knee_to_chest.published)
        publishing.publish(None, own.revisions.get())
        before, raw = rows(world.clinic), packed(world.clinic)
        Exercise.objects.filter(pk=own.pk).update(published=None)
        Revision.objects.filter(exercise=own).delete()
        own.delete()

        taken(raw, world.owner, world.clinic, restore=True)

        assert rows(world.clinic) == before
        assert packed(world.clinic) == raw

    def test_holds_nothing_of_another(self, world: Any) -> None:
        publishing.create_exercise(world.owner, clinic=world.clinic, slug="ours", content=WHOLE)
        assert "exercises/ours.json" not in members(packed(drafts=True))
        assert "exercises/ours.json" not in members(packed(world.far_clinic, drafts=True))
