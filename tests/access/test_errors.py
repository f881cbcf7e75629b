"""Errors of accesses: each raised by what really brings it, looked at again, taken on, and closed."""

import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from aiosmtpd.controller import Controller
from django.db import connection
from django.utils import timezone

from tests import make
from tests.mail.conftest import free_port
from tests.mail.smtp import Server, send_all
from tradedoor.access.actions import crm, states
from tradedoor.access.actions.clearing import clear_errors, leave_errors, take_errors
from tradedoor.access.actions.entering import sign_in_to_store
from tradedoor.access.actions.error_feed import read_feed
from tradedoor.access.actions.errors import close_errors, raise_errors
from tradedoor.access.actions.invitations import cancel_invitation, invite_contact, resend_invitation
from tradedoor.access.actions.joining import Entered, Needs, accept_by_signing_in, invitation_of
from tradedoor.access.actions.mending import change_for_all, invite_owner, relink, split_off, undo_crm_edit
from tradedoor.access.actions.states import Change
from tradedoor.access.actions.switching import deactivate, reenable
from tradedoor.access.error_jobs import ACTOR
from tradedoor.access.errors import LinkDead, NotPossible
from tradedoor.access.events import Event
from tradedoor.access.faults import Fault, sentence_of
from tradedoor.access.models import (
    Access,
    AccessError,
    ErrorClosedWhy,
    ErrorReason,
    FeedPlace,
    State,
    Tab,
)
from tradedoor.access.queries import counts_match, misplaced, tab_counts
from tradedoor.access.sets import just, these
from tradedoor.access.transitions import Trigger
from tradedoor.accounts.models import Login, OneTimeLink, Session
from tradedoor.audit.models import AuditRow
from tradedoor.config.schedule import prepare_background
from tradedoor.core.actor import Actor
from tradedoor.core.errors import NotAllowed
from tradedoor.crm.actions import contact_sets
from tradedoor.crm.actions.imports import upload_import
from tradedoor.crm.models import Contact, Customer
from tradedoor.jobs.driving import drive_work
from tradedoor.jobs.models import Work
from tradedoor.mail.models import MailMessage
from tradedoor.mail.rendering import render
from tradedoor.mail.sending import Sender
from tradedoor.stores.models import Store

R = ErrorReason
NOBODY = Actor.nobody(ip="198.51.100.7")


def open_reasons(access: Access) -> list[str]:
    return list(AccessError.objects.open().filter(access=access).values_list("reason", flat=True))


def tab_of(access: Access) -> Tab:
    return Tab(Access.objects.get(pk=access.pk).tab)


def edit(contact: Contact, email: str, *, actor: Actor, confirmed: bool = True) -> None:
    now = Contact.objects.select_related("customer").get(pk=contact.pk)
    crm.update_contact(now, {"email": email}, version=now.version, actor=actor, confirmed=confirmed)


@pytest.fixture(autouse=True)
def _tabs_agree_with_rows() -> Iterator[None]:
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


