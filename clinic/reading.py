"""How a person reads: in which language, and how large (docs/rules.md 7).

Whoever is not signed in reads in the language that they chose in this browser, else in the browser's own.
"""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import gettext as _

from clinic import audit
from clinic.models import User

# What goes by a person's language as well; the rooms above add their own at their start.
followers: list[Callable[[User], None]] = []


def name_of(language: str) -> str:
    """A language by its own name; whoever looks for theirs may not read the one that is shown."""
    return str(dict(settings.LANGUAGES).get(language, language))


def checked(language: str) -> str:
    """A language that is shipped. Raises ValidationError (`language`)."""
    if language not in dict(settings.LANGUAGES):
        raise ValidationError({"language": [_("Choose one of the languages.")]})
    return language


@transaction.atomic
def change(person: User, *, language: str | None = None, large_text: bool | None = None) -> None:
    """How a person reads from now on, wherever they sign in; what is not given stays.

    Raises ValidationError (`language`) for one that is not shipped.
    """
    given = {"language": language and checked(language), "large_text": large_text}
    changed = {name: value for name, value in given.items() if value not in (None, getattr(person, name))}
    if not changed:
        return
    for name, value in changed.items():
        setattr(person, name, value)
    person.save(update_fields=list(changed))
    if "language" in changed:
        for follow in followers:
            follow(person)
    audit.record(person, "account.reading_changed", person, fields=sorted(changed))


def speak(request: HttpRequest, language: str) -> None:
    """Show this page in the language of whom it is meant for, unless its reader has chosen one."""
    if request.user.is_authenticated or settings.LANGUAGE_COOKIE_NAME in request.COOKIES:
        return
    translation.activate(language)
    request.LANGUAGE_CODE = language
