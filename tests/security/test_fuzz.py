"""Whatever is sent to a form of a store, the answer is a page and never an accident."""

from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import make
from tests.security.conftest import join_path, signed_in
from tradedoor.access.models import Access
from tradedoor.accounts.models import Throttle

FORMS = ("login/", "login/choose/", "logout/", "join/", "join/again/", "password/forgot/", "password/reset/",
         "account/password/", "account/sessions/3f2504e0-4f89-11d3-9a0c-0305e82c3301/end/", "", "catalogue/", "nothing/")  # fmt: skip
FIELDS = (
    "email",
    "password",
    "current",
    "keep",
    "next",
    "proof",
    "access",
    "pending",
    "link",
    "q",
    "csrfmiddlewaretoken",
    "x",
)
VALUES = st.one_of(
    st.text(max_size=60),
    st.binary(max_size=40),
    st.sampled_from(
        [
            "",
            "\x00",
            "on",
            "null",
            "[]",
            "{}",
            "-1",
            "9" * 400,
            "../",
            "%00",
            "é" * 300,
            "MQ:1abc:xyz",
            "a:b:c",
            ":",
            "::",
        ]
    ),
)
FORM = st.dictionaries(
    st.sampled_from(FIELDS), st.one_of(VALUES, st.lists(VALUES, min_size=2, max_size=3)), max_size=6
)
KINDS = st.sampled_from(
    [
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "text/plain",
        "application/json",
        "",
    ]
)


@pytest.fixture
def browsers(bea: Access, invited: Access) -> list[Client]:
    """A stranger, somebody who opened an invitation, somebody signed in; an accident is an answer of 500."""
    carrying = Client()
    carrying.get(join_path(invited))
    found = [Client(), carrying, signed_in(bea)]
    for browser in found:
        browser.raise_request_exception = False
    return found


def no_accident(answer: Any, what: object) -> None:
    assert answer.status_code < 500, what
    assert answer.headers["Content-Security-Policy"]


fuzzed = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.django_db
@given(path=st.sampled_from(FORMS), form=FORM)
@fuzzed
def test_no_form_is_an_accident(browsers: list[Client], path: str, form: dict[str, Any]) -> None:
    for browser in browsers:
        Throttle.objects.all().delete()
        no_accident(browser.post(f"/s/harbour/{path}", form), (path, form))


@pytest.mark.django_db
@given(path=st.sampled_from(FORMS), body=st.binary(max_size=300), kind=KINDS)
@fuzzed
def test_no_body_is_an_accident(browsers: list[Client], path: str, body: bytes, kind: str) -> None:
    for browser in browsers:
        Throttle.objects.all().delete()
        no_accident(browser.generic("POST", f"/s/harbour/{path}", data=body, content_type=kind), (path, kind))


@pytest.mark.django_db
@given(
    name=st.sampled_from(["td-link", "csrf", "td-staff", "messages", "sessionid", "td-s"]),
    value=st.one_of(VALUES.map(str), st.just("x" * 4000)),
    agent=st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=300),
)
@fuzzed
def test_no_cookie_or_browser_name_is_an_accident(bea: Access, name: str, value: str, agent: str) -> None:
    door = f"td-s-{bea.store.public_id.hex}" if name == "td-s" else name
    client = Client(raise_request_exception=False)
    cookie = (
        f"{door}={value}".encode("utf-8", "replace").decode("latin-1").replace("\r", "").replace("\n", "")
    )
    for path in ("login/", "join/", "password/reset/", "account/"):
        answer = client.get(f"/s/harbour/{path}", HTTP_COOKIE=cookie, HTTP_USER_AGENT=agent)
        no_accident(answer, (path, cookie))
    pair = {"email": "bea@acme.example", "password": make.PASSWORD}
    no_accident(client.post("/s/harbour/login/", pair, HTTP_COOKIE=cookie, HTTP_USER_AGENT=agent), agent)
    Throttle.objects.all().delete()
