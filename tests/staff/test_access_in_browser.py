"""The access screens in a real browser: accessible, fitting a phone, by keyboard, and without script."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from tests import make
from tradedoor.access.actions.invitations import invite_contacts
from tradedoor.access.models import Access, State, Tab, TabCount
from tradedoor.accounts.actions.sessions import open_session
from tradedoor.accounts.models import Login
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact, Customer
from tradedoor.stores.models import Store

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
DESK, PHONE = (1440, 900), (390, 844)
PAGES = (
    "/stores/harbour/dashboard/",
    "/stores/harbour/dashboard/?tab=pending",
    "/stores/harbour/dashboard/?tab=deactivated",
    "/stores/harbour/dashboard/?q=acme",
    "/stores/harbour/dashboard/?q=nothing-of-the-kind",
    "/stores/meadow/dashboard/",
    "/stores/harbour/invite/?q=",
    "/access/",
    "/stores/",
    "/stores/add/",
    "/stores/harbour/settings/",
    "/stores/harbour/settings/look/",
    "/stores/harbour/settings/invitation/",
    "/stores/harbour/settings/invitation/preview/",
    "/stores/harbour/settings/kind/",
    "/stores/harbour/settings/activity/",
    "/catalogue/",
)
Open = Callable[..., BrowserContext]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def signed(browser: Browser, live_server: LiveServer, ada_login: Login) -> Open:
    """A browser in which Ada, who owns, is signed in."""

    def opened(size: tuple[int, int], **options: Any) -> BrowserContext:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, base_url=live_server.url, **options
        )
        key = open_session(ada_login, actor=make.actor(ada_login)).key
        context.add_cookies([{"name": "td-staff", "value": key, "url": live_server.url}])
        return context

    return opened


@pytest.fixture
def world(acme: Customer, borealis: Customer, harbour: Store, meadow: Store, bea: Access, ada: Actor) -> None:
    """Somebody in every state, somebody to invite, somebody who cannot be."""
    for state in (State.DEACTIVATED, State.REQUESTED, State.CANCELLED):
        make.access(make.contact(acme), harbour, state=state)
    invite_contacts(harbour, [make.contact(acme).pk for _ in range(3)], actor=ada)
    late = Access.objects.filter(state=State.PENDING).earliest("pk")
    Access.objects.filter(pk=late.pk).update(invitation_expires_at=timezone.now() - timedelta(days=1))
    make.contact(borealis, first_name="Olaf", last_name="Open")
    make.contact(acme, first_name="Anna", last_name="Able")
    make.contact(acme, "", first_name="Nora", last_name="Nomail")


def _hear(said: list[str]) -> Callable[[ConsoleMessage], None]:
    return lambda message: said.append(message.text)


def violations(page: Page) -> list[str]:
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{one['id']}: {json.dumps([node['html'][:200] for node in one['nodes']])}" for one in found]


@pytest.mark.parametrize(("size", "scheme"), [(DESK, "light"), (PHONE, "dark")])
def test_every_page_is_accessible_quiet_and_fits(
    world: None, signed: Open, size: tuple[int, int], scheme: str
) -> None:
    context = signed(size, color_scheme=scheme)
    found: dict[str, object] = {}
    for address in PAGES:
        page = context.new_page()
        said: list[str] = []
        page.on("console", _hear(said))
        answer = page.goto(address)
        assert answer is not None
        problems = violations(page) + said
        width = page.evaluate("document.documentElement.scrollWidth")
        if problems or answer.status != 200 or width > size[0]:
            found[address] = (answer.status, width, problems)
        page.close()
    context.close()
    assert found == {}


def test_five_tabs_fit_a_phone(world: None, harbour: Store, bea: Access, signed: Open) -> None:
    Access.objects.filter(pk=bea.pk).update(tab=Tab.ERROR)
    TabCount.objects.update_or_create(store=harbour, tab=Tab.ERROR, defaults={"count": 1})
    context = signed(PHONE)
    page = context.new_page()
    page.goto("/stores/harbour/dashboard/")

    tabs = page.locator(".tabs a")
    assert tabs.count() == 5
    for tab in tabs.all():
        box = tab.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE[0]
    context.close()


def test_the_picker_keeps_what_was_picked_through_searches_and_counts_it(
    world: None, harbour: Store, signed: Open
) -> None:
    context = signed(DESK)
    page = context.new_page()
    page.goto("/stores/harbour/dashboard/")
    opener = page.get_by_role("link", name="Invite New Customers")
    opener.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Search contacts", exact=True).last).to_be_focused()

    page.get_by_label("Anna Able").check()
    expect(page.locator("[data-picked]")).to_have_text("1")
    page.keyboard.press("Shift+Tab")
    page.locator("#pq").fill("olaf")
    expect(page.get_by_text("Picked before")).to_be_visible()
    page.get_by_label("Olaf Open").check()
    expect(page.locator("[data-picked]")).to_have_text("2")
    assert violations(page) == []

    page.get_by_role("button", name="Invite").last.click()
    expect(page.locator(".toast")).to_contain_text("2 invitations to Harbour are on their way.")
    assert Access.objects.filter(store=harbour, state=State.PENDING).count() == 5
    context.close()


def test_a_person_is_deactivated_by_keyboard_and_brought_back_by_undo(
    world: None, bea: Access, signed: Open
) -> None:
    context = signed(DESK)
    page = context.new_page()
    page.goto("/stores/harbour/dashboard/")
    page.get_by_role("button", name="More actions for Bea Buyer").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("End")
    page.keyboard.press("Enter")

    expect(page.locator(".toast")).to_contain_text("Bea Buyer can no longer sign in.")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".toast")).to_contain_text("Bea Buyer can sign in again.")
    bea.refresh_from_db()
    assert bea.state == State.CURRENT
    context.close()


def test_without_script_one_can_search_pick_invite_and_ask_for_many(
    world: None, harbour: Store, signed: Open, bea_contact: Contact
) -> None:
    context = signed(DESK, java_script_enabled=False)
    page = context.new_page()
    page.goto("/stores/harbour/invite/")
    page.get_by_label("Anna Able").check()
    page.locator("#pq").fill("olaf")
    page.keyboard.press("Enter")
    assert page.get_by_label("Anna Able").is_checked()
    page.get_by_label("Olaf Open").check()
    page.locator("button.btn--primary").click()
    assert Access.objects.filter(store=harbour, state=State.PENDING).count() == 5

    page.goto("/stores/harbour/dashboard/")
    page.get_by_label("Select Bea Buyer").check()
    page.get_by_role("button", name="Deactivate customer").first.click()
    expect(page.get_by_role("heading", name="Deactivate 1 customer?")).to_be_visible()
    context.close()


def test_colours_are_measured_while_they_are_chosen(world: None, signed: Open) -> None:
    context = signed(DESK)
    page = context.new_page()
    page.goto("/stores/harbour/settings/look/")
    page.locator("#id_brand_colour").fill("#ffee88")

    expect(page.locator("#look-preview")).to_contain_text("too pale to read")
    expect(page.locator("#look-preview iframe")).to_have_attribute(
        "src", "/stores/harbour/settings/look/door/?brand=%23ffee88&accent=%23f4d58a"
    )
    expect(page.get_by_role("button", name="Save")).to_be_visible()
    context.close()
