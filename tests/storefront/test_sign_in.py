"""The door of a store: one answer to every wrong pair, and the truth only to who knows the password."""

import re

import pytest
from django.test import Client

from tests import make
from tests.storefront.conftest import SignIn
from tradedoor.access.models import Access, State
from tradedoor.accounts.models import Login, Session, Throttle
from tradedoor.crm.models import Contact, Customer
from tradedoor.stores.models import Store

WRONG = "not the right password"


def post(client: Client, store: Store, email: str, password: str, **more: str) -> object:
    return client.post(f"/s/{store.slug}/login/", {"email": email, "password": password, **more})


def without_token(body: bytes, *typed: str) -> str:
    text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", body.decode())
    for email in typed:
        text = text.replace(email, "…")
    return text


def test_the_page_has_the_stores_look_and_whom_to_call(client: Client, harbour: Store) -> None:
    answer = client.get("/s/harbour/login/")

    body = answer.content.decode()
    assert answer.status_code == 200
    for part in ("Harbour", "theme.", 'autocomplete="username"', 'autocomplete="current-password"', "Forgot password?",
                 "Keep me signed in", harbour.phone, harbour.email):  # fmt: skip
        assert part in body


def test_no_page_of_the_door_holds_what_the_content_policy_blocks(client: Client, harbour: Store) -> None:
    for path in ("login/", "password/forgot/", "join/", "password/reset/"):
        body = client.get(f"/s/harbour/{path}").content.decode()
        assert not re.search(r"\sstyle=|\son\w+=|<style|<script(?![^>]*\ssrc=)", body), path


def test_the_right_pair_opens_the_store(client: Client, bea: Access) -> None:
    answer = post(client, bea.store, "BEA@acme.example", make.PASSWORD)

    assert (answer.status_code, answer.url) == (302, "/s/harbour/")  # type: ignore[attr-defined]  # a test response
    session = Session.objects.get()
    assert (session.access_id, session.store_id, session.keep) == (bea.pk, bea.store_id, False)
    home = client.get("/s/harbour/")
    assert "Hello, Bea" in home.content.decode()


def test_kept_signed_in_the_cookie_outlives_the_browser(client: Client, bea: Access) -> None:
    post(client, bea.store, "bea@acme.example", make.PASSWORD, keep="on")

    cookie = next(cookie for name, cookie in client.cookies.items() if name.startswith("td-s-"))
    assert Session.objects.get().keep
    assert int(cookie["max-age"]) > 25 * 24 * 3600
    assert cookie["httponly"]


def test_every_wrong_pair_gets_the_same_answer(
    harbour: Store, meadow: Store, bea: Access, nils_contact: Contact, acme: Customer, sam_login: Login
) -> None:
    make.access(make.contact(acme, "elsewhere@acme.example"), meadow)
    make.access(make.contact(acme, "off@acme.example"), harbour, state=State.DEACTIVATED)
    invited = make.contact(acme, "invited@acme.example")
    make.access(invited, harbour, state=State.PENDING, login=make.buyer_login(invited.email, password=""))
    who = ["bea@acme.example", "elsewhere@acme.example", "off@acme.example", "invited@acme.example",
           "sam@tradedoor.example", "nobody@nowhere.example", "no address at all"]  # fmt: skip
    answers = []
    for email in who:
        Throttle.objects.all().delete()
        answer = Client().post("/s/harbour/login/", {"email": email, "password": WRONG})
        headers = {name: value for name, value in answer.headers.items() if name != "X-Request-ID"}
        headers.pop("Content-Length", None)
        shown = without_token(answer.content, email)
        answers.append((answer.status_code, shown, headers, sorted(answer.cookies)))

    assert all(answer == answers[0] for answer in answers)
    assert answers[0][0] == 422
    assert "We could not sign you in" in answers[0][1]


def test_a_second_email_in_the_form_is_a_trick_and_signs_nobody_in(client: Client, bea: Access) -> None:
    answer = client.post(
        "/s/harbour/login/", {"email": ["bea@acme.example", "x@y.example"], "password": make.PASSWORD}
    )

    assert answer.status_code == 422
    assert not Session.objects.exists()


def test_who_is_deactivated_and_knows_the_password_is_told_whom_to_call(
    client: Client, acme: Customer, harbour: Store
) -> None:
    make.access(make.contact(acme, "off@acme.example"), harbour, state=State.DEACTIVATED)

    answer = client.post("/s/harbour/login/", {"email": "off@acme.example", "password": make.PASSWORD})

    assert answer.status_code == 403
    body = answer.content.decode()
    assert "Your access to this store is off." in body
    assert f"Call Harbour: {harbour.phone}." in body
    assert not Session.objects.exists()


def test_who_is_invited_still_is_offered_the_link_once_more(
    client: Client, acme: Customer, harbour: Store
) -> None:
    make.access(make.contact(acme, "late@acme.example"), harbour, state=State.PENDING)

    answer = client.post("/s/harbour/login/", {"email": "late@acme.example", "password": make.PASSWORD})

    body = answer.content.decode()
    assert answer.status_code == 403
    proof = re.search(r'name="pending" value="([^"]+)"', body)
    assert proof
    asked = client.post("/s/harbour/join/again/", {"pending": proof[1]})
    assert "on its way" in asked.content.decode()
    assert client.post("/s/harbour/join/again/", {"pending": proof[1] + "x"}).status_code == 410


