"""What an email change does to an access, by the state that it is in (product.md section 8)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests import make
from tests.access.test_email_change import NEW_EMAIL, NOBODY, OLD_EMAIL, after, change_of, edit, mails, run
from tradedoor.access.actions.invitations import (
    ask_for_fresh_link,
    invite_contact,
    invite_contacts,
    resend_invitation,
)
from tradedoor.access.actions.joining import look_at_invitation
from tradedoor.access.email_change_emails import NEW, OLD
from tradedoor.access.models import Access, EmailChange, State
from tradedoor.access.reasons import Reason
from tradedoor.accounts.models import OneTimeLink, Purpose
from tradedoor.accounts.tokens import token_of
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact, Customer
from tradedoor.mail.models import MailMessage
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db


def test_an_invitation_is_refused_meanwhile_and_works_again_if_the_change_is_withdrawn(
    bea_contact: Contact, harbour: Store, sam: Actor
) -> None:
    invite_contact(harbour, bea_contact, actor=sam)
    token = token_of(OneTimeLink.objects.get())
    edit(bea_contact, NEW_EMAIL, actor=sam)
    assert look_at_invitation(token, store=harbour, actor=NOBODY).reason is Reason.ADDRESS_CHANGED
    edit(bea_contact, OLD_EMAIL, actor=sam)
    assert look_at_invitation(token, store=harbour, actor=NOBODY).is_live


def test_pending_is_pointed_to_the_login_of_the_new_address_and_invited_anew(
    bea_contact: Contact, harbour: Store, sam: Actor
) -> None:
    access = invite_contact(harbour, bea_contact, actor=sam)
    token = token_of(OneTimeLink.objects.get())
    edit(bea_contact, NEW_EMAIL, actor=sam)
    assert run() == 1

    assert look_at_invitation(token, store=harbour, actor=NOBODY).reason is not None
    login = make.login_of(access)
    assert (login.email, login.pk == access.login_id) == (NEW_EMAIL, False)
    link = OneTimeLink.objects.unspent().get(purpose=Purpose.INVITATION)
    assert link.address == NEW_EMAIL
    with after(minutes=62):
        assert look_at_invitation(token_of(link), store=harbour, actor=NOBODY).is_live
    assert mails() == [("access.invitation", NEW_EMAIL)]


def test_pending_without_mail_gets_none_and_needs_a_new_link(
    bea_contact: Contact, harbour: Store, sam: Actor
) -> None:
    access = invite_contact(harbour, bea_contact, actor=sam)
    MailMessage.objects.all().delete()  # the link was copied or stood in a file
    edit(bea_contact, NEW_EMAIL, actor=sam)
    assert run() == 1
    assert mails() == []
    assert not OneTimeLink.objects.unspent().exists()
    assert make.login_of(access).email == NEW_EMAIL


def test_requested_follows_and_cancelled_and_declined_do_nothing(
    acme: Customer, harbour: Store, sam: Actor
) -> None:
    people = {
        state: make.access(make.contact(acme), harbour, state=state)
        for state in (State.REQUESTED, State.CANCELLED, State.DECLINED)
    }
    for number, access in enumerate(people.values()):
        edit(access.contact, f"new{number}@acme.example", actor=sam)
    assert EmailChange.objects.count() == 1
    assert run() == 1
    assert make.login_of(people[State.REQUESTED]).email == "new0@acme.example"
    assert mails() == []


def test_mixed_states_each_store_by_its_own_and_one_notice_naming_current_stores_only(
    bea: Access, bea_contact: Contact, harbour: Store, meadow: Store, sam: Actor
) -> None:
    forest = make.store("Forest")
    off = make.access(bea_contact, forest, state=State.DEACTIVATED, login=bea.login)
    pending = invite_contact(meadow, bea_contact, actor=sam)
    edit(bea_contact, NEW_EMAIL, actor=sam)
    assert run() == 1

    assert {make.login_of(access).pk for access in (bea, off, pending)} == {bea.login_id}
    assert mails() == [
        ("access.email_changed_new", NEW_EMAIL),
        ("access.email_changed_old", OLD_EMAIL),
        ("access.invitation", NEW_EMAIL),
    ]
    for mail in MailMessage.objects.filter(template__in=[OLD, NEW]):
        assert mail.context["stores"] == [harbour.pk]


def test_inviting_and_resending_during_the_hour_apply_this_contacts_change_first_and_say_so(
    bea: Access, bea_contact: Contact, nils: Access, nils_contact: Contact, meadow: Store, sam: Actor
) -> None:
    edit(bea_contact, NEW_EMAIL, actor=sam)
    edit(nils_contact, "nord@borealis.example", actor=sam)
    outcome = invite_contacts(meadow, [bea_contact.pk], actor=sam)
    assert outcome.emails_applied == (bea_contact.pk,)
    assert make.login_of(bea).email == NEW_EMAIL
    assert Access.objects.get(store=meadow).login_id == bea.login_id
    assert change_of(nils_contact).state == "scheduled"

    pending = Access.objects.get(store=meadow)
    edit(bea_contact, "third@acme.example", actor=sam)
    assert resend_invitation(pending, actor=sam)
    assert make.login_of(bea).email == "third@acme.example"
    assert ("access.invitation", "third@acme.example") in mails()
    assert len([to for template, to in mails() if template == "access.invitation"]) == 1


def test_inviting_refuses_a_contact_whose_change_cannot_be_applied(
    bea: Access, bea_contact: Contact, nils: Access, meadow: Store, sam: Actor
) -> None:
    edit(bea_contact, "nils@borealis.example", actor=sam)
    outcome = invite_contacts(meadow, [bea_contact.pk], actor=sam)
    assert [refused.reason for refused in outcome.refused] == [Reason.EMAIL_IN_USE]
    assert not Access.objects.filter(store=meadow).exists()


def test_the_holder_of_an_old_link_cannot_shorten_the_hour(
    bea_contact: Contact, harbour: Store, sam: Actor
) -> None:
    invite_contact(harbour, bea_contact, actor=sam)
    link = OneTimeLink.objects.get()
    edit(bea_contact, NEW_EMAIL, actor=sam)
    with after(days=8):
        OneTimeLink.objects.filter(pk=link.pk).update(expires_at=timezone.now() - timedelta(days=1))
        ask_for_fresh_link(link.pk, store=harbour, actor=NOBODY)
    assert OneTimeLink.objects.count() == 1
