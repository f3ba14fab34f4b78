"""What the tests of the library are made from: content that can be published, and small files of others."""

import json
from pathlib import Path
from typing import Any

from exercises import shipping

FIGURE = json.loads((shipping.DATA / "exercises" / "knee-to-chest.json").read_text())["figure"]
# All that publishing asks for.
WHOLE: dict[str, Any] = {
    "name": "Sphinx",
    "regions": ["back"],
    "position": "prone",
    "steps": [{"kind": "move", "text": "Prop yourself up."}, {"kind": "hold", "text": "Stay."}],
    "safety": "It should never hurt.",
    "figure": FIGURE,
    "alt_start": "A person lies on the front.",
    "alt_held": "The person rests on the forearms.",
}


def entry(**fields: Any) -> dict[str, Any]:
    """An entry of a free-exercise-db file."""
    return {
        "id": "Cat_Stretch",
        "name": "Cat Stretch",
        "force": "static",
        "level": "beginner",
        "mechanic": None,
        "equipment": None,
        "primaryMuscles": ["lower back"],
        "secondaryMuscles": ["middle back", "traps"],
        "instructions": [
            "Position yourself on the floor on your hands and knees.",
            "Pull your belly in and round your spine.",
            "Hold for 15 seconds.",
        ],
        "category": "stretching",
        "images": ["Cat_Stretch/0.jpg", "Cat_Stretch/1.jpg"],
    } | fields


def file_of(folder: Path, entries: Any) -> Path:
    file = folder / "exercises.json"
    file.write_text(entries if isinstance(entries, str) else json.dumps(entries), encoding="utf-8")
    return file
