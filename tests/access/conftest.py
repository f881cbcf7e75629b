"""Who else is there: somebody invited, somebody without access, a store that tells passwords, a mail server."""

from collections.abc import Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.db import connection

from tests import make
from tests.mail.conftest import free_port
from tests.mail.smtp import Server
from tradedoor.access.actions.invitations import invite_contact
from tradedoor.access.models import Access
from tradedoor.access.queries import counts_match, misplaced
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact, Customer
from tradedoor.mail.sending import Sender
from tradedoor.stores.models import Store


@pytest.fixture
def tabs_agree_with_rows() -> Iterator[None]:
    """After the test every tab counts what it shows, unless what was done is still being undone."""
    yield
    if connection.connection is not None and connection.in_atomic_block:
        assert counts_match() == {}
        assert not misplaced().exists()


@pytest.fixture
def pia(acme: Customer, harbour: Store, sam: Actor) -> Access:
    """Pia of Acme was invited and has not answered yet."""
    return invite_contact(harbour, make.contact(acme, "pia@acme.example", first_name="Pia"), actor=sam)


@pytest.fixture
def server(settings: Any) -> Iterator[Server]:
    """A mail server on loopback, and settings that lead to it."""
    handler = Server()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    settings.TRADEDOOR_MAIL_CAPTURED = False
    settings.TRADEDOOR_MAIL_FROM = "Tradedoor <door@seller.example>"
    settings.TRADEDOOR_MAIL_PER_MINUTE = 0
    settings.TRADEDOOR_MAIL_THREADS = 2
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = controller.port
    settings.EMAIL_TIMEOUT = 2
    yield handler
    controller.stop()


@pytest.fixture
def sender() -> Iterator[Sender]:
    made = Sender()
    yield made
    made.close()


@pytest.fixture
def kim(acme: Customer) -> Contact:
    return make.contact(acme, "kim@acme.example", first_name="Kim", last_name="Keen")


@pytest.fixture
def telling(harbour: Store) -> Store:
    """The Harbour store, whose mails tell the temporary password itself."""
    harbour.login_details = Store.LoginDetails.PASSWORD
    harbour.save(update_fields=["login_details"])
    return harbour
