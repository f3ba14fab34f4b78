"""docs/rules.md 2: patients from a file are shown first, row by row, and taken in together or not at all."""

import contextlib
import csv
import datetime as dt
import io
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic import people as colleagues
from clinic.errors import Conflict
from clinic.models import AuditEvent, OutgoingMail
from patients import importing, imports, lifecycle
from patients.importing import Row
from patients.models import Patient, PatientImport
from patients.models.people import PatientState
from tests.world import World

HEADER = "name,email,birth_date,reference,language,time_zone,conditions,clinician"
ADA = "Ada Far,ada@example.org,1971-02-03,A-1,en,Europe/Lisbon,knee balance,owner@example.org"
BO = "Bo Near,bo@example.org,,B-2,,,,"


def draft(world: World, *rows: str, header: str = HEADER, **more: Any) -> PatientImport:
    content = "\n".join([header, *rows, ""]).encode()
    asked = {"content": content, "clinician": world.clinician} | more
    return imports.draft(world.assistant, world.clinic, **asked)


def wrong(found: PatientImport) -> dict[int, set[str]]:
    return {row.line: set(row.errors) for row in imports.checked(found) if row.errors}


def only_row(world: World, row: str, **more: Any) -> Row:
    (found,) = imports.checked(draft(world, row, **more))
    return found


class TestReading:
    def test_a_row_says_who_it_is(self, world: World) -> None:
        entry = only_row(world, ADA).entry
        assert entry
        assert entry.details == {
            "name": "Ada Far",
            "email": "ada@example.org",
            "birth_date": dt.date(1971, 2, 3),
            "reference": "A-1",
            "conditions": ["balance", "knee"],
        }
        assert (str(entry.time_zone), entry.clinician) == ("Europe/Lisbon", world.owner)

    def test_what_is_left_out_is_the_clinics_and_the_chosen(self, world: World) -> None:
        entry = only_row(world, BO).entry
        assert entry
        assert (str(entry.time_zone), entry.language, entry.clinician) == (
            "Asia/Kathmandu",
            "en",
            world.clinician,
        )

    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    @pytest.mark.parametrize("mark", ["", "\ufeff"])
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_commas_semicolons_and_tabs_with_and_without_a_mark(
        self, delimiter: str, mark: str, end: str
    ) -> None:
        lines = [["Name", "E-Mail", "Birth date"], ["Far, Ada; née Ö", "ada@example.org", "1971-02-03"]]
        text = io.StringIO()
        csv.writer(text, delimiter=delimiter, lineterminator=end).writerows(lines)
        sheet = importing.read((mark + text.getvalue()).encode())
        assert sheet.rows[0]["cells"] == {
            "name": "Far, Ada; née Ö",
            "email": "ada@example.org",
            "birth_date": "1971-02-03",
        }

    def test_columns_that_nobody_reads_are_told(self, world: World) -> None:
        found = draft(world, "Ada Far,A-1,blue", header="name,reference,eye colour")
        assert (found.unread, wrong(found)) == (["eye colour"], {})

    def test_empty_lines_are_passed_over_and_lines_keep_their_numbers(self, world: World) -> None:
        found = draft(world, "", ADA, ",,,,,,,", BO, "")
        assert [row.line for row in imports.checked(found)] == [3, 5]

    def test_the_empty_file_has_every_column_and_no_row(self) -> None:
        text = importing.template()
        assert text.startswith("\ufeffname,email,")
        with pytest.raises(ValidationError) as info:
            importing.read(text.encode())
        assert "no row" in str(info.value)


