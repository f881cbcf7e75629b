"""Links, roles, compromised passwords, insights and history in a real browser."""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.staff.test_access_in_browser import (  # noqa: F401 - fixtures
    DESK,
    PHONE,
    Open,
    browser,
    signed,
    violations,
    world,
)
from tradedoor.access.models import Access
from tradedoor.stores.actions.counting import count_sign_in
from tradedoor.stores.models import SignInCount, Store

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SHOTS = os.environ.get("SHOTS", "")


@pytest.fixture
def pages(
    world: None,  # noqa: F811 - the fixture
    harbour: Store,
    bea: Access,
) -> dict[str, str]:
    """The pages by a short name each."""
    for _ in range(7):
        count_sign_in(harbour)
    today = SignInCount.objects.get().day
    for back in range(1, 45):
        SignInCount.objects.create(
            store=harbour, day=today.fromordinal(today.toordinal() - back), count=back % 9
        )
    here = f"/stores/harbour/access/{bea.public_id}"
    return {
        "dashboard": "/stores/harbour/dashboard/",
        "pending": "/stores/harbour/dashboard/?tab=pending",
        "seen": "/stores/harbour/dashboard/?tab=current&seen=recently",
        "links": "/stores/harbour/links/?q=",
        "role": f"{here}/role/",
        "compromised": f"{here}/compromised/",
        "insights": "/stores/harbour/insights/",
        "preview": "/stores/harbour/settings/invitation/preview/",
        "settings": "/stores/harbour/settings/invitation/",
        "activity": "/activity/?when=week",
        "help": "/help/activity/",
        "invite": "/stores/harbour/invite/?q=",
        "contact": f"/crm/contacts/{bea.contact.public_id}/",
    }


def require_good(page: Page, width: int, name: str) -> None:
    if SHOTS:
        Path(SHOTS).mkdir(exist_ok=True)
        page.screenshot(path=f"{SHOTS}/{name}_{width}.png", full_page=True)
    assert violations(page) == [], name
    assert page.evaluate("document.documentElement.scrollWidth") <= width, name


@pytest.mark.parametrize(("size", "scheme"), [(DESK, "light"), (PHONE, "dark")])
def test_every_page_is_accessible_and_fits(
    pages: dict[str, str],
    signed: Open,  # noqa: F811 - the fixture
    size: tuple[int, int],
    scheme: str,
) -> None:
    context = signed(size, color_scheme=scheme)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    for name, address in pages.items():
        page.goto(address)
        require_good(page, size[0], name)
    context.close()
    assert said == []


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_a_link_is_copied_and_a_menu_of_a_row_fits(
    pages: dict[str, str],
    signed: Open,  # noqa: F811 - the fixture
    size: tuple[int, int],
) -> None:
    context = signed(size)
    page = context.new_page()
    page.goto(pages["dashboard"])
    page.get_by_role("button", name="More actions for Bea Buyer").click()
    require_good(page, size[0], "menu")
    page.goto(pages["pending"])
    page.locator("tr", has_text="Queued").first.get_by_role("button", name="More actions for").click()
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_label("Link", exact=True)).to_have_value(re.compile(r"/s/harbour/join/[\w-]+/$"))
    require_good(page, size[0], "link")
    page.get_by_role("link", name="Done").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("B2B Dashboard")
    context.close()
