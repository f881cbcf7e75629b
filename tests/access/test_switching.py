"""Deactivating and re-enabling."""

from datetime import timedelta
from typing import Any, TypeAlias

import pytest
import time_machine
from django.db.models import QuerySet
from django.utils import timezone

from tests import make
from tradedoor.access.actions import crm
from tradedoor.access.actions.email_schedule import cancel_changes
from tradedoor.access.actions.email_sync import differing, preview_update
from tradedoor.access.actions.entering import sign_in_to_store
from tradedoor.access.actions.invitations import invite_contact
from tradedoor.access.actions.joining import Entered, accept_with_new_password
from tradedoor.access.actions.switching import (
    deactivate,
    reason_against_reenabling,
    reenable,
    undo_deactivation,
)
from tradedoor.access.errors import AccessOff, LinkDead, NotPossible
from tradedoor.access.events import Event
from tradedoor.access.models import Access, EmailChange, State
from tradedoor.access.queries import access_for, counts_match
from tradedoor.access.reasons import Reason
from tradedoor.access.sets import Accesses, just, these
from tradedoor.accounts.actions.links import LinkRequest, issue_links
from tradedoor.accounts.actions.sessions import session_for
from tradedoor.accounts.models import Login, OneTimeLink, Purpose, Realm, Session
from tradedoor.audit.models import AuditRow
from tradedoor.core.actor import Actor
from tradedoor.core.errors import NotAllowed
from tradedoor.crm.models import Contact, Customer
from tradedoor.mail.models import MailMessage
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db

# Rows, what is made wrong about them, how it is made right again, and the code it is refused with meanwhile.
Case: TypeAlias = tuple[QuerySet[Any], dict[str, Any], dict[str, Any], str]

NOBODY = Actor.nobody(ip="198.51.100.9")


def enter(store: Store, email: str) -> Entered:
    entered = sign_in_to_store(store, email, make.PASSWORD, actor=NOBODY)
    assert isinstance(entered, Entered)
    return entered


def events_of(access: Access) -> list[str]:
    return list(AuditRow.objects.filter(access_id=access.pk).order_by("pk").values_list("event", flat=True))


def state_of(access: Access) -> str:
    return Access.objects.values_list("state", flat=True).get(pk=access.pk)


def reasons(accesses: Accesses, actor: Actor) -> list[Reason]:
    return [refused.reason for refused in reenable(accesses, actor=actor).outcome.refused]


def test_deactivating_signs_the_buyer_out_of_that_store_only(
    bea: Access, bea_contact: Contact, harbour: Store, meadow: Store, sam: Actor
) -> None:
    make.access(bea_contact, meadow)
    here, there = enter(harbour, "bea@acme.example"), enter(meadow, "bea@acme.example")

    receipt = deactivate(just(bea), actor=sam, reason="Left  Acme\n")

    assert receipt.outcome.done == (bea.pk,)
    assert receipt.sessions_ended == 1
    assert session_for(here.opened.key, realm=Realm.BUYER, store_id=harbour.pk) is None
    assert session_for(there.opened.key, realm=Realm.BUYER, store_id=meadow.pk) is not None
    bea.refresh_from_db()
    assert (bea.state, bea.deactivated_by_id, bea.deactivated_reason) == (
        State.DEACTIVATED, sam.login_id, "Left Acme",
    )  # fmt: skip
    assert events_of(bea)[-1] == Event.DEACTIVATED
    assert not MailMessage.objects.exists()
    with pytest.raises(AccessOff):
        enter(harbour, "bea@acme.example")


def test_a_session_that_nobody_deleted_fails_by_its_epoch(bea: Access, harbour: Store, sam: Actor) -> None:
    session = enter(harbour, "bea@acme.example").opened.session

    deactivate(just(bea), actor=sam)
    reenable(just(bea), actor=sam)

    bea.refresh_from_db()
    assert bea.state == State.CURRENT
    assert session.access_epoch != bea.epoch


