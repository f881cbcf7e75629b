"""A store whose people are at a Mailchimp of the test's own."""

import pytest

from tests import make
from tests.integrations.people import subscribe
from tests.mailchimp import LIST_ID, FakeMailchimp
from tradedoor.access.models import State
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact
from tradedoor.integrations.actions.audiences import connect_audience
from tradedoor.integrations.models import Audience
from tradedoor.stores.models import Store


@pytest.fixture
def audience(mailchimp: FakeMailchimp, harbour: Store, ada: Actor) -> Audience:
    return connect_audience(harbour, LIST_ID, tag="Mail out", actor=ada)


@pytest.fixture
def bea(bea_contact: Contact, harbour: Store) -> Contact:
    """Current in the store, subscribed, and to get mail-outs."""
    make.access(bea_contact, harbour)
    return subscribe(bea_contact, mail_out=True)


@pytest.fixture
def nils(nils_contact: Contact, harbour: Store) -> Contact:
    """Invited, subscribed, and to get no mail-outs."""
    make.access(nils_contact, harbour, state=State.PENDING)
    return subscribe(nils_contact)
