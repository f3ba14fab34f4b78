"""docs/rules.md 5: sessions."""

import datetime as dt
from fractions import Fraction
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.utils import timezone

from clinic.errors import Conflict
from clinic.models import AuditEvent
from patients import alerts, people, prescribing, progress, sessions
from patients.lines import lines_of
from patients.models import Alert, Session
from patients.models.alerts import Rule
from patients.models.prescriptions import Origin
from patients.schedule import Flexible
from patients.sessions import ItemDone, SessionData, SetDone
from tests.world import World

NOW = dt.datetime(2026, 11, 19, 3, 30, tzinfo=dt.UTC)  # 09:15 in Kathmandu


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def full_items(world: World) -> list[ItemDone]:
    items = world.prescription.revisions.get(number=1).items.all()
    return [ItemDone(i.pk, [SetDone("left", 30.0), SetDone("right", 30.0)]) for i in items]


def imported(world: World) -> None:
    world.prescription.origin = Origin.IMPORT
    world.prescription.save()


def data(world: World, **changes: Any) -> SessionData:
    arguments: dict[str, Any] = {
        "id": UUID(int=7),
        "prescription": world.prescription,
        "revision": world.prescription.revisions.get(number=1),
        "started_at": NOW - dt.timedelta(minutes=10),
        "ended_at": NOW - dt.timedelta(minutes=1),
        "items": full_items(world),
        "source": "player",
        "pain_before": 3,
        "pain_after": 2,
        "difficulty": "about_right",
        "note": "Went well",
    } | changes
    return SessionData(**arguments)


def record(world: World, **changes: Any) -> Session:
    return sessions.record(world.patient, data(world, **changes))[0]


def refused(world: World, **changes: Any) -> set[str]:
    with pytest.raises(ValidationError) as info:
        record(world, **changes)
    assert not Session.objects.exists()
    return set(info.value.message_dict)


def test_a_session_belongs_to_the_local_date_on_which_it_started(world: World) -> None:
    late_evening = dt.datetime(2026, 11, 18, 18, 10, tzinfo=dt.UTC)  # 23:55 in Kathmandu
    session = record(world, started_at=late_evening, ended_at=late_evening + dt.timedelta(minutes=20))
    assert session.local_date == dt.date(2026, 11, 18)


def test_the_date_is_told_in_the_zone_the_patient_had_then(world: World) -> None:
    before_the_move = NOW - dt.timedelta(hours=2)
    people.change_preferences(world.patient, world.pat, time_zone="America/Los_Angeles")  # type: ignore[arg-type]
    moved = world.pat.zones.get(time_zone="America/Los_Angeles")
    moved.since = NOW - dt.timedelta(hours=1)
    moved.save()
    assert record(world, started_at=before_the_move).zone == "Asia/Kathmandu"
    assert record(world, id=uuid4(), started_at=NOW, ended_at=None).zone == "America/Los_Angeles"


def test_a_session_counts_on_its_stored_date_even_where_its_zone_is_not_known_any_more(world: World) -> None:
    yesterday = NOW - dt.timedelta(days=1)
    session = record(world, started_at=yesterday, ended_at=None)
    Session.objects.filter(pk=session.pk).update(zone="Europe/Atlantis")
    day = dt.date(2026, 11, 18)
    assert progress.of_prescriptions([world.prescription], day, day, dt.date(2026, 11, 19)).kept == 1
    sessions.correct(
        world.clinician,
        Session.objects.get(pk=session.pk),
        data(world, started_at=yesterday, ended_at=None, items=full_items(world)[:1]),
        reason="The second one was left out",
    )
    found = progress.of_prescriptions([world.prescription], day, day, dt.date(2026, 11, 19))
    assert (found.kept, found.credit) == (1, Fraction(1, 2))


def test_completion_is_performed_sets_of_prescribed_sets_over_all_items_and_sides(world: World) -> None:
    session = record(world, items=full_items(world)[:1])
    assert (session.performed_sets, session.prescribed_sets) == (2, 4)
    assert session.completion == Fraction(1, 2)


@pytest.mark.parametrize(("held", "counts"), [(30.0, 1), (24.0, 1), (23.9, 0), (0.0, 0)])
def test_a_set_counts_in_full_from_80_percent_of_its_hold_time_else_not_at_all(
    world: World, held: float, counts: int
) -> None:
    item = full_items(world)[0].item
    assert record(world, items=[ItemDone(item, [SetDone("left", held)])]).performed_sets == counts


