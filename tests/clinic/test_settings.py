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
