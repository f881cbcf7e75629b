"""One-time links in hostile hands: two tabs, strangers at the browser, scanners, the past (security.md A4, A5)."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from tests import make
from tests.security.conftest import GOOD, join_path, link_of, reset_path, signed_in
from tradedoor.access.actions import crm
from tradedoor.access.actions.invitations import invite_contact
from tradedoor.access.actions.passwords import send_reset
from tradedoor.access.models import Access, State
from tradedoor.accounts.actions.staff import staff_sign_in_link
from tradedoor.accounts.models import Login, OneTimeLink, Session
from tradedoor.accounts.tokens import token_of
from tradedoor.audit.models import AuditRow
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact, Customer
from tradedoor.stores.actions.stores import set_active
from tradedoor.stores.models import Store

JOIN = "/s/harbour/join/"
RESET = "/s/harbour/password/reset/"


def fields_of(page: str) -> dict[str, str]:
    """The hidden fields of a page's form."""
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))


def ask_for_reset(access: Access) -> None:
    send_reset(access.store_id, make.login_of(access).email_canonical, actor=make.MAKER)


def test_a_form_of_one_link_is_not_taken_for_the_link_opened_in_the_next_tab_tok_14(
    client: Client, invited: Access, acme: Customer, harbour: Store, ada: Actor
) -> None:
    client.get(join_path(invited))
    first = fields_of(client.get(JOIN).content.decode())
    other = invite_contact(harbour, make.contact(acme, "lee@acme.example", first_name="Lee"), actor=ada)
    client.get(join_path(other))

    answer = client.post(JOIN, {**first, "password": GOOD})

    assert (answer.status_code, answer.headers.get("Location")) == (302, JOIN)
    other.refresh_from_db()
    assert other.state == State.PENDING
    assert not Session.objects.exists()
    assert "l***@acme.example" in client.get(JOIN).content.decode()


def test_a_form_of_one_reset_is_not_taken_for_another_persons_link_tok_14(
    client: Client, bea: Access, nils: Access
) -> None:
    ask_for_reset(bea)
    ask_for_reset(nils)
    client.get(reset_path(bea))
    first = fields_of(client.get(RESET).content.decode())
    client.get(reset_path(nils))
    before = make.login_of(nils).password

    assert client.post(RESET, {**first, "password": GOOD}).status_code == 302
    assert make.login_of(nils).password == before


@pytest.mark.parametrize("forged", ["", "x", "1", "MQ:1abc:xyz"])
def test_a_made_up_mark_of_a_form_uses_nothing_tok_14(client: Client, invited: Access, forged: str) -> None:
    client.get(join_path(invited))
    assert client.post(JOIN, {"link": forged, "password": GOOD}).headers["Location"] == JOIN
    invited.refresh_from_db()
    assert invited.state == State.PENDING


def test_opening_a_reset_link_ends_the_session_of_whoever_sits_there_tok_11(
    bea: Access, nils: Access
) -> None:
    browser = signed_in(nils)
    ask_for_reset(bea)

    browser.get(reset_path(bea))

    assert not Session.objects.filter(login=nils.login).exists()
    assert AuditRow.objects.filter(event="accounts.login.signed_out", login_id=nils.login_id).count() == 1


def test_opening_an_invitation_of_somebody_else_ends_the_session_first_tok_11(
    nils: Access, invited: Access
) -> None:
    browser = signed_in(nils)
    browser.get(join_path(invited))
    assert not Session.objects.exists()
    assert browser.get("/s/harbour/account/").status_code == 302


def test_who_signs_in_between_page_and_form_does_not_lend_the_session_tok_11(
    nils: Access, invited: Access
) -> None:
    browser = Client()
    browser.get(join_path(invited))
    page = fields_of(browser.get(JOIN).content.decode())
    browser.post("/s/harbour/login/", {"email": "nils@borealis.example", "password": make.PASSWORD})

    assert browser.post(JOIN, {**page, "password": GOOD}).status_code == 302
    assert [session.access_id for session in Session.objects.all()] == [invited.pk]


@pytest.mark.parametrize(
    "headers", [{}, {"Sec-Purpose": "prefetch"}, {"Purpose": "prefetch"}, {"X-Moz": "prefetch"}]
)
@pytest.mark.parametrize("method", ["get", "head"])
def test_scanners_and_prefetching_browsers_use_nothing_up_tok_06(
    invited: Access, method: str, headers: dict[str, str]
) -> None:
    for _time in range(3):
        scanner = Client(headers=headers)
        getattr(scanner, method)(join_path(invited), follow=True)
        getattr(scanner, method)(JOIN)
    assert link_of(invited).used_at is None
    assert not Session.objects.exists()
    assert not make.login_of(invited).has_password


def test_expired_between_page_and_form_is_expired_tok_05(client: Client, invited: Access) -> None:
    almost = link_of(invited).expires_at - timedelta(minutes=1)
    with time_machine.travel(almost, tick=False) as clock:
        client.get(join_path(invited))
        page = fields_of(client.get(JOIN).content.decode())
        clock.shift(timedelta(minutes=2))
        answer = client.post(JOIN, {**page, "password": GOOD}, follow=True)
    assert answer.status_code == 410
    assert not make.login_of(invited).has_password


@pytest.mark.parametrize(
    "change", [str.upper, str.lower, str.swapcase, lambda t: t[:-1], lambda t: t + "A", lambda t: t + "="]
)
def test_an_altered_token_is_as_unknown_as_a_made_up_one_tok_13(
    client: Client, invited: Access, change: Callable[[str], str]
) -> None:
    token = token_of(link_of(invited))
    altered = client.get(f"/s/harbour/join/{change(token)}/")
    made_up = client.get(f"/s/harbour/join/{'B' * 43}/")
    assert (
        (altered.status_code, altered.content)
        == (made_up.status_code, made_up.content)
        == (404, made_up.content)
    )
    assert not altered.cookies


