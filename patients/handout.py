"""A prescription on paper: what is printed, in the patient's language, and the PDF of it (docs/rules.md 3).

The newest revision is printed, as the desk shows it. Facts first, as plain text; `handouts/handout.typ` lays them out.
"""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.text import capfirst
from django.utils.translation import get_language_bidi, gettext_lazy
from django.utils.translation import gettext as _

from clinic import audit, pdf
from clinic.models import User
from clinic.pdf import Paper
from clinic.ui.dates import date_format
from clinic.ui.lists import listed
from clinic.ui.templatetags.ui import about_minutes
from exercises import figures, picturing, schedules
from exercises.dosage import session_seconds
from exercises.figures import PLATE, PoseError
from exercises.media import showing
from exercises.models import Revision
from patients import safety, wording
from patients.models import Item, Patient, Prescription, PrescriptionRevision
from patients.models.alerts import SafetyQuestion
from patients.progress import plan_of, schedule_of
from patients.schedule import Fixed, Plan

DAYS = 14  # to tick
WEEK = 7
NO_BREAK = "\N{NO-BREAK SPACE}"
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_VIEW_BOX = re.compile(r'viewBox="\S+ \S+ (\S+) (\S+)"')


class Size(TextChoices):
    NORMAL = "normal", gettext_lazy("normal print")
    LARGE = "large", gettext_lazy("large print")


@dataclass(frozen=True, slots=True)
class Choice:
    paper: Paper
    size: Size

    @property
    def query(self) -> str:
        return urlencode({"paper": self.paper.value, "size": self.size.value})

    def __str__(self) -> str:
        return f"{self.paper.label}, {self.size.label}"


def printed(actor: User, prescription: Prescription, *, paper: str = "", size: str = "") -> bytes:
    """The handout as a PDF; what staff print is in the audit trail, a patient's own copy is theirs.

    Without a paper it is the one usual where the clinic is. Raises ValidationError (`paper`, `size`, or about the
    whole: held, over, or with signs that no font has).
    """
    patient = prescription.patient
    asked_paper, asked_size = chosen(patient, paper, size)
    today = patient.local_date(timezone.now())
    with translation.override(patient.language):
        document = pdf.typeset(
            "patients/handouts/handout.typ",
            facts(prescription, today) | {"paper": asked_paper.value, "large": asked_size == Size.LARGE},
            day=today,
        )
    if actor.pk != patient.user_id:
        audit.record(
            actor,
            "prescription.printed",
            prescription,
            clinic=patient.clinic,
            subject=patient,
            paper=asked_paper.value,
            size=asked_size.value,
        )
    return document


def chosen(patient: Patient, paper: str, size: str) -> tuple[Paper, Size]:
    """What was asked for, by name; what was not is usual. Raises ValidationError (`paper`, `size`)."""
    errors = {}
    if paper and paper not in Paper.values:
        errors["paper"] = _("Choose one of the papers.")
    if size and size not in Size.values:
        errors["size"] = _("Choose one of the sizes.")
    if errors:
        raise ValidationError(errors)
    return Paper(paper) if paper else usual_paper(patient), Size(size or Size.NORMAL)


def answer(actor: User, prescription: Prescription, *, paper: str = "", size: str = "") -> HttpResponse:
    """`printed`, opened in the browser. The file's name says nothing of the person or of what they do."""
    document = printed(actor, prescription, paper=paper, size=size)
    today = prescription.patient.local_date(timezone.now())
    return pdf.shown(document, f"handout-{today:%Y-%m-%d}.pdf")


def choices(patient: Patient) -> list[Choice]:
    """What may be printed, the clinic's usual paper first."""
    usual = usual_paper(patient)
    papers = sorted(Paper, key=lambda paper: paper != usual)
    return [Choice(paper, size) for paper in papers for size in Size]


def usual_paper(patient: Patient) -> Paper:
    return pdf.usual_paper(str(patient.clinic.time_zone))


