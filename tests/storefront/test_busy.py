"""Where too many passwords are hashed at once (HA-03): each page says so, keeps its form, and works a moment later."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.access.doors.browsing import Browser
from tradedoor.access.actions.details import give_login_details
from tradedoor.access.actions.invitations import invite_contact
from tradedoor.access.actions.passwords import send_reset
from tradedoor.access.models import Access
from tradedoor.accounts import gate
from tradedoor.accounts.models import OneTimeLink, Purpose
from tradedoor.accounts.tokens import token_of
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact
from tradedoor.stores.models import Store

OWN = "nine copper lanterns"
SENTENCE = "Too many people are signing in at this moment."
pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def no_room() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gate, "_free_slot", lambda: None)
        patch.setattr(gate, "LONGEST_WAIT_SECONDS", 0)
        yield


def opened(purpose: Purpose, path: str) -> Browser:
    browser = Browser()
    browser.open(f"/s/harbour/{path}/{token_of(OneTimeLink.objects.get(purpose=purpose))}/")
    return browser


def refused_then_let_in(browser: Browser, label: str, **typed: str) -> None:
    with no_room():
        page = browser.press(label, **typed)
    assert page.status == 503
    assert SENTENCE in page.text
    assert browser.press(label, **typed).status == 200


def test_the_page_of_an_invitation(bea_contact: Contact, harbour: Store, sam: Actor) -> None:
    invite_contact(harbour, bea_contact, actor=sam)
    browser = opened(Purpose.INVITATION, "join")

    refused_then_let_in(browser, "Join Now", password=OWN)

    assert browser.page.offers("Sign out")


def test_the_page_of_a_first_password(bea_contact: Contact, harbour: Store, sam: Actor) -> None:
    give_login_details([harbour], [bea_contact.pk], actor=sam, mailed=True)
    browser = opened(Purpose.FIRST_PASSWORD, "password/first")

    refused_then_let_in(browser, "Save password and sign in", password=OWN)

    assert browser.page.offers("Sign out")


def test_the_page_of_a_reset(bea: Access, harbour: Store, sam: Actor) -> None:
    send_reset(harbour.pk, "bea@acme.example", actor=sam)
    browser = opened(Purpose.RESET, "password/reset")

    refused_then_let_in(browser, "Save new password", password=OWN)

    assert browser.page.offers("Sign in")


def test_the_sign_in_page_keeps_the_address_that_was_typed(bea: Access) -> None:
    browser = Browser()
    browser.open("/s/harbour/login/?signed-out=1")
    with no_room():
        page = browser.press("Sign in", email="bea@acme.example", password=OWN)
    assert page.status == 503
    assert SENTENCE in page.text
    assert 'value="bea@acme.example"' in page.html