class TestTheEmailInTheCrm:
    def test_emptied_it_is_an_error_at_once_and_given_again_none(
        self, bea: Access, bea_contact: Contact, sam: Actor
    ) -> None:
        edit(bea_contact, "", actor=sam)

        assert open_reasons(bea) == [R.NO_EMAIL]
        assert tab_of(bea) is Tab.ERROR
        assert tab_counts(bea.store, actor=sam)[Tab.CURRENT] == 0

        edit(bea_contact, "bea@acme.example", actor=sam)

        assert open_reasons(bea) == []
        assert tab_of(bea) is Tab.CURRENT
        error = AccessError.objects.get()
        assert error.closed_why == ErrorClosedWhy.FIXED
        events = AuditRow.objects.filter(access_id=bea.pk, event__in=[Event.ERROR_RAISED, Event.ERROR_CLOSED])
        assert [row.data["reason"] for row in events.order_by("pk")] == ["no_email", "no_email"]

    def test_an_error_changes_nothing_about_who_gets_in(
        self, bea: Access, bea_contact: Contact, harbour: Store, sam: Actor
    ) -> None:
        edit(bea_contact, "", actor=sam)

        entered = sign_in_to_store(harbour, "bea@acme.example", make.PASSWORD, actor=NOBODY)

        assert isinstance(entered, Entered)
        assert entered.access.pk == bea.pk
        assert tab_of(bea) is Tab.ERROR

    def test_accepting_an_invitation_keeps_the_error_open(self, pia: Access, sam: Actor) -> None:
        raise_errors([Fault(pia.pk, R.STORE_INCOMPLETE)], actor=sam)

        make_current(pia)

        assert Access.objects.get(pk=pia.pk).state == State.CURRENT
        assert tab_of(pia) is Tab.ERROR

    def test_two_contacts_of_one_customer_with_one_email_by_an_import(
        self, bea: Access, nils: Access, ada: Actor
    ) -> None:
        imported(
            "Code,Company,First name,Last name,Email\n"
            "ACME,Acme,Bea,Buyer,bea@acme.example\n"
            "ACME,Acme,Bob,Buyer,bea@acme.example\n"
            "BORE,Borealis,Bea,Buyer,bea@acme.example\n",
            actor=ada,
        )

        assert Contact.objects.filter(email_canonical="bea@acme.example").count() == 3
        assert open_reasons(bea) == [R.DUPLICATE_CONTACT]
        error = AccessError.objects.get()
        assert "Bob" in sentence_of(error.reason, error.data)
        assert open_reasons(nils) == []

        bob = Contact.objects.get(first_name="Bob")
        crm.archive_contacts([bob], actor=ada)
        assert open_reasons(bea) == []
        assert tab_of(bea) is Tab.CURRENT

        crm.restore_contacts([bob], actor=ada)
        assert open_reasons(bea) == [R.DUPLICATE_CONTACT]

    def test_malformed_it_is_an_error_that_names_it(
        self, bea: Access, bea_contact: Contact, sam: Actor
    ) -> None:
        """No form takes one; as an import or another program keeps it, the next look finds it."""
        Contact.objects.filter(pk=bea_contact.pk).update(email="bea(at)acme.example", email_canonical="")

        restate(bea_contact, actor=sam)

        assert open_reasons(bea) == [R.BAD_EMAIL]
        error = AccessError.objects.get()
        assert "bea(at)acme.example" in sentence_of(error.reason, error.data)

    def test_the_errors_of_a_leaver_close_and_come_back_with_them(
        self, bea: Access, bea_contact: Contact, sam: Actor
    ) -> None:
        edit(bea_contact, "", actor=sam)

        deactivate(just(bea), actor=sam)

        assert tab_of(bea) is Tab.DEACTIVATED
        assert AccessError.objects.get().closed_why == ErrorClosedWhy.STATE
        moved = AuditRow.objects.get(access_id=bea.pk, event=Event.DEACTIVATED)
        assert moved.data["errors_closed"] == ["no_email"]

        reenable(just(bea), actor=sam)

        assert open_reasons(bea) == [R.NO_EMAIL]
        assert tab_of(bea) is Tab.ERROR

    def test_cancelling_an_invitation_closes_its_errors(self, pia: Access, sam: Actor) -> None:
        edit(pia.contact, "", actor=sam)
        assert open_reasons(pia) == [R.NO_EMAIL]

        cancel_invitation(pia, actor=sam)

        assert open_reasons(pia) == []
        assert tab_of(pia) is Tab.HISTORY

    def test_the_crm_edit_can_be_undone(self, bea: Access, bea_contact: Contact, sam: Actor) -> None:
        edit(bea_contact, "", actor=sam)

        undo_crm_edit(Access.objects.select_related("login", "store").get(pk=bea.pk), actor=sam)

        assert Contact.objects.get(pk=bea_contact.pk).email == "bea@acme.example"
        assert open_reasons(bea) == []


