"""Which of the past reports to list."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.models import User
from clinic.ui.dates import date_format
from patients.models import Report
from patients.models.reports import ReportKind

MONTHS = 36


class PastForm(forms.Form):
    """By kind, by whose they are, and by month; what is not a choice counts as not asked."""

    def __init__(
        self, data: Any, *, rows: QuerySet[Report], kinds: Sequence[ReportKind], person: User
    ) -> None:
        super().__init__(data)
        self.rows, self.person = rows, person
        months = rows.order_by().dates("last_day", "month", order="DESC")[:MONTHS]
        if len(kinds) > 1:
            self._add("kind", gettext_lazy("Kind"), _("all kinds"), [(k.value, k.label) for k in kinds])
        self._add("whose", gettext_lazy("Whose"), _("mine"), [("all", _("everybody's"))])
        named = [(f"{day:%Y-%m}", date_format(day, "F Y")) for day in months]
        self._add("month", gettext_lazy("Month"), _("all months"), named)

    def _add(self, name: str, label: Any, nothing: str, choices: list[tuple[str, Any]]) -> None:
        self.fields[name] = forms.ChoiceField(label=label, required=False, choices=[("", nothing), *choices])

    def found(self) -> QuerySet[Report]:
        self.is_valid()
        asked = self.cleaned_data
        found = self.rows.select_related("recipient").defer("facts")
        if kind := asked.get("kind"):
            found = found.filter(kind=kind)
        if not asked.get("whose"):
            found = found.filter(recipient=self.person)
        if month := asked.get("month"):
            year, number = month.split("-")
            found = found.filter(last_day__year=year, last_day__month=number)
        return found