class TestHostileFiles:
    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"", "empty"),
            (b" \n\n ", "empty"),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "not a CSV file"),
            (b"PK\x03\x04" + b"x" * 40, "not a CSV file"),
            ("name\nAda".encode("utf-16"), "not a CSV file"),
            (b"name,reference\nAda\0Far,A-1\n", "not a CSV file"),
            (b"name,reference\nAda,A-1\nJos\xe9,B-2\n", "Line 3 is not written in UTF-8"),
            (b'name,reference\nAda,"A-1\nBo,B-2\n', "a quotation mark is not closed"),
            (b'name,reference\n"Ada"x,A-1\n', "Line 2 cannot be read"),
            (b"name,reference\n" + b"x" * 200_000 + b",A-1\n", "far too long"),
            (b"x" * 200_000, "Line 1 cannot be read"),
            (b"reference;email\nA-1;a@example.org\n", "no column “name”"),
            (b"name,name\nAda,Ada\n", "“name” is there twice"),
            (b"name\n", "no row"),
            (b"name,reference\n" + b"Ada,1\n" * 2001, "more than 2000 rows"),
            (b"name\n" + b"\n" * 900_000, "no row"),
            (b"a" * 1_000_001, "larger than 1 MB"),
        ],
    )
    def test_it_is_answered_in_words(self, content: bytes, words: str) -> None:
        with pytest.raises(ValidationError) as info:
            importing.read(content)
        assert set(info.value.message_dict) == {"file"}
        assert words in str(info.value)

    @settings(max_examples=150, deadline=None)
    @given(st.binary(max_size=300) | st.text(alphabet='name,;\t"\r\n=\0é', max_size=80).map(str.encode))
    def test_whatever_it_is_it_is_read_or_refused(self, content: bytes) -> None:
        with contextlib.suppress(ValidationError):
            assert importing.read(b"name,reference\n" + content).rows

    @pytest.mark.parametrize("cell", ["=1+1", "+49 30", "-2", "@SUM(A1)", "=HYPERLINK(0)"])
    def test_what_looks_like_a_formula_is_not_taken_in(self, world: World, cell: str) -> None:
        assert set(only_row(world, f"{cell},,,A-1,,,,").errors) == {"name"}
        assert set(only_row(world, f"Ada,,,{cell},,,,").errors) == {"reference"}

    def test_characters_that_cannot_be_read_are_not_taken_in(self, world: World) -> None:
        assert set(only_row(world, "Ada\x07,,,A-1,,,,").errors) == {"name"}


class TestRows:
    @pytest.mark.parametrize(
        ("column", "row"),
        [
            ("name", ",a@example.org,,,,,,"),
            ("name", f"{'x' * 121},,,A-1,,,,"),
            ("name", "Ada Far,,,,,,,"),
            ("email", "Ada Far,ada at home,,,,,,"),
            ("birth_date", "Ada Far,,1971-02-30,A-1,,,,"),
            ("birth_date", "Ada Far,,3/2/1971,A-1,,,,"),
            ("birth_date", "Ada Far,,2199-01-01,A-1,,,,"),
            ("birth_date", "Ada Far,,1066-10-14,A-1,,,,"),
            ("reference", f"Ada Far,,,{'x' * 41},,,,"),
            ("reference", "Ada Far,,,PAT-1,,,,"),
            ("email", "Ada Far,pat@example.org,,,,,,"),
            ("language", "Ada Far,,,A-1,tlh,,,"),
            ("time_zone", "Ada Far,,,A-1,,Europe/Atlantis,,"),
            ("conditions", "Ada Far,,,A-1,,,knee gout,"),
            ("clinician", "Ada Far,,,A-1,,,,assistant@example.org"),
            ("clinician", "Ada Far,,,A-1,,,,stranger_clinician@example.org"),
            ("row", "Ada Far,,,A-1,,,,,one too many"),
        ],
    )
    def test_what_is_wrong_is_told_by_column(self, world: World, column: str, row: str) -> None:
        assert set(only_row(world, row).errors) == {column}

    def test_a_date_may_be_written_as_in_a_spreadsheet(self, world: World) -> None:
        entry = only_row(world, "Ada Far,,3.2.1971,A-1,,,,").entry
        assert entry
        assert entry.details["birth_date"] == dt.date(1971, 2, 3)

    def test_what_is_there_twice_in_the_file_is_told_with_the_other_line(self, world: World) -> None:
        found = draft(
            world,
            "Ada Far,a@example.org,,A-1,,,,",
            "Bo Near,A@example.org,,B-2,,,,",
            "Cy Long,,,A-1,,,,",
            "Di Short,,1970-01-01,,,,,",
            "di short,,1970-01-01,,,,,",
        )
        assert wrong(found) == {3: {"email"}, 4: {"reference"}, 6: {"name"}}
        assert imports.checked(found)[1].said == [("email", "Line 2 has the same.")]

    def test_without_an_address_there_is_no_invitation(self, world: World) -> None:
        assert set(only_row(world, "Ada Far,,,A-1,,,,", invite=True).errors) == {"email"}

    def test_somebody_of_the_same_name_and_birthday_is_shown_and_not_taken_for_the_same(
        self, world: World
    ) -> None:
        row = only_row(world, "Pat,,1980-05-17,P-2,,,,")
        assert (row.errors, row.known, row.alike) == ({}, None, world.pat)

    def test_another_clinics_patients_are_not_known_here(self, world: World) -> None:
        row = only_row(world, "Ada Far,stranger@example.org,,STRANGER-1,,,,")
        assert (row.errors, row.known) == ({}, None)

    def test_any_number_of_rows_is_checked_in_as_many_queries(
        self, world: World, django_assert_num_queries: Any
    ) -> None:
        rows = [f"Ada {n},a{n}@example.org,,A-{n},,,," for n in range(200)]
        found = draft(world, *rows)
        with django_assert_num_queries(2):
            imports.checked(found)


