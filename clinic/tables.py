"""Tables as files that anybody's program can read: CSV by RFC 4180, in UTF-8.

A spreadsheet takes a cell that begins like a formula for one and runs it (OWASP, "CSV Injection"). So a text that
begins so gets an apostrophe in front, which spreadsheets do not show; numbers, dates and truth values are written by
us and stay as they are. Every file begins with a byte order mark: without it Excel reads "Łukasz" as "Å\x81ukasz", and
programs that read UTF-8 know it.
"""

import csv
import datetime as dt
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, TextIO
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse

BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
KIND = "text/csv; charset=utf-8"
# What a spreadsheet takes for the beginning of a formula, in plain and in full width; and what it skips before one.
_FORMULA = frozenset("=+-@\t\r\n=+-@")
_SKIPPED = " \N{NO-BREAK SPACE}\N{ZERO WIDTH NO-BREAK SPACE}\N{ZERO WIDTH SPACE}"


def cell(value: Any) -> str:
    """One value as it stands in a file: ISO dates, UTC instants, `true`, a point for the decimals, empty for None."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case dt.datetime():
            return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        case dt.date() | dt.time():
            return value.isoformat()
        case int() | float() | Decimal() | UUID():
            return str(value)
        case Fraction():
            return f"{float(value):g}"
        case dict() | list() | tuple():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return safe(str(value))


def safe(text: str) -> str:
    """The text, with an apostrophe in front where a spreadsheet would take it for a formula."""
    bare = text.lstrip(_SKIPPED)
    return f"'{text}" if text[:1] in _FORMULA or bare[:1] in _FORMULA else text


def write(file: TextIO, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[int]:
    """Write a table, and say after each row how many there are; nothing is written that is not asked for."""
    file.write(BOM)
    writer = csv.writer(file)
    writer.writerow(head)
    for number, row in enumerate(rows, start=1):
        writer.writerow([cell(value) for value in row])
        yield number


def content(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """A small table as one file."""
    file = io.StringIO(newline="")
    for _number in write(file, head, rows):
        pass
    return file.getvalue().encode()


def stream(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """A table of any length, row by row."""
    file = io.StringIO(newline="")
    for number in write(file, head, rows):
        if number % 100 == 0:
            yield _taken(file)
    yield _taken(file)


def _taken(file: io.StringIO) -> bytes:
    written = file.getvalue().encode()
    file.seek(0)
    file.truncate()
    return written


def download(table: bytes | Iterator[bytes], name: str) -> HttpResponseBase:
    """The answer that saves a table, whole or as it is made; nothing on the way keeps it."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    if isinstance(table, bytes):
        return HttpResponse(table, content_type=KIND, headers=headers)
    return StreamingHttpResponse(table, content_type=KIND, headers=headers)
