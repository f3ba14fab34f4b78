"""The settings of the suite: those of Holdwell, with a folder of its own, quick hashes and strict templates.

`HOLDWELL_TEST_FULL=1` runs the same tests on PostgreSQL and Redis (`tests/services.py`).
"""

import os
import tempfile
from pathlib import Path

from tests import services
from tests.strict import MissingVariable

FULL = os.environ.get("HOLDWELL_TEST_FULL") == "1"

# Nothing of the developer's own installation reaches the suite, and nothing of the suite reaches it.
for name in list(os.environ):
    if name.startswith("HOLDWELL_") and not name.startswith(("HOLDWELL_TEST_", "HOLDWELL_CHROMIUM")):
        del os.environ[name]
ENGINES = ("DATABASE_URL", "CELERY_BROKER_URL")
for name in ("EMAIL_URL", "CACHE_URL", "PORT", *(() if FULL else ENGINES)):
    os.environ.pop(name, None)

os.environ["HOLDWELL_DATA"] = tempfile.mkdtemp(prefix="holdwell-test-")
os.environ["HOLDWELL_DEMO"] = "1"
os.environ["HOLDWELL_QUEUE"] = f"holdwell-test-{os.getpid()}"
if FULL:
    # The first process of a run asks, its xdist workers inherit the answers.
    if "DATABASE_URL" not in os.environ:
        os.environ["DATABASE_URL"] = services.database_url()
    if "CELERY_BROKER_URL" not in os.environ:
        os.environ["CELERY_BROKER_URL"] = services.broker_url()
else:
    os.environ["CELERY_BROKER_URL"] = "memory://"

from clinic.settings import *  # noqa: E402, F403
from clinic.settings import DATA_DIR, DATABASES, STORAGES, TEMPLATES, data_folder  # noqa: E402

if not FULL:
    # A file, not memory: the live server's threads get connections of their own, as in real life.
    # Its tables come from the models; the migrations themselves run in tests/processes and in the full run.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3"), "MIGRATE": False}
    DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"
DATABASES["default"]["CONN_MAX_AGE"] = 0

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
STATIC_ROOT = data_folder("static")
MEDIA_ROOT: Path = data_folder("media")
TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = MissingVariable()
