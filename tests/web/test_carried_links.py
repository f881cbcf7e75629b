from datetime import timedelta

import pytest
import time_machine
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from tradedoor.accounts.models import OneTimeLink, Purpose
from tradedoor.web.carried_links import carried_link, drop_link, exchange

LINK = OneTimeLink(id=7, purpose=Purpose.INVITATION, store_id=3)


@pytest.fixture
def carrying() -> RequestFactory:
    return RequestFactory(HTTP_COOKIE=f"td-link={exchange(LINK, to='/').cookies['td-link'].value}")


def test_the_token_leaves_the_address_at_once() -> None:
    answer = exchange(LINK, to="/s/harbour/join/")

    assert (answer.status_code, answer.headers["Location"]) == (302, "/s/harbour/join/")
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    cookie = answer.cookies["td-link"]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 900)


def test_the_cookie_is_good_for_its_own_purpose_and_store(carrying: RequestFactory) -> None:
    request = carrying.get("/")

    assert carried_link(request, purpose=Purpose.INVITATION, store_id=3) == 7
    assert carried_link(request, purpose=Purpose.INVITATION, store_id=4) is None
    assert carried_link(request, purpose=Purpose.INVITATION) is None
    assert carried_link(request, purpose=Purpose.RESET, store_id=3) is None


def test_it_is_good_for_a_quarter_of_an_hour(carrying: RequestFactory) -> None:
    with time_machine.travel(timezone.now() + timedelta(minutes=15, seconds=2), tick=False):
        assert carried_link(carrying.get("/"), purpose=Purpose.INVITATION, store_id=3) is None


@pytest.mark.parametrize("cookie", ["", "made-up", "WzddOg:x:y"])
def test_a_made_up_cookie_carries_nothing(cookie: str) -> None:
    request = RequestFactory(HTTP_COOKIE=f"td-link={cookie}").get("/")

    assert carried_link(request, purpose=Purpose.INVITATION, store_id=3) is None


def test_it_is_dropped_once_spent() -> None:
    assert drop_link(HttpResponse()).cookies["td-link"]["max-age"] == 0
