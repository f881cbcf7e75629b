"""Who leaves does not come back by the link."""

import pytest

from tests import make
from tests.registration.people import ruled
from tradedoor.access.actions.wider import Scope, Wish
from tradedoor.access.models import State
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Customer
from tradedoor.registration.actions.leaving import could_come_back, deactivate_wider
from tradedoor.registration.actions.links import link_for, set_registering
from tradedoor.registration.models import Approval, EstoreLink
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("scope", "stopped"), [(Scope.STORE, 0), (Scope.STORES, 0), (Scope.CUSTOMER, 2)])
def test_everyone_at_a_customer_takes_its_links_along(
    scope: Scope, stopped: int, harbour: Store, meadow: Store, acme: Customer, borealis: Customer, sam: Actor
) -> None:
    access = make.access(make.contact(acme), harbour)
    for store in (harbour, meadow):
        link_for(store, acme, actor=sam)
    other = link_for(harbour, borealis, actor=sam)

    left = deactivate_wider(access, Wish(scope=scope), actor=sam)

    access.refresh_from_db()
    assert access.state == State.DEACTIVATED
    assert left.links_stopped == stopped
    assert EstoreLink.objects.filter(registers=False).count() == stopped
    other.refresh_from_db()
    assert other.registers


def test_it_is_known_who_could_come_back(harbour: Store, acme: Customer, sam: Actor, ada: Actor) -> None:
    access = make.access(make.contact(acme), harbour)

    assert not could_come_back(access)
    link = link_for(harbour, acme, actor=sam)
    assert could_come_back(access)
    set_registering(link, registers=False, actor=sam)
    assert not could_come_back(access)
    set_registering(link, registers=True, actor=sam)
    ruled(harbour, ada, approval=Approval.STAFF)
    assert not could_come_back(access)
