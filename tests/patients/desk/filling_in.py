"""The builder's form as a browser sends it, and what came back."""

from typing import Any

from exercises.models import Exercise, Revision


def published(exercise: Exercise) -> Revision:
    assert exercise.published is not None
    return exercise.published


def row(of: Exercise, **typed: object) -> dict[str, object]:
    dosage = {"sets": 1, "repetitions": 1, "hold": 30, "rest": 10, "sides": "both", "note": ""}
    return {"exercise": published(of).pk, "override_reason": "", **dosage, **typed}


def form(*rows: dict[str, object], do: str = "save", **typed: object) -> dict[str, object]:
    data: dict[str, object] = {
        "do": do,
        "name": "For the evening",
        "mode": "fixed",
        "weekdays": ["0", "2", "4"],
        "times_per_day": "1",
        "per_week": "3",
        "starts_on": "2026-11-19",
        "ends_on": "",
        "note": "",
        "items-TOTAL_FORMS": str(len(rows)),
        "items-INITIAL_FORMS": "0",
    }
    for index, one in enumerate(rows):
        data |= {f"items-{index}-{field}": str(value) for field, value in one.items()}
    return data | typed


def rows_of(response: Any) -> list[str]:
    return [shown.name for shown in response.context["bench"].rows]


def errors_of(response: Any) -> set[str]:
    """The wrong fields: those of the form by name, those of a row as "<index>.<field>"."""
    bench = response.context["bench"]
    of_rows = {f"{i}.{field}" for i, shown in enumerate(bench.rows) for field in shown.form.errors}
    items = {"items"} if bench.formset.non_form_errors() else set()
    return set(response.context["form"].errors) | of_rows | items
