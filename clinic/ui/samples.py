"""What /demo/components/ shows: every component, with content as it is met in use. Nobody here exists."""

import datetime as dt
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clinic.ui.bars import Bar, bars, before_words
from clinic.ui.calendars import calendar
from clinic.ui.charts import Mark, Sample, Series, line, meter, strip
from clinic.ui.forms import ChoiceRows, ManyRows, OneToggle, Scale, Toggles
from clinic.ui.icons import ICONS, SHAPES

WEEKDAYS = [
    (0, _("Mon")),
    (1, _("Tue")),
    (2, _("Wed")),
    (3, _("Thu")),
    (4, _("Fri")),
    (5, _("Sat")),
    (6, _("Sun")),
]
SWATCHES = (
    ("ground", _("the page")),
    ("surface", _("a panel, a field")),
    ("sunk", _("a notice, a track")),
    ("ink", _("text")),
    ("quiet", _("what explains")),
    ("line", _("a rule between rows")),
    ("line-strong", _("the edge of a field")),
    ("press", _("what can be pressed")),
    ("press-soft", _("pressed, or chosen")),
    ("warm", _("the stretched region and the running hold, nothing else")),
    ("warm-soft", _("around it")),
    ("urgent", _("errors and what cannot wait")),
    ("urgent-soft", _("around it")),
)


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label=_("Name"), help_text=_("As it stands on the letters to the patient."))
    email = forms.EmailField(label=_("E-mail address"))
    starts_on = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}))
    zone = forms.ChoiceField(label=_("Time zone"), choices=[("Europe/Berlin", "Europe/Berlin")])
    note = forms.CharField(
        label=_("Note"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The patient reads it."),
    )
    weekdays = forms.MultipleChoiceField(label=_("Weekdays"), choices=WEEKDAYS, widget=Toggles)
    schedule = forms.ChoiceField(
        label=_("Schedule"),
        choices=[("fixed", _("on these weekdays")), ("flexible", _("any days of the week"))],
        widget=OneToggle,
    )
    pain = forms.IntegerField(
        label=_("How is your pain now?"), widget=Scale(_("no pain"), _("the worst pain you can think of"))
    )
    difficulty = forms.ChoiceField(
        label=_("How was it?"),
        choices=[("too_easy", _("too easy")), ("about_right", _("about right")), ("too_hard", _("too hard"))],
        widget=ChoiceRows,
    )
    channels = forms.MultipleChoiceField(
        label=_("Tell me"),
        required=False,
        choices=[("due", _("when a session is due")), ("summary", _("once a week, how it went"))],
        widget=ManyRows,
    )
    agreed = forms.BooleanField(label=_("I have read how my data is used"))


def _marks(states: str) -> list[Mark]:
    """Fourteen days from a letter each."""
    names = {"d": "done", "p": "partly", "m": "missed", "z": "paused", ".": "not_due", "o": "open"}
    first = dt.date(2026, 11, 2)
    return [
        Mark(f"{first + dt.timedelta(days=place):%a %-d %b}", names[letter])
        for place, letter in enumerate(states)
    ]


def _row(name: str, band: str, states: str, done: float, due: int, last: str | Promise) -> SimpleNamespace:
    return SimpleNamespace(
        name=name,
        band=band,
        strip=strip(_marks(states), title=_("%(name)s, the last 14 days") % {"name": name}).svg,
        done=done,
        due=due,
        last=last,
    )


def _pain() -> list[Series]:
    first = dt.date(2026, 10, 5)
    before = [6, 6, 5, None, 5, 4, 5, 4, None, 3, 4, 3, 3, 2]
    after = [5, 6, 4, None, 4, 4, 4, 3, None, 3, 3, 2, 3, 2]
    days = [first + dt.timedelta(days=3 * place) for place in range(len(before))]
    return [
        Series(str(_("Before the session")), [Sample(*pair) for pair in zip(days, before, strict=True)]),
        Series(str(_("After the session")), [Sample(*pair) for pair in zip(days, after, strict=True)]),
    ]


def _quarter() -> dict[dt.date, Mark]:
    """Twelve weeks of days, of every state."""
    first = dt.date(2026, 9, 7)
    states = ("ddmdpd." * 5 + "zzzzzzz" + "dmdd.p." * 5 + "dddo...")[:84]
    names = {"d": "done", "p": "partly", "m": "missed", "z": "paused", ".": "not_due", "o": "open"}
    days = [first + dt.timedelta(days=place) for place in range(len(states))]
    return {day: Mark(f"{day:%a %-d %b}", names[letter]) for day, letter in zip(days, states, strict=True)}


def _pain_by_week() -> list[Series]:
    """Mean, lowest and highest of eight weeks, one of them without a rating."""
    weeks = [(5.5, 4, 7), (5, 4, 6), (4.6, 3, 6), None, (4.2, 3, 6), (3.4, 2, 5), (3, 2, 4), (2.5, 2, 3)]
    first = dt.date(2026, 10, 5)
    samples = []
    for place, week in enumerate(weeks):
        day = first + dt.timedelta(weeks=place)
        if week is None:
            samples.append(Sample(day, None, str(_("no rating"))))
        else:
            mean, low, high = week
            samples.append(Sample(day, mean, f"{mean:g} ({low}–{high})", low=low, high=high))
    return [Series(str(_("mean")), samples)]


def _bands() -> list[Bar]:
    numbers = ((_("quiet"), 2, 4), (_("off track"), 1, 1), (_("slipping"), 5, 3), (_("on track"), 11, 9))
    return [Bar(str(word), now, before_words(now, before), before=before) for word, now, before in numbers]


def page(request: HttpRequest) -> dict[str, Any]:
    typed = {"name": "Ada Reed", "email": "ada.reed", "pain": "4", "weekdays": ["0", "2", "4"]}
    wrong = SampleForm({f"wrong-{name}": value for name, value in typed.items()}, prefix="wrong")
    return {
        "swatches": SWATCHES,
        "icons": ICONS,
        "shapes": SHAPES,
        "bands": ("new", "quiet", "on_track", "slipping", "off_track"),
        "levels": ("critical", "high", "low"),
        "patient": SimpleNamespace(
            pk="0" * 8,
            name="Ada Reed",
            birth_date=dt.date(1980, 5, 17),
            reference="ADA-1",
            language="es",
            time_zone="Europe/Berlin",
        ),
        "tabs": (
            {"label": _("Overview"), "url": "#tabs", "current": True},
            {"label": _("Prescriptions"), "url": "#tabs", "current": False},
            {"label": _("Sessions"), "url": "#tabs", "current": False},
        ),
        "rows": (
            _row("Ada Reed", "on_track", "d.d.d..d.p.d.o", 5.5, 6, _("today, 7:40")),
            _row("Bela Moss", "slipping", "ddmdpmmddmdmdo", 8.5, 13, _("yesterday")),
            _row("Cai Fenn", "quiet", "dddzzzzdmm.mmo", 4, 8, _("9 days ago")),
            _row("Dora Lind", "off_track", "mmdmm.mdmm.mmo", 2, 11, _("5 days ago")),
            _row("Edo Park", "new", ".............o", 0, 0, _("never")),
        ),
        "days": strip(_marks("ddmdpzz.dmdddo"), title=str(_("The last 14 days"))),
        "pain": line(_pain(), title=str(_("Pain, 0 to 10"))),
        "calendar": calendar(_quarter(), title=str(_("Calendar"))),
        "range": line(_pain_by_week(), title=str(_("Pain by week"))),
        "bars": bars(_bands(), title=str(_("Patients by band")), heads=(str(_("Band")), str(_("Patients")))),
        "meter": meter(Fraction(9, 2), 6, title=str(_("Adherence"))),
        "share": Fraction(3, 4),
        "form": SampleForm(initial={"zone": "Europe/Berlin", "weekdays": [0, 2, 4], "schedule": "fixed"}),
        "wrong": wrong,
    }
