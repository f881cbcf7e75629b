"""The pages of a store in a real browser: accessibility at two widths, no script, keyboard, the way in."""

import json
import os
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from tests import make
from tradedoor.access.actions.invitations import invite_contact
from tradedoor.access.models import Access
from tradedoor.accounts.models import OneTimeLink
from tradedoor.accounts.tokens import token_of
from tradedoor.catalog.models import Product
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Customer
from tradedoor.stores.models import Store

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
DESK, PHONE, SMALL = (1440, 900), (390, 844), (320, 700)
Opener = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def opener(browser: Browser, live_server: LiveServer, settings: Any) -> Iterator[Opener]:
    settings.CSRF_TRUSTED_ORIGINS = [live_server.url]
    contexts = []

    def new_page(size: tuple[int, int] = DESK, **options: Any) -> Page:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, base_url=live_server.url, **options
        )
        contexts.append(context)
        return context.new_page()

    yield new_page
    for context in contexts:
        context.close()


def enter(page: Page, email: str = "bea@acme.example") -> None:
    page.goto("/s/harbour/login/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(make.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Hello")


def require_good(page: Page, width: int) -> None:
    page.wait_for_load_state("networkidle")
    found = Axe().run(page, options=RULES).response["violations"]
    faults = [f"{one['id']}: {json.dumps([node['html'][:200] for node in one['nodes']])}" for one in found]
    assert faults == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url


@pytest.mark.parametrize("size", [DESK, PHONE, SMALL])
def test_every_page_is_accessible_quiet_and_fits(
    opener: Opener, bea: Access, pot: Product, size: tuple[int, int]
) -> None:
    page = opener(size)
    said: list[str] = []
    page.on("console", lambda message: said.append(f"{page.url} {message.text}"))
    page.on("pageerror", lambda error: said.append(str(error)))
    for path in ("login/", "password/forgot/"):
        page.goto(f"/s/harbour/{path}")
        require_good(page, size[0])
    enter(page)
    require_good(page, size[0])
    for path in ("catalogue/", "catalogue/?category=garden/pots", "catalogue/?q=zzz", f"catalogue/{pot.public_id}/",
                 "account/", "account/password/"):  # fmt: skip
        page.goto(f"/s/harbour/{path}")
        require_good(page, size[0])
    assert said == []


def test_what_went_wrong_is_accessible_too(opener: Opener, bea: Access, harbour: Store) -> None:
    page = opener(PHONE)
    page.goto("/s/harbour/login/")
    page.get_by_label("Email").fill("bea@acme.example")
    page.get_by_label("Password", exact=True).fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    assert page.title().startswith("Error:")
    require_good(page, PHONE[0])
    for path in ("nothing/", "join/", "password/reset/"):
        page.goto(f"/s/harbour/{path}")
        require_good(page, PHONE[0])


@pytest.mark.parametrize("scripts", ["scripts", "no scripts"])
def test_an_invited_person_joins_looks_around_and_signs_out(
    opener: Opener, harbour: Store, acme: Customer, pot: Product, ada: Actor, scripts: str
) -> None:
    access = invite_contact(harbour, make.contact(acme, "kim@acme.example", first_name="Kim"), actor=ada)
    token = token_of(OneTimeLink.objects.get(access_id=access.pk))
    page = opener(DESK, java_script_enabled=scripts == "scripts")

    page.goto(f"/s/harbour/join/{token}/")
    assert page.url.endswith("/s/harbour/join/")
    page.get_by_label("Choose a password").fill("nine copper lanterns")
    page.get_by_role("button", name="Join Now").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hello, Kim")
    page.get_by_role("link", name="Garden").first.click()
    page.get_by_role("link", name="Clay <b>pot</b>").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Clay <b>pot</b>")
    page.get_by_role("button", name="Your account").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out")).to_be_visible()


def test_the_way_in_needs_no_mouse(opener: Opener, bea: Access) -> None:
    page = opener(DESK)
    page.goto("/s/harbour/login/")
    page.get_by_label("Email").focus()
    page.keyboard.type("bea@acme.example")
    page.keyboard.press("Tab")
    while page.evaluate("document.activeElement.id") != "id_password":
        page.keyboard.press("Tab")
    page.keyboard.type(make.PASSWORD)
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Hello, Bea")


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_one_changes_over_to_another_store_in_the_header(
    opener: Opener, bea: Access, meadow: Store, size: tuple[int, int]
) -> None:
    make.access(bea.contact, meadow, login=bea.login)
    page = opener(size)
    enter(page)
    page.get_by_role("button", name="Your account").click()
    require_good(page, size[0])
    if shots := os.environ.get("SHOTS"):
        page.screenshot(path=f"{shots}/switcher_{size[0]}.png")
    page.get_by_role("button", name="Go to Meadow, for Acme").click()
    expect(page).to_have_url(re.compile("/s/meadow/$"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Hello")
