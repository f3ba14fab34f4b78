"""Settings that are read from the environment, each in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings


@pytest.mark.parametrize(("chosen", "expected"), [({}, "False"), ({"HOLDWELL_HSTS_SUBDOMAINS": "1"}, "True")])
def test_hsts_holds_for_the_hosts_below_only_when_it_is_asked_for(
    tmp_path: Path, chosen: dict[str, str], expected: str
) -> None:
    environment = os.environ | {"HOLDWELL_DATA": str(tmp_path), "HOLDWELL_URL": "https://care.example.org"}
    asked = "from clinic import settings; print(settings.SECURE_HSTS_INCLUDE_SUBDOMAINS)"
    told = subprocess.run(
        [sys.executable, "-c", asked], env=environment | chosen, capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == expected


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("postgres://me@127.0.0.1/care", "{'options': '-c jit=off -c random_page_cost=1.1'}"),
        ("postgres://me@127.0.0.1/care?options=-c%20work_mem%3D8MB", "{'options': '-c work_mem=8MB'}"),
    ],
)
def test_postgresql_compiles_no_queries_and_trusts_indexes_unless_somebody_says_otherwise(
    tmp_path: Path, url: str, options: str
) -> None:
    environment = os.environ | {"HOLDWELL_DATA": str(tmp_path), "DATABASE_URL": url}
    asked = "from clinic import settings; print(settings.DATABASES['default']['OPTIONS'])"
    told = subprocess.run(
        [sys.executable, "-c", asked], env=environment, capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == options


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"PORT": "abc"}, '"PORT" invalid'),
        ({"HOLDWELL_DATA": "/proc/nowhere"}, "cannot make its data folder"),
    ],
)
def test_a_setting_that_cannot_be_read_is_named_without_a_trace(chosen: dict[str, str], said: str) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO_")}
    told = subprocess.run(
        [sys.executable, str(settings.BASE_DIR / "manage.py"), "check"],
        env=environment | chosen,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 1
    assert said in told.stderr
    assert "Traceback" not in told.stderr
