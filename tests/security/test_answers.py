"""Every answer carries the browser's defences, and nothing that is asked for is an accident (security.md A11, A12)."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from tests.security.conftest import join_path, signed_in
from tradedoor.access.models import Access
from tradedoor.config.limits import small_bodies
from tradedoor.config.wsgi import application
from tradedoor.core.actor import Actor
from tradedoor.core.errors import Conflict
from tradedoor.stores.actions.stores import set_active
from tradedoor.stores.models import Store

LOGIN = "/s/harbour/login/"
DEFENCES = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
POLICY = (
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "form-action 'self'",
    "base-uri 'none'", "object-src 'none'", "frame-ancestors 'none'",
)  # fmt: skip


def stranger() -> Client:
    return Client(enforce_csrf_checks=True, raise_request_exception=False)


def sent(client: Client, data: bytes, kind: str) -> Any:
    return client.generic("POST", LOGIN, data=data, content_type=kind)


def throttled() -> Any:
    client = Client()
    for _try in range(6):
        answer = client.post(LOGIN, {"email": "bea@acme.example", "password": "a wrong one"})
    return answer


ANSWERS: dict[int, Callable[[], Any]] = {
    200: lambda: stranger().get(LOGIN),
    301: lambda: stranger().get("/s/harbour/login"),
    302: lambda: stranger().get("/s/harbour/account/"),
    400: lambda: stranger().get(LOGIN, headers={"host": "evil.example"}),
    403: lambda: stranger().post(LOGIN, {"email": "a@b.example", "password": "x"}),
    404: lambda: stranger().get("/s/harbour/nothing/"),
    405: lambda: stranger().generic("TRACE", LOGIN),
    410: lambda: stranger().get("/s/harbour/join/"),
    413: lambda: sent(Client(), b"x" * 1_100_000, "application/x-www-form-urlencoded"),
    422: lambda: Client().post(LOGIN, {"email": "a@b.example", "password": "x"}),
    429: throttled,
}


def require_defences(answer: Any) -> None:
    policy = answer.headers["Content-Security-Policy"]
    assert all(part in policy for part in POLICY), policy
    assert "unsafe" not in policy
    assert {name: answer.headers[name] for name in DEFENCES} == DEFENCES
    assert answer.headers["Referrer-Policy"] in {"same-origin", "no-referrer"}
    assert "camera=()" in answer.headers["Permissions-Policy"]
    assert not {"Server", "X-Powered-By", "Access-Control-Allow-Origin"} & set(answer.headers)
    for cookie in answer.cookies.values():
        assert (cookie["samesite"], cookie["path"], cookie["domain"]) == ("Lax", "/", "")
        assert cookie["httponly"] or not cookie.value


@pytest.mark.parametrize("status", ANSWERS)
def test_every_kind_of_answer_carries_the_defences_web_03_web_04(bea: Access, status: int) -> None:
    answer = ANSWERS[status]()

    assert answer.status_code == status
    require_defences(answer)
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("error", [RuntimeError("secret thing"), Conflict("Once only.")])
def test_accidents_and_conflicts_too_and_they_tell_nothing_web_09(
    bea: Access, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_args: object, **_more: object) -> None:
        raise error

    browser = signed_in(bea)
    browser.raise_request_exception = False
    monkeypatch.setattr("tradedoor.storefront.views.catalogue.categories_tree", fail)
    answer = browser.get("/s/harbour/catalogue/")

    assert answer.status_code == (409 if isinstance(error, Conflict) else 500)
    require_defences(answer)
    page = answer.content.decode()
    assert "secret thing" not in page
    assert "Traceback" not in page
    assert "Django" not in page


@pytest.mark.parametrize(
    "path", ["theme.x.css", "mark.svg", "art.svg", "logo.png", "/static/web/app.css", "/healthz", "/readyz"]
)
def test_files_and_health_carry_them_too_web_03(client: Client, harbour: Store, path: str) -> None:
    answer = client.get(path if path.startswith("/") else f"/s/harbour/{path}")
    require_defences(answer)
    b"".join(answer.streaming_content if answer.streaming else [])  # type: ignore[attr-defined]  # a file's
    answer.close()


PAGES = ["/s/harbour/", LOGIN, "/s/harbour/nothing/", "/s/harbour/mark.svg", "/s/nowhere/", "/", "/login/", "/nothing",
         "/static/web/app.css", "/static/nothing.css", "/healthz"]  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_no_page_knows_another_method_than_get_head_and_post_web_09(harbour: Store, path: str) -> None:
    for method in ("TRACE", "OPTIONS", "PUT", "PATCH", "DELETE", "CONNECT", "PROPFIND"):
        answer = stranger().generic(method, path)
        assert (answer.status_code, answer.content) == (405, b""), method
        assert "TRACE" not in answer.headers["Allow"]


@pytest.mark.parametrize(
    "path",
    ["/s/%00/", "/s/a%00b/login/", "/s/harbour/%00/", "/s/harbour/join/%00/", "/s/harbour/password/reset/%00/",
     "/s/harbour/theme.%00.css", "/%00", "/s/%ff%fe/", "/s//", "/s/harbour//login/", "/s/HARBOUR/login/",
     "/s/harbour/..%2f..%2fetc%2fpasswd/", "/static/..%2f..%2fsettings.py", "/static/%00", "/s/" + "a" * 3000 + "/",
     "/s/harbour/catalogue/99999999-9999-9999-9999-999999999999/image/99999999999999999999/"],
)  # fmt: skip
def test_no_path_is_an_accident_web_09(harbour: Store, path: str) -> None:
    assert stranger().get(path).status_code in {200, 302, 404}


@pytest.mark.parametrize(
    "kind",
    ["text/plain; charset=rot13", "application/x-www-form-urlencoded; charset=idna", "multipart/form-data",
     "multipart/form-data; boundary=x; charset=hex", "application/x-www-form-urlencoded; Charset=utf-16",
     "multipart/form-data; boundary=" + "x" * 3000, "application/json", "; charset=zlib", "charset=bz2"],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_content_type_is_an_accident_web_09(harbour: Store, kind: str, method: str) -> None:
    """By the application itself, since Django looks at the charset before any middleware does."""
    body = b"email=a%ff&password=b\xff"
    environ = {
        "REQUEST_METHOD": method, "PATH_INFO": "/healthz", "QUERY_STRING": "next=%41", "SERVER_NAME": "localhost",
        "SERVER_PORT": "80", "CONTENT_TYPE": kind, "CONTENT_LENGTH": str(len(body)), "wsgi.input": BytesIO(body),
        "wsgi.url_scheme": "http", "REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "localhost", "wsgi.errors": BytesIO(),
        "wsgi.multithread": False, "wsgi.multiprocess": False, "wsgi.run_once": False, "SCRIPT_NAME": "",
        "SERVER_PROTOCOL": "HTTP/1.1",
    }  # fmt: skip
    statuses: list[str] = []
    application(environ, lambda status, _headers, *_more: statuses.append(status))
    assert statuses[0][:3] in ({"200"} if method == "GET" else {"400", "403"})


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost:80@evil.example", "localhost.evil.example", "", "[::1", "a b"]
)
def test_a_host_we_do_not_know_is_refused_hst_02(harbour: Store, host: str) -> None:
    assert stranger().get(LOGIN, headers={"host": host}).status_code in ({400} if host else {200, 400})


@pytest.mark.parametrize(
    "headers",
    [{"host": "127.0.0.1:6666"}, {"X-Forwarded-Host": "evil.example"}, {"Forwarded": "host=evil.example;proto=https"},
     {"X-Forwarded-Proto": "https", "X-Forwarded-Port": "99"}, {"X-Forwarded-Prefix": "/evil"}, {"X-Script-Name": "/evil"},
     {"X-Original-URL": "/login/"}, {"X-Rewrite-URL": "/login/"}, {"X-HTTP-Method-Override": "DELETE"}],
)  # fmt: skip
def test_no_header_moves_a_link_or_a_redirect_hst_01(
    bea: Access, invited: Access, headers: dict[str, str]
) -> None:
    client = Client(headers=headers)
    for path in ("/s/harbour/account/", "/s/harbour/login", join_path(invited)):
        assert client.get(path).headers["Location"].startswith("/s/harbour/")
    page = client.get(LOGIN).content.decode()
    assert "evil" not in page
    assert "6666" not in page


@pytest.mark.parametrize(
    "origin", ["null", "https://evil.example", "http://localhost.evil.example", "http://127.0.0.1:1"]
)
@pytest.mark.parametrize(
    "path", ["login/", "password/forgot/", "logout/", "join/", "join/again/", "login/choose/"]
)
def test_a_form_from_elsewhere_is_refused_even_with_the_right_token_web_01(
    harbour: Store, path: str, origin: str
) -> None:
    client = stranger()
    client.get(LOGIN)
    token = client.cookies["csrf"].value
    headers = {"Origin": origin}
    answer = client.post(f"/s/harbour/{path}", {"csrfmiddlewaretoken": token}, headers=headers)
    assert answer.status_code == 403
    wrong = client.post(f"/s/harbour/{path}", {"csrfmiddlewaretoken": "x" * 64})
    assert wrong.status_code == 403


def test_a_closed_store_closes_every_page_but_sign_out_dea_06(
    bea: Access, ada: Actor, harbour: Store
) -> None:
    browser = signed_in(bea)
    set_active(harbour, active=False, actor=ada)
    for path in (
        "",
        "login/",
        "catalogue/",
        "account/",
        "account/password/",
        "join/",
        "password/forgot/",
        "nothing/",
    ):
        answer = browser.get(f"/s/harbour/{path}")
        assert answer.status_code == 403
        require_defences(answer)
    assert browser.post("/s/harbour/logout/").status_code == 302


def test_pages_go_on_answering_while_bodies_that_never_come_hold_their_threads_ha_03(bea: Access) -> None:
    browser = signed_in(bea)
    change = {"current": "x", "password": "y"}
    held = 0
    try:
        while small_bodies.acquire(blocking=False):
            held += 1
        assert held == max(1, settings.TRADEDOOR_THREADS // 2)
        refused = browser.post("/s/harbour/account/password/", change)
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "10")
        require_defences(refused)
        assert browser.get("/s/harbour/account/").status_code == 200
    finally:
        for _slot in range(held):
            small_bodies.release()
    assert Client().post(LOGIN, {"email": "bea@acme.example", "password": "wrong"}).status_code == 422


@pytest.mark.parametrize(
    ("host", "goes_to"),
    [("trade.example", "trade.example:8443"), ("trade.example:6666", "trade.example:8443"),
     ("shop.example:6666", "shop.example"), ("SHOP.example", "shop.example")],
)  # fmt: skip
def test_the_way_to_https_keeps_no_port_of_the_request_hst_01(
    settings: Any, client: Client, harbour: Store, host: str, goes_to: str
) -> None:
    settings.TRADEDOOR_BASE_URL = "https://trade.example:8443"
    settings.ALLOWED_HOSTS = ["trade.example", "shop.example"]
    settings.SECURE_SSL_REDIRECT = True
    answer = client.get("/s/harbour/login/?next=%2F", headers={"host": host})
    assert (answer.status_code, answer.headers["Location"]) == (
        301,
        f"https://{goes_to}/s/harbour/login/?next=%2F",
    )
    require_defences(answer)
    assert client.get("/healthz", headers={"host": host}).status_code == 200
    assert client.get("/", headers={"host": "evil.example"}).status_code == 400
