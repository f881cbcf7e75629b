"""Errors that are about whose login it is: another has the email, two share one, or the contact is gone."""

import pytest
from django.db import connection
from django.utils import timezone

from tests import make
from tests.access.test_errors import NOBODY, R, edit, open_reasons, tab_of
from tradedoor.access.actions import crm
from tradedoor.access.actions.clearing import clear_errors
from tradedoor.access.actions.entering import sign_in_to_store
from tradedoor.access.actions.error_feed import read_feed
from tradedoor.access.actions.errors import raise_errors
from tradedoor.access.actions.joining import Entered, Needs, accept_by_signing_in, invitation_of
from tradedoor.access.actions.mending import change_for_all, invite_owner, relink, split_off, undo_crm_edit
from tradedoor.access.actions.switching import deactivate
from tradedoor.access.error_jobs import ACTOR
from tradedoor.access.errors import LinkDead, NotPossible
from tradedoor.access.faults import Fault
from tradedoor.access.models import (
    Access,
    State,
    Tab,
)
from tradedoor.access.sets import just
from tradedoor.accounts.models import OneTimeLink, Session
from tradedoor.core.actor import Actor
from tradedoor.core.errors import NotAllowed
from tradedoor.crm.actions import contact_sets
from tradedoor.crm.models import Contact, Customer
from tradedoor.mail.models import MailMessage
from tradedoor.mail.rendering import render
from tradedoor.stores.models import Store

pytestmark = pytest.mark.usefixtures("tabs_agree_with_rows")


class TestAnEmailThatAnotherLoginHas:
    def test_stands_while_it_is_so_and_closes_when_the_edit_is_undone(
        self, bea: Access, bea_contact: Contact, sam: Actor
    ) -> None:
        make.buyer_login("taken@elsewhere.example")
        edit(bea_contact, "taken@elsewhere.example", actor=sam)
        raise_errors([Fault(bea.pk, R.EMAIL_IN_USE, {"email": "taken@elsewhere.example"})], actor=sam)

        assert clear_errors(just(bea), actor=sam).fixed == ()
        assert open_reasons(bea) == [R.EMAIL_IN_USE]

        undo_crm_edit(Access.objects.select_related("login", "store").get(pk=bea.pk), actor=sam)
        assert open_reasons(bea) == []

    def test_its_owner_can_be_invited_and_nothing_changes_until_they_accept(
        self, bea: Access, bea_contact: Contact, harbour: Store, sam: Actor
    ) -> None:
        owner = make.buyer_login("bea.new@acme.example")
        edit(bea_contact, "bea.new@acme.example", actor=sam)
        raise_errors([Fault(bea.pk, R.EMAIL_IN_USE)], actor=sam)
        entered = sign_in_to_store(harbour, "bea@acme.example", make.PASSWORD, actor=NOBODY)
        assert isinstance(entered, Entered)

        invite_owner(bea, actor=sam)

        assert Access.objects.get(pk=bea.pk).login_id == bea.login_id
        link = OneTimeLink.objects.get(access_id=bea.pk, revoked_at=None)
        [mail] = MailMessage.objects.filter(link_id=link.pk)
        assert (mail.to_email, render(mail) is not None) == ("bea.new@acme.example", True)
        assert invitation_of(link.pk, store=harbour).needs is Needs.SIGN_IN

        accept_by_signing_in(link.pk, make.PASSWORD, store=harbour, actor=NOBODY)

        now = Access.objects.get(pk=bea.pk)
        assert (now.state, now.tab, now.login_id) == (State.CURRENT, Tab.CURRENT, owner.pk)
        assert open_reasons(bea) == []
        assert not Session.objects.filter(pk=entered.opened.session.pk).exists()

    def test_the_owners_invitation_is_dead_once_the_edit_is_undone(
        self, bea: Access, bea_contact: Contact, harbour: Store, sam: Actor
    ) -> None:
        make.buyer_login("bea.new@acme.example")
        edit(bea_contact, "bea.new@acme.example", actor=sam)
        raise_errors([Fault(bea.pk, R.EMAIL_IN_USE)], actor=sam)
        invite_owner(bea, actor=sam)
        link = OneTimeLink.objects.get(access_id=bea.pk, revoked_at=None)

        undo_crm_edit(Access.objects.select_related("login", "store").get(pk=bea.pk), actor=sam)

        with pytest.raises(LinkDead):
            accept_by_signing_in(link.pk, make.PASSWORD, store=harbour, actor=NOBODY)
        assert Access.objects.get(pk=bea.pk).login_id == bea.login_id
        with pytest.raises(NotPossible) as no:
            invite_owner(bea, actor=sam)
        assert no.value.code == "no_error"


