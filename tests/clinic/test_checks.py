"""Each wrong setting has a check with an id that stays, and what is right passes."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from clinic import checks
from clinic.checks import check_settings

KEY = "q7Jx0Zy4n2mVb8Kd1Ws5Lf9Hc3Gp6Rt_aEuIoYk-Nz"
SQLITE = {
    "ENGINE": "django.db.backends.sqlite3",
    "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": "PRAGMA journal_mode=WAL;"},
}
POSTGRES = {"ENGINE": "django.db.backends.postgresql"}
FOLDER = "django.core.mail.backends.filebased.EmailBackend"
SMTP = "django.core.mail.backends.smtp.EmailBackend"


@pytest.fixture
def right(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> SimpleNamespace:
    """An installation at a public address that has everything right."""
    settings = SimpleNamespace(
        DATA_DIR=tmp_path,
        DEMO=False,
        DEBUG=False,
        SITE_URL="https://care.example.org",
        ALLOWED_HOSTS=["care.example.org"],
        BEHIND_PROXY=True,
        SECRET_KEY=KEY,
        CELERY_BROKER_URL="redis://127.0.0.1/1",
        CELERY_TIMEZONE="UTC",
        EMAIL_BACKEND=SMTP,
        DATABASES={"default": SQLITE},
        CACHES={"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache"}},
        TICK_MAX_AGE=180,
        SMS_PROVIDER="",
        METRICS_TOKEN="",
        TIME_ZONE="UTC",
        USE_TZ=True,
    )
    monkeypatch.setattr(checks, "settings", settings)
    return settings


def ids() -> list[str]:
    return [str(message.id) for message in check_settings()]


def test_what_is_right_passes(right: SimpleNamespace) -> None:
    assert ids() == []


def test_the_suite_itself_passes() -> None:
    assert ids() == []


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("SITE_URL", "care.example.org", ["holdwell.E001"]),
        ("SITE_URL", "https://care.example.org/holdwell", ["holdwell.E001"]),
        ("SITE_URL", "ftp://care.example.org", ["holdwell.E001"]),
        ("SITE_URL", "https://other.example.org", ["holdwell.E002"]),
        ("ALLOWED_HOSTS", [".example.org"], []),
        ("DEMO", True, ["holdwell.W003"]),
        ("SITE_URL", "http://care.example.org", ["holdwell.W004"]),
        ("BEHIND_PROXY", False, ["holdwell.W014"]),
        ("DEBUG", True, ["holdwell.E005"]),
        ("SMS_PROVIDER", "nobody.knows.Provider", ["holdwell.E020"]),
        ("METRICS_TOKEN", "guess me", ["holdwell.E021"]),
        ("METRICS_TOKEN", "0123456789abcdef0123", []),
        ("SECRET_KEY", "short", ["holdwell.E006"]),
        ("SECRET_KEY", "please-change-me-" + KEY, ["holdwell.E006"]),
        ("DATABASES", {"default": SQLITE | {"OPTIONS": {}}}, ["holdwell.E007"]),
        (
            "DATABASES",
            {"default": SQLITE | {"OPTIONS": SQLITE["OPTIONS"] | {"transaction_mode": "DEFERRED"}}},  # type: ignore[operator]
            ["holdwell.E007"],
        ),
        ("DATABASES", {"default": POSTGRES}, []),
        ("TICK_MAX_AGE", 15, ["holdwell.E009"]),
        ("TICK_MAX_AGE", 20, []),
        ("EMAIL_BACKEND", FOLDER, ["holdwell.W010"]),
        ("TIME_ZONE", "Europe/Berlin", ["holdwell.E011"]),
        ("USE_TZ", False, ["holdwell.E011"]),
        ("DATA_DIR", Path("/proc/nowhere"), ["holdwell.E012"]),
        (
            "CACHES",
            {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
            ["holdwell.W013"],
        ),
    ],
)
def test_what_is_wrong_is_named(right: SimpleNamespace, name: str, value: Any, expected: list[str]) -> None:
    setattr(right, name, value)
    assert ids() == expected


def test_a_folder_as_the_queue_of_a_database_server(right: SimpleNamespace) -> None:
    right.CELERY_BROKER_URL = "filesystem://"
    assert ids() == []
    right.DATABASES = {"default": POSTGRES}
    assert ids() == ["holdwell.W008"]


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000"])
def test_the_demo_on_ones_own_machine_is_fine(right: SimpleNamespace, url: str) -> None:
    right.SITE_URL = url
    right.ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
    right.DEMO, right.EMAIL_BACKEND = True, FOLDER
    assert ids() == []


def test_the_ids_are_unique_and_each_has_a_hint() -> None:
    source = Path(check_settings.__code__.co_filename).read_text()
    found = [line.split('"')[1] for line in source.splitlines() if 'id="holdwell.' in line]
    assert len(found) == len(set(found)) == source.count("hint=")
