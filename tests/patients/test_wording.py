"""Plans in words, the same everywhere."""

import pytest
from django.utils import translation

from exercises.dosage import Dosage
from patients import wording
from patients.adherence import Band
from patients.schedule import Fixed, Flexible, Schedule


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        (Fixed(frozenset(range(7)), 1), "every day, once a day"),
        (Fixed(frozenset(range(5)), 2), "Monday to Friday, twice a day"),
        (Fixed(frozenset({4, 0, 2}), 3), "Mon, Wed, Fri, 3 times a day"),
        (Flexible(1), "once a week, on any day"),
        (Flexible(4), "4 times a week, on any days"),
    ],
)
def test_schedules(schedule: Schedule, words: str) -> None:
    assert wording.schedule(schedule) == words


@pytest.mark.parametrize(
    ("dosage", "words"),
    [
        (Dosage(1, 1, 60, 10, "none"), "60 s"),
        (Dosage(2, 1, 30, 10, "both"), "2 × 30 s, each side"),
        (Dosage(1, 3, 10, 10, "left"), "3 × 10 s, left side"),
        (Dosage(2, 3, 10, 10, "right"), "2 sets of 3 × 10 s, right side"),
    ],
)
def test_dosages(dosage: Dosage, words: str) -> None:
    assert wording.dosage(dosage) == words


def test_arabic_has_its_own_comma() -> None:
    with translation.override("ar"):
        said = wording.dosage(Dosage(1, 1, 30, 10, "both")), wording.schedule(Fixed(frozenset(range(7)), 1))
    assert all("،" in text and "," not in text for text in said)


def test_every_band_has_a_word() -> None:
    assert [wording.band(band) for band in Band] == ["new", "quiet", "on track", "slipping", "off track"]
