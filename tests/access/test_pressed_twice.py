"""A button pressed twice, one after the other or at the same moment, sends one mail."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from tests import make
from tests.access.test_bulk import in_threads
from tradedoor.access.actions.buyers import send_reset_link, send_reset_links
from tradedoor.access.actions.invitations import invite_contact, resend_invitation, resend_invitations
from tradedoor.access.actions.one_login import Wanted, give_login_details_to
from tradedoor.access.models import Access
from tradedoor.access.sets import these
from tradedoor.accounts.actions.temporary import temporary_password
from tradedoor.accounts.models import OneTimeLink
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact, Customer
from tradedoor.handouts.actions.sending import mail_link
from tradedoor.mail.models import MailMessage
from tradedoor.stores.models import Store


@pytest.fixture
def invited(bea_contact: Contact, harbour: Store, sam: Actor) -> Access:
    return invite_contact(harbour, bea_contact, actor=sam)


def mails() -> int:
    return MailMessage.objects.exclude(state=MailMessage.State.CANCELLED).count()


@pytest.mark.django_db
def test_an_invitation_is_sent_again_once_a_moment(invited: Access, sam: Actor, ada: Actor) -> None:
    resend_invitation(invited, actor=sam)
    resend_invitation(invited, actor=sam)
    assert resend_invitations([invited.pk], actor=sam).done == (invited.pk,)
    assert (MailMessage.objects.count(), mails()) == (2, 1)

    # A colleague means it, and so does whoever presses later.
    resend_invitation(invited, actor=ada)
    with time_machine.travel(timezone.now() + timedelta(seconds=11), tick=False):
        resend_invitation(invited, actor=sam)
    assert MailMessage.objects.count() == 4


@pytest.mark.django_db
def test_many_sent_again_twice_get_one_mail_each(
    invited: Access, acme: Customer, harbour: Store, sam: Actor
) -> None:
    other = invite_contact(harbour, make.contact(acme), actor=sam)
    resend_invitation(invited, actor=sam)

    assert resend_invitations([invited.pk, other.pk], actor=sam).done == (invited.pk, other.pk)
    assert (MailMessage.objects.count(), mails()) == (4, 2)


@pytest.mark.django_db
def test_a_reset_link_is_sent_once_a_moment(bea: Access, nils: Access, sam: Actor) -> None:
    assert send_reset_link(bea, actor=sam).done == (bea.pk,)
    assert send_reset_link(bea, actor=sam).done == (bea.pk,)
    assert send_reset_links(these([bea.pk, nils.pk]), actor=sam).done == (bea.pk, nils.pk)
    assert MailMessage.objects.count() == 2
    assert OneTimeLink.objects.filter(revoked_at=None).count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_the_same_moment_send_one(invited: Access, nils: Access, sam: Actor) -> None:
    in_threads(*[lambda: resend_invitation(invited, actor=sam)] * 2)
    assert (MailMessage.objects.count(), mails()) == (2, 1)

    in_threads(*[lambda: send_reset_link(nils, actor=sam)] * 2)
    assert MailMessage.objects.count() == 3


@pytest.mark.django_db
@pytest.mark.parametrize("raw", ["sixteen odd lanterns", ""])
def test_login_details_are_mailed_once_a_moment(
    bea_contact: Contact, harbour: Store, sam: Actor, raw: str
) -> None:
    given = temporary_password(raw, is_typed=True) if raw else None
    wanted = Wanted([harbour], given, mailed=True)

    first = give_login_details_to(bea_contact, wanted, actor=sam)
    second = give_login_details_to(bea_contact, wanted, actor=sam)

    assert first.outcome().done == second.outcome().done
    assert (MailMessage.objects.count(), mails()) == (1, 1)
    other = temporary_password("seventeen odd lanterns", is_typed=True)
    give_login_details_to(bea_contact, Wanted([harbour], other, mailed=True), actor=sam)
    assert (MailMessage.objects.count(), mails()) == (2, 1)


@pytest.mark.django_db(transaction=True)
def test_an_estore_link_is_mailed_once_a_moment_to_each(
    bea_contact: Contact, acme: Customer, harbour: Store, sam: Actor
) -> None:
    def press(typed: str = "new@acme.example") -> int:
        chosen = {bea_contact.public_id}
        return mail_link(harbour, acme, contacts=chosen, typed=typed, message="", actor=sam)

    in_threads(press, press)
    assert MailMessage.objects.count() == 2
    assert press("other@acme.example") == 2
    assert MailMessage.objects.count() == 3
