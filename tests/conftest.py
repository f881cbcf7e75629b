"""What every test stands on. Settings are in tests/settings.py, rows are made by tests/make.py."""

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from django.core.cache import cache

pytest_plugins = ["tests.cast", "tests.browser", "tests.access.model.summary", "tests.mailchimp"]

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"

# How busy the machine is says nothing about the code.
hypothesis.settings.register_profile(
    "suite", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("suite")

# Playwright's API runs an event loop in the test's thread; Django would refuse the database there.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what needs the big example files where they are not beside the checkout; the report says so."""
    if SHARED_DATA.is_dir():
        return
    absent = pytest.mark.skip(reason="the example data folder is not beside this checkout")
    for item in items:
        if item.get_closest_marker("real_data"):
            item.add_marker(absent)


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    """What one test cached no other sees."""
    yield
    cache.clear()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real exports; only for tests marked `real_data`."""
    return SHARED_DATA