def facts(prescription: Prescription, today: dt.date) -> dict[str, Any]:
    """All that stands on the paper, as text in the active language, plus pictures as SVG.

    Raises ValidationError for what nobody is to do now: a prescription that is held or over.
    """
    last_day = prescription.last_day
    if prescription.held_at:
        raise ValidationError(_("This prescription is held until a clinician has reviewed it."))
    if last_day is not None and last_day < today:
        raise ValidationError(_("This prescription is over."))
    patient = prescription.patient
    clinic = patient.clinic
    revision = prescription.revisions.order_by("-number")[0]
    items = list(revision.items.select_related("exercise_revision"))
    care = _said_everywhere([item.exercise_revision for item in items])
    person = person_words(patient)
    return {
        "lang": translation.get_language() or settings.LANGUAGE_CODE,
        "title": _("Handout from %(clinic)s") % {"clinic": clinic.name},
        "clinic": clinic.name,
        "phone": clinic.phone,
        "foot": f"{person} · {date_format(today, 'j F Y')}",
        "page": _("Page {page} of {pages}"),
        "heading": prescription.name,
        "person": person,
        "facts": _plan(prescription, revision, items, today),
        "note": _note(revision, clinic.name),
        "care": " ".join(care) or None,
        "stop": _stop(clinic.name, clinic.phone),
        "door": _door(),
        "stretches": [_stretch(item, number, care) for number, item in enumerate(items, start=1)],
        "ticks": _ticks(prescription, revision, today),
        "words": {
            "every": _("With every stretch"),
            "start": _("Start"),
            "held": _("Hold"),
            "easier": _("Easier:"),
            "care": _("Take care:"),
            "pain": _("Pain afterwards, 0 to 10"),
            "not": _(
                "Holdwell supports comfort and movement. It does not diagnose or treat, and nobody watches it for"
                " emergencies: if you need help now, call your local emergency number."
            ),
        },
    }


def person_words(patient: Patient) -> str:
    """Who it is for, as the desk's banner says it."""
    said = [patient.name]
    if patient.birth_date:
        said.append(_("born %(day)s") % {"day": date_format(patient.birth_date, "j M Y")})
    if patient.reference:
        said.append(_("reference %(reference)s") % {"reference": patient.reference})
    return listed(said)


def _plan(
    prescription: Prescription, revision: PrescriptionRevision, items: Sequence[Item], today: dt.date
) -> list[dict[str, str]]:
    first = max(prescription.starts_on, revision.counts_from)
    since = date_format(first, "j F Y")
    last_day = prescription.last_day
    if last_day is None:
        dates = _("from %(first)s, open end") % {"first": since}
    else:
        dates = _("%(first)s to %(last)s") % {"first": since, "last": date_format(last_day, "j F Y")}
    minutes = about_minutes(session_seconds([item.dosage for item in items]))
    return [
        {"label": _("When"), "value": capfirst(wording.schedule(schedule_of(revision)))},
        {"label": _("From – to"), "value": capfirst(dates)},
        {"label": _("One session"), "value": capfirst(minutes)},
    ]


def _note(revision: PrescriptionRevision, clinic: str) -> dict[str, Any] | None:
    lines = [line for line in revision.note.splitlines() if line.strip()]
    return {"from": _("From %(clinic)s:") % {"clinic": clinic}, "lines": lines} if lines else None


def _said_everywhere(revisions: Sequence[Revision]) -> list[str]:
    """The sentences of safety text that stand with every stretch of the plan: printed once, at the front."""
    said = [_SENTENCE.split(revision.said.safety.strip()) for revision in revisions]
    if len(said) < 2:
        return []
    return [sentence for sentence in said[0] if sentence and all(sentence in one for one in said[1:])]


