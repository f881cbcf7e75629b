""" "This wasn't me", and what staff decide about it (product.md section 8)."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from tests import make
from tests.access.test_email_change import NEW_EMAIL, NOBODY, OLD_EMAIL, change_of, edit, run
from tradedoor.access.actions import crm
from tradedoor.access.actions.clearing import clear_errors
from tradedoor.access.actions.email_reports import (
    confirm_report,
    deciding,
    look_at_report,
    report_change,
    reverse_report,
)
from tradedoor.access.actions.email_schedule import Asked, cancel_changes, follow_emails
from tradedoor.access.actions.entering import sign_in_to_store
from tradedoor.access.actions.mending import undo_crm_edit
from tradedoor.access.actions.passwords import reset_password, send_reset
from tradedoor.access.email_change_emails import REPORTED
from tradedoor.access.email_change_jobs import ACTOR
from tradedoor.access.errors import NotPossible
from tradedoor.access.events import Event
from tradedoor.access.models import Access, AccessError, EmailChange, EmailChangeOrigin, State
from tradedoor.access.sets import just
from tradedoor.accounts.errors import LinkUsed, LoginOff, ProofNeeded, WrongPair
from tradedoor.accounts.models import Login, OneTimeLink, Purpose, Session
from tradedoor.accounts.tokens import token_of
from tradedoor.audit.models import AuditRow
from tradedoor.core.actor import Actor
from tradedoor.core.errors import Invalid, NotAllowed
from tradedoor.crm.models import Contact
from tradedoor.mail.models import MailMessage
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db


@pytest.fixture
def changed(bea: Access, bea_contact: Contact, sam: Actor, ada_login: Login) -> EmailChange:
    """A change that Sam made and that has happened; Ada could decide about it."""
    edit(bea_contact, NEW_EMAIL, actor=sam)
    run()
    return change_of(bea_contact)


def report(store: Store) -> None:
    link = OneTimeLink.objects.filter(purpose=Purpose.EMAIL_REPORT).earliest("pk")
    report_change(link.pk, store=store, actor=NOBODY)


def test_looking_at_the_page_changes_nothing_and_the_post_holds_the_login_everywhere(
    changed: EmailChange, bea: Access, bea_contact: Contact, harbour: Store, meadow: Store
) -> None:
    off = make.access(bea_contact, meadow, state=State.DEACTIVATED, login=bea.login)
    sign_in_to_store(harbour, NEW_EMAIL, make.PASSWORD, actor=NOBODY)
    link = OneTimeLink.objects.get(purpose=Purpose.EMAIL_REPORT)
    view = look_at_report(token_of(link), store=harbour)
    assert (view.is_live, view.old, view.new) == (True, "b***@acme.example", "b***@acme.example")
    assert Session.objects.count() == 1

    report_change(link.pk, store=harbour, actor=NOBODY)
    assert not Session.objects.exists()
    assert make.login_of(bea).held_at is not None
    errors = AccessError.objects.open().filter(reason="reported")
    assert set(errors.values_list("access_id", flat=True)) == {bea.pk, off.pk}
    assert [mail.to_email for mail in MailMessage.objects.filter(template=REPORTED)] == [
        "ada@tradedoor.example"
    ]
    with pytest.raises(LoginOff) as refusal:
        sign_in_to_store(harbour, NEW_EMAIL, make.PASSWORD, actor=NOBODY)
    assert refusal.value.code == "login_held"
    with pytest.raises(WrongPair):
        sign_in_to_store(harbour, NEW_EMAIL, "wrong password here", actor=NOBODY)
    before = MailMessage.objects.count()
    send_reset(harbour.pk, NEW_EMAIL, actor=ACTOR)
    assert MailMessage.objects.count() == before
    with pytest.raises(LinkUsed):
        report_change(link.pk, store=harbour, actor=NOBODY)


def test_a_further_change_does_not_kill_the_first_owners_link_and_waits_while_held(
    changed: EmailChange, bea: Access, bea_contact: Contact, harbour: Store, sam: Actor
) -> None:
    edit(bea_contact, "third@acme.example", actor=sam)
    run(minutes=61)
    assert make.login_of(bea).email == "third@acme.example"
    report(harbour)
    edit(bea_contact, "fourth@acme.example", actor=sam)
    assert run(minutes=62) == 0
    assert change_of(bea_contact).reason == "login_held"


def test_the_link_works_for_fourteen_days(changed: EmailChange, harbour: Store) -> None:
    with time_machine.travel(timezone.now() + timedelta(days=15)), pytest.raises(LinkUsed):
        report(harbour)


def test_a_colleague_confirms_and_the_new_address_signs_in_again(
    changed: EmailChange, bea: Access, harbour: Store, sam: Actor, ada: Actor
) -> None:
    report(harbour)
    changed.refresh_from_db()
    assert not deciding(changed, actor=sam).may
    with pytest.raises(NotAllowed):
        confirm_report(changed, actor=sam, proved=True)
    confirm_report(changed, actor=ada, proved=False)
    assert make.login_of(bea).held_at is None
    assert not AccessError.objects.open().exists()
    sign_in_to_store(harbour, NEW_EMAIL, make.PASSWORD, actor=NOBODY)
    with pytest.raises(NotPossible):
        reverse_report(changed, actor=ada, proved=False)


def test_a_reversal_applies_at_once_and_restores_the_crm_email(
    changed: EmailChange, bea: Access, bea_contact: Contact, harbour: Store, ada: Actor
) -> None:
    report(harbour)
    changed.refresh_from_db()
    assert reverse_report(changed, actor=ada, proved=False)
    bea_contact.refresh_from_db()
    assert bea_contact.email == OLD_EMAIL
    assert (make.login_of(bea).email, make.login_of(bea).held_at) == (OLD_EMAIL, None)
    sign_in_to_store(harbour, OLD_EMAIL, make.PASSWORD, actor=NOBODY)
    assert not AccessError.objects.open().exists()
    assert not EmailChange.objects.open().exists()
    # Nobody can report that a report was followed.
    assert OneTimeLink.objects.filter(purpose=Purpose.EMAIL_REPORT).count() == 1


def test_a_password_chosen_by_whoever_had_the_new_address_dies_with_the_reversal(
    changed: EmailChange, bea: Access, harbour: Store, ada: Actor
) -> None:
    with time_machine.travel(timezone.now() + timedelta(minutes=62), tick=True):
        send_reset(harbour.pk, NEW_EMAIL, actor=ACTOR)
        link = OneTimeLink.objects.unspent().get(purpose=Purpose.RESET)
        reset_password(link.pk, "fourteen blue saucepans", store=harbour, actor=NOBODY)
        report(harbour)
        changed.refresh_from_db()
        assert reverse_report(changed, actor=ada, proved=False)
        assert not make.login_of(bea).has_password
        with pytest.raises(WrongPair):
            sign_in_to_store(harbour, OLD_EMAIL, "fourteen blue saucepans", actor=NOBODY)


def test_an_old_address_that_is_taken_meanwhile_becomes_email_in_use_and_the_hold_stays(
    changed: EmailChange, bea: Access, harbour: Store, ada: Actor
) -> None:
    make.buyer_login(OLD_EMAIL)
    report(harbour)
    changed.refresh_from_db()
    assert not reverse_report(changed, actor=ada, proved=False)
    assert make.login_of(bea).held_at is not None
    assert AccessError.objects.open().filter(reason="email_in_use", access=bea).exists()


def test_a_stuck_reversal_happens_and_ends_the_hold_once_the_address_is_free(
    changed: EmailChange, bea: Access, harbour: Store, ada: Actor
) -> None:
    other = make.buyer_login(OLD_EMAIL)
    report(harbour)
    changed.refresh_from_db()
    assert not reverse_report(changed, actor=ada, proved=False)
    other.delete()
    clear_errors(just(bea), actor=ada)
    assert run(minutes=1) == 1
    assert (make.login_of(bea).email, make.login_of(bea).held_at) == (OLD_EMAIL, None)


def test_the_editor_decides_alone_after_signing_in_again_where_there_is_nobody_else(
    bea: Access, bea_contact: Contact, harbour: Store, sam: Actor
) -> None:
    edit(bea_contact, NEW_EMAIL, actor=sam)
    run()
    report(harbour)
    change = change_of(bea_contact)
    assert deciding(change, actor=sam).alone
    with pytest.raises(ProofNeeded):
        confirm_report(change, actor=sam, proved=False)
    confirm_report(change, actor=sam, proved=True)
    assert AuditRow.objects.get(event=Event.EMAIL_REPORT_CONFIRMED).data["alone"] is True
    assert change_of(bea_contact).decided_alone


def test_who_was_reported_neither_stops_nor_turns_a_way_back_that_is_stuck(
    changed: EmailChange, bea: Access, bea_contact: Contact, harbour: Store, sam: Actor, ada: Actor
) -> None:
    make.buyer_login(OLD_EMAIL)
    report(harbour)
    changed.refresh_from_db()
    assert not reverse_report(changed, actor=ada, proved=False)
    back = EmailChange.objects.open().get()
    contact = Contact.objects.get(pk=bea_contact.pk)

    with pytest.raises(NotAllowed) as refused:
        cancel_changes([back.pk], actor=sam)
    assert refused.value.code == "another_must_decide"
    with pytest.raises(Invalid) as invalid:
        edit(contact, "third@acme.example", actor=sam)
    assert (invalid.value.code, invalid.value.field) == ("another_must_decide", "email")
    with pytest.raises(NotPossible):
        undo_crm_edit(bea, actor=sam)
    Contact.objects.filter(pk=contact.pk).update(
        email="third@acme.example", email_canonical="third@acme.example"
    )
    assert follow_emails([contact.pk], Asked(sam, EmailChangeOrigin.IMPORT)) == []
    back.refresh_from_db()
    assert (back.new_email, back.is_open) == (OLD_EMAIL, True)
    contact.refresh_from_db()
    # What else Sam edits is saved, and Ada, who decided, goes on with it.
    crm.update_contact(contact, {"phone": "1"}, version=contact.version, actor=sam)
    assert cancel_changes([back.pk], actor=ada) == 1


def test_who_decided_alone_may_stop_the_way_back(
    bea: Access, bea_contact: Contact, harbour: Store, sam: Actor
) -> None:
    edit(bea_contact, NEW_EMAIL, actor=sam)
    run()
    make.buyer_login(OLD_EMAIL)
    report(harbour)
    assert not reverse_report(change_of(bea_contact), actor=sam, proved=True)

    assert cancel_changes([EmailChange.objects.open().get().pk], actor=sam) == 1
