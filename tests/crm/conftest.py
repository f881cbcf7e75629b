import pytest

from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission

CRM = frozenset({Permission.CRM_READ, Permission.CRM_EDIT, Permission.CRM_IMPORT, Permission.CRM_EXPORT})


@pytest.fixture
def importer(db: None) -> Actor:
    """Whoever runs the command on the machine."""
    return Actor.machine("import", permissions=CRM)
