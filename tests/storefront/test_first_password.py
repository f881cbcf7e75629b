"""Signing in by login details that staff made: by the link, and by the temporary password."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from tests import make
from tradedoor.access.actions.details import give_login_details
from tradedoor.access.actions.switching import deactivate
from tradedoor.access.models import Access
from tradedoor.access.sets import just
from tradedoor.accounts.actions.temporary import temporary_password
from tradedoor.accounts.models import Login, OneTimeLink, Purpose, Session
from tradedoor.accounts.tokens import token_of
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact, Customer
from tradedoor.jobs.models import Job
from tradedoor.stores.models import Store

GIVEN = "five amber bicycles"
OWN = "nine copper lanterns"
pytestmark = pytest.mark.django_db


@pytest.fixture
def kim(acme: Customer) -> Contact:
    return make.contact(acme, "kim@acme.example", first_name="Kim", last_name="Keen")


@pytest.fixture
def mailed(kim: Contact, harbour: Store, sam: Actor) -> Access:
    """Kim got a link by mail."""
    give_login_details([harbour], [kim.pk], actor=sam, mailed=True)
    return Access.objects.get(contact=kim)


@pytest.fixture
def told(kim: Contact, harbour: Store, sam: Actor) -> Access:
    """Kim was told a temporary password."""
    given = {kim.pk: temporary_password(GIVEN, is_typed=True)}
    give_login_details([harbour], [kim.pk], actor=sam, mailed=False, passwords=given)
    return Access.objects.get(contact=kim)


def address(store: str = "harbour") -> str:
    link = OneTimeLink.objects.filter(purpose=Purpose.FIRST_PASSWORD).latest("pk")
    return f"/s/{store}/password/first/{token_of(link)}/"


def text_of(response: Any) -> str:
    return str(response.content.decode())


def mark_in(html: str) -> str:
    return html.split('name="link" value="')[1].split('"', maxsplit=1)[0]


def signs_in(client: Client, password: str) -> Any:
    return client.post("/s/harbour/login/", {"email": "kim@acme.example", "password": password})


def test_the_link_leads_to_a_page_without_it_that_names_nobody_and_uses_nothing_up(
    client: Client, mailed: Access
) -> None:
    for _ in range(2):
        moved = client.get(address())
        assert (moved.status_code, moved.headers["Location"]) == (302, "/s/harbour/password/first/")
        assert moved.headers["Referrer-Policy"] == "no-referrer"
        assert "no-store" in moved.headers["Cache-Control"]
        html = text_of(client.get(moved.headers["Location"]))
        assert "Welcome, Kim" in html
        assert "kim@acme.example" not in html
    assert not make.login_of(mailed).has_password
    assert not Session.objects.exists()


def test_a_password_chosen_behind_the_link_signs_in_at_once(client: Client, mailed: Access) -> None:
    html = text_of(client.get(address(), follow=True))
    page = "/s/harbour/password/first/"
    short = client.post(page, {"password": "short", "link": mark_in(html)})
    assert short.status_code == 422
    assert "The password needs" in text_of(short)

    done = client.post(page, {"password": OWN, "link": mark_in(html)})

    assert (done.status_code, done.headers["Location"]) == (302, "/s/harbour/")
    assert client.get("/s/harbour/").status_code == 200
    assert make.login_of(mailed).has_own_password
    over = client.get(page)
    assert over.status_code == 410
    again = Client().get(address(), follow=True)
    assert "You have a password already" in text_of(again)


def test_a_link_that_ran_out_was_replaced_or_withdrawn_says_what_helps(
    mailed: Access, kim: Contact, harbour: Store, sam: Actor
) -> None:
    old = address()
    with time_machine.travel(OneTimeLink.objects.get().expires_at + timedelta(seconds=1), tick=False):
        html = text_of(Client().get(old, follow=True))
        assert "This link has run out" in html
        assert "/s/harbour/password/forgot/" in html
    with time_machine.travel(timezone.now() + timedelta(minutes=1), tick=False):
        give_login_details([harbour], [kim.pk], actor=sam, mailed=True)
    assert "There is a newer link" in text_of(Client().get(old, follow=True))
    deactivate(just(mailed), actor=sam)
    assert "does not work any more" in text_of(Client().get(address(), follow=True))


@pytest.mark.parametrize(
    "path", ["/s/meadow/password/first/{}/", "/s/harbour/join/{}/", "/s/harbour/password/reset/{}/"]
)
def test_at_another_store_or_for_another_purpose_it_is_nobodys(
    path: str, client: Client, mailed: Access, meadow: Store
) -> None:
    token = address().rstrip("/").rpartition("/")[2]
    assert client.get(path.format(token)).status_code == 404


def test_whoever_is_signed_in_as_somebody_else_is_signed_out_first(
    bea: Access, mailed: Access, client: Client
) -> None:
    client.post("/s/harbour/login/", {"email": "bea@acme.example", "password": make.PASSWORD})
    assert Session.objects.count() == 1
    client.get(address())
    assert not Session.objects.exists()


def test_a_form_of_another_links_page_sets_no_password(
    client: Client, mailed: Access, acme: Customer, harbour: Store, sam: Actor
) -> None:
    mark = mark_in(text_of(client.get(address(), follow=True)))
    other = make.contact(acme, "other@acme.example")
    give_login_details([harbour], [other.pk], actor=sam, mailed=True)
    client.get(address())
    client.post("/s/harbour/password/first/", {"password": OWN, "link": mark})
    assert not any(login.has_password for login in Login.objects.buyers())


def test_a_temporary_password_opens_nothing_but_the_page_to_choose_an_own_one(
    client: Client, told: Access
) -> None:
    assert signs_in(client, GIVEN).status_code == 302
    choose = "/s/harbour/account/password/"
    for path in ("/s/harbour/", "/s/harbour/catalogue/", "/s/harbour/account/"):
        assert client.get(path).headers["Location"] == choose
    html = text_of(client.get(choose))
    assert "Choose a password of your own first" in html

    same = client.post(choose, {"current": GIVEN, "password": GIVEN})
    assert same.status_code == 422
    assert "This is the present password" in text_of(same)
    client.post(choose, {"current": GIVEN, "password": OWN})

    assert client.get("/s/harbour/").status_code == 200
    assert signs_in(Client(), GIVEN).status_code == 422
    assert signs_in(Client(), OWN).status_code == 302


def test_run_out_it_says_so_to_who_knows_it_and_offers_a_link(told: Access, kim: Contact, sam: Actor) -> None:
    until = make.login_of(told).password_is_temporary_until
    assert until is not None
    with time_machine.travel(until, tick=False):
        answer = signs_in(Client(), GIVEN)
        html = text_of(answer)
        assert answer.status_code == 403
        assert "This password has run out" in html
        assert "Send Link" in html
        assert 'name="email" value="kim@acme.example"' in html
        wrong = signs_in(Client(), "not this one at all")
        assert "run out" not in text_of(wrong)
        sent = Client().post("/s/harbour/password/forgot/", {"email": "kim@acme.example"})
        assert "a mail is on its way" in text_of(sent)
        assert Job.objects.exists()


def test_signing_out_is_possible_before_a_password_is_chosen(client: Client, told: Access) -> None:
    signs_in(client, GIVEN)
    assert client.post("/s/harbour/logout/").status_code == 302
    assert not Session.objects.exists()
