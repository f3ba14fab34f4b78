"""The counts of wrong passwords outlive however many others are kept beside them."""

import pytest
from django.core.cache import caches
from django.core.management import call_command


@pytest.mark.parametrize("name", ["default", "throttle"])
def test_a_count_is_not_pushed_out_by_many_others(db: None, name: str) -> None:
    call_command("createcachetable", verbosity=0)
    cache = caches[name]
    cache.set("ada", 4)
    for number in range(400):
        cache.set(f"other-{number}", 1)
    assert cache.get("ada") == 4
    cache.clear()
