"""Rules of the house that no single module can keep by itself."""

import ast
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
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
PAGES_AND_API = re.compile(
    r"patients/(desk|portal|api)/|patients/views\.py|clinic/(\w+_)?(views|forms)\.py"
    r"|exercises/api/|exercises/(\w+/)?(\w+_)?(views|forms)\.py|exercises/studio/(creating|\w*editing|editing_page)\.py"
)
# The demo signs people in before anybody is known.
VIEWS = [path for path in SOURCES if PAGES_AND_API.match(str(path)) and path.name != "demo_views.py"]
MANAGERS = ("objects", "_default_manager", "_base_manager")
DOORS = ("access.get", "access.visible", "bodies.referred", "referred", "Prefetch", "Subquery", "Exists")


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


def past_the_door(source: str) -> list[str]:
    """The lines of a view that name rows which are not handed to the access door.

    Rows may be named where they are given to the door, or joined to rows that came through it (Prefetch,
    Subquery, Exists), there or under a name used for nothing else; where nothing is in them (`none()`); and as the
    `queryset` that tells a viewset its model, beside a `get_queryset` of its own.
    """
    tree = ast.parse(source)
    above = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}

    def upwards(node: ast.AST) -> Iterator[ast.AST]:
        while node in above:
            node = above[node]
            yield node

    def handed_over(node: ast.AST) -> bool:
        return any(isinstance(n, ast.Call) and ast.unparse(n.func) in DOORS for n in upwards(node))

    def harmless(node: ast.Attribute) -> bool:
        if handed_over(node) or getattr(above[node], "attr", "") == "none":
            return True
        statement = next(n for n in upwards(node) if isinstance(n, ast.stmt))
        if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
            return False
        name, scope = statement.targets[0].id, above[statement]
        if isinstance(scope, ast.ClassDef):
            own = [n.name for n in scope.body if isinstance(n, ast.FunctionDef)]
            return name == "queryset" and "get_queryset" in own
        function = next((n for n in upwards(statement) if isinstance(n, ast.FunctionDef)), tree)
        uses = [n for n in ast.walk(function) if isinstance(n, ast.Name) and n.id == name]
        reads = [n for n in uses if isinstance(n.ctx, ast.Load)]
        return bool(reads) and all(handed_over(n) for n in reads)

    rows = [n for n in ast.walk(tree) if isinstance(n, ast.Attribute) and n.attr in MANAGERS]
    return [f"{n.lineno} {ast.unparse(n)}" for n in rows if not harmless(n)]


@pytest.mark.parametrize("path", VIEWS, ids=str)
def test_a_view_asks_the_access_door_for_each_object(path: Path) -> None:
    assert past_the_door((ROOT / path).read_text()) == []


@pytest.mark.parametrize(
    "line",
    [
        "return Patient.objects.get(pk=pk)",
        "return Patient.objects.filter(pk=pk).first()",
        "return list(Patient.objects.all())",
        "return Patient._default_manager.filter(pk=pk)",
        "return get_object_or_404(Patient.objects.all(), pk=pk)",
        "Patient.objects.create(name=name)",
        "found = Patient.objects.filter(pk=pk)\n    return found.first()",
        "rows = Patient.objects.all()\n    access.get(request, rows, pk=pk)\n    return rows.get(pk=pk)",
        "rows = Patient.objects.all().get(pk=pk)",
    ],
)
def test_a_view_that_goes_past_the_door_is_noticed(line: str) -> None:
    assert past_the_door(f"def view(request, pk):\n    {line}\n")


@pytest.mark.parametrize(
    "line",
    [
        "return access.get(request, Patient.objects.select_related('clinic'), pk=pk)",
        "rows = Patient.objects.select_related('clinic')\n    return access.get(request, rows, pk=pk)",
        "return patient.sessions.prefetch_related(Prefetch('items', Item.objects.order_by('position')))",
        "return ModelChoiceField(queryset=User.objects.none())",
    ],
)
def test_a_view_that_goes_through_the_door_is_left_alone(line: str) -> None:
    assert past_the_door(f"def view(request, pk):\n    {line}\n") == []


@pytest.mark.parametrize("path", VIEWS, ids=str)
def test_a_view_finds_by_itself_only_what_hangs_on_a_checked_object(path: Path) -> None:
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "get_object_or_404":
            assert not isinstance(node.args[0], ast.Name), f"{path}:{node.lineno}"


def test_every_lock_file_serves_from_any_index() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text()
        assert not re.search(r"https?://|--index|--extra|--find", text)
        pinned = re.findall(r"^[\w.\[\],-]+==", text, flags=re.MULTILINE)
        assert pinned
        assert text.count("--hash=sha256:") >= len(pinned)


def test_the_lock_of_the_type_checker_serves_from_any_registry() -> None:
    """`npm ci` asks whichever registry is set up, and knows each package by its hash."""
    assert "omit-lockfile-registry-resolved=true" in (ROOT / ".npmrc").read_text()
    text = (ROOT / "package-lock.json").read_text()
    assert "://" not in text
    packages = json.loads(text)["packages"]
    assert all("integrity" in package for name, package in packages.items() if name)
    wanted = json.loads((ROOT / "package.json").read_text())["devDependencies"]
    assert all(re.fullmatch(r"[\d.]+", version) for version in wanted.values())


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
