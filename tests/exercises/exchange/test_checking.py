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
        assert all("Its variants lead back to itself: " in text for text in refused)

    def test_are_told_from_both_ends(self, raw: bytes) -> None:
        both = changed(
            changed(raw, KNEE, content__easier="supine-twist"), TWIST, content__harder="knee-to-chest"
        )
        assert dry(both).refused == []
        same = changed(raw, KNEE, content__easier="supine-twist", content__harder="supine-twist")
        assert "lead back to itself" in dry(same).refused[0]

    def test_that_lead_back_by_what_is_here_are_refused(self, loaded: bytes) -> None:
        knee, twist = (Exercise.objects.get(slug=slug) for slug in ("knee-to-chest", "supine-twist"))
        publishing.publish(None, publishing.save_draft(None, twist, {"harder": knee}))
        ring = without(changed(loaded, KNEE, content__harder="supine-twist"), TWIST)
        assert "lead back to itself" in dry(changed(ring, "manifest.json", exercises=9)).refused[0]

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
