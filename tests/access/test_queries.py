"""What is read of accesses, by whom, and by how many queries."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import make
from tradedoor.access.actions.invitations import invite_contact
from tradedoor.access.errors import NoSuchAccess
from tradedoor.access.models import Access, Role, State, Tab, TabCount
from tradedoor.access.queries import (
    access_for,
    accesses_of_contact,
    accesses_of_customer,
    counts_match,
    counts_of_customer,
    dashboard,
    entering_access,
    history_of,
    invitable_contacts,
    misplaced,
    tab_counts,
)
from tradedoor.accounts.roles import Role as StaffRole
from tradedoor.core.actor import Actor
from tradedoor.core.errors import NotAllowed, NotFound
from tradedoor.crm.models import Contact, Customer
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db


@pytest.fixture
def meadow_staff(meadow: Store) -> Actor:
    """Somebody who works in Meadow only."""
    return make.actor(make.staff("Mona Meadow", role=StaffRole.ACCESS_MANAGER, stores=(meadow,)))


def test_each_access_stands_on_one_tab_and_the_counts_say_so(
    acme: Customer, harbour: Store, meadow: Store, vic: Actor
) -> None:
    for state in State:
        make.access(make.contact(acme), harbour, state=state)
    make.access(make.contact(acme), meadow)

    counts = tab_counts(harbour, actor=vic)

    assert counts == {
        Tab.CURRENT: 1, Tab.PENDING: 1, Tab.DEACTIVATED: 1, Tab.ERROR: 0, Tab.REQUESTS: 1, Tab.HISTORY: 2,
    }  # fmt: skip
    for tab, number in counts.items():
        assert dashboard(harbour, tab=tab, actor=vic).count() == number
    assert tab_counts(None, actor=vic)[Tab.CURRENT] == 2
    assert not misplaced().exists()


def test_a_row_comes_with_all_it_shows_in_one_query(bea_contact: Contact, harbour: Store, sam: Actor) -> None:
    for _ in range(3):
        make.access(make.contact(bea_contact.customer), harbour, state=State.PENDING)
    access = invite_contact(harbour, bea_contact, actor=sam)

    with CaptureQueriesContext(connection) as captured:
        rows = list(dashboard(harbour, tab=Tab.PENDING, actor=sam))
        shown = [
            (
                str(row.contact),
                str(row.customer),
                str(row.contact.department),
                str(row.login),
                str(row.invited_by),
            )
            for row in rows
        ]

    assert len(captured) == 1
    assert ("Bea Buyer", "Acme", "Main", "bea@acme.example", "Sam Seller") in shown
    [invited] = [row for row in rows if row == access]
    assert (invited.mail_state, invited.opened_at) == ("queued", None)  # type: ignore[attr-defined]  # annotated


@pytest.mark.parametrize("asked", ["BEA", "uyer", "acme.exam", "Acme bea", "åcme"])
def test_search_finds_by_name_company_and_email_over_all_tabs(
    asked: str, bea: Access, nils: Access, harbour: Store, vic: Actor
) -> None:
    assert list(dashboard(harbour, tab=None, actor=vic, search=asked)) == [bea]


def test_rows_can_be_narrowed_by_role_and_customer(
    bea: Access, nils: Access, acme: Customer, harbour: Store, vic: Actor
) -> None:
    boss = make.access(make.contact(acme), harbour, role=Role.COMPANY_ADMIN)

    assert list(dashboard(harbour, tab=None, actor=vic, roles=[Role.COMPANY_ADMIN])) == [boss]
    assert set(dashboard(harbour, tab=None, actor=vic, customer_id=acme.pk)) == {bea, boss}


def test_staff_of_another_store_see_nothing_of_this_one(
    bea: Access, bea_contact: Contact, acme: Customer, harbour: Store, meadow_staff: Actor
) -> None:
    with pytest.raises(NotFound):
        dashboard(harbour, tab=None, actor=meadow_staff)
    with pytest.raises(NotFound):
        tab_counts(harbour, actor=meadow_staff)
    with pytest.raises(NoSuchAccess):
        access_for(bea.public_id, actor=meadow_staff)
    with pytest.raises(NotFound):
        history_of(bea, actor=meadow_staff)
    with pytest.raises(NotFound):
        invitable_contacts(harbour, actor=meadow_staff)
    assert not dashboard(None, tab=None, actor=meadow_staff).exists()
    assert tab_counts(None, actor=meadow_staff)[Tab.CURRENT] == 0
    assert not accesses_of_contact(bea_contact.pk, actor=meadow_staff).exists()
    assert not accesses_of_customer(acme.pk, actor=meadow_staff).exists()
    assert counts_of_customer(acme.pk, actor=meadow_staff) == {}


@pytest.mark.parametrize("who", ["nils_actor", "bea_actor", "nobody"])
def test_buyers_and_strangers_read_nothing_here(
    who: str, bea: Access, acme: Customer, harbour: Store, request: pytest.FixtureRequest
) -> None:
    actor = Actor.nobody() if who == "nobody" else request.getfixturevalue(who)
    for read in (
        lambda: dashboard(harbour, tab=None, actor=actor),
        lambda: tab_counts(harbour, actor=actor),
        lambda: access_for(bea.public_id, actor=actor),
        lambda: accesses_of_contact(bea.contact_id, actor=actor),
        lambda: accesses_of_customer(acme.pk, actor=actor),
        lambda: invitable_contacts(harbour, actor=actor),
    ):
        with pytest.raises(NotAllowed):
            read()


def test_an_access_is_found_by_its_public_id_in_its_store_only(
    bea: Access, harbour: Store, meadow: Store, vic: Actor
) -> None:
    assert access_for(bea.public_id, actor=vic) == bea
    assert access_for(bea.public_id, store=harbour, actor=vic) == bea
    for public_id, store in ((bea.public_id, meadow), (uuid4(), harbour)):
        with pytest.raises(NoSuchAccess):
            access_for(public_id, store=store, actor=vic)


def test_a_customers_counts_are_by_store_and_state(
    bea: Access, acme: Customer, harbour: Store, meadow: Store, vic: Actor
) -> None:
    make.access(make.contact(acme), harbour, state=State.PENDING)
    make.access(bea.contact, meadow)

    assert counts_of_customer(acme.pk, actor=vic) == {
        harbour.pk: {State.CURRENT: 1, State.PENDING: 1},
        meadow.pk: {State.CURRENT: 1},
    }
    assert [row.store for row in accesses_of_contact(bea.contact_id, actor=vic)] == [harbour, meadow]


def test_the_picker_shows_everybody_with_their_state_or_only_who_is_new(
    bea: Access, nils_contact: Contact, acme: Customer, borealis: Customer, harbour: Store, sam: Actor
) -> None:
    make.contact(acme, archived_at=bea.created_at)

    rows = {row: row.access_state for row in invitable_contacts(harbour, actor=sam)}  # type: ignore[attr-defined]  # annotated

    assert rows == {bea.contact: State.CURRENT, nils_contact: None}
    assert list(invitable_contacts(harbour, actor=sam, only_new=True)) == [nils_contact]
    assert list(invitable_contacts(harbour, actor=sam, search="nord")) == [nils_contact]
    assert list(invitable_contacts(harbour, actor=sam, customer_id=acme.pk)) == [bea.contact]
    theirs = make.store("Theirs", kind="dedicated", customer=borealis)
    assert list(invitable_contacts(theirs, actor=sam)) == [nils_contact]


def test_the_door_reads_an_access_with_all_it_judges_by_one_query(bea: Access, harbour: Store) -> None:
    with CaptureQueriesContext(connection) as captured:
        access = entering_access(bea.pk, store_id=harbour.pk)
        assert access is not None
        assert (access.contact.archived_at, access.customer.status, access.store.is_active) == (
            None, "active", True,
        )  # fmt: skip
        assert access.login is not None
    assert len(captured) == 1


def test_history_tells_what_happened_newest_first(bea_contact: Contact, harbour: Store, sam: Actor) -> None:
    access = invite_contact(harbour, bea_contact, actor=sam)

    [entry] = history_of(access, actor=sam)

    assert (entry.sentence, entry.actor_name) == ("Invited", "Sam Seller")


def test_a_wrong_count_is_found(bea: Access, harbour: Store) -> None:
    TabCount.objects.filter(store=harbour, tab=Tab.CURRENT).update(count=7)

    assert counts_match() == {(harbour.pk, Tab.CURRENT): (7, 1)}