class TestRaising:
    def test_on_deactivated_accesses_only_a_report_is_an_error(self, bea: Access, sam: Actor) -> None:
        deactivate(just(bea), actor=sam)

        raised = raise_errors([Fault(bea.pk, reason) for reason in R], actor=sam)

        assert raised == 1
        assert open_reasons(bea) == [R.REPORTED]
        assert tab_of(bea) is Tab.ERROR

    def test_a_report_stays_through_deactivation_and_ends_by_a_decision(
        self, bea: Access, sam: Actor
    ) -> None:
        Login.objects.filter(accesses=bea).update(held_at=timezone.now())
        raise_errors([Fault(bea.pk, R.REPORTED), Fault(bea.pk, R.NO_EMAIL)], actor=sam)

        deactivate(just(bea), actor=sam)

        assert open_reasons(bea) == [R.REPORTED]
        assert tab_of(bea) is Tab.ERROR
        assert clear_errors(just(bea), actor=sam).standing

        close_errors({(bea.pk, R.REPORTED)}, actor=sam, why=ErrorClosedWhy.DECIDED)
        assert tab_of(bea) is Tab.DEACTIVATED

    def test_raised_twice_it_is_one_error_with_the_newer_words_and_the_older_age(
        self, bea: Access, sam: Actor
    ) -> None:
        raise_errors([Fault(bea.pk, R.EMAIL_IN_USE, {"email": "a@acme.example"})], actor=sam)
        since = AccessError.objects.get().since

        raised = raise_errors([Fault(bea.pk, R.EMAIL_IN_USE, {"email": "b@acme.example"})], actor=sam)

        assert raised == 0
        error = AccessError.objects.get()
        assert (error.since, error.data) == (since, {"email": "b@acme.example"})

    def test_on_requests_and_history_there_are_none(
        self, bea_contact: Contact, nils_contact: Contact, meadow: Store, sam: Actor
    ) -> None:
        requested = make.access(bea_contact, meadow, state=State.REQUESTED)
        cancelled = make.access(nils_contact, meadow, state=State.CANCELLED)

        assert raise_errors([Fault(pk, R.NO_EMAIL) for pk in (requested.pk, cancelled.pk, 0)], actor=sam) == 0

    def test_its_number_of_queries_does_not_grow(
        self, acme: Customer, harbour: Store, sam: Actor, django_assert_max_num_queries: Any
    ) -> None:
        rows = [make.access(make.contact(acme), harbour) for _ in range(30)]

        with django_assert_max_num_queries(20):
            raise_errors([Fault(row.pk, R.EMAIL_IN_USE) for row in rows], actor=sam)
        with django_assert_max_num_queries(30):
            clear_errors(these([row.pk for row in rows]), actor=sam)

        assert not AccessError.objects.open().exists()


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


class TestMailThatWasRefused:
    def test_refused_for_the_address_it_is_an_error_until_another_address_is_given(
        self, pia: Access, sam: Actor, server: Server, sender: Sender
    ) -> None:
        server.on_rcpt = lambda _address: "550 5.1.1 no such user here"
        send_all(sender)
        assert MailMessage.objects.get().state == MailMessage.State.FAILED

        read_feed(actor=ACTOR)

        assert open_reasons(pia) == [R.UNDELIVERABLE]
        assert tab_of(pia) is Tab.ERROR
        error = AccessError.objects.get()
        assert "no such user here" in sentence_of(error.reason, error.data)
        assert clear_errors(just(pia), actor=sam).fixed == ()

        edit(pia.contact, "pia.neu@acme.example", actor=sam)

        assert open_reasons(pia) == []
        assert tab_of(pia) is Tab.PENDING
        read_feed(actor=ACTOR)
        assert open_reasons(pia) == []

    def test_an_address_that_takes_a_later_mail_is_undeliverable_no_more(
        self, pia: Access, sam: Actor, server: Server, sender: Sender
    ) -> None:
        server.on_rcpt = lambda _address: "550 5.2.1 mailbox disabled"
        send_all(sender)
        read_feed(actor=ACTOR)
        server.on_rcpt = lambda _address: None
        resend_invitation(pia, actor=sam)
        assert open_reasons(pia) == [R.UNDELIVERABLE]

        send_all(sender)
        read_feed(actor=ACTOR)

        assert open_reasons(pia) == []
        read_feed(actor=ACTOR)
        assert open_reasons(pia) == []

    def test_it_belongs_to_the_address_in_every_store(
        self, pia: Access, meadow: Store, server: Server, sender: Sender
    ) -> None:
        elsewhere = make.access(pia.contact, meadow)
        server.on_rcpt = lambda _address: "550 5.1.1 no such user here"
        send_all(sender)
        read_feed(actor=ACTOR)

        assert open_reasons(pia) == open_reasons(elsewhere) == [R.UNDELIVERABLE]

    def test_a_refusal_of_the_sender_is_nobodys_error(
        self, pia: Access, server: Server, sender: Sender
    ) -> None:
        server.on_rcpt = lambda _address: "550 5.7.1 relaying denied"
        send_all(sender)

        read_feed(actor=ACTOR)

        assert open_reasons(pia) == []

    def test_deactivated_with_it_and_re_enabled_it_shows_again(self, bea: Access, sam: Actor) -> None:
        raise_errors(
            [Fault(bea.pk, R.UNDELIVERABLE, {"address": "bea@acme.example", "to": "bea@acme.example"})],
            actor=sam,
        )
        deactivate(just(bea), actor=sam)

        reenable(just(bea), actor=sam)

        assert open_reasons(bea) == [R.UNDELIVERABLE]

    @pytest.mark.usefixtures("server")
    def test_a_mail_that_cannot_be_made_for_want_of_a_setting_is_the_error_of_its_access_alone(
        self, acme: Customer, harbour: Store, sam: Actor, settings: Any, sender: Sender
    ) -> None:
        settings.TRADEDOOR_SMTPUTF8 = True
        contact = make.contact(acme, "jürgen@acme.example")
        invited = invite_contact(harbour, contact, actor=sam)
        settings.TRADEDOOR_SMTPUTF8 = False
        for _try in range(5):
            MailMessage.objects.update(run_at=timezone.now())
            send_all(sender)
        assert MailMessage.objects.get().error_code == "unbuildable"

        read_feed(actor=ACTOR)

        assert open_reasons(invited) == [R.STORE_INCOMPLETE]
        assert clear_errors(just(invited), actor=sam).fixed == ()

        settings.TRADEDOOR_SMTPUTF8 = True
        resend_invitation(invited, actor=sam)
        assert MailMessage.objects.count() == 2
        assert clear_errors(just(invited), actor=sam).fixed == (invited.pk,)
        assert MailMessage.objects.count() == 2  # clearing sends nothing

    @pytest.mark.usefixtures("pia")
    def test_the_place_in_the_history_moves_on_once_rows_are_old_enough(self) -> None:
        """A row whose writing began earlier may be seen later, so the last minute is read again."""
        newest = AuditRow.objects.order_by("-pk").values_list("pk", flat=True)
        read_feed(actor=ACTOR)
        assert FeedPlace.objects.get().row_id < newest[0]

        with time_machine.travel(timezone.now() + timedelta(minutes=2), tick=False):
            read_feed(actor=ACTOR)

        assert FeedPlace.objects.get().row_id == newest[0]


