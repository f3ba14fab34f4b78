"""docs/rules.md 2: what is done is written down, with its actor."""

import re
from pathlib import Path

from django.conf import settings

from clinic import acts, audit, passkeys
from clinic.models import AuditEvent
from tests.world import World


def test_every_act_of_the_code_has_words() -> None:
    rooms = [Path(settings.BASE_DIR, room) for room in ("clinic", "exercises", "patients")]
    files = [file for room in rooms for file in room.rglob("*.py") if "migrations" not in file.parts]
    texts = [file.read_text() for file in files if file.name != "apps.py"]
    recorded = r'record(?:_each)?\(\s*[\w.]+,\s*"([a-z_]+\.[a-z_]+)"'
    named = {act for text in texts for act in re.findall(recorded, text)}
    assert len(named) > 20
    named |= set(passkeys.VERBS.values())
    # Exercises and routines share their verbs, which name the act alone.
    acted = {act for text in texts for act in re.findall(r'["}.]([a-z_]+)"', text)}
    shared = {key for key in acts.WORDS if key.startswith(("exercise.", "routine."))}
    named |= {key for key in shared if key.partition(".")[2] in acted}
    assert named == acts.WORDS.keys()


def test_an_act_without_words_is_named_as_it_is() -> None:
    assert audit.words(AuditEvent(verb="alert.resolved", object_label="x")) == "Resolved an alert: x"
    assert audit.words(AuditEvent(verb="moon.landed", object_label="x")) == "moon.landed: x"


def test_an_entry_names_the_person_concerned_for_as_long_as_it_is_kept(world: World) -> None:
    event = audit.record(world.clinician, "prescription.stopped", world.prescription, subject=world.pat)
    assert (event.actor_label, event.subject_label) == ("Clinician <clinician@example.org>", "Pat")
