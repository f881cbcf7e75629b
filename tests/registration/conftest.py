"""The eStore link that most of these come by."""

import pytest

from tradedoor.core.actor import Actor
from tradedoor.crm.models import Customer
from tradedoor.registration.actions.links import link_for
from tradedoor.registration.models import EstoreLink
from tradedoor.stores.models import Store


@pytest.fixture
def link(harbour: Store, acme: Customer, sam: Actor) -> EstoreLink:
    return link_for(harbour, acme, actor=sam)
