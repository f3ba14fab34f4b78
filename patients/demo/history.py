"""Eight weeks of sessions for one patient of the demo: plausible, varied, and the same at each loading."""

import datetime as dt
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from exercises.dosage import session_seconds
from patients.demo.cast import Case
from patients.models import Item, Patient, Prescription, PrescriptionRevision, Session, SessionItem
from patients.models.sessions import Difficulty, Source
from patients.progress import plan_of
from patients.schedule import Flexible, Plan, instant_of, week_of
from patients.sessions import ItemDone, SessionData, SetDone, counted_sets

DAY = dt.timedelta(days=1)
MILD = 6  # NPRS: more than that is a story of its own, with an alert
SEVERE = 8
NOTES = 0.15  # the share of sessions with a note


def history(
    case: Case, patient: Patient, prescription: Prescription, now: dt.datetime
) -> Iterator[tuple[Session, list[SessionItem]]]:
    """The sessions up to yesterday with their items, not saved yet."""
    return _Chronicle(case, patient, prescription, patient.local_date(now)).sessions()


def nearest(days: Sequence[dt.date], wanted: dt.date) -> dt.date:
    return min(days, key=lambda day: abs(day - wanted))


@dataclass(slots=True)
class _Chronicle:
    case: Case
    patient: Patient
    prescription: Prescription
    today: dt.date

    def sessions(self) -> Iterator[tuple[Session, list[SessionItem]]]:
        # Not for secrets: the same name gives the same life each time.
        chance = random.Random(self.case.name)  # noqa: S311
        plan = plan_of(self.prescription)
        revisions = {
            revision.number: (revision, list(revision.items.all()))
            for revision in self.prescription.revisions.prefetch_related("items")
        }
        kept = list(self._kept(plan, chance))
        severe = {nearest([day for day, _ in kept], self.today - ago * DAY) for ago in self.case.severe}
        for day, slot in kept:
            in_force = plan.in_force(day)
            assert in_force
            revision, items = revisions[in_force.number]
            yield self._session(revision, items, day, slot, severe=day in severe, chance=chance)

    def _kept(self, plan: Plan, chance: random.Random) -> Iterator[tuple[dt.date, int]]:
        """The days and slots that were kept.

        What is owed grows by the share to keep and shrinks by each session, so the shares come out as told.
        """
        owed = chance.random() / 2
        for day in self._days():
            for slot in self._slots(plan, day):
                owed += self._now_or_then(day, self.case.keeps)
                if owed >= chance.uniform(0.3, 1.0):
                    owed -= 1
                    yield day, slot

    def _days(self) -> Iterator[dt.date]:
        for ahead in range(self.case.began - self.case.quiet_for):
            yield self.today - (self.case.began - ahead) * DAY

    def _slots(self, plan: Plan, day: dt.date) -> range:
        schedule = plan.asks(day)
        if isinstance(schedule, Flexible):
            monday = week_of(day).first
            chosen = random.Random(f"{self.case.name} {monday}").sample(range(7), schedule.per_week)  # noqa: S311
            return range(1, 2) if day.weekday() in chosen else range(0)
        return range(1, plan.due_on(day) + 1)

    def _now_or_then(self, day: dt.date, ends: tuple[float, float]) -> float:
        """A value between what it was at the beginning and what it is now."""
        share = 1 - (self.today - day).days / self.case.began
        return ends[0] + (ends[1] - ends[0]) * share

    def _session(
        self,
        revision: PrescriptionRevision,
        items: Sequence[Item],
        day: dt.date,
        slot: int,
        *,
        severe: bool,
        chance: random.Random,
    ) -> tuple[Session, list[SessionItem]]:
        at = dt.time.fromisoformat(self.case.times[slot - 1])
        started = instant_of(day, at, self.patient.zone) + dt.timedelta(seconds=chance.randrange(-300, 3600))
        dosages = [item.dosage for item in items]
        ended = started + dt.timedelta(seconds=session_seconds(dosages) + chance.randrange(20, 180))
        before = min(MILD, max(0, round(chance.gauss(self._now_or_then(day, self.case.pain), 0.7))))
        after = SEVERE if severe else max(0, before - chance.choice((0, 1, 1)))
        data = SessionData(
            id=UUID(int=chance.getrandbits(128), version=4),
            prescription=self.prescription,
            revision=revision,
            started_at=started,
            ended_at=ended,
            items=self._done(items, chance),
            source=Source.PLAYER,
            pain_before=before,
            pain_after=after,
            difficulty=Difficulty.TOO_HARD
            if severe
            else chance.choice([Difficulty.ABOUT_RIGHT] * 5 + [Difficulty.TOO_EASY]),
            note=chance.choice(self.case.notes) if self.case.notes and chance.random() < NOTES else "",
        )
        return self._rows(data, items, day)

    def _done(self, items: Sequence[Item], chance: random.Random) -> list[ItemDone]:
        """All of it, or all but the last one or two exercises, with a reason."""
        left_out = 0 if chance.random() < self.case.full else chance.choice((1, 1, 2))
        whole = len(items) - min(left_out, len(items) - 1)
        reason = chance.choice(self.case.skips)
        return [
            ItemDone(
                item.pk,
                [
                    SetDone(side, float(item.dosage.set_hold))
                    for _ in range(item.sets)
                    for side in item.dosage.side_names
                ],
            )
            if index < whole
            else ItemDone(item.pk, skip_reason=reason)
            for index, item in enumerate(items)
        ]

    def _rows(
        self, data: SessionData, items: Sequence[Item], day: dt.date
    ) -> tuple[Session, list[SessionItem]]:
        assert self.patient.user
        session = Session(
            id=data.id,
            patient=self.patient,
            prescription=self.prescription,
            revision=data.revision,
            source=data.source,
            started_at=data.started_at,
            ended_at=data.ended_at,
            local_date=day,
            zone=str(self.patient.zone),
            received_at=data.ended_at or data.started_at,
            recorded_by=self.patient.user,
            pain_before=data.pain_before,
            pain_after=data.pain_after,
            difficulty=data.difficulty,
            note=data.note,
            prescribed_sets=sum(item.dosage.total_sets for item in items),
            digest=data.digest(),
        )
        rows = [
            SessionItem(
                session=session,
                item=item,
                sets=[{"side": one.side, "held": one.held} for one in done.sets],
                performed_sets=counted_sets(item.dosage, done.sets),
                skip_reason=done.skip_reason,
            )
            for item, done in zip(items, data.items, strict=True)
        ]
        session.performed_sets = sum(row.performed_sets for row in rows)
        return session, rows
