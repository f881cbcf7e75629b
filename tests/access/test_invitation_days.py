"""Days of an invitation count from sending, however long its mail had to wait (product.md section 4)."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from tradedoor.access.actions.invitations import cancel_invitation, invite_contact
from tradedoor.access.actions.joining import invitation_of
from tradedoor.access.models import Access
from tradedoor.accounts.models import OneTimeLink
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact
from tradedoor.mail.models import MailMessage
from tradedoor.mail.outbox import pause_mail, resume_mail
from tradedoor.mail.sending import Sender
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db

DAYS = timedelta(days=7)


@pytest.fixture
def invited(bea_contact: Contact, harbour: Store, sam: Actor) -> Access:
    return invite_contact(harbour, bea_contact, actor=sam)


def later(**passed: float) -> time_machine.travel:
    return time_machine.travel(timezone.now() + timedelta(**passed), tick=False)


def ends() -> tuple[datetime, datetime | None]:
    return OneTimeLink.objects.get().expires_at, Access.objects.get().invitation_expires_at


def send() -> str:
    Sender().send_some()
    return MailMessage.objects.get().state


def test_sent_at_once_they_are_those_of_the_invitation(invited: Access) -> None:
    before = ends()
    with later(minutes=2):
        assert send() == "captured"
    assert ends() == before


@pytest.mark.parametrize("waited", [1, 9])
def test_a_mail_that_waited_leaves_with_all_of_them(
    invited: Access, harbour: Store, ada: Actor, waited: int
) -> None:
    pause_mail(actor=ada, store_id=harbour.pk)
    with later(days=waited):
        assert send() == "queued"
        resume_mail(actor=ada, store_id=harbour.pk)

        assert send() == "captured"

        until = timezone.now() + DAYS
        assert ends() == (until, until)
        assert until.strftime("%-d %B %Y") in MailMessage.objects.get().body.text
    with later(days=waited + 6.9):
        assert invitation_of(OneTimeLink.objects.get().pk, store=harbour).is_live
    with later(days=waited + 7.1):
        assert not invitation_of(OneTimeLink.objects.get().pk, store=harbour).is_live


def test_what_was_withdrawn_meanwhile_does_not_come_to_life(invited: Access, sam: Actor) -> None:
    before = ends()
    cancel_invitation(invited, actor=sam)
    MailMessage.objects.update(state="queued")
    with later(days=9):
        assert send() == "cancelled"
    assert ends() == before


def test_what_would_be_refused_keeps_its_end(invited: Access, bea_contact: Contact) -> None:
    before = ends()
    Contact.objects.filter(pk=bea_contact.pk).update(email="x@acme.example", email_canonical="x@acme.example")
    with later(days=9):
        assert send() == "cancelled"
    assert ends() == before
