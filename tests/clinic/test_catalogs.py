"""Every text is translated into every language; a change of a catalog is a change of a text."""

import ast
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import translation

from clinic import catalogs, checks, gathering

LANGUAGES = catalogs.languages()
BEFORE = """msgid ""
msgstr ""
"Language: de\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

#: clinic/somewhere.py:12
msgid "Signed out there."
msgstr "Dort abgemeldet."

#, fuzzy
msgid "The passkey is saved. From now on you can sign in with it."
msgstr "Der Passkey"

msgid "Nobody says this any more."
msgstr "Das sagt niemand mehr."
"""


@pytest.fixture
def german(settings: Any, tmp_path: Path) -> Path:
    """The German catalog in a folder of its own, as it once was."""
    settings.LOCALE_PATHS = [tmp_path]
    settings.LANGUAGES = [("de", "Deutsch"), ("en", "English")]
    file = catalogs.source("de")
    file.parent.mkdir(parents=True)
    file.write_text(BEFORE)
    return file


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_the_sources_is_translated_with_its_placeholders_tags_and_plurals(
    language: str,
) -> None:
    assert gathering.lacking(language) == [], "make messages, then translate"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalog_is_as_make_messages_writes_it(language: str, settings: Any, tmp_path: Path) -> None:
    kept = catalogs.source(language).read_bytes()
    settings.LOCALE_PATHS = [tmp_path]
    catalogs.source(language).parent.mkdir(parents=True)
    catalogs.source(language).write_bytes(kept)
    gathering.merge(language)
    assert catalogs.source(language).read_bytes() == kept


def test_what_is_translated_is_kept_what_is_no_longer_said_goes_and_nothing_is_guessed(german: Path) -> None:
    _new, gone = gathering.merge("de")
    said = german.read_text()
    assert gone == 1
    assert 'msgid "Signed out there."\nmsgstr "Dort abgemeldet."' in said
    assert "Nobody says this" not in said
    assert "fuzzy" not in said
    assert ".py:1" not in said
    assert "Creation-Date" not in said


@pytest.mark.parametrize(
    ("english", "german", "trouble"),
    [
        ("%(done)s of %(due)s", "%(done)s von %(due)s", ""),
        ("%(done)s of %(due)s", "%(done)s", "other placeholders"),
        ("{n} of {of}", "{n} von {off}", "other placeholders"),
        ("<strong>No</strong> pain", "<strong>Kein</strong> Schmerz", ""),
        ("<strong>No</strong> pain", "Kein Schmerz", "other tags"),
    ],
)
def test_a_translation_has_the_signs_of_its_text(english: str, german: str, trouble: str) -> None:
    assert gathering._signs(english, english, german).startswith(trouble)
    assert bool(gathering._signs(english, english, german)) == bool(trouble)


def test_a_form_for_one_may_leave_the_number_out() -> None:
    assert gathering._signs("%(n)d new", "%(n)d new", "واحدة جديدة", counted=True) == ""
    assert gathering._signs("%(n)d new", "%(n)d new", "%(m)d جديدة", counted=True) != ""


def test_a_start_compiles_what_was_translated_since_the_last_one(german: Path) -> None:
    assert catalogs.compile_stale() == ["de"]
    assert catalogs.compile_stale() == []
    later = german.stat().st_mtime + 5
    os.utime(german, (later, later))
    assert [str(warning.id) for warning in checks.translations()] == ["holdwell.W030"]
    assert catalogs.compile_stale() == ["de"]
    assert (
        list(german.parent.iterdir()) == [german, german.with_suffix(".mo")]
        or len(list(german.parent.iterdir())) == 2
    )


def test_the_plural_rules_are_those_of_djangos_own_catalogs() -> None:
    """Or gettext would keep two catalogs of a language beside each other."""
    for language in LANGUAGES:
        header = catalogs.source(language).read_text()[:800].replace('"\n"', "")
        assert gathering.PLURALS[language] in header
        with translation.override(language):
            assert translation.gettext("Signed out there.") != "Signed out there."
            assert translation.gettext("January") != "January"


EAGER = {"gettext", "ngettext", "pgettext", "npgettext"}


def spoken_at_once(source: str) -> Iterator[int]:
    """The lines of a module that translate as it is loaded, and so freeze in the first language."""
    tree = ast.parse(source)
    eager = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
        if alias.name in EAGER
    }

    def outside_of_functions(node: ast.AST) -> Iterator[ast.AST]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                continue
            yield child
            yield from outside_of_functions(child)

    for node in outside_of_functions(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in eager:
            yield node.lineno


def test_nothing_is_translated_as_a_module_is_loaded() -> None:
    assert list(spoken_at_once('from django.utils.translation import gettext as _\nA = _("A")\n')) == [2]
    assert not list(spoken_at_once('from django.utils.translation import gettext_lazy as _\nA = _("A")\n'))
    root = Path(settings.BASE_DIR)
    frozen = [
        f"{path.relative_to(root)}:{line}"
        for room in gathering.ROOMS
        for path in sorted((root / room).rglob("*.py"))
        for line in spoken_at_once(path.read_text())
    ]
    assert frozen == []
