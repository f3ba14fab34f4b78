"""Patients from a CSV file: read, checked row by row, and taken in together or not at all (docs/rules.md 2).

Whatever the file holds is text: it is checked, shown and kept as text, and nothing in it is ever computed.
"""

import csv
import datetime as dt
import io
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic import people as colleagues
from clinic.access import Right
from clinic.models import Clinic, User
from clinic.ui.lists import listed
from exercises.models import Condition
from patients.models import Patient
from patients.people import Details, detail_errors, tidy

BYTES_MAX = 1_000_000
ROWS_MAX = 2000
DELIMITERS = ",;\t"
# What a spreadsheet would take for the beginning of a formula.
FORMULA = ("=", "+", "-", "@")

# What the page and the API say of each column.
COLUMNS: dict[str, Any] = {
    "name": gettext_lazy("Needed."),
    "email": gettext_lazy("Needed for an invitation."),
    "birth_date": gettext_lazy("Year-month-day, like 1980-05-17, or 17.05.1980."),
    "reference": gettext_lazy("Your own number; each once in the clinic."),
    "language": gettext_lazy("A code such as en; English when left out."),
    "time_zone": gettext_lazy("Such as Europe/Berlin; the clinic's when left out."),
    "conditions": gettext_lazy("Codes with spaces between them; see below."),
    "clinician": gettext_lazy("The e-mail of a colleague who prescribes; the one chosen here when left out."),
}
_BY_LETTERS = {column.replace("_", ""): column for column in COLUMNS}


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a file says: `rows` as {"line": int, "cells": {column: text}, "extra": bool}, and columns not known."""

    rows: list[dict[str, Any]]
    unread: list[str]


@dataclass(frozen=True, slots=True)
class Entry:
    """One patient to take in, as the row says and the import chooses."""

    details: Details
    language: str
    time_zone: ZoneInfo
    clinician: User


@dataclass(frozen=True, slots=True)
class Row:
    """One row with what is wrong in it, by column. `known` is the same patient, who is in the clinic already."""

    line: int
    cells: Mapping[str, str]
    errors: dict[str, list[str]] = field(default_factory=dict)
    known: Patient | None = None
    # Somebody of the same name and birth date, with another reference or address.
    alike: Patient | None = None
    entry: Entry | None = None

    @property
    def said(self) -> list[tuple[str, str]]:
        """Column and message, one after the other."""
        return [(column, text) for column, texts in self.errors.items() for text in texts]


# --- Reading


def read(content: bytes) -> Sheet:
    """The rows of a CSV file, without those that are empty. Raises ValidationError (`file`), in words."""
    text = _text(content)
    delimiter = max(DELIMITERS, key=lambda one: len(_known(_first_record(text, one))))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = next((record for record in reader if any(map(str.strip, record))), [])
        columns = _columns(header)
        rows: list[dict[str, Any]] = []
        for record in reader:
            if not any(map(str.strip, record)):
                continue
            if len(rows) == ROWS_MAX:
                raise _wrong(
                    _("The file has more than %(most)d rows. Split it into several files.")
                    % {"most": ROWS_MAX}
                )
            cells = {name: value.strip() for name, value in zip(columns, record, strict=False) if name}
            extra = any(map(str.strip, record[len(columns) :]))
            rows.append({"line": reader.line_num, "cells": cells, "extra": extra})
    except csv.Error as error:
        raise _wrong(
            _("Line %(line)d cannot be read: a quotation mark is not closed, or a cell is far too long.")
            % {"line": reader.line_num}
        ) from error
    if not rows:
        raise _wrong(_("There is no row below the names of the columns."))
    unread = [name.strip()[:40] for name, known in zip(header, columns, strict=True) if not known]
    return Sheet(rows, [name for name in unread if name])


def _wrong(text: str) -> ValidationError:
    return ValidationError({"file": [text]})


def _text(content: bytes) -> str:
    if len(content) > BYTES_MAX:
        raise _wrong(_("The file is larger than 1 MB. Take the patients in in several files."))
    if not content.strip():
        raise _wrong(_("The file is empty."))
    if b"\0" in content or content[:2] in (b"PK", b"\xff\xfe", b"\xfe\xff"):
        raise _wrong(
            _("This is not a CSV file in UTF-8. In a spreadsheet, choose “Save as” and “CSV UTF-8”.")
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise _wrong(
            _("Line %(line)d is not written in UTF-8. In a spreadsheet, choose “Save as” and “CSV UTF-8”.")
            % {"line": line}
        ) from error


def _first_record(text: str, delimiter: str) -> list[str]:
    lines = (line for line in io.StringIO(text, newline=None) if line.strip())
    try:
        return next(csv.reader(lines, delimiter=delimiter), [])
    except csv.Error:
        return []


def _known(header: Sequence[str]) -> list[str]:
    """The column that each name stands for ("E-mail", "Birth date" …), or ""."""
    return [
        column for name in header if (column := _BY_LETTERS.get(re.sub(r"[\W_]", "", name.casefold()), ""))
    ]


def _columns(header: Sequence[str]) -> list[str]:
    columns = [(_known([name]) or [""])[0] for name in header]
    named = [column for column in columns if column]
    if "name" not in named:
        found = listed(name.strip()[:40] for name in header[:12] if name.strip())
        raise _wrong(
            _("There is no column “name” in the first line. It says: %(found)s.") % {"found": found or "–"}
        )
    if doubled := sorted({column for column in named if named.count(column) > 1}):
        raise _wrong(_("The column “%(name)s” is there twice.") % {"name": doubled[0]})
    return columns


# --- Checking


def check(rows: Sequence[Mapping[str, Any]], clinic: Clinic, *, clinician: User, invite: bool) -> list[Row]:
    """Each row held against the rules, the file and the clinic as it stands now; three queries for any number."""
    checker = _Checker(clinic, clinician, invite, rows)
    return [checker.row(row) for row in rows]


class _Checker:
    def __init__(
        self, clinic: Clinic, clinician: User, invite: bool, rows: Sequence[Mapping[str, Any]]
    ) -> None:
        self.clinic = clinic
        self.clinician = clinician
        self.invite = invite
        prescribers = colleagues.with_right(clinic, Right.PRESCRIBE)
        self.prescribers = {user.email.lower(): user for user in prescribers if user.email}
        self.zones = available_timezones()
        self.languages = {code for code, _name in settings.LANGUAGES}
        told = {column: {row["cells"].get(column, "") for row in rows} for column in COLUMNS}
        there = clinic.patients.filter(
            Q(reference__in=told["reference"] - {""})
            | Q(email__in={email.lower() for email in told["email"]} - {""})
            | Q(birth_date__in={day for text in told["birth_date"] if (day := _date(text, {}))})
        )
        self.by_reference: dict[str, Patient] = {}
        self.by_email: dict[str, Patient] = {}
        self.by_person: dict[tuple[str, dt.date | None], Patient] = {}
        for patient in there:
            self.by_reference[patient.reference] = patient
            self.by_email[patient.email] = patient
            self.by_person[patient.name.casefold(), patient.birth_date] = patient
        # In which line of the file a reference, an address or a person was named first.
        self.lines: dict[tuple[str, object], int] = {}

    def row(self, row: Mapping[str, Any]) -> Row:
        line, cells = row["line"], row["cells"]
        errors: dict[str, list[str]] = {}
        for column, value in cells.items():
            if problem := _unreadable(value):
                errors[column] = [problem]
        if row["extra"]:
            errors["row"] = [_("There are more cells than columns.")]
        details = self._details(cells, errors)
        entry = Entry(
            details=details,
            language=self._language(cells.get("language", ""), errors),
            time_zone=self._zone(cells.get("time_zone", ""), errors),
            clinician=self._clinician(cells.get("clinician", ""), errors),
        )
        known = self._known(details, errors)
        self._doubled(line, details, errors)
        alike = self.by_person.get(_person(details)) if details["birth_date"] else None
        return Row(line, cells, errors, known, None if known else alike, entry)

    def _details(self, cells: Mapping[str, str], errors: dict[str, list[str]]) -> Details:
        birth_date = _date(cells.get("birth_date", ""), errors)
        details = tidy(
            {
                "name": cells.get("name", ""),
                "email": cells.get("email", ""),
                "birth_date": birth_date,
                "reference": cells.get("reference", ""),
                "conditions": re.split(r"[\s,;|]+", cells.get("conditions", "").strip().lower()),
            }
        )
        details["conditions"] = [tag for tag in details["conditions"] if tag]
        asked = details.copy()
        if not details["email"]:
            del asked["email"]
            if self.invite:
                errors["email"] = [_("An invitation needs an e-mail address.")]
        for column, texts in detail_errors(asked).items():
            errors.setdefault(column, texts)
        if not (details["email"] or details["reference"] or cells.get("birth_date")):
            told = _("Give a reference, a date of birth or an e-mail too, so that nobody is taken in twice.")
            errors.setdefault("name", [told])
        return details

    def _language(self, code: str, errors: dict[str, list[str]]) -> str:
        if code and code.lower() not in self.languages:
            known = listed(sorted(self.languages))
            errors.setdefault(
                "language", [_("This language is not known here. Known: %(known)s.") % {"known": known}]
            )
        return code.lower() or "en"

    def _zone(self, name: str, errors: dict[str, list[str]]) -> ZoneInfo:
        if name and name not in self.zones:
            errors.setdefault("time_zone", [_("There is no such time zone. Write it like Europe/Berlin.")])
        return ZoneInfo(name if name in self.zones else str(self.clinic.time_zone))

    def _clinician(self, email: str, errors: dict[str, list[str]]) -> User:
        if email and email.lower() not in self.prescribers:
            errors.setdefault("clinician", [_("Nobody with this address prescribes in this clinic.")])
        return self.prescribers.get(email.lower(), self.clinician)

    def _known(self, details: Details, errors: dict[str, list[str]]) -> Patient | None:
        """The same patient in the clinic; a reference or an address that is somebody else's is an error."""
        reference, email = details["reference"], details["email"]
        by_reference = self.by_reference.get(reference) if reference else None
        by_email = self.by_email.get(email) if email else None
        if not reference and not email:
            return self.by_person.get(_person(details)) if details["birth_date"] else None
        for found, column in ((by_reference, "reference"), (by_email, "email")):
            if found is None:
                continue
            if _same(found, details):
                return found
            errors.setdefault(column, [_("%(name)s of this clinic has it.") % {"name": found.name}])
        return None

    def _doubled(self, line: int, details: Details, errors: dict[str, list[str]]) -> None:
        keys: list[tuple[str, object]] = [
            (column, value)
            for column, value in (("reference", details["reference"]), ("email", details["email"]))
            if value
        ]
        for column, value in keys or [("name", _person(details))]:
            first = self.lines.setdefault((column, value), line)
            if first != line:
                errors.setdefault(column, [_("Line %(line)d has the same.") % {"line": first}])


