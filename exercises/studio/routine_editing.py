"""A routine's desk between two requests: the rows as typed, what may be done to them, and what follows from them.

A press on *add*, *remove*, *up*, *down* or *instead* sends the whole form; the rows come back changed, everything typed
kept as it was, right or wrong. The same code serves a browser with and without scripts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from clinic import access
from clinic.access import Right
from exercises import library
from exercises.dosage import Dosage, session_seconds
from exercises.models import Exercise, Revision, Routine, RoutineRevision
from exercises.routine_content import ITEMS_MAX, RoutineLine
from exercises.rows import Press, ordered
from exercises.studio.routine_editing_forms import ItemForm, ItemFormSet

Row = dict[str, Any]
PREFIX = "items"
FIELDS = ("exercise", "sets", "repetitions", "hold", "rest", "sides", "note")
ROWS_MAX = 2 * ITEMS_MAX


# --- Where rows come from


def rows_of(revision: RoutineRevision) -> list[Row]:
    return [_row(item.exercise_id, item.dosage, item.note) for item in revision.items.all()]


def rows_of_post(data: QueryDict) -> list[Row]:
    """The rows exactly as they were typed."""
    try:
        total = min(int(data.get(f"{PREFIX}-TOTAL_FORMS", "0")), ROWS_MAX)
    except ValueError:
        total = 0
    return [{field: data.get(f"{PREFIX}-{i}-{field}", "") for field in FIELDS} for i in range(total)]


def _row(exercise: UUID, dosage: Dosage, note: str = "") -> Row:
    return {"exercise": str(exercise), **asdict(dosage), "note": note}


# --- What may be done to rows


def pressed(rows: Sequence[Row], press: Press, known: Mapping[str, Exercise]) -> tuple[list[Row], int | None]:
    """The rows after the press, and the row that the eye should be on. What makes no sense changes nothing."""
    rows, at = list(rows), press.index
    match press.name:
        case "add" if (found := known.get(press.argument)) and found.published and len(rows) < ROWS_MAX:
            return [*rows, _row(found.pk, found.published.dosage)], len(rows)
        case "instead" if 0 <= at < len(rows):
            exercise = known.get(str(rows[at]["exercise"]))
            if exercise and exercise.replaced_by_id:
                rows[at] = rows[at] | {"exercise": str(exercise.replaced_by_id)}
            return rows, at
    return ordered(rows, press)


def name_of(exercise: Exercise | None) -> str:
    if exercise is None:
        return _("Unknown exercise")
    return str(exercise.published.said.name if exercise.published else exercise.slug)


# --- What may stand in it


def stock(request: HttpRequest, routine: Routine, rows: Iterable[Row], *more: str) -> Mapping[str, Exercise]:
    """The exercises that the rows name, as far as the routine may hold them, with what replaces them; by their id."""
    wanted = set()
    for text in [*(str(row["exercise"]) for row in rows), *more]:
        try:
            wanted.add(UUID(text))
        except ValueError:
            continue
    found = (
        access.visible(request, Exercise, Right.VIEW_LIBRARY)
        .filter(_ours(routine), pk__in=wanted, published__isnull=False)
        .select_related("published__exercise", "replaced_by__published__exercise")
    )
    known: dict[str, Any] = {str(exercise.pk): exercise for exercise in found}
    others: list[Any] = [exercise.replaced_by for exercise in found if exercise.replaced_by]
    return {str(other.pk): other for other in others} | known


def matching(request: HttpRequest, routine: Routine, text: str, region: str) -> QuerySet[Revision]:
    """What the library finds, of the exercises that the routine may hold."""
    shelf = library.shelf(request).filter(_ours(routine))
    return library.matching(library.published(shelf), text=text, region=region)


def _ours(routine: Routine) -> Q:
    return Q(clinic=None) | Q(clinic=routine.clinic_id)


# --- What follows from the rows


@dataclass(frozen=True, slots=True)
class RowView:
    """One row as the page shows it."""

    form: ItemForm
    exercise: Exercise | None
    dosage: Dosage | None
    focus: bool

    @property
    def name(self) -> str:
        return name_of(self.exercise)

    @property
    def retired(self) -> bool:
        return self.exercise is not None and self.exercise.retired_at is not None


class Bench:
    """All that the page shows of the exercises: rows and the estimate of a session."""

    def __init__(
        self,
        rows: Sequence[Row],
        known: Mapping[str, Exercise],
        *,
        checked: bool = False,
        focus: int | None = None,
        said: str = "",
    ) -> None:
        """`checked`: show what is wrong with the rows; otherwise they stand as typed, without a word.

        `said`: what the press before has done, in words.
        """
        options = {"known": known}
        judged = ItemFormSet(_posted(rows), prefix=PREFIX, form_kwargs=options)
        typed = ItemFormSet(initial=list(rows), prefix=PREFIX, form_kwargs=options)
        self.formset = judged if checked else typed
        self.said = said
        self.rows = [
            RowView(shown, form.chosen, form.dosage, index == focus)
            for index, (form, shown) in enumerate(zip(judged, self.formset, strict=True))
        ]

    def is_valid(self) -> bool:
        return self.formset.is_valid()

    @property
    def wrong(self) -> bool:
        """Whether anything is shown to be wrong."""
        return self.formset.is_bound and not self.formset.is_valid()

    @property
    def lines(self) -> list[RoutineLine]:
        return [form.line for form in self.formset]

    @property
    def seconds(self) -> int:
        """Estimated length of a session, from the rows whose dosage makes sense."""
        return session_seconds([row.dosage for row in self.rows if row.dosage])


def _posted(rows: Sequence[Row]) -> dict[str, str]:
    """Rows as a browser would send them."""
    data = {f"{PREFIX}-TOTAL_FORMS": str(len(rows)), f"{PREFIX}-INITIAL_FORMS": "0"}
    for index, row in enumerate(rows):
        data |= {f"{PREFIX}-{index}-{field}": str(row[field]) for field in FIELDS}
    return data