def test_the_receipt_names_colleagues_who_can_still_sign_in(
    bea: Access, nils: Access, bea_contact: Contact, harbour: Store, sam: Actor
) -> None:
    acme = bea_contact.customer
    for index in range(7):
        make.access(make.contact(acme, first_name=f"Colleague{index}", last_name="Acme"), harbour)
    make.access(make.contact(acme, first_name="Off"), harbour, state=State.DEACTIVATED)

    receipt = deactivate(just(bea), actor=sam)

    assert receipt.others_count == 7
    assert receipt.others[0] == "Colleague0 Acme"
    assert len(receipt.others) == 5


def test_pressing_twice_leaves_the_second_alone_and_says_so(bea: Access, sam: Actor) -> None:
    deactivate(just(bea), actor=sam)

    again = deactivate(just(bea), actor=sam)

    assert again.outcome.done == ()
    assert [refused.reason for refused in again.outcome.refused] == [Reason.ALREADY_DEACTIVATED]
    assert events_of(bea).count(Event.DEACTIVATED) == 1


@pytest.mark.parametrize("who", ["vic", "elsewhere", "buyer"])
def test_who_may_not_switch_is_refused_and_nothing_changes(
    who: str, bea: Access, vic: Actor, meadow: Store, nils_actor: Actor
) -> None:
    actors = {"vic": vic, "elsewhere": make.actor(make.staff(stores=(meadow,))), "buyer": nils_actor}
    for act in (deactivate, reenable, undo_deactivation):
        with pytest.raises(NotAllowed):
            act(just(bea), actor=actors[who])
    assert state_of(bea) == State.CURRENT


def test_links_by_which_a_password_is_set_die_with_the_last_current_access_only(
    bea: Access, bea_contact: Contact, harbour: Store, meadow: Store, sam: Actor
) -> None:
    other = make.access(bea_contact, meadow)
    request = LinkRequest(
        purpose=Purpose.RESET,
        address="bea@acme.example",
        expires_at=bea.created_at + timedelta(hours=1),
        login_id=bea.login_id,
        store_id=harbour.pk,
    )
    issue_links([request], actor=sam)

    deactivate(just(bea), actor=sam)
    assert OneTimeLink.objects.get().revoked_at is None
    deactivate(just(other), actor=sam)
    assert OneTimeLink.objects.get().revoked_why == "deactivated"


def test_reenabling_lets_in_by_the_old_password_and_revives_nothing(
    bea: Access, harbour: Store, sam: Actor
) -> None:
    key = enter(harbour, "bea@acme.example").opened.key
    deactivate(just(bea), actor=sam, reason="Left")

    done = reenable(just(bea), actor=sam)

    assert [row.pk for row in done.current] == [bea.pk]
    assert done.invited == ()
    bea.refresh_from_db()
    assert (bea.state, bea.deactivated_by_id, bea.deactivated_reason) == (State.CURRENT, None, "")
    assert session_for(key, realm=Realm.BUYER, store_id=harbour.pk) is None
    assert not Session.objects.exists()
    assert not MailMessage.objects.exists()
    assert enter(harbour, "bea@acme.example").access == bea


def test_an_invitation_of_before_stays_dead_after_reenabling(
    bea_contact: Contact, harbour: Store, sam: Actor, ada: Actor
) -> None:
    access = invite_contact(harbour, bea_contact, actor=sam)
    old = OneTimeLink.objects.get()
    accept_with_new_password(old.pk, "nine copper lanterns", store=harbour, actor=NOBODY)
    deactivate(just(access), actor=sam)
    Login.objects.filter(accesses=access).update(password="!")

    done = reenable(just(access), actor=ada)

    assert [row.pk for row in done.invited] == [access.pk]
    assert state_of(access) == State.PENDING
    assert events_of(access)[-1] == Event.REINVITED
    with pytest.raises(LinkDead):
        accept_with_new_password(old.pk, "nine copper lanterns", store=harbour, actor=NOBODY)
    assert OneTimeLink.objects.filter(used_at=None, revoked_at=None).count() == 1
    new = OneTimeLink.objects.latest("pk")
    assert MailMessage.objects.latest("pk").link_id == new.pk
    accept_with_new_password(new.pk, "six silver anchors", store=harbour, actor=NOBODY)
    assert state_of(access) == State.CURRENT


