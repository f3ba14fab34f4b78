"""docs/rules.md 3: prescriptions."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.utils import timezone

from clinic.errors import Conflict
from clinic.models import AuditEvent
from exercises.dosage import Dosage
from patients import prescribing, progress
from patients.adherence import adherence
from patients.lines import Line, cautions, lines_of, lines_of_routine
from patients.models import Item, Pause, Prescription, PrescriptionRevision
from patients.models.people import PatientState
from patients.models.prescriptions import Origin
from patients.schedule import Fixed, Flexible
from tests.world import World, make_exercise, make_session

DAILY = Fixed(frozenset(range(7)), 1)


def today_of(world: World) -> dt.date:
    return world.pat.local_date(timezone.now())


def today_of_patient(prescription: Prescription) -> dt.date:
    return prescription.patient.local_date(timezone.now())


def prescribe(world: World, **changes: Any) -> Prescription:
    arguments: dict[str, Any] = {
        "name": "Two stretches",
        "lines": lines_of_routine(world.routine),
        "schedule": DAILY,
        "starts_on": today_of(world),
        "routine": world.routine,
    } | changes
    return prescribing.prescribe(world.clinician, world.quinn, **arguments)


def refused(act: Callable[[], object]) -> dict[str, list[str]]:
    """The fields for which an act is refused, with what is said."""
    with pytest.raises(ValidationError) as info:
        act()
    return info.value.message_dict


def test_prescribing_copies_the_routines_items_into_the_first_revision(world: World) -> None:
    prescription = prescribe(world)
    first = prescription.revisions.get()
    assert (first.number, first.counts_from) == (1, prescription.starts_on)
    assert [i.exercise_revision for i in first.items.all()] == [
        world.knee_to_chest.published,
        world.hamstring.published,
    ]


def test_later_edits_of_the_routine_never_reach_a_prescription(world: World) -> None:
    prescription = prescribe(world)
    world.routine.published.items.all().delete()
    assert prescription.revisions.get().items.count() == 2


def test_prescribing_is_written_into_the_audit_trail_with_its_actor(world: World) -> None:
    prescription = prescribe(world)
    entry = AuditEvent.objects.get(verb="prescription.prescribed")
    assert (entry.actor, entry.subject_id, entry.object_id) == (
        world.clinician,
        world.quinn.pk,
        str(prescription.pk),
    )


def test_an_amendment_counts_from_today_when_no_session_was_begun_today(world: World) -> None:
    prescription = prescribe(world)
    revision = amend(world, prescription)
    assert (revision.number, revision.counts_from) == (2, today_of(world))


def test_an_amendment_counts_from_the_next_local_day_once_a_session_was_begun_today(world: World) -> None:
    prescription = prescribe(world)
    make_session(prescription, today_of(world))
    assert amend(world, prescription).counts_from == today_of(world) + dt.timedelta(days=1)


def test_an_amendment_of_a_prescription_that_has_not_begun_counts_from_its_first_day(world: World) -> None:
    starts_on = today_of(world) + dt.timedelta(days=5)
    assert amend(world, prescribe(world, starts_on=starts_on)).counts_from == starts_on


def test_yesterdays_adherence_never_changes_because_of_todays_edit(world: World) -> None:
    today = today_of(world)
    make_session(world.prescription, today - dt.timedelta(days=2))

    def figures() -> object:
        window = (today - dt.timedelta(days=14), today - dt.timedelta(days=1))
        prescription = Prescription.objects.get(pk=world.prescription.pk)
        return progress.of_prescriptions([prescription], *window, today)

    before = figures()
    amend(world, world.prescription, schedule=Flexible(2))
    prescribing.pause(world.clinician, world.prescription, first_day=today, last_day=today)
    prescribing.stop(world.clinician, world.prescription, reason="Done with it")
    assert figures() == before


def test_the_second_of_two_editors_is_told_and_nothing_is_written(world: World) -> None:
    prescription = prescribe(world)
    amend(world, prescription, expected=1)
    with pytest.raises(Conflict, match="Clinician"):
        amend(world, prescription, expected=1)
    assert prescription.revisions.count() == 2


def test_an_imported_prescription_alone_may_be_amended_in_the_past(world: World) -> None:
    starts_on = today_of(world) - dt.timedelta(days=30)
    past = starts_on + dt.timedelta(days=7)
    imported = prescribe(world, starts_on=starts_on, origin=Origin.IMPORT)
    assert amend(world, imported, counts_from=past).counts_from == past
    assert set(refused(lambda: amend(world, world.prescription, counts_from=past))) == {"counts_from"}
    before = starts_on - dt.timedelta(days=1)
    assert set(refused(lambda: amend(world, imported, expected=2, counts_from=before))) == {"counts_from"}


def amend(world: World, prescription: Prescription, **changes: Any) -> PrescriptionRevision:
    latest = prescription.revisions.last()
    assert latest is not None
    arguments: dict[str, Any] = {
        "lines": lines_of(latest),
        "schedule": Flexible(3),
        "expected": latest.number,
    } | changes
    return prescribing.amend(world.clinician, prescription, **arguments)


def test_the_history_of_an_import_is_closed_after_its_day(world: World) -> None:
    today = today_of(world)
    imported = prescribe(world, starts_on=today - dt.timedelta(days=30), origin=Origin.IMPORT)
    Prescription.objects.filter(pk=imported.pk).update(created_at=timezone.now() - dt.timedelta(days=2))
    imported.refresh_from_db()
    past = today - dt.timedelta(days=9)
    assert set(refused(lambda: amend(world, imported, counts_from=past))) == {"counts_from"}
    act = lambda: prescribing.pause(world.clinician, imported, first_day=past, last_day=past)  # noqa: E731
    assert set(refused(act)) == {"first_day"}


class TestBadInput:
    def test_an_end_before_the_start(self, world: World) -> None:
        today = today_of(world)
        assert "ends_on" in refused(lambda: prescribe(world, ends_on=today - dt.timedelta(days=1)))

    def test_a_start_in_the_past_unless_it_is_imported(self, world: World) -> None:
        past = today_of(world) - dt.timedelta(days=30)
        assert "starts_on" in refused(lambda: prescribe(world, starts_on=past))
        assert prescribe(world, starts_on=past, origin=Origin.IMPORT).starts_on == past

    def test_no_exercise_at_all(self, world: World) -> None:
        assert "items" in refused(lambda: prescribe(world, lines=[]))

    @pytest.mark.parametrize(
        ("field", "value"),
        [("hold", 0), ("hold", 3600), ("sets", 0), ("sets", 11), ("repetitions", 31), ("rest", 601)],
    )
    def test_a_dosage_out_of_range(self, world: World, field: str, value: int) -> None:
        dosage = Dosage(
            **({"sets": 1, "repetitions": 1, "hold": 30, "rest": 10, "sides": "both"} | {field: value})
        )
        line = Line(world.knee_to_chest.published, dosage)  # type: ignore[arg-type]
        assert set(refused(lambda: prescribe(world, lines=[line]))) == {f"items.0.{field}"}

    def test_an_exercise_that_is_not_published(self, world: World) -> None:
        draft = world.knee_to_chest.revisions.create(number=2, name="Draft", hold=30)
        line = Line(draft, draft.dosage)
        assert set(refused(lambda: prescribe(world, lines=[line]))) == {"items.0.exercise"}

    def test_an_exercise_of_another_clinic(self, world: World) -> None:
        theirs = make_exercise("Theirs", clinic=world.far_clinic).published
        assert theirs is not None
        assert set(refused(lambda: prescribe(world, lines=[Line(theirs, theirs.dosage)]))) == {
            "items.0.exercise"
        }

    def test_a_retired_exercise_unless_the_patient_has_had_it_before(self, world: World) -> None:
        world.knee_to_chest.retired_at = timezone.now()
        world.knee_to_chest.save()
        line = Line(world.knee_to_chest.published, Dosage(1, 1, 30, 10, "both"))  # type: ignore[arg-type]
        line.exercise_revision.exercise.refresh_from_db()
        assert set(refused(lambda: prescribe(world, lines=[line]))) == {"items.0.exercise"}
        assert amend(world, world.prescription).items.count() == 2

    def test_a_routine_of_another_clinic(self, world: World) -> None:
        world.routine.clinic = world.far_clinic
        assert set(refused(lambda: prescribe(world))) == {"routine"}

    def test_a_name_that_is_too_long(self, world: World) -> None:
        assert set(refused(lambda: prescribe(world, name="n" * 121))) == {"name"}

    def test_a_discharged_patient(self, world: World) -> None:
        world.quinn.state = PatientState.DISCHARGED
        assert "patient" in refused(lambda: prescribe(world))


class TestCautions:
    def test_avoid_needs_a_written_reason(self, world: World) -> None:
        world.quinn.conditions = ["osteoporosis"]
        lines = lines_of_routine(world.routine)
        assert set(refused(lambda: prescribe(world))) == {
            "items.0.override_reason",
            "items.1.override_reason",
        }
        reasoned = [Line(x.exercise_revision, x.dosage, override_reason="Bone scan is fine") for x in lines]
        prescription = prescribe(world, lines=reasoned)
        assert set(
            Item.objects.filter(revision__prescription=prescription).values_list("override_reason")
        ) == {("Bone scan is fine",)}

    @pytest.mark.parametrize("level", ["ask", "modify"])
    def test_ask_and_modify_only_warn(self, world: World, level: str) -> None:
        world.quinn.conditions = ["balance"]
        exercise = make_exercise("Standing stretch")
        revision = exercise.published
        assert revision is not None
        revision.cautions = [{"tag": "balance", "level": level, "note": "Stand by a wall."}]
        line = Line(revision, revision.dosage)
        assert [c.level for c in cautions([line], world.quinn)] == [level]
        assert prescribe(world, lines=[line]).revisions.get().items.count() == 1


class TestPauses:
    def test_a_pause_covers_its_first_and_last_day(self, world: World) -> None:
        today = today_of(world)
        prescribing.pause(
            world.clinician, world.prescription, first_day=today, last_day=today + dt.timedelta(days=2)
        )
        plan = progress.plan_of(world.prescription)
        expected = [plan.expects(today + dt.timedelta(days=n)) for n in range(4)]
        assert expected == [False, False, False, True]

    def test_days_that_are_over_cannot_be_paused(self, world: World) -> None:
        yesterday = today_of(world) - dt.timedelta(days=1)
        act = lambda: prescribing.pause(  # noqa: E731
            world.clinician, world.prescription, first_day=yesterday, last_day=yesterday
        )
        assert set(refused(act)) == {"first_day"}

    def test_a_reversed_pause_is_refused(self, world: World) -> None:
        today = today_of(world)
        act = lambda: prescribing.pause(  # noqa: E731
            world.clinician, world.prescription, first_day=today, last_day=today - dt.timedelta(days=1)
        )
        assert set(refused(act)) == {"last_day"}

    def test_pauses_do_not_overlap(self, world: World) -> None:
        today = today_of(world)
        prescribing.pause(world.clinician, world.prescription, first_day=today, last_day=today)
        act = lambda: prescribing.pause(  # noqa: E731
            world.clinician, world.prescription, first_day=today, last_day=today
        )
        assert set(refused(act)) == {"first_day"}

    def test_a_pause_that_has_not_begun_can_be_taken_back(self, world: World) -> None:
        today = today_of(world)
        later = today + dt.timedelta(days=7)
        paused = prescribing.pause(world.clinician, world.prescription, first_day=later, last_day=later)
        prescribing.end_pause(world.clinician, paused, last_day=today)
        assert not world.prescription.pauses.exists()

    def test_a_pause_that_was_taken_back_meanwhile_is_a_conflict(self, world: World) -> None:
        later = today_of(world) + dt.timedelta(days=7)
        paused = prescribing.pause(world.clinician, world.prescription, first_day=later, last_day=later)
        Pause.objects.all().delete()
        with pytest.raises(Conflict):
            prescribing.end_pause(world.clinician, paused, last_day=later)

    def test_a_pause_does_not_grow_into_the_next_one(self, world: World) -> None:
        day = [today_of(world) + dt.timedelta(days=n) for n in range(12)]
        first = prescribing.pause(world.clinician, world.prescription, first_day=day[0], last_day=day[2])
        prescribing.pause(world.clinician, world.prescription, first_day=day[8], last_day=day[9])
        act = lambda: prescribing.end_pause(world.clinician, first, last_day=day[8])  # noqa: E731
        assert set(refused(act)) == {"last_day"}

    def test_a_running_pause_ends_with_yesterday_at_the_earliest(self, world: World) -> None:
        today = today_of(world)
        paused = prescribing.pause(
            world.clinician, world.prescription, first_day=today, last_day=today + dt.timedelta(days=9)
        )
        paused.first_day = today - dt.timedelta(days=3)
        paused.save()
        act = lambda: prescribing.end_pause(  # noqa: E731
            world.clinician, paused, last_day=today - dt.timedelta(days=2)
        )
        assert set(refused(act)) == {"last_day"}
        prescribing.end_pause(world.clinician, paused, last_day=today - dt.timedelta(days=1))
        assert progress.plan_of(world.prescription).expects(today)


class TestStopAndExtend:
    def test_stopping_needs_a_reason_and_keeps_the_record(self, world: World) -> None:
        assert "reason" in refused(lambda: prescribing.stop(world.clinician, world.prescription, reason=" "))
        prescribing.stop(world.clinician, world.prescription, reason="Better")
        world.prescription.refresh_from_db()
        assert world.prescription.stopped_from == today_of(world)
        assert not progress.plan_of(world.prescription).expects(today_of(world))

    def test_a_stop_counts_from_tomorrow_once_a_session_was_begun_today(self, world: World) -> None:
        make_session(world.prescription, today_of(world))
        prescribing.stop(world.clinician, world.prescription, reason="Better")
        world.prescription.refresh_from_db()
        assert world.prescription.stopped_from == today_of(world) + dt.timedelta(days=1)

    def test_what_has_ended_is_not_changed_any_more(self, world: World) -> None:
        prescribing.stop(world.clinician, world.prescription, reason="Better")
        assert "prescription" in refused(lambda: amend(world, world.prescription))
        assert "prescription" in refused(
            lambda: prescribing.stop(world.clinician, world.prescription, reason="Again")
        )

    def test_the_last_day_can_be_moved_but_not_into_the_past(self, world: World) -> None:
        today = today_of(world)
        later = today + dt.timedelta(days=40)
        prescribing.extend(world.clinician, world.prescription, ends_on=later)
        world.prescription.refresh_from_db()
        assert world.prescription.ends_on == later
        act = lambda: prescribing.extend(  # noqa: E731
            world.clinician, world.prescription, ends_on=today - dt.timedelta(days=3)
        )
        assert set(refused(act)) == {"ends_on"}


class TestAWeekThatIsCounted:
    """Yesterday's adherence never changes because of today's edit; a flexible week is counted once it is over."""

    FRIDAY = dt.datetime(2026, 11, 20, 6, tzinfo=dt.UTC)

    def days(self, first: int, last: int) -> tuple[dt.date, dt.date]:
        """From and to a day of November."""
        return dt.date(2026, 11, first), dt.date(2026, 11, last)

    def due(self, prescription: Prescription) -> int:
        """Of Monday and Tuesday, as it stands now."""
        plan = progress.plan_of(Prescription.objects.get(pk=prescription.pk))
        return adherence(plan, (), *self.days(16, 17), today_of_patient(prescription)).due

    @pytest.fixture
    def paused(self, world: World) -> Iterator[Pause]:
        """Two sessions on any days, paused from Wednesday to Sunday; it is Friday."""
        with time_machine.travel(dt.datetime(2026, 11, 16, 6, tzinfo=dt.UTC), tick=False) as clock:
            prescription = prescribe(world, schedule=Flexible(7))
            first, last = self.days(18, 22)
            pause = prescribing.pause(world.clinician, prescription, first_day=first, last_day=last)
            clock.move_to(self.FRIDAY)
            yield pause

    def test_is_not_opened_again_by_a_pause_that_ends_earlier(self, world: World, paused: Pause) -> None:
        assert self.due(paused.prescription) == 2
        told = refused(lambda: prescribing.end_pause(world.clinician, paused, last_day=dt.date(2026, 11, 19)))
        assert told == {
            "last_day": ["This week is counted already: the pause can end on 2026-11-22 at the earliest."]
        }
        prescribing.end_pause(world.clinician, paused, last_day=dt.date(2026, 11, 22))
        assert self.due(paused.prescription) == 2

    def test_is_not_opened_again_by_an_amendment(self, world: World) -> None:
        with time_machine.travel(dt.datetime(2026, 11, 16, 6, tzinfo=dt.UTC), tick=False) as clock:
            prescription = prescribe(world, schedule=Flexible(7))
            lines = lines_of_routine(world.routine)
            clock.move_to(dt.datetime(2026, 11, 18, 6, tzinfo=dt.UTC))
            prescribing.amend(world.clinician, prescription, lines=lines, schedule=DAILY, expected=1)
            clock.move_to(self.FRIDAY)
            assert self.due(prescription) == 2
            again = prescribing.amend(
                world.clinician, prescription, lines=lines, schedule=Flexible(7), expected=2
            )
            assert again.counts_from == dt.date(2026, 11, 23)
            assert self.due(prescription) == 2


@pytest.mark.parametrize(
    ("field", "days"),
    [("starts_on", {"starts_on": dt.date.max, "ends_on": None}), ("ends_on", {"ends_on": dt.date.max})],
)
def test_a_day_that_nobody_means_is_refused(world: World, field: str, days: dict[str, Any]) -> None:
    assert field in refused(lambda: prescribe(world, **days))


def test_the_last_day_is_moved_to_today_or_later(world: World) -> None:
    prescription = prescribe(world)
    with time_machine.travel(timezone.now() + dt.timedelta(days=3), tick=False):
        today = today_of(world)
        yesterday = today - dt.timedelta(days=1)
        assert "ends_on" in refused(
            lambda: prescribing.extend(world.clinician, prescription, ends_on=yesterday)
        )
        prescribing.extend(world.clinician, prescription, ends_on=today)
    assert prescription.ends_on == today
