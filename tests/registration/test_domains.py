"""Which mail domains may register, whom they join, and which are taken for another."""

from typing import Any

import pytest

from tests import make
from tests.registration.people import (
    confirmed,
    form,
    ruled,
    typed,
)
from tradedoor.access.models import State
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Customer
from tradedoor.registration.actions.links import LinkLimits, limit_link
from tradedoor.registration.errors import (
    DomainRefused,
)
from tradedoor.registration.models import Approval, EstoreLink, Mode
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db


DOMAINS = [
    ({"blocked_domains": ["acme.example"]}, "nora@acme.example", False),
    ({"blocked_domains": ["acme.example"]}, "nora@sub.acme.example", True),
    ({"blocked_domains": ["*.acme.example"]}, "nora@sub.acme.example", False),
    ({"blocked_domains": ["*.acme.example"]}, "nora@acme.example", True),
    ({"allowed_domains": ["acme.example"]}, "NORA@ACME.example", True),
    ({"allowed_domains": ["acme.example"]}, "nora@sub.acme.example", False),
    ({"allowed_domains": ["acme.example"]}, "nora@notacme.example", False),
    ({"allowed_domains": ["*.acme.example"]}, "nora@a.b.acme.example", True),
    ({"allowed_domains": ["*.acme.example"]}, "nora@evilacme.example", False),
    ({"allowed_domains": ["acme.example"], "blocked_domains": ["acme.example"]}, "n@acme.example", False),
]


@pytest.mark.parametrize(("rules", "email", "allowed"), DOMAINS)
def test_which_domains_may_register(
    rules: dict[str, Any],
    email: str,
    allowed: bool,  # noqa: FBT001 - of a table
    harbour: Store,
    link: EstoreLink,
    ada: Actor,
) -> None:
    ruled(harbour, ada, **rules)

    if allowed:
        assert typed(harbour, link, form(email)).link_id is not None
    else:
        with pytest.raises(DomainRefused):
            typed(harbour, link, form(email))


def test_a_link_narrowed_to_domains_takes_no_other(harbour: Store, link: EstoreLink, sam: Actor) -> None:
    limit_link(link, LinkLimits(domains=("acme.example",)), actor=sam)
    link.refresh_from_db()

    with pytest.raises(DomainRefused):
        typed(harbour, link, form("nora@other.example"))


def test_a_domain_that_looks_like_the_customers_own_waits_for_a_person(
    harbour: Store, acme: Customer, link: EstoreLink
) -> None:
    make.contact(acme, "bea@acme-mill.example")

    came = confirmed(typed(harbour, link, form("nora@acme-rnill.example")))

    assert came.access.state == State.REQUESTED
    assert came.registration.looks_like == "acme-mill.example"


def test_people_of_a_verified_domain_join_their_customer_by_themselves(
    harbour: Store, acme: Customer, ada: Actor
) -> None:
    ruled(harbour, ada, mode=Mode.OPEN, approval=Approval.STAFF, verified=[("acme.example", acme.pk)])

    came = confirmed(typed(harbour, None, form(company="Whatever")))

    assert (came.access.state, came.access.customer) == (State.CURRENT, acme)
    other = confirmed(typed(harbour, None, form("n@sub.acme.example", company="Whatever")))
    assert other.access.state == State.REQUESTED
