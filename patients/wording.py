"""Figures and plans in words: one wording for pages, mails and reports. All text is translated."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from exercises.dosage import Dosage
from patients.adherence import Band
from patients.models.sessions import Difficulty
from patients.schedule import Fixed, Flexible, Schedule

EVERY_DAY = frozenset(range(7))
WEEKEND = frozenset({5, 6})


def weekday(day: int) -> str:
    """The short name of a weekday; Monday is 0."""
    return (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))[day]


def schedule(schedule: Schedule) -> str:
    """ "Mon, Wed, Fri, twice a day" or "3 times a week, on any days"."""
    match schedule:
        case Fixed(weekdays=weekdays, times_per_day=times):
            return f"{_days(weekdays)}, {_times_a_day(times)}"
        case Flexible(per_week=1):
            return _("once a week, on any day")
        case Flexible(per_week=per_week):
            return _("%(count)d times a week, on any days") % {"count": per_week}


def _days(weekdays: frozenset[int]) -> str:
    if weekdays == EVERY_DAY:
        return _("every day")
    if weekdays == EVERY_DAY - WEEKEND:
        return _("Monday to Friday")
    return ", ".join(weekday(day) for day in sorted(weekdays))


def _times_a_day(times: int) -> str:
    if times == 1:
        return _("once a day")
    if times == 2:
        return _("twice a day")
    return _("%(count)d times a day") % {"count": times}


def dosage(dosage: Dosage) -> str:
    """ "2 × 30 s, each side", or "2 sets of 3 × 10 s" when a set has several repetitions; rests left out."""
    hold = pgettext("seconds", "%(seconds)d s") % {"seconds": dosage.hold}
    if dosage.repetitions == 1:
        amount = hold if dosage.sets == 1 else f"{dosage.sets} × {hold}"
    elif dosage.sets == 1:
        amount = f"{dosage.repetitions} × {hold}"
    else:
        amount = _("%(sets)d sets of %(repetitions)d × %(hold)s") % {
            "sets": dosage.sets,
            "repetitions": dosage.repetitions,
            "hold": hold,
        }
    side = {"both": _("each side"), "left": _("left side"), "right": _("right side")}.get(dosage.sides)
    return f"{amount}, {side}" if side else amount


def session_content(content: Mapping[str, Any]) -> str:
    """What a session said, from the content that is kept of it: "4 sets, pain 5 → 3, about right, “tired”"."""
    sets = sum(len(item["sets"]) for item in content["items"])
    said = [ngettext("%(number)d set", "%(number)d sets", sets) % {"number": sets}]
    before, after = content["pain_before"], content["pain_after"]
    if before is not None or after is not None:
        told = ["–" if pain is None else str(pain) for pain in (before, after)]
        said.append(_("pain %(before)s → %(after)s") % {"before": told[0], "after": told[1]})
    if content["difficulty"]:
        said.append(str(Difficulty(content["difficulty"]).label))
    if content["note"]:
        said.append(_("“%(note)s”") % {"note": content["note"]})
    return ", ".join(said)


def band(band: Band) -> str:
    return {
        Band.NEW: _("new"),
        Band.QUIET: _("quiet"),
        Band.ON_TRACK: _("on track"),
        Band.SLIPPING: _("slipping"),
        Band.OFF_TRACK: _("off track"),
    }[band]
