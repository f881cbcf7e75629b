"""Login details given while something else happens to the same person."""

import pytest

from tests.access.test_races import at_once
from tradedoor.access.actions import crm
from tradedoor.access.actions.details import give_login_details
from tradedoor.access.actions.first_passwords import choose_first_password
from tradedoor.access.actions.invitations import invite_contacts
from tradedoor.access.actions.joining import accept_with_new_password
from tradedoor.access.models import Access, State
from tradedoor.access.queries import counts_match
from tradedoor.accounts.actions.temporary import temporary_password
from tradedoor.accounts.models import Login, OneTimeLink, Purpose
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact
from tradedoor.mail.models import MailMessage
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db(transaction=True)

NOBODY = Actor.nobody(ip="198.51.100.10")
OWN = "nine copper lanterns"


def give(store: Store, contact: Contact, actor: Actor, raw: str) -> None:
    told = {contact.pk: temporary_password(raw, is_typed=True)}
    give_login_details([store], [contact.pk], actor=actor, mailed=True, passwords=told)


def test_of_two_passwords_given_at_once_one_works_and_the_other_is_not_mailed(
    bea_contact: Contact, harbour: Store, meadow: Store, sam: Actor, ada: Actor
) -> None:
    Store.objects.update(login_details=Store.LoginDetails.PASSWORD)
    passwords = ["five amber bicycles", "seven violet anchors"]

    ended = at_once(
        lambda: give(harbour, bea_contact, sam, passwords[0]),
        lambda: give(meadow, bea_contact, ada, passwords[1]),
    )

    assert ended == {"done": 2}
    login = Login.objects.buyers().get()
    assert [login.check_password(one) for one in passwords].count(True) == 1
    assert {row.state for row in Access.objects.filter(contact=bea_contact)} == {State.CURRENT}
    assert sorted(MailMessage.objects.values_list("state", flat=True)) == ["cancelled", "queued"]
    assert counts_match() == {}


def test_whoever_joins_in_that_moment_keeps_the_password_they_chose(
    bea_contact: Contact, harbour: Store, sam: Actor
) -> None:
    invite_contacts(harbour, [bea_contact.pk], actor=sam)
    link = OneTimeLink.objects.get()

    ended = at_once(
        lambda: accept_with_new_password(link.pk, OWN, store=harbour, actor=NOBODY),
        lambda: give(harbour, bea_contact, sam, "five amber bicycles"),
    )

    login = Login.objects.buyers().get()
    assert Access.objects.get().state == State.CURRENT
    assert ended["done"] >= 1
    # Either they were first, and nothing is put in its place; or their link was dead when they pressed.
    if ended["done"] == 2:
        assert login.check_password(OWN)
        assert login.has_own_password
    else:
        assert ended == {"done": 1, "link_superseded": 1}
        assert not login.has_own_password
    assert counts_match() == {}


def test_whoever_chooses_a_first_password_in_that_moment_keeps_it(
    bea_contact: Contact, harbour: Store, sam: Actor
) -> None:
    give_login_details([harbour], [bea_contact.pk], actor=sam, mailed=True)
    link = OneTimeLink.objects.get(purpose=Purpose.FIRST_PASSWORD)

    ended = at_once(
        lambda: choose_first_password(link.pk, OWN, store=harbour, actor=NOBODY),
        lambda: give(harbour, bea_contact, sam, "five amber bicycles"),
    )

    login = Login.objects.buyers().get()
    assert set(ended) <= {"done", "link_used", "link_superseded", "busy"}
    assert login.check_password(OWN) == login.has_own_password == (ended["done"] == 2)


def test_whoever_is_archived_in_that_moment_cannot_sign_in(
    bea_contact: Contact, harbour: Store, sam: Actor
) -> None:
    at_once(
        lambda: crm.archive_contacts([bea_contact], actor=sam),
        lambda: give(harbour, bea_contact, sam, "five amber bicycles"),
    )

    assert not Access.objects.filter(state=State.CURRENT).exists()
    assert counts_match() == {}
