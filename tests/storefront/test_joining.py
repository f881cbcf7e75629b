"""From the mailed link to a signed-in buyer. Scanners open links; only a person's form uses them up."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from tests import make
from tests.storefront.conftest import SignIn
from tradedoor.access.actions.invitations import cancel_invitation, invite_contact, resend_invitation
from tradedoor.access.actions.switching import deactivate
from tradedoor.access.models import Access, State
from tradedoor.access.sets import just
from tradedoor.accounts.models import Login, OneTimeLink, Session
from tradedoor.accounts.tokens import token_of
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact, Customer
from tradedoor.mail.models import MailMessage
from tradedoor.stores.models import Store

GOOD = "nine copper lanterns"


@pytest.fixture
def kim(acme: Customer) -> Contact:
    return make.contact(acme, "kim@acme.example", first_name="Kim", last_name="Keen")


@pytest.fixture
def invited(kim: Contact, harbour: Store, ada: Actor) -> Access:
    return invite_contact(harbour, kim, actor=ada)


def link_of(access: Access) -> OneTimeLink:
    return OneTimeLink.objects.filter(access_id=access.pk).latest("pk")


def address_of(access: Access, *, store: str = "harbour") -> str:
    return f"/s/{store}/join/{token_of(link_of(access))}/"


def test_the_token_leaves_the_address_bar_before_anything_is_shown(client: Client, invited: Access) -> None:
    answer = client.get(address_of(invited))

    assert (answer.status_code, answer.url) == (302, "/s/harbour/join/")  # type: ignore[attr-defined]  # a test response
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert token_of(link_of(invited)) not in str(answer.cookies)


def test_a_first_password_lets_the_person_in(client: Client, invited: Access) -> None:
    page = client.get(address_of(invited), follow=True).content.decode()
    assert "Welcome, Kim" in page
    assert "At least 12 characters" in page
    assert "k***@acme.example" in page
    assert "kim@acme.example" not in page
    assert 'autocomplete="new-password"' in page

    answer = client.post("/s/harbour/join/", {"password": GOOD})

    assert (answer.status_code, answer.url) == (302, "/s/harbour/")  # type: ignore[attr-defined]  # a test response
    invited.refresh_from_db()
    assert invited.state == State.CURRENT
    assert "Hello, Kim" in client.get("/s/harbour/").content.decode()


def test_opening_the_link_however_often_uses_nothing_up(client: Client, invited: Access) -> None:
    before = link_of(invited)
    for _time in range(3):
        assert Client().get(address_of(invited), follow=True).status_code == 200
        assert Client().head(address_of(invited)).status_code == 302
    assert Client().post(address_of(invited)).status_code == 405

    after = link_of(invited)
    assert (after.used_at, after.revoked_at, after.expires_at) == (None, None, before.expires_at)
    invited.refresh_from_db()
    assert invited.state == State.PENDING
    assert not Session.objects.exists()


def test_a_made_up_link_and_one_of_another_store_look_the_same(
    client: Client, invited: Access, meadow: Store
) -> None:
    foreign = client.get(address_of(invited, store="meadow"))
    made_up = client.get("/s/meadow/join/" + "A" * 43 + "/")

    assert foreign.status_code == made_up.status_code == 404
    assert foreign.content == made_up.content
    assert not any("link" in name for name in foreign.cookies)


def test_a_cookie_of_one_store_is_nothing_in_another(client: Client, invited: Access, meadow: Store) -> None:
    client.get(address_of(invited))

    assert client.get("/s/meadow/join/").status_code == 410
    assert client.post("/s/meadow/join/", {"password": GOOD}).status_code == 410


def test_a_weak_password_is_refused_with_its_reason_and_the_link_lives(
    client: Client, invited: Access
) -> None:
    client.get(address_of(invited))

    for weak, reason in (("short", "12 characters"), ("kim keen acme", "name"), ("password1234", "guessed")):
        answer = client.post("/s/harbour/join/", {"password": weak})
        assert answer.status_code == 422
        assert reason in answer.content.decode()
    assert client.post("/s/harbour/join/", {"password": GOOD}).status_code == 302


def test_an_address_in_the_form_changes_nothing_inv_01(client: Client, invited: Access) -> None:
    client.get(address_of(invited))
    client.post("/s/harbour/join/", {"password": GOOD, "email": "evil@evil.example"})

    assert Login.objects.buyers().get().email == "kim@acme.example"


def test_who_has_a_password_joins_with_that_one_and_keeps_it(
    client: Client, invited: Access, kim: Contact, meadow: Store
) -> None:
    login = Login.objects.get(accesses=invited)
    make.access(kim, meadow, login=login)
    Login.objects.filter(pk=login.pk).update(password=make.buyer_login("other@acme.example").password)

    page = client.get(address_of(invited), follow=True).content.decode()
    assert "the password you already have" in page
    wrong = client.post("/s/harbour/join/", {"password": GOOD})
    right = client.post("/s/harbour/join/", {"password": make.PASSWORD})

    assert (wrong.status_code, right.status_code) == (422, 302)
    invited.refresh_from_db()
    assert invited.state == State.CURRENT


def test_a_link_that_was_used_says_so_and_leads_to_sign_in(client: Client, invited: Access) -> None:
    client.get(address_of(invited))
    client.post("/s/harbour/join/", {"password": GOOD})

    answer = Client().get(address_of(invited), follow=True)

    assert answer.status_code == 410
    assert "You have joined already" in answer.content.decode()
    assert "/s/harbour/login/" in answer.content.decode()


def test_a_double_click_joins_once(client: Client, invited: Access) -> None:
    client.get(address_of(invited))
    again = Client()
    again.cookies = client.cookies

    assert client.post("/s/harbour/join/", {"password": GOOD}).status_code == 302
    answer = again.post("/s/harbour/join/", {"password": GOOD})

    assert answer.status_code == 410
    assert Session.objects.count() == 1


def test_an_expired_link_offers_a_new_one_to_the_stored_address(client: Client, invited: Access) -> None:
    with time_machine.travel(timezone.now() + timedelta(days=8), tick=False):
        page = client.get(address_of(invited), follow=True)
        assert page.status_code == 410
        assert "Send me a new link" in page.content.decode()
        before = MailMessage.objects.count()

        answer = client.post("/s/harbour/join/again/")

        assert "on its way" in answer.content.decode()
        assert MailMessage.objects.count() == before + 1
        assert MailMessage.objects.latest("pk").to_email == "kim@acme.example"


def test_superseded_and_cancelled_links_say_what_happened(
    client: Client, invited: Access, ada: Actor
) -> None:
    old = address_of(invited)
    with time_machine.travel(timezone.now() + timedelta(minutes=5), tick=False):
        resend_invitation(invited, actor=ada)
        newer = address_of(invited)
        superseded = Client().get(old, follow=True)
        cancel_invitation(Access.objects.get(pk=invited.pk), actor=ada)
        cancelled = Client().get(newer, follow=True)

    assert superseded.status_code == cancelled.status_code == 410
    assert "newest mail" in superseded.content.decode()
    assert "withdrawn" in cancelled.content.decode()
    assert "Send me a new link" not in cancelled.content.decode()


def test_a_link_to_an_address_that_has_changed_since_is_refused(
    client: Client, invited: Access, kim: Contact
) -> None:
    Contact.objects.filter(pk=kim.pk).update(email="kim2@acme.example", email_canonical="kim2@acme.example")

    answer = client.get(address_of(invited), follow=True)

    assert answer.status_code == 410
    assert "changed" in answer.content.decode()


def test_without_the_link_the_page_asks_to_open_it_again(client: Client, harbour: Store) -> None:
    assert client.get("/s/harbour/join/").status_code == 410
    assert client.post("/s/harbour/join/", {"password": GOOD}).status_code == 410


def test_the_opened_link_is_good_for_a_quarter_of_an_hour(client: Client, invited: Access) -> None:
    client.get(address_of(invited))

    with time_machine.travel(timezone.now() + timedelta(minutes=16), tick=False):
        assert client.post("/s/harbour/join/", {"password": GOOD}).status_code == 410


def test_somebody_else_at_the_browser_is_signed_out_first(
    invited: Access, nils: Access, sign_in: SignIn
) -> None:
    browser = sign_in(nils)

    browser.get(address_of(invited))

    assert not Session.objects.filter(login=nils.login).exists()
    assert browser.post("/s/harbour/join/", {"password": GOOD}).status_code == 302
    assert "Hello, Kim" in browser.get("/s/harbour/").content.decode()


def test_deactivated_the_next_page_is_the_sign_in(bea: Access, bea_client: Client, ada: Actor) -> None:
    assert bea_client.get("/s/harbour/").status_code == 200
    deactivate(just(bea), actor=ada, reason="Left")

    assert bea_client.get("/s/harbour/").status_code == 302
