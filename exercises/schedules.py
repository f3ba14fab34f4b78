"""A routine's default schedule: what it may be, and how it reads."""

from collections.abc import Collection, Mapping
from typing import Any

from django.utils.translation import gettext as _

from clinic.ui.lists import listed
from exercises.dosage import PER_WEEK_MAX, TIMES_PER_DAY_MAX

EVERY_DAY = frozenset(range(7))
WEEKEND = frozenset({5, 6})


def is_schedule(schedule: Any) -> bool:
    """Whether it has the shape that a `RoutineRevision` keeps."""
    match dict(schedule) if isinstance(schedule, Mapping) else None:
        case {"mode": "fixed", "weekdays": [*days], "times_per_day": int(times)}:
            return bool(days) and set(days) <= EVERY_DAY and 1 <= times <= TIMES_PER_DAY_MAX
        case {"mode": "flexible", "per_week": int(times)}:
            return 1 <= times <= PER_WEEK_MAX
    return False


def in_words(schedule: Mapping[str, Any]) -> str:
    """ "Mon, Wed, Fri, twice a day" or "3 times a week, on any days"; empty while there is none."""
    if not is_schedule(schedule):
        return ""
    if schedule["mode"] == "fixed":
        return fixed(schedule["weekdays"], schedule["times_per_day"])
    return flexible(schedule["per_week"])


def fixed(weekdays: Collection[int], times_per_day: int) -> str:
    return listed([_days(frozenset(weekdays)), _times_a_day(times_per_day)])


def flexible(per_week: int) -> str:
    if per_week == 1:
        return _("once a week, on any day")
    return _("%(count)d times a week, on any days") % {"count": per_week}


def weekday(day: int) -> str:
    """The short name of a weekday; Monday is 0."""
    return (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))[day]


def _days(weekdays: frozenset[int]) -> str:
    if weekdays == EVERY_DAY:
        return _("every day")
    if weekdays == EVERY_DAY - WEEKEND:
        return _("Monday to Friday")
    return listed(weekday(day) for day in sorted(weekdays))


def _times_a_day(times: int) -> str:
    if times == 1:
        return _("once a day")
    if times == 2:
        return _("twice a day")
    return _("%(count)d times a day") % {"count": times}
