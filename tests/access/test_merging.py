"""What merging does to accesses: one stays, one moves over, the rest end; logins are never merged."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import make
from tradedoor.access.actions import merging
from tradedoor.access.actions.checking import check_contacts
from tradedoor.access.actions.crm import archive_contacts, set_customer_status, update_contact
from tradedoor.access.actions.endings import EndedWhy
from tradedoor.access.actions.entering import sign_in_to_store
from tradedoor.access.actions.error_feed import read_feed
from tradedoor.access.actions.invitations import invite_contact
from tradedoor.access.actions.joining import Entered, accept_with_new_password
from tradedoor.access.actions.merging import (
    AccessPlan,
    Merged,
    merge_contacts,
    merge_customers,
    preview_contact_merge,
    preview_customer_merge,
)
from tradedoor.access.error_jobs import ACTOR
from tradedoor.access.errors import AccessOff
from tradedoor.access.events import Event
from tradedoor.access.models import Access, AccessError, EmailChange, ErrorReason, State
from tradedoor.access.queries import counts_match, dashboard, ended_with_customer, misplaced
from tradedoor.accounts.models import Login, OneTimeLink, Session
from tradedoor.audit.models import AuditRow
from tradedoor.config.schedule import prepare_background
from tradedoor.core.actor import Actor
from tradedoor.core.errors import NotAllowed, Refusal
from tradedoor.crm.actions import contact_sets
from tradedoor.crm.models import Contact, Customer
from tradedoor.jobs.driving import drive_work
from tradedoor.jobs.models import Work
from tradedoor.mail.models import MailMessage
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db

NOBODY = Actor.nobody(ip="198.51.100.20")


def merged(survivor: Contact, *others: Contact, actor: Actor) -> Merged:
    """As the page does it: looked at, then done; and what was promised came true."""
    rows = [Contact.objects.select_related("customer").get(pk=row.pk) for row in (survivor, *others)]
    promised = preview_contact_merge(rows[0], rows[1:], actor=actor)
    done = merge_contacts(
        rows[0], rows[1:], chosen={}, seen={row.pk: row.version for row in rows}, actor=actor
    )
    assert {row.pk for row in done.moved} == {row.pk for row in promised.moves}
    assert {row.pk for row in done.ended} == {row.pk for row, _why in promised.ends}
    assert counts_match() == {}
    assert not misplaced().exists()
    return done


def merged_customers(survivor: Customer, *others: Customer, actor: Actor) -> Merged:
    rows = [Customer.objects.get(pk=row.pk) for row in (survivor, *others)]
    seen = {row.pk: row.version for row in rows}
    done = merge_customers(rows[0], rows[1:], chosen={}, seen=seen, actor=actor)
    assert counts_match() == {}
    return done


def now(access: Access) -> Access:
    return Access.objects.select_related("contact", "customer").get(pk=access.pk)


@pytest.fixture
def twin(acme: Customer) -> Contact:
    return make.contact(acme, "b.buyer@acme.example", first_name="Beatrice")


def test_an_access_only_the_other_had_moves_over_and_keeps_its_login(
    bea: Access, bea_contact: Contact, twin: Contact, meadow: Store, sam: Actor
) -> None:
    access = make.access(twin, meadow)
    session = sign_in_to_store(meadow, "b.buyer@acme.example", make.PASSWORD, actor=NOBODY)
    assert isinstance(session, Entered)

    merged(bea_contact, twin, actor=sam)

    moved = now(access)
    assert (moved.contact, moved.state, moved.login_id) == (bea_contact, State.CURRENT, access.login_id)
    assert (moved.sort_name, moved.epoch) == (bea_contact.sort_name, access.epoch)
    assert Session.objects.get().access_id == moved.pk
    entered = sign_in_to_store(meadow, "b.buyer@acme.example", make.PASSWORD, actor=NOBODY)
    assert isinstance(entered, Entered)
    row = AuditRow.objects.get(event=Event.RELINKED)
    assert (row.access_id, row.contact_id) == (access.pk, bea_contact.pk)
    assert row.data["from_contact"] == twin.pk
    assert not MailMessage.objects.exists()


def test_where_both_have_one_the_others_is_deactivated_and_signs_in_nowhere(
    bea: Access, bea_contact: Contact, twin: Contact, harbour: Store, sam: Actor
) -> None:
    access = make.access(twin, harbour)
    sign_in_to_store(harbour, "b.buyer@acme.example", make.PASSWORD, actor=NOBODY)

    merged(bea_contact, twin, actor=sam)

    gone = now(access)
    assert (gone.contact, gone.state, gone.deactivated_reason) == (twin, State.DEACTIVATED, EndedWhy.MERGED)
    assert not Session.objects.exists()
    with pytest.raises(AccessOff):
        sign_in_to_store(harbour, "b.buyer@acme.example", make.PASSWORD, actor=NOBODY)
    assert now(bea).state == State.CURRENT
    assert Login.objects.buyers().count() == 2
    assert not ended_with_customer(bea.customer_id, actor=sam).exists()


@pytest.mark.parametrize("own", [None, *State])
@pytest.mark.parametrize("theirs", State)
def test_every_pair_of_states_in_one_store_has_its_outcome(
    own: State | None, theirs: State, bea_contact: Contact, twin: Contact, harbour: Store, sam: Actor
) -> None:
    kept = make.access(bea_contact, harbour, state=own) if own else None
    access = make.access(twin, harbour, state=theirs)

    merged(bea_contact, twin, actor=sam)

    after = now(access)
    if kept is None:
        assert (after.contact, after.state) == (bea_contact, theirs)
        return
    assert (now(kept).state, now(kept).contact) == (own, bea_contact)
    ends = {
        State.CURRENT: State.DEACTIVATED,
        State.PENDING: State.CANCELLED,
        State.REQUESTED: State.DECLINED,
    }
    assert (after.contact, after.state) == (twin, ends.get(theirs, theirs))


def test_of_several_others_the_one_who_can_sign_in_comes_along(
    acme: Customer, bea_contact: Contact, harbour: Store, sam: Actor
) -> None:
    states = (State.DEACTIVATED, State.PENDING, State.CURRENT)
    accesses = [make.access(make.contact(acme), harbour, state=state) for state in states]

    merged(bea_contact, *(row.contact for row in accesses), actor=sam)

    assert now(accesses[2]).contact == bea_contact
    assert [now(row).state for row in accesses] == [State.DEACTIVATED, State.CANCELLED, State.CURRENT]


def test_the_preview_says_who_is_locked_out(
    bea_contact: Contact, twin: Contact, harbour: Store, sam: Actor
) -> None:
    make.access(bea_contact, harbour, state=State.CANCELLED)
    access = make.access(twin, harbour)

    def plan(one: Contact, other: Contact) -> AccessPlan:
        rows = [Contact.objects.select_related("customer").get(pk=row.pk) for row in (one, other)]
        return preview_contact_merge(rows[0], rows[1:], actor=sam)

    assert plan(bea_contact, twin).locked_out == [access]
    assert plan(twin, bea_contact).locked_out == []


def test_an_invitation_moves_over_with_its_living_link_where_the_address_is_the_same(
    acme: Customer, borealis: Customer, harbour: Store, sam: Actor
) -> None:
    one = make.contact(acme, "pat@two.example")
    other = make.contact(borealis, "pat@two.example")
    access = invite_contact(harbour, other, actor=sam)

    merged(one, other, actor=sam)

    moved = now(access)
    assert (moved.contact, moved.customer, moved.state) == (one, acme, State.PENDING)
    link = OneTimeLink.objects.get(access_id=access.pk, used_at=None, revoked_at=None)
    entered = accept_with_new_password(link.pk, "nine copper lanterns", store=harbour, actor=NOBODY)
    assert entered.access.customer == acme


def test_across_customers_a_store_dedicated_to_the_other_customer_ends(
    bea: Access, bea_contact: Contact, nils: Access, nils_contact: Contact, borealis: Customer, sam: Actor
) -> None:
    own = make.store("Borealis only", kind="dedicated", customer=borealis)
    access = make.access(nils_contact, own)

    merged(bea_contact, nils_contact, actor=sam)

    assert (now(access).state, now(access).contact) == (State.DEACTIVATED, nils_contact)
    assert now(nils).state == State.DEACTIVATED


def test_an_access_that_comes_to_an_inactive_customer_ends(
    bea_contact: Contact, nils: Access, nils_contact: Contact, acme: Customer, sam: Actor
) -> None:
    set_customer_status([acme], "inactive", actor=sam)

    merged(bea_contact, nils_contact, actor=sam)

    assert (now(nils).state, now(nils).contact) == (State.DEACTIVATED, bea_contact)
    set_customer_status([acme], "active", actor=sam)
    assert list(ended_with_customer(acme.pk, actor=sam)) == [nils]


def test_merging_twice_or_without_the_right_changes_nothing(
    bea: Access, bea_contact: Contact, twin: Contact, meadow: Store, sam: Actor, vic: Actor
) -> None:
    make.access(twin, meadow)
    before = AuditRow.objects.count()
    seen = {row.pk: row.version for row in (bea_contact, twin)}
    with pytest.raises(NotAllowed):
        merge_contacts(bea_contact, [twin], chosen={}, seen=seen, actor=vic)
    with pytest.raises(NotAllowed):
        preview_contact_merge(bea_contact, [twin], actor=vic)
    assert AuditRow.objects.count() == before

    merge_contacts(bea_contact, [twin], chosen={}, seen=seen, actor=sam)
    before = AuditRow.objects.count()
    again = merge_contacts(bea_contact, [twin], chosen={}, seen=seen, actor=sam)
    assert again == Merged()
    assert AuditRow.objects.count() == before


def test_a_contact_archived_between_the_preview_and_the_merge_is_not_merged(
    bea: Access, bea_contact: Contact, twin: Contact, sam: Actor
) -> None:
    archive_contacts([twin], actor=sam)
    with pytest.raises(Refusal) as refusal:
        merge_contacts(
            bea_contact,
            [twin],
            chosen={},
            seen={bea_contact.pk: bea_contact.version, twin.pk: twin.version},
            actor=sam,
        )
    assert refusal.value.code == "archived"
    assert now(bea).state == State.CURRENT


def test_merging_closes_the_error_that_two_of_one_email_raised(
    bea: Access, bea_contact: Contact, acme: Customer, sam: Actor
) -> None:
    twin = make.contact(acme, "bea@acme.example")
    check_contacts([twin.pk], actor=sam)
    assert AccessError.objects.open().get().reason == ErrorReason.DUPLICATE_CONTACT

    merged(bea_contact, twin, actor=sam)

    assert not AccessError.objects.open().exists()


def test_a_chosen_email_is_followed_by_the_login_and_a_change_of_who_is_merged_is_cancelled(
    bea: Access, bea_contact: Contact, twin: Contact, meadow: Store, sam: Actor
) -> None:
    make.access(twin, meadow)
    update_contact(twin, {"email": "twin@acme.example"}, version=twin.version, actor=sam)
    assert EmailChange.objects.open().get().contact == twin
    rows = [Contact.objects.select_related("customer").get(pk=row.pk) for row in (bea_contact, twin)]

    merge_contacts(
        rows[0],
        rows[1:],
        chosen={"email": twin.pk},
        seen={row.pk: row.version for row in rows},
        actor=sam,
    )

    change = EmailChange.objects.open().get()
    assert (change.contact, change.old_email, change.new_email) == (
        bea_contact,
        "bea@acme.example",
        "twin@acme.example",
    )
    assert EmailChange.objects.get(contact=twin).state == "cancelled"
    assert make.login_of(bea).email == "bea@acme.example"


def test_the_accesses_of_a_merged_customer_go_on_as_the_survivors(
    bea: Access, nils: Access, acme: Customer, borealis: Customer, harbour: Store, sam: Actor
) -> None:
    own = make.store("Borealis only", kind="dedicated", customer=borealis)
    there = make.access(nils.contact, own, state=State.PENDING)
    before = preview_customer_merge(acme, [borealis], actor=sam)

    merged_customers(acme, borealis, actor=sam)

    assert (before.contacts, before.stores, before.ending) == (1, (own,), 0)
    assert before.accesses == {State.CURRENT: 1, State.PENDING: 1}
    for access in (nils, there):
        assert now(access).customer == acme
        assert now(access).state == access.state
    own.refresh_from_db()
    assert (own.customer, own.version) == (acme, 2)
    assert list(dashboard(harbour, tab=None, actor=sam, search="nord acme")) == [nils]
    entered = sign_in_to_store(harbour, "nils@borealis.example", make.PASSWORD, actor=NOBODY)
    assert isinstance(entered, Entered)
    assert entered.access.customer == acme


def test_merged_into_an_inactive_customer_they_end(
    bea: Access, nils: Access, acme: Customer, borealis: Customer, sam: Actor
) -> None:
    set_customer_status([acme], "inactive", actor=sam)
    before = preview_customer_merge(Customer.objects.get(pk=acme.pk), [borealis], actor=sam)

    done = merged_customers(acme, borealis, actor=sam)

    assert before.ending == 1
    assert [row.pk for row in done.ended] == [nils.pk]
    assert now(nils).state == State.DEACTIVATED


@pytest.mark.parametrize("most", [500, 0])
def test_two_of_one_email_after_a_merge_of_customers_are_kept_and_stand_on_error(
    bea: Access,
    acme: Customer,
    borealis: Customer,
    sam: Actor,
    most: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """At once where they are few; where they are many the history says so within seconds."""
    monkeypatch.setattr(merging, "AT_ONCE", most)
    twin = make.access(make.contact(borealis, "bea@acme.example"), make.store("Meadow"))

    merged_customers(acme, borealis, actor=sam)
    if not most:
        prepare_background()
        drive_work(Work.objects.get().pk)
        assert not AccessError.objects.open().exists()
        read_feed(actor=ACTOR)

    open_errors = AccessError.objects.open()
    assert {(row.access_id, row.reason) for row in open_errors} == {
        (bea.pk, ErrorReason.DUPLICATE_CONTACT),
        (twin.pk, ErrorReason.DUPLICATE_CONTACT),
    }
    assert now(bea).state == State.CURRENT


def test_whoever_strayed_into_the_customer_comes_along_to_nobody(
    bea: Access, acme: Customer, borealis: Customer, sam: Actor
) -> None:
    """Moved by an import, Bea's access acts for Acme still, and nobody has decided that it may for another."""
    contact_sets.move_contacts([bea.contact], to=borealis.departments.get(), actor=sam)
    third = make.customer("Third")

    merged_customers(third, borealis, actor=sam)

    assert now(bea).customer_id == acme.pk
    assert AccessError.objects.open().filter(access=bea, reason=ErrorReason.CONTACT_GONE).exists()


def test_nor_does_it_by_a_merge_of_contacts(
    bea: Access, acme: Customer, borealis: Customer, sam: Actor
) -> None:
    contact_sets.move_contacts([bea.contact], to=borealis.departments.get(), actor=sam)

    merged(make.contact(borealis), Contact.objects.get(pk=bea.contact_id), actor=sam)

    assert (now(bea).state, now(bea).customer_id) == (State.DEACTIVATED, acme.pk)


def test_merging_customers_with_many_accesses_takes_as_many_queries_as_with_few(
    harbour: Store, sam: Actor
) -> None:
    def queries(number: int) -> int:
        kept, gone = make.customer(f"Kept {number}"), make.customer(f"Gone {number}")
        for _ in range(number):
            make.access(make.contact(gone), harbour)
        with CaptureQueriesContext(connection) as captured:
            merged_customers(kept, gone, actor=sam)
        return len(captured)

    assert queries(3) == queries(30)
