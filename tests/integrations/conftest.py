"""A store whose people are at a Mailchimp of the test's own."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.integrations.mailchimp import KEY, LIST_ID, FakeMailchimp
from tradedoor.core.actor import Actor
from tradedoor.integrations.actions.audiences import connect_audience
from tradedoor.integrations.models import Audience
from tradedoor.stores.models import Store


@pytest.fixture
def mailchimp(settings: Any) -> Iterator[FakeMailchimp]:
    account = FakeMailchimp()
    settings.TRADEDOOR_MAILCHIMP_KEY = KEY
    settings.TRADEDOOR_MAILCHIMP_URL = account.url
    yield account
    account.close()


@pytest.fixture
def audience(mailchimp: FakeMailchimp, harbour: Store, ada: Actor) -> Audience:
    return connect_audience(harbour, LIST_ID, tag="Mail out", actor=ada)
