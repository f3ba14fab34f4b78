"""Write the pictures anew that `test_paper` compares with; open them before a commit."""

import os
import sys
import tempfile

os.environ |= {"DJANGO_SETTINGS_MODULE": "clinic.settings", "HOLDWELL_DATA": tempfile.mkdtemp()}

import django

django.setup()

from tests.exercises.test_figures import SHIPPED  # noqa: E402
from tests.exercises.test_paper import GOLDEN, plate  # noqa: E402

if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for slug, figure in SHIPPED.items():
        (GOLDEN / f"{slug}.png").write_bytes(plate(figure))
    sys.stdout.write(f"{len(SHIPPED)} pictures are in {GOLDEN}\n")
