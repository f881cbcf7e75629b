"""Without the eStore link, without the mail first, and not at all."""

import pytest
from django.utils import timezone

from tests import make
from tests.registration.people import (
    CHOSEN,
    NOBODY,
    confirmed,
    form,
    mails,
    ruled,
    typed,
    work_off,
)
from tradedoor.access.models import Access, State
from tradedoor.accounts.models import Login
from tradedoor.core.actor import Actor
from tradedoor.core.errors import Invalid
from tradedoor.crm.models import Customer
from tradedoor.registration.actions.confirming import (
    register_at_once,
)
from tradedoor.registration.errors import (
    RegistrationOff,
)
from tradedoor.registration.models import EstoreLink, Mode, Registration
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db


def test_where_nothing_is_confirmed_first_a_new_address_is_in_at_once(
    harbour: Store, link: EstoreLink, ada: Actor
) -> None:
    ruled(harbour, ada, confirm_first=False)

    came = register_at_once(harbour, link, form(), CHOSEN, actor=NOBODY)

    assert not isinstance(came, Registration)
    assert came.entered is not None
    assert not came.registration.mailbox_proven
    assert mails() == ["registration.welcome"]


@pytest.mark.parametrize("known", ["login", "contact", "archived", "elsewhere"])
def test_a_known_address_is_never_taken_over(
    known: str, harbour: Store, acme: Customer, borealis: Customer, link: EstoreLink, ada: Actor
) -> None:
    ruled(harbour, ada, confirm_first=False)
    if known == "login":
        make.buyer_login("nora@acme.example", password="")
    else:
        archived = {"archived_at": timezone.now()} if known == "archived" else {}
        make.contact(borealis if known == "elsewhere" else acme, "nora@acme.example", **archived)

    kept = register_at_once(harbour, link, form(), CHOSEN, actor=NOBODY)
    work_off()

    assert isinstance(kept, Registration)
    assert not Access.objects.exists()
    assert not any(login.has_password for login in Login.objects.buyers())
    assert mails() == ["registration.confirm"]


def test_a_store_that_confirms_first_takes_no_password_from_the_form(
    harbour: Store, link: EstoreLink
) -> None:
    assert isinstance(register_at_once(harbour, link, form(), CHOSEN, actor=NOBODY), Registration)
    assert not Login.objects.buyers().exists()


def test_without_a_link_a_prospect_is_made_once_the_mailbox_is_proven(harbour: Store, ada: Actor) -> None:
    ruled(harbour, ada, mode=Mode.OPEN)
    registration = typed(harbour, None, form("nora@new.example", company="Newcomers"))
    assert not Customer.objects.exists()

    came = confirmed(registration)

    assert came.access.state == State.REQUESTED
    assert (came.access.customer.name, came.access.customer.status) == ("Newcomers", "prospect")


def test_without_a_link_a_company_is_named(harbour: Store, ada: Actor) -> None:
    ruled(harbour, ada, mode=Mode.OPEN)

    with pytest.raises(Invalid) as refused:
        typed(harbour, None, form("nora@new.example"))
    assert refused.value.field == "company"


def test_switched_off_there_is_nothing_to_register_at(harbour: Store, link: EstoreLink, ada: Actor) -> None:
    ruled(harbour, ada, mode=Mode.OFF)

    with pytest.raises(RegistrationOff):
        typed(harbour, link)
    with pytest.raises(RegistrationOff):
        typed(harbour, None)
