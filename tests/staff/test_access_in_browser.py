"""The access screens in a real browser: accessible, fitting a phone, by keyboard, and without script."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import ViewportSize, expect

from tests import make
from tests.browser import DESK, PHONE, OpenPage, faults, faults_of, on_both_screens
from tradedoor.access.actions.invitations import invite_contacts
from tradedoor.access.models import Access, State, Tab, TabCount
from tradedoor.accounts.models import Login
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact, Customer
from tradedoor.stores.models import Store

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

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


@on_both_screens
def test_every_page_is_accessible_quiet_and_fits(
    world: None, open_page: OpenPage, ada_login: Login, size: ViewportSize, scheme: str
) -> None:
    page = open_page(size, ada_login, scheme=scheme)

    assert faults_of(page, {address: address for address in PAGES}) == {}


def test_five_tabs_fit_a_phone(
    world: None, harbour: Store, bea: Access, open_page: OpenPage, ada_login: Login
) -> None:
    Access.objects.filter(pk=bea.pk).update(tab=Tab.ERROR)
    TabCount.objects.update_or_create(store=harbour, tab=Tab.ERROR, defaults={"count": 1})
    page = open_page(PHONE, ada_login)
    page.goto("/stores/harbour/dashboard/")

    tabs = page.locator(".tabs a")
    expect(tabs).to_have_count(5)
    for tab in tabs.all():
        box = tab.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE["width"]


def test_the_picker_keeps_what_was_picked_through_searches_and_counts_it(
    world: None, harbour: Store, open_page: OpenPage, ada_login: Login
) -> None:
    page = open_page(DESK, ada_login)
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
    assert faults(page, "picked") == []

    page.get_by_role("button", name="Invite").last.click()
    expect(page.locator(".toast")).to_contain_text("2 invitations to Harbour are on their way.")
    assert Access.objects.filter(store=harbour, state=State.PENDING).count() == 5


def test_a_person_is_deactivated_by_keyboard_and_brought_back_by_undo(
    world: None, bea: Access, open_page: OpenPage, ada_login: Login
) -> None:
    page = open_page(DESK, ada_login)
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


def test_without_script_one_can_search_pick_invite_and_ask_for_many(
    world: None, harbour: Store, open_page: OpenPage, ada_login: Login, bea_contact: Contact
) -> None:
    page = open_page(DESK, ada_login, scripts=False)
    page.goto("/stores/harbour/invite/")
    page.get_by_label("Anna Able").check()
    page.locator("#pq").fill("olaf")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Olaf Open")).to_be_visible()
    expect(page.get_by_label("Anna Able")).to_be_checked()
    page.get_by_label("Olaf Open").check()
    page.locator("button.btn--primary").click()
    expect(page.locator(".toast")).to_contain_text("2 invitations to Harbour are on their way.")
    assert Access.objects.filter(store=harbour, state=State.PENDING).count() == 5

    page.goto("/stores/harbour/dashboard/")
    page.get_by_label("Select Bea Buyer").check()
    page.get_by_role("button", name="Deactivate customer").first.click()
    expect(page.get_by_role("heading", name="Deactivate 1 customer?")).to_be_visible()


def test_colours_are_measured_while_they_are_chosen(
    world: None, open_page: OpenPage, ada_login: Login
) -> None:
    page = open_page(DESK, ada_login)
    page.goto("/stores/harbour/settings/look/")
    page.locator("#id_brand_colour").fill("#ffee88")

    expect(page.locator("#look-preview")).to_contain_text("too pale to read")
    expect(page.locator("#look-preview iframe")).to_have_attribute(
        "src", "/stores/harbour/settings/look/door/?brand=%23ffee88&accent=%23f4d58a"
    )
    expect(page.get_by_role("button", name="Save")).to_be_visible()
