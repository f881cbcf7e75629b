"""The sellers' door: password, one-time link, out again."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from tests import make
from tests.staff.conftest import SignedIn
from tradedoor.access.models import Access
from tradedoor.accounts.actions.sessions import open_session
from tradedoor.accounts.actions.staff import staff_sign_in_link
from tradedoor.accounts.events import Event
from tradedoor.accounts.models import Login, OneTimeLink, Session
from tradedoor.accounts.passwords import unusable
from tradedoor.audit.models import AuditRow
from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission

MACHINE = Actor.machine("login-link", permissions=frozenset({Permission.STAFF_EDIT}))


def test_a_right_pair_signs_in_and_goes_where_the_person_wanted(ada_login: Login, nobody: Client) -> None:
    asked = nobody.get("/activity/?kind=mail")
    assert asked["Location"] == "/login/?next=%2Factivity%2F%3Fkind%3Dmail"
    form = nobody.get(asked["Location"])
    assert 'value="/activity/?kind=mail"' in form.content.decode()

    answer = nobody.post(
        "/login/", {"email": ada_login.email, "password": make.PASSWORD, "next": "/activity/?kind=mail"}
    )

    assert (answer.status_code, answer["Location"]) == (302, "/activity/?kind=mail")
    assert nobody.get("/").status_code == 200
    assert AuditRow.objects.filter(event=Event.SIGNED_IN, login_id=ada_login.pk).exists()


@pytest.mark.parametrize("email", ["ada@tradedoor.example", "nobody@tradedoor.example", "no address"])
def test_every_wrong_pair_gets_one_and_the_same_page(ada_login: Login, nobody: Client, email: str) -> None:
    answer = nobody.post("/login/", {"email": email, "password": "wrong words here"})

    assert answer.status_code == 422
    page = answer.content.decode()
    assert "This email and password do not match." in page
    assert f'value="{email}"' in page  # nothing typed is lost, but the password
    assert "wrong words here" not in page
    assert "td-staff" not in answer.cookies


def test_a_buyer_is_nobody_at_the_sellers_door(bea: Access, nobody: Client) -> None:
    assert bea.login is not None
    pair = {"email": bea.login.email, "password": make.PASSWORD}

    assert nobody.post("/login/", pair).status_code == 422


def test_a_session_of_a_store_is_nobody_at_the_sellers_door(bea: Access, nobody: Client) -> None:
    assert bea.login is not None
    session = open_session(
        bea.login,
        actor=make.actor(bea.login, access=bea),
        store_id=bea.store_id,
        access_id=bea.pk,
        access_epoch=bea.epoch,
    )
    nobody.cookies["td-staff"] = session.key

    assert nobody.get("/")["Location"] == "/login/"


def test_only_who_knows_the_password_learns_that_the_login_is_off(ada_login: Login, nobody: Client) -> None:
    Login.objects.filter(pk=ada_login.pk).update(is_active=False)
    make.staff("Otto Owner")

    answer = nobody.post("/login/", {"email": ada_login.email, "password": make.PASSWORD})

    assert answer.status_code == 403
    assert "This login is switched off." in answer.content.decode()


def test_too_many_tries_are_answered_by_when_to_come_back(ada_login: Login, nobody: Client) -> None:
    for _try in range(30):
        answer = nobody.post("/login/", {"email": ada_login.email, "password": "wrong words here"})
        if answer.status_code == 429:
            break

    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "/s/harbour/", "/%2e%2e/x"])
def test_nobody_is_sent_out_of_the_house(ada_login: Login, nobody: Client, wanted: str) -> None:
    answer = nobody.post("/login/", {"email": ada_login.email, "password": make.PASSWORD, "next": wanted})

    assert answer["Location"] == "/"


def test_signing_in_again_ends_the_session_before(ada_client: Client, ada_login: Login) -> None:
    before = Session.objects.get()

    ada_client.post("/login/", {"email": ada_login.email, "password": make.PASSWORD})

    assert Session.objects.get() != before


def test_who_is_signed_in_is_not_asked_again(ada_client: Client) -> None:
    assert ada_client.get("/login/?next=/mail/")["Location"] == "/mail/"


def test_signing_out_ends_the_session_and_is_a_post(ada_client: Client) -> None:
    assert ada_client.get("/logout/").status_code == 405

    answer = ada_client.post("/logout/")

    assert answer["Location"] == "/login/"
    assert not Session.objects.exists()
    assert ada_client.get("/")["Location"] == "/login/"


@pytest.mark.django_db
def test_without_an_owner_the_page_says_how_to_make_one(nobody: Client) -> None:
    page = nobody.get("/login/").content.decode()

    assert "Create the owner" in page
    assert "tradedoor login-link" in page


class TestLink:
    def test_opening_it_moves_the_token_out_of_the_address_and_uses_nothing(
        self, ada_login: Login, nobody: Client
    ) -> None:
        token = staff_sign_in_link(ada_login.email, actor=MACHINE)

        answer = nobody.get(f"/login/link/{token}/")

        assert (answer.status_code, answer["Location"]) == (302, "/login/link/")
        assert (answer["Referrer-Policy"], answer["Cache-Control"]) == ("no-referrer", "no-store")
        page = nobody.get("/login/link/").content.decode()
        assert "Sign in as a***@tradedoor.example" in page
        assert ada_login.email not in page
        assert token not in page
        assert OneTimeLink.objects.get().used_at is None

    def test_pressing_signs_in_once(self, ada_login: Login, nobody: Client) -> None:
        token = staff_sign_in_link(ada_login.email, actor=MACHINE)
        nobody.get(f"/login/link/{token}/")
        second = Client()
        second.get(f"/login/link/{token}/")

        assert nobody.post("/login/link/")["Location"] == "/"
        assert nobody.get("/").status_code == 200

        late = second.post("/login/link/")
        assert late.status_code == 410
        assert "This link was used already" in late.content.decode()
        assert second.get("/")["Location"] == "/login/"

    def test_a_double_click_lands_where_the_first_one_did(self, ada_login: Login, nobody: Client) -> None:
        token = staff_sign_in_link(ada_login.email, actor=MACHINE)
        nobody.get(f"/login/link/{token}/")
        carried = nobody.cookies["td-link"].value
        nobody.post("/login/link/")
        nobody.cookies["td-link"] = carried

        assert nobody.post("/login/link/")["Location"] == "/"

    def test_who_has_no_password_is_asked_to_choose_one_and_may_do_it_later(
        self, ada_login: Login, nobody: Client
    ) -> None:
        Login.objects.filter(pk=ada_login.pk).update(password=unusable())
        nobody.get(f"/login/link/{staff_sign_in_link(ada_login.email, actor=MACHINE)}/")

        assert nobody.post("/login/link/")["Location"] == "/account/password/"
        home = nobody.get("/")
        assert home.status_code == 200
        assert "Choose a password" in home.content.decode()

    def test_whoever_was_signed_in_before_is_signed_out(
        self, ada_login: Login, vic_login: Login, signed_in: SignedIn
    ) -> None:
        browser = signed_in(vic_login)
        browser.get(f"/login/link/{staff_sign_in_link(ada_login.email, actor=MACHINE)}/")

        browser.post("/login/link/")

        assert [session.login for session in Session.objects.all()] == [ada_login]

    @pytest.mark.django_db
    def test_made_up_tokens_and_a_missing_cookie_get_the_same_page(self, nobody: Client) -> None:
        made_up = nobody.get("/login/link/made-up/")
        without = nobody.get("/login/link/")

        assert made_up.status_code == without.status_code == 404
        assert "This link does not work" in made_up.content.decode()
        assert "This link does not work" in without.content.decode()

    def test_an_expired_one_says_so(self, ada_login: Login, nobody: Client) -> None:
        token = staff_sign_in_link(ada_login.email, actor=MACHINE)
        with time_machine.travel(timezone.now() + timedelta(minutes=31), tick=False):
            nobody.get(f"/login/link/{token}/")
            answer = nobody.get("/login/link/")

        assert answer.status_code == 410
        assert "This link has run out" in answer.content.decode()

    def test_a_newer_one_replaces_it(self, ada_login: Login, nobody: Client) -> None:
        older = staff_sign_in_link(ada_login.email, actor=MACHINE)
        staff_sign_in_link(ada_login.email, actor=MACHINE)
        nobody.get(f"/login/link/{older}/")

        assert "A newer link was sent" in nobody.get("/login/link/").content.decode()

    def test_it_does_not_open_a_login_that_is_off(self, ada_login: Login, nobody: Client) -> None:
        token = staff_sign_in_link(ada_login.email, actor=MACHINE)
        nobody.get(f"/login/link/{token}/")
        Login.objects.filter(pk=ada_login.pk).update(is_active=False)

        answer = nobody.post("/login/link/")

        assert answer.status_code == 403
        assert not Session.objects.exists()
