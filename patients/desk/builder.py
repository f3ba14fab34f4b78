"""The builder between two requests: the rows as typed, what may be done to them, and what follows from them.

A press on *add*, *remove*, *up* or *down* sends the whole form; the rows come back changed, everything typed
kept as it was, right or wrong. The same code serves a browser with and without scripts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic import access
from clinic.access import Right
from exercises import languages, library
from exercises.dosage import Dosage, session_seconds
from exercises.models import CautionLevel, Exercise, Revision, RevisionState, Routine, ScheduleMode, Sides
from exercises.rows import Press, in_words, ordered
from patients.desk.forms_builder import ItemForm, ItemFormSet
from patients.lines import ITEMS_MAX, NUDGE_ABOVE, Caution, Line, cautions, may_be_prescribed, override_wanted
from patients.models import Patient, PrescriptionRevision
from patients.schedule import Fixed, Flexible, Schedule

Row = dict[str, Any]
PREFIX = "items"
FIELDS = ("exercise", "sets", "repetitions", "hold", "rest", "sides", "picked", "note", "override_reason")
ROWS_MAX = 2 * ITEMS_MAX


# --- Where rows come from


def row_of_line(line: Line) -> Row:
    return {
        "exercise": str(line.exercise_revision.pk),
        **asdict(line.dosage),
        "picked": "",
        "note": line.note,
        "override_reason": line.override_reason,
    }


def row_of_exercise(revision: Revision) -> Row:
    """An exercise with its own default dosage."""
    return row_of_line(Line(revision, revision.dosage))


def rows_of_post(data: QueryDict) -> list[Row]:
    """The rows exactly as they were typed."""
    try:
        total = min(int(data.get(f"{PREFIX}-TOTAL_FORMS", "0")), ROWS_MAX)
    except ValueError:
        total = 0
    return [{field: data.get(f"{PREFIX}-{i}-{field}", "") for field in FIELDS} for i in range(total)]


def head_of_routine(routine: Routine, language: str) -> dict[str, Any]:
    """What a routine says of the prescription itself, in the patient's language; its schedule is a default."""
    published = routine.published
    assert published is not None  # what is prescribed from is published
    name = languages.texts(published, language).name
    return {"name": name, "routine": str(routine.pk), **published.schedule}


def head_of_revision(revision: PrescriptionRevision) -> dict[str, Any]:
    fixed = revision.mode == ScheduleMode.FIXED
    of_mode = ("weekdays", "times_per_day") if fixed else ("per_week",)
    return {"mode": revision.mode} | {name: getattr(revision, name) for name in of_mode}


def schedule_data(schedule: Schedule) -> dict[str, Any]:
    """A schedule in the shape that a routine keeps."""
    match schedule:
        case Fixed(weekdays=weekdays, times_per_day=times):
            return {"mode": "fixed", "weekdays": sorted(weekdays), "times_per_day": times}
        case Flexible(per_week=per_week):
            return {"mode": "flexible", "per_week": per_week}


# --- What may be done to rows


def pressed(
    rows: Sequence[Row], press: Press, known: Mapping[UUID, Revision]
) -> tuple[list[Row], int | None]:
    """The rows after the press, and the row that the eye should be on. What makes no sense changes nothing."""
    rows, at = list(rows), press.index
    there = 0 <= at < len(rows)
    match press.name:
        case "add":
            revision = _find(known, press.argument)
            if revision is None:
                return rows, None
            return [*rows, row_of_exercise(revision)], len(rows)
        case "newer" if there:
            revision = _find(known, rows[at]["exercise"])
            if revision and revision.exercise.published_id:
                rows[at] = rows[at] | {"exercise": str(revision.exercise.published_id)}
            return rows, at
    return ordered(rows, press)


def changed_together(
    rows: Sequence[Row], changes: Mapping[str, Any], known: Mapping[UUID, Revision]
) -> list[Row]:
    """The rows that are ticked, or all where none is, with the same dosage in what was named.

    An exercise that has no sides keeps none.
    """
    some = any(row["picked"] for row in rows)
    changed = []
    for row in rows:
        revision = _find(known, str(row["exercise"]))
        without_sides = revision is not None and revision.sides == Sides.NONE
        wanted = {k: v for k, v in changes.items() if not (k == "sides" and without_sides)}
        changed.append(row | wanted if row["picked"] or not some else row)
    return changed


def told(press: Press, before: Sequence[Row], after: Sequence[Row], known: Mapping[UUID, Revision]) -> str:
    """What a press has done, for those who do not see the rows move; empty where nothing happened."""

    def name(row: Row) -> str:
        revision = _find(known, str(row["exercise"]))
        return revision.said.name if revision else _("Unknown exercise")

    if press.name == "bulk" and before != after:
        number = sum(was != now for was, now in zip(before, after, strict=True))
        return ngettext("%(number)d row was changed.", "%(number)d rows were changed.", number) % {
            "number": number
        }
    return in_words(press, before, after, name)


def _find(known: Mapping[UUID, Revision], pk: str) -> Revision | None:
    try:
        return known.get(UUID(pk))
    except ValueError:
        return None


# --- What may be prescribed


