"""What the catalogue's tests share: someone who may import, and a way to import a text."""

import io
from collections.abc import Callable
from typing import Any

import pytest

from tests import make
from tradedoor.accounts.roles import Role
from tradedoor.catalog.actions.importing import receive_products_file, start_products_import
from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission
from tradedoor.jobs.driving import drive_work
from tradedoor.jobs.models import Work

Importer = Callable[..., Work]


@pytest.fixture
def cat(db: None) -> Actor:
    """Who looks after the catalogue."""
    return make.actor(make.staff("Cat Catalogue", role=Role.CATALOGUE_ORDERS))


@pytest.fixture
def importer(db: None) -> Actor:
    """Whoever imports from the command line."""
    return Actor.machine("import", permissions=frozenset({Permission.CATALOG_IMPORT}))


@pytest.fixture
def run_import(importer: Actor) -> Importer:
    """Import a text as a file and return the finished work."""

    def run(text: str | bytes, *, name: str = "products.csv", dry_run: bool = False, **how: Any) -> Work:
        content = text.encode() if isinstance(text, str) else text
        file = receive_products_file(io.BytesIO(content), name=name, actor=importer, **how)
        return drive_work(start_products_import(file, actor=importer, dry_run=dry_run).pk)

    return run
