"""The shipped library as an archive, made once, before any test has put something beside it."""

import pytest
from pytest_django import DjangoDbBlocker

from tests.exercises.exchange.making import shipped


@pytest.fixture(autouse=True, scope="session")
def shipped_archive(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    with django_db_blocker.unblock():
        shipped()
