"""Charts say the same thing in shape, in words and in a table."""

import datetime as dt
import re
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from django.conf import settings

from clinic.ui import pictures
from clinic.ui.bars import Bar, bars
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


# --- A range, and bars


def test_a_range_is_drawn_through_its_point_and_stands_in_the_table() -> None:
    day = dt.date(2026, 11, 2)
    samples = [
        Sample(day, 3.5, "3.5 (2–5)", low=2, high=5),
        Sample(day + dt.timedelta(days=7), None, "no rating"),
    ]
    chart = line([Series("mean", samples)], title="Pain by week")
    (path,) = [
        p.get("d") or "" for p in drawn(chart).iter(f"{SVG}path") if "hw-c-quiet-line" in p.get("class", "")
    ]
    foot, head = (float(n) for n in re.findall(r"(?:M\S+ |V)([\d.]+)", path))
    assert foot > head  # 2 lies below 5
    assert "3.5 (2–5)" in chart.table
    assert "no rating" in chart.table
    assert chart.words == "Pain by week. mean: 1 values, first 3.5, last 3.5."


def test_bars_say_their_amounts_in_words_and_mark_what_was_before() -> None:
    rows = [
        Bar("quiet", 2, "2, before 4", before=4),
        Bar("new", 0, "0", before=0),
        Bar("none", None, "nothing due"),
    ]
    chart = bars(rows, title="Patients by band", heads=("Band", "Patients"))
    root = drawn(chart)
    assert [g.findtext(f"{SVG}title") for g in root.iter(f"{SVG}g")] == [
        "quiet: 2, before 4",
        "new: 0",
        "none: nothing due",
    ]
    assert len(list(root.iter(f"{SVG}rect"))) == 1
    ticks = [p for p in root.iter(f"{SVG}path") if p.get("class") == "hw-c-ink-line"]
    assert len(ticks) == 2
    assert chart.words == "Patients by band. quiet: 2, before 4; new: 0; none: nothing due."
    for words in ("Band", "Patients", "2, before 4", "nothing due"):
        assert words in chart.table


def test_a_full_bar_keeps_room_for_its_words() -> None:
    chart = bars(
        [Bar("all", 100, "100 %, 12 of 12")], title="Weeks", heads=("Week", "Share"), high=100, width=340
    )
    (rect,) = drawn(chart).iter(f"{SVG}rect")
    (_label, words) = drawn(chart).iter(f"{SVG}text")
    assert float(words.get("x") or 0) > float(rect.get("x") or 0) + float(rect.get("width") or 0)
    assert float(words.get("x") or 0) + 6.6 * len("100 %, 12 of 12") <= 340


# --- Outside a page


def test_a_night_picture_has_the_colours_of_the_page_by_night() -> None:
    css = (Path(settings.BASE_DIR) / "static/css/tokens.css").read_text(encoding="utf-8")
    day, night = (dict(re.findall(r"--hw-([\w-]+): (#\w+);", part)) for part in css.split("@media", 2)[:2])
    assert {
        day[name]: night[name] for name in ("press", "ink", "quiet", "line", "sunk", "surface")
    } == pictures.NIGHT


def test_a_picture_has_its_words_drawn_in_the_shipped_font() -> None:
    chart = bars([Bar("quiet", 2, "2")], title="Bands", heads=("Band", "Patients"), width=340)
    silent = re.sub(r"<text.*?</text>", "", chart.svg)
    for night in (False, True):
        assert pictures.png(chart.svg, width=680, night=night) != pictures.png(silent, width=680, night=night)
    assert pictures.png(chart.svg, width=680) != pictures.png(chart.svg, width=680, night=True)