def test_too_many_tries_are_answered_in_the_stores_look_and_say_when_to_come_back(
    client: Client, bea: Access
) -> None:
    for _try in range(5):
        post(client, bea.store, "bea@acme.example", WRONG)

    known = client.post("/s/harbour/login/", {"email": "bea@acme.example", "password": make.PASSWORD})
    for _try in range(5):
        post(client, bea.store, "who@acme.example", WRONG)
    unknown = client.post("/s/harbour/login/", {"email": "who@acme.example", "password": make.PASSWORD})

    assert known.status_code == unknown.status_code == 429
    assert int(known.headers["Retry-After"]) > 0
    assert without_token(known.content, "bea@acme.example") == without_token(
        unknown.content, "who@acme.example"
    )
    assert not Session.objects.exists()


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/s/harbour/account/", "/s/harbour/account/"),
        ("/s/harbour/catalogue/?q=pot", "/s/harbour/catalogue/?q=pot"),
        ("/s/meadow/", "/s/harbour/"),
        ("/", "/s/harbour/"),
        ("//evil.example/", "/s/harbour/"),
        ("https://evil.example/", "/s/harbour/"),
        ("/s/harbour/../meadow/", "/s/harbour/"),
        ("/s/harbour/%2e%2e/meadow/", "/s/harbour/"),
        ("/s/harbour/\\evil.example", "/s/harbour/"),
    ],
)
def test_next_leads_to_a_page_of_this_store_or_to_its_home(
    client: Client, bea: Access, wanted: str, reached: str
) -> None:
    answer = post(client, bea.store, "bea@acme.example", make.PASSWORD, next=wanted)

    assert answer.url == reached  # type: ignore[attr-defined]  # a test response


def test_who_acts_for_two_customers_chooses_one(
    client: Client, harbour: Store, bea: Access, borealis: Customer
) -> None:
    other = make.access(
        make.contact(borealis, "bea@acme.example", first_name="Bea"), harbour, login=bea.login
    )

    asked = client.post("/s/harbour/login/", {"email": "bea@acme.example", "password": make.PASSWORD})
    proof = re.search(r'name="proof" value="([^"]+)"', asked.content.decode())

    assert proof
    assert not Session.objects.exists()
    assert client.post("/s/harbour/login/choose/", {"proof": proof[1], "access": "?"}).status_code == 422
    assert (
        client.post("/s/harbour/login/choose/", {"proof": "?", "access": str(other.public_id)}).status_code
        == 422
    )
    chosen = client.post("/s/harbour/login/choose/", {"proof": proof[1], "access": str(other.public_id)})
    assert chosen.status_code == 302
    assert Session.objects.get().access_id == other.pk
    assert "Borealis" in client.get("/s/harbour/").content.decode()


def test_signing_out_is_a_post_and_ends_this_session_only(bea: Access, sign_in: SignIn) -> None:
    here, there = sign_in(bea), sign_in(bea)

    assert here.get("/s/harbour/logout/").status_code == 405
    answer = here.post("/s/harbour/logout/")

    assert answer.status_code == 302
    assert here.get("/s/harbour/").status_code == 302
    assert there.get("/s/harbour/").status_code == 200


def test_signing_in_again_at_the_same_browser_leaves_one_session(bea: Access, bea_client: Client) -> None:
    post(bea_client, bea.store, "bea@acme.example", make.PASSWORD)

    assert Session.objects.count() == 1


def test_a_form_without_the_token_signs_nobody_in(bea: Access) -> None:
    strict = Client(enforce_csrf_checks=True)

    answer = strict.post("/s/harbour/login/", {"email": "bea@acme.example", "password": make.PASSWORD})

    assert answer.status_code == 403
    assert not Session.objects.exists()


def test_a_session_of_one_store_is_nobody_in_another(bea: Access, bea_client: Client, meadow: Store) -> None:
    assert bea_client.get("/s/harbour/").status_code == 200
    assert bea_client.get("/s/meadow/").status_code == 302


def test_a_visitor_leaves_no_session_behind(client: Client, harbour: Store) -> None:
    for path in ("", "login/", "catalogue/", "password/forgot/"):
        client.get(f"/s/harbour/{path}")

    assert not Session.objects.exists()


def test_a_store_that_is_switched_off_says_so_kindly(client: Client, bea: Access, bea_client: Client) -> None:
    Store.objects.update(is_active=False)

    for anyone, path in (
        (client, "login/"),
        (client, "join/abc/"),
        (bea_client, "catalogue/"),
        (client, "nothing/"),
    ):
        answer = anyone.get(f"/s/harbour/{path}")
        assert answer.status_code == 403
        assert "Harbour is closed at the moment" in answer.content.decode()


def test_what_is_not_there_wears_the_stores_look(client: Client, harbour: Store) -> None:
    answer = client.get("/s/harbour/nothing/")

    assert answer.status_code == 404
    assert harbour.phone in answer.content.decode()
    assert client.get("/s/nostore/").status_code == 404
    assert client.get("/s/harbour/login").url == "/s/harbour/login/"  # type: ignore[attr-defined]  # a test response
