"""What was done of a prescription, told exercise by exercise by the patient, or by staff for them (docs/rules.md 5)."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.ui.forms import ChoiceRows, OneToggle, Scale
from exercises.dosage import Dosage
from patients.models import Item, Session
from patients.models.sessions import Difficulty, SkipReason
from patients.sessions import ItemDone, SessionData, SetDone, counted_sets

NOTE_LENGTH = 2000
NPRS = [(n, str(n)) for n in range(11)]


def sentence_case(choices: type[TextChoices]) -> list[tuple[str, str]]:
    """Choices that stand alone, not inside a sentence."""
    return [(value, capfirst(label)) for value, label in choices.choices]


def pain_field(label: Any) -> forms.TypedChoiceField:
    """A pain from 0 to 10 (NPRS), never preset."""
    return forms.TypedChoiceField(
        label=label,
        choices=NPRS,
        coerce=int,
        widget=Scale(gettext_lazy("no pain"), gettext_lazy("worst pain I can think of")),
        error_messages={"required": gettext_lazy("Choose a number from 0 to 10.")},
    )


def felt_field() -> forms.TypedChoiceField:
    """The worst pain during one exercise, where it hurt more than before: as the player's "It hurts" records it."""
    return forms.TypedChoiceField(
        label=gettext_lazy("Did it hurt?"),
        choices=[("", gettext_lazy("No more than before")), *NPRS],
        coerce=int,
        empty_value=None,
        required=False,
    )


def difficulty_field() -> forms.ChoiceField:
    return forms.ChoiceField(
        label=gettext_lazy("How hard was it?"),
        help_text=gettext_lazy("You may leave this out."),
        choices=sentence_case(Difficulty),
        widget=ChoiceRows,
        required=False,
    )


def note_field() -> forms.CharField:
    return forms.CharField(
        label=gettext_lazy("A note for your clinic"),
        required=False,
        max_length=NOTE_LENGTH,
        widget=forms.Textarea({"rows": 3}),
    )


@dataclass(frozen=True, slots=True)
class Row:
    """One exercise's part of the checklist, for the template."""

    item: Item
    how: forms.BoundField
    sides: Sequence[forms.BoundField]
    skip: forms.BoundField
    eased: forms.BoundField | None
    felt: forms.BoundField | None


SIDE_LABELS = {
    "none": gettext_lazy("Sets done"),
    "left": gettext_lazy("Sets done on the left"),
    "right": gettext_lazy("Sets done on the right"),
}


@dataclass(frozen=True, slots=True)
class Words:
    """What the checklist says to whoever fills it in: texts, marked for translation."""

    how_missing: Any
    sets_missing: Any
    nothing_done: Any
    eased: Any


