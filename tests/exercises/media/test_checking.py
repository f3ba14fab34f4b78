"""What is taken, and what becomes of it: photos at fixed sizes without a word about where; films as they are."""

import io
from pathlib import Path
from typing import Any

import av
import pytest
from django.core.exceptions import ValidationError
from PIL import Image

from exercises.media import decoder
from exercises.media.checking import Checked, checked
from tests.exercises.media import corpus


def check(data: bytes, folder: Path) -> Checked:
    upload = folder / "upload"
    upload.write_bytes(data)
    made = folder / "made"
    made.mkdir(exist_ok=True)
    return checked(upload, made)


def made(folder: Path, part: str) -> Image.Image:
    return Image.open(io.BytesIO((folder / "made" / part).read_bytes()))


def refusal(data: bytes, folder: Path) -> str:
    with pytest.raises(ValidationError) as refused:
        check(data, folder)
    return " ".join(refused.value.messages)


# --- Photos


def test_a_photo_is_kept_at_three_widths_and_never_enlarged(tmp_path: Path) -> None:
    found = check(corpus.jpeg(3000, 2000), tmp_path)
    assert (found.kind, found.duration, found.width, found.height) == ("photo", None, 1600, 1067)
    assert [made(tmp_path, f"{width}.webp").size for width in (480, 960, 1600)] == [
        (480, 320),
        (960, 640),
        (1600, 1067),
    ]
    small = check(corpus.png(640, 400), tmp_path)
    assert [small.files[width]["width"] for width in ("480", "960", "1600")] == [480, 640, 640]


@pytest.mark.parametrize(
    "data",
    [
        corpus.webp(),
        corpus.png(mode="L"),
        corpus.png(mode="1"),
        corpus.png(mode="P"),
        corpus.saved(corpus.picture(mode="CMYK"), "JPEG"),
        corpus.saved(
            corpus.picture(mode="L").convert("I").point(lambda value: value * 256).convert("I;16"), "PNG"
        ),
    ],
    ids=["webp", "grey", "black and white", "palette", "for print", "16 bits"],
)
def test_whatever_its_colours_it_becomes_the_same_picture(data: bytes, tmp_path: Path) -> None:
    check(data, tmp_path)
    picture = made(tmp_path, "480.webp")
    assert picture.mode == "RGB"
    dark, light = (sum(picture.getpixel((x, 100))) for x in (60, 420))  # type: ignore[misc, arg-type]
    assert dark < 300 < 500 < light


def test_what_is_transparent_is_white(tmp_path: Path) -> None:
    check(corpus.saved(Image.new("RGBA", (50, 50), (0, 0, 0, 0)), "PNG"), tmp_path)
    assert min(made(tmp_path, "480.webp").getpixel((25, 25))) > 250  # type: ignore[type-var, arg-type]


def test_a_photo_is_turned_and_says_nothing_of_place_phone_or_owner(tmp_path: Path) -> None:
    data = corpus.photo_with_a_place()
    assert b"SECRETPHONE" in data
    found = check(data, tmp_path)
    assert (found.width, found.height) == (400, 640)
    upright = made(tmp_path, "480.webp")
    assert sum(upright.getpixel((200, 40))) < 300  # type: ignore[arg-type]
    assert not upright.getexif()
    assert {"exif", "icc_profile", "xmp"} & upright.info.keys() == set()
    for file in (tmp_path / "made").iterdir():
        assert not {word for word in (b"SECRET", b"EXIF", b"GPS") if word in file.read_bytes()}


def test_a_photo_of_several_pictures_as_phones_make_them_is_its_first(tmp_path: Path) -> None:
    both = corpus.saved(corpus.picture(), "MPO", save_all=True, append_images=[Image.new("RGB", (64, 64))])
    assert check(both, tmp_path).width == 640


# --- Films


@pytest.mark.parametrize(
    ("kind", "codec", "sound", "media_type"),
    [
        ("mp4", "libx264", "aac", "video/mp4"),
        ("webm", "libvpx", "libopus", "video/webm"),
        ("webm", "libvpx-vp9", "libopus", "video/webm"),
        ("webm", "libsvtav1", "libopus", "video/webm"),
        ("mp4", "libsvtav1", "aac", "video/mp4"),
    ],
)
def test_a_film_that_browsers_play_is_taken_with_a_still(
    kind: str, codec: str, sound: str, media_type: str, tmp_path: Path
) -> None:
    found = check(corpus.film(kind, codec, sound=sound), tmp_path)
    assert (found.kind, found.width, found.height, found.has_sound) == ("film", 160, 120, True)
    assert found.duration == pytest.approx(2, abs=0.2)
    assert found.files["film"]["type"] == media_type
    assert made(tmp_path, "480.webp").size == (160, 120)


def frames(data: bytes) -> list[bytes]:
    with av.open(io.BytesIO(data)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


def test_no_frame_of_a_film_is_touched_and_nothing_else_of_it_is_kept(tmp_path: Path) -> None:
    data = corpus.film(place="+52.52+013.40/") + b"<script>alert(1)</script>"
    assert b"+52.52" in data
    assert not check(data, tmp_path).has_sound
    kept = (tmp_path / "made" / "film").read_bytes()
    assert frames(kept) == frames(data)
    assert b"+52.52" not in kept
    assert b"<script" not in kept
    assert kept.index(b"moov") < kept.index(b"mdat")  # begins before the whole of it is there


def test_a_film_that_was_taken_upright_stays_upright(tmp_path: Path) -> None:
    found = check(corpus.upright(corpus.film()), tmp_path)
    assert (found.width, found.height) == (120, 160)
    with av.open(str(tmp_path / "made" / "film")) as container:
        assert next(container.decode(video=0)).rotation == -90
    # Turned to the right: what was on the left is on top.
    assert sum(made(tmp_path, "480.webp").getpixel((60, 20))) < 300  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (corpus.film("mp4", "libx265"), "HEVC"),
        (corpus.film("mp4", "mpeg4"), "H.264"),
        (corpus.film("mp4", "libx264", sound="ac3"), "AAC"),
        (corpus.film("mp4", "libx264", pixels="yuv420p10le"), "HDR"),
        (corpus.film("mp4", "libx264", frames=4, size=(4200, 64)), "4K"),
        (corpus.film("mp4", "libx264", frames=12, rate=1, size=(64, 64)), ""),
    ],
    ids=["hevc", "mpeg4", "ac3", "10 bits", "too wide", "12 s"],
)
def test_a_film_that_some_browser_would_not_play_is_refused_with_what_to_do(
    data: bytes, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if why:
        assert why in refusal(data, tmp_path)
    else:
        assert check(data, tmp_path).duration == 12


def test_a_film_has_at_most_ten_minutes_whatever_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data: Any = io.BytesIO(corpus.film())
    monkeypatch.setattr(decoder, "SECONDS_MAX", 1)
    with pytest.raises(decoder.Refused, match="long"):
        decoder._probed("MP4", data)
    clean = (tmp_path / "film").open("wb")
    with clean, (tmp_path / "film").open("rb") as again, pytest.raises(decoder.Refused, match="long"):
        decoder._copied("MP4", io.BytesIO(corpus.film()), clean, again, 0)
