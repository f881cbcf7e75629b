"""Deactivate, with more to say, in a real browser: accessible, fitting a phone, by keyboard, and with its receipt."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import ViewportSize, expect

from tests import make
from tests.browser import OpenPage, faults, listen, on_both_screens
from tradedoor.access.models import Access, State
from tradedoor.accounts.models import Login
from tradedoor.stores.models import Store

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@on_both_screens
def test_from_the_row_to_the_receipt_and_back(
    open_page: OpenPage,
    ada_login: Login,
    meadow: Store,
    bea: Access,
    size: ViewportSize,
    scheme: str,
) -> None:
    for state in (State.CURRENT, State.PENDING, State.REQUESTED):
        make.access(make.contact(bea.customer), bea.store, state=state)
    make.access(bea.contact, meadow)
    page = open_page(size, ada_login, scheme=scheme)
    said = listen(page)
    found = {}

    page.goto("/stores/harbour/dashboard/?q=bea")
    page.get_by_role("button", name="More actions for Bea Buyer").click()
    page.get_by_role("menuitem", name="Deactivate later or wider…").or_(
        page.get_by_role("link", name="Deactivate later or wider…")
    ).first.click()
    page.wait_for_url("**/more/**")
    found["form"] = faults(page, "wider-form")
    page.get_by_label("Re-enable on").fill(timezone.now().date().isoformat())
    page.get_by_role("button", name="Deactivate", exact=True).click()
    expect(page.locator(".errors")).to_be_focused()
    found["refused"] = faults(page, "wider-refused")
    page.get_by_label("Re-enable on").fill((timezone.now().date() + timedelta(days=30)).isoformat())
    page.get_by_role("radio", name="Everyone at Acme").check()
    page.get_by_label("Reason").fill("Closed for the season")
    page.get_by_role("button", name="Deactivate", exact=True).click()
    toast = page.locator("[data-toast]")
    expect(toast).to_contain_text("2 people can no longer sign in.")
    toast.hover()
    found["receipt"] = faults(page, "wider-receipt")
    page.goto("/stores/harbour/dashboard/?tab=deactivated")
    expect(page.get_by_text("Closed for the season").first).to_be_visible()
    expect(page.get_by_text("Back on").first).to_be_visible()
    found["rows"] = faults(page, "wider-rows")

    page.goto("/stores/harbour/dashboard/?q=bea")
    page.get_by_role("button", name="More actions for Bea Buyer").click()
    page.get_by_text("Re-enable customer").first.click()
    expect(toast).to_contain_text("Bea Buyer can sign in again, with the same password.")
    page.get_by_role("button", name="More actions for Bea Buyer").click()
    page.get_by_text("Deactivate customer").first.click()
    expect(toast.get_by_role("link", name="More…")).to_be_visible()
    toast.hover()  # it stays while somebody is on it
    found["toast"] = faults(page, "wider-toast")
    toast.get_by_role("link", name="More…").click()
    page.wait_for_url("**/more/**")
    found["already"] = faults(page, "wider-already")

    assert {name: what for name, what in found.items() if what} == {}
    # A refused form is answered 422, which the browser notes; nothing else may be said.
    assert [text for text in said if "422" not in text] == []
