"""The texts that the sources say: gathered into the catalogs of translations (`manage.py messages`), and compared.

Road not taken: Django's `makemessages`, which needs GNU gettext, writes line numbers and dates into the files, and
keeps what is no longer said.
"""

import re
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import write_po
from django.conf import settings
from django.utils.translation import to_locale
from django.utils.translation.template import templatize

from clinic import catalogs

ROOMS = ("clinic", "exercises", "patients")
# Which argument is the text, its plural, its context ("c"); those of Django, eager and lazy.
_ONE, _SOME, _IN, _SOME_IN = None, (1, 2), ((1, "c"), 2), ((1, "c"), 2, 3)
KEYWORDS = {
    **dict.fromkeys(["_", "gettext", "gettext_lazy", "gettext_noop"], _ONE),
    **dict.fromkeys(["ngettext", "ngettext_lazy"], _SOME),
    **dict.fromkeys(["pgettext", "pgettext_lazy"], _IN),
    **dict.fromkeys(["npgettext", "npgettext_lazy"], _SOME_IN),
}
# Plural rules are those of Django's own catalogs: another rule would keep ours from being merged with them.
PLURALS = {
    "de": "nplurals=2; plural=(n != 1);",
    "es": "nplurals=3; plural=n == 1 ? 0 : n != 0 && n % 1000000 == 0 ? 1 : 2;",
    "ar": (
        "nplurals=6; plural=n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 :"
        " n%100>=11 && n%100<=99 ? 4 : 5;"
    ),
}
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%%|%(?=\s|$)|\{\w*\}")
TAG = re.compile(r"</?[a-z][^>]*>")


@cache
def gathered() -> Catalog:
    """Everything that the sources say, in the order of the files that say it first."""
    catalog = Catalog()
    for path in _files():
        content = path.read_bytes()
        if path.suffix != ".py":
            content = _as_python(content.decode(), path)
        name = path.relative_to(settings.BASE_DIR).as_posix()
        for _line, message, _comments, context in extract("python", BytesIO(content), KEYWORDS):
            catalog.add(message, locations=[(name, 0)], context=context)
    return catalog


def _files() -> Iterator[Path]:
    root = Path(settings.BASE_DIR)
    for room in ROOMS:
        yield from sorted(path for path in (root / room).rglob("*.py") if "migrations" not in path.parts)
    yield from sorted(path for path in (root / "templates").rglob("*") if path.suffix in (".html", ".txt"))


def _as_python(text: str, path: Path) -> bytes:
    """A template as calls of gettext. What stands between them is no Python: without its indents it can be read."""
    calls = templatize(text, origin=str(path))
    return "\n".join(line.strip() for line in calls.splitlines()).encode()


def merge(language: str) -> tuple[int, int]:
    """Bring a catalog up to what the sources say now; answers how many texts are new and how many went.

    Nothing that is translated is lost but what is no longer said. No text is guessed from a similar one.
    """
    before = (
        catalogs.read(language) if catalogs.source(language).exists() else Catalog(locale=to_locale(language))
    )
    known = {_key(message): message for message in before if message.id}
    after = Catalog(locale=to_locale(language), fuzzy=False)
    new = 0
    for message in gathered():
        if not message.id:
            continue
        old = known.pop(_key(message), None)
        new += old is None
        fits = old is not None and old.pluralizable == message.pluralizable
        after.add(
            message.id,
            string=old.string if old is not None and fits else None,
            locations=message.locations,
            user_comments=old.user_comments if old is not None else (),
            context=message.context,
        )
    _write(language, after)
    return new, len(known)


def _key(message: Message) -> tuple[str | None, str]:
    return message.context, message.id if isinstance(message.id, str) else message.id[0]


def _write(language: str, catalog: Catalog) -> None:
    """Files, not lines; no dates, no names: a change of the file is a change of a text."""
    written = BytesIO()
    write_po(written, catalog, width=110, include_lineno=False, omit_header=True)
    header = [
        f"# Holdwell in {language}. `make messages` gathers the texts; translate what is empty.",
        'msgid ""',
        'msgstr ""',
        f'"Language: {to_locale(language)}\\n"',
        '"MIME-Version: 1.0\\n"',
        '"Content-Type: text/plain; charset=UTF-8\\n"',
        '"Content-Transfer-Encoding: 8bit\\n"',
        f'"Plural-Forms: {PLURALS[language]}\\n"',
    ]
    target = catalogs.source(language)
    target.parent.mkdir(parents=True, exist_ok=True)
    whole = "\n".join(header).encode() + b"\n\n" + written.getvalue().lstrip(b"\n")
    # A file that says the same keeps its time, and is not compiled again.
    if not target.exists() or target.read_bytes() != whole:
        target.write_bytes(whole)


def lacking(language: str) -> list[str]:
    """What is wrong with a catalog, a line each: not there, not translated, not surely, or other signs than asked."""
    catalog = catalogs.read(language)
    forms = int(PLURALS[language].split("nplurals=")[1].split(";")[0])
    found = []
    said = {_key(message): message for message in catalog if message.id}
    for wanted in gathered():
        if not wanted.id:
            continue
        name = repr(_key(wanted)[1])[:90]
        message = said.pop(_key(wanted), None)
        if message is None:
            found.append(f"not in the catalog: {name}")
        elif message.fuzzy:
            found.append(f"fuzzy: {name}")
        elif trouble := _trouble(message, forms):
            found.append(f"{trouble}: {name}")
    return [*found, *(f"no longer said: {key[1][:90]!r}" for key in said)]


def _trouble(message: Message, forms: int) -> str:
    """What is wrong with one text, if anything."""
    if not message.pluralizable:
        if not str(message.string).strip():
            return "not translated"
        return _signs(str(message.id), str(message.id), str(message.string))
    strings = [str(string) for string in message.string or ()]
    if len(strings) != forms:
        return f"{len(strings)} forms instead of {forms}"
    if not all(string.strip() for string in strings):
        return "not translated"
    one, many = (str(text) for text in message.id)
    return next((trouble for string in strings if (trouble := _signs(one, many, string, counted=True))), "")


def _signs(one: str, many: str, said: str, *, counted: bool = False) -> str:
    """A form for one or two may leave its number out, as English does; none may ask for what nobody gives."""
    has = set(PLACEHOLDER.findall(said))
    least = set(PLACEHOLDER.findall(one)) & set(PLACEHOLDER.findall(many))
    most = set(PLACEHOLDER.findall(one)) | set(PLACEHOLDER.findall(many))
    if has - most or len(least - has) > (1 if counted else 0):
        return f"other placeholders ({' '.join(sorted(has ^ most))})"
    if sorted(TAG.findall(said)) not in (sorted(TAG.findall(one)), sorted(TAG.findall(many))):
        return "other tags"
    if any(text.startswith("\n") for text in (one, many)) != said.startswith("\n"):
        return "other line breaks at the start"
    if any(text.endswith("\n") for text in (one, many)) != said.endswith("\n"):
        return "other line breaks at the end"
    return ""
