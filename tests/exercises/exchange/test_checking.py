"""What becomes of each entry: new, the same, changed, conflicting or refused, each with its reason."""

import json
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from clinic.errors import Conflict
from clinic.models import Clinic
from exercises import content as contents
from exercises import publishing, shipping
from exercises.exchange import schema
from exercises.exchange.entries import Verdict
from exercises.exchange.opening import parsed
from exercises.languages import LONGEST
from exercises.models import (
    CautionLevel,
    Condition,
    Exercise,
    Position,
    Region,
    Revision,
    Routine,
    RoutineItem,
    RoutineRevision,
    Sides,
    StepKind,
)
from exercises.routine_content import ITEMS_MAX
from tests.exercises.exchange.making import (
    changed,
    dry,
    looked_at,
    members,
    shipped,
    taken,
    without,
    zipped,
)
from tests.world import World

pytestmark = pytest.mark.django_db

KNEE, TWIST, LUNGE = (
    f"exercises/{slug}.json" for slug in ("knee-to-chest", "supine-twist", "hip-flexor-lunge")
)
ROUTINE = "routines/six-stretches-for-the-lower-back.json"


@pytest.fixture
def raw(db: None) -> bytes:
    return shipped()


@pytest.fixture
def loaded(raw: bytes) -> bytes:
    """The library is here, and there is an archive of it."""
    shipping.load()
    return raw


@pytest.fixture
def clinic(db: None) -> Clinic:
    return Clinic.objects.create(name="Ours")


def verdict(raw: bytes, called: str = "knee-to-chest", **wishes: Any) -> tuple[str, tuple[str, ...]]:
    [line] = [line for line in dry(raw, **wishes).lines if line.called == called]
    return line.verdict.value, line.reasons


def linked(slug: str, **named: str) -> None:
    """Published here with these variants."""
    variants = {name: Exercise.objects.get(slug=other) for name, other in named.items()}
    publishing.publish(None, publishing.save_draft(None, Exercise.objects.get(slug=slug), variants))


def draft_beside(raw: bytes, file: str, **content: Any) -> bytes:
    """The archive with a draft beside what is published."""
    published = json.loads(members(raw)[file])["published"]
    draft = published | {"number": 2, "state": "draft", "content": published["content"] | content}
    return changed(raw, file, draft=draft)


class TestAnEntry:
    def test_that_nobody_has_is_new(self, raw: bytes) -> None:
        assert verdict(raw) == ("new", ())

    def test_that_reads_as_here_is_the_same(self, loaded: bytes) -> None:
        assert dry(loaded).counts == {"same": 11}

    def test_that_reads_otherwise_becomes_a_draft_beside_what_is_published(self, loaded: bytes) -> None:
        taken(changed(loaded, KNEE, content__name="Knee hug"))
        exercise = Exercise.objects.get(slug="knee-to-chest")
        assert exercise.published is not None
        assert exercise.published.name == "Knee to chest"
        assert list(exercise.revisions.values_list("number", "state", "name")) == [
            (2, "draft", "Knee hug"),
            (1, "published", "Knee to chest"),
        ]
        assert "knee hug" in exercise.revisions.get(number=2).words

    def test_is_known_by_its_origin_whatever_it_is_called_here(self, loaded: bytes) -> None:
        Exercise.objects.filter(slug="knee-to-chest").update(slug="knee-hug")
        assert verdict(changed(loaded, KNEE, content__name="Knee hug"))[0] == "changed"

    def test_never_takes_the_place_of_another_of_its_short_name(self, loaded: bytes) -> None:
        Exercise.objects.filter(slug="knee-to-chest").update(origin="elsewhere:knee")
        assert verdict(loaded) == (
            "conflicting",
            ("Another one has this short name here; rename one of the two.",),
        )
        # The routine means this stretch, and would get the other one.
        assert verdict(
            changed(loaded, ROUTINE, content__notes="New"), "six-stretches-for-the-lower-back"
        ) == (
            "conflicting",
            ("It names “knee-to-chest”, which is left out.",),
        )

    def test_leaves_a_draft_alone_that_somebody_is_writing(self, loaded: bytes) -> None:
        twist = Exercise.objects.get(slug="supine-twist")
        publishing.save_draft(None, twist, {"name": "Mine"})
        found = verdict(changed(loaded, TWIST, content__name="Theirs"), "supine-twist")
        assert found == ("conflicting", ("Somebody is writing a draft of it here; end that first.",))
        assert verdict(changed(loaded, TWIST, content__name="Mine"), "supine-twist")[0] == "same"

    def test_does_not_bring_back_what_is_retired(self, loaded: bytes) -> None:
        publishing.retire(None, Exercise.objects.get(slug="supine-twist"))
        found = verdict(changed(loaded, TWIST, content__name="Twist"), "supine-twist")
        assert found == ("conflicting", ("It is retired here; bring it back first.",))

    def test_that_is_there_twice_is_refused(self, raw: bytes) -> None:
        same = json.loads(members(raw)[KNEE])["origin"]
        assert (
            "“knee-to-chest” of the same file is the same one."
            in verdict(changed(raw, TWIST, origin=same), "supine-twist")[1]
        )

    def test_stays_out_of_other_libraries(self, loaded: bytes, clinic: Clinic) -> None:
        taken(loaded, None, clinic)
        assert Exercise.objects.filter(clinic=clinic, published=None).count() == 10
        assert dry(loaded).counts == {"same": 11}


