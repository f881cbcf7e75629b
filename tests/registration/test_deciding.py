"""Requests: approved, declined, asked once more, and put to the customer they belong to."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests import make
from tests.registration.people import (
    CHOSEN,
    NOBODY,
    confirmed,
    confirmed_by_password,
    form,
    last_mail,
    mails,
    ruled,
    typed,
)
from tradedoor.access.errors import NotPossible
from tradedoor.access.models import Access, State
from tradedoor.access.queries import counts_match
from tradedoor.access.reasons import Reason
from tradedoor.accounts.errors import LinkUsed
from tradedoor.audit.models import AuditRow
from tradedoor.core.actor import Actor
from tradedoor.core.errors import Invalid, NotAllowed
from tradedoor.crm.models import Contact, Customer
from tradedoor.registration.actions.deciding import approve, approve_for, decline, resubmit
from tradedoor.registration.actions.links import link_for
from tradedoor.registration.errors import DeclinedForGood, NoSuchRequest
from tradedoor.registration.models import Approval, EstoreLink, Mode, Registration
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db


@pytest.fixture
def link(harbour: Store, acme: Customer, sam: Actor, ada: Actor) -> EstoreLink:
    ruled(harbour, ada, approval=Approval.STAFF)
    return link_for(harbour, acme, actor=sam)


def asked(harbour: Store, link: EstoreLink | None, email: str = "nora@acme.example", **given: Any) -> Access:
    return confirmed(typed(harbour, link, form(email, **given))).access


def now(access: Access) -> str:
    access.refresh_from_db()
    return access.state


def test_approved_they_are_in_and_told(harbour: Store, link: EstoreLink, sam: Actor) -> None:
    access = asked(harbour, link)

    outcome = approve([access.pk], actor=sam)

    assert outcome.done == (access.pk,)
    assert now(access) == State.CURRENT
    assert mails("nora@acme.example")[-1] == "registration.welcome"
    mail = last_mail("registration.welcome")
    assert mail is not None
    assert "approved" in mail.subject
    registration = Registration.objects.get()
    assert (registration.decision, registration.decided_by_id) == ("approved", sam.login_id)
    assert AuditRow.objects.filter(event="access.approved", access_id=access.pk).count() == 1
    assert not counts_match()


def test_declined_they_are_told_why_and_may_ask_once_more(
    harbour: Store, link: EstoreLink, sam: Actor
) -> None:
    access = asked(harbour, link)

    decline([access.pk], reason="  Which   branch? ", actor=sam)

    assert now(access) == State.DECLINED
    mail = last_mail("registration.declined")
    assert mail is not None
    assert "Which branch?" in mail.text
    assert "Which branch?" in mail.html
    former = Registration.objects.get()
    resubmit(former.link_id or 0, form(last_name="New, Hull"), store=harbour, actor=NOBODY)
    assert now(access) == State.REQUESTED
    assert Registration.objects.latest("pk").last_name == "New, Hull"
    with pytest.raises(LinkUsed):
        resubmit(former.link_id or 0, form(), store=harbour, actor=NOBODY)

    decline([access.pk], reason="", actor=sam)
    again = last_mail("registration.declined")
    assert again is not None
    assert "register/confirm" not in again.text
    with pytest.raises(DeclinedForGood):
        confirmed_by_password(typed(harbour, link), CHOSEN)
    assert now(access) == State.DECLINED


def test_deciding_twice_moves_and_mails_once(harbour: Store, link: EstoreLink, sam: Actor) -> None:
    access = asked(harbour, link)
    approve([access.pk], actor=sam)
    posted = len(mails())

    assert approve([access.pk], actor=sam).refused[0].reason is Reason.ALREADY_CURRENT
    assert decline([access.pk], reason="", actor=sam).refused[0].reason is Reason.NOT_REQUESTED
    assert len(mails()) == posted
    assert now(access) == State.CURRENT


def test_many_at_once_take_as_many_statements_as_two(harbour: Store, link: EstoreLink, sam: Actor) -> None:
    def statements(count: int, *, start: int) -> int:
        ids = []
        for number in range(start, start + count):
            contact = make.contact(link.customer, f"n{number}@acme.example")
            ids.append(make.access(contact, harbour, state=State.REQUESTED).pk)
            Registration.objects.create(
                store=harbour, customer=link.customer, access_id=ids[-1], contact=contact,
                email=contact.email, email_canonical=contact.email, created_at=timezone.now(),
                expires_at=timezone.now(), confirmed_at=timezone.now(),
            )  # fmt: skip
        with CaptureQueriesContext(connection) as seen:
            assert len(approve(ids, actor=sam).done) == count
        return len(seen)

    assert statements(2, start=0) == statements(20, start=100)


def test_an_archived_contact_is_taken_back(
    harbour: Store, acme: Customer, link: EstoreLink, sam: Actor
) -> None:
    contact = make.contact(acme, "nora@acme.example", archived_at=timezone.now())
    access = asked(harbour, link)

    assert approve([access.pk], actor=sam).done
    contact.refresh_from_db()
    assert contact.archived_at is None


def test_nobody_gets_in_for_a_customer_who_is_inactive(
    harbour: Store, acme: Customer, link: EstoreLink, sam: Actor
) -> None:
    access = asked(harbour, link)
    Customer.objects.filter(pk=acme.pk).update(status=Customer.Status.INACTIVE)

    assert approve([access.pk], actor=sam).refused[0].reason is Reason.CUSTOMER_INACTIVE
    assert now(access) == State.REQUESTED


def test_who_may_not_decide_decides_nothing(
    harbour: Store, meadow: Store, link: EstoreLink, vic: Actor
) -> None:
    access = asked(harbour, link)
    elsewhere = make.actor(make.staff("Else Where", stores=(meadow,)))

    for act in (
        lambda: approve([access.pk], actor=vic),
        lambda: decline([access.pk], reason="", actor=vic),
        lambda: approve_for(access, access.customer, actor=vic),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert not approve([access.pk], actor=elsewhere).done
    assert now(access) == State.REQUESTED


def test_a_reason_has_an_end(harbour: Store, link: EstoreLink, sam: Actor) -> None:
    access = asked(harbour, link)

    with pytest.raises(Invalid):
        decline([access.pk], reason="x" * 501, actor=sam)


# --- without a link


@pytest.fixture
def stranger(harbour: Store, ada: Actor) -> Access:
    ruled(harbour, ada, mode=Mode.OPEN, approval=Approval.STAFF)
    return asked(harbour, None, "nora@new.example", company="Newcomers")


def test_approved_as_its_own_the_prospect_becomes_a_customer(stranger: Access, sam: Actor) -> None:
    approve([stranger.pk], actor=sam)

    customer = Customer.objects.get()
    assert (customer.name, customer.status) == ("Newcomers", Customer.Status.ACTIVE)
    assert now(stranger) == State.CURRENT


@pytest.mark.parametrize("known", [False, True])
def test_approved_for_a_customer_there_is_the_prospect_goes(
    known: bool,  # noqa: FBT001 - of a table
    stranger: Access,
    acme: Customer,
    sam: Actor,
) -> None:
    if known:
        make.contact(acme, "nora@new.example", first_name="Eleonora")

    settled = approve_for(stranger, acme, actor=sam)

    assert (settled.state, settled.customer) == (State.CURRENT, acme)
    assert settled.login == stranger.login
    assert settled.contact.first_name == ("Eleonora" if known else "Nora")
    prospect = Customer.objects.get(name="Newcomers")
    assert prospect.archived_at is not None
    assert now(stranger) == State.DECLINED
    assert mails("nora@new.example") == ["registration.confirm", "registration.welcome"]
    assert Contact.objects.living().count() == 1
    assert not counts_match()


def test_a_store_dedicated_to_another_takes_nobody_for_this_one(
    stranger: Access, harbour: Store, acme: Customer, borealis: Customer, sam: Actor
) -> None:
    Store.objects.filter(pk=harbour.pk).update(kind=Store.Kind.DEDICATED, customer=borealis)

    with pytest.raises(NotPossible):
        approve_for(stranger, acme, actor=sam)
    assert now(stranger) == State.REQUESTED


def test_only_who_came_without_a_link_is_put_to_another_customer(
    harbour: Store, link: EstoreLink, borealis: Customer, sam: Actor
) -> None:
    with pytest.raises(NoSuchRequest):
        approve_for(asked(harbour, link), borealis, actor=sam)
