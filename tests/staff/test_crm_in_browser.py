"""The CRM's pages in a real browser: accessible, quiet, fitting a phone, usable by keyboard and without script."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from playwright.sync_api import ViewportSize, expect

from tests import make
from tests.browser import DESK, PHONE, OpenPage, faults, faults_of, on_both_screens
from tradedoor.access.actions.invitations import invite_contacts
from tradedoor.access.actions.merging import merge_contacts
from tradedoor.access.models import Access, State
from tradedoor.accounts.models import Login
from tradedoor.config.schedule import prepare_background
from tradedoor.core.actor import Actor
from tradedoor.crm.actions.customers import update_customer
from tradedoor.crm.models import Contact, Customer, CustomerTag, PriceTier
from tradedoor.mail.sending import Sender
from tradedoor.stores.models import Store

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

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


@pytest.fixture
def names(
    ada: Actor,
    ada_client: Client,
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
    ada_client.post(f"/crm/customers/{off.public_id}/status/", {"status": "inactive", "sure": "1"})
    ada_client.post(f"/crm/customers/{off.public_id}/status/", {"status": "active"})
    assert ended.customer == off
    twin, gone = _twins(acme, harbour, meadow, ada)
    checked = _uploaded(ada_client)
    ada_client.post(f"/crm/import/{checked}/", {"rows": "both", "c0": "code", "c1": "name", "c2": "status"})
    return {
        "acme": acme.public_id,
        "bea": bea.contact.public_id,
        "off": off.public_id,
        "twin": twin.public_id,
        "merged": gone.public_id,
        "file": _uploaded(ada_client),
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


def _uploaded(client: Client) -> str:
    sent = {"kind": "customers", "file": SimpleUploadedFile("customers.csv", FILE.encode())}
    found = re.search(r"/import/([^/]+)/", client.post("/crm/import/", sent).headers["Location"])
    assert found is not None
    return found[1]


@on_both_screens
def test_every_page_is_accessible_quiet_and_fits(
    open_page: OpenPage, ada_login: Login, names: dict[str, Any], size: ViewportSize, scheme: str
) -> None:
    addresses = {re.sub("[^a-z]+", "-", address): address.format(**names) for address in PAGES}

    assert faults_of(open_page(size, ada_login, scheme=scheme), addresses) == {}


@on_both_screens
def test_refusals_and_warnings_are_accessible_and_focus_the_first_error(
    open_page: OpenPage,
    ada_login: Login,
    ada: Actor,
    names: dict[str, Any],
    size: ViewportSize,
    scheme: str,
) -> None:
    page = open_page(size, ada_login, scheme=scheme)
    found = {}

    page.goto("/crm/customers/add/")
    page.fill("[name=code]", "acme")
    page.get_by_role("button", name="Add customer").click()
    expect(page.locator(".errors")).to_be_focused()
    expect(page.locator("#id_name_error")).to_be_visible()
    found["customer"] = faults(page, "error-customer")

    page.goto(f"/crm/customers/{names['acme']}/contacts/add/")
    page.fill("[name=last_name]", "Nord")
    page.fill("[name=email]", "nils@borealis.example")
    page.get_by_role("button", name="Add Contact").click()
    expect(page.locator("[name=confirmed]")).to_be_focused()
    found["elsewhere"] = faults(page, "warning-elsewhere")
    page.locator("[name=confirmed]").check()
    page.get_by_role("button", name="Add Contact").click()
    page.wait_for_url(re.compile(r"/crm/contacts/[0-9a-f-]{36}/$"))

    page.goto(f"/crm/customers/{names['acme']}/edit/")
    acme = Customer.objects.get(code="ACME")
    update_customer(acme, {"phone": "meanwhile"}, version=acme.version, actor=ada)
    page.fill("[name=phone]", "mine")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("changed this while you were editing")).to_be_visible()
    expect(page.locator("[name=phone]")).to_have_value("mine")
    found["clash"] = faults(page, "warning-clash")

    page.goto(f"/crm/customers/{names['acme']}/edit/")
    page.select_option("[name=status]", "inactive")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("[name=sure]")).to_be_visible()
    found["ending"] = faults(page, "warning-ending")

    page.goto(f"/crm/import/{names['file']}/")
    page.select_option("[name=c3]", "name")
    page.get_by_role("button", name="Check the file").click()
    expect(page.locator("#id_c3_error")).to_be_visible()
    found["mapping"] = faults(page, "error-mapping")

    assert {place: what for place, what in found.items() if what} == {}


@on_both_screens
def test_bulk_menus_and_confirmations(
    open_page: OpenPage,
    ada_login: Login,
    names: dict[str, Any],
    size: ViewportSize,
    scheme: str,
) -> None:
    page = open_page(size, ada_login, scheme=scheme)
    found = {}
    page.goto("/crm/customers/")
    page.get_by_label("Select Acme").check()
    page.get_by_label("Select Borealis").check()
    found["bar"] = faults(page, "bulk-bar")
    page.get_by_role("button", name="Set status").click()
    expect(page.locator("[name=status]")).to_be_visible()
    found["status"] = faults(page, "bulk-status")
    page.select_option("[name=status]", "inactive")
    page.get_by_role("button", name="Set status").click()
    expect(page.get_by_role("button", name="Make inactive")).to_be_visible()
    found["ending"] = faults(page, "bulk-ending")
    page.goto(f"/crm/customers/{names['acme']}/details/")
    page.get_by_role("button", name="More actions for Acme").click()
    expect(page.locator(".menu:popover-open")).to_be_visible()
    found["menu"] = faults(page, "menu")

    assert {place: what for place, what in found.items() if what} == {}


def test_a_merge_is_read_from_its_top(open_page: OpenPage, ada_login: Login, names: dict[str, Any]) -> None:
    page = open_page(PHONE, ada_login)
    page.goto("/crm/contacts/{bea}/merge/?with={twin}".format(**names))
    expect(page.get_by_role("button", name="Merge into Bea")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollHeight > innerHeight && scrollY === 0")


def test_typing_in_the_search_narrows_the_list_and_the_address(
    open_page: OpenPage, ada_login: Login, names: dict[str, Any]
) -> None:
    page = open_page(DESK, ada_login)
    page.goto("/crm/contacts/")

    page.get_by_label("Search contacts").last.press_sequentially("bea buy")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile("q=bea.*buy"))


def test_without_script_rows_are_added_and_enter_saves(
    open_page: OpenPage, ada_login: Login, names: dict[str, Any]
) -> None:
    page = open_page(PHONE, ada_login, scripts=False)
    page.goto("/crm/customers/add/")
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
