"""One check with a stable id for each setting that can be wrong; all run at every `manage.py` command.

Errors stop a start. A warning is about what may be meant: it is printed, and can be silenced by its id.
"""

import os
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, register
from django.http.request import validate_host
from django.utils.module_loading import import_string

from clinic import catalogs

LOCAL = {"localhost", "127.0.0.1", "::1", ""}
# Long words only: a random key may well contain a short one.
PLACEHOLDER = re.compile(r"change|secret|insecure|example|placeholder|password", re.IGNORECASE)
SHORTEST_KEY = 40
SQLITE_PRAGMA = "journal_mode=wal"
# Two turns of the clock, so that one late tick is no alarm.
SHORTEST_TICK_AGE = 20
SHORTEST_TOKEN = 20


@register()
def check_settings(**_: object) -> list[CheckMessage]:
    return [
        *address(),
        *secret_key(),
        *database(),
        *background(),
        *mail(),
        *time(),
        *data_folder(),
        *cache(),
        *phones(),
        *metrics(),
        *translations(),
    ]


def address() -> Iterator[CheckMessage]:
    url = urlsplit(settings.SITE_URL)
    host = url.hostname or ""
    if url.scheme not in ("http", "https") or not host or url.path or url.query:
        yield Error(
            f"HOLDWELL_URL is not an address: {settings.SITE_URL!r}.",
            hint="Scheme and host, as in https://care.example.org",
            id="holdwell.E001",
        )
        return
    if not validate_host(f"[{host}]" if ":" in host else host, settings.ALLOWED_HOSTS):
        yield Error(
            f"Holdwell does not answer to the host of its own address ({host}).",
            hint="Add it to HOLDWELL_HOSTS.",
            id="holdwell.E002",
        )
    public = url.scheme == "https" or host not in LOCAL
    if settings.DEMO and public:
        yield checks.Warning(
            "The demo is on, and everybody who reaches this address can sign in as anybody.",
            hint="Unset HOLDWELL_DEMO before real people use it.",
            id="holdwell.W003",
        )
    if public and url.scheme == "http":
        yield checks.Warning(
            "People sign in over an address without TLS; what they type can be read on the way.",
            hint="Serve Holdwell by https and say so in HOLDWELL_URL.",
            id="holdwell.W004",
        )
    if url.scheme == "https" and not settings.BEHIND_PROXY:
        yield checks.Warning(
            "Holdwell speaks no TLS itself, and unless it hears from its proxy that a request came by TLS, every"
            " page sends the reader to itself.",
            hint="Set HOLDWELL_BEHIND_PROXY=1, and let the proxy set X-Forwarded-Proto.",
            id="holdwell.W014",
        )
    if settings.DEBUG and public:
        yield Error(
            "HOLDWELL_DEBUG shows the insides of Holdwell to everybody when something goes wrong.",
            hint="Unset it.",
            id="holdwell.E005",
        )


def secret_key() -> Iterator[CheckMessage]:
    if len(settings.SECRET_KEY) < SHORTEST_KEY or PLACEHOLDER.search(settings.SECRET_KEY):
        yield Error(
            "HOLDWELL_SECRET_KEY is short or looks like a placeholder.",
            hint="Unset it, and Holdwell makes one of its own in its data folder.",
            id="holdwell.E006",
        )


def database() -> Iterator[CheckMessage]:
    default = settings.DATABASES["default"]
    if default["ENGINE"] != "django.db.backends.sqlite3":
        return
    options = default.get("OPTIONS", {})
    pragmas = options.get("init_command", "").replace(" ", "").lower()
    if (
        options.get("transaction_mode") != "IMMEDIATE"
        or options.get("timeout", 0) < 5
        or SQLITE_PRAGMA not in pragmas
    ):
        yield Error(
            "SQLite without WAL, IMMEDIATE transactions and a busy timeout loses writes under load.",
            hint="Keep the options of clinic/settings.py, or use PostgreSQL by DATABASE_URL.",
            id="holdwell.E007",
        )


def background() -> Iterator[CheckMessage]:
    embedded = settings.CELERY_BROKER_URL.startswith("filesystem:")
    sqlite = settings.DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3"
    if embedded and not sqlite:
        yield checks.Warning(
            "The database is a server, but the queue is a folder, which other machines do not see.",
            hint="Set CELERY_BROKER_URL to Redis or RabbitMQ.",
            id="holdwell.W008",
        )
    if settings.TICK_MAX_AGE < SHORTEST_TICK_AGE:
        yield Error(
            f"HOLDWELL_TICK_MAX_AGE is {settings.TICK_MAX_AGE} s, but ticks come every 10 s and may be late.",
            hint=f"Use {SHORTEST_TICK_AGE} or more.",
            id="holdwell.E009",
        )


def mail() -> Iterator[CheckMessage]:
    if not settings.DEMO and settings.EMAIL_BACKEND.endswith("filebased.EmailBackend"):
        yield checks.Warning(
            "No mail leaves this machine: reminders, reports and sign-in codes are written into a folder.",
            hint="Set EMAIL_URL, as in smtp+tls://user:password@mail.example.org:587",
            id="holdwell.W010",
        )


def time() -> Iterator[CheckMessage]:
    if settings.TIME_ZONE != "UTC" or not settings.USE_TZ or settings.CELERY_TIMEZONE != "UTC":
        yield Error(
            "Holdwell counts in UTC inside; the zones of clinics and patients are theirs alone.",
            hint="Leave TIME_ZONE, USE_TZ and CELERY_TIMEZONE as clinic/settings.py has them.",
            id="holdwell.E011",
        )


def data_folder() -> Iterator[CheckMessage]:
    if not os.access(settings.DATA_DIR, os.R_OK | os.W_OK | os.X_OK):
        yield Error(
            f"Holdwell cannot write into its data folder, {settings.DATA_DIR}.",
            hint="Let its user own that folder, or name another in HOLDWELL_DATA.",
            id="holdwell.E012",
        )


def cache() -> Iterator[CheckMessage]:
    if settings.CACHES["default"]["BACKEND"].rpartition(".")[2] in ("LocMemCache", "DummyCache"):
        yield checks.Warning(
            "The cache is not shared, so each process counts wrong passwords by itself.",
            hint="Leave CACHE_URL unset, or use redis://",
            id="holdwell.W013",
        )


def phones() -> Iterator[CheckMessage]:
    try:
        if settings.SMS_PROVIDER:
            import_string(settings.SMS_PROVIDER)
    except ImportError as error:
        yield Error(
            f"HOLDWELL_SMS names a class that cannot be imported: {error}",
            hint="A class as in docs/operations.md, by its whole name: package.module.Provider",
            id="holdwell.E020",
        )


def metrics() -> Iterator[CheckMessage]:
    if settings.METRICS_TOKEN and len(settings.METRICS_TOKEN) < SHORTEST_TOKEN:
        yield Error(
            "HOLDWELL_METRICS_TOKEN is short enough to be guessed.",
            hint=f"Use {SHORTEST_TOKEN} signs or more, as from: openssl rand -hex 20",
            id="holdwell.E021",
        )


def translations() -> Iterator[CheckMessage]:
    if old := [language for language in catalogs.languages() if catalogs.stale(language)]:
        yield checks.Warning(
            f"Holdwell cannot write beside its translations; what is said in {', '.join(old)} is old or English.",
            hint="Start it once as a user who may write into its folder locale, or mount that folder writable.",
            id="holdwell.W030",
        )
