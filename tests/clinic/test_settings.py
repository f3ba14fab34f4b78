"""What an installation at an address with TLS tells browsers about its neighbours."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


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
