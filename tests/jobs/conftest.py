"""A registry of the test's own, so that no task of one test is known to another."""

import pytest

from tradedoor.jobs import registry


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_tasks", "_pumps", "_kinds", "_periods"):
        monkeypatch.setattr(registry, name, {})
    monkeypatch.setattr(registry, "_actor_loaders", [])
