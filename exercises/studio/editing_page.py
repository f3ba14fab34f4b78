"""All that the writing desk shows of a form as it stands: fields, rows, what is wrong or missing, a preview."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from clinic import access
from clinic.access import Right
from clinic.ui.forms import show_errors
from exercises import content as contents
from exercises import library, publishing, variants
from exercises.models import Exercise, Revision, RevisionState
from exercises.studio import editing
from exercises.studio.editing_forms import ROW_FORMS, EditForm, RowForm
from exercises.studio.suggesting import Suggestions, suggestions
from exercises.variants import DIRECTIONS, OPPOSITE, NamedBy

FOUND_AT_ONCE = 8
FIRST_WRITTEN = {"step": "text", "caution": "tag"}
VIEWS = ("patient", "clinician", "paper")
DOSAGE = {"sets", "repetitions", "hold", "rest", "sides"}


@dataclass(frozen=True, slots=True)
class RowView:
    """One row as the page shows it."""

    form: RowForm
    focus: bool


@dataclass(frozen=True, slots=True)
class Variant:
    """One side of a stretch: which other one is linked there, and whether that one says the same from its end."""

    direction: str
    linked: Revision | None
    is_answered: bool


@dataclass(frozen=True, slots=True)
class Missing:
    """What publishing still needs, and the part of the page where it is written."""

    label: str
    text: str
    part: str


class Sheet:
    """The form as it stands, over the newest revision of a stretch."""

    def __init__(
        self,
        request: HttpRequest,
        newest: Revision,
        pressed: editing.Pressed,
        *,
        checked: bool = False,
    ) -> None:
        """`checked`: show what is wrong; otherwise it stands as typed, without a word."""
        self.request, self.revision, self.exercise = request, newest, newest.exercise
        self.data, self.said = pressed.data, pressed.said
        self.checked = checked
        self.linkable = self._linkable()
        self.judged = EditForm(self.data, linkable=self.linkable, checked=True)
        self.rows = {kind: self._rows(kind, checked, pressed.focus) for kind in editing.ROWS}
        self.row_errors: dict[str, list[str]] = {kind: [] for kind in editing.ROWS}

    @cached_property
    def form(self) -> EditForm:
        """The fields as the page shows them."""
        form = self.judged
        if not self.checked:
            form = EditForm(self.data, linkable=self.linkable, checked=False)
        form.offer(self.suggestions.known)
        return form

    # --- What was typed

    def _linkable(self) -> dict[UUID, Exercise]:
        wanted = [pk for name in DIRECTIONS if editing.is_pk(pk := self.data.get(name, ""))]
        rows = access.visible(self.request, Exercise, Right.VIEW_LIBRARY).filter(pk__in=wanted)
        return {exercise.pk: exercise for exercise in rows}

    def _rows(self, kind: str, checked: bool, focus: tuple[str, int] | None) -> list[RowView]:
        """An empty row is shown without a word: it will be left out."""
        views = []
        language = self.data.get("language", "")
        seen: set[str] = set()
        for index, row in enumerate(editing.rows(self.data, kind)):
            is_checked = checked and editing.says_something(kind, row)
            form = ROW_FORMS[kind](row, index, checked=is_checked, language=language)
            if form.is_bound and "tag" in row and not form.has_error("tag"):
                if row["tag"] in seen:
                    form.add_error("tag", _("This condition is named above already."))
                seen.add(row["tag"])
            if in_focus := focus == (kind, index):
                form.fields[FIRST_WRITTEN[kind]].widget.attrs["autofocus"] = True
            views.append(RowView(form, in_focus))
        return views

    def is_valid(self) -> bool:
        """Of a sheet that is checked: whether everything on it can be saved."""
        return self.judged.is_valid() and not self.wrong_rows

    @property
    def wrong_rows(self) -> list[RowForm]:
        return [view.form for views in self.rows.values() for view in views if view.form.errors]

    @property
    def is_wrong(self) -> bool:
        return bool(self.form.errors or self.wrong_rows or any(self.row_errors.values()))

    def content(self) -> dict[str, Any]:
        """What the verb takes; of a form that is not right yet, as far as it makes sense."""
        told = dict(self.judged.right)
        for kind, name in editing.FIELD_OF.items():
            rows = [
                {column: text.strip() for column, text in row.items()}
                for row in editing.rows(self.data, kind)
                if editing.says_something(kind, row)
            ]
            told[name] = [row for row in rows if ROW_FORMS[kind](row, 0, checked=True).is_valid()]
        return told | {"review_notes": editing.unticked(self.data, self.revision.review_notes)}

    def show(self, problem: ValidationError) -> None:
        """Put what the verb found wrong at its place."""
        found = problem.message_dict if hasattr(problem, "error_dict") else {"": problem.messages}
        for kind, name in editing.FIELD_OF.items():
            self.row_errors[kind] += found.pop(name, [])
        if found:
            show_errors(self.form, ValidationError(found))

    # --- What follows from it

    @cached_property
    def preview(self) -> Revision:
        """The revision that saving would make; what makes no sense yet stands in it as it was saved."""
        shown = Revision(exercise=self.exercise, number=self.revision.number, **contents.of(self.revision))
        for name, value in self.content().items():
            setattr(shown, name, value)
        return shown

    @property
    def bidi(self) -> bool:
        """Whether the stretch is written from right to left."""
        try:
            return bool(get_language_info(self.preview.language)["bidi"])
        except KeyError:
            return False

    @property
    def seconds(self) -> int | None:
        """How long a patient will be busy; None while the dosage makes no sense."""
        return None if DOSAGE & self.judged.errors.keys() else self.preview.dosage.duration

    @property
    def is_out_of_range(self) -> bool:
        shown = self.preview
        return not shown.hold_min <= shown.hold <= shown.hold_max

    @cached_property
    def missing(self) -> list[Missing]:
        found = []
        for name, texts in contents.lacking(self.preview).items():
            label = capfirst(str(contents.FIELDS[name].verbose_name))
            found += [Missing(label, text, _part(name)) for text in texts]
        return found

    @property
    def notes(self) -> list[tuple[str, bool]]:
        """What is to be checked, each with whether it is ticked off."""
        done = self.data.getlist("note-done")
        return [(note, note in done) for note in self.revision.review_notes]

    @property
    def carried(self) -> dict[str, str]:
        """What the form takes along from one request to the next, and nobody types."""
        return {name: self.data.get(name, "") for name in ("based_on", "opened", "gone")}

    @property
    def gone(self) -> str:
        """The kind of row that undo would put back; empty for none."""
        kept = editing.gone(self.data)
        return kept[-1]["kind"] if kept else ""

    @property
    def view(self) -> str:
        """As whom the preview is looked at."""
        asked = self.data.get("view", "")
        return asked if asked in VIEWS else VIEWS[0]

    # --- The other stretches

    @cached_property
    def variants(self) -> list[Variant]:
        linked = {name: self.judged.right.get(name) for name in DIRECTIONS}
        named = self._said_by(exercise for exercise in linked.values() if exercise)
        found = []
        for name, exercise in linked.items():
            revision = named.get(exercise.pk) if exercise else None
            back = getattr(revision, f"{OPPOSITE[name]}_id", None)
            found.append(Variant(name, revision, back == self.exercise.pk))
        return found

    def _said_by(self, exercises: Iterable[Exercise]) -> dict[UUID, Revision]:
        """What others say, by exercise, the newest that the person may read."""
        rows = library.said(self.request).filter(exercise__in=list(exercises)).select_related("exercise")
        return {revision.exercise_id: revision for revision in rows.order_by("number")}

    @cached_property
    def named_by(self) -> list[NamedBy]:
        """Who names this stretch, and is not named here in return."""
        linked = {variant.direction: variant.linked for variant in self.variants}
        visible = access.visible(self.request, variants.current(), Right.WRITE_LIBRARY)
        return [
            one
            for one in variants.naming(self.exercise, visible)
            if not (there := linked[one.back]) or there.exercise_id != one.revision.exercise_id
        ]

    @property
    def find(self) -> str:
        return self.data.get("find", "").replace("\0", "")

    @cached_property
    def found(self) -> list[Revision]:
        """What may be a variant, by a part of its name: published, or in work and the person's to write."""
        if not self.find.strip():
            return []
        clinic = Q(exercise__clinic=None) | Q(exercise__clinic=self.exercise.clinic_id)
        rows = variants.current().filter(clinic).exclude(exercise=self.exercise)
        rows = library.matching(rows, text=self.find)
        published = access.visible(
            self.request, rows.filter(state=RevisionState.PUBLISHED), Right.VIEW_LIBRARY
        )
        in_work = access.visible(
            self.request, rows.exclude(state=RevisionState.PUBLISHED), Right.WRITE_LIBRARY
        )
        found: dict[UUID, Revision] = {}
        for some in (published, in_work):
            for revision in some.select_related("exercise").order_by("name", "pk")[:FOUND_AT_ONCE]:
                found.setdefault(revision.exercise_id, revision)
        return sorted(found.values(), key=lambda revision: revision.name.casefold())[:FOUND_AT_ONCE]

    @cached_property
    def suggestions(self) -> Suggestions:
        return suggestions(self.exercise, self.preview.language)

    @property
    def sentences(self) -> list[str]:
        """What is often written to watch for, and not here yet."""
        return self.suggestions.unsaid(self.data.get("safety", ""))

    # --- What saving would do

    @property
    def mark(self) -> str:
        return publishing.mark(self.revision)

    @property
    def begins_draft(self) -> bool:
        return self.revision.state == RevisionState.PUBLISHED

    @property
    def takes_back(self) -> bool:
        return self.revision.state == RevisionState.IN_REVIEW


def _part(field: str) -> str:
    """The id of what a missing field is written in."""
    if field in editing.FIELD_OF.values():
        return f"editing-{field}"
    if field == "regions":
        return "id_regions_0"
    return f"id_{field}" if field in editing.TEXTS else "editing-pictures"
