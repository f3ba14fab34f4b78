"""Nothing is said that could not be translated: in a language that puts each translated text into brackets, no word
of a page stands outside of them."""

import re
from collections import defaultdict
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import trans_real

from clinic.models import User
from exercises.models import Condition
from patients.models import Patient
from tests.routes import NOBODY, ROUTES, Things
from tests.test_routes import things  # noqa: F401  (a fixture)

BRACKETS = (
    "eo"  # nobody's language here, so that nothing which is kept by language is spoiled for other tests
)
SPOKEN = {
    "title",
    "alt",
    "aria-label",
    "placeholder",
    "label",
    "data-label",
    "aria-roledescription",
    "content",
}
BRACKETED = re.compile(r"⟦[^⟦⟧]*⟧")
WORD = re.compile(r"[^\W\d_]{3,}")
# Files, the API, library pages that are not ours, and the demo, whose samples are English.
ELSEWHERE = re.compile(
    r"api|mfa_|demo:|metrics|operations|exercises:medium$|.*(archive|csv|pdf|handout|way_in|progress_report|download|feed)"
)
# What people have typed in the world of the tests; the codes and columns of a file, which no language changes.
TYPED = re.compile(
    r"\b(Holdwell( Practice)?|Owner|Assistant|Clinician|Viewer|Curator|Operator|Pat|Quinn|Ann|Bob|(PAT|QUINN)-1"
    r"|Six stretches|Two stretches|[Oo]urs|[Ee]vening"
    r"|Knee to chest|Lying hamstring stretch|Draw one knee in|Stay there"
    r"|Hold behind the thigh|It should never hurt|It went well|Chrome|Esperanto|Asia/Kathmandu"
    r"|[\w.]+@example.org|name|email|birth_date|reference|language|time_zone|conditions|clinician"
    rf"|{'|'.join(Condition.values)})\b"
)


class Bracketed(trans_real.DjangoTranslation):
    """Every text in brackets, whatever the catalogs hold."""

    def __init__(self) -> None:
        super().__init__(BRACKETS)

    def gettext(self, message: str) -> str:
        return f"⟦{message.rpartition(trans_real.CONTEXT_SEPARATOR)[2]}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


class Said(HTMLParser):
    """What a page says to those who look, and to those who listen."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style", "option"):
            self.inside.append(tag)
        named = dict(attrs)
        self.texts += [str(named[name]) for name in SPOKEN & set(named) if tag != "meta"]

    def handle_endtag(self, tag: str) -> None:
        if self.inside and self.inside[-1] == tag:
            self.inside.pop()

    def handle_data(self, data: str) -> None:
        if not self.inside:
            self.texts.append(data)


def unmarked(page: str) -> Iterator[str]:
    said = Said()
    said.feed(page)
    # Across elements: a text may have links inside.
    whole = "\n".join(said.texts)
    before = ""
    while before != whole:
        before, whole = whole, BRACKETED.sub("", whole)
    for line in TYPED.sub("", whole).splitlines():
        if WORD.search(line):
            yield line.strip()


@pytest.fixture
def bracketed(settings: Any) -> Iterator[str]:
    settings.LANGUAGES = [*settings.LANGUAGES, (BRACKETS, "Esperanto")]
    trans_real._translations[BRACKETS] = Bracketed()
    yield BRACKETS
    del trans_real._translations[BRACKETS]


def test_every_page_says_only_what_is_marked(things: Things, bracketed: str) -> None:  # noqa: F811
    world = things.world
    Patient.objects.update(language=bracketed)
    User.objects.update(language=bracketed)
    clients = {NOBODY: Client(), **{name: Client() for name in ("owner", "patient", "curator", "operator")}}
    for name, user in world.people().items():
        if name in clients:
            user.refresh_from_db()
            clients[name].force_login(user)
    found: dict[str, set[str]] = defaultdict(set)
    for route in ROUTES:
        name = next((name for name in clients if name in route.may and name != NOBODY), NOBODY)
        if route.method != "get" or name not in route.may or ELSEWHERE.match(route.name):
            continue
        answer = clients[name].get(reverse(route.name, kwargs=dict(route.place(things))))
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            for line in unmarked(answer.content.decode()):
                found[line].add(route.name)
    assert dict(found) == {}
    # Nothing froze in the language that was asked for first: neither in a module, nor in what is kept in the process.
    User.objects.update(language="en")
    Patient.objects.update(language="en")
    for name, address in (
        ("patient", reverse("portal:today")),
        ("patient", reverse("portal:session", args=[world.prescription.pk])),
        ("patient", reverse("portal:settings")),
        ("owner", reverse("desk:roster", args=[world.clinic.pk])),
        ("owner", reverse("desk:patient", args=[world.pat.pk])),
        ("owner", reverse("desk:alert_thresholds", args=[world.clinic.pk])),
        ("curator", reverse("exercises:list")),
    ):
        answer = clients[name].get(address)
        assert answer.status_code == 200
        assert "⟦" not in answer.content.decode(), address
