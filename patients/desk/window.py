"""The window of the patient's page: the last 2, 4, 12 or 26 weeks, or any days up to two years.

It stands in the address.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.validators import MinValueValidator
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from patients.desk.forms import DayField
from patients.schedule import EARLIEST_DAY

WEEKS = (2, 4, 12, 26)
WEEKS_AT_FIRST = 12
LONGEST = dt.timedelta(days=731)


class WindowForm(forms.Form):
    """First and last day, called as in the address."""

    def __init__(self, data: QueryDict | None, today: dt.date, shown: tuple[dt.date, dt.date]) -> None:
        super().__init__(data, initial={"from": shown[0], "to": shown[1]})
        self.today = today
        since = [MinValueValidator(EARLIEST_DAY, gettext_lazy("Choose a day from 1900 on."))]
        self.fields["from"] = DayField(label=gettext_lazy("From"), validators=since)
        self.fields["to"] = DayField(label=gettext_lazy("To"), validators=since)

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        first, last = found.get("from"), found.get("to")
        if first and first > self.today:
            self.add_error("from", _("This day is still to come."))
        elif first and last and last < first:
            self.add_error("to", _("The last day is before the first one."))
        elif first and last and last - first > LONGEST:
            self.add_error("from", _("Choose two years at most."))
        return found


@dataclass(frozen=True, slots=True)
class Window:
    """Local dates of the patient, both included; `weeks` where the days are the last so many weeks with today."""

    first: dt.date
    last: dt.date
    weeks: int | None
    form: WindowForm

    @property
    def query(self) -> str:
        """The same window as the query part of an address."""
        if self.weeks:
            return urlencode({"weeks": self.weeks})
        return urlencode({"from": self.first.isoformat(), "to": self.last.isoformat()})


def asked(data: QueryDict, today: dt.date) -> Window:
    """What the address asks for. Dates that make no window are told at their fields, and the usual one is shown."""
    weeks = next((n for n in WEEKS if str(n) == data.get("weeks")), WEEKS_AT_FIRST)
    usual = (today - dt.timedelta(weeks=weeks), today)
    if "from" in data or "to" in data:
        form = WindowForm(data, today, usual)
        if form.is_valid():
            return Window(form.cleaned_data["from"], min(form.cleaned_data["to"], today), None, form)
        return Window(*usual, WEEKS_AT_FIRST, form)
    return Window(*usual, weeks, WindowForm(None, today, usual))