def test_a_temporary_password_is_nobodys_own_so_reenabling_invites(bea: Access, sam: Actor) -> None:
    Login.objects.filter(accesses=bea).update(password_is_temporary_until=bea.created_at)
    deactivate(just(bea), actor=sam)

    assert [row.pk for row in reenable(just(bea), actor=sam).invited] == [bea.pk]


def test_reenabling_is_refused_with_the_reason_while_something_stands_against_it(
    bea: Access, bea_contact: Contact, acme: Customer, borealis: Customer, harbour: Store, sam: Actor
) -> None:
    deactivate(just(bea), actor=sam)
    now = bea.created_at
    dedicated = ({"kind": "dedicated", "customer": borealis}, {"kind": "shared", "customer": None})
    cases: list[Case] = [
        (
            Contact.objects.filter(pk=bea_contact.pk),
            {"archived_at": now},
            {"archived_at": None},
            Reason.CONTACT_ARCHIVED,
        ),
        (
            Customer.objects.filter(pk=acme.pk),
            {"status": "inactive"},
            {"status": "active"},
            Reason.CUSTOMER_INACTIVE,
        ),
        (Login.objects.filter(accesses=bea), {"is_active": False}, {"is_active": True}, Reason.LOGIN_OFF),
        (Login.objects.filter(accesses=bea), {"held_at": now}, {"held_at": None}, Reason.LOGIN_HELD),
        (Store.objects.filter(pk=harbour.pk), *dedicated, Reason.STORE_DEDICATED_ELSEWHERE),
    ]
    for rows, wrong, right, reason in cases:
        rows.update(**wrong)
        assert reason_against_reenabling(access_for(bea.public_id, actor=sam)) == reason
        assert reasons(just(bea), sam) == [reason]
        assert reasons_of_undo(bea, sam) == [reason]
        rows.update(**right)
    assert state_of(bea) == State.DEACTIVATED
    assert reason_against_reenabling(access_for(bea.public_id, actor=sam)) is None
    assert reasons(just(bea), sam) == []


def reasons_of_undo(access: Access, actor: Actor) -> list[Reason]:
    return [refused.reason for refused in undo_deactivation(just(access), actor=actor).refused]


def test_whoever_has_neither_password_nor_address_cannot_be_reenabled(
    bea: Access, bea_contact: Contact, sam: Actor
) -> None:
    deactivate(just(bea), actor=sam)
    Login.objects.filter(accesses=bea).update(password="!")
    Contact.objects.filter(pk=bea_contact.pk).update(email="", email_canonical="")

    assert reason_against_reenabling(access_for(bea.public_id, actor=sam)) == Reason.NO_EMAIL
    assert reasons(just(bea), sam) == [Reason.NO_EMAIL]


def test_reenabling_by_invitation_wants_a_store_that_can_invite(
    bea: Access, harbour: Store, sam: Actor
) -> None:
    deactivate(just(bea), actor=sam)
    Login.objects.filter(accesses=bea).update(password="!")
    Store.objects.filter(pk=harbour.pk).update(name="")

    with pytest.raises(NotPossible):
        reenable(just(bea), actor=sam)
    assert state_of(bea) == State.DEACTIVATED


