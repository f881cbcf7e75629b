"""What a change in the CRM does to accesses, in the same transaction."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from tests import make
from tradedoor.access.actions import crm
from tradedoor.access.actions.entering import sign_in_to_store
from tradedoor.access.actions.invitations import invite_contact
from tradedoor.access.events import Event
from tradedoor.access.models import Access, State
from tradedoor.access.queries import counts_match, dashboard, ended_with_customer
from tradedoor.accounts.models import OneTimeLink, Session
from tradedoor.audit.models import AuditRow
from tradedoor.core.actor import Actor
from tradedoor.core.errors import NotAllowed
from tradedoor.crm.models import Contact, Customer
from tradedoor.mail.models import MailMessage
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db


@pytest.fixture
def everybody(acme: Customer, harbour: Store) -> dict[State, Access]:
    """One contact of Acme in each state."""
    return {state: make.access(make.contact(acme), harbour, state=state) for state in State}


def states_now(accesses: dict[State, Access]) -> dict[State, str]:
    now = dict(Access.objects.values_list("pk", "state"))
    return {state: now[access.pk] for state, access in accesses.items()}


ENDED = {
    State.PENDING: State.CANCELLED,
    State.CURRENT: State.DEACTIVATED,
    State.DEACTIVATED: State.DEACTIVATED,
    State.REQUESTED: State.DECLINED,
    State.CANCELLED: State.CANCELLED,
    State.DECLINED: State.DECLINED,
}


@pytest.mark.parametrize("way", ["archived contacts", "inactive", "inactive by form", "archived customer"])
def test_every_access_of_who_leaves_ends_as_the_table_says_and_nobody_is_mailed(
    way: str, everybody: dict[State, Access], acme: Customer, nils: Access, sam: Actor
) -> None:
    before = crm.preview_consequences(customer_ids=[acme.pk], actor=sam)
    if way == "archived contacts":
        crm.archive_contacts([access.contact for access in everybody.values()], actor=sam)
    elif way == "inactive":
        crm.set_customer_status([acme], "inactive", actor=sam)
    elif way == "inactive by form":
        crm.update_customer(acme, {"status": "inactive"}, version=acme.version, actor=sam)
    else:
        crm.archive_customers([acme], actor=sam)

    assert states_now(everybody) == ENDED
    assert before.total == AuditRow.objects.filter(event=Event.ENDED).count() == 3
    assert before.counts == {State.PENDING: 1, State.CURRENT: 1, State.REQUESTED: 1}
    assert {access.contact for access in before.first} == {
        everybody[state].contact for state in (State.PENDING, State.CURRENT, State.REQUESTED)
    }
    assert Access.objects.get(pk=nils.pk).state == State.CURRENT
    assert not MailMessage.objects.exists()
    assert not counts_match()
    assert crm.preview_consequences(customer_ids=[acme.pk], actor=sam).total == 0


def test_sessions_and_links_of_who_leaves_end_at_once(
    bea: Access, bea_contact: Contact, harbour: Store, meadow: Store, sam: Actor
) -> None:
    sign_in_to_store(harbour, "bea@acme.example", make.PASSWORD, actor=Actor.nobody())
    invite_contact(meadow, bea_contact, actor=sam)

    crm.archive_contacts([bea_contact], actor=sam)

    assert not Session.objects.exists()
    assert OneTimeLink.objects.get().revoked_why == "archived"
    assert MailMessage.objects.get().state == "cancelled"


def test_coming_back_reenables_nobody_but_says_whom_to_offer_it(
    bea: Access, bea_contact: Contact, acme: Customer, sam: Actor
) -> None:
    crm.set_customer_status([acme], "inactive", actor=sam)
    crm.set_customer_status([acme], "active", actor=sam)

    assert list(ended_with_customer(acme.pk, actor=sam)) == [bea]
    crm.archive_contacts([bea_contact], actor=sam)
    crm.restore_contacts([bea_contact], actor=sam)
    crm.archive_customers([acme], actor=sam)
    crm.restore_customers([acme], actor=sam)
    assert Access.objects.get(pk=bea.pk).state == State.DEACTIVATED


def test_on_hold_ends_nothing(everybody: dict[State, Access], acme: Customer, sam: Actor) -> None:
    crm.set_customer_status([acme], "on_hold", actor=sam)

    assert states_now(everybody) == {state: state for state in State}


def test_moving_to_another_customer_ends_the_access_and_to_another_department_does_not(
    bea: Access, bea_contact: Contact, acme: Customer, borealis: Customer, sam: Actor
) -> None:
    sales = acme.departments.create(name="Sales", name_key="sales")
    crm.move_contacts([bea_contact], to=sales, actor=sam)
    assert Access.objects.get(pk=bea.pk).state == State.CURRENT

    crm.move_contacts([bea_contact], to=borealis.departments.get(), actor=sam)

    moved = Access.objects.get(pk=bea.pk)
    assert (moved.state, moved.ended_from_above) == (State.DEACTIVATED, True)
    assert (moved.customer_id, moved.sort_customer) == (borealis.pk, borealis.sort_name)


def test_a_dashboard_shows_and_finds_the_new_name_at_once(
    bea: Access, nils: Access, bea_contact: Contact, acme: Customer, harbour: Store, sam: Actor
) -> None:
    crm.update_contact(bea_contact, {"last_name": "Žižková"}, version=bea_contact.version, actor=sam)
    crm.update_customer(acme, {"name": "Zenith"}, version=acme.version, actor=sam)

    for asked in ("zizkova", "zenith", "bea@acme"):
        assert list(dashboard(harbour, tab=None, actor=sam, search=asked)) == [bea]
    bea.refresh_from_db()
    assert bea.sort_customer == "zenith"


def test_a_refused_change_ends_nothing(everybody: dict[State, Access], acme: Customer, vic: Actor) -> None:
    with pytest.raises(NotAllowed):
        crm.set_customer_status([acme], "inactive", actor=vic)
    assert states_now(everybody) == {state: state for state in State}


def test_ending_many_takes_as_many_queries_as_ending_few(harbour: Store, sam: Actor) -> None:
    def queries(number: int) -> int:
        customer = make.customer(f"Size {number}")
        contacts = [make.contact(customer) for _ in range(number)]
        for contact in contacts:
            make.access(contact, harbour)
        with CaptureQueriesContext(connection) as captured, transaction.atomic():
            crm.set_customer_status([customer], "inactive", actor=sam)
        return len(captured)

    assert queries(3) == queries(40)
