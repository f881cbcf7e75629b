"""The eStore link: always leads to sign-in, and puts its code out of the address bar."""

import pytest
from django.test import Client

from tradedoor.core.actor import Actor
from tradedoor.crm.models import Customer
from tradedoor.registration.actions.links import link_for, new_link
from tradedoor.registration.codes import code_of
from tradedoor.stores.models import Store


def test_it_leads_to_sign_in_and_is_remembered_without_naming_anybody(
    client: Client, harbour: Store, acme: Customer, sam: Actor
) -> None:
    code = code_of(link_for(harbour, acme, actor=sam))

    response = client.get(f"/s/harbour/link/{code}/")

    assert (response.status_code, response["Location"]) == (302, "/s/harbour/login/")
    assert (response["Referrer-Policy"], response["Cache-Control"]) == ("no-referrer", "no-store")
    [cookie] = response.cookies.values()
    assert cookie["httponly"]
    assert cookie["max-age"] == ""
    assert code not in cookie.value
    assert "acme" not in cookie.value.lower()


@pytest.mark.parametrize("code", ["made-up", "0" * 26, "a" * 500])
def test_a_made_up_code_leads_there_too_and_is_not_remembered(
    code: str, client: Client, harbour: Store
) -> None:
    response = client.get(f"/s/harbour/link/{code}/")

    assert (response.status_code, response["Location"]) == (302, "/s/harbour/login/")
    assert not response.cookies


def test_a_former_link_goes_on_leading_to_sign_in(
    client: Client, harbour: Store, acme: Customer, sam: Actor
) -> None:
    code = code_of(link_for(harbour, acme, actor=sam))
    new_link(harbour, acme, actor=sam)

    assert client.get(f"/s/harbour/link/{code}/")["Location"] == "/s/harbour/login/"


def test_opened_too_often_it_still_leads_to_sign_in(
    client: Client, harbour: Store, acme: Customer, sam: Actor
) -> None:
    code = code_of(link_for(harbour, acme, actor=sam))
    responses = [client.get(f"/s/harbour/link/{code}/") for _time in range(31)]

    assert {response["Location"] for response in responses} == {"/s/harbour/login/"}
    assert not responses[-1].cookies
