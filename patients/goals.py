"""A week as it is shown to the patient: what it asks for, what is done, what is still to come (docs/rules.md 4).

Counted by the one function, as if the week were over: what the goal says on Sunday evening is what adherence counts
from Monday on. A pause lowers the goal, and a week that is all pause has none. Pure: no ORM, no clock, no framework.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from patients.adherence import Day, Done, together
from patients.schedule import DateRange, Plan, week_of

DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Goal:
    """One ISO week. `asked`, `kept`: as they will count once it is over, with what is known now.

    `still`: how many of those asked can still be done; `whole`: how many it would ask for without pauses;
    `days`: Monday to Sunday, as they stand today.
    """

    week: DateRange
    asked: int
    kept: int
    still: int
    whole: int
    days: tuple[Day, ...]

    @property
    def paused(self) -> bool:
        """Nothing is asked, and that is because of pauses."""
        return self.asked == 0 and self.whole > 0

    @property
    def lowered(self) -> bool:
        """Something is asked, and less because of pauses."""
        return 0 < self.asked < self.whole

    @property
    def empty(self) -> bool:
        """Nothing is asked, pauses or not."""
        return self.asked == 0 and self.whole == 0


def of_week(parts: Sequence[tuple[Plan, Sequence[Done]]], day: dt.date, today: dt.date) -> Goal:
    """The goal of the week that holds `day`, from all prescriptions with their sessions, as it stands on `today`."""
    week = week_of(day)
    over = max(today, week.last + DAY)
    counted = together(parts, week.first, week.last, over)
    so_far = together(parts, week.first, week.last, today)
    unpaused = [(replace(plan, pauses=()), done) for plan, done in parts]
    return Goal(
        week=week,
        asked=counted.due,
        kept=counted.kept,
        still=(counted.due - counted.kept) - (so_far.due - so_far.kept),
        whole=together(unpaused, week.first, week.last, over).due,
        days=so_far.days,
    )
