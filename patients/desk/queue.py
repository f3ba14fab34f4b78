"""The queue of alerts: what is asked of it, as it stands in the address, and the page that answers."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import ngettext

from clinic import access
from clinic.access import Right
from clinic.models import Clinic, User
from patients.alerts import with_story
from patients.desk.asked import urgency
from patients.models import Alert, Finding
from patients.models.alerts import AlertState, Level, Rule

PAGE_SIZE = 30
# What an alert rests on is shown with some days before it.
DAYS_AROUND = dt.timedelta(days=13)


class Whose(StrEnum):
    MINE = "mine"  # assigned to me; or to nobody, of a patient in my care
    UNASSIGNED = "unassigned"


class Where(StrEnum):
    """Where the alerts stand that are listed, other than those that are not resolved."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    EVERY = "every"


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked of the queue. Anything unknown in an address is taken as not asked."""

    level: Level | None = None
    rule: Rule | None = None
    whose: Whose | None = None
    where: Where | None = None

    @classmethod
    def of(cls, data: Mapping[str, str]) -> "Query":
        return cls(
            level=next((one for one in Level if one.value == data.get("level")), None),
            rule=next((one for one in Rule if one.value == data.get("rule")), None),
            whose=next((one for one in Whose if one.value == data.get("whose")), None),
            where=next((one for one in Where if one.value == data.get("state")), None),
        )

    @property
    def narrowed(self) -> bool:
        return any((self.level, self.rule, self.whose, self.where))

    @property
    def address(self) -> str:
        asked = {"level": self.level, "rule": self.rule, "whose": self.whose, "state": self.where}
        return urlencode({name: one.value for name, one in asked.items() if one})


def find(alerts: QuerySet[Alert], query: Query, user: User) -> QuerySet[Alert]:
    """The alerts asked for: the most urgent first, those that nobody has seen before the others."""
    if query.level:
        alerts = alerts.filter(level=query.level)
    if query.rule:
        alerts = alerts.filter(rule=query.rule)
    if query.whose is Whose.MINE:
        alerts = alerts.filter(Q(assigned_to=user) | Q(assigned_to=None, patient__clinician=user))
    elif query.whose is Whose.UNASSIGNED:
        alerts = alerts.filter(assigned_to=None)
    if query.where is None:
        alerts = alerts.exclude(state=AlertState.RESOLVED)
    elif query.where is not Where.EVERY:
        alerts = alerts.filter(state=query.where)
    if query.where is Where.RESOLVED:
        return alerts.order_by("-resolved_at", "pk")
    unseen_first = F("acknowledged_at").asc(nulls_first=True)
    return alerts.order_by(urgency("level"), unseen_first, "-last_at", "pk")


def page_of(found: QuerySet[Alert], number: str | None) -> Page:
    """One page with all that is shown of it; a constant number of queries."""
    return Paginator(with_story(found), PAGE_SIZE).get_page(number)


def window_of(finding: Finding) -> str:
    """The days around a finding, as the patient's page has them in its address."""
    first = min(finding.first_day, finding.last_day - DAYS_AROUND)
    return urlencode({"from": first.isoformat(), "to": finding.last_day.isoformat()})


def news(request: HttpRequest, clinic: Clinic | None) -> str:
    """How many alerts of the clinic nobody has seen, in a word beside the entry of the navigation."""
    rows = access.visible(request, Alert, Right.VIEW_PATIENTS).filter(patient__clinic=clinic)
    number = rows.filter(state=AlertState.OPEN).count()
    return ngettext("%(number)d open", "%(number)d open", number) % {"number": number} if number else ""
