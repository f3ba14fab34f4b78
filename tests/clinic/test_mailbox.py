"""The demo's mail is read from a folder that nobody should trust."""

import os
from email.mime.image import MIMEImage
from pathlib import Path

import pytest
from django.core.mail import EmailMultiAlternatives, get_connection

from clinic import mailbox

BACKEND = "django.core.mail.backends.filebased.EmailBackend"


KEPT: list[object] = []


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "mail"


def send(folder: Path, subject: str, *to: str, html: str = "", text: str = "Hello.") -> Path:
    """A letter through Django's own backend; its file."""
    connection = get_connection(BACKEND, file_path=str(folder))
    letter = EmailMultiAlternatives(
        subject, text, "Practice <from@example.org>", list(to), connection=connection
    )
    if html:
        letter.attach_alternative(html, "text/html")
    letter.send()
    # The backend names its file by the second and its own id; kept alive, no other gets the same.
    KEPT.append(connection)
    return Path(connection._get_filename())  # type: ignore[attr-defined]


def test_a_letter_has_its_subject_people_date_and_both_parts(folder: Path) -> None:
    send(
        folder,
        "Grüße aus der Praxis",
        "Ada@example.org",
        html="<p>Bis bald</p>",
        text="Bis bald – Ihre Praxis",
    )
    (letter,) = mailbox.letters(folder)
    assert letter.subject == "Grüße aus der Praxis"
    assert letter.sender == "Practice <from@example.org>"
    assert letter.to == ("ada@example.org",)
    assert letter.date is not None
    assert letter.text == "Bis bald – Ihre Praxis"
    assert letter.html == "<p>Bis bald</p>"


def test_a_picture_that_travels_in_a_letter_is_shown_in_it(folder: Path) -> None:
    connection = get_connection(BACKEND, file_path=str(folder))
    letter = EmailMultiAlternatives("Look", "Hello.", to=["ada@example.org"], connection=connection)
    letter.attach_alternative('<img src="cid:left"><img src="cid:unknown">', "text/html")
    picture = MIMEImage(b"PNG", "png")
    picture.add_header("Content-ID", "<left>")
    letter.attach(picture)
    letter.send()
    (found,) = mailbox.letters(folder)
    assert found.html == '<img src="data:image/png;base64,UE5H"><img src="cid:unknown">'


def test_the_newest_comes_first_also_within_one_file(folder: Path) -> None:
    old = send(folder, "first", "a@example.org")
    new = send(folder, "second", "a@example.org")
    new.write_bytes(new.read_bytes() + new.read_bytes().replace(b"second", b"third"))
    os.utime(old, (1, 1))
    assert [letter.subject for letter in mailbox.letters(folder)] == ["third", "second", "first"]


def test_the_letters_of_one_recipient_can_be_asked_for(folder: Path) -> None:
    send(folder, "to Ada", "ada@example.org")
    send(folder, "to both", "ada@example.org", "bela@example.org")
    send(folder, "to Bela", "bela@example.org")
    found = mailbox.letters(folder, to="ADA@example.org")
    assert {letter.subject for letter in found} == {"to Ada", "to both"}
    assert mailbox.recipients(mailbox.letters(folder)) == ["ada@example.org", "bela@example.org"]


def test_a_letter_that_is_still_being_written_is_left_out_until_it_is_whole(folder: Path) -> None:
    file = send(folder, "whole", "a@example.org")
    whole = file.read_bytes()
    file.write_bytes(whole + b"Subject: half\n\nthe rest is")
    assert [letter.subject for letter in mailbox.letters(folder)] == ["whole"]


def test_an_id_stays_the_same_when_more_is_written(folder: Path) -> None:
    file = send(folder, "first", "a@example.org")
    (letter,) = mailbox.letters(folder)
    file.write_bytes(file.read_bytes() * 2)
    found = mailbox.letter(letter.id, folder)
    assert found is not None
    assert found.subject == "first"


def test_no_folder_is_no_mail(tmp_path: Path) -> None:
    assert mailbox.letters(tmp_path / "nowhere") == []
    assert mailbox.letter("x", tmp_path / "nowhere") is None


def test_strange_files_are_left_alone(folder: Path, tmp_path: Path) -> None:
    send(folder, "real", "a@example.org")
    secret = tmp_path / "secret.log"
    secret.write_bytes(b"Subject: secret\n\nx" + mailbox.SEPARATOR)
    (folder / "link.log").symlink_to(secret)
    (folder / "notes.txt").write_text("Subject: notes\n\nx")
    (folder / "folder.log").mkdir()
    (folder / "big.log").write_bytes(b"Subject: big\n\n" + b"x" * mailbox.MAX_BYTES + mailbox.SEPARATOR)
    unreadable = folder / os.fsdecode(b"\xff\n<b>.log")
    unreadable.write_bytes(b"Subject: odd name\n\nx" + mailbox.SEPARATOR)
    assert {letter.subject for letter in mailbox.letters(folder)} == {"real", "odd name"}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe\x00",
        b"Subject: =?nonsense?b?%%%?=\nTo: <<<\nDate: yesterday\n\nx",
        b"Subject: x\nContent-Type: text/plain; charset=klingon\n\n\xff",
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\n--b\n",
        b"Date: Mon, 99 Nov 2026 99:99:99 +0000\n\nx",
        b"Content-Type: text/html\nContent-Transfer-Encoding: base64\n\n!!!",
    ],
)
def test_a_broken_letter_breaks_nothing(folder: Path, raw: bytes) -> None:
    folder.mkdir()
    (folder / "a.log").write_bytes(raw + mailbox.SEPARATOR)
    assert len(mailbox.letters(folder)) == 1
