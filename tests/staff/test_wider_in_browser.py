"""Deactivate, with more to say, in a real browser: accessible, fitting a phone, by keyboard, and with its receipt."""

import json
import os
from collections.abc import Iterator
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from tests import make
from tradedoor.access.models import Access, State
from tradedoor.accounts.actions.sessions import open_session
from tradedoor.accounts.models import Login
from tradedoor.stores.models import Store

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
DESK, PHONE = (1440, 900), (390, 844)
SHOTS = os.environ.get("SHOTS", "")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield chromium
        chromium.close()


def faults(page: Page, width: int, name: str) -> list[str]:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{width}-{name}.png", full_page=True)
    found = Axe().run(page, options=RULES).response["violations"]
    told = [f"{one['id']}: {json.dumps([node['html'][:200] for node in one['nodes']])}" for one in found]
    wide = page.evaluate("document.documentElement.scrollWidth")
    return [*told, *([f"{wide} px wide"] if wide > width else [])]


@pytest.mark.parametrize(("size", "scheme"), [(DESK, "light"), (PHONE, "dark")])
def test_from_the_row_to_the_receipt_and_back(
    browser: Browser,
    live_server: LiveServer,
    ada_login: Login,
    meadow: Store,
    bea: Access,
    size: tuple[int, int],
    scheme: str,
) -> None:
    for state in (State.CURRENT, State.PENDING, State.REQUESTED):
        make.access(make.contact(bea.customer), bea.store, state=state)
    make.access(bea.contact, meadow)
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        base_url=live_server.url,
        color_scheme=scheme,  # type: ignore[arg-type]  # one of its words
    )
    key = open_session(ada_login, actor=make.actor(ada_login)).key
    context.add_cookies([{"name": "td-staff", "value": key, "url": live_server.url}])
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    found = {}

    page.goto("/stores/harbour/dashboard/?q=bea")
    page.get_by_role("button", name="More actions for Bea Buyer").click()
    page.get_by_role("menuitem", name="Deactivate later or wider…").or_(
        page.get_by_role("link", name="Deactivate later or wider…")
    ).first.click()
    page.wait_for_url("**/more/**")
    found["form"] = faults(page, size[0], "wider-form")
    page.get_by_label("Re-enable on").fill(timezone.now().date().isoformat())
    page.get_by_role("button", name="Deactivate", exact=True).click()
    expect(page.locator(".errors")).to_be_focused()
    found["refused"] = faults(page, size[0], "wider-refused")
    page.get_by_label("Re-enable on").fill((timezone.now().date() + timedelta(days=30)).isoformat())
    page.get_by_role("radio", name="Everyone at Acme").check()
    page.get_by_label("Reason").fill("Closed for the season")
    page.wait_for_timeout(3100)  # the guard against double clicks has passed
    page.get_by_role("button", name="Deactivate", exact=True).click()
    toast = page.locator("[data-toast]")
    expect(toast).to_contain_text("2 people can no longer sign in.")
    found["receipt"] = faults(page, size[0], "wider-receipt")
    page.goto("/stores/harbour/dashboard/?tab=deactivated")
    found["rows"] = faults(page, size[0], "wider-rows")
    expect(page.get_by_text("Closed for the season").first).to_be_visible()
    expect(page.get_by_text("Back on").first).to_be_visible()

    page.goto("/stores/harbour/dashboard/?q=bea")
    page.get_by_role("button", name="More actions for Bea Buyer").click()
    page.get_by_text("Re-enable customer").first.click()
    page.get_by_role("button", name="More actions for Bea Buyer").click()
    page.get_by_text("Deactivate customer").first.click()
    expect(page.locator("[data-toast]").get_by_role("link", name="More…")).to_be_visible()
    found["toast"] = faults(page, size[0], "wider-toast")
    page.locator("[data-toast]").get_by_role("link", name="More…").click()
    page.wait_for_url("**/more/**")
    found["already"] = faults(page, size[0], "wider-already")
    context.close()

    assert {name: what for name, what in found.items() if what} == {}
    # A refused form is answered 422, which the browser notes; nothing else may be said.
    assert [text for text in said if "422" not in text] == []
