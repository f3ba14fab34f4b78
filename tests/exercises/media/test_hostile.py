"""A corpus of hostile uploads: each is refused with a sentence that helps, or comes out harmless."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from exercises.media import checking, decoder
from exercises.media.keeping import NAME_MAX, cleaned_name
from tests.exercises.media import corpus
from tests.exercises.media.test_checking import check, refusal

DISGUISES = {
    "nothing": (b"", "empty"),
    "an SVG": (corpus.SVG, "SVG"),
    "a page": (corpus.HTML, "web page"),
    "a page after spaces": (b"\n\n  " + corpus.HTML, "web page"),
    "a script": (b"#!/bin/sh\nrm -rf /\n", "program"),
    "a PHP script": (b"<?php phpinfo(); ?>", "web page"),
    "a program": (b"MZ" + bytes(100), "program"),
    "an archive": (corpus.zip_bomb(), "archive"),
    "a packed file": (b"\x1f\x8b" + bytes(100), "archive"),
    "a PDF": (b"%PDF-1.7\n", "document"),
    "a play list": (corpus.PLAYLIST % 80, "list of addresses"),
    "a concatenation": (corpus.CONCAT, "list of addresses"),
    "a GIF": (b"GIF89a" + bytes(100), "GIF"),
    "a GIF that is Java": (b"GIF89a" + bytes(50) + corpus.zip_bomb(), "GIF"),
    "a TIFF": (b"II*\x00" + bytes(100), "JPEG"),
    "a HEIC": (corpus.HEIC, "Most Compatible"),
    "a QuickTime film": (corpus.QUICKTIME, "MP4"),
    "a Matroska film": (corpus.MATROSKA, "MP4"),
    "an AVI": (b"RIFF" + bytes(4) + b"AVI " + bytes(100), "MP4"),
    "noise": (bytes(range(1, 200)), "neither"),
    "text": (b"Hello, this is a photo.", "neither"),
}
BROKEN = {
    "an MP4 of garbage": corpus.GARBAGE_MP4,
    "an MP4 without its end": corpus.film()[:1500],
    "a WebM without its end": corpus.film("webm", "libvpx")[:120],
    "a JPEG without its end": corpus.jpeg()[:2000],
    "a PNG without its end": corpus.png()[:400],
    "a WebP without its end": corpus.webp()[:200],
    "a PNG without pixels": corpus.png_of(8, 8),
    "a PNG whose chunk claims 2 GB": corpus.png_of(8, 8)[:33] + b"\x7f\xff\xff\xffIDAT" + bytes(50),
    "a PNG with a comment of 100 MB": corpus.text_bomb(),
    "a JPEG that is a word": b"\xff\xd8\xff\xe0JFIF",
    "a WebP that is a word": b"RIFF\x00\x00\x00\x00WEBP",
}


@pytest.mark.parametrize("what", DISGUISES)
def test_a_disguise_is_refused_whatever_it_is_called(what: str, tmp_path: Path) -> None:
    data, said = DISGUISES[what]
    assert said in refusal(data, tmp_path)
    assert list((tmp_path / "made").iterdir()) == []


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_broken_is_refused(what: str, tmp_path: Path) -> None:
    said = refusal(BROKEN[what], tmp_path)
    assert any(word in said for word in ("damaged", "missing", "memory")), said


@pytest.mark.parametrize("what", corpus.polyglots())
def test_of_a_polyglot_the_picture_alone_is_left(what: str, tmp_path: Path) -> None:
    check(corpus.polyglots()[what], tmp_path)
    for file in (tmp_path / "made").iterdir():
        data = file.read_bytes()
        assert data.startswith(b"RIFF")
        assert len(data) == 8 + int.from_bytes(data[4:8], "little")  # nothing behind its end
        assert not [word for word in (b"<script", b"<?php", b"PK\x03\x04") if word in data]


@pytest.mark.parametrize("data", [corpus.animation(), corpus.moving_png()], ids=["webp", "png"])
def test_a_picture_that_moves_is_refused(data: bytes, tmp_path: Path) -> None:
    assert "moves" in refusal(data, tmp_path)


def test_a_profile_of_100_mb_is_not_unpacked_whole(tmp_path: Path) -> None:
    assert "damaged" in refusal(corpus.profile_bomb(), tmp_path)


def decoded_alone(data: bytes, kind: str, folder: Path) -> tuple[bytes, int]:
    """What the decoder answers, and the most memory it ever held, in bytes; started by a small process, whose own
    memory would be counted with it."""
    (folder / "upload").write_bytes(data)
    starter = (
        "import os, subprocess, sys\n"
        "child = subprocess.Popen(sys.argv[1:])\n"
        "_, status, used = os.wait4(child.pid, 0)\n"
        "print(f'\\n{used.ru_maxrss * 1024}')\n"
    )
    command = [
        sys.executable,
        "-I",
        "-S",
        "-c",
        starter,
        sys.executable,
        "-I",
        decoder.__file__,
        kind,
        str(folder),
    ]
    with (folder / "upload").open("rb") as upload:
        out = subprocess.run(command, stdin=upload, capture_output=True, check=True).stdout
    answer, most = out.rsplit(b"\n", 2)[:2]
    return answer, int(most)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (corpus.pixel_bomb(), "PNG"),
        (corpus.webp_bomb(), "WEBP"),
        (corpus.png_of(2_147_483_647, 2_147_483_647), "PNG"),
        (corpus.png_of(1, 25_000_000), "PNG"),
    ],
    ids=["12,000 x 12,000", "webp canvas", "header that lies", "a thread"],
)
def test_too_many_pixels_are_refused_by_the_header_in_less_than_200_mb(
    data: bytes, kind: str, tmp_path: Path
) -> None:
    assert len(data) < 20_000
    answer, most = decoded_alone(data, kind, tmp_path)
    assert answer in (b'{"problem": "pixels"}', b'{"problem": "broken"}')
    assert most < 200_000_000
    assert all(file.stat().st_size == 0 for file in tmp_path.glob("*.webp"))


def test_no_pixel_of_too_many_is_decoded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from PIL import ImageFile

    def reached(*_anything: object) -> None:
        raise AssertionError("The decoder was reached.")

    monkeypatch.setattr(ImageFile.ImageFile, "load", reached)
    file = tmp_path / "bomb.png"
    file.write_bytes(corpus.pixel_bomb())
    with file.open("rb") as opened, pytest.raises(decoder.Refused, match="pixels"):
        decoder.photo("PNG", opened, {})


def test_the_decoder_can_reach_nothing_once_it_reads() -> None:
    """No file, no socket: not as a rule that it keeps, but as a limit of its process."""
    program = (
        f"import socket, sys; sys.path.insert(0, {str(Path(decoder.__file__).parent)!r})\n"
        "import decoder; decoder.lock()\n"
        "for attempt in (lambda: open('/etc/passwd'), socket.socket):\n"
        "    try: attempt()\n"
        "    except OSError as error: print(error.errno)\n"
    )
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["24", "24"]


@pytest.mark.parametrize("kind", ["MP4", "WEBM"])
def test_a_play_list_calls_nobody_even_where_it_reaches_the_demuxer(kind: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        data = corpus.PLAYLIST % server.getsockname()[1]
        answer, _most = decoded_alone(data, kind, tmp_path)
        assert answer == b'{"problem": "broken"}'
        with pytest.raises(TimeoutError):
            server.accept()


def test_a_decoder_that_hangs_or_dies_is_a_file_that_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for program in ("import time; time.sleep(30)", "import os; os.abort()", "raise SystemExit(3)"):
        stand_in = tmp_path / "stand_in.py"
        stand_in.write_text(program)
        monkeypatch.setattr(checking.decoder, "__file__", str(stand_in))
        monkeypatch.setattr(checking, "SECONDS", 0.5)
        assert "cannot be read" in refusal(corpus.jpeg(), tmp_path)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/x.png", "x.png"),
        ("C:\\Windows\\x.png", "x.png"),
        ("a\x00b.png", "ab.png"),
        ("photo\u202egnp.exe", "photognp.exe"),
        ("shell.php.png", "shell.php.png"),
        ("  two   words\t.jpg ", "two words .jpg"),
        ("", "without a name"),
        ("..", "without a name"),
        ("/", "without a name"),
        ("<script>.png", "<script>.png"),
    ],
)
def test_a_name_is_for_people_to_read_and_leads_nowhere(name: str, shown: str) -> None:
    assert cleaned_name(name) == shown


def test_a_name_of_300_signs_is_cut_and_keeps_its_ending() -> None:
    short = cleaned_name("x" * 300 + ".jpeg")
    assert len(short) == NAME_MAX
    assert short.endswith("….jpeg")
