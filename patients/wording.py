"""Figures and plans in words: one wording for pages, mails and reports. All text is translated."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from clinic.ui.dates import date_format
from clinic.ui.lists import listed
from clinic.ui.templatetags.ui import counts
from exercises import schedules
from exercises.dosage import Dosage
from patients.adherence import Band
from patients.goals import Goal
from patients.models import Finding, PrescriptionAct
from patients.models.alerts import Rule, SafetyQuestion
from patients.models.prescriptions import ActKind
from patients.models.sessions import Difficulty
from patients.previewing import Ahead, Preview, Week
from patients.schedule import Fixed, Flexible, Schedule


def schedule(schedule: Schedule) -> str:
    """ "Mon, Wed, Fri, twice a day" or "3 times a week, on any days"."""
    match schedule:
        case Fixed(weekdays=weekdays, times_per_day=times):
            return schedules.fixed(weekdays, times)
        case Flexible(per_week=per_week):
            return schedules.flexible(per_week)


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
    return listed([amount, side]) if side else amount


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
    return listed(said)


def band(band: Band) -> str:
    return {
        Band.NEW: _("new"),
        Band.QUIET: _("quiet"),
        Band.ON_TRACK: _("on track"),
        Band.SLIPPING: _("slipping"),
        Band.OFF_TRACK: _("off track"),
    }[band]


def preview(preview: Preview) -> list[str]:
    """What an act changes, sentence by sentence: days, weeks, reminders. Empty where nothing changes."""
    said = []
    if preview.no_longer:
        said.append(
            ngettext(
                "Due no longer on %(number)d day: %(dates)s.",
                "Due no longer on %(number)d days: %(dates)s.",
                len(preview.no_longer),
            )
            % {"number": len(preview.no_longer), "dates": _span(preview.no_longer, preview.until)}
        )
    if preview.newly:
        said.append(
            ngettext(
                "Newly due on %(number)d day: %(dates)s.",
                "Newly due on %(number)d days: %(dates)s.",
                len(preview.newly),
            )
            % {"number": len(preview.newly), "dates": _span(preview.newly, preview.until)}
        )
    said += _weeks(preview.weeks)
    if preview.reminders_gone:
        said.append(
            ngettext(
                "%(number)d reminder of the next 14 days is not sent.",
                "%(number)d reminders of the next 14 days are not sent.",
                preview.reminders_gone,
            )
            % {"number": preview.reminders_gone}
        )
    if preview.reminders_new:
        said.append(
            ngettext(
                "%(number)d reminder more is sent in the next 14 days.",
                "%(number)d reminders more are sent in the next 14 days.",
                preview.reminders_new,
            )
            % {"number": preview.reminders_new}
        )
    return said


def _span(days: Sequence[dt.date], until: dt.date) -> str:
    """A few days one by one, many by the first and the last; open where they go on as far as one looks."""
    if len(days) <= 3:
        return listed(_day(day) for day in days)
    words = {"first": _day(days[0]), "last": _day(days[-1])}
    if (until - days[-1]).days < 7:
        return _("from %(first)s on, counted to %(last)s") % words
    return _("from %(first)s to %(last)s") % words


def _weeks(weeks: Sequence[Week]) -> list[str]:
    if len(weeks) > 3:
        said = _(
            "From the week of %(first)s, %(number)d weeks change: %(was)d → %(now)d sessions in the first."
        )
        first = weeks[0]
        return [
            said % {"first": _day(first.monday), "number": len(weeks), "was": first.was, "now": first.now}
        ]
    said = _("Week of %(monday)s: %(was)d → %(now)d sessions.")
    return [said % {"monday": _day(w.monday), "was": w.was, "now": w.now} for w in weeks]


def goal(goal: Goal) -> str:
    """The running week: what is done, and what is still to come. Nothing is said of what cannot be done any more."""
    if goal.paused:
        return _("Paused this week: nothing is asked.")
    if goal.empty:
        return _("Nothing is asked this week.")
    counts = {"kept": goal.kept, "asked": goal.asked, "still": goal.still}
    if goal.kept >= goal.asked:
        said = _("All done for this week: %(kept)d of %(asked)d.")
    elif goal.still:
        said = _("%(kept)d of %(asked)d done this week, %(still)d still to come.")
    else:
        said = _("%(kept)d of %(asked)d done this week.")
    return f"{said % counts} {lowered(goal)}".strip()


def lowered(goal: Goal) -> str:
    """That a pause makes a week smaller, where it does."""
    if not goal.lowered:
        return ""
    return _("Because of the pause it is %(asked)d instead of %(whole)d.") % {
        "asked": goal.asked,
        "whole": goal.whole,
    }


def week(goal: Goal) -> str:
    """A week in a list of weeks: "5 of 7", "paused", "nothing due"."""
    if goal.paused:
        return _("paused")
    if goal.empty:
        return _("nothing due")
    return _("%(kept)d of %(asked)d") % {"kept": goal.kept, "asked": goal.asked}


def ahead(day: Ahead) -> str:
    """A day to come: "due", "due twice", "any day", "paused", "nothing due"."""
    if day.paused:
        return _("paused")
    if day.due is None:
        return _("any day")
    if not day.due:
        return _("nothing due")
    return _("due") if day.due == 1 else _("%(count)d times due") % {"count": day.due}


def act(act: PrescriptionAct) -> str:
    """What was done with a prescription: "paused from Thu 19 Nov"."""
    if act.day is None:
        return _("end left open")
    said = {
        ActKind.PAUSED: _("paused from %(day)s"),
        ActKind.PAUSE_CHANGED: _("last day of the pause moved to %(day)s"),
        ActKind.EXTENDED: _("last day moved to %(day)s"),
        ActKind.STOPPED: _("stopped from %(day)s"),
        ActKind.RESUMED: _("resumed from %(day)s"),
    }[ActKind(act.kind)]
    return said % {"day": _day(act.day)}


def _day(date: dt.date) -> str:
    return date_format(date, "D j M")


def finding(found: Finding) -> str:
    """The figures that an alert rests on, in words; of an adverse event what was told, of a yes what was asked."""
    if found.event:
        return found.event.text
    figures: Mapping[str, Any] = found.figures
    match found.rule:
        case Rule.SAFETY_ANSWER if figures:
            return "\n".join(str(SafetyQuestion(question).label) for question in figures["yes"])
        case Rule.PAIN_HIGH if figures:
            return _("Pain %(pain)d of 10") % figures
        case Rule.PAIN_RISE if figures:
            return _("Pain %(pain)d, against a median of %(median)d in the 3 sessions before") % figures
        case Rule.SILENCE if figures:
            return _("No session from %(day)s on") % {"day": date_format(found.first_day, "D j M")}
        case Rule.MISSED if figures:
            return _("%(missed)d due sessions missed in a row") % figures
        case Rule.LOW_ADHERENCE if "credit" in figures:
            of = counts(figures["credit"], figures["due"])
            return _("%(percent)d %% over 14 days, %(counts)s") % {
                "percent": figures["percent"],
                "counts": of,
            }
        case Rule.SKIPPED if figures:
            return _skipped(figures)
    return ""


def _skipped(figures: Mapping[str, Any]) -> str:
    """By reason, those that were given: "Stretches skipped in 7 days: 5 for pain, 1 not sure how"."""
    reasons = ((_("%(number)d for pain"), "pain"), (_("%(number)d not sure how"), "not_sure_how"))
    given = [words % {"number": figures[name]} for words, name in reasons if figures[name]]
    return _("Stretches skipped in 7 days: %(reasons)s") % {"reasons": listed(given)}
