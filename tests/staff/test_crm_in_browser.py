"""The CRM's pages in a real browser: accessible, quiet, fitting a phone, usable by keyboard and without script.

With `TRADEDOOR_SHOTS` naming a folder each page is also kept there as a picture.
"""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from tests import make
from tradedoor.access.actions.invitations import invite_contacts
from tradedoor.access.actions.merging import merge_contacts
from tradedoor.access.models import Access, State
from tradedoor.accounts.actions.sessions import open_session
from tradedoor.accounts.models import Login
from tradedoor.config.schedule import prepare_background
from tradedoor.core.actor import Actor
from tradedoor.crm.actions.customers import update_customer
from tradedoor.crm.models import Contact, Customer, CustomerTag, PriceTier
from tradedoor.mail.sending import Sender
from tradedoor.stores.models import Store

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
DESK: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
SHOTS = os.environ.get("SHOTS", "")
FILE = "Customer code,Company,Status,City\nVIA,Viale Group,active,Porto\nACME,Acme,active,Hull\nBAD,Bad,asleep,Rome\n"
PAGES = (
    "/crm/customers/",
    "/crm/customers/?q=nothing+like+it",
    "/crm/customers/?status=active&sort=new",
    "/crm/customers/add/",
    "/crm/customers/{acme}/details/",
    "/crm/customers/{acme}/edit/",
    "/crm/customers/{acme}/departments/",
    "/crm/customers/{acme}/departments/add/",
    "/crm/customers/{acme}/contacts/",
    "/crm/customers/{acme}/contacts/add/",
    "/crm/customers/{acme}/estore/",
    "/crm/customers/{acme}/orders/",
    "/crm/customers/{acme}/activity/",
    "/crm/customers/{acme}/archive/",
    "/crm/customers/{off}/reenable/",
    "/crm/customers/{acme}/merge/",
    "/crm/customers/{acme}/merge/?with={off}",
    "/crm/customers/{off}/estore/",
    "/crm/price-tiers/add/",
    "/crm/contacts/",
    "/crm/contacts/?email=none",
    "/crm/contacts/add/",
    "/crm/contacts/{bea}/",
    "/crm/contacts/{bea}/edit/",
    "/crm/contacts/{bea}/activity/",
    "/crm/contacts/{bea}/archive/",
    "/crm/contacts/{bea}/move/",
    "/crm/contacts/{bea}/merge/",
    "/crm/contacts/{bea}/merge/?with={twin}",
    "/crm/contacts/{merged}/",
    "/crm/import/",
    "/crm/import/{file}/",
    "/crm/import/{checked}/preview/",
    "/crm/import/{checked}/preview/?status=refused",
)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def names(
    live_server: LiveServer,
    ada: Actor,
    ada_login: Login,
    harbour: Store,
    meadow: Store,
    bea: Access,
    nils_contact: Contact,
) -> dict[str, Any]:
    """Something on every page."""
    prepare_background()
    PriceTier.objects.create(name="Trade A")
    acme = update_customer(bea.customer, _rich(ada), version=bea.customer.version, actor=ada)
    make.access(bea.contact, meadow, state=State.DEACTIVATED)
    make.contact(acme, "", first_name="Otto", last_name="Ohnemail", job_title="Storeman")
    invite_contacts(harbour, [nils_contact.pk], actor=ada)
    Sender().send_some()
    for number, name in enumerate(("Maison Verte", "Ostrow Fabrication", "Viale Group", "Kornmann AG")):
        other = make.customer(name, code=f"K{number}", status=list(Customer.Status.values)[number])
        make.contact(other, f"person@k{number}.example", first_name="Camille", last_name=name.split()[0])
        CustomerTag.objects.create(customer=other, label="north")
    off = make.customer("Northline Logistics", code="NL")
    ended = make.access(make.contact(off, "farah@northline.example", first_name="Farah"), harbour)
    browser = Client()
    browser.cookies["td-staff"] = open_session(ada_login, actor=ada).key
    browser.post(f"/crm/customers/{off.public_id}/status/", {"status": "inactive", "sure": "1"})
    browser.post(f"/crm/customers/{off.public_id}/status/", {"status": "active"})
    assert ended.customer == off
    twin, gone = _twins(acme, harbour, meadow, ada)
    checked = _uploaded(browser)
    browser.post(f"/crm/import/{checked}/", {"rows": "both", "c0": "code", "c1": "name", "c2": "status"})
    return {
        "acme": acme.public_id,
        "bea": bea.contact.public_id,
        "off": off.public_id,
        "twin": twin.public_id,
        "merged": gone.public_id,
        "file": _uploaded(browser),
        "checked": checked,
    }


