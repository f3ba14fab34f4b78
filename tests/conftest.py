"""How the suite runs: strict, quick, in random order, in a folder of its own, talking to nobody outside.

Settings: `tests/settings.py`. Browser: `tests/browser.py`. Real processes: `tests/processes/`.
"""

import gc
import ipaddress
import os
import shutil
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import caches
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import translation
from pytest_django import DjangoDbBlocker

from clinic import health
from tests import services
from tests.settings import FULL
from tests.world import World, make_world

pytest_plugins = ["tests.browser", "tests.processes.running"]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Real processes are waited for more than they compute: they go first, and the others run meanwhile. Then the
    # longest file, so that it is not what one worker still does while the other has finished.
    items.sort(key=lambda item: ("processes" not in item.path.parts, item.path.name != "test_routes.py"))
    for item in items:
        if not FULL and item.get_closest_marker("services"):
            item.add_marker(pytest.mark.skip(reason="needs PostgreSQL and Redis: make test-full"))


def pytest_collection_finish() -> None:
    """What is there by now stays until the end: the collector need not walk over it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(settings.DATA_DIR, ignore_errors=True)
    if FULL:
        services.sweep_broker(settings.CELERY_BROKER_URL, settings.CELERY_TASK_DEFAULT_QUEUE)
        if not hasattr(config, "workerinput"):
            services.clean_up(settings.CELERY_BROKER_URL)


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    """What the client asked for in another language leaves that language behind in its thread."""
    yield
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture(autouse=True, scope="session")
def loopback_only() -> Iterator[None]:
    """A test that talks to somewhere else fails, and says where."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            host = address[0]
            if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
                raise PermissionError(f"A test wanted to talk to {address}.")
        connect(self, address)

    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", guarded)
    yield
    patch.undo()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The embedded suite's tables come from the models: it then stands where `migrate` would have left it.

    Whoever still holds a connection to PostgreSQL at the end, such as a thread of the live server, does not
    keep the test database alive.
    """
    if not FULL:
        with django_db_blocker.unblock():
            recorder = MigrationRecorder(connection)
            recorder.ensure_schema()
            shipped = health.shipped_migrations()
            recorder.migration_qs.bulk_create(recorder.Migration(app=app, name=name) for app, name in shipped)
    yield
    if FULL:
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.fixture(autouse=True)
def no_rate_limit_left_over() -> None:
    """Each test begins with the limits of the API unused (those of the sign-in roll back with the database)."""
    caches["throttle"].clear()


@pytest.fixture
def world(db: None) -> World:
    """The fixed cast of `tests/world.py`."""
    return make_world()


def pytest_report_header() -> str:
    engines = "PostgreSQL and Redis" if FULL else "SQLite and the embedded broker"
    return f"holdwell: on {engines}, {os.cpu_count()} cores"
