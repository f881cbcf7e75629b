"""One's own login: name, password, sessions, and the proof asked before acts that matter."""

from datetime import timedelta

import time_machine
from django.test import Client
from django.utils import timezone

from tests import make
from tests.staff.conftest import SignedIn
from tradedoor.accounts.actions.sessions import open_session
from tradedoor.accounts.actions.staff import staff_sign_in_link
from tradedoor.accounts.events import Event
from tradedoor.accounts.models import Login, Session
from tradedoor.accounts.passwords import unusable
from tradedoor.audit.models import AuditRow
from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission

MACHINE = Actor.machine("login-link", permissions=frozenset({Permission.STAFF_EDIT}))
NEW = "eleven quiet harbours"


def came_by_link(login: Login) -> Client:
    browser = Client()
    browser.get(f"/login/link/{staff_sign_in_link(login.email, actor=MACHINE)}/")
    browser.post("/login/link/")
    return browser


def later(minutes: int) -> time_machine.travel:
    return time_machine.travel(timezone.now() + timedelta(minutes=minutes), tick=False)


def test_the_name_can_be_changed_and_is_in_the_history(ada_client: Client, ada_login: Login) -> None:
    assert ada_client.post("/account/", {"name": "  Ada  Lovelace "})["Location"] == "/account/"
    ada_client.post("/account/", {"name": "Ada Lovelace"})

    ada_login.refresh_from_db()
    assert ada_login.name == "Ada Lovelace"
    assert AuditRow.objects.filter(event=Event.RENAMED).count() == 1


def test_a_name_is_needed(ada_client: Client) -> None:
    answer = ada_client.post("/account/", {"name": " "})

    assert answer.status_code == 422
    assert "<title>Error:" in answer.content.decode()


def test_a_new_password_takes_the_present_one_and_ends_the_other_sessions(
    ada_client: Client, ada_login: Login, signed_in: SignedIn
) -> None:
    other = signed_in(ada_login)

    answer = ada_client.post("/account/password/", {"current": make.PASSWORD, "password": NEW})

    assert answer["Location"] == "/account/"
    assert ada_client.get("/account/").status_code == 200
    assert other.get("/account/")["Location"].startswith("/login/")
    pair = {"email": ada_login.email, "password": NEW}
    assert Client().post("/login/", pair).status_code == 302


def test_a_wrong_present_password_changes_nothing(ada_client: Client, ada_login: Login) -> None:
    answer = ada_client.post("/account/password/", {"current": "not this one", "password": NEW})

    assert answer.status_code == 422
    assert "This is not your present password." in answer.content.decode()
    before = ada_login.password
    ada_login.refresh_from_db()
    assert ada_login.password == before


def test_a_poor_password_is_refused_beside_its_field(ada_client: Client) -> None:
    answer = ada_client.post("/account/password/", {"current": make.PASSWORD, "password": "short"})

    assert answer.status_code == 422
    assert "id_password_error" in answer.content.decode()


def test_behind_a_link_the_first_password_asks_for_no_other(ada_login: Login) -> None:
    Login.objects.filter(pk=ada_login.pk).update(password=unusable(), name="")
    browser = came_by_link(ada_login)
    assert 'name="current"' not in browser.get("/account/password/").content.decode()

    answer = browser.post("/account/password/", {"name": "Ada Admin", "password": NEW})

    assert answer["Location"] == "/"
    ada_login.refresh_from_db()
    assert ada_login.has_own_password
    assert ada_login.name == "Ada Admin"
    assert "Without a password" not in browser.get("/").content.decode()


def test_half_an_hour_after_the_link_the_present_password_is_asked_for(ada_login: Login) -> None:
    browser = came_by_link(ada_login)

    with later(31):
        answer = browser.post("/account/password/", {"password": NEW})

    assert answer.status_code == 422
    assert 'name="current"' in answer.content.decode()


def test_the_link_proves_once(ada_login: Login) -> None:
    browser = came_by_link(ada_login)
    browser.post("/account/password/", {"password": NEW})

    again = browser.post("/account/password/", {"password": "twelve loud harbours"})

    assert again.status_code == 422


def test_other_sessions_are_listed_and_ended(ada_client: Client, ada_login: Login) -> None:
    phone = Actor.nobody(agent="Mozilla/5.0 (iPhone) Version/17 Safari/604.1", ip="203.0.113.7")
    other = open_session(ada_login, actor=phone).session
    third = open_session(ada_login, actor=phone).session
    assert "Safari on iPhone" in ada_client.get("/account/").content.decode()

    ada_client.post("/account/sessions/end/", {"session": other.public_id})
    assert set(Session.objects.values_list("pk", flat=True)) >= {third.pk}
    assert not Session.objects.filter(pk=other.pk).exists()

    ada_client.post("/account/sessions/end/")
    assert Session.objects.count() == 1
    assert ada_client.get("/account/").status_code == 200


def test_ending_sessions_asks_for_the_password_once_the_proof_is_old(
    ada_client: Client, ada_login: Login
) -> None:
    open_session(ada_login, actor=MACHINE)
    with later(6):
        assert ada_client.post("/account/sessions/end/").status_code == 422
        assert Session.objects.count() == 2
        assert ada_client.post("/account/sessions/end/", {"current": "wrong"}).status_code == 422

        assert ada_client.post("/account/sessions/end/", {"current": make.PASSWORD}).status_code == 302

    assert Session.objects.count() == 1


def test_nobody_ends_the_sessions_of_somebody_else(
    ada_client: Client, vic_login: Login, signed_in: SignedIn
) -> None:
    signed_in(vic_login)
    theirs = Session.objects.get(login=vic_login)

    ada_client.post("/account/sessions/end/", {"session": theirs.public_id})

    assert Session.objects.filter(pk=theirs.pk).exists()