def test_sending_the_same_session_twice_is_harmless(world: World) -> None:
    first, created = sessions.record(world.patient, data(world))
    again, created_again = sessions.record(world.patient, data(world))
    assert (first, created, created_again) == (again, True, False)
    assert Session.objects.count() == 1
    assert AuditEvent.objects.filter(verb="session.recorded").count() == 1


def test_the_same_uuid_with_other_content_is_refused_and_nothing_is_lost(world: World) -> None:
    record(world)
    with pytest.raises(Conflict):
        record(world, pain_after=9)
    assert Session.objects.get().pain_after == 2


def test_pain_0_is_a_figure_and_missing_is_missing(world: World) -> None:
    session = record(world, pain_before=0, pain_after=None)
    assert (session.pain_before, session.pain_after) == (0, None)


class TestTimes:
    def test_a_session_may_arrive_up_to_14_days_late(self, world: World) -> None:
        assert record(world, started_at=NOW - dt.timedelta(days=14), ended_at=None)

    def test_later_than_that_it_is_refused_unless_imported(self, world: World) -> None:
        late = NOW - dt.timedelta(days=14, minutes=1)
        assert refused(world, started_at=late, ended_at=None) == {"started_at"}
        imported(world)
        assert record(world, started_at=late, ended_at=None, source="import")

    def test_it_may_not_start_in_the_future_beyond_ten_minutes_of_clock_error(self, world: World) -> None:
        ahead = NOW + dt.timedelta(minutes=11)
        assert refused(world, started_at=ahead, ended_at=None) == {"started_at"}
        assert record(world, started_at=NOW + dt.timedelta(minutes=9), ended_at=None)

    def test_it_may_not_start_before_the_prescription(self, world: World) -> None:
        world.prescription.starts_on = dt.date(2026, 11, 19)
        assert refused(world, started_at=NOW - dt.timedelta(hours=24)) == {"started_at"}

    @pytest.mark.parametrize("year", [1, 1999, 9999])
    def test_a_date_at_the_edge_of_the_calendar_is_answered_by_field(self, world: World, year: int) -> None:
        edge = dt.datetime(year, 12, 31, 23, 59, 59, tzinfo=dt.UTC)
        assert refused(world, started_at=edge, ended_at=None) == {"started_at"}
        assert refused(world, ended_at=dt.datetime(9999, 12, 31, tzinfo=dt.UTC)) == {"ended_at"}

    def test_it_does_not_end_before_it_starts(self, world: World) -> None:
        assert refused(world, ended_at=NOW - dt.timedelta(hours=1)) == {"ended_at"}


class TestBadInput:
    def test_ratings_out_of_range(self, world: World) -> None:
        assert refused(world, pain_before=11, pain_after=-1, difficulty="awful") == {
            "pain_before",
            "pain_after",
            "difficulty",
        }

    def test_an_unknown_item(self, world: World) -> None:
        assert refused(world, items=[ItemDone(uuid4())]) == {"items.0.item"}

    def test_an_item_twice(self, world: World) -> None:
        assert refused(world, items=full_items(world)[:1] * 2) == {"items.1.item"}

    def test_more_sets_than_were_prescribed(self, world: World) -> None:
        item = full_items(world)[0].item
        assert refused(world, items=[ItemDone(item, [SetDone("left", 30)] * 2)]) == {"items.0.sets"}

    def test_a_side_that_is_not_prescribed(self, world: World) -> None:
        item = full_items(world)[0].item
        assert refused(world, items=[ItemDone(item, [SetDone("none", 30)])]) == {"items.0.sets"}

    def test_an_unknown_skip_reason(self, world: World) -> None:
        item = full_items(world)[0].item
        assert refused(world, items=[ItemDone(item, skip_reason="bored")]) == {"items.0.skip_reason"}


def test_a_session_is_accepted_against_the_revision_the_client_had(world: World) -> None:
    first = world.prescription.revisions.get(number=1)
    prescribing.amend(
        world.clinician,
        world.prescription,
        lines=lines_of(first)[:1],
        schedule=Flexible(2),
        expected=1,
    )
    assert record(world, revision=first).prescribed_sets == 4


def test_a_revision_that_did_not_count_yet_was_not_followed(world: World) -> None:
    first = world.prescription.revisions.get(number=1)
    second = prescribing.amend(
        world.clinician,
        world.prescription,
        lines=lines_of(first),
        schedule=Flexible(2),
        expected=1,
    )
    items = [ItemDone(item.pk) for item in second.items.all()]
    day_before = NOW - dt.timedelta(days=1)
    assert refused(world, revision=second, items=items, started_at=day_before, ended_at=None) == {"revision"}