def _person(details: Details) -> tuple[str, dt.date | None]:
    return details["name"].casefold(), details["birth_date"]


def _same(patient: Patient, details: Details) -> bool:
    """Nothing that the row says of who it is contradicts the patient."""
    return (
        patient.name.casefold() == details["name"].casefold()
        and details["reference"] in ("", patient.reference)
        and details["email"] in ("", patient.email)
        and (details["birth_date"] is None or details["birth_date"] == patient.birth_date)
    )


def _unreadable(value: str) -> str | None:
    if value.startswith(FORMULA):
        return _("This looks like a formula. Let it begin with another character.")
    if any(unicodedata.category(one) in ("Cc", "Cs") and one not in "\t\r\n" for one in value):
        return _("There are characters in it that cannot be read.")
    return None


def _date(text: str, errors: dict[str, list[str]]) -> dt.date | None:
    if not text or "birth_date" in errors:
        return None
    for pattern, order in (
        (r"(\d{4})-(\d\d?)-(\d\d?)", (1, 2, 3)),
        (r"(\d\d?)\.(\d\d?)\.(\d{4})", (3, 2, 1)),
    ):
        if found := re.fullmatch(pattern, text, re.ASCII):
            try:
                return dt.date(*(int(found[part]) for part in order))
            except ValueError:
                errors["birth_date"] = [_("There is no such day.")]
                return None
    errors["birth_date"] = [_("Write the date as year-month-day, like 1980-05-17.")]
    return None


def template() -> str:
    """An empty file with the names of the columns, marked as UTF-8 for spreadsheets."""
    return "\ufeff" + ",".join(COLUMNS) + "\r\n"


def condition_codes() -> list[tuple[str, str]]:
    """The codes of the column “conditions”, with what they mean."""
    return [(condition.value, str(condition.label)) for condition in Condition]
