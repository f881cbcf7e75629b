"""Several at the same moment: a button pressed twice, and two who make hand-outs."""

from functools import partial

import pytest

from tests.access.test_races import at_once
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact, Customer
from tradedoor.handouts.actions.handing_out import make_handout
from tradedoor.handouts.actions.sending import mail_link
from tradedoor.handouts.making import Kind
from tradedoor.mail.models import MailMessage
from tradedoor.registration.actions.links import link_for, new_link
from tradedoor.registration.models import EstoreLink
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_new_link_asked_for_several_times_at_once_is_made_once(
    harbour: Store, acme: Customer, sam: Actor
) -> None:
    seen = link_for(harbour, acme, actor=sam)

    assert at_once(*[lambda: new_link(harbour, acme, actor=sam, instead_of=seen)] * 6) == {"done": 6}

    assert EstoreLink.objects.count() == 2


def test_the_first_hand_outs_made_at_once_hold_one_link(harbour: Store, acme: Customer, sam: Actor) -> None:
    made: set[bytes] = set()

    def make_one() -> None:
        made.add(make_handout(harbour, acme, kind=Kind.WORD, actor=sam).content)

    assert at_once(*[make_one] * 4) == {"done": 4}
    assert len(made) == EstoreLink.objects.count() == 1


def test_two_who_mail_at_once_both_do(
    harbour: Store, acme: Customer, bea_contact: Contact, sam: Actor, ada: Actor
) -> None:
    def send(actor: Actor) -> None:
        mail_link(harbour, acme, contacts=[bea_contact.public_id], typed="", message="", actor=actor)

    assert at_once(partial(send, sam), partial(send, ada)) == {"done": 2}
    assert MailMessage.objects.count() == 2