class TestConfirming:
    def test_nothing_is_written_before(self, world: World) -> None:
        draft(world, ADA, BO)
        assert Patient.objects.count() == 3
        assert not AuditEvent.objects.exists()

    def test_everybody_is_taken_in_with_all_that_a_patient_has(self, world: World) -> None:
        imports.confirm(world.assistant, draft(world, ADA, BO))
        ada = world.clinic.patients.get(reference="A-1")
        assert (ada.name, str(ada.time_zone), ada.clinician) == ("Ada Far", "Europe/Lisbon", world.owner)
        assert set(ada.conditions) == {"knee", "balance"}
        assert (ada.state, ada.invitation, ada.zones.count()) == (PatientState.INVITED, None, 1)
        assert ada.reminder_preference.times == ["09:00", "18:00"]
        assert not OutgoingMail.objects.exists()

    def test_each_is_in_the_audit_trail_and_so_is_the_import(self, world: World) -> None:
        found = imports.confirm(world.assistant, draft(world, ADA, BO))
        ada = world.clinic.patients.get(reference="A-1")
        event = AuditEvent.objects.get(subject_id=ada.pk)
        assert (event.verb, event.actor, event.clinic) == ("patient.imported", world.assistant, world.clinic)
        whole = AuditEvent.objects.get(verb="import.confirmed")
        assert (whole.object_id, whole.details["taken_in"]) == (str(found.pk), 2)

    def test_invited_ones_get_a_letter_with_a_link_of_their_own(self, world: World) -> None:
        imports.confirm(world.assistant, draft(world, ADA, BO, invite=True))
        letters = OutgoingMail.objects.filter(kind="invitation")
        assert {letter.to for letter in letters} == {"ada@example.org", "bo@example.org"}
        assert not any(letter.urgent for letter in letters)  # a file may hold thousands
        ada = world.clinic.patients.get(reference="A-1")
        text = letters.get(to="ada@example.org").text
        secret = next(word for word in text.split() if "/invitation/" in word).rstrip("/").rsplit("/", 1)[1]
        invitation = colleagues.invitation_of(secret)
        assert invitation is not None
        assert invitation.patient == ada

    def test_with_one_wrong_row_nobody_is_taken_in(self, world: World) -> None:
        found = draft(world, ADA, "Bo Near,bo at home,,B-2,,,,")
        with pytest.raises(ValidationError) as info:
            imports.confirm(world.assistant, found)
        assert set(info.value.message_dict) == {"lines.3.email"}
        assert Patient.objects.count() == 3

    def test_what_became_wrong_since_the_preview_stops_it(self, world: World) -> None:
        found = draft(world, ADA, BO)
        assert wrong(found) == {}
        Patient.objects.filter(pk=world.quinn.pk).update(reference="B-2")
        with pytest.raises(ValidationError):
            imports.confirm(world.assistant, found)
        assert not world.clinic.patients.filter(reference="A-1").exists()

    def test_the_same_file_twice_doubles_nobody(self, world: World) -> None:
        imports.confirm(world.assistant, draft(world, ADA, BO))
        again = imports.confirm(world.assistant, draft(world, ADA, BO, "Cy Long,,,C-3,,,,"))
        assert (again.taken_in, again.left_alone) == (1, 2)
        assert world.clinic.patients.count() == 5

    def test_somebody_written_in_other_letters_is_the_same(self, world: World) -> None:
        """A name and a birth date are a person, in small letters and in capitals."""
        header = "name,birth_date"
        imports.confirm(world.assistant, draft(world, "Änne Brandt,1980-05-17", header=header))
        again = imports.confirm(world.assistant, draft(world, "ÄNNE  brandt,1980-05-17", header=header))
        assert (again.taken_in, again.left_alone) == (0, 1)

    def test_confirming_twice_takes_in_once(self, world: World) -> None:
        found = draft(world, ADA)
        imports.confirm(world.assistant, found)
        with pytest.raises(Conflict):
            imports.confirm(world.assistant, found)
        assert world.clinic.patients.filter(name="Ada Far").count() == 1

    def test_somebody_without_reference_and_address_is_known_by_name_and_birthday(self, world: World) -> None:
        row = "Di Short,,1970-01-01,,,,,"
        imports.confirm(world.assistant, draft(world, row))
        assert imports.checked(draft(world, row))[0].known is not None

    def test_whoever_was_discharged_is_left_alone(self, world: World) -> None:
        lifecycle.discharge(world.clinician, world.pat, reason="Done")
        done = imports.confirm(world.assistant, draft(world, "Pat,pat@example.org,1980-05-17,PAT-1,,,,"))
        world.pat.refresh_from_db()
        assert (done.left_alone, world.pat.state) == (1, PatientState.DISCHARGED)

    def test_the_file_is_forgotten_once_it_is_taken_in(self, world: World) -> None:
        found = imports.confirm(world.assistant, draft(world, ADA))
        found.refresh_from_db()
        assert found.rows == []

    def test_a_draft_that_nobody_confirms_is_forgotten(self, world: World) -> None:
        draft(world, ADA)
        second = draft(world, BO)
        assert list(PatientImport.objects.all()) == [second]
        assert imports.forget(timezone.now()) == 0
        assert imports.forget(timezone.now() + dt.timedelta(days=1, minutes=1)) == 1

    def test_a_full_file_is_written_in_few_statements(
        self, world: World, django_assert_max_num_queries: Any
    ) -> None:
        rows = [f"Ada {n},a{n}@example.org,,A-{n},,,," for n in range(300)]
        found = draft(world, *rows, invite=True)
        with django_assert_max_num_queries(90):
            imports.confirm(world.assistant, found)
        assert world.clinic.patients.filter(invitation__isnull=False).count() == 300

    def test_the_default_clinician_prescribes_in_the_clinic(self, world: World) -> None:
        for user in (world.assistant, world.stranger_clinician):
            with pytest.raises(ValidationError) as info:
                draft(world, ADA, clinician=user)
            assert set(info.value.message_dict) == {"clinician"}
