"""Who works here: invited, given a role and stores, switched off and on. Owners only."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from tests import make
from tests.staff.conftest import SignedIn
from tradedoor.accounts.emails import STAFF_INVITATION, STAFF_SIGN_IN_LINK
from tradedoor.accounts.models import Login, OneTimeLink, Purpose, Session
from tradedoor.accounts.roles import Role
from tradedoor.mail.models import MailMessage
from tradedoor.mail.sending import Sender
from tradedoor.stores.models import StaffStore, Store

NORA = {"name": "Nora New", "email": "nora@tradedoor.example", "role": "crm_editor"}


@pytest.mark.parametrize("address", ["/staff/", "/staff/add/"])
def test_only_owners_come_here(
    address: str, ada_client: Client, sam_client: Client, vic_client: Client, nobody: Client
) -> None:
    assert ada_client.get(address).status_code == 200
    assert sam_client.get(address).status_code == 403
    assert vic_client.get(address).status_code == 403
    assert nobody.get(address).status_code == 302


def test_the_list_says_who_may_do_what_and_since_when(
    ada_client: Client, vic_login: Login, harbour: Store, meadow: Store
) -> None:
    make.staff("Max Meadow", role=Role.ACCESS_MANAGER, stores=(meadow,))

    page = ada_client.get("/staff/").content.decode()

    assert "Vic Viewer" in page
    assert "Access manager" in page
    assert "Meadow" in page
    assert "Not for your own login" in page


def test_inviting_makes_a_login_and_mails_a_link_that_lets_them_in(ada_client: Client) -> None:
    assert ada_client.post("/staff/add/", NORA)["Location"] == "/staff/"

    login = Login.objects.get(email="nora@tradedoor.example")
    assert (login.role, login.all_stores, login.has_own_password) == (Role.CRM_EDITOR, True, False)
    mail = MailMessage.objects.get()
    assert (mail.template, mail.to_email) == (STAFF_INVITATION, "nora@tradedoor.example")

    Sender().send_some()
    mail.refresh_from_db()
    address = next(word for word in mail.body.text.split() if "/login/link/" in word)
    nora = Client()
    nora.get(address)
    assert "Invited" in ada_client.get("/staff/").content.decode()
    assert nora.post("/login/link/")["Location"] == "/account/password/"
    page = ada_client.get("/staff/").content.decode()
    assert "Invited" not in page
    assert "Active, no password" in page


def test_inviting_twice_says_so_beside_what_was_typed(ada_client: Client) -> None:
    ada_client.post("/staff/add/", NORA)

    answer = ada_client.post("/staff/add/", NORA)

    assert answer.status_code == 422
    assert "A staff login with this email exists already." in answer.content.decode()
    assert 'value="Nora New"' in answer.content.decode()
    assert Login.objects.filter(email="nora@tradedoor.example").count() == 1


def test_stores_are_asked_for_only_where_there_is_a_choice(ada_client: Client, harbour: Store) -> None:
    assert 'name="scope"' not in ada_client.get("/staff/add/").content.decode()

    make.store("Meadow")

    assert 'name="scope"' in ada_client.get("/staff/add/").content.decode()


def test_somebody_may_be_let_into_one_store_only(ada_client: Client, harbour: Store, meadow: Store) -> None:
    chosen = NORA | {"scope": "some", "stores": [str(meadow.public_id)]}
    assert ada_client.post("/staff/add/", chosen).status_code == 302
    nora = Login.objects.get(email="nora@tradedoor.example")

    assert not nora.all_stores
    assert [row.store for row in StaffStore.objects.filter(login=nora)] == [meadow]


def test_no_store_at_all_is_refused_and_nobody_invited(
    ada_client: Client, harbour: Store, meadow: Store
) -> None:
    answer = ada_client.post("/staff/add/", NORA | {"scope": "some"})

    assert answer.status_code == 422
    assert "Choose at least one store." in answer.content.decode()
    assert not Login.objects.filter(email="nora@tradedoor.example").exists()


def test_another_role_holds_at_once(
    ada_client: Client, vic_login: Login, vic_client: Client, harbour: Store
) -> None:
    address = f"/staff/{vic_login.public_id}/"
    assert ada_client.post(address, {"role": "access_manager"})["Location"] == "/staff/"

    vic_login.refresh_from_db()
    assert vic_login.role == Role.ACCESS_MANAGER
    assert vic_client.get("/")["Location"] == "/login/"  # signed out, since rights have changed


def test_nobody_changes_their_own_role(ada_client: Client, ada_login: Login) -> None:
    make.staff("Otto Owner", role=Role.OWNER)
    assert "This is you" in ada_client.get(f"/staff/{ada_login.public_id}/").content.decode()

    answer = ada_client.post(f"/staff/{ada_login.public_id}/", {"role": "viewer"})

    assert answer.status_code == 422
    ada_login.refresh_from_db()
    assert ada_login.role == Role.OWNER


def test_deactivating_asks_first_and_then_shuts_out_at_once(
    ada_client: Client, vic_login: Login, vic_client: Client
) -> None:
    address = f"/staff/{vic_login.public_id}/deactivate/"
    assert "Deactivate Vic Viewer?" in ada_client.get(address).content.decode()
    assert vic_client.get("/").status_code == 200

    ada_client.post(address)
    ada_client.post(address)

    assert vic_client.get("/")["Location"] == "/login/"
    vic_login.refresh_from_db()
    assert not vic_login.is_active


def test_nobody_deactivates_themselves_and_the_page_says_why(ada_client: Client, ada_login: Login) -> None:
    answer = ada_client.post(f"/staff/{ada_login.public_id}/deactivate/")

    assert answer.status_code == 422
    assert "Nobody can do this to their own login" in answer.content.decode()


def test_reenabling_lets_them_sign_in_again(ada_client: Client, vic_login: Login) -> None:
    Login.objects.filter(pk=vic_login.pk).update(is_active=False)

    ada_client.post(f"/staff/{vic_login.public_id}/reenable/")

    pair = {"email": vic_login.email, "password": make.PASSWORD}
    assert Client().post("/login/", pair).status_code == 302


def test_reenabling_from_an_old_session_asks_for_the_password(ada_client: Client, vic_login: Login) -> None:
    Login.objects.filter(pk=vic_login.pk).update(is_active=False)
    address = f"/staff/{vic_login.public_id}/reenable/"
    with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=False):
        answer = ada_client.post(address)
        assert answer.status_code == 422
        assert 'name="current"' in answer.content.decode()
        vic_login.refresh_from_db()
        assert not vic_login.is_active

        assert ada_client.post(address, {"current": make.PASSWORD})["Location"] == "/staff/"


def test_a_sign_in_link_is_mailed_and_never_shown(ada_client: Client, vic_login: Login) -> None:
    answer = ada_client.post(f"/staff/{vic_login.public_id}/link/", follow=True)

    assert "A link is on its way to vic@tradedoor.example." in answer.content.decode()
    assert "/login/link/" not in answer.content.decode()
    assert MailMessage.objects.get().template == STAFF_SIGN_IN_LINK
    assert OneTimeLink.objects.get().purpose == Purpose.STAFF_SIGN_IN


def test_who_has_no_password_is_invited_again_and_the_older_link_dies(ada_client: Client) -> None:
    ada_client.post("/staff/add/", NORA)
    nora = Login.objects.get(email="nora@tradedoor.example")

    ada_client.post(f"/staff/{nora.public_id}/link/")

    links = OneTimeLink.objects.filter(login=nora).order_by("pk")
    assert [(link.purpose, link.revoked_why) for link in links] == [
        ("staff_invitation", "superseded"),
        ("staff_invitation", ""),
    ]
    assert [mail.state for mail in MailMessage.objects.order_by("pk")] == ["cancelled", "queued"]


def test_an_old_session_proves_itself_before_it_changes_staff(ada_client: Client, vic_login: Login) -> None:
    with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=False):
        for address, form in (
            ("/staff/add/", NORA),
            (f"/staff/{vic_login.public_id}/", {"role": "owner"}),
            (f"/staff/{vic_login.public_id}/deactivate/", {}),
        ):
            assert ada_client.post(address, form).status_code == 422
            assert ada_client.post(address, form | {"current": "wrong"}).status_code == 422
        vic_login.refresh_from_db()
        assert (vic_login.role, vic_login.is_active) == (Role.VIEWER, True)

        assert ada_client.post("/staff/add/", NORA | {"current": make.PASSWORD}).status_code == 302
        # That proof stands for five minutes.
        assert ada_client.post(f"/staff/{vic_login.public_id}/deactivate/").status_code == 302


def test_an_owner_of_one_store_gives_no_more_than_they_hold(
    signed_in: SignedIn, ada_login: Login, harbour: Store, meadow: Store
) -> None:
    lesser = signed_in(make.staff("Lesser Owner", role=Role.OWNER, stores=(meadow,)))

    answer = lesser.post("/staff/add/", NORA | {"scope": "all"})

    assert answer.status_code == 403
    assert not Login.objects.filter(email="nora@tradedoor.example").exists()
    assert Session.objects.exists()