class TestClearing:
    def test_by_whoever_may_not_nothing_changes(self, bea: Access, vic: Actor, sam: Actor) -> None:
        raise_errors([Fault(bea.pk, R.EMAIL_IN_USE)], actor=sam)

        for act in (clear_errors, take_errors, leave_errors):
            with pytest.raises(NotAllowed):
                act(just(bea), actor=vic)

        assert open_reasons(bea) == [R.EMAIL_IN_USE]

    def test_of_a_store_outside_the_scope_is_refused(self, bea: Access, meadow: Store, sam: Actor) -> None:
        narrow = make.actor(make.staff("Nell Narrow", stores=(meadow,)))
        raise_errors([Fault(bea.pk, R.EMAIL_IN_USE)], actor=sam)

        with pytest.raises(NotAllowed):
            clear_errors(just(bea), actor=narrow)

    def test_twice_at_once_it_closes_once(self, bea: Access, sam: Actor, ada: Actor) -> None:
        raise_errors([Fault(bea.pk, R.EMAIL_IN_USE)], actor=sam)

        first = clear_errors(just(bea), actor=sam)
        second = clear_errors(just(bea), actor=ada)

        assert first.fixed == (bea.pk,)
        assert not second.fixed
        assert not second.standing
        assert AuditRow.objects.filter(event=Event.ERROR_CLOSED).count() == 1

    def test_of_several_reasons_the_first_in_order_is_named(
        self, bea: Access, bea_contact: Contact, sam: Actor
    ) -> None:
        edit(bea_contact, "", actor=sam)
        contact_sets.archive_contacts([bea_contact], actor=sam)

        cleared = clear_errors(just(bea), actor=sam)

        assert sorted(open_reasons(bea)) == ["contact_gone", "no_email"]
        assert "archived" in cleared.standing[0][1]

    def test_somebody_takes_it_on_and_hands_it_back(self, bea: Access, sam: Actor, sam_login: Login) -> None:
        raise_errors([Fault(bea.pk, R.EMAIL_IN_USE), Fault(bea.pk, R.LOGIN_SHARED)], actor=sam)

        assert take_errors(just(bea), actor=sam) == 1
        assert set(AccessError.objects.values_list("assigned_to", flat=True)) == {sam_login.pk}

        leave_errors(just(bea), actor=sam)
        assert set(AccessError.objects.values_list("assigned_to", flat=True)) == {None}


def make_current(access: Access) -> None:
    states.move(Change(Trigger.ACCEPT, ids=[access.pk]), actor=make.MAKER)


def restate(contact: Contact, *, actor: Actor) -> None:
    now = Contact.objects.select_related("customer").get(pk=contact.pk)
    crm.update_contact(now, {"phone": "1"}, version=now.version, actor=actor)


def imported(text: str, *, actor: Actor) -> None:
    prepare_background()
    file = upload_import(io.BytesIO(text.encode()), kind="contacts", name="c.csv", actor=actor)
    done = drive_work(crm.start_import(file, actor=actor).pk)
    assert done.state == Work.State.DONE, done.problem
