"""Uploads, and a draft to put them into."""

import datetime as dt
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from clinic.models import Clinic, User
from exercises import publishing
from exercises.media import keeping
from exercises.models import Exercise, Medium
from tests.exercises.making import WHOLE
from tests.exercises.media import corpus

SAID: dict[str, Any] = {
    "licence": "CC BY 4.0",
    "shows_person": True,
    "consent_kept": "reception, folder Consents",
    "consent_on": dt.date(2026, 3, 1),
}


def upload(data: bytes = b"", name: str = "knee.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data or corpus.jpeg(), content_type="image/jpeg")


def photo(by: User, clinic: Clinic | None = None, **said: Any) -> Medium:
    """A photo of which everything is said."""
    return keeping.describe(by, keeping.add(by, upload(), clinic=clinic), SAID | said)


def film(by: User, clinic: Clinic | None = None, **said: Any) -> Medium:
    """A silent film of which everything is said."""
    added = keeping.add(by, upload(corpus.film(), "knee.mp4"), clinic=clinic)
    return keeping.describe(by, added, SAID | said)


def stretch(by: User, clinic: Clinic | None = None, **content: Any) -> Exercise:
    """A stretch in its first draft, with all that publishing asks for but a picture."""
    without = {"figure": {}, "alt_start": "", "alt_held": ""}
    return publishing.create_exercise(by, clinic=clinic, slug="sphinx", content=WHOLE | without | content)


def published(by: User, reviewer: User, *media: Medium) -> Exercise:
    """A stretch that is published with these."""
    exercise = stretch(by)
    for medium in media:
        revision = keeping.attach(by, exercise, medium, alt="A knee is drawn to the chest.")
    publishing.publish(reviewer, publishing.submit(by, revision))
    exercise.refresh_from_db()
    return exercise
