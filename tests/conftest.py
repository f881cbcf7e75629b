"""What every test stands on. Settings are in tests/settings.py, rows are made by tests/make.py."""

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from django.core.cache import cache

from tests.emptying import empty_as_django_does_only_quicker

pytest_plugins = ["tests.cast", "tests.browser", "tests.access.model.summary", "tests.mailchimp"]

DATABASES = {"db", "transactional_db", "live_server"}
SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"

# How busy the machine is says nothing about the code.
hypothesis.settings.register_profile(
    "suite", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("suite")

# Playwright's API runs an event loop in the test's thread; Django would refuse the database there.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

empty_as_django_does_only_quicker()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database-only",
        action="store_true",
        help="leave out tests that ask for no database, and so need no second one",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what this run has no use for, and what needs the big example files where they are not beside the
    checkout; the report says so."""
    if config.getoption("database_only"):
        asking = [item for item in items if asks_for_a_database(item)]
        config.hook.pytest_deselected(items=[item for item in items if item not in set(asking)])
        items[:] = asking
    # They take a minute each and wait for much: begun last, they would keep one worker busy and the other idle.
    items.sort(key=lambda item: item.get_closest_marker("journey") is None)
    if SHARED_DATA.is_dir():
        return
    absent = pytest.mark.skip(reason="the example data folder is not beside this checkout")
    for item in items:
        if item.get_closest_marker("real_data"):
            item.add_marker(absent)


def asks_for_a_database(item: pytest.Item) -> bool:
    """Whether it names a fixture or mark of the database; pytest-django lets nobody else near one."""
    fixtures = set(getattr(item, "fixturenames", ()))
    return item.get_closest_marker("django_db") is not None or not fixtures.isdisjoint(DATABASES)


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    """What one test cached no other sees."""
    yield
    cache.clear()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real exports; only for tests marked `real_data`."""
    return SHARED_DATA
