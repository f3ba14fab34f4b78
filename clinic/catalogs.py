"""The catalogs of translations, as files: what translators write, and what Django reads.

`locale/<language>/LC_MESSAGES/django.po` is committed. The .mo file beside it is made of it by whichever process
starts first after a change (`clinic.apps`). Babel reads and writes both, so that nobody needs GNU gettext;
`clinic.gathering` brings the .po files up to what the sources say.
"""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import to_locale

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog


def source(language: str) -> Path:
    """The .po file of a language."""
    return Path(settings.LOCALE_PATHS[0]) / to_locale(language) / "LC_MESSAGES" / "django.po"


def compiled(language: str) -> Path:
    return source(language).with_suffix(".mo")


def languages() -> list[str]:
    """Those that are translated into; the sources speak English."""
    return [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]


def stale(language: str) -> bool:
    """Whether Django would read an older state than the one that was translated."""
    if not source(language).exists():
        return False
    made = compiled(language)
    return not made.exists() or made.stat().st_mtime < source(language).stat().st_mtime


def compile_stale() -> list[str]:
    """Compile what was translated since the last start; answers which languages that were.

    Written beside and renamed: processes that start together do the same work, and none reads half a file.
    """
    done = [language for language in languages() if stale(language)]
    if not done:
        return []
    # A twentieth of a second that only this start pays.
    from babel.messages.mofile import write_mo

    for language in done:
        target = compiled(language)
        with tempfile.NamedTemporaryFile(dir=target.parent, suffix=".part", delete=False) as part:
            write_mo(part, read(language))
        Path(part.name).chmod(0o644)
        Path(part.name).replace(target)
    return done


def read(language: str) -> "Catalog":
    """A catalog as it is translated."""
    from babel.messages.pofile import read_po

    with source(language).open("rb") as stream:
        return read_po(stream, locale=to_locale(language))
