"""A body that is too large is refused by its announced length, before anybody reads it."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory, override_settings

from tests import make
from tradedoor.accounts.models import Login
from tradedoor.config.limits import BodyLimitMiddleware
from tradedoor.web.doors import stand_outside

pytestmark = pytest.mark.django_db


def answer(length: str, *, login: Login | None = None) -> HttpResponse:
    request = RequestFactory().post("/login/")
    request.META["CONTENT_LENGTH"] = length
    outside = stand_outside(request, request_id="1")
    outside.login = login
    return BodyLimitMiddleware(lambda _request: HttpResponse("taken"))(outside)


def test_a_stranger_may_send_what_a_form_holds_and_no_more() -> None:
    assert answer("1000000").content == b"taken"

    refused = answer("1000001")
    assert refused.status_code == 413
    assert "at most 1 MB" in refused.text


@override_settings(TRADEDOOR_IMPORT_MAX_MEGABYTES=5)
def test_staff_may_send_a_file_as_large_as_imports_allow(sam_login: Login) -> None:
    assert answer("6000000", login=sam_login).content == b"taken"
    assert answer("6000001", login=sam_login).status_code == 413


def test_a_buyer_may_send_no_more_than_a_stranger() -> None:
    assert answer("1000001", login=make.buyer_login("bea@acme.example")).status_code == 413


@pytest.mark.parametrize("length", ["", "many", "-1"])
def test_a_length_that_is_none_is_no_reason_to_fail(length: str) -> None:
    assert answer(length).content == b"taken"