def _twins(acme: Customer, harbour: Store, meadow: Store, ada: Actor) -> tuple[Contact, Contact]:
    """Bea again, who has accesses of her own, and somebody who was merged."""
    twin = make.contact(
        acme, "b.boyer@acme.example", first_name="Beatrice", last_name="Boyer", phone="+44 20 5550 0101"
    )
    make.access(twin, harbour)
    make.access(twin, make.store("Trade"), state=State.PENDING)
    make.access(twin, meadow)
    one, gone = make.contact(acme, "ida@acme.example"), make.contact(acme, "i@acme.example")
    merge_contacts(one, [gone], chosen={}, seen={one.pk: 1, gone.pk: 1}, actor=ada)
    return twin, gone


def _rich(ada: Actor) -> Any:
    return {
        "phone": "01632 960123",
        "email": "office@acme.example",
        "website": "acme.example",
        "payment_terms": "30 days net",
        "currency": "GBP",
        "account_manager_id": ada.login_id,
        "tags": ["key account", "north"],
        "notes": "Rings before delivery.\nGate code at the desk.",
        "own_fields": {"Route": "7"},
        "billing": {"line1": "1 Quay", "postcode": "HU1 1AA", "city": "Hull", "country": "United Kingdom"},
        "deliveries": [
            {"label": "Depot", "line1": "2 Dock", "city": "Hull"},
            {"line1": "3 Dock", "city": "Hull"},
        ],
    }


def _uploaded(browser: Client) -> str:
    sent = {"kind": "customers", "file": SimpleUploadedFile("customers.csv", FILE.encode())}
    found = re.search(r"/import/([^/]+)/", browser.post("/crm/import/", sent).headers["Location"])
    assert found is not None
    return found[1]


def inside(chromium: Browser, live_server: LiveServer, login: Login, **options: Any) -> BrowserContext:
    context = chromium.new_context(**options)
    key = open_session(login, actor=make.actor(login)).key
    context.add_cookies([{"name": "td-staff", "value": key, "url": live_server.url}])
    return context


def faults(page: Page, width: int) -> list[str]:
    found = [
        f"{one['id']}: {json.dumps([node['html'][:200] for node in one['nodes']])}"
        for one in Axe().run(page, options=RULES).response["violations"]
    ]
    if page.evaluate("document.documentElement.scrollWidth") > width:
        found.append("scrolls sideways")
    return found


def keep(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


@pytest.mark.parametrize(("size", "scheme"), [(DESK, "light"), (PHONE, "dark")])
def test_every_page_is_accessible_quiet_and_fits(
    chromium: Browser,
    live_server: LiveServer,
    ada_login: Login,
    names: dict[str, Any],
    size: Any,
    scheme: Any,
) -> None:
    context = inside(chromium, live_server, ada_login, viewport=size, color_scheme=scheme)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))

    found = {}
    for number, address in enumerate(PAGES):
        said.clear()
        answer = page.goto(live_server.url + address.format(**names))
        found[address] = faults(page, size["width"]) + said
        if answer is not None and answer.status != 200:
            found[address].append(f"answered {answer.status}")
        keep(page, f"{size['width']}-{number:02}-{re.sub('[^a-z]+', '-', address)}")
    context.close()

    assert {address: what for address, what in found.items() if what} == {}


