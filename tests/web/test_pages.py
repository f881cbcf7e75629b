"""The frames and the style guide, which shows every part: rendered whole, and read strictly."""

import gzip
import re
from collections.abc import Iterator

import pytest
from django.template import engines
from django.test import Client, RequestFactory, override_settings

from tests.web.markup import faults_of
from tradedoor.web.static_files import LEFT_OUT, joined_css
from tradedoor.web.theme import theme_css

STATUSES = (400, 403, 404, 409, 429, 500, 503)
SHOWN = (
    "",
    "?state=job",
    "?state=error",
    "?page=door",
    "?page=door&state=error",
    "?page=store",
    "?page=plain",
)


@pytest.fixture
def guide() -> Iterator[Client]:
    middleware = ["django.middleware.csrf.CsrfViewMiddleware", "django_htmx.middleware.HtmxMiddleware"]
    with override_settings(ROOT_URLCONF="tests.web.page_urls", DEBUG=True, MIDDLEWARE=middleware):
        yield Client()


@pytest.mark.parametrize("query", SHOWN)
def test_every_frame_of_the_style_guide_is_sound(guide: Client, query: str) -> None:
    answer = guide.get(f"/dev/ui/{query}")

    assert answer.status_code == 200
    assert faults_of(answer.content.decode(), whole=True) == []


@pytest.mark.parametrize("name", ["art.svg", "mark.svg", "theme.css"])
def test_the_style_guide_serves_what_a_store_would(guide: Client, name: str) -> None:
    assert guide.get(f"/dev/ui/{name}").status_code == 200


def test_the_style_guide_is_not_there_outside_development() -> None:
    with override_settings(ROOT_URLCONF="tests.web.page_urls", DEBUG=False, MIDDLEWARE=[]):
        client = Client()

        assert client.get("/dev/ui/").status_code == 404
        assert client.get("/dev/ui/art.svg").status_code == 404


@pytest.mark.parametrize("status", STATUSES)
def test_every_error_page_renders_from_nothing_but_a_request(status: int) -> None:
    template = engines["jinja2"].get_template(f"web/errors/{status}.html")

    plain = template.render({}, RequestFactory().get("/"))
    told = template.render(
        {"sentence": "It is <gone>.", "code": "gone", "request_id": "r1", "home_url": "/s/north/"},
        RequestFactory().get("/"),
    )

    assert faults_of(plain, whole=True) == faults_of(told, whole=True) == []
    assert f"Error {status}" in plain
    assert "It is &lt;gone&gt;." in told
    assert "Code: gone · r1" in told
    assert "htmx" not in told


def test_pages_stay_within_their_weight(guide: Client) -> None:
    door = guide.get("/dev/ui/?page=door").content

    for sheet in LEFT_OUT:
        assert len(gzip.compress(joined_css(sheet).encode(), 9)) <= 12_000, sheet
    assert len(gzip.compress(door, 9)) <= 5_000
    assert len(gzip.compress(theme_css("#0f4f45", "#f4d58a").encode(), 9)) <= 500


def test_sign_in_pages_load_no_htmx(guide: Client) -> None:
    for page in ("door", "plain"):
        scripts = re.findall(
            r'<script[^>]*src="([^"]+)"', guide.get(f"/dev/ui/?page={page}").content.decode()
        )
        assert [script.rsplit("/", 1)[-1] for script in scripts] == ["ui.js"]


def test_one_page_holds_one_heading_of_the_first_level(guide: Client) -> None:
    for query in SHOWN:
        assert guide.get(f"/dev/ui/{query}").content.count(b"<h1") == 1