class TestVariants:
    def test_that_lead_back_to_themselves_are_refused(self, raw: bytes) -> None:
        ring = changed(
            changed(raw, KNEE, content__easier="supine-twist"), TWIST, content__easier="knee-to-chest"
        )
        refused = dry(ring).refused
        assert [text.split(":")[0] for text in refused] == ["knee-to-chest", "supine-twist"]
        assert refused[0] == (
            "knee-to-chest: easier: By what is linked already, it is harder than this stretch: "
            "Supine twist → this one. Choose another, or change those links first."
        )

    def test_are_told_from_both_ends(self, raw: bytes) -> None:
        both = changed(
            changed(raw, KNEE, content__easier="supine-twist"), TWIST, content__harder="knee-to-chest"
        )
        assert dry(both).refused == []
        same = changed(raw, KNEE, content__easier="supine-twist", content__harder="supine-twist")
        assert "harder: The same stretch cannot be both" in dry(same).refused[0]

    def test_that_lead_back_by_what_is_here_are_refused(self, loaded: bytes) -> None:
        knee, twist = (Exercise.objects.get(slug=slug) for slug in ("knee-to-chest", "supine-twist"))
        publishing.publish(None, publishing.save_draft(None, twist, {"harder": knee}))
        ring = without(changed(loaded, KNEE, content__harder="supine-twist"), TWIST)
        assert "Supine twist → this one" in dry(changed(ring, "manifest.json", exercises=9)).refused[0]

    def test_that_lead_back_by_long_ways_through_what_is_here_are_refused(self, loaded: bytes) -> None:
        linked("standing-hamstring-stretch", easier="hip-flexor-lunge")
        linked("hip-flexor-lunge", easier="supine-twist")
        ring = changed(loaded, TWIST, content__easier="knee-to-chest")
        ring = changed(ring, KNEE, content__easier="standing-hamstring-stretch")
        refused = dry(ring).refused
        assert [text.partition(":")[0] for text in refused] == ["knee-to-chest", "supine-twist"]
        assert "Standing hamstring stretch → Hip flexor lunge → Supine twist → this one" in refused[0]

    def test_count_what_is_published_here_beside_the_draft_that_comes(self, loaded: bytes) -> None:
        linked("supine-twist", harder="knee-to-chest")
        # The twist that comes says nothing; that the knee is harder stays published until it is reviewed.
        ring = changed(loaded, KNEE, content__harder="supine-twist")
        assert "Supine twist → this one" in dry(ring).refused[0]

    def test_may_be_turned_round_by_whoever_said_them(self, loaded: bytes) -> None:
        linked("supine-twist", harder="knee-to-chest")
        assert dry(changed(loaded, TWIST, content__easier="knee-to-chest")).refused == []

    def test_that_others_linked_need_not_be_mended_with_a_text(self, loaded: bytes) -> None:
        linked("supine-twist", harder="knee-to-chest")
        # As an older version let it be.
        knee, twist = (Exercise.objects.get(slug=slug) for slug in ("knee-to-chest", "supine-twist"))
        Revision.objects.filter(pk=knee.published_id).update(harder=twist)
        text = changed(loaded, KNEE, content__harder="supine-twist", content__summary="Hug it.")
        assert dry(text).refused == []

    def test_lead_back_through_the_shared_library_from_a_clinics_own(
        self, loaded: bytes, clinic: Clinic
    ) -> None:
        linked("supine-twist", harder="hip-flexor-lunge")
        linked("hip-flexor-lunge", harder="standing-hamstring-stretch")
        own = changed(
            loaded,
            KNEE,
            content__easier="shared:standing-hamstring-stretch",
            content__harder="shared:supine-twist",
        )
        [easier, harder] = dry(own, clinic).refused
        assert "Standing hamstring stretch → Hip flexor lunge → Supine twist → this one" in easier
        assert "Supine twist → Hip flexor lunge → Standing hamstring stretch → this one" in harder

    def test_of_a_clinics_own_do_not_bind_the_shared_library(self, loaded: bytes, clinic: Clinic) -> None:
        taken(changed(loaded, KNEE, content__easier="shared:supine-twist"), None, clinic)
        assert dry(changed(loaded, TWIST, content__easier="knee-to-chest")).refused == []

    def test_are_known_by_what_they_are_whatever_they_are_called_here(self, loaded: bytes) -> None:
        linked("supine-twist", harder="knee-to-chest")
        Exercise.objects.filter(slug="supine-twist").update(slug="twist")
        assert (
            "Supine twist → this one" in dry(changed(loaded, KNEE, content__harder="supine-twist")).refused[0]
        )
        taken(changed(loaded, LUNGE, content__easier="supine-twist"))
        assert str(Revision.objects.get(exercise__slug="hip-flexor-lunge", number=2).easier) == "twist"

    def test_of_later_revisions_are_held_against_each_other_where_they_are_restored(self, raw: bytes) -> None:
        ring = draft_beside(draft_beside(raw, KNEE, easier="supine-twist"), TWIST, easier="knee-to-chest")
        assert [text.partition(":")[0] for text in dry(ring, restore=True).refused] == [
            "knee-to-chest",
            "supine-twist",
        ]
        # Brought in otherwise the drafts stay where they are.
        assert dry(ring).refused == []

    def test_of_what_is_retired_do_not_count_where_it_is_restored(self, raw: bytes) -> None:
        ring = changed(
            changed(raw, KNEE, content__easier="supine-twist"), TWIST, content__easier="knee-to-chest"
        )
        retired = changed(ring, TWIST, retired_at="2026-01-01T00:00:00.000000Z")
        assert dry(retired, restore=True).refused == []

    def test_of_a_thing_that_stays_out_do_not_count(self, loaded: bytes) -> None:
        publishing.save_draft(None, Exercise.objects.get(slug="supine-twist"), {"name": "Mine"})
        ring = changed(
            changed(loaded, KNEE, content__easier="supine-twist"), TWIST, content__easier="knee-to-chest"
        )
        assert dry(ring).refused == []

    def test_that_are_not_there_are_refused(self, raw: bytes) -> None:
        files = members(without(raw, KNEE))
        alone = changed(zipped(files), "manifest.json", exercises=9)
        assert verdict(alone, "six-stretches-for-the-lower-back") == (
            "refused",
            ("“knee-to-chest” is neither in the file nor in the library.",),
        )

    def test_may_be_of_the_shared_library_in_a_clinics_own(self, loaded: bytes, clinic: Clinic) -> None:
        named = changed(loaded, KNEE, content__easier="shared:supine-twist")
        taken(named, None, clinic)
        draft = Revision.objects.get(exercise__clinic=clinic, exercise__slug="knee-to-chest")
        assert draft.easier == Exercise.objects.get(clinic=None, slug="supine-twist")


