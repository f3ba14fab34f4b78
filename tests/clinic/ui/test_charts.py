"""Charts say the same thing in shape, in words and in a table."""

import datetime as dt
from fractions import Fraction
from xml.etree import ElementTree as ET

import pytest

from clinic.ui.charts import Chart, Mark, Sample, Series, State, line, meter, strip

SVG = "{http://www.w3.org/2000/svg}"


def drawn(chart: Chart) -> ET.Element:
    """The drawing, parsed: it is well-formed, and no attribute of it is a style or a script."""
    root = ET.fromstring(chart.svg)  # noqa: S314
    for element in root.iter():
        assert not {name for name in element.attrib if name == "style" or name.startswith("on")}
    return root


def text(root: ET.Element, name: str) -> str:
    return root.findtext(f"{SVG}{name}") or ""


@pytest.fixture
def fortnight() -> list[Mark]:
    return [Mark(f"day {n}", state) for n, state in enumerate(State, start=1)]


def test_a_strip_has_a_mark_for_each_day_with_its_state_in_words(fortnight: list[Mark]) -> None:
    root = drawn(strip(fortnight, title="Ada Reed, the last 14 days"))
    assert text(root, "title") == "Ada Reed, the last 14 days"
    tips = [group.findtext(f"{SVG}title") for group in root.iter(f"{SVG}g")]
    assert tips == [
        "day 1: done",
        "day 2: partly done",
        "day 3: not done",
        "day 4: paused",
        "day 5: nothing due",
        "day 6: open",
    ]


def test_the_states_of_a_strip_differ_in_shape_and_not_only_in_colour(fortnight: list[Mark]) -> None:
    def shape(group: ET.Element) -> str:
        parts = [part for part in group if part.tag != f"{SVG}title"]
        colours = ("class", "fill", "stroke")
        return str(
            [
                (p.tag, p.get("fill") == "none", sorted((k, v) for k, v in p.items() if k not in colours))
                for p in parts
            ]
        )

    shapes = [shape(group) for group in drawn(strip(fortnight, title="x")).iter(f"{SVG}g")]
    assert len(set(shapes)) == len(State)


def test_a_strip_says_in_its_description_how_many_of_each(fortnight: list[Mark]) -> None:
    root = drawn(strip([*fortnight, Mark("day 7", State.DONE)], title="x"))
    assert text(root, "desc") == "done: 2, partly done: 1, not done: 1, paused: 1, nothing due: 1, open: 1"


def test_beside_a_strip_stands_a_table_of_the_same(fortnight: list[Mark]) -> None:
    table = strip([Mark("Mon 2 Nov", "partly", "1 of 2")], title="x").table
    assert '<th scope="row">Mon 2 Nov</th><td>partly done, 1 of 2</td>' in table


def test_what_people_wrote_is_escaped_in_every_chart() -> None:
    nasty = '<b>"&'
    day = dt.date(2026, 11, 2)
    for chart in (
        strip([Mark(nasty, State.DONE)], title=nasty),
        line([Series(nasty, [Sample(day, 3)]), Series(nasty, [Sample(day, 4)])], title=nasty),
        meter(1, 2, title=nasty),
    ):
        assert text(drawn(chart), "title") == nasty
        assert "<b>" not in chart.table


def test_a_state_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="skipped"):
        strip([Mark("Mon", "skipped")], title="x")


def test_a_missing_value_leaves_a_gap_in_the_line_and_a_dash_in_the_table() -> None:
    first = dt.date(2026, 11, 2)
    values = [6, 5, None, 4, 0]
    samples = [Sample(first + dt.timedelta(days=n), value) for n, value in enumerate(values)]
    chart = line([Series("Before", samples)], title="Pain, 0 to 10")
    curve = next(p for p in drawn(chart).iter(f"{SVG}path") if p.get("fill") == "none")
    assert (curve.get("d") or "").count("M") == 2
    assert len(list(drawn(chart).iter(f"{SVG}circle"))) == 4
    assert '<th scope="row">4 Nov 2026</th><td>–</td>' in chart.table


def test_no_pain_is_drawn_at_the_foot_and_the_worst_at_the_head() -> None:
    first = dt.date(2026, 11, 2)
    chart = line([Series("Before", [Sample(first, 0), Sample(first + dt.timedelta(days=1), 10)])], title="x")
    low, high = [float(circle.get("cy") or 0) for circle in drawn(chart).iter(f"{SVG}circle")]
    assert low == 172
    assert high == 12


def test_two_series_are_told_apart_by_their_points_and_named() -> None:
    day = dt.date(2026, 11, 2)
    chart = line([Series("Before", [Sample(day, 5)]), Series("After", [Sample(day, 3)])], title="x")
    words = [t.text for t in drawn(chart).iter(f"{SVG}text")]
    assert "Before" in words
    assert "After" in words
    assert (
        text(drawn(chart), "desc") == "Before: 1 values, first 5, last 5. After: 1 values, first 3, last 3."
    )
    assert '<th scope="row">2 Nov 2026</th><td>5</td><td>3</td>' in chart.table


def test_several_values_of_one_day_stand_in_one_row() -> None:
    day = dt.date(2026, 11, 2)
    assert "<td>5, 3</td>" in line([Series("Before", [Sample(day, 5), Sample(day, 3)])], title="x").table


def test_without_values_there_is_no_drawing_but_a_sentence() -> None:
    chart = line([Series("Before", [])], title="x")
    assert chart.svg == ""
    assert "No values yet." in chart.table


@pytest.mark.parametrize(
    ("credit", "due", "words", "width"),
    [
        (Fraction(9, 2), 6, "4.5 of 6", "120.0"),
        (6, 6, "6 of 6", "160.0"),
        (0, 6, "0 of 6", None),
        (0, 0, "nothing due", None),
    ],
)
def test_a_meter_shows_credit_of_due(credit: Fraction, due: int, words: str, width: str | None) -> None:
    root = drawn(meter(credit, due, title="Adherence"))
    assert text(root, "desc") == words
    bars = [rect.get("width") for rect in root.iter(f"{SVG}rect")][1:]
    assert bars == ([width] if width else [])