class ChecklistForm(forms.Form):
    """What was done, exercise by exercise, and how it felt. Sets are told in whole ones.

    `former` holds the sets that a session to be corrected has so far, by item id: sets of a side whose number is
    left alone keep the seconds that were measured.
    """

    started_at = forms.DateTimeField(
        label=gettext_lazy("When did you begin?"),
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"invalid": gettext_lazy("Enter a date and a time.")},
    )
    pain_before = pain_field(gettext_lazy("Your pain before"))
    pain_after = pain_field(gettext_lazy("How is your pain now?"))
    difficulty = difficulty_field()
    note = note_field()

    # The patient has told it on the page before.
    told_before: tuple[str, ...] = ("pain_before",)
    # Whoever writes for somebody else is not asked how each exercise felt; what was told of it stays.
    asks_felt = True
    words = Words(
        how_missing=gettext_lazy("Say what you did of this stretch."),
        sets_missing=gettext_lazy("Say how many sets you did, or choose Not done."),
        nothing_done=gettext_lazy("Nothing is done yet. If you left it all out, say why."),
        eased=gettext_lazy("I took the easier way"),
    )

    def __init__(
        self,
        *args: Any,
        items: Sequence[Item],
        former: Mapping[Any, Sequence[SetDone]] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(*args, **more)
        self.items = items
        self.former = former or {}
        for name in self.told_before if former is None else ("started_at",):
            del self.fields[name]
        for index, item in enumerate(items):
            self.fields |= _item_fields(index, item, self.words)
            if self.asks_felt:
                self.fields[f"pain_{index}"] = felt_field()

    @property
    def rows(self) -> list[Row]:
        return [
            Row(
                item=item,
                how=self[f"how_{index}"],
                sides=[self[f"sets_{index}_{side}"] for side in _told_sides(item.dosage)],
                skip=self[f"skip_{index}"],
                eased=self._optional(f"eased_{index}"),
                felt=self._optional(f"pain_{index}"),
            )
            for index, item in enumerate(self.items)
        ]

    def _optional(self, name: str) -> forms.BoundField | None:
        return self[name] if name in self.fields else None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for index, item in enumerate(self.items):
            sides = _told_sides(item.dosage)
            told = sum(data.get(f"sets_{index}_{side}") or 0 for side in sides)
            if data.get(f"how_{index}") == "some" and not told:
                self.add_error(f"how_{index}", self.words.sets_missing)
        ways = [data.get(f"how_{index}") for index in range(len(self.items))]
        reasons = [data.get(f"skip_{index}") for index in range(len(self.items))]
        if not self.errors and all(way == "none" for way in ways) and not any(reasons):
            raise forms.ValidationError(self.words.nothing_done)
        return data

    def sets(self, index: int) -> list[SetDone]:
        """The sets of one exercise as told; seconds that were measured stay where nothing changed."""
        item = self.items[index]
        former = self.former.get(item.pk, ())
        way = self.cleaned_data[f"how_{index}"]
        found: list[SetDone] = []
        for side in item.dosage.side_names:
            number = {"all": item.sets, "none": 0}.get(
                way, self.cleaned_data.get(f"sets_{index}_{side}") or 0
            )
            kept = [done for done in former if done.side == side]
            if kept and counted_sets(item.dosage, kept) == number:
                found += kept
            else:
                found += [SetDone(side, float(item.dosage.set_hold))] * number
        return found


def _told_sides(dosage: Dosage) -> tuple[str, ...]:
    """The sides to ask about; none where a single set is either done or not."""
    return dosage.side_names if dosage.total_sets > 1 else ()


def _item_fields(index: int, item: Item, words: Words) -> dict[str, forms.Field]:
    dosage = item.dosage
    ways = [("all", _("All of it")), ("some", _("Some of it")), ("none", _("Not done"))]
    fields: dict[str, forms.Field] = {
        f"how_{index}": forms.ChoiceField(
            label=item.exercise_revision.said.name,
            choices=[way for way in ways if way[0] != "some" or dosage.total_sets > 1],
            widget=OneToggle,
            error_messages={"required": words.how_missing},
        ),
        f"skip_{index}": forms.ChoiceField(
            label=gettext_lazy("Why not all of it?"),
            choices=[("", _("No particular reason")), *sentence_case(SkipReason)],
            required=False,
        ),
    }
    for side in _told_sides(dosage):
        fields[f"sets_{index}_{side}"] = forms.TypedChoiceField(
            label=SIDE_LABELS[side],
            choices=[(n, str(n)) for n in range(dosage.sets + 1)],
            coerce=int,
            widget=OneToggle,
            required=False,
        )
    if item.exercise_revision.said.easier_text:
        fields[f"eased_{index}"] = forms.BooleanField(label=words.eased, required=False)
    return fields


# --- From and to a session

Checklist = TypeVar("Checklist", bound=ChecklistForm)


def items_done(form: ChecklistForm) -> list[ItemDone]:
    """What a valid checklist says of each exercise."""
    told = form.cleaned_data
    return [
        ItemDone(
            item=item.pk,
            sets=form.sets(index),
            skip_reason="" if told[f"how_{index}"] == "all" else told[f"skip_{index}"],
            eased=told.get(f"eased_{index}", False),
            pain=told.get(f"pain_{index}"),
        )
        for index, item in enumerate(form.items)
    ]


def at_fields(error: ValidationError) -> ValidationError:
    """A verb's errors at the checklist's fields: `items.2.sets` belongs to `how_2`."""
    found: dict[str, list[str]] = {}
    for name, texts in error.message_dict.items():
        parts = name.split(".")
        field = f"how_{parts[1]}" if parts[0] == "items" and len(parts) > 1 else name
        found.setdefault(field, []).extend(texts)
    return ValidationError(found)


def correction(form_class: type[Checklist], found: Session, data: Any) -> Checklist:
    """The checklist as the session stands; sets that are left alone keep their measured seconds."""
    rows = list(found.items.all())
    initial: dict[str, Any] = {
        "pain_before": found.pain_before,
        "pain_after": found.pain_after,
        "difficulty": found.difficulty,
        "note": found.note,
    }
    former: dict[UUID, list[SetDone]] = {}
    for index, row in enumerate(rows):
        former[row.item_id] = [SetDone(kept["side"], kept["held"]) for kept in row.sets]
        dosage = row.item.dosage
        ways = {dosage.total_sets: "all", 0: "none"}
        initial[f"how_{index}"] = ways.get(row.performed_sets, "some")
        initial[f"skip_{index}"] = row.skip_reason
        initial[f"eased_{index}"] = row.eased
        initial[f"pain_{index}"] = row.pain
        for side in dosage.side_names:
            of_side = [kept for kept in former[row.item_id] if kept.side == side]
            initial[f"sets_{index}_{side}"] = counted_sets(dosage, of_side)
    return form_class(data, items=[row.item for row in rows], former=former, initial=initial)


def corrected(form: ChecklistForm, found: Session) -> SessionData:
    """The session as a valid correction says; what it does not ask about stays."""
    told = form.cleaned_data
    kept = {} if form.asks_felt else {row.item_id: row.pain for row in found.items.all()}
    return SessionData(
        id=found.pk,
        prescription=found.prescription,
        revision=found.revision,
        started_at=found.started_at,
        ended_at=found.ended_at,
        pain_before=told["pain_before"],
        pain_after=told["pain_after"],
        difficulty=told["difficulty"],
        note=told["note"].strip(),
        items=[
            ItemDone(item.item, item.sets, item.skip_reason, item.eased, kept.get(item.item, item.pain))
            for item in items_done(form)
        ],
        source=found.source,
    )


def minute(instant: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """An instant as a form shows it: local, to the minute."""
    return instant.astimezone(zone).replace(second=0, microsecond=0)
