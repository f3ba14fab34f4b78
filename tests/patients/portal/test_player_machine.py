"""The player's own tests (tests/player), run by node; and what the two languages must agree on."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from exercises.dosage import Dosage, session_seconds
from patients import safety
from patients.portal.player import rules, texts
from tests.settings import FULL

ROOT = Path(__file__).resolve().parents[3]
MODULES = sorted(
    file for room in ("player", "figures") for file in (ROOT / "static" / "js" / room).glob("*.js")
)
NODE = shutil.which("node")
LARGEST = 60 * 1024  # bytes, not compressed: all that a guided session loads

needs_node = pytest.mark.skipif(NODE is None and not FULL, reason="no node was found")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The modules and their tests side by side, told to be ES modules: no package file lies in static/.

    The portal's as well: what they import of the player is then next door.
    """
    portal = (ROOT / "static" / "js" / "portal").glob("*.js")
    for source in (*MODULES, *portal, *(ROOT / "tests" / "player").glob("*.js")):
        text = source.read_text(encoding="utf-8").replace('from "../player/', 'from "./')
        (tmp_path / source.name).write_text(text, encoding="utf-8")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    return tmp_path


def node(*arguments: str, cwd: Path) -> str:
    assert NODE, "The full run needs node."
    # node's own test runner writes for a parent runner when this is set; we read its exit code.
    quiet = {key: value for key, value in os.environ.items() if key != "NODE_TEST_CONTEXT"}
    run = subprocess.run([NODE, *arguments], cwd=cwd, env=quiet, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


@needs_node
def test_the_player_keeps_its_rules(folder: Path) -> None:
    out = node("--test", *sorted(path.name for path in folder.glob("*.test.js")), cwd=folder)
    assert "# fail 0" in out or "fail 0" in out


@needs_node
def test_the_player_takes_as_long_as_the_estimate_says(folder: Path) -> None:
    dosages = [
        Dosage(2, 3, 20, 15, "both"),
        Dosage(1, 1, 60, 0, "none"),
        Dosage(3, 1, 30, 10, "left"),
        Dosage(1, 2, 10, 30, "both"),
    ]
    items = [
        {"sets": d.sets, "repetitions": d.repetitions, "hold": d.hold, "rest": d.rest, "sides": d.side_names}
        for d in dosages
    ]
    script = f"""
        import {{ script }} from "./machine.js";
        const steps = script({json.dumps(items)}, {json.dumps(rules()["timing"])});
        console.log(steps.reduce((sum, step) => sum + step.seconds, 0));
    """
    (folder / "estimate.js").write_text(script)
    assert int(node("estimate.js", cwd=folder)) == session_seconds(dosages)


@needs_node
def test_the_pain_rules_are_those_of_the_server(folder: Path) -> None:
    script = f"""
        import {{ advise }} from "./machine.js";
        const found = [];
        for (let start = 0; start <= 10; start += 1)
          for (let pain = 0; pain <= 10; pain += 1)
            found.push(advise({json.dumps(rules()["stop"])}, pain, start));
        console.log(JSON.stringify(found));
    """
    (folder / "advice.js").write_text(script)
    assert json.loads(node("advice.js", cwd=folder)) == [
        safety.advise(pain, start).value for start in range(11) for pain in range(11)
    ]


def imported(module: Path) -> set[Path]:
    """A module and all that it imports, at any remove."""
    found, new = {module}, [module]
    while new:
        here = new.pop()
        names = re.findall(
            r"""^(?:import|export)\b[^;]*?\bfrom "(\.[^"]+)";$""", here.read_text(), re.MULTILINE
        )
        for name in names:
            path = (here.parent / name).resolve()
            if path not in found:
                found.add(path)
                new.append(path)
    return found


SESSION = imported(ROOT / "static" / "js" / "player" / "session.js")


def test_the_player_is_small_with_all_that_it_imports() -> None:
    assert {path.name for path in SESSION} >= {"session.js", "machine.js", "film.js", "outline.js"}
    assert sum(path.stat().st_size for path in SESSION) <= LARGEST


def test_no_module_is_loaded_behind_the_back_of_that_count() -> None:
    for path in SESSION:
        code = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
        assert not re.search(r"\bimport\(|\bimport *[\"']", code), path.name


def test_every_word_that_the_player_asks_for_is_given() -> None:
    """Each `texts.<name>` and `texts[`…`]` of the modules, against the words of `player.texts`."""
    known = texts()
    for cue in (
        "get_ready",
        "hold",
        "release",
        "change",
        "rest",
        "ten_left",
        "paused",
        "finished",
        "resumed",
    ):
        assert any(name.startswith(f"say_{cue}") for name in known), cue
    for why in ("asked", "wait", "reload", "asleep"):
        assert f"paused_{why}" in known
    for side in ("none", "left", "right"):
        assert f"side_{side}" in known
