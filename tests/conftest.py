"""How the suite runs: strict, quick, in random order, each test in its own folder of data."""

import os
import tempfile

os.environ["HOLDWELL_DATA"] = tempfile.mkdtemp(prefix="holdwell-test-")

import pytest  # noqa: E402

from tests.world import World, make_world  # noqa: E402


@pytest.fixture(autouse=True)
def quick_settings(settings, tmp_path):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.TIME_ZONE = "UTC"


@pytest.fixture
def world(db: None) -> World:
    """The fixed cast of `tests/world.py`."""
    return make_world()
