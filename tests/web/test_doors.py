from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings as configured
from django.test import Client, RequestFactory
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from tests import make
from tests.web.pages import REFUSALS
from tradedoor.access.models import Access
from tradedoor.accounts.models import Login, Session
from tradedoor.crm.models import Contact
from tradedoor.stores.models import Store, StoreAlias
from tradedoor.web.doors import client_ip

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.web.pages")]
Knock = Callable[..., Any]


def who(client: Client, door: str = "/", **headers: str) -> dict[str, Any]:
    answer: dict[str, Any] = client.get(f"{door}whoami/", headers=headers).json()
    return answer


def enter(client: Client, door: str, email: str, **more: str) -> Any:
    answer = client.post(f"{door}login/", {"email": email, "password": make.PASSWORD, **more})
    assert answer.content == b"in"
    return answer


@pytest.fixture
def staff_in(client: Client, ada_login: Login) -> Client:
    enter(client, "/", ada_login.email)
    return client


@pytest.fixture
def buyer_in(client: Client, bea: Access) -> Client:
    enter(client, "/s/harbour/", "bea@acme.example")
    return client


class TestWhoAsks:
    def test_staff_hold_what_their_role_holds_in_all_their_stores(
        self, staff_in: Client, ada_login: Login
    ) -> None:
        seen = who(staff_in)

        assert (seen["kind"], seen["login"], seen["stores"]) == ("staff", ada_login.email, None)

    @pytest.mark.usefixtures("meadow")
    def test_staff_of_one_store_reach_no_other(self, client: Client, harbour: Store) -> None:
        sam = make.staff(stores=(harbour,))
        enter(client, "/", sam.email)

        assert who(client)["stores"] == [harbour.pk]

    def test_a_buyer_stands_in_one_store_for_one_access(self, buyer_in: Client, bea: Access) -> None:
        seen = who(buyer_in, "/s/harbour/")

        assert seen["kind"] == "buyer"
        assert (seen["login"], seen["access"], seen["stores"]) == (
            "bea@acme.example",
            bea.pk,
            [bea.store_id],
        )

    @pytest.mark.usefixtures("meadow")
    def test_a_buyer_is_nobody_at_another_store_and_on_the_sellers_side(self, buyer_in: Client) -> None:
        assert who(buyer_in, "/s/meadow/")["kind"] == "nobody"
        assert who(buyer_in, "/")["kind"] == "nobody"

    @pytest.mark.usefixtures("harbour")
    def test_staff_are_nobody_in_a_store(self, staff_in: Client) -> None:
        assert who(staff_in, "/s/harbour/")["kind"] == "nobody"

    def test_the_cookie_of_one_door_opens_no_other(
        self, buyer_in: Client, harbour: Store, meadow: Store
    ) -> None:
        key = buyer_in.cookies[f"td-s-{harbour.public_id.hex}"].value
        for name in (f"td-s-{meadow.public_id.hex}", "td-staff", "session"):
            buyer_in.cookies[name] = key

        assert who(buyer_in, "/s/meadow/")["kind"] == "nobody"
        assert who(buyer_in, "/")["kind"] == "nobody"

    def test_signing_in_to_a_second_store_ends_nothing_in_the_first(
        self, buyer_in: Client, bea_contact: Contact, meadow: Store
    ) -> None:
        make.access(bea_contact, meadow)
        enter(buyer_in, "/s/meadow/", "bea@acme.example")

        assert who(buyer_in, "/s/harbour/")["kind"] == who(buyer_in, "/s/meadow/")["kind"] == "buyer"

    def test_a_made_up_key_is_nobodys_and_is_not_taken_over(self, client: Client, ada_login: Login) -> None:
        client.cookies["td-staff"] = "made-up"
        assert who(client)["kind"] == "nobody"

        enter(client, "/", ada_login.email)

        assert client.cookies["td-staff"].value != "made-up"

    def test_visitors_cost_no_row_and_on_the_sellers_side_no_query(
        self, client: Client, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        with django_assert_num_queries(0):
            for _visit in range(50):
                assert who(client)["kind"] == "nobody"

        assert not Session.objects.exists()

    def test_finding_out_who_asks_takes_a_fixed_number_of_queries(
        self, buyer_in: Client, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        who(buyer_in, "/s/harbour/")

        # The store, the session with its login, the access with its contact and customer.
        with django_assert_num_queries(3):
            who(buyer_in, "/s/harbour/")


class TestTheEndOfASession:
    @pytest.mark.parametrize(
        "change",
        [
            lambda bea: Access.objects.filter(pk=bea.pk).update(epoch=bea.epoch + 1),
            lambda bea: Access.objects.filter(pk=bea.pk).update(login=None),
            lambda bea: Login.objects.filter(pk=bea.login_id).update(epoch=9),
            lambda bea: Login.objects.filter(pk=bea.login_id).update(held_at=timezone.now()),
            lambda bea: Store.objects.filter(pk=bea.store_id).update(is_active=False),
            lambda bea: (
                type(bea.contact).objects.filter(pk=bea.contact_id).update(archived_at=timezone.now())
            ),
            lambda bea: type(bea.customer).objects.filter(pk=bea.customer_id).update(status="inactive"),
        ],
        ids=["access epoch", "other login", "login epoch", "hold", "store off", "archived", "inactive"],
    )
    def test_whatever_changed_counts_at_the_next_request(
        self, buyer_in: Client, bea: Access, change: Callable[[Access], object]
    ) -> None:
        assert who(buyer_in, "/s/harbour/")["kind"] == "buyer"

        change(bea)

        assert who(buyer_in, "/s/harbour/")["kind"] == "nobody"

    def test_rights_are_read_at_each_request(self, staff_in: Client, ada_login: Login) -> None:
        Login.objects.filter(pk=ada_login.pk).update(all_stores=False)

        assert who(staff_in)["stores"] == []

    def test_use_moves_the_idle_end_and_polling_does_not(self, staff_in: Client) -> None:
        born = Session.objects.get().seen_at
        with time_machine.travel(born + timedelta(minutes=40), tick=False):
            staff_in.get("/whoami/?poll")
            assert Session.objects.get().seen_at == born
            who(staff_in)
            assert Session.objects.get().seen_at == timezone.now()
        with time_machine.travel(born + timedelta(minutes=99), tick=False):
            assert who(staff_in)["kind"] == "staff"
        with time_machine.travel(born + timedelta(minutes=160), tick=False):
            assert who(staff_in)["kind"] == "nobody"

    def test_signing_out_takes_this_doors_cookie_only(
        self, buyer_in: Client, ada_login: Login, harbour: Store
    ) -> None:
        enter(buyer_in, "/", ada_login.email)
        key = buyer_in.cookies[f"td-s-{harbour.public_id.hex}"].value

        buyer_in.post("/s/harbour/logout/")

        assert who(buyer_in, "/s/harbour/")["kind"] == "nobody"
        assert who(buyer_in)["kind"] == "staff"
        buyer_in.cookies[f"td-s-{harbour.public_id.hex}"] = key
        assert who(buyer_in, "/s/harbour/")["kind"] == "nobody"


class TestCookies:
    @pytest.mark.usefixtures("bea")
    def test_the_key_lives_as_long_as_the_browser_unless_it_is_kept(
        self, client: Client, harbour: Store
    ) -> None:
        name = f"td-s-{harbour.public_id.hex}"

        cookie = enter(client, "/s/harbour/", "bea@acme.example").cookies[name]
        assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
        assert (cookie["max-age"], cookie["domain"], cookie["secure"]) == ("", "", "")

        kept = enter(client, "/s/harbour/", "bea@acme.example", keep="1").cookies[name]
        assert kept["max-age"] == pytest.approx(30 * 24 * 3600, abs=5)

    def test_over_https_it_is_bound_to_the_host(
        self, client: Client, ada_login: Login, settings: Settings
    ) -> None:
        settings.TRADEDOOR_COOKIE_PREFIX = "__Host-"
        settings.SESSION_COOKIE_SECURE = True

        cookie = enter(client, "/", ada_login.email).cookies["__Host-td-staff"]
        assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Lax")
        assert (cookie["path"], cookie["domain"]) == ("/", "")

        gone = client.post("/logout/").cookies["__Host-td-staff"]
        assert (gone["secure"], gone["max-age"], gone["path"]) == (True, 0, "/")

    def test_no_cookie_holds_anything_about_a_person(self, buyer_in: Client) -> None:
        values = " ".join(cookie.value for cookie in buyer_in.cookies.values())

        assert "bea" not in values
        assert "Hello" not in values

    def test_what_was_said_to_a_person_waits_in_the_session_and_is_said_once(self, buyer_in: Client) -> None:
        assert who(buyer_in, "/s/harbour/")["said"] == ["Hello bea@acme.example"]
        assert who(buyer_in, "/s/harbour/")["said"] == []

    def test_answers_are_not_stored_and_vary_by_cookie(self, buyer_in: Client) -> None:
        answer = buyer_in.get("/s/harbour/whoami/")

        assert answer.headers["Cache-Control"] == "no-store"
        assert "Cookie" in answer.headers["Vary"]
        assert len(answer.headers["X-Request-ID"]) == 32

    def test_a_sign_in_changes_the_token_of_forms(self, ada_login: Login) -> None:
        client = Client(enforce_csrf_checks=True)
        planted = "p" * 32
        client.cookies[configured.CSRF_COOKIE_NAME] = planted

        answer = client.post(
            "/login/",
            {"email": ada_login.email, "password": make.PASSWORD, "csrfmiddlewaretoken": planted},
        )

        assert answer.status_code == 200
        assert answer.cookies[configured.CSRF_COOKIE_NAME].value != planted

    def test_a_form_from_elsewhere_is_refused_as_a_page(self, ada_login: Login) -> None:
        client = Client(enforce_csrf_checks=True)

        answer = client.post("/login/", {"email": ada_login.email, "password": make.PASSWORD})

        assert answer.status_code == 403
        assert b"out of date" in answer.content


class TestAddressesOfStores:
    @pytest.mark.parametrize("path", ["/s/unknown/whoami/", "/s/", "/s", "/s//whoami/"])
    def test_a_store_that_is_not_there_is_not_found(self, staff_in: Client, path: str) -> None:
        answer = staff_in.get(path)

        assert answer.status_code == 404
        assert b"nothing at this address" in answer.content

    def test_an_old_address_leads_to_the_new(self, client: Client, harbour: Store) -> None:
        StoreAlias.objects.create(slug="old-harbour", store=harbour)

        answer = client.get("/s/old-harbour/whoami/?page=2")

        assert answer.status_code == 302
        assert answer.headers["Location"] == "/s/harbour/whoami/?page=2"


class TestRefusals:
    @pytest.mark.parametrize(
        ("kind", "status"),
        [
            ("missing", 404),
            ("forbidden", 403),
            ("conflict", 409),
            ("invalid", 422),
            ("throttled", 429),
            ("busy", 503),
        ],
    )
    def test_each_kind_has_its_status_and_says_its_sentence(
        self, staff_in: Client, kind: str, status: int
    ) -> None:
        answer = staff_in.get(f"/refuse/{kind}/")

        assert answer.status_code == status
        assert str(REFUSALS[kind]) in answer.content.decode()

    def test_those_that_ask_to_wait_say_how_long(self, client: Client) -> None:
        assert client.get("/refuse/throttled/").headers["Retry-After"] == "120"
        assert client.get("/refuse/busy/").headers["Retry-After"] == "5"

    @pytest.mark.usefixtures("harbour")
    @pytest.mark.parametrize("door", ["/", "/s/harbour/"])
    def test_a_visitor_is_sent_to_sign_in_at_the_door_they_stand_at(self, client: Client, door: str) -> None:
        answer = client.get(f"{door}refuse/forbidden/?a=b")

        assert answer.status_code == 302
        path = f"{door}refuse/forbidden/".replace("/", "%2F")
        assert answer.headers["Location"] == f"{door}login/?next={path}%3Fa%3Db"
        assert client.post(f"{door}refuse/forbidden/").headers["Location"] == f"{door}login/"

    def test_htmx_is_told_to_leave_the_page(self, client: Client) -> None:
        answer = client.get("/refuse/forbidden/", headers={"HX-Request": "true"})

        assert answer.status_code == 401
        assert answer.headers["HX-Redirect"] == "/login/"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "", "192.0.2.1"),
        (0, "203.0.113.9", "192.0.2.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "10.0.0.1, 203.0.113.9", "203.0.113.9"),
        (2, "10.0.0.1, 203.0.113.9, 198.51.100.1", "203.0.113.9"),
        (2, "203.0.113.9", "192.0.2.1"),
        (1, "", "192.0.2.1"),
        (1, "not an address", "192.0.2.1"),
        (1, "2001:DB8::1", "2001:db8::1"),
    ],
)
def test_an_address_is_believed_from_our_own_proxies_only(
    settings: Settings, proxies: int, forwarded: str, expected: str
) -> None:
    settings.TRADEDOOR_TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", headers={"X-Forwarded-For": forwarded}, REMOTE_ADDR="192.0.2.1")

    assert client_ip(request) == expected


def test_what_a_browser_calls_itself_is_cut_and_printable(client: Client) -> None:
    seen = who(client, **{"User-Agent": "A\x7f" + "b" * 500})

    assert seen["agent"] == "A" + "b" * 199
