"""Email changes, reports and merges, tried by somebody who means harm."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests import make
from tests.access.test_email_change import NEW_EMAIL, NOBODY, change_of, edit, run
from tradedoor.access.actions import crm
from tradedoor.access.actions.email_reports import confirm_report, report_change, reverse_report
from tradedoor.access.actions.email_schedule import Asked, cancel_changes, follow_emails
from tradedoor.access.actions.email_sync import apply_due, update_email_now
from tradedoor.access.actions.mending import split_off
from tradedoor.access.actions.merging import merge_contacts
from tradedoor.access.actions.switching import reenable
from tradedoor.access.email_change_jobs import ACTOR
from tradedoor.access.errors import NotPossible
from tradedoor.access.models import Access, EmailChange, State
from tradedoor.access.reasons import Reason
from tradedoor.access.sets import just
from tradedoor.accounts.models import OneTimeLink, Purpose
from tradedoor.accounts.tokens import token_of
from tradedoor.core.actor import Actor
from tradedoor.core.errors import Invalid
from tradedoor.crm.models import Contact, Customer
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db


@pytest.fixture
def tim(harbour: Store) -> Actor:
    """Staff with rights over Harbour only."""
    return make.actor(make.staff("Tim", stores=(harbour,)))


def report(change: EmailChange, store: Store) -> EmailChange:
    change.refresh_from_db()
    report_change(change.report_link_id or 0, store=store, actor=NOBODY)
    change.refresh_from_db()
    return change


def test_this_wasnt_me_works_while_the_store_is_switched_off(
    client: Client, bea: Access, bea_contact: Contact, harbour: Store, sam: Actor
) -> None:
    edit(bea_contact, NEW_EMAIL, actor=sam)
    run()
    Store.objects.filter(pk=harbour.pk).update(is_active=False)
    token = token_of(OneTimeLink.objects.get(purpose=Purpose.EMAIL_REPORT))
    page = client.get(reverse("storefront:report-link", args=[harbour.slug, token]), follow=True)
    mark = page.content.decode().split('name="link" value="')[1].split('"')[0]
    client.post(reverse("storefront:report", args=[harbour.slug]), {"link": mark})
    assert make.login_of(bea).held_at is not None


def test_a_merge_that_brings_another_email_does_not_shorten_the_hour(
    bea: Access, bea_contact: Contact, acme: Customer, sam: Actor
) -> None:
    edit(bea_contact, NEW_EMAIL, actor=sam)
    rogue = make.contact(acme, "rogue@acme.example")
    rows = [Contact.objects.select_related("customer").get(pk=pk) for pk in (bea_contact.pk, rogue.pk)]
    with time_machine.travel(timezone.now() + timedelta(minutes=55)):
        merge_contacts(
            rows[0],
            rows[1:],
            chosen={"email": rogue.pk},
            seen={row.pk: row.version for row in rows},
            actor=sam,
        )
    assert run(minutes=61) == 0
    assert make.login_of(bea).email == "bea@acme.example"
    assert run(minutes=116) == 1


def test_a_login_shared_with_a_contact_of_another_store_is_left_out_for_who_has_one_store(
    bea: Access, bea_contact: Contact, meadow: Store, sam: Actor, tim: Actor
) -> None:
    other = make.contact(make.customer("Borealis"), bea_contact.email)
    make.access(other, meadow, login=bea.login)
    edit(bea_contact, NEW_EMAIL, actor=sam)
    edit(other, NEW_EMAIL, actor=sam)
    with pytest.raises(NotPossible):
        update_email_now(bea_contact, actor=tim)
    assert make.login_of(bea).email == "bea@acme.example"


def test_a_swap_with_a_login_outside_the_scope_waits(
    bea: Access, bea_contact: Contact, acme: Customer, meadow: Store, sam: Actor, tim: Actor
) -> None:
    dov = make.contact(acme, "dov@acme.example")
    make.access(dov, meadow)
    edit(dov, "dov.new@acme.example", actor=sam)
    edit(bea_contact, "dov@acme.example", actor=sam)
    with time_machine.travel(timezone.now() + timedelta(minutes=61)), pytest.raises(NotPossible):
        update_email_now(bea_contact, actor=tim)
    assert make.login_of(bea).email == "bea@acme.example"


def test_trying_beyond_ones_stores_schedules_nothing_that_was_cancelled(
    bea: Access, bea_contact: Contact, meadow: Store, sam: Actor, tim: Actor
) -> None:
    make.access(bea_contact, meadow, login=bea.login)
    edit(bea_contact, NEW_EMAIL, actor=sam)
    cancel_changes([change_of(bea_contact).pk], actor=sam)
    with pytest.raises(NotPossible) as refusal:
        update_email_now(bea_contact, actor=tim)
    assert refusal.value.reason is Reason.OUTSIDE_SCOPE
    assert run() == 0


def test_the_editor_who_was_reported_cannot_lift_a_stuck_hold_by_a_third_address(
    bea: Access, bea_contact: Contact, harbour: Store, sam: Actor, ada: Actor
) -> None:
    edit(bea_contact, NEW_EMAIL, actor=sam)
    run()
    make.buyer_login("bea@acme.example")
    assert not reverse_report(report(change_of(bea_contact), harbour), actor=ada, proved=False)
    with pytest.raises(Invalid):
        edit(bea_contact, "rogue@acme.example", actor=sam)
    # Past the form, as an import would.
    Contact.objects.filter(pk=bea_contact.pk).update(
        email="rogue@acme.example", email_canonical="rogue@acme.example"
    )
    follow_emails([bea_contact.pk], Asked(sam))
    run(minutes=122)
    login = make.login_of(bea)
    assert login.held_at is not None
    assert login.email == NEW_EMAIL


def test_reversing_one_report_leaves_the_hold_while_another_is_undecided(
    bea: Access, bea_contact: Contact, harbour: Store, sam: Actor, ada: Actor
) -> None:
    edit(bea_contact, NEW_EMAIL, actor=sam)
    run()
    first = change_of(bea_contact)
    with time_machine.travel(timezone.now() + timedelta(minutes=62), tick=True):
        edit(bea_contact, "third@acme.example", actor=sam)
    with time_machine.travel(timezone.now() + timedelta(minutes=124), tick=True):
        assert apply_due(actor=ACTOR) == 1
        report(first, harbour)
        second = report(change_of(bea_contact), harbour)
        reverse_report(second, actor=ada, proved=False)
        assert make.login_of(bea).held_at is not None


def test_an_archived_contact_that_comes_back_is_not_entered_by_the_login_that_moved_on(
    bea: Access, bea_contact: Contact, meadow: Store, sam: Actor
) -> None:
    other = make.contact(make.customer("Borealis"), bea_contact.email)
    left = make.access(other, meadow, login=bea.login)
    crm.archive_contacts([other], actor=sam)
    edit(bea_contact, NEW_EMAIL, actor=sam)
    assert run() == 1
    other.refresh_from_db()
    crm.restore_contacts([other], actor=sam)
    reenable(just(left), actor=sam)
    left.refresh_from_db()
    assert left.state == State.PENDING
    assert left.login_id != bea.login_id


def test_no_access_is_split_off_a_login_on_hold(
    bea: Access, bea_contact: Contact, harbour: Store, sam: Actor
) -> None:
    edit(bea_contact, NEW_EMAIL, actor=sam)
    run()
    report(change_of(bea_contact), harbour)
    edit(bea_contact, "rogue@acme.example", actor=sam)
    bea.refresh_from_db()
    with pytest.raises(NotPossible) as refusal:
        split_off(bea, actor=sam)
    assert refusal.value.reason is Reason.LOGIN_HELD


def test_confirming_another_change_does_not_end_a_hold_whose_reversal_is_stuck(
    bea: Access, bea_contact: Contact, harbour: Store, sam: Actor, ada: Actor
) -> None:
    edit(bea_contact, NEW_EMAIL, actor=sam)
    run()
    first = change_of(bea_contact)
    with time_machine.travel(timezone.now() + timedelta(minutes=62), tick=True):
        edit(bea_contact, "third@acme.example", actor=sam)
    with time_machine.travel(timezone.now() + timedelta(minutes=124), tick=True):
        assert apply_due(actor=ACTOR) == 1
        second = report(change_of(bea_contact), harbour)
        make.buyer_login("bea@acme.example")
        assert not reverse_report(report(first, harbour), actor=ada, proved=False)
        confirm_report(second, actor=ada, proved=False)
        assert make.login_of(bea).held_at is not None
