"""Headers on every answer, also on those that no view gave."""

import pytest
from django.test import Client, override_settings

PATHS = ["/healthz", "/there-is-no-such-page/", "/s/there-is-no-such-store/"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", PATHS)
def test_every_answer_carries_the_browser_defences(client: Client, path: str) -> None:
    response = client.get(path)
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.django_db
def test_an_unknown_host_is_refused_with_the_same_defences(client: Client) -> None:
    response = client.get("/healthz", headers={"host": "evil.example"})
    assert response.status_code == 400
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]


@pytest.mark.django_db
@override_settings(TRADEDOOR_BASE_URL="https://trade.example", ALLOWED_HOSTS=["trade.example"])
def test_https_is_remembered_by_the_browser() -> None:
    response = Client().get("/healthz", headers={"host": "trade.example"})
    assert response.headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"
