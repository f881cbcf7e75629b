"""The pages of a store in a real browser: accessibility at two widths, no script, keyboard, the way in."""

import re

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests import make
from tests.browser import DESK, PHONE, SMALL, OpenPage, faults, faults_of
from tradedoor.access.actions.invitations import invite_contact
from tradedoor.access.models import Access
from tradedoor.accounts.models import OneTimeLink
from tradedoor.accounts.tokens import token_of
from tradedoor.catalog.models import Product
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Customer
from tradedoor.stores.models import Store

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

sizes = pytest.mark.parametrize("size", [DESK, PHONE, SMALL], ids=["desk", "phone", "small"])


def enter(page: Page, email: str = "bea@acme.example") -> None:
    page.goto("/s/harbour/login/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(make.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Hello")


@sizes
def test_every_page_is_accessible_quiet_and_fits(
    open_page: OpenPage, bea: Access, pot: Product, size: ViewportSize
) -> None:
    page = open_page(size)
    doors = ("login/", "password/forgot/")
    rooms = ("", "catalogue/", "catalogue/?category=garden/pots", "catalogue/?q=zzz", f"catalogue/{pot.public_id}/",
             "account/", "account/password/")  # fmt: skip

    assert faults_of(page, {path: f"/s/harbour/{path}" for path in doors}) == {}
    enter(page)
    assert faults_of(page, {path or "home": f"/s/harbour/{path}" for path in rooms}) == {}


def test_what_went_wrong_is_accessible_too(open_page: OpenPage, bea: Access, harbour: Store) -> None:
    page = open_page(PHONE)
    page.goto("/s/harbour/login/")
    page.get_by_label("Email").fill("bea@acme.example")
    page.get_by_label("Password", exact=True).fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page).to_have_title(re.compile("^Error:"))
    assert faults(page, "wrong") == []
    for path in ("nothing/", "join/", "password/reset/"):
        page.goto(f"/s/harbour/{path}")
        assert faults(page, path) == []


@pytest.mark.parametrize("scripts", ["scripts", "no scripts"])
def test_an_invited_person_joins_looks_around_and_signs_out(
    open_page: OpenPage, harbour: Store, acme: Customer, pot: Product, ada: Actor, scripts: str
) -> None:
    access = invite_contact(harbour, make.contact(acme, "kim@acme.example", first_name="Kim"), actor=ada)
    token = token_of(OneTimeLink.objects.get(access_id=access.pk))
    page = open_page(DESK, scripts=scripts == "scripts")

    page.goto(f"/s/harbour/join/{token}/")
    expect(page).to_have_url(re.compile("/s/harbour/join/$"))
    page.get_by_label("Choose a password").fill("nine copper lanterns")
    page.get_by_role("button", name="Join Now").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hello, Kim")
    page.get_by_role("link", name="Garden").first.click()
    page.get_by_role("link", name="Clay <b>pot</b>").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Clay <b>pot</b>")
    page.get_by_role("button", name="Your account").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out")).to_be_visible()


def test_the_way_in_needs_no_mouse(open_page: OpenPage, bea: Access) -> None:
    page = open_page(DESK)
    page.goto("/s/harbour/login/")
    page.get_by_label("Email").focus()
    page.keyboard.type("bea@acme.example")
    page.keyboard.press("Tab")
    while page.evaluate("document.activeElement.id") != "id_password":
        page.keyboard.press("Tab")
    page.keyboard.type(make.PASSWORD)
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Hello, Bea")


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_one_changes_over_to_another_store_in_the_header(
    open_page: OpenPage, bea: Access, meadow: Store, size: ViewportSize
) -> None:
    make.access(bea.contact, meadow, login=bea.login)
    page = open_page(size)
    enter(page)
    page.get_by_role("button", name="Your account").click()
    expect(page.get_by_role("button", name="Go to Meadow, for Acme")).to_be_visible()
    assert faults(page, "switcher") == []
    page.get_by_role("button", name="Go to Meadow, for Acme").click()
    expect(page).to_have_url(re.compile("/s/meadow/$"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Hello")
