"""What a buyer at the door meets when staff move, hold, make inactive, merge, switch off, and let back in."""

import pytest
from django.test import Client

from tests import make
from tests.staff.conftest import SignedIn, ada_client, signed_in
from tests.storefront.conftest import SignIn
from tradedoor.access.actions.merging import merge_contacts
from tradedoor.access.models import Access, State
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact, Customer
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db

__all__ = ["SignedIn", "ada_client", "signed_in"]

HOME = "/s/{}/"


def is_in(browser: Client, store: Store) -> bool:
    return browser.get(HOME.format(store.slug)).status_code == 200


def tried(access: Access) -> str:
    """What the door answers to the right password."""
    assert access.login
    form = {"email": access.login.email, "password": make.PASSWORD}
    return Client().post(f"/s/{access.store.slug}/login/", form).content.decode()


def customer_page(customer: Customer, name: str) -> str:
    return f"/crm/customers/{customer.public_id}/{name}/"


def test_a_customer_on_hold_signs_in_and_browses(
    ada_client: Client, sign_in: SignIn, bea: Access, acme: Customer, harbour: Store
) -> None:
    ada_client.post(customer_page(acme, "status"), {"status": "on_hold"})
    browser = sign_in(bea)
    assert is_in(browser, harbour)
    assert browser.get(f"/s/{harbour.slug}/catalogue/").status_code in {200, 404}


def test_an_inactive_customer_is_out_at_once_and_comes_back_by_the_offer(
    ada_client: Client, bea_client: Client, sign_in: SignIn, bea: Access, acme: Customer, harbour: Store
) -> None:
    assert is_in(bea_client, harbour)
    ada_client.post(customer_page(acme, "status"), {"status": "inactive", "sure": "1"})
    assert not is_in(bea_client, harbour)
    assert "access" in tried(bea)

    answer = ada_client.post(customer_page(acme, "status"), {"status": "active"})
    assert answer.headers["Location"] == customer_page(acme, "reenable")
    assert "Bea Buyer" in ada_client.get(customer_page(acme, "reenable")).content.decode()
    assert not is_in(bea_client, harbour)
    ada_client.post(customer_page(acme, "reenable"), {"id": [str(bea.public_id)]})
    # No session of before comes back (DEA-02); the password does.
    assert not is_in(bea_client, harbour)
    assert is_in(sign_in(bea), harbour)


def test_a_store_that_is_switched_off_lets_nobody_in_and_changes_no_state(
    ada_client: Client, bea_client: Client, bea: Access, harbour: Store
) -> None:
    switch = f"/stores/{harbour.slug}/settings/switch/"
    ada_client.post(switch, {"active": "0"})
    harbour.refresh_from_db()
    assert not harbour.is_active
    assert not is_in(bea_client, harbour)
    assert Access.objects.get(pk=bea.pk).state == State.CURRENT
    ada_client.post(switch, {"active": "1"})
    assert is_in(bea_client, harbour)


def test_who_moves_to_another_customer_is_out_and_needs_to_be_let_in_for_it(
    ada_client: Client,
    bea_client: Client,
    sign_in: SignIn,
    bea: Access,
    bea_contact: Contact,
    borealis: Customer,
    harbour: Store,
) -> None:
    address = f"/crm/contacts/{bea_contact.public_id}/move/"
    asked = ada_client.post(address, {"customer": "BORE"}).content.decode()
    assert "1 access to a store ends." in asked
    assert is_in(bea_client, harbour)
    ada_client.post(address, {"customer": "BORE", "sure": "1"})

    assert not is_in(bea_client, harbour)
    moved = Access.objects.get(pk=bea.pk)
    assert (moved.state, moved.customer) == (State.DEACTIVATED, borealis)
    ada_client.post(f"/stores/{harbour.slug}/access/{bea.public_id}/reenable/")
    page = sign_in(bea).get(HOME.format(harbour.slug)).content.decode()
    assert "Borealis" in page
    assert "Acme" not in page


def test_a_session_of_an_access_that_moved_over_by_a_merge_goes_on_for_the_survivor(
    sign_in: SignIn,
    nils: Access,
    nils_contact: Contact,
    bea_contact: Contact,
    harbour: Store,
    sam: Actor,
) -> None:
    browser = sign_in(nils)
    assert "Borealis" in browser.get(HOME.format(harbour.slug)).content.decode()
    seen = {row.pk: row.version for row in (bea_contact, nils_contact)}

    merge_contacts(bea_contact, [nils_contact], chosen={}, seen=seen, actor=sam)

    page = browser.get(HOME.format(harbour.slug)).content.decode()
    assert "Bea Buyer" in page
    assert "Borealis" not in page


def test_a_session_of_an_access_that_ended_by_a_merge_is_over(
    sign_in: SignIn, bea: Access, bea_contact: Contact, nils: Access, harbour: Store, sam: Actor
) -> None:
    browser = sign_in(nils)
    seen = {row.pk: row.version for row in (bea_contact, nils.contact)}
    merge_contacts(bea_contact, [nils.contact], chosen={}, seen=seen, actor=sam)
    assert not is_in(browser, harbour)