def _stop(clinic: str, phone: str) -> dict[str, Any]:
    """The rules of docs/rules.md 6, as somebody without a player has to follow them."""
    number = phone.replace(" ", NO_BREAK)
    if get_language_bidi():
        # A number is read from the left in every language (U+2066, an isolate).
        number = f"\u2066{number}\u2069"
    call = (
        _("call %(clinic)s: %(phone)s") % {"clinic": clinic, "phone": number}
        if phone
        else _("call %(clinic)s") % {"clinic": clinic}
    )
    return {
        "heading": _("Stop, and tell us"),
        "pain": [
            _(
                "Stop a stretch when your pain is above %(most)d of 10, or %(rise)d points more than when you began."
                " Try the easier way, or leave it out today."
            )
            % {"most": safety.STOP_ABOVE, "rise": safety.STOP_RISE},
            _("Stop for today when your pain is %(severe)d of 10 or more, and %(call)s.")
            % {"severe": safety.SEVERE, "call": call},
        ],
        "lead": _("Do none of your stretches and get help today, if one of these is new for you:"),
        "signs": [str(label) for label in SafetyQuestion.labels],
        "act": _(
            "Call your local emergency number or your doctor, do not drive yourself, and then tell your clinic."
        ),
    }


def _door() -> dict[str, str]:
    address = settings.SITE_URL + reverse("portal:today")
    return {
        "qr": pdf.qr(address),
        "alt": _("QR code that leads to your sign-in at %(address)s") % {"address": settings.SITE_URL},
        "heading": _("On your phone"),
        "text": _("With a timer that leads you through. Point the camera at the code, or type this address:"),
        "address": settings.SITE_URL,
    }


def _stretch(item: Item, number: int, said_before: Sequence[str]) -> dict[str, Any]:
    revision = item.exercise_revision
    # Of both sides one is shown; the dosage says that it is for each.
    side = item.dosage.side_names[0]
    title, description = picturing.words(revision, PLATE, side)
    try:
        picture = figures.picture(
            revision.figure, pose=PLATE, side=side, title=title, description=description, theme="print"
        )
    except PoseError:
        picture = ""
    wide, high = (float(n) for n in _VIEW_BOX.findall(picture)[0]) if picture else (1.0, 1.0)
    photo = None if picture else showing.on_paper(revision)
    if photo is not None:
        wide, high, description = photo.width, photo.height, photo.alt
    said = revision.said
    safety_text = _SENTENCE.split(said.safety.strip())
    return {
        "number": str(number),
        "name": said.name,
        "dosage": wording.dosage(item.dosage),
        "picture": picture or (photo and list(photo.data)) or "",
        "photo": photo is not None,
        "ratio": wide / high,
        "alt": f"{title}. {description}".strip(),
        "steps": [step["text"] for step in said.steps],
        "note": item.note,
        "easier": said.easier_text,
        "care": " ".join(sentence for sentence in safety_text if sentence not in said_before),
    }


def _ticks(prescription: Prescription, revision: PrescriptionRevision, today: dt.date) -> dict[str, Any]:
    """Two weeks from the first day that is still to come, as long as the prescription lasts."""
    plan = plan_of(prescription)
    schedule = schedule_of(revision)
    first = max(today, prescription.starts_on, revision.counts_from)
    weeks = [[first + dt.timedelta(days=n + at) for n in range(WEEK)] for at in range(0, DAYS, WEEK)]
    lead = _("Tick each stretch when you have done it, and bring this page with you.")
    if not isinstance(schedule, Fixed):
        lead = f"{capfirst(wording.schedule(schedule))}. {lead}"
    return {
        "heading": _("Two weeks to tick"),
        "lead": lead,
        "weeks": [
            {
                "dates": f"{date_format(days[0], 'j M')} – {date_format(days[-1], 'j M')}",
                "days": [
                    {
                        "weekday": schedules.weekday(day.weekday()),
                        "number": str(day.day),
                        "times": _times(plan, day),
                    }
                    for day in days
                ],
            }
            for days in weeks
        ],
    }


def _times(plan: Plan, day: dt.date) -> int:
    """Boxes for a day: the sessions that are due; one on any day of a flexible schedule."""
    asked = plan.asks(day)
    if asked is None:
        return 0
    return asked.due_on(day) if isinstance(asked, Fixed) else 1