@pytest.mark.parametrize("state", [State.PENDING, State.CURRENT, State.REQUESTED, State.CANCELLED])
def test_only_what_is_deactivated_can_be_reenabled(
    state: State, bea_contact: Contact, harbour: Store, sam: Actor
) -> None:
    access = make.access(bea_contact, harbour, state=state)

    done = reenable(just(access), actor=sam)

    assert done.outcome.done == ()
    assert len(done.outcome.refused) == 1
    assert state_of(access) == state
    assert reason_against_reenabling(access_for(access.public_id, actor=sam)) == Reason.NOT_DEACTIVATED


def test_undo_restores_within_ten_minutes_and_no_later(bea: Access, nils: Access, sam: Actor) -> None:
    with time_machine.travel("2025-06-02 08:00Z", tick=False) as clock:
        deactivate(these([bea.pk, nils.pk]), actor=sam)
        clock.shift(timedelta(minutes=10))
        assert undo_deactivation(just(bea), actor=sam).done == (bea.pk,)
        clock.shift(1)
        assert reasons_of_undo(nils, sam) == [Reason.TOO_LATE_TO_UNDO]

    assert (state_of(bea), state_of(nils)) == (State.CURRENT, State.DEACTIVATED)
    assert events_of(bea)[-1] == Event.DEACTIVATION_UNDONE
    assert not Session.objects.exists()


def test_undo_after_undo_changes_nothing(bea: Access, sam: Actor) -> None:
    deactivate(just(bea), actor=sam)
    undo_deactivation(just(bea), actor=sam)

    assert reasons_of_undo(bea, sam) == [Reason.ALREADY_CURRENT]


def test_many_are_switched_as_one_is(harbour: Store, meadow: Store, acme: Customer, sam: Actor) -> None:
    contacts = [make.contact(acme) for _ in range(6)]
    accesses = these(make.access(contact, store).pk for contact in contacts for store in (harbour, meadow))
    Login.objects.filter(email_canonical=contacts[0].email_canonical).update(password="!")

    assert len(deactivate(accesses, actor=sam).outcome.done) == 12
    done = reenable(accesses, actor=sam)

    assert (len(done.current), len(done.invited)) == (10, 2)
    assert MailMessage.objects.count() == 2
    assert not counts_match()


def test_dea_02_an_email_change_that_ended_with_the_contact_is_not_revived_and_staff_find_the_difference(
    bea: Access, bea_contact: Contact, harbour: Store, sam: Actor
) -> None:
    crm.update_contact(bea_contact, {"email": "beatrice@acme.example"}, version=1, actor=sam)
    crm.archive_contacts([bea_contact], actor=sam)
    crm.restore_contacts([bea_contact], actor=sam)
    assert not EmailChange.objects.open().exists()

    reenable(just(bea), actor=sam)

    assert not EmailChange.objects.open().exists()
    assert list(differing(harbour, actor=sam)) == [bea_contact]
    assert [row.contact for row in preview_update(harbour, actor=sam).able] == [bea_contact]


def test_an_email_change_that_staff_cancelled_stays_cancelled(
    bea: Access, bea_contact: Contact, sam: Actor
) -> None:
    crm.update_contact(bea_contact, {"email": "beatrice@acme.example"}, version=1, actor=sam)
    cancel_changes([EmailChange.objects.open().get().pk], actor=sam)
    deactivate(just(bea), actor=sam)

    reenable(just(bea), actor=sam)

    assert not EmailChange.objects.open().exists()


def test_undo_gives_nobody_back_an_access_whose_temporary_password_died(
    bea: Access, nils: Access, sam: Actor
) -> None:
    Login.objects.filter(accesses=bea).update(password_is_temporary_until=timezone.now() + timedelta(days=1))
    deactivate(these([bea.pk, nils.pk]), actor=sam)

    outcome = undo_deactivation(these([bea.pk, nils.pk]), actor=sam)

    assert outcome.done == (nils.pk,)
    assert [(row.access_id, row.reason) for row in outcome.refused] == [(bea.pk, Reason.PASSWORD_DIED)]
    assert [row.state for row in reenable(just(bea), actor=sam).invited] == [State.PENDING]