class TestASharedLogin:
    def test_stands_while_the_other_contact_keeps_the_address(
        self, bea: Access, bea_contact: Contact, borealis: Customer, harbour: Store, sam: Actor
    ) -> None:
        twin = make.contact(borealis, "bea@acme.example", first_name="Bea", last_name="Twin")
        make.access(twin, harbour)
        edit(bea_contact, "bea.new@acme.example", actor=sam)
        raise_errors([Fault(bea.pk, R.LOGIN_SHARED)], actor=sam)

        cleared = clear_errors(just(bea), actor=sam)

        assert "Bea Twin" in cleared.standing[0][1]

        edit(twin, "bea.new@acme.example", actor=sam)
        assert clear_errors(just(bea), actor=sam).fixed == (bea.pk,)

    def test_changed_for_all_the_other_contact_gets_the_new_email_too(
        self, bea: Access, bea_contact: Contact, borealis: Customer, harbour: Store, meadow: Store, sam: Actor
    ) -> None:
        twin = make.contact(borealis, "bea@acme.example", first_name="Bea", last_name="Twin")
        make.access(twin, meadow)
        edit(bea_contact, "bea.new@acme.example", actor=sam)
        raise_errors([Fault(bea.pk, R.LOGIN_SHARED)], actor=sam)
        narrow = make.actor(make.staff("Nell Narrow", stores=(harbour,)))
        with pytest.raises(NotAllowed):
            change_for_all(bea, actor=narrow)

        assert change_for_all(bea, actor=sam) == 1

        assert Contact.objects.get(pk=twin.pk).email == "bea.new@acme.example"
        assert open_reasons(bea) == []

    def test_split_off_the_contact_gets_a_login_of_its_own_by_an_invitation(
        self, bea: Access, bea_contact: Contact, borealis: Customer, harbour: Store, sam: Actor
    ) -> None:
        twin = make.access(make.contact(borealis, "bea@acme.example"), harbour)
        edit(bea_contact, "bea.new@acme.example", actor=sam)
        raise_errors([Fault(bea.pk, R.LOGIN_SHARED)], actor=sam)

        split_off(bea, actor=sam)

        now = Access.objects.select_related("login").get(pk=bea.pk)
        assert now.login is not None
        assert (now.state, now.tab, now.login.email) == (State.PENDING, Tab.PENDING, "bea.new@acme.example")
        assert MailMessage.objects.get().to_email == "bea.new@acme.example"
        assert Access.objects.get(pk=twin.pk).login_id == bea.login_id
        with pytest.raises(NotPossible) as no:
            split_off(bea, actor=sam)
        assert no.value.code == "not_current"


class TestAContactThatIsGone:
    def test_archived_past_the_actions_is_found_by_the_history(self, bea: Access, sam: Actor) -> None:
        contact_sets.archive_contacts([bea.contact], actor=sam)
        assert open_reasons(bea) == []

        read_feed(actor=ACTOR)

        assert open_reasons(bea) == [R.CONTACT_GONE]
        deactivate(just(bea), actor=sam)
        assert open_reasons(bea) == []

    def test_moved_past_the_actions_stays_with_the_customer_it_was_given_for_until_relinked(
        self, bea: Access, borealis: Customer, sam: Actor
    ) -> None:
        contact_sets.move_contacts([bea.contact], to=borealis.departments.get(), actor=sam)
        read_feed(actor=ACTOR)
        moved = Contact.objects.select_related("customer").get(pk=bea.contact_id)
        crm.update_contact(moved, {"first_name": "Beatrix"}, version=moved.version, actor=sam)

        assert open_reasons(bea) == [R.CONTACT_GONE]
        held = Access.objects.select_related("store").get(pk=bea.pk)
        assert held.customer_id == bea.customer_id

        relink(held, actor=sam)

        assert open_reasons(bea) == []
        now = Access.objects.get(pk=bea.pk)
        assert (now.customer_id, now.sort_customer) == (borealis.pk, "borealis")

    def test_merged_away_the_access_can_follow_unless_the_other_has_one(
        self, bea: Access, acme: Customer, harbour: Store, sam: Actor
    ) -> None:
        other = make.contact(acme, first_name="Bea", last_name="Merged")
        Contact.objects.filter(pk=bea.contact_id).update(archived_at=timezone.now(), merged_into=other)
        raise_errors([Fault(bea.pk, R.NO_EMAIL)], actor=sam)
        clear_errors(just(bea), actor=sam)
        assert open_reasons(bea) == [R.CONTACT_GONE]
        own = make.access(other, harbour, state=State.PENDING)

        with pytest.raises(NotPossible) as no:
            relink(bea, actor=sam)
        assert no.value.code == "has_access_already"

        own.delete()
        connection.cursor().execute("UPDATE access_tabcount SET count = 0 WHERE tab = 'pending'")
        relink(bea, actor=sam)
        assert Access.objects.get(pk=bea.pk).contact_id == other.pk
        assert tab_of(bea) is Tab.CURRENT
