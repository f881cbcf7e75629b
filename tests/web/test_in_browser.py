"""The style guide in a real browser: accessibility, keyboard, phones, no script, forced colours."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser import DESK, PHONE, SMALL, OpenPage, faults, listen, on_both_screens
from tradedoor.crm.models import PriceTier

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

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


@pytest.fixture
def guide(settings: Any) -> str:
    settings.DEBUG = True
    settings.ROOT_URLCONF = "tests.web.page_urls"
    return "/dev/ui/"


def show(page: Page, address: str) -> Page:
    answer = page.goto(address)
    assert answer is not None
    assert answer.status == 200
    return page


@pytest.mark.parametrize("query", PAGES)
@on_both_screens
def test_every_frame_is_accessible_quiet_and_fits(
    open_page: OpenPage, guide: str, query: str, size: ViewportSize, scheme: str
) -> None:
    page = open_page(size, scheme=scheme)
    said = listen(page)
    show(page, guide + query)

    assert faults(page, query) == []
    assert [text for text in said if "autocomplete" not in text] == []


@pytest.mark.parametrize("query", ["", "?page=door", "?page=store"])
def test_nothing_scrolls_sideways_at_320_or_with_text_at_200_per_cent(
    open_page: OpenPage, guide: str, query: str
) -> None:
    for size, zoom in ((SMALL, 1), (DESK, 2)):
        page = show(open_page(size), guide + query)
        page.evaluate(f"document.documentElement.style.fontSize = '{zoom * 100}%'")
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_five_tabs_fit_a_phone(open_page: OpenPage, guide: str) -> None:
    page = show(open_page(PHONE), guide)
    boxes = [tab.bounding_box() for tab in page.locator(".tabs a").all()]
    assert len(boxes) == 5
    assert all(
        box and box["x"] >= 0 and box["x"] + box["width"] <= 390 and box["height"] >= 44 for box in boxes
    )


def test_menus_and_dialogs_work_by_keyboard_and_give_focus_back(open_page: OpenPage, guide: str) -> None:
    page = show(open_page(DESK), guide)
    opener = page.locator("[popovertarget=m-2]")

    opener.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.locator(":focus")).to_have_text("Send reset link")
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()

    invite = page.locator("[commandfor=invite][command=show-modal]").first
    invite.focus()
    page.keyboard.press("Enter")
    expect(page.locator("dialog#invite")).to_be_visible()
    expect(page.locator("#pq")).to_be_focused()
    assert faults(page) == []
    page.keyboard.press("Escape")
    expect(page.locator("dialog#invite")).to_be_hidden()
    expect(invite).to_be_focused()


def test_a_menu_opened_while_the_page_still_scrolls_to_its_button_stays_open_and_follows_it(
    open_page: OpenPage, guide: str
) -> None:
    page = show(open_page({"width": 1440, "height": 420}), guide)
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


def test_selecting_rows_shows_the_bulk_bar_and_counts(open_page: OpenPage, guide: str) -> None:
    page = show(open_page(DESK), guide)
    boxes = page.locator(".check[data-row]")

    expect(page.locator(".bulk")).to_be_hidden()
    boxes.nth(0).check()
    boxes.nth(2).click(modifiers=["Shift"])
    expect(page.locator(".bulk__n")).to_have_text("3 selected")
    assert page.locator("[data-all]").evaluate("box => box.indeterminate")
    page.locator(".bulk__all").click()
    expect(page.locator(".check[data-row]:checked")).to_have_count(boxes.count())
    expect(page.get_by_text("All 248 selected")).to_be_visible()
    page.locator("[data-clear]").click()
    expect(page.locator(".bulk")).to_be_hidden()


def test_without_script_menus_selection_and_the_side_still_work(open_page: OpenPage, guide: str) -> None:
    page = show(open_page(PHONE, scripts=False), guide)

    page.locator("[popovertarget=side]").click()
    expect(page.locator("#side")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator("[popovertarget=m-2]").click()
    expect(page.get_by_role("button", name="Deactivate customer").first).to_be_visible()
    page.keyboard.press("Escape")
    page.locator(".check[data-row]").first.check()
    expect(page.locator(".bulk")).to_be_visible()


def test_forced_colours_keep_what_colour_alone_said(open_page: OpenPage, guide: str) -> None:
    page = open_page(DESK)
    page.emulate_media(forced_colors="active")
    show(page, guide)
    page.locator(".check[data-row]").first.check()

    assert (
        page.locator(".check[data-row]").first.evaluate("box => getComputedStyle(box).appearance") == "auto"
    )
    assert (
        page.locator("tr:has(:checked)").last.evaluate("row => getComputedStyle(row).outlineStyle") == "solid"
    )


def test_a_password_can_be_shown_and_a_toast_leaves_an_undo(open_page: OpenPage, guide: str) -> None:
    page = show(open_page(DESK), guide + "?page=door")
    page.get_by_role("button", name="Show password").click()
    expect(page.locator("#id_password")).to_have_attribute("type", "text")
    expect(page.get_by_role("button", name="Hide password")).to_be_visible()

    page = show(open_page(DESK), guide)
    page.evaluate(
        "document.body.dispatchEvent(new CustomEvent('toast', {bubbles: true, detail: {text: '<b>Done', undo: '/u/'}}))"
    )
    toast = page.locator(".toasts .toast")
    expect(toast.locator("[data-text]")).to_have_text("<b>Done")
    expect(toast.locator("[data-undo]")).to_have_attribute("formaction", "/u/")


def test_moving_nothing_while_it_loads(open_page: OpenPage, guide: str) -> None:
    page, shifts = open_page(PHONE), []
    # What our own parts move they move each time; a busy machine may once paint half a page.
    for _load in range(3):
        show(page, guide)
        shifts.append(
            page.evaluate(
                """() => new Promise(done => { let sum = 0;
                new PerformanceObserver(list => { for (const e of list.getEntries()) sum += e.value; })
                  .observe({type: "layout-shift", buffered: true});
                setTimeout(() => done(sum), 300); })"""
            )
        )
    assert min(shifts) <= 0.01


def test_a_search_refreshes_the_table_and_the_address(open_page: OpenPage, guide: str) -> None:
    PriceTier.objects.bulk_create(
        PriceTier(name=name) for name in ("alder", "beech", "birch", "cedar", "elm", "fir", "oak")
    )
    page = open_page(DESK)
    said = listen(page)
    show(page, guide.replace("dev/ui/", "tiers/?tab=all"))

    page.get_by_label("Search tiers").last.fill("b")
    expect(page.locator("tbody tr")).to_have_count(2)
    expect(page).to_have_url(re.compile(r"/tiers/\?q=b&tab=all$"))
    page.get_by_label("Search tiers").last.fill("")
    expect(page.locator("tbody tr")).to_have_count(5)
    page.get_by_role("link", name="Next").click()
    expect(page.locator("tbody tr")).to_have_count(2)
    assert said == []


def test_a_form_opens_in_the_dialog_keeps_its_errors_and_ends_with_a_toast(
    open_page: OpenPage, guide: str
) -> None:
    page = show(open_page(DESK), guide.replace("dev/ui/", "tiers/"))

    page.get_by_role("link", name="Add", exact=True).click()
    expect(page.locator("dialog#dialog")).to_be_visible()
    expect(page.get_by_label("Name")).to_be_focused()
    assert faults(page) == []
    page.get_by_role("button", name="Add tier").click()
    expect(page.locator("dialog .errors")).to_be_focused()
    page.get_by_label("Name").fill("Gold")
    page.get_by_role("button", name="Add tier").click()
    expect(page.locator("dialog#dialog")).to_be_hidden()
    expect(page.locator(".toast")).to_contain_text("Tier added")


def test_a_request_that_fails_says_so(open_page: OpenPage, guide: str, settings: Any) -> None:
    settings.DEBUG = False  # else django-htmx shows Django's own page
    page = show(open_page(DESK), guide.replace("dev/ui/", "tiers/"))

    expect(page.locator("#trouble")).to_be_hidden()
    page.get_by_role("button", name="Lose").click()
    expect(page.locator("#trouble")).to_be_visible()
