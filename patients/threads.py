"""A thread as portal and desk show it: what stands in it, what waits, and the field to write in (docs/rules.md 10)."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.db.models import Count, Min, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext_lazy, ngettext

from clinic import access
from clinic.access import Right
from clinic.errors import Conflict
from clinic.models import Clinic
from clinic.ui.forms import show_errors
from patients import messaging
from patients.models import Message, Patient

MESSAGES_A_PAGE = 50
THREADS_A_PAGE = 30


class MessageForm(forms.Form):
    """One message. The id makes a second press of the button send nothing more."""

    id = forms.UUIDField(widget=forms.HiddenInput({"autocomplete": "off"}))
    text = forms.CharField(
        label=gettext_lazy("Your message"),
        widget=forms.Textarea({"rows": 4, "maxlength": messaging.LENGTH}),
        error_messages={"required": gettext_lazy("Write a few words.")},
    )


@dataclass(frozen=True, slots=True)
class Entry:
    """One message for whoever looks: `ours` of their own side, `new` to them."""

    message: Message
    ours: bool
    new: bool
    may_withdraw: bool


@dataclass(frozen=True, slots=True)
class Thread:
    """One page of a thread, the newest message last; page 1 has the newest ones."""

    patient: Patient
    by_staff: bool  # the side of whoever looks
    entries: Sequence[Entry]
    page: Page
    known: str  # a mark of all that the page shows of the messages

    @property
    def is_open(self) -> bool:
        return messaging.is_open(self.patient)


def open_thread(request: HttpRequest, patient: Patient, *, by_staff: bool, reads: bool = True) -> Thread:
    """The page of the thread that is asked for; what is new on it counts as read where whoever looks `reads` it."""
    rows = access.visible(request, Message).filter(patient=patient).select_related("author")
    page = Paginator(rows.order_by("-sent_at", "-pk"), MESSAGES_A_PAGE).get_page(request.GET.get("page"))
    shown = list(page.object_list)[::-1]
    writable = messaging.is_open(patient)
    entries = [
        Entry(
            message,
            ours=message.by_staff == by_staff,
            new=message.unread and message.by_staff != by_staff,
            may_withdraw=writable
            and message.author_id == request.user.pk
            and message.read_at is None
            and message.withdrawn_at is None,
        )
        for message in shown
    ]
    if reads and any(entry.new for entry in entries):
        messaging.read(patient, by_staff=by_staff, up_to=shown[-1].sent_at)
    return Thread(patient, by_staff, entries, page, _mark(entries))


def _mark(entries: Sequence[Entry]) -> str:
    shown = [(e.message.pk, e.message.withdrawn_at, e.ours and e.message.read_at) for e in entries]
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]


def blank_form() -> MessageForm:
    return MessageForm(initial={"id": uuid4()})


def press(request: HttpRequest, patient: Patient) -> MessageForm | None:
    """Withdraw or write what was sent. None: it is done; else the form with what was typed and what is wrong."""
    actor = access.person(request)
    if asked := request.POST.get("withdraw"):
        message = access.get(request, Message.objects.filter(patient=patient), pk=asked)
        try:
            messaging.withdraw(actor, message)
        except ValidationError as problem:
            messages.warning(request, " ".join(problem.messages))
        return None
    form = MessageForm(request.POST)
    if form.is_valid():
        try:
            messaging.write(actor, patient, **form.cleaned_data)
        except ValidationError as problem:
            show_errors(form, problem)
        except Conflict as conflict:
            form = MessageForm({"id": uuid4(), "text": request.POST["text"]})
            form.add_error(None, str(conflict))
        else:
            return None
    return form


# --- All threads of a clinic


@dataclass(frozen=True, slots=True)
class Row:
    """One thread in the inbox."""

    patient: Patient
    unread: int
    waits_since: dt.datetime | None
    last: Message


@dataclass(frozen=True, slots=True)
class Inbox:
    rows: Sequence[Row]
    page: Page


def inbox(patients: QuerySet[Patient], *, everything: bool, page: str | None) -> Inbox:
    """The threads of these patients that wait for the clinic, the longest first; or all, the latest first.

    A constant number of queries.
    """
    waits = Q(messages__by_staff=False, messages__unread=True)
    latest = Message.objects.filter(patient=OuterRef("pk")).order_by("-sent_at", "-pk")
    threads = patients.filter(messages__isnull=False).annotate(
        unread=Count("messages", filter=waits),
        waits_since=Min("messages__sent_at", filter=waits),
        last_id=Subquery(latest.values("pk")[:1]),
        last_at=Subquery(latest.values("sent_at")[:1]),
    )
    threads = (
        threads.order_by("-last_at", "pk")
        if everything
        else threads.filter(unread__gt=0).order_by("waits_since", "pk")
    )
    shown = Paginator(threads, THREADS_A_PAGE).get_page(page)
    found = {p.pk: p.last_id for p in shown}  # type: ignore[attr-defined]
    last = Message.objects.select_related("author").in_bulk(found.values())
    rows = [Row(p, p.unread, p.waits_since, last[found[p.pk]]) for p in shown]  # type: ignore[attr-defined]
    return Inbox(rows, shown)


# --- What waits, in a word beside the entries of the navigation


def news_of_patient(request: HttpRequest, _clinic: Clinic | None) -> str:
    """How many messages the signed-in patient has not read, in all their threads."""
    rows = access.visible(request, Message, Right.OWN_CARE)
    return _new(rows.filter(by_staff=True, unread=True).count())


def news_of_clinic(request: HttpRequest, clinic: Clinic | None) -> str:
    """How many patients of the clinic have written something that nobody has read."""
    rows = access.visible(request, Message, Right.VIEW_PATIENTS).filter(patient__clinic=clinic)
    return _new(rows.filter(by_staff=False, unread=True).values("patient").distinct().count())


def _new(number: int) -> str:
    return ngettext("%(number)d new", "%(number)d new", number) % {"number": number} if number else ""
