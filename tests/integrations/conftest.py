"""A store whose people are at a Mailchimp of the test's own."""

import pytest

from tests.mailchimp import LIST_ID, FakeMailchimp
from tradedoor.core.actor import Actor
from tradedoor.integrations.actions.audiences import connect_audience
from tradedoor.integrations.models import Audience
from tradedoor.stores.models import Store


@pytest.fixture
def audience(mailchimp: FakeMailchimp, harbour: Store, ada: Actor) -> Audience:
    return connect_audience(harbour, LIST_ID, tag="Mail out", actor=ada)