@pytest.mark.parametrize(("size", "scheme"), [(DESK, "light"), (PHONE, "dark")])
def test_refusals_and_warnings_are_accessible_and_focus_the_first_error(
    chromium: Browser,
    live_server: LiveServer,
    ada_login: Login,
    ada: Actor,
    names: dict[str, Any],
    size: Any,
    scheme: Any,
) -> None:
    context = inside(chromium, live_server, ada_login, viewport=size, color_scheme=scheme)
    page = context.new_page()
    found = {}

    page.goto(f"{live_server.url}/crm/customers/add/")
    page.fill("[name=code]", "acme")
    page.get_by_role("button", name="Add customer").click()
    expect(page.locator(".errors")).to_be_focused()
    expect(page.locator("#id_name_error")).to_be_visible()
    found["customer"] = faults(page, size["width"])
    keep(page, f"{size['width']}-error-customer")

    page.goto(f"{live_server.url}/crm/customers/{names['acme']}/contacts/add/")
    page.fill("[name=last_name]", "Nord")
    page.fill("[name=email]", "nils@borealis.example")
    page.get_by_role("button", name="Add Contact").click()
    expect(page.locator("[name=confirmed]")).to_be_focused()
    found["elsewhere"] = faults(page, size["width"])
    keep(page, f"{size['width']}-warning-elsewhere")
    page.locator("[name=confirmed]").check()
    page.wait_for_timeout(3100)  # the guard against double clicks has passed
    page.get_by_role("button", name="Add Contact").click()
    page.wait_for_url(re.compile(r"/crm/contacts/[0-9a-f-]{36}/$"))

    page.goto(f"{live_server.url}/crm/customers/{names['acme']}/edit/")
    acme = Customer.objects.get(code="ACME")
    update_customer(acme, {"phone": "meanwhile"}, version=acme.version, actor=ada)
    page.fill("[name=phone]", "mine")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("changed this while you were editing")).to_be_visible()
    expect(page.locator("[name=phone]")).to_have_value("mine")
    found["clash"] = faults(page, size["width"])
    keep(page, f"{size['width']}-warning-clash")

    page.goto(f"{live_server.url}/crm/customers/{names['acme']}/edit/")
    page.select_option("[name=status]", "inactive")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("[name=sure]")).to_be_visible()
    found["ending"] = faults(page, size["width"])
    keep(page, f"{size['width']}-warning-ending")

    page.goto(f"{live_server.url}/crm/import/{names['file']}/")
    page.select_option("[name=c3]", "name")
    page.get_by_role("button", name="Check the file").click()
    expect(page.locator("#id_c3_error")).to_be_visible()
    found["mapping"] = faults(page, size["width"])
    keep(page, f"{size['width']}-error-mapping")
    context.close()

    assert {place: what for place, what in found.items() if what} == {}


@pytest.mark.parametrize(("size", "scheme"), [(DESK, "light"), (PHONE, "light")])
def test_bulk_menus_and_confirmations(
    chromium: Browser,
    live_server: LiveServer,
    ada_login: Login,
    names: dict[str, Any],
    size: Any,
    scheme: Any,
) -> None:
    context = inside(chromium, live_server, ada_login, viewport=size, color_scheme=scheme)
    page = context.new_page()
    found = {}
    page.goto(f"{live_server.url}/crm/customers/")
    page.get_by_label("Select Acme").check()
    page.get_by_label("Select Borealis").check()
    found["bar"] = faults(page, size["width"])
    keep(page, f"{size['width']}-bulk-bar")
    page.get_by_role("button", name="Set status").click()
    keep(page, f"{size['width']}-bulk-status")
    found["status"] = faults(page, size["width"])
    page.select_option("[name=status]", "inactive")
    page.get_by_role("button", name="Set status").click()
    expect(page.get_by_role("button", name="Make inactive")).to_be_visible()
    found["ending"] = faults(page, size["width"])
    keep(page, f"{size['width']}-bulk-ending")
    page.goto(f"{live_server.url}/crm/customers/{names['acme']}/details/")
    page.get_by_role("button", name="More actions for Acme").click()
    keep(page, f"{size['width']}-menu")
    found["menu"] = faults(page, size["width"])
    context.close()

    assert {place: what for place, what in found.items() if what} == {}


def test_typing_in_the_search_narrows_the_list_and_the_address(
    chromium: Browser, live_server: LiveServer, ada_login: Login, names: dict[str, Any]
) -> None:
    context = inside(chromium, live_server, ada_login, viewport=DESK)
    page = context.new_page()
    page.goto(f"{live_server.url}/crm/contacts/")

    page.get_by_label("Search contacts").last.press_sequentially("bea buy")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile("q=bea.*buy"))
    context.close()


def test_without_script_rows_are_added_and_enter_saves(
    chromium: Browser, live_server: LiveServer, ada_login: Login, names: dict[str, Any]
) -> None:
    context = inside(chromium, live_server, ada_login, viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}/crm/customers/add/")
    page.fill("[name=name]", "By hand")

    page.get_by_role("button", name="Add delivery address").click()
    expect(page.locator("[name=delivery-0-label]")).to_be_focused()
    page.get_by_role("button", name="Add delivery address").click()
    page.fill("[name=delivery-1-line1]", "Dock 9")
    page.get_by_role("button", name="Remove delivery address 1").click()
    expect(page.locator("[name=delivery-0-line1]")).to_have_value("Dock 9")
    page.press("[name=phone]", "Enter")
    page.wait_for_url("**/details/")

    made = Customer.objects.get(name="By hand")
    assert [place.line1 for place in made.addresses.all()] == ["Dock 9"]
    context.close()
