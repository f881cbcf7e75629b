"""The style guide in a real browser: accessibility, keyboard, phones, no script, forced colours."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from tradedoor.crm.models import PriceTier

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
DESK, PHONE, SMALL = (1440, 900), (390, 844), (320, 700)
PAGES = (
    "",
    "?state=job",
    "?state=error",
    "?page=door",
    "?page=door&state=error",
    "?page=store",
    "?page=plain",
    "?page=error",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def guide(live_server: LiveServer, settings: Any) -> str:
    settings.DEBUG = True
    settings.ROOT_URLCONF = "tests.web.page_urls"
    return f"{live_server.url}/dev/ui/"


def opened(browser: Browser, address: str, size: tuple[int, int], **options: Any) -> tuple[Page, list[str]]:
    page = browser.new_page(viewport={"width": size[0], "height": size[1]}, **options)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    answer = page.goto(address)
    assert answer is not None
    assert answer.status == 200
    page.evaluate("document.fonts.ready")
    return page, [text for text in said if "autocomplete" not in text]


def violations(page: Page) -> list[str]:
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{one['id']}: {json.dumps([node['html'][:200] for node in one['nodes']])}" for one in found]


@pytest.mark.parametrize("query", PAGES)
@pytest.mark.parametrize(("size", "scheme"), [(DESK, "light"), (PHONE, "dark")])
def test_every_frame_is_accessible_quiet_and_fits(
    browser: Browser, guide: str, query: str, size: tuple[int, int], scheme: Any
) -> None:
    page, said = opened(browser, guide + query, size, color_scheme=scheme)
    try:
        assert violations(page) == []
        assert said == []
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    finally:
        page.close()


@pytest.mark.parametrize("query", ["", "?page=door", "?page=store"])
def test_nothing_scrolls_sideways_at_320_or_with_text_at_200_per_cent(
    browser: Browser, guide: str, query: str
) -> None:
    for size, zoom in ((SMALL, 1), (DESK, 2)):
        page, _said = opened(browser, guide + query, size)
        page.evaluate(f"document.documentElement.style.fontSize = '{zoom * 100}%'")
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        page.close()


def test_five_tabs_fit_a_phone(browser: Browser, guide: str) -> None:
    page, _said = opened(browser, guide, PHONE)
    boxes = [tab.bounding_box() for tab in page.locator(".tabs a").all()]
    assert len(boxes) == 5
    assert all(
        box and box["x"] >= 0 and box["x"] + box["width"] <= 390 and box["height"] >= 44 for box in boxes
    )
    page.close()


def test_menus_and_dialogs_work_by_keyboard_and_give_focus_back(browser: Browser, guide: str) -> None:
    page, _said = opened(browser, guide, DESK)
    opener = page.locator("[popovertarget=m-2]")

    opener.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.textContent.trim()") == "Send reset link"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.getAttribute('popovertarget')") == "m-2"

    invite = page.locator("[commandfor=invite][command=show-modal]").first
    invite.focus()
    page.keyboard.press("Enter")
    assert page.locator("dialog#invite").is_visible()
    assert page.evaluate("document.activeElement.id") == "pq"
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(page.locator("dialog#invite")).to_be_hidden()
    assert page.evaluate("document.activeElement.getAttribute('commandfor')") == "invite"
    page.close()


def test_a_menu_opened_while_the_page_still_scrolls_to_its_button_stays_open_and_follows_it(
    browser: Browser, guide: str
) -> None:
    page, _said = opened(browser, guide, (1440, 420))
    menu, button = page.locator("#m-2"), page.locator("[popovertarget=m-2]")
    assert page.evaluate("scrollY") == 0
    page.evaluate(
        """() => new Promise(done => {
        addEventListener("scroll", () => requestAnimationFrame(done), {once: true});
        const button = document.querySelector("[popovertarget=m-2]"); button.focus(); button.click(); })"""
    )
    assert page.evaluate("scrollY") > 0
    expect(menu).to_be_visible()

    page.evaluate("scrollBy(0, 20)")
    page.wait_for_function(
        """() => { const [m, b] = ["#m-2", "[popovertarget=m-2]"].map(s => document.querySelector(s).getBoundingClientRect());
        return Math.min(Math.abs(m.top - b.bottom), Math.abs(b.top - m.bottom)) < 9; }"""
    )
    button.evaluate("button => scrollBy(0, button.getBoundingClientRect().top + 100)")
    expect(menu).to_be_hidden()
    page.close()


def test_selecting_rows_shows_the_bulk_bar_and_counts(browser: Browser, guide: str) -> None:
    page, _said = opened(browser, guide, DESK)
    boxes = page.locator(".check[data-row]")

    assert not page.locator(".bulk").is_visible()
    boxes.nth(0).check()
    boxes.nth(2).click(modifiers=["Shift"])
    assert page.locator(".bulk__n").inner_text() == "3 selected"
    assert page.locator("[data-all]").evaluate("box => box.indeterminate")
    page.locator(".bulk__all").click()
    assert page.locator(".check[data-row]:checked").count() == boxes.count()
    assert "All 248 selected" in page.locator(".bulk").inner_text()
    page.locator("[data-clear]").click()
    assert not page.locator(".bulk").is_visible()
    page.close()


def test_without_script_menus_selection_and_the_side_still_work(browser: Browser, guide: str) -> None:
    page, _said = opened(browser, guide, PHONE, java_script_enabled=False)

    page.locator("[popovertarget=side]").click()
    assert page.locator("#side").is_visible()
    page.keyboard.press("Escape")
    page.locator("[popovertarget=m-2]").click()
    assert page.get_by_role("button", name="Deactivate customer").first.is_visible()
    page.keyboard.press("Escape")
    page.locator(".check[data-row]").first.check()
    assert page.locator(".bulk").is_visible()
    page.close()


def test_forced_colours_keep_what_colour_alone_said(browser: Browser, guide: str) -> None:
    page, _said = opened(browser, guide, DESK, forced_colors="active")
    page.locator(".check[data-row]").first.check()

    assert (
        page.locator(".check[data-row]").first.evaluate("box => getComputedStyle(box).appearance") == "auto"
    )
    assert (
        page.locator("tr:has(:checked)").last.evaluate("row => getComputedStyle(row).outlineStyle") == "solid"
    )
    page.close()


def test_a_password_can_be_shown_and_a_toast_leaves_an_undo(browser: Browser, guide: str) -> None:
    page, _said = opened(browser, guide + "?page=door", DESK)
    page.get_by_role("button", name="Show password").click()
    assert page.locator("#id_password").get_attribute("type") == "text"
    assert page.get_by_role("button", name="Hide password").is_visible()
    page.close()

    page, _said = opened(browser, guide, DESK)
    page.evaluate(
        "document.body.dispatchEvent(new CustomEvent('toast', {bubbles: true, detail: {text: '<b>Done', undo: '/u/'}}))"
    )
    toast = page.locator(".toasts .toast")
    assert toast.locator("[data-text]").inner_text() == "<b>Done"
    assert toast.locator("[data-undo]").get_attribute("formaction") == "/u/"
    page.close()


def test_moving_nothing_while_it_loads(browser: Browser, guide: str) -> None:
    page, _said = opened(browser, guide, PHONE)
    shift = page.evaluate(
        """() => new Promise(done => { let sum = 0;
        new PerformanceObserver(list => { for (const e of list.getEntries()) sum += e.value; })
          .observe({type: "layout-shift", buffered: true});
        setTimeout(() => done(sum), 300); })"""
    )
    assert shift <= 0.01
    page.close()


def test_a_search_refreshes_the_table_and_the_address(browser: Browser, guide: str) -> None:
    PriceTier.objects.bulk_create(
        PriceTier(name=name) for name in ("alder", "beech", "birch", "cedar", "elm", "fir", "oak")
    )
    page, said = opened(browser, guide.replace("dev/ui/", "tiers/?tab=all"), DESK)

    page.get_by_label("Search tiers").last.fill("b")
    expect(page.locator("tbody tr")).to_have_count(2)
    assert page.url.endswith("/tiers/?q=b&tab=all")
    page.get_by_label("Search tiers").last.fill("")
    expect(page.locator("tbody tr")).to_have_count(5)
    page.get_by_role("link", name="Next").click()
    expect(page.locator("tbody tr")).to_have_count(2)
    assert said == []
    page.close()


def test_a_form_opens_in_the_dialog_keeps_its_errors_and_ends_with_a_toast(
    browser: Browser, guide: str
) -> None:
    page, _said = opened(browser, guide.replace("dev/ui/", "tiers/"), DESK)

    page.get_by_role("link", name="Add", exact=True).click()
    expect(page.locator("dialog#dialog")).to_be_visible()
    expect(page.get_by_label("Name")).to_be_focused()
    assert violations(page) == []
    page.get_by_role("button", name="Add tier").click()
    expect(page.locator("dialog .errors")).to_be_focused()
    page.wait_for_timeout(3100)  # the guard against double clicks has passed
    page.get_by_label("Name").fill("Gold")
    page.get_by_role("button", name="Add tier").click()
    expect(page.locator("dialog#dialog")).to_be_hidden()
    expect(page.locator(".toast")).to_contain_text("Tier added")
    page.close()


def test_a_request_that_fails_says_so(browser: Browser, guide: str, settings: Any) -> None:
    settings.DEBUG = False  # else django-htmx shows Django's own page
    page, _said = opened(browser, guide.replace("dev/ui/", "tiers/"), DESK)

    assert not page.locator("#trouble").is_visible()
    page.get_by_role("button", name="Lose").click()
    expect(page.locator("#trouble")).to_be_visible()
    page.close()
