"""One person, several customers and several stores: from one to the next without another password."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from tests import make
from tests.storefront.conftest import SignIn
from tradedoor.access.actions.switching import deactivate
from tradedoor.access.models import Access, State
from tradedoor.access.sets import just
from tradedoor.accounts.models import Login, Session
from tradedoor.audit.models import AuditRow
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Customer
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db


@pytest.fixture
def here_too(bea: Access, borealis: Customer) -> Access:
    """Bea also buys for Borealis, in the same store."""
    return make.access(
        make.contact(borealis, "bea@acme.example", first_name="Bea"), bea.store, login=bea.login
    )


@pytest.fixture
def there(bea: Access, meadow: Store) -> Access:
    """Bea of Acme in another store."""
    return make.access(bea.contact, meadow, login=bea.login)


def go(client: Client, to: Access, *, at: str = "harbour") -> str:
    answer = client.post(f"/s/{at}/go/{to.public_id}/")
    return str(answer.headers.get("Location", answer.status_code))


def company(client: Client, store: str) -> str:
    """For whom the browser acts in this store; empty where it is not signed in."""
    found = re.search(r'class="menu__note">([^<]*)<', client.get(f"/s/{store}/").content.decode())
    return found[1] if found else ""


@pytest.fixture
def client(bea: Access, sign_in: SignIn) -> Client:
    return sign_in(bea)


def test_the_header_offers_other_customers_here_and_other_stores(
    client: Client, there: Access, sign_in: SignIn, nils: Access
) -> None:
    page = client.get("/s/harbour/").content.decode()
    assert "Go to Meadow, for Acme" in page
    assert f'formaction="/s/harbour/go/{there.public_id}/"' in page
    assert "/go/" not in sign_in(nils).get("/s/harbour/").content.decode()


def test_another_store_opens_without_a_password_and_the_session_here_goes_on(
    client: Client, there: Access
) -> None:
    assert company(client, "meadow") == ""

    assert go(client, there) == "/s/meadow/"

    assert company(client, "meadow") == "Acme"
    assert company(client, "harbour") == "Acme"
    assert Session.objects.filter(realm="buyer").count() == 2
    signed_in = AuditRow.objects.filter(event="accounts.login.signed_in").latest("pk")
    assert (signed_in.store_id, signed_in.access_id) == (there.store_id, there.pk)
    assert signed_in.data["method"] == "switch"
    there.refresh_from_db()
    assert there.last_sign_in_at is not None


def test_another_customer_here_takes_the_place_of_the_one_before(
    bea: Access, here_too: Access, sign_in: SignIn
) -> None:
    client = Client()
    chooser = client.post("/s/harbour/login/", {"email": "bea@acme.example", "password": make.PASSWORD})
    proof = re.search(r'name="proof" value="([^"]+)"', chooser.content.decode())
    assert proof
    client.post("/s/harbour/login/choose/", {"proof": proof[1], "access": str(bea.public_id)})
    assert company(client, "harbour") == "Acme"
    assert "Order for Borealis" in client.get("/s/harbour/").content.decode()

    assert go(client, here_too) == "/s/harbour/"

    assert company(client, "harbour") == "Borealis"
    assert Session.objects.get(realm="buyer").access_id == here_too.pk
    assert go(client, bea) == "/s/harbour/"
    assert company(client, "harbour") == "Acme"


def test_what_each_grants_is_kept_apart(client: Client, there: Access, sam: Actor) -> None:
    go(client, there)

    deactivate(just(there), actor=sam)

    assert company(client, "meadow") == ""
    assert company(client, "harbour") == "Acme"
    assert go(client, there) == "/s/harbour/"
    assert company(client, "meadow") == ""
    assert "/go/" not in client.get("/s/harbour/").content.decode()


def test_signing_out_of_one_leaves_the_other(client: Client, there: Access) -> None:
    go(client, there)

    client.post("/s/harbour/logout/")

    assert company(client, "harbour") == ""
    assert company(client, "meadow") == "Acme"


def test_going_again_leaves_no_forgotten_session_behind(client: Client, there: Access) -> None:
    go(client, there)
    go(client, there)

    assert Session.objects.filter(realm="buyer", store_id=there.store_id).count() == 1


def test_nobody_goes_where_the_access_is_another_persons(
    client: Client, nils: Access, borealis: Customer, meadow: Store
) -> None:
    foreign = make.access(make.contact(borealis), meadow)

    assert go(client, foreign) == "404"
    assert go(client, nils) == "404"
    assert (
        Client()
        .post(f"/s/harbour/go/{foreign.public_id}/")
        .headers["Location"]
        .startswith("/s/harbour/login/")
    )


@pytest.mark.parametrize("state", [State.PENDING, State.DEACTIVATED, State.REQUESTED, State.CANCELLED])
def test_what_is_not_current_is_neither_offered_nor_entered(
    state: State, client: Client, bea: Access, meadow: Store
) -> None:
    access = make.access(bea.contact, meadow, state=state, login=bea.login)

    assert "/go/" not in client.get("/s/harbour/").content.decode()
    assert go(client, access) == "/s/harbour/"
    assert Session.objects.filter(realm="buyer").count() == 1


def test_a_closed_store_and_an_inactive_customer_are_left_out(
    client: Client, there: Access, here_too: Access, acme: Customer
) -> None:
    Store.objects.filter(pk=there.store_id).update(is_active=False)
    Customer.objects.filter(pk=here_too.customer_id).update(status=Customer.Status.INACTIVE)

    assert "/go/" not in client.get("/s/harbour/").content.decode()
    assert go(client, there) == go(client, here_too) == "/s/harbour/"
    assert Session.objects.filter(realm="buyer").count() == 1


def test_it_is_a_post(client: Client, there: Access) -> None:
    assert client.get(f"/s/harbour/go/{there.public_id}/").status_code == 405


def test_no_chain_of_switches_outlives_the_password_it_began_with(client: Client, there: Access) -> None:
    born = Session.objects.get(realm="buyer")
    with time_machine.travel(timezone.now() + timedelta(minutes=50), tick=False):
        go(client, there)
        second = Session.objects.get(realm="buyer", store_id=there.store_id)

    assert second.expires_at == born.expires_at
    assert second.keep == born.keep


def test_a_session_that_ended_meanwhile_opens_nothing(client: Client, there: Access) -> None:
    Login.objects.filter(accesses=there).update(epoch=9)

    assert go(client, there).startswith("/s/harbour/login/")
    assert not Session.objects.filter(store_id=there.store_id).exists()


def test_whoever_has_to_choose_a_password_does_that_first(client: Client, there: Access) -> None:
    Login.objects.filter(accesses=there).update(must_change_password=True)

    assert go(client, there) == "/s/harbour/account/password/"
    assert not Session.objects.filter(store_id=there.store_id).exists()
