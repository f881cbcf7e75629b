"""An installation that is only for trying out says so wherever somebody might type a real password."""

import pytest
from django.test import Client
from pytest_django import Settings

from tests.web.markup import faults_of
from tradedoor.stores.models import Store

SENTENCE = "For trying out: all mail is captured, and nothing here is protected."
BEFORE_THE_DOOR = ("login/", "forgot/", "join/abc/", "nothing/")


@pytest.mark.usefixtures("pot")
def test_every_page_of_a_store_says_that_it_is_for_trying_out(
    client: Client, bea_client: Client, settings: Settings
) -> None:
    settings.TRADEDOOR_TRIAL = True

    pages = [client.get(f"/s/harbour/{path}") for path in BEFORE_THE_DOOR]
    pages += [bea_client.get(f"/s/harbour/{path}") for path in ("", "catalogue/", "account/")]
    Store.objects.update(is_active=False)
    pages += [client.get("/s/harbour/login/"), client.get("/s/nowhere/"), client.get("/login/")]

    for page in pages:
        text = page.content.decode()
        assert text.count(SENTENCE) == 1, page.request["PATH_INFO"]
        assert faults_of(text, whole=True) == []


def test_a_real_installation_does_not(client: Client, harbour: Store) -> None:
    for address in ("/s/harbour/login/", "/login/", "/s/nowhere/"):
        assert SENTENCE not in client.get(address).content.decode()
