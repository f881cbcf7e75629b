"""Errors of accesses: each raised by what really brings it, looked at again, taken on, and closed."""

import io
from typing import Any

import pytest
from django.utils import timezone

from tests import make
from tradedoor.access.actions import crm, states
from tradedoor.access.actions.clearing import clear_errors, leave_errors, take_errors
from tradedoor.access.actions.entering import sign_in_to_store
from tradedoor.access.actions.errors import close_errors, raise_errors
from tradedoor.access.actions.invitations import cancel_invitation
from tradedoor.access.actions.joining import Entered
from tradedoor.access.actions.mending import undo_crm_edit
from tradedoor.access.actions.states import Change
from tradedoor.access.actions.switching import deactivate, reenable
from tradedoor.access.events import Event
from tradedoor.access.faults import Fault, sentence_of
from tradedoor.access.models import (
    Access,
    AccessError,
    ErrorClosedWhy,
    ErrorReason,
    State,
    Tab,
)
from tradedoor.access.queries import tab_counts
from tradedoor.access.sets import just, these
from tradedoor.access.transitions import Trigger
from tradedoor.accounts.models import Login
from tradedoor.audit.models import AuditRow
from tradedoor.config.schedule import prepare_background
from tradedoor.core.actor import Actor
from tradedoor.core.errors import NotAllowed
from tradedoor.crm.actions import contact_sets
from tradedoor.crm.actions.imports import upload_import
from tradedoor.crm.models import Contact, Customer
from tradedoor.jobs.driving import drive_work
from tradedoor.jobs.models import Work
from tradedoor.stores.models import Store

pytestmark = pytest.mark.usefixtures("tabs_agree_with_rows")


R = ErrorReason


NOBODY = Actor.nobody(ip="198.51.100.7")


def open_reasons(access: Access) -> list[str]:
    return list(AccessError.objects.open().filter(access=access).values_list("reason", flat=True))


def tab_of(access: Access) -> Tab:
    return Tab(Access.objects.get(pk=access.pk).tab)


def edit(contact: Contact, email: str, *, actor: Actor, confirmed: bool = True) -> None:
    now = Contact.objects.select_related("customer").get(pk=contact.pk)
    crm.update_contact(now, {"email": email}, version=now.version, actor=actor, confirmed=confirmed)


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
