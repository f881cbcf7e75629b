"""Email changes from the CRM to the login (product.md section 8, security.md EMC-01 to EMC-10)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from tests import make
from tradedoor.access.actions import crm
from tradedoor.access.actions.email_schedule import cancel_changes
from tradedoor.access.actions.email_sync import apply_due, update_email_now
from tradedoor.access.actions.entering import sign_in_to_store
from tradedoor.access.actions.invitations import (
    invite_contact,
)
from tradedoor.access.actions.passwords import look_at_reset, reset_password, send_reset
from tradedoor.access.actions.switching import deactivate, reenable
from tradedoor.access.email_change_emails import NEW, OLD
from tradedoor.access.email_change_jobs import ACTOR
from tradedoor.access.email_change_queries import none_overdue
from tradedoor.access.errors import NotPossible
from tradedoor.access.events import Event
from tradedoor.access.models import Access, AccessError, EmailChange, State
from tradedoor.access.queries import counts_match
from tradedoor.access.reasons import Reason
from tradedoor.access.sets import just
from tradedoor.accounts.errors import WrongPair
from tradedoor.accounts.models import Login, OneTimeLink, Purpose, Session
from tradedoor.accounts.tokens import token_of
from tradedoor.audit.models import AuditRow
from tradedoor.core.actor import Actor
from tradedoor.core.errors import NotAllowed
from tradedoor.crm.actions.contacts import create_contact
from tradedoor.crm.models import Contact, Customer
from tradedoor.mail.models import MailMessage
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db


NOBODY = Actor.nobody()


OLD_EMAIL, NEW_EMAIL = "bea@acme.example", "beatrice@acme.example"


def edit(contact: Contact, email: str, *, actor: Actor) -> Contact:
    fresh = Contact.objects.select_related("customer").get(pk=contact.pk)
    return crm.update_contact(fresh, {"email": email}, version=fresh.version, actor=actor, confirmed=True)


def after(**passed: float) -> time_machine.travel:
    return time_machine.travel(timezone.now() + timedelta(**passed), tick=True)


def run(**passed: float) -> int:
    with after(**(passed or {"minutes": 61})):
        return apply_due(actor=ACTOR)


def can_sign_in(store: Store, email: str, password: str = make.PASSWORD) -> bool:
    try:
        sign_in_to_store(store, email, password, actor=NOBODY)
    except WrongPair:
        return False
    return True


def mails() -> list[tuple[str, str]]:
    unsent = MailMessage.objects.exclude(state=MailMessage.State.CANCELLED)
    return sorted(unsent.values_list("template", "to_email"))


def change_of(contact: Contact) -> EmailChange:
    return EmailChange.objects.filter(contact=contact).latest("pk")


def test_the_crm_is_the_source_and_the_login_follows_an_hour_after_the_last_edit(
    bea: Access, bea_contact: Contact, harbour: Store, sam: Actor
) -> None:
    edit(bea_contact, NEW_EMAIL, actor=sam)
    change = change_of(bea_contact)
    assert (change.state, change.old_email, change.new_email) == ("scheduled", OLD_EMAIL, NEW_EMAIL)
    assert change.due_at - change.requested_at == timedelta(hours=1)

    assert run(minutes=59) == 0
    assert can_sign_in(harbour, OLD_EMAIL)
    assert not can_sign_in(harbour, NEW_EMAIL)
    assert run(minutes=61) == 1
    assert can_sign_in(harbour, NEW_EMAIL)
    assert not can_sign_in(harbour, OLD_EMAIL)


def test_emc_01_before_due_only_reset_links_are_revoked_and_new_ones_go_to_the_old_address(
    bea: Access, bea_contact: Contact, harbour: Store, sam: Actor
) -> None:
    send_reset(harbour.pk, OLD_EMAIL, actor=ACTOR)
    assert can_sign_in(harbour, OLD_EMAIL)
    edit(bea_contact, NEW_EMAIL, actor=sam)

    assert OneTimeLink.objects.get().revoked_why == "email_changed"
    assert Session.objects.count() == 1
    send_reset(harbour.pk, OLD_EMAIL, actor=ACTOR)
    send_reset(harbour.pk, NEW_EMAIL, actor=ACTOR)
    assert mails() == [("access.password_reset", OLD_EMAIL)]
    link = OneTimeLink.objects.unspent().get()
    assert look_at_reset(token_of(link), store=harbour).is_live


def test_emc_02_a_notice_goes_to_the_old_and_one_to_the_new_address(
    bea: Access, bea_contact: Contact, sam: Actor
) -> None:
    edit(bea_contact, NEW_EMAIL, actor=sam)
    assert mails() == []
    run()
    assert mails() == [(NEW, NEW_EMAIL), (OLD, OLD_EMAIL)]
    link = OneTimeLink.objects.get(purpose=Purpose.EMAIL_REPORT)
    assert link.address == OLD_EMAIL
    assert timedelta(days=13, hours=23) < link.expires_at - link.created_at <= timedelta(days=14)


def test_emc_03_everything_ends_and_the_old_address_blocks_nobody(
    bea: Access, bea_contact: Contact, acme: Customer, harbour: Store, meadow: Store, sam: Actor
) -> None:
    assert can_sign_in(harbour, OLD_EMAIL)
    send_reset(harbour.pk, OLD_EMAIL, actor=ACTOR)
    epoch = make.login_of(bea).epoch
    edit(bea_contact, NEW_EMAIL, actor=sam)
    send_reset(harbour.pk, OLD_EMAIL, actor=ACTOR)
    run()

    assert not Session.objects.exists()
    assert not OneTimeLink.objects.unspent().filter(purpose=Purpose.RESET).exists()
    assert make.login_of(bea).epoch > epoch
    row = AuditRow.objects.get(event=Event.EMAIL_CHANGE_APPLIED)
    assert (row.contact_id, row.login_id) == (bea_contact.pk, bea.login_id)
    send_reset(harbour.pk, OLD_EMAIL, actor=ACTOR)
    assert (
        not MailMessage.objects.filter(template="access.password_reset").exclude(state="cancelled").exists()
    )
    newcomer = create_contact(acme, {"last_name": "New", "email": OLD_EMAIL}, actor=sam)
    assert invite_contact(harbour, newcomer, actor=sam).login != make.login_of(bea)


def test_emc_04_a_reset_within_a_day_of_an_email_change_is_shown_as_a_risk(
    bea: Access, bea_contact: Contact, harbour: Store, sam: Actor
) -> None:
    edit(bea_contact, NEW_EMAIL, actor=sam)
    run()
    send_reset(harbour.pk, NEW_EMAIL, actor=ACTOR)
    link = OneTimeLink.objects.unspent().get(purpose=Purpose.RESET)
    reset_password(link.pk, "fourteen blue saucepans", store=harbour, actor=NOBODY)

    risk = AuditRow.objects.get(event=Event.RESET_AFTER_EMAIL_CHANGE)
    assert risk.contact_id == bea_contact.pk
    assert risk.data["change"] == change_of(bea_contact).pk


def test_emc_05_a_login_that_serves_a_contact_whose_email_stays_does_not_move(
    bea: Access, bea_contact: Contact, borealis: Customer, harbour: Store, sam: Actor
) -> None:
    elsewhere = make.contact(borealis, OLD_EMAIL)
    other = make.access(elsewhere, harbour, login=make.login_of(bea))
    edit(bea_contact, NEW_EMAIL, actor=sam)

    assert run() == 0
    assert make.login_of(bea).email == OLD_EMAIL
    change = change_of(bea_contact)
    assert (change.state, change.reason) == ("failed", Reason.LOGIN_SHARED)
    error = AccessError.objects.open().get()
    assert (error.access_id, error.reason, error.data["name"]) == (bea.pk, "login_shared", elsewhere.name)
    assert not counts_match()
    assert mails() == []

    # The other contact goes the same way: the login moves for both, by one mail each.
    edit(elsewhere, NEW_EMAIL, actor=sam)
    assert run(minutes=122) == 2
    assert make.login_of(other).email == NEW_EMAIL
    assert not AccessError.objects.open().exists()
    assert mails() == [(NEW, NEW_EMAIL), (OLD, OLD_EMAIL)]


def test_emc_06_an_address_that_another_login_has_is_a_conflict_and_neither_changes(
    bea: Access, bea_contact: Contact, nils: Access, harbour: Store, sam: Actor
) -> None:
    edit(bea_contact, "nils@borealis.example", actor=sam)
    assert run() == 0

    assert (change_of(bea_contact).state, change_of(bea_contact).reason) == ("failed", "email_in_use")
    assert AccessError.objects.open().get().reason == "email_in_use"
    assert can_sign_in(harbour, OLD_EMAIL)
    assert can_sign_in(harbour, "nils@borealis.example")
    assert mails() == []
    # Tried again each minute, it says the same once.
    assert run(minutes=63) == 0
    assert AuditRow.objects.filter(event=Event.EMAIL_CHANGE_FAILED).count() == 1

    edit(bea_contact, OLD_EMAIL, actor=sam)
    assert change_of(bea_contact).state == "cancelled"
    assert not AccessError.objects.open().exists()


def test_emc_06_once_the_address_is_free_the_change_is_applied_at_the_next_tick_after_the_error_clears(
    bea: Access, bea_contact: Contact, nils: Access, nils_contact: Contact, sam: Actor
) -> None:
    edit(bea_contact, "nils@borealis.example", actor=sam)
    run()
    edit(nils_contact, "nils.nord@borealis.example", actor=sam)
    assert run(minutes=130) == 2
    assert make.login_of(bea).email == "nils@borealis.example"
    assert make.login_of(nils).email == "nils.nord@borealis.example"


def test_emc_07_a_second_change_replaces_the_first_and_restarts_the_hour(
    bea: Access, bea_contact: Contact, sam: Actor
) -> None:
    edit(bea_contact, "first@acme.example", actor=sam)
    with after(minutes=50):
        edit(bea_contact, NEW_EMAIL, actor=sam)
    assert run(minutes=65) == 0
    assert run(minutes=111) == 1
    assert make.login_of(bea).email == NEW_EMAIL
    assert EmailChange.objects.count() == 1
    assert mails() == [(NEW, NEW_EMAIL), (OLD, OLD_EMAIL)]


def test_emc_07_an_edit_of_anything_else_does_not_restart_the_hour(
    bea: Access, bea_contact: Contact, sam: Actor
) -> None:
    edited = edit(bea_contact, NEW_EMAIL, actor=sam)
    due = change_of(bea_contact).due_at
    with after(minutes=50):
        crm.update_contact(edited, {"phone": "123"}, version=edited.version, actor=sam)
    assert change_of(bea_contact).due_at == due


def test_emc_07_changing_back_within_the_hour_cancels(
    bea: Access, bea_contact: Contact, harbour: Store, sam: Actor
) -> None:
    edit(bea_contact, NEW_EMAIL, actor=sam)
    edit(bea_contact, OLD_EMAIL, actor=sam)
    change = change_of(bea_contact)
    assert (change.state, change.reason) == ("cancelled", "withdrawn")
    assert run() == 0
    assert can_sign_in(harbour, OLD_EMAIL)
    assert mails() == []


@pytest.mark.parametrize("spelled", ["BEA@acme.example", "bea@ACME.example", "Bea@Acme.Example"])
def test_emc_07_another_case_or_unicode_form_is_no_change(
    spelled: str, bea: Access, bea_contact: Contact, sam: Actor
) -> None:
    edit(bea_contact, spelled, actor=sam)
    assert not EmailChange.objects.exists()


def test_emc_08_deactivated_meanwhile_the_address_follows_silently_and_nothing_revives(
    bea: Access, bea_contact: Contact, harbour: Store, sam: Actor
) -> None:
    edit(bea_contact, NEW_EMAIL, actor=sam)
    deactivate(just(bea), actor=sam)
    assert run() == 1
    assert make.login_of(bea).email == NEW_EMAIL
    assert Access.objects.get().state == State.DEACTIVATED
    assert mails() == []
    assert reenable(just(bea), actor=sam).current
    assert can_sign_in(harbour, NEW_EMAIL)


@pytest.mark.parametrize("way", ["archived", "inactive", "stopped"])
def test_emc_08_archiving_and_a_staff_stop_cancel_and_re_enabling_does_not_revive_it(
    way: str, bea: Access, bea_contact: Contact, acme: Customer, sam: Actor
) -> None:
    edit(bea_contact, NEW_EMAIL, actor=sam)
    if way == "archived":
        crm.archive_contacts([bea_contact], actor=sam)
    elif way == "inactive":
        crm.set_customer_status([acme], "inactive", actor=sam)
    else:
        cancel_changes([change_of(bea_contact).pk], actor=sam)
    assert change_of(bea_contact).state == "cancelled"
    if way == "archived":
        crm.restore_contacts([bea_contact], actor=sam)
        reenable(just(bea), actor=sam)
    assert run() == 0
    assert make.login_of(bea).email == OLD_EMAIL


def test_emc_10_overdue_by_five_minutes_turns_readyz_red_and_it_applies_once_late(
    bea: Access, bea_contact: Contact, client: Client, sam: Actor
) -> None:
    edit(bea_contact, NEW_EMAIL, actor=sam)
    with after(minutes=64):
        assert none_overdue()
    with after(hours=7):
        assert not none_overdue()
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["email_changes"] is False
        assert apply_due(actor=ACTOR) == 1
        assert apply_due(actor=ACTOR) == 0
        assert none_overdue()
    assert change_of(bea_contact).late
    assert mails() == [(NEW, NEW_EMAIL), (OLD, OLD_EMAIL)]


def test_a_removed_email_is_an_error_and_the_old_one_keeps_signing_in(
    bea: Access, bea_contact: Contact, harbour: Store, sam: Actor
) -> None:
    edit(bea_contact, "", actor=sam)
    assert run() == 0
    assert (change_of(bea_contact).state, change_of(bea_contact).reason) == ("failed", "no_email")
    assert AccessError.objects.open().get().reason == "no_email"
    assert can_sign_in(harbour, OLD_EMAIL)


def test_two_contacts_swap_and_both_apply_together(
    bea: Access, bea_contact: Contact, nils: Access, nils_contact: Contact, harbour: Store, sam: Actor
) -> None:
    bea_login, nils_login = make.login_of(bea), make.login_of(nils)
    edit(bea_contact, "nils@borealis.example", actor=sam)
    with after(minutes=30):
        edit(nils_contact, OLD_EMAIL, actor=sam)
    assert run(minutes=70) == 0
    assert change_of(bea_contact).reason == Reason.WAITS_FOR_ANOTHER
    with after(minutes=70):
        assert none_overdue()
    assert run(minutes=91) == 2
    assert Login.objects.get(pk=bea_login.pk).email == "nils@borealis.example"
    assert Login.objects.get(pk=nils_login.pk).email == OLD_EMAIL
    assert not AccessError.objects.open().exists()


def test_a_chain_waits_for_its_end_and_three_change_places_in_a_ring(
    acme: Customer, harbour: Store, sam: Actor
) -> None:
    ring = [make.access(make.contact(acme, f"{name}@acme.example"), harbour) for name in "abc"]
    addresses = ["b@acme.example", "c@acme.example", "a@acme.example"]
    edit(ring[0].contact, "x@acme.example", actor=sam)
    for access, address in reversed(list(zip(ring, addresses, strict=True))):
        edit(access.contact, address, actor=sam)
    assert run() == 3
    assert [make.login_of(access).email for access in ring] == addresses


def test_update_email_now_does_not_wait(bea: Access, bea_contact: Contact, sam: Actor, vic: Actor) -> None:
    edit(bea_contact, NEW_EMAIL, actor=sam)
    with pytest.raises(NotAllowed):
        update_email_now(bea_contact, actor=vic)
    assert update_email_now(bea_contact, actor=sam).is_able
    assert make.login_of(bea).email == NEW_EMAIL
    with pytest.raises(NotPossible) as refusal:
        update_email_now(bea_contact, actor=sam)
    assert refusal.value.reason is Reason.EMAIL_UNCHANGED


def test_a_cancelled_change_happens_once_staff_ask_for_it(
    bea: Access, bea_contact: Contact, sam: Actor
) -> None:
    edit(bea_contact, NEW_EMAIL, actor=sam)
    cancel_changes([change_of(bea_contact).pk], actor=sam)
    update_email_now(bea_contact, actor=sam)
    assert make.login_of(bea).email == NEW_EMAIL


def test_a_login_that_reaches_stores_outside_the_scope_is_left_out_and_named(
    bea: Access, bea_contact: Contact, harbour: Store, meadow: Store, sam: Actor
) -> None:
    make.access(bea_contact, meadow, login=bea.login)
    tim = make.actor(make.staff("Tim", stores=(harbour,)))
    edit(bea_contact, NEW_EMAIL, actor=tim)
    with pytest.raises(NotPossible) as refusal:
        update_email_now(bea_contact, actor=tim)
    assert refusal.value.reason is Reason.OUTSIDE_SCOPE
    with pytest.raises(NotAllowed):
        cancel_changes([change_of(bea_contact).pk], actor=tim)
    assert change_of(bea_contact).state == "scheduled"
    assert run() == 1


def test_every_step_is_in_the_history(
    bea: Access, bea_contact: Contact, sam: Actor, django_assert_max_num_queries: Callable[..., object]
) -> None:
    edit(bea_contact, NEW_EMAIL, actor=sam)
    cancel_changes([change_of(bea_contact).pk], actor=sam)
    edit(bea_contact, "third@acme.example", actor=sam)
    run()
    rows = AuditRow.objects.filter(event__startswith="email_change.").order_by("pk")
    assert [row.event for row in rows] == [
        Event.EMAIL_CHANGE_SCHEDULED,
        Event.EMAIL_CHANGE_CANCELLED,
        Event.EMAIL_CHANGE_SCHEDULED,
        Event.EMAIL_CHANGE_APPLIED,
    ]
    assert {row.contact_id for row in rows} == {bea_contact.pk}
