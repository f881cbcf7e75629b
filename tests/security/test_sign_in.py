"""The doors in hostile hands: who is told what, what counts as whom, and what a session is good for (A8 to A10)."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from tests import make
from tests.security.conftest import GOOD, signed_in
from tradedoor.access.actions.switching import deactivate, reenable, undo_deactivation
from tradedoor.access.models import Access, State
from tradedoor.access.sets import just
from tradedoor.accounts.models import Login, Session, Throttle
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact, Customer
from tradedoor.stores.models import Store

LOGIN = "/s/harbour/login/"
FORGOT = "/s/harbour/password/forgot/"
VARY = re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"|[0-9a-f]{32}')
WRONG = "a wrong password"


def try_in(email: Any, password: str = WRONG, *, path: str = LOGIN, **more: Any) -> Any:
    return Client(**more).post(path, {"email": email, "password": password})


def seen(answer: Any, *emails: str) -> tuple[Any, ...]:
    """All that an onlooker can tell apart about an answer, but for what is new at each request."""
    page = answer.content.decode()
    for email in emails:
        page = page.replace(email, "…")
    headers = {
        name: value
        for name, value in answer.headers.items()
        if name not in {"X-Request-ID", "Content-Length"}
    }
    cookies = {
        name: {k: v for k, v in morsel.items() if k != "expires"} for name, morsel in answer.cookies.items()
    }
    return answer.status_code, VARY.sub("", page), headers, cookies


@pytest.fixture
def crowd(
    bea: Access, acme: Customer, harbour: Store, meadow: Store, sam_login: Login, db: None
) -> dict[str, str]:
    """One address of each kind of person a stranger may want to find out about."""
    people = {"current": make.login_of(bea).email, "staff": sam_login.email, "unknown": "nobody@acme.example"}
    for state in (State.PENDING, State.DEACTIVATED, State.REQUESTED, State.CANCELLED, State.DECLINED):
        contact = make.contact(acme, f"{state}@acme.example")
        make.access(contact, harbour, state=state)
        people[state] = contact.email
    elsewhere = make.contact(acme, "else@acme.example")
    make.access(elsewhere, meadow)
    make.buyer_login("held@acme.example", held_at=timezone.now())
    make.buyer_login("off@acme.example", is_active=False)
    make.buyer_login("temporary@acme.example", password_is_temporary_until=timezone.now())
    make.buyer_login("bare@acme.example", password="")
    return people | {name: f"{name}@acme.example" for name in ("else", "held", "off", "temporary", "bare")}


def test_a_wrong_password_gets_one_answer_whoever_it_is_for_enu_01(crowd: dict[str, str]) -> None:
    answers = {kind: seen(try_in(email), email) for kind, email in crowd.items()}
    assert {kind: answer for kind, answer in answers.items() if answer != answers["unknown"]} == {}
    assert answers["unknown"][0] == 422


def test_at_the_staff_door_too_enu_01(crowd: dict[str, str]) -> None:
    answers = {kind: seen(try_in(email, path="/login/"), email) for kind, email in crowd.items()}
    assert {kind: answer for kind, answer in answers.items() if answer != answers["unknown"]} == {}


def test_a_buyers_right_password_is_wrong_at_the_staff_door_and_the_other_way_round_mas_02(
    crowd: dict[str, str],
) -> None:
    for path, email in (("/login/", crowd["current"]), (LOGIN, crowd["staff"])):
        answer = try_in(email, make.PASSWORD, path=path)
        nobody = try_in(crowd["unknown"], make.PASSWORD, path=path)
        assert seen(answer, email) == seen(nobody, crowd["unknown"])
    assert not Session.objects.exists()


def test_forgot_gets_one_answer_whoever_asks_enu_01(crowd: dict[str, str]) -> None:
    answers = {kind: seen(Client().post(FORGOT, {"email": email}), email) for kind, email in crowd.items()}
    assert {kind: answer for kind, answer in answers.items() if answer != answers["unknown"]} == {}
    assert answers["unknown"][0] == 200


def test_too_many_tries_look_alike_for_known_and_unknown_addresses_enu_04(bea: Access) -> None:
    def sixth(email: str, ip: str) -> tuple[Any, ...]:
        for _time in range(6):
            answer = try_in(email, REMOTE_ADDR=ip)
        assert answer.status_code == 429
        return seen(answer, email)

    with time_machine.travel(timezone.now(), tick=False):
        assert sixth("bea@acme.example", "198.51.100.1") == sixth("nobody@acme.example", "198.51.100.2")


SPELLINGS = [
    "BEA@ACME.EXAMPLE",
    " bea@acme.example ",
    "Bea@Acme.example",
    "\tbea@ACME.example",
    "bea@acme.example\n",
]


@pytest.mark.parametrize("typed", SPELLINGS)
def test_one_address_has_one_count_and_one_login_however_it_is_typed_eml_01_rl_02(
    bea: Access, typed: str
) -> None:
    assert try_in(typed, make.PASSWORD).status_code == 302
    for _time in range(5):
        try_in(typed)
    assert try_in("bea@acme.example", make.PASSWORD).status_code == 429


@pytest.mark.parametrize(
    "typed",
    ["bea@acme.example\u200b", "b\u200dea@acme.example", "bea@acme.example\x00", "bea@acme.example,x@y.example",
     "bea@acme.example;x@y.example", '"bea"@acme.example', "bea@acme.example\r\nBcc: x@y.example", "=?utf-8?q?bea?=@acme.example",
     "bea%acme.example@evil.example", "bea@acme.example@acme.example", "be\u0430@acme.example", "\u202ebea@acme.example",
     "bea@acme.example " + "x" * 5000, "x" * 100_000, "\ud83d", "", "@", "%s%n{0}{{7*7}}", "bea@[127.0.0.1]"],
)  # fmt: skip
def test_no_trick_of_spelling_is_another_way_in_or_an_accident_eml_02(bea: Access, typed: str) -> None:
    body = f"email={''.join(f'%{byte:02x}' for byte in typed.encode(errors='surrogatepass'))}&password=seven green kettles"
    answer = Client().generic("POST", LOGIN, data=body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 422
    assert Client().post(FORGOT, {"email": typed.encode(errors="replace").decode()}).status_code in {200, 422}
    assert not Session.objects.exists()


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b'{"email": "bea@acme.example", "password": "seven green kettles"}', "application/json"),
     (b'{"email": {"$ne": 1}, "password": {"$ne": 1}}', "application/json"),
     (b"email=bea%40acme.example&email=x%40y.example&password=seven+green+kettles", "application/x-www-form-urlencoded"),
     (b"email[]=bea%40acme.example&password[]=seven+green+kettles", "application/x-www-form-urlencoded"),
     (b"email=bea%40acme.example&password=seven+green+kettles", "text/plain"),
     (b"<email>bea@acme.example</email>", "application/xml"), (b"", "")],
)  # fmt: skip
def test_only_a_form_with_one_email_signs_in_eml_04(bea: Access, body: bytes, kind: str) -> None:
    assert Client().generic("POST", LOGIN, data=body, content_type=kind).status_code == 422
    assert Client().generic("POST", FORGOT, data=body, content_type=kind).status_code == 422
    assert not Session.objects.exists()


def test_a_thousand_fields_more_are_a_refusal_and_no_accident_mas_01(harbour: Store) -> None:
    many = {f"f{number}": "x" for number in range(2500)}
    assert Client(raise_request_exception=False).post(LOGIN, many).status_code == 400


@pytest.mark.parametrize(
    "more",
    [{"HTTP_HOST": "localhost:7001"}, {"HTTP_X_FORWARDED_FOR": "203.0.113.9"}, {"HTTP_X_REAL_IP": "203.0.113.9"},
     {"HTTP_FORWARDED": "for=203.0.113.9"}, {"HTTP_X_CLIENT_IP": "203.0.113.9"}, {"HTTP_USER_AGENT": "other"},
     {"HTTP_COOKIE": "csrf=other; td-staff=x"}],
)  # fmt: skip
def test_nothing_a_client_may_pick_makes_it_another_counter_rl_02(bea: Access, more: dict[str, str]) -> None:
    for number in range(5):
        try_in("bea@acme.example", **{name: f"{value}{number or ''}" for name, value in more.items()})
    assert try_in("bea@acme.example", make.PASSWORD).status_code == 429


def test_all_stores_count_one_address_together_rl_01(bea: Access, meadow: Store) -> None:
    for slug in ("harbour", "meadow") * 3:
        answer = try_in("bea@acme.example", path=f"/s/{slug}/login/")
    assert answer.status_code == 429


def test_the_staff_door_and_a_wait_elsewhere_lock_nobody_out_who_uses_the_mailed_link_rl_04(
    bea: Access,
) -> None:
    for _time in range(7):
        try_in("bea@acme.example")
    assert Client().post(FORGOT, {"email": "bea@acme.example"}).status_code == 200
    assert try_in("bea@acme.example", make.PASSWORD, REMOTE_ADDR="203.0.113.77").status_code == 302


def test_a_wrong_present_password_counts_as_at_sign_in_pw_10(bea: Access) -> None:
    browser = signed_in(bea)
    change = {"current": "not this one", "password": GOOD}
    statuses = [browser.post("/s/harbour/account/password/", change).status_code for _time in range(6)]
    assert statuses == [422] * 5 + [429]
    assert try_in("bea@acme.example", make.PASSWORD).status_code == 429


@pytest.mark.parametrize("must", [True, False])
def test_the_new_password_differs_from_the_present_one_tmp_04(bea: Access, must: bool) -> None:  # noqa: FBT001 - a case
    browser = signed_in(bea)
    Login.objects.filter(accesses=bea).update(must_change_password=must)
    answer = browser.post(
        "/s/harbour/account/password/", {"current": make.PASSWORD, "password": make.PASSWORD}
    )
    assert answer.status_code == 422
    assert "Choose another" in answer.content.decode()


def key_of(browser: Client) -> tuple[str, str]:
    return next((name, morsel.value) for name, morsel in browser.cookies.items() if name.startswith("td-s"))


def with_cookie(name: str, value: str) -> Client:
    browser = Client()
    browser.cookies[name] = value
    return browser


@pytest.mark.parametrize("planted", ["x", "A" * 43, "", "a" * 5000, '"', "../../x"])
def test_a_key_the_server_did_not_make_is_never_taken_over_ses_01(bea: Access, planted: str) -> None:
    name, _value = key_of(signed_in(bea))
    browser = with_cookie(name, planted)
    assert browser.get("/s/harbour/account/").status_code == 302
    browser.post(LOGIN, {"email": "bea@acme.example", "password": make.PASSWORD})
    assert key_of(browser)[1] != planted


def test_a_key_of_one_door_opens_no_other_ses_06(
    bea: Access, meadow: Store, sam_login: Login, bea_contact: Contact
) -> None:
    make.access(bea_contact, meadow)
    browser = signed_in(bea)
    staff = Client()
    staff.post("/login/", {"email": sam_login.email, "password": make.PASSWORD})
    name, value = key_of(browser)
    staff_name, staff_value = key_of(staff)
    of_meadow = f"td-s-{meadow.public_id.hex}"

    assert staff_name == "td-staff"
    for cookie, key, path in (
        (of_meadow, value, "/s/meadow/account/"), (staff_name, value, "/account/"), (name, staff_value, "/s/harbour/account/"),
        (of_meadow, staff_value, "/s/meadow/account/"), (name, value, "/account/"), (staff_name, staff_value, "/s/harbour/account/"),
    ):  # fmt: skip
        assert with_cookie(cookie, key).get(path).status_code == 302, (cookie, path)


def a_new_password(bea: Access, _by: Actor) -> None:
    signed_in(bea).post("/s/harbour/account/password/", {"current": make.PASSWORD, "password": GOOD})


def off_and_on(bea: Access, by: Actor) -> None:
    deactivate(just(bea), actor=by)
    reenable(just(bea), actor=by)


def off_and_undone(bea: Access, by: Actor) -> None:
    deactivate(just(bea), actor=by)
    undo_deactivation(just(bea), actor=by)


@pytest.mark.parametrize("happens", [a_new_password, off_and_on, off_and_undone])
def test_a_session_of_before_stays_ended_dea_02_ses_04(
    bea: Access, ada: Actor, happens: Callable[[Access, Actor], None]
) -> None:
    browser = signed_in(bea)
    happens(bea, ada)
    assert browser.get("/s/harbour/account/").status_code == 302


@pytest.mark.parametrize("happens", [off_and_on, off_and_undone])
def test_a_row_that_somebody_forgot_fails_by_its_epoch_ses_05(
    bea: Access, ada: Actor, happens: Callable[[Access, Actor], None]
) -> None:
    browser = signed_in(bea)
    [kept] = Session.objects.all()
    happens(bea, ada)
    kept.save(force_insert=True)
    assert browser.get("/s/harbour/account/").status_code == 302


@pytest.mark.parametrize(("keep", "idle", "life"), [("", 1, 12), ("on", 14 * 24, 30 * 24)])
def test_sessions_end_unused_and_at_the_latest_by_the_servers_clock_ses_03(
    bea: Access, keep: str, idle: int, life: int
) -> None:
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        browser, unused = Client(), Client()
        for client in (browser, unused):
            client.post(LOGIN, {"email": "bea@acme.example", "password": make.PASSWORD, "keep": keep})
        clock.move_to(start + timedelta(hours=idle, seconds=1))
        assert unused.get("/s/harbour/account/").status_code == 302
        Session.objects.update(seen_at=start + timedelta(hours=life) - timedelta(minutes=1))
        clock.move_to(start + timedelta(hours=life) - timedelta(seconds=1))
        assert browser.get("/s/harbour/account/").status_code == 200
        clock.move_to(start + timedelta(hours=life, seconds=1))
        assert browser.get("/s/harbour/account/").status_code == 302


@pytest.mark.parametrize(
    "onward",
    ["//evil.example", "https://evil.example", "/s/meadow/", "/", "/login/", "/s/harbour/../meadow/", "/s/harbour/%2e%2e/",
     "/s/harbour\\..\\meadow", "/s/harbour/%252e%252e/meadow/", "javascript:alert(1)", "/s/harbour/\r\nX: y", "/s/harbour//evil",
     "\\\\evil.example", "/\\evil.example", "/s/harbour@evil.example/", "/s/harbour.evil.example/", "http:/s/harbour/",
     "/s/harbour/%0d%0aSet-Cookie:x=y", "/s/harbour/?next=\x00", "/s/harbourx/", " /s/harbour/catalogue/", "/s/harbour/..;/meadow/"],
)  # fmt: skip
def test_no_next_leads_out_of_the_store_red_01(bea: Access, onward: str) -> None:
    pair = {"email": "bea@acme.example", "password": make.PASSWORD, "next": onward}
    assert Client().post(LOGIN, pair).headers["Location"] == "/s/harbour/"
    assert (
        Client().post(LOGIN, {**pair, "next": ""}, query_params={"next": onward}).headers["Location"]
        == "/s/harbour/"
    )
    assert signed_in(bea).get(LOGIN, {"next": onward}).headers["Location"] == "/s/harbour/"


def test_signing_out_by_a_link_does_nothing_ses_07(bea: Access) -> None:
    browser = signed_in(bea)
    assert browser.get("/s/harbour/logout/").status_code == 405
    assert browser.get("/s/harbour/account/").status_code == 200


def test_strangers_leave_no_row_however_much_they_look_around_ses_09(bea: Access, invited: Access) -> None:
    counted = Throttle.objects.count()
    for path in ("", "login/", "catalogue/", "join/", "password/forgot/", "nothing/", "logo.png", "account/"):
        Client().get(f"/s/harbour/{path}")
    assert not Session.objects.exists()
    assert Throttle.objects.count() == counted


def test_no_cookie_holds_anything_about_a_person_ses_02(bea: Access) -> None:
    browser = signed_in(bea)
    browser.post("/s/harbour/account/password/", {"current": make.PASSWORD, "password": GOOD})
    jar = " ".join(f"{name}={morsel.value}" for name, morsel in browser.cookies.items())
    # Nothing so short that a random key may hold it by chance.
    assert not re.search(r"@|%40|acme.example|bea.?buyer|harbour", jar, re.IGNORECASE)


def test_ending_another_device_asks_for_the_password_unless_just_given_ses_08(bea: Access) -> None:
    browser, other = signed_in(bea), signed_in(bea)
    theirs = Session.objects.latest("pk")
    path = f"/s/harbour/account/sessions/{theirs.public_id}/end/"
    assert "Current password" not in browser.get("/s/harbour/account/").content.decode()
    with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=False):
        assert "Current password" in browser.get("/s/harbour/account/").content.decode()
        assert browser.post(path).status_code == 422
        assert browser.post(path, {"current": "not this"}).status_code == 422
        assert other.get("/s/harbour/account/").status_code == 200
        assert browser.post(path, {"current": make.PASSWORD}).status_code == 302
        assert other.get("/s/harbour/account/").status_code == 302