class TestCorrections:
    def test_the_patient_corrects_a_session_on_its_own_day_and_the_first_version_is_kept(
        self, world: World
    ) -> None:
        session = record(world)
        sessions.correct(world.patient, session, data(world, items=full_items(world)[:1], pain_after=5))
        session.refresh_from_db()
        assert (session.performed_sets, session.pain_after) == (2, 5)
        kept = session.versions.get()
        assert (kept.content["pain_after"], len(kept.content["items"])) == (2, 2)

    def test_not_on_a_later_day(self, world: World, clock: Any) -> None:
        session = record(world)
        clock.move_to(NOW + dt.timedelta(days=1))
        with pytest.raises(ValidationError, match="on its own day"):
            sessions.correct(world.patient, session, data(world, pain_after=5))

    def test_staff_correct_later_with_a_reason(self, world: World, clock: Any) -> None:
        session = record(world)
        clock.move_to(NOW + dt.timedelta(days=20))
        with pytest.raises(ValidationError, match="why"):
            sessions.correct(world.clinician, session, data(world, pain_after=5))
        sessions.correct(world.clinician, session, data(world, pain_after=5), reason="Told by phone")
        assert session.versions.get().changed_by == world.clinician

    def test_a_session_sent_again_after_its_correction_changes_nothing(self, world: World) -> None:
        session = record(world)
        sessions.correct(world.patient, session, data(world, pain_after=5))
        _again, created = sessions.record(world.patient, data(world))
        session.refresh_from_db()
        assert (created, session.pain_after) == (False, 5)

    def test_voiding_needs_a_reason_and_keeps_the_session(self, world: World) -> None:
        session = record(world)
        with pytest.raises(ValidationError):
            sessions.void(world.clinician, session, reason="")
        sessions.void(world.clinician, session, reason="Entered for somebody else")
        session.refresh_from_db()
        assert (session.voided_by, Session.objects.count()) == (world.clinician, 1)


class TestWhatASessionTells:
    def test_nprs_of_7_or_more_after_a_session_raises_a_critical_alert(self, world: World) -> None:
        record(world, pain_after=7)
        alert = Alert.objects.get()
        assert (alert.rule, alert.level) == (Rule.PAIN_HIGH, "critical")

    def test_a_correction_tells_nothing_that_was_told_before(self, world: World) -> None:
        session = record(world, pain_after=8)
        alerts.resolve(world.clinician, Alert.objects.get(), note="Phoned")
        sessions.correct(world.patient, session, data(world, pain_after=8, note="A word more"))
        assert Alert.objects.count() == 1

    def test_a_correction_tells_what_it_adds(self, world: World) -> None:
        session = record(world, pain_after=2)
        sessions.correct(world.patient, session, data(world, pain_after=8))
        assert Alert.objects.get().rule == Rule.PAIN_HIGH

    def test_an_imported_history_raises_no_alert(self, world: World) -> None:
        imported(world)
        record(world, source="import", pain_after=9)
        assert not Alert.objects.exists()

    def test_what_recurs_is_added_to_the_open_alert(self, world: World) -> None:
        record(world, pain_after=7)
        record(world, id=uuid4(), pain_after=8)
        assert Alert.objects.get().occurrences == 2

    def test_a_skip_for_pain_or_not_sure_how_twice_in_7_days_raises_a_low_alert(self, world: World) -> None:
        items = full_items(world)
        skipped = [items[0], ItemDone(items[1].item, skip_reason="pain")]
        record(world, items=skipped, started_at=NOW - dt.timedelta(days=3), ended_at=None)
        assert not Alert.objects.exists()
        unsure = [items[0], ItemDone(items[1].item, skip_reason="not_sure_how")]
        record(world, id=uuid4(), items=unsure)
        assert (Alert.objects.get().rule, Alert.objects.get().level) == (Rule.SKIPPED, "low")

    def test_a_held_prescription_takes_no_new_session_but_what_was_done_before(self, world: World) -> None:
        world.prescription.held_at = timezone.now() - dt.timedelta(minutes=5)
        world.prescription.save()
        assert refused(world, started_at=NOW - dt.timedelta(minutes=2)) == {"prescription"}
        assert record(world, started_at=NOW - dt.timedelta(minutes=10))


def test_an_import_is_for_imported_prescriptions_alone(world: World) -> None:
    assert refused(world, source="import") == {"source"}


def test_an_imported_session_is_marked_as_imported(world: World) -> None:
    imported(world)
    session = sessions.record(world.clinician, data(world, source="import"))[0]
    assert (session.source, session.recorded_by) == ("import", world.clinician)