class TestAllOrNothing:
    def test_one_refused_entry_keeps_all_out(self, raw: bytes, world: World) -> None:
        before = (Exercise.objects.count(), Revision.objects.count())
        with pytest.raises(ValidationError) as error:
            taken(changed(raw, KNEE, content__hold=10**9), world.curator)
        assert error.value.messages == ["knee-to-chest: hold: 1000000000 is out of range."]
        assert (Exercise.objects.count(), Revision.objects.count()) == before

    def test_a_library_that_changed_meanwhile_is_not_written_to(self, raw: bytes, world: World) -> None:
        with looked_at(raw) as looked:
            publishing.create_exercise(world.curator, clinic=None, slug="new", content={"name": "New"})
            with pytest.raises(Conflict):
                looked.write(world.curator)
        assert not Exercise.objects.filter(origin__startswith="holdwell:").exists()

    def test_links_of_the_shared_library_that_changed_meanwhile_keep_all_out(
        self, loaded: bytes, clinic: Clinic
    ) -> None:
        own = changed(
            loaded, KNEE, content__easier="shared:supine-twist", content__harder="shared:hip-flexor-lunge"
        )
        with looked_at(own, clinic) as looked:
            linked("supine-twist", easier="hip-flexor-lunge")
            with pytest.raises(Conflict):
                looked.write(None)
        assert not Exercise.objects.filter(clinic=clinic).exists()

    def test_what_is_here_gets_one_draft_where_an_archive_is_restored(self, loaded: bytes) -> None:
        more = draft_beside(changed(loaded, KNEE, content__name="Knee hug"), KNEE, name="Knee hug, again")
        report = taken(more, restore=True)
        [line] = report.of(Verdict.CHANGED)
        assert line.reasons == ("The draft that it has there beside what is published is left out.",)
        knee = Exercise.objects.get(slug="knee-to-chest")
        assert list(knee.revisions.values_list("number", "name")) == [(2, "Knee hug"), (1, "Knee to chest")]

    def test_numbers_of_statements_do_not_grow_with_the_entries(
        self, raw: bytes, world: World, django_assert_max_num_queries: Any
    ) -> None:
        with looked_at(raw) as looked, django_assert_max_num_queries(24):
            looked.write(world.curator)

    def test_a_dry_run_writes_nothing(self, raw: bytes) -> None:
        assert dry(raw).counts == {Verdict.NEW: 11}
        assert not Exercise.objects.exists()


