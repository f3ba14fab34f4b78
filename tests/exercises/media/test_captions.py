"""Captions are there to be read: what browsers would skip in silence is refused with its line."""

import pytest
from django.core.exceptions import ValidationError

from exercises.media import captions

SOUND = """\ufeffWEBVTT - a knee\r
\r
NOTE nobody sees this\r
\r
STYLE\r
::cue { background: url(http://elsewhere) }\r
\r
1\r
00:00.000 --> 00:01.500 align:start\r
Draw one knee in.\r
\r
00:00:01.500 --> 00:00:02.000\r
<v Ann>Stay.\r
"""


def test_captions_are_kept_as_plain_text_without_notes_and_styles() -> None:
    kept = captions.read(SOUND.encode(), duration=2)
    assert kept == (
        "WEBVTT\n\n1\n00:00.000 --> 00:01.500 align:start\nDraw one knee in.\n\n"
        "00:00:01.500 --> 00:00:02.000\n<v Ann>Stay.\n"
    )
    assert captions.read(kept.encode()) == kept


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "WEBVTT"),
        (b"1\n00:00:01,000 --> 00:00:02,000\nA subtitle file\n", "WEBVTT"),
        (b"WEBVTTX\n\n", "WEBVTT"),
        (b"WEBVTT\n\n", "no captions"),
        (b"WEBVTT\n\nNOTE alone\n", "no captions"),
        (b"WEBVTT\n\n00:01.000 --> 00:02,000\nA comma\n", "Caption 1 has no times"),
        (b"WEBVTT\n\n00:00.000 --> 00:01.000\nOne\n\n00:05.000 --> 00:02.000\nTwo\n", "Caption 2 ends"),
        (b"WEBVTT\n\n00:05.000 --> 00:06.000\nOne\n\n00:01.000 --> 00:02.000\nTwo\n", "Caption 2 ends"),
        (b"WEBVTT\n\n00:00.000 --> 00:01.000\n", "Caption 1 says nothing"),
        (b"WEBVTT\n\n01:00:00.000 --> 01:00:01.000\nLate\n", "another film"),
        (b"WEBVTT\n\n00:00.000 --> 00:01.000\n\xff\xfe\n", "UTF-8"),
        (b"WEBVTT\x00\n", "WEBVTT"),
        (b"WEBVTT\n\n" + b"x" * captions.BYTES_MAX, "200 KB"),
        (b"<!DOCTYPE html>", "WEBVTT"),
    ],
)
def test_what_browsers_would_skip_is_refused_with_where(text: bytes, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        captions.read(text, duration=2)