class Stock:
    """The exercise revisions that a prescription of this patient may name.

    All that were ever published in the shared library or in the patient's clinic are known by name; those of
    retired exercises may only go on where the patient has been prescribed them before.
    """

    def __init__(
        self, request: HttpRequest, patient: Patient, rows: Iterable[Row], more: Iterable[str] = ()
    ) -> None:
        wanted = set()
        for text in [*(str(row["exercise"]) for row in rows), *more]:
            try:
                wanted.add(UUID(text))
            except ValueError:
                continue
        ours = Q(exercise__clinic=None) | Q(exercise__clinic=patient.clinic_id)
        found = access.visible(request, Revision, Right.VIEW_LIBRARY).filter(
            ours, pk__in=wanted, state=RevisionState.PUBLISHED
        )
        self.known = {r.pk: r for r in found.select_related("exercise__published")}
        for revision in list(self.known.values()):
            newer = newer_of(revision)
            if newer:
                newer.exercise = revision.exercise
                self.known[newer.pk] = newer
        self.usable = {pk for pk, r in self.known.items() if may_be_prescribed(r, patient)}


def matching(shelf: QuerySet[Exercise], patient: Patient, text: str, region: str = "") -> QuerySet[Revision]:
    """What the library finds for the text in a body region, of the exercises that this patient's clinic may use."""
    ours = shelf.filter(Q(clinic=None) | Q(clinic=patient.clinic_id))
    return library.matching(library.published(ours), text=text, region=region)


# --- What follows from the rows


@dataclass(frozen=True, slots=True)
class RowView:
    """One row as the page shows it."""

    form: ItemForm
    revision: Revision | None
    newer: Revision | None
    dosage: Dosage | None
    cautions: list[Caution]
    focus: bool

    @property
    def name(self) -> str:
        return self.revision.said.name if self.revision else _("Unknown exercise")

    @property
    def must_avoid(self) -> bool:
        return any(caution.level == CautionLevel.AVOID for caution in self.cautions)


class Bench:
    """All that the builder's page shows of the exercises: rows, cautions, and the estimate of a session."""

    def __init__(
        self,
        patient: Patient,
        rows: Sequence[Row],
        *,
        stock: Stock,
        checked: bool = False,
        focus: int | None = None,
        said: str = "",
    ) -> None:
        """`checked`: show what is wrong with the rows; otherwise they stand as typed, without a word.

        `said`: what the press before has done, in words.
        """
        options = {"known": stock.known, "usable": stock.usable}
        data = posted(rows)
        judged = ItemFormSet(data, prefix=PREFIX, form_kwargs=options)
        self.formset = (
            judged if checked else ItemFormSet(initial=list(rows), prefix=PREFIX, form_kwargs=options)
        )
        revisions = [form.revision for form in judged]
        found = cautions_of(revisions, patient)
        self.rows = [
            RowView(
                form=shown,
                revision=form.revision,
                newer=newer_of(form.revision),
                dosage=form.dosage,
                cautions=found[index],
                focus=index == focus,
            )
            for index, (form, shown) in enumerate(zip(judged, self.formset, strict=True))
        ]
        self.patient = patient
        self.said = said
        if checked:
            self._want_overrides()

    def _want_overrides(self) -> None:
        """Said with all the other mistakes, and not only by the verb once these are gone."""
        for row in self.rows:
            for caution in row.cautions:
                typed = row.form["override_reason"].value() or ""
                if caution.level == CautionLevel.AVOID and not typed.strip():
                    row.form.add_error("override_reason", override_wanted(caution))
                    break

    def is_valid(self) -> bool:
        return self.formset.is_valid()

    @property
    def wrong(self) -> bool:
        """Whether anything is shown to be wrong."""
        return self.formset.is_bound and (
            any(row.form.errors for row in self.rows) or bool(self.formset.non_form_errors())
        )

    @property
    def lines(self) -> list[Line]:
        return [form.line for form in self.formset]

    @property
    def seconds(self) -> int:
        """Estimated length of a session, from the rows whose dosage makes sense."""
        return session_seconds(self._dosages)

    @property
    def hold_seconds(self) -> int:
        return sum(dosage.hold_time for dosage in self._dosages)

    @property
    def many(self) -> bool:
        return len(self.rows) > NUDGE_ABOVE

    @property
    def worries(self) -> int:
        """Rows with a caution that meets one of the patient's conditions."""
        return sum(1 for row in self.rows if row.cautions)

    @property
    def _dosages(self) -> list[Dosage]:
        return [row.dosage for row in self.rows if row.dosage]


def posted(rows: Sequence[Row]) -> dict[str, str]:
    """Rows as a browser would send them."""
    data = {f"{PREFIX}-TOTAL_FORMS": str(len(rows)), f"{PREFIX}-INITIAL_FORMS": "0"}
    for index, row in enumerate(rows):
        data |= {f"{PREFIX}-{index}-{field}": str(row[field]) for field in FIELDS if field != "picked"}
        if row["picked"]:
            data[f"{PREFIX}-{index}-picked"] = "on"
    return data


def with_rows(data: QueryDict, rows: Sequence[Row]) -> QueryDict:
    """The same form with other rows."""
    changed = data.copy()
    for name in data:
        if name.startswith(f"{PREFIX}-"):
            del changed[name]
    changed.update(posted(rows))
    return changed


def cautions_of(revisions: Sequence[Revision | None], patient: Patient) -> dict[int, list[Caution]]:
    """Each row's cautions; they depend on the exercise and the patient, not on the dosage."""
    indexed = [(index, revision) for index, revision in enumerate(revisions) if revision]
    lines = [Line(revision, revision.dosage) for _index, revision in indexed]
    found: dict[int, list[Caution]] = {index: [] for index in range(len(revisions))}
    for caution in cautions(lines, patient):
        found[indexed[caution.line][0]].append(caution)
    return found


def newer_of(revision: Revision | None) -> Revision | None:
    """The exercise's published revision, where it is a newer one than this."""
    if revision is None or revision.exercise.retired_at:
        return None
    published = revision.exercise.published
    return published if published and published.number > revision.number else None