def test_a_token_of_another_purpose_looks_like_a_made_up_one_tok_03(
    client: Client, bea: Access, invited: Access, ada: Actor, ada_login: Login
) -> None:
    ask_for_reset(bea)
    staff = staff_sign_in_link(ada_login.email, actor=ada)
    reset = reset_path(bea).split("/")[-2]
    invitation = token_of(link_of(invited))
    for tokens, path in (((reset, staff), "/s/harbour/join/"), ((invitation, staff), "/s/harbour/password/reset/"),
                         ((invitation, reset), "/login/link/")):  # fmt: skip
        made_up = client.get(f"{path}{'B' * 43}/")
        for token in tokens:
            foreign = client.get(f"{path}{token}/")
            assert (foreign.status_code, foreign.content) == (made_up.status_code, made_up.content)
            assert not any(cookie.value for cookie in foreign.cookies.values())


def archived(access: Access, by: Actor) -> None:
    crm.archive_contacts([access.contact], actor=by)


def inactive(access: Access, by: Actor) -> None:
    crm.set_customer_status([access.customer], "inactive", actor=by)


def switched_off(access: Access, by: Actor) -> None:
    set_active(access.store, active=False, actor=by)


def moved_address(access: Access, by: Actor) -> None:
    contact = Contact.objects.get(pk=access.contact_id)
    crm.update_contact(contact, {"email": "new@acme.example"}, version=contact.version, actor=by)


def login_off(access: Access, _by: Actor) -> None:
    Login.objects.filter(accesses=access).update(is_active=False)


def login_held(access: Access, _by: Actor) -> None:
    Login.objects.filter(accesses=access).update(held_at=timezone.now())


@pytest.mark.parametrize("happens", [archived, inactive, switched_off, moved_address, login_off, login_held])
def test_what_happens_between_page_and_form_counts_tok_08(
    client: Client, invited: Access, ada: Actor, happens: Callable[[Access, Actor], None]
) -> None:
    client.get(join_path(invited))
    page = fields_of(client.get(JOIN).content.decode())

    happens(invited, ada)
    answer = client.post(JOIN, {**page, "password": GOOD}, follow=True)

    assert answer.status_code in {403, 410}
    assert "kim@acme.example" not in answer.content.decode()
    assert not Session.objects.exists()
    assert not make.login_of(invited).has_password


def test_a_login_that_got_a_password_meanwhile_is_asked_for_it_inv_02(
    client: Client, invited: Access, kim: Contact, meadow: Store, ada: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.get(join_path(invited))
    page = fields_of(client.get(JOIN).content.decode())
    elsewhere = invite_contact(meadow, kim, actor=ada)
    other = Client()
    other.get(join_path(elsewhere))
    other.post("/s/meadow/join/", {"password": "four silver ladders"})

    answer = client.post(JOIN, {**page, "password": GOOD})
    assert answer.status_code == 422
    assert "do not match" in answer.content.decode()
    assert client.post(JOIN, {**page, "password": "four silver ladders"}).status_code == 302


def test_fields_that_were_not_asked_for_change_nothing_mas_01(
    client: Client, invited: Access, meadow: Store
) -> None:
    client.get(join_path(invited))
    extra = {"email": "evil@evil.example", "role": "company_admin", "store": "meadow", "state": "current",
             "is_staff": "1", "customer": "1", "epoch": "0", "must_change": "", "keep": "", "access": "1"}  # fmt: skip

    assert client.post(JOIN, {"password": GOOD, **extra}).status_code == 302

    invited.refresh_from_db()
    assert (invited.role, invited.store.slug) == ("buyer", "harbour")
    assert Login.objects.buyers().get().email == "kim@acme.example"
    assert Access.objects.count() == 1


@pytest.mark.parametrize(
    ("password", "status"),
    [("x9!" * 85 + "x", 302), ("x9!" * 85 + "xy", 422), ("kim keen kim keen", 422), ("Acme harbour 1", 422)],
)
def test_length_and_names_are_judged_at_the_invitation_too_pw_02_pw_07(
    client: Client, invited: Access, password: str, status: int
) -> None:
    client.get(join_path(invited))
    # Not one unit over and over, which is refused for itself.
    chosen = password if not password.startswith("x9!") else "é " + password[2:-3] + "q z"
    assert client.post(JOIN, {"password": chosen}).status_code == status
    assert len(chosen) in {256, 257} or status == 422


def test_a_signed_cookie_of_before_a_newer_invitation_says_so_tok_07(
    client: Client, invited: Access, harbour: Store, kim: Contact, ada: Actor
) -> None:
    client.get(join_path(invited))
    page = fields_of(client.get(JOIN).content.decode())
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        invite_contact(harbour, kim, actor=ada)
        answer = client.post(JOIN, {**page, "password": GOOD}, follow=True)
    assert answer.status_code == 410
    assert "newer invitation" in answer.content.decode()


def test_the_carried_link_is_a_cookie_only_the_server_reads_and_makes_ses_02(
    client: Client, invited: Access
) -> None:
    cookie = client.get(join_path(invited)).cookies["td-link"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (
        True,
        "Lax",
        "/",
        "",
    )
    link = OneTimeLink.objects.get()
    client.cookies["td-link"] = cookie.value.replace("W", "X", 1) if "W" in cookie.value else f"[{link.pk}]"
    assert client.get(JOIN).status_code == 410
