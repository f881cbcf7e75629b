"""Links, roles, compromised passwords, insights and history in a real browser."""

import re

import pytest
from playwright.sync_api import ViewportSize, expect

from tests.browser import OpenPage, faults, faults_of, on_both_screens
from tests.staff.test_access_in_browser import world  # noqa: F401 - a fixture
from tradedoor.access.models import Access
from tradedoor.accounts.models import Login
from tradedoor.stores.actions.counting import count_sign_in
from tradedoor.stores.models import SignInCount, Store

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


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


@on_both_screens
def test_every_page_is_accessible_and_fits(
    pages: dict[str, str], open_page: OpenPage, ada_login: Login, size: ViewportSize, scheme: str
) -> None:
    assert faults_of(open_page(size, ada_login, scheme=scheme), pages) == {}


@on_both_screens
def test_a_link_is_copied_and_a_menu_of_a_row_fits(
    pages: dict[str, str], open_page: OpenPage, ada_login: Login, size: ViewportSize, scheme: str
) -> None:
    page = open_page(size, ada_login, scheme=scheme)
    page.goto(pages["dashboard"])
    page.get_by_role("button", name="More actions for Bea Buyer").click()
    expect(page.locator(".menu:popover-open")).to_be_visible()
    assert faults(page, "menu") == []
    page.goto(pages["pending"])
    page.locator("tr", has_text="Queued").first.get_by_role("button", name="More actions for").click()
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_label("Link", exact=True)).to_have_value(re.compile(r"/s/harbour/join/[\w-]+/$"))
    assert faults(page, "link") == []
    page.get_by_role("link", name="Done").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("B2B Dashboard")
