"""Leaving mailings by the link in a mail, and Mailchimp's calls."""

import pytest
from django.test import Client

from tests import make
from tradedoor.crm.models import Contact
from tradedoor.integrations.actions.hooks import hook_token
from tradedoor.integrations.actions.leaving import unsubscribe_token
from tradedoor.integrations.models import Audience
from tradedoor.stores.models import Store


@pytest.fixture
def bea(bea_contact: Contact, harbour: Store) -> Contact:
    make.access(bea_contact, harbour)
    Contact.objects.filter(pk=bea_contact.pk).update(subscribed=True, receive_mail_out=True)
    return bea_contact


def is_subscribed(contact: Contact) -> bool:
    contact.refresh_from_db()
    return contact.subscribed or contact.receive_mail_out


def test_the_link_asks_first_and_the_button_leaves(bea: Contact, harbour: Store) -> None:
    address = f"/s/{harbour.slug}/unsubscribe/{unsubscribe_token(harbour, bea)}/"
    shown = Client().get(address)
    assert "Leave the mailings?" in shown.content.decode()
    assert "b***@acme.example" in shown.content.decode()
    assert "bea@acme.example" not in shown.content.decode()  # TOK-13
    assert shown.headers["Referrer-Policy"] == "no-referrer"
    assert is_subscribed(bea)

    done = Client().post(address)
    assert "You get no more mailings" in done.content.decode()
    assert not is_subscribed(bea)
    assert "You get no more mailings" in Client().get(address).content.decode()


def test_a_mail_programs_own_button_needs_no_form_rfc_8058(bea: Contact, harbour: Store) -> None:
    strict = Client(enforce_csrf_checks=True)
    address = f"/s/{harbour.slug}/unsubscribe/{unsubscribe_token(harbour, bea)}/"
    assert strict.post(address, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert not is_subscribed(bea)


def test_a_closed_store_lets_people_leave(bea: Contact, harbour: Store) -> None:
    Store.objects.filter(pk=harbour.pk).update(is_active=False)
    address = f"/s/{harbour.slug}/unsubscribe/{unsubscribe_token(harbour, bea)}/"
    assert Client().post(address).status_code == 200
    assert not is_subscribed(bea)


@pytest.mark.parametrize("token", ["made-up", "a:b:c", "%00"])
def test_a_made_up_link_finds_nobody(token: str, bea: Contact, harbour: Store) -> None:
    for method in ("get", "post"):
        answer = getattr(Client(), method)(f"/s/{harbour.slug}/unsubscribe/{token}/")
        assert answer.status_code == 404
        assert "bea" not in answer.content.decode().lower()
    assert is_subscribed(bea)


def test_mailchimp_asks_whether_anybody_is_there_and_then_tells(bea: Contact, harbour: Store) -> None:
    Audience.objects.create(store=harbour, list_id="a1b2c3d4e5", tag="Mail out")
    address = f"/s/{harbour.slug}/hooks/mailchimp/{hook_token(harbour)}/"
    strict = Client(enforce_csrf_checks=True)
    assert strict.get(address).status_code == 200
    assert strict.get(f"/s/{harbour.slug}/hooks/mailchimp/{'0' * 64}/").status_code == 404

    told = {
        "type": "unsubscribe",
        "fired_at": "2026-03-26 21:40:57",
        "data[email]": "bea@acme.example",
        "data[list_id]": "a1b2c3d4e5",
    }
    assert strict.post(f"/s/{harbour.slug}/hooks/mailchimp/{'0' * 64}/", told).status_code == 404
    assert is_subscribed(bea)
    assert strict.post(address, told).status_code == 200
    assert not is_subscribed(bea)
