"""A batch of long work takes the same statements for few and for many."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import make
from tradedoor.access import jobs
from tradedoor.access.actions.bulk import Deed, Rows, change_in_background
from tradedoor.access.models import Access, State
from tradedoor.config.schedule import prepare_background
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Customer
from tradedoor.jobs.driving import Driver, claim
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db


def test_a_batch_of_deactivating_takes_the_same_statements_for_three_and_for_sixty(
    acme: Customer, harbour: Store, sam: Actor
) -> None:
    prepare_background()
    for _number in range(66):
        make.access(make.contact(acme), harbour, state=State.CURRENT)
    work = change_in_background(harbour, Rows(tab="current"), Deed.DEACTIVATE, actor=sam)
    assert claim(work.pk, worker="here")
    driver = Driver(work.pk, worker="here")
    costs = []
    for batch in (3, 60):
        driver.batch = batch
        with CaptureQueriesContext(connection) as asked:
            driver._take_step()
        costs.append(len(asked))

    assert Access.objects.filter(state=State.DEACTIVATED).count() == 63
    assert costs[0] == costs[1] <= 45
    assert jobs.MOST_CHANGED > 60
