"""Several at the same moment, by eStore links."""

from collections import Counter

import pytest

from tests.access.test_races import at_once
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Customer
from tradedoor.registration.actions.links import link_for, new_link
from tradedoor.registration.models import EstoreLink
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db(transaction=True)


def test_many_who_ask_for_the_first_link_are_given_one(harbour: Store, acme: Customer, sam: Actor) -> None:
    given: Counter[int] = Counter()

    def ask() -> None:
        given[link_for(harbour, acme, actor=sam).pk] += 1

    assert at_once(*[ask] * 8) == {"done": 8}
    assert len(given) == EstoreLink.objects.count() == 1


def test_many_who_press_new_link_leave_one_living(harbour: Store, acme: Customer, sam: Actor) -> None:
    link_for(harbour, acme, actor=sam)

    assert at_once(*[lambda: new_link(harbour, acme, actor=sam)] * 6) == {"done": 6}
    assert EstoreLink.objects.living().count() == 1
    assert EstoreLink.objects.count() == 7