class TestTheSchema:
    """It says what the models and the rules of content say."""

    def definition(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(schema.text())["$defs"][name]["properties"]
        return found

    def test_names_every_field_of_a_revision(self) -> None:
        assert self.definition("exercise_content").keys() == contents.FIELDS.keys()
        fields = {f.name for f in RoutineRevision._meta.concrete_fields}
        told = self.definition("routine_content").keys() - {"items"}
        assert told <= fields

    def test_has_the_words_of_the_vocabulary(self) -> None:
        told = self.definition("exercise_content")
        caution = told["cautions"]["items"]["properties"]
        assert told["regions"]["items"]["enum"] == Region.values
        assert told["position"]["enum"] == Position.values
        assert told["sides"]["enum"] == Sides.values
        assert told["steps"]["items"]["properties"]["kind"]["enum"] == StepKind.values
        assert (caution["tag"]["enum"], caution["level"]["enum"]) == (Condition.values, CautionLevel.values)

    @pytest.mark.parametrize(
        ("name", "model"), [("exercise_content", Revision), ("routine_content", RoutineRevision)]
    )
    def test_has_the_lengths_and_ranges_of_the_columns(self, name: str, model: Any) -> None:
        for field, told in self.definition(name).items():
            if field == "items":
                continue
            column = model._meta.get_field(field)
            if "maxLength" in told:
                assert told["maxLength"] == (column.max_length or LONGEST[field]), field
            if "maximum" in told and field not in ("hold_min", "hold_max"):
                assert f"{told['maximum']}" in str([v.limit_value for v in column.validators]), field

    def test_holds_as_many_items_as_a_routine(self) -> None:
        items = self.definition("routine_content")["items"]
        assert items["maxItems"] == ITEMS_MAX
        assert items["items"]["properties"].keys() - {"exercise"} == {
            f.name for f in RoutineItem._meta.concrete_fields
        } - {"id", "revision", "position", "exercise"}

    def test_is_a_schema(self) -> None:
        from jsonschema import Draft202012Validator

        Draft202012Validator.check_schema(json.loads(schema.text()))


@pytest.mark.parametrize("raw", [b'{"a": 1e400}', b"[Infinity]", b"[-Infinity]", b'["\\udc00"]'])
def test_json_that_no_database_keeps(raw: bytes) -> None:
    with pytest.raises(ValidationError):
        parsed(raw)


def test_both_kinds_of_shelf_are_there(raw: bytes) -> None:
    taken(raw)
    assert (Exercise.objects.count(), Routine.objects.count()) == (10, 1)
