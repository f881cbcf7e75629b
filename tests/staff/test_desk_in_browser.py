"""The desk in a real browser: accessible, quiet, fitting a phone, usable by keyboard and without script."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from tests import make
from tradedoor.access.actions.invitations import invite_contacts
from tradedoor.access.models import Access
from tradedoor.accounts.actions.sessions import open_session
from tradedoor.accounts.actions.staff import staff_sign_in_link
from tradedoor.accounts.models import Login
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact
from tradedoor.jobs.models import Work
from tradedoor.mail.models import MailMessage
from tradedoor.mail.sending import Sender
from tradedoor.stores.models import Store

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
DESK: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
PAGES = (
    "/",
    "/account/",
    "/account/password/",
    "/search/?q=a",
    "/mail/",
    "/mail/{mail}/",
    "/mail/{mail}/?view=text",
    "/mail/{mail}/?view=headers",
    "/jobs/",
    "/jobs/{work}/",
    "/activity/",
    "/activity/?kind=jobs",
    "/staff/",
    "/staff/add/",
    "/staff/{vic}/",
    "/staff/{vic}/deactivate/",
    "/help/",
    "/help/invite/",
)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def names(
    live_server: LiveServer,
    settings: Any,
    ada: Actor,
    vic_login: Login,
    harbour: Store,
    meadow: Store,
    bea: Access,
    nils_contact: Contact,
) -> dict[str, Any]:
    """Something on every page."""
    settings.TRADEDOOR_BASE_URL = live_server.url
    invite_contacts(harbour, [nils_contact.pk], actor=ada)
    Sender().send_some()
    now = timezone.now()
    work = Work.objects.create(
        kind="x", title="Import of people.csv", state="running", total=480, done=312, run_at=now, created_at=now,
        started_at=now - timedelta(seconds=60), counts={"changed": 7}, login_id=ada.login_id,
    )  # fmt: skip
    return {
        "mail": MailMessage.objects.get().public_id,
        "work": work.public_id,
        "vic": vic_login.public_id,
    }


def inside(chromium: Browser, live_server: LiveServer, login: Login, **options: Any) -> BrowserContext:
    context = chromium.new_context(**options)
    key = open_session(login, actor=make.actor(login)).key
    context.add_cookies([{"name": "td-staff", "value": key, "url": live_server.url}])
    return context


def faults(page: Page, said: list[str], width: int) -> list[str]:
    found = [
        f"{one['id']}: {json.dumps([node['html'][:200] for node in one['nodes']])}"
        for one in Axe().run(page, options=RULES).response["violations"]
    ]
    if page.evaluate("document.documentElement.scrollWidth") > width:
        found.append("scrolls sideways")
    # Of axe itself, which cannot look into the sandboxed frame of a mail.
    return found + [text for text in said if "postMessage" not in text]


@pytest.mark.parametrize(("size", "scheme"), [(DESK, "light"), (PHONE, "dark")])
def test_every_page_is_accessible_quiet_and_fits(
    chromium: Browser,
    live_server: LiveServer,
    ada_login: Login,
    names: dict[str, Any],
    size: Any,
    scheme: Any,
) -> None:
    context = inside(chromium, live_server, ada_login, viewport=size, color_scheme=scheme)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))

    found = {}
    for address in PAGES:
        said.clear()
        page.goto(live_server.url + address.format(**names))
        found[address] = faults(page, said, size["width"])
    context.close()

    assert {address: what for address, what in found.items() if what} == {}


@pytest.mark.parametrize(("size", "scheme"), [(DESK, "light"), (PHONE, "dark")])
def test_the_door_is_accessible_quiet_and_fits(
    chromium: Browser, live_server: LiveServer, ada: Actor, ada_login: Login, size: Any, scheme: Any
) -> None:
    token = staff_sign_in_link(ada_login.email, actor=ada)
    context = chromium.new_context(viewport=size, color_scheme=scheme)
    page = context.new_page()
    found = {}
    for address in ("/login/", f"/login/link/{token}/"):
        page.goto(live_server.url + address)
        found[address] = faults(page, [], size["width"])
    page.goto(f"{live_server.url}/login/")
    page.fill("[name=email]", "ada@tradedoor.example")
    page.fill("[name=password]", "wrong words")
    page.press("[name=password]", "Enter")
    expect(page.locator(".errors")).to_contain_text("This email and password do not match.")
    found["wrong"] = faults(page, [], size["width"])
    context.close()

    assert {address: what for address, what in found.items() if what} == {}


def test_the_palette_goes_anywhere_by_keyboard_alone(
    chromium: Browser, live_server: LiveServer, ada_login: Login, names: dict[str, Any]
) -> None:
    context = inside(chromium, live_server, ada_login, viewport=DESK)
    page = context.new_page()
    page.goto(f"{live_server.url}/help/")

    page.keyboard.press("Control+k")
    expect(page.locator("#palette")).to_be_visible()
    expect(page.locator("#palette [data-hit]").first).to_be_visible()
    assert faults(page, [], DESK["width"]) == []
    page.keyboard.type("activ")
    expect(page.locator("#palette [data-hit]")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    expect(page.locator("#palette [data-hit]")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.locator("#palette-q")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/activity/")

    page.keyboard.press("Control+k")
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()
    context.close()


def test_a_mail_is_read_in_its_frame_and_its_link_opens_outside(
    chromium: Browser, live_server: LiveServer, ada_login: Login, names: dict[str, Any]
) -> None:
    context = inside(chromium, live_server, ada_login, viewport=DESK)
    page = context.new_page()
    page.goto(f"{live_server.url}/mail/{names['mail']}/")

    join = page.frame_locator("iframe").get_by_role("link", name="Join Now")
    expect(join).to_be_visible()
    with context.expect_page() as opened:
        join.click()
    assert "/s/harbour/join/" in opened.value.url
    context.close()


def test_the_banner_stops_asking_once_the_job_has_ended(
    chromium: Browser, live_server: LiveServer, ada_login: Login, names: dict[str, Any]
) -> None:
    context = inside(chromium, live_server, ada_login, viewport=DESK)
    page = context.new_page()
    page.goto(f"{live_server.url}/jobs/{names['work']}/")
    expect(page.locator(".banner--job progress")).to_be_visible()

    Work.objects.update(state="done", done=480, finished_at=timezone.now())

    expect(page.locator(".banner--job")).to_contain_text("480 checked", timeout=6000)
    expect(page.locator(".banner--job[hx-get]")).to_have_count(0)
    context.close()


def test_all_of_it_works_without_script(
    chromium: Browser, live_server: LiveServer, ada_login: Login, names: dict[str, Any]
) -> None:
    context = chromium.new_context(viewport=DESK, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}/mail/")
    page.fill("[name=email]", ada_login.email)
    page.fill("[name=password]", make.PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/mail/")

    page.fill("#q", "nils")
    page.press("#q", "Enter")
    expect(page.locator(".index__foot")).to_contain_text("1–1 of 1")
    page.goto(f"{live_server.url}/jobs/{names['work']}/")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".banner--job")).to_contain_text("stopping")
    context.close()
