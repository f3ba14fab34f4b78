"""Rules of the house that no single module can keep by itself."""

import ast
import io
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.template.loader import get_template
from django.urls import get_resolver

ROOT = Path(settings.BASE_DIR)
ROOMS = ("clinic", "exercises", "patients")
TEMPLATES = sorted(path.relative_to(ROOT / "templates") for path in (ROOT / "templates").rglob("*.*"))
PAGES = [path for path in TEMPLATES if path.suffix == ".html" and path.parts[0] != "emails"]
SOURCES = sorted(path.relative_to(ROOT) for room in ROOMS for path in (ROOT / room).rglob("*.py"))
VIEWS = [path for path in SOURCES if re.search(r"views|api\.py$", path.name) and path.name != "demo_views.py"]


def template(path: Path) -> str:
    return (ROOT / "templates" / path).read_text()


def test_the_rooms_stand_in_one_row() -> None:
    """In a process of its own: the linter sets up the logging for the whole process it runs in."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    said = io.StringIO()
    try:
        call_command("makemigrations", check=True, dry_run=True, stdout=said)
    except SystemExit:
        pytest.fail(said.getvalue())


@pytest.mark.parametrize("path", TEMPLATES, ids=str)
def test_a_template_can_be_read(path: Path) -> None:
    get_template(str(path))


@pytest.mark.parametrize("path", PAGES, ids=str)
def test_a_page_has_nothing_inline(path: Path) -> None:
    """The content security policy has no exception, so whatever is inline would not run."""
    text = template(path)
    assert not re.search(r"<style\b", text)
    assert not re.search(r"<script\b(?![^>]*\bsrc=)", text)
    assert not re.search(r"\sstyle\s*=", text)
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", text)
    assert "hx-on" not in text
    assert "javascript:" not in text


@pytest.mark.parametrize("path", PAGES, ids=str)
def test_a_page_takes_nothing_from_elsewhere(path: Path) -> None:
    assert not re.search(r"""(?:src|href|action|srcset)\s*=\s*["'](?:https?:)?//""", template(path))


@pytest.mark.parametrize("path", [path for path in TEMPLATES if path.parts[0] != "demo"], ids=str)
def test_words_in_a_template_can_be_translated(path: Path) -> None:
    """What stands between tags is a variable, a mark, or inside a translation tag."""
    text = template(path)
    text = re.sub(r"{#.*?#}|{%\s*comment.*?endcomment\s*%}", "", text, flags=re.DOTALL)
    text = re.sub(r"{%\s*blocktrans.*?endblocktrans(late)?\s*%}", "", text, flags=re.DOTALL)
    # Names of classes are no words.
    text = re.sub(r"{%\s*block \w*class\s*%}.*?{%\s*endblock", "{% endblock", text, flags=re.DOTALL)
    text = re.sub(r"{%\s*verbatim.*?endverbatim\s*%}|<style.*?</style>", "", text, flags=re.DOTALL)
    text = re.sub(r"{%.*?%}|{{.*?}}", "", text, flags=re.DOTALL)
    text = re.sub(r"<!?[a-zA-Z/][^>]*>", " ", text)
    words = set(re.findall(r"[A-Za-z]{3,}", text)) - {"Holdwell", "nbsp", "zwnj", "amp"}
    assert not words


@pytest.mark.parametrize("path", VIEWS, ids=str)
def test_a_view_asks_the_access_door_for_each_object(path: Path) -> None:
    """`access.get(request, rows, …)` may be given rows; nothing is fetched or made past it."""
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        where = f"{path}:{node.lineno} {called}"
        assert not re.search(
            r"\.(objects|_default_manager)\.(get|first|last|create|get_or_create)$", called
        ), where
        if called == "get_object_or_404":
            assert not isinstance(node.args[0], ast.Name), (
                f"{where}: give it rows that hang on a checked object"
            )


def test_every_lock_file_serves_from_any_index() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text()
        assert not re.search(r"https?://|--index|--extra|--find", text)
        pinned = re.findall(r"^[\w.\[\],-]+==", text, flags=re.MULTILINE)
        assert pinned
        assert text.count("--hash=sha256:") >= len(pinned)


def test_files_stay_small_enough_to_hold_in_the_head() -> None:
    long = {str(p): n for p in SOURCES if "migrations" not in p.parts and (n := lines(p)) > 500}
    assert long == {}


def lines(path: Path) -> int:
    return len((ROOT / path).read_text().splitlines())


def test_no_two_addresses_share_a_name() -> None:
    names: list[str] = []

    def walk(patterns: Any, prefix: str) -> None:
        for entry in patterns:
            if hasattr(entry, "url_patterns"):
                inside = f"{prefix}{entry.namespace}:" if entry.namespace else prefix
                walk(entry.url_patterns, inside)
            elif entry.name and not prefix.startswith("admin:"):
                names.append(prefix + entry.name)

    walk(get_resolver().url_patterns, "")
    assert sorted(names) == sorted(set(names))
