"""The Error tab and the reasons in a real browser: accessible, fitting a phone, by keyboard, without script."""

import pytest
from playwright.sync_api import ViewportSize, expect

from tests import make
from tests.browser import DESK, PHONE, OpenPage, faults_of, on_both_screens
from tradedoor.access.actions.entering import sign_in_to_store
from tradedoor.access.actions.errors import raise_errors
from tradedoor.access.actions.invitations import invite_contacts
from tradedoor.access.actions.passwords import send_reset
from tradedoor.access.actions.switching import deactivate
from tradedoor.access.faults import Fault
from tradedoor.access.models import Access, ErrorReason, Tab
from tradedoor.access.sets import just
from tradedoor.accounts.errors import WrongPair
from tradedoor.accounts.models import Login
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Customer
from tradedoor.stores.models import Store

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = {
    "tab": "/stores/harbour/dashboard/?tab=error",
    "current": "/stores/harbour/dashboard/",
    "search": "/stores/harbour/dashboard/?q=acme",
    "all": "/access/?tab=error",
    "why": "/access/why/?q=bea",
    "name": "/access/why/?q=nr",
    "slip": "/access/why/?q=bea%40acme.exmaple",
    "empty": "/access/why/",
}
DATA = {
    "name": "Robin Long-Surname of the Harbour",
    "email": "robin.with.a.rather.long.address@subsidiary-of-acme-holding.example",
    "address": "contact@acme.example",
    "reply": "550 5.1.1 <contact@acme.example>: Recipient address rejected: User unknown in virtual table",
    "what": "moved",
}


@pytest.fixture
def world(acme: Customer, harbour: Store, meadow: Store, bea: Access, nils: Access, ada: Actor) -> None:
    """Somebody with each reason, one with several, and Bea who cannot get in."""
    rows = [make.access(make.contact(acme), harbour) for _ in ErrorReason]
    faults = [Fault(row.pk, reason, DATA) for row, reason in zip(rows, ErrorReason, strict=True)]
    raise_errors([*faults, Fault(rows[0].pk, ErrorReason.NO_EMAIL)], actor=ada)
    [invited] = invite_contacts(harbour, [make.contact(acme).pk], actor=ada).done
    raise_errors([Fault(invited, ErrorReason.UNDELIVERABLE, DATA)], actor=ada)
    make.access(bea.contact, meadow)
    deactivate(just(bea), actor=ada, reason="Left the company in spring")
    with pytest.raises(WrongPair):
        sign_in_to_store(harbour, "bea@acme.example", "wrong", actor=Actor.nobody(ip="198.51.100.3"))
    send_reset(meadow.pk, "bea@acme.example", actor=Actor.nobody())
    assert nils.pk


@pytest.mark.usefixtures("world")
@on_both_screens
def test_every_page_is_accessible_fits_and_says_nothing_on_the_console(
    open_page: OpenPage, ada_login: Login, harbour: Store, size: ViewportSize, scheme: str
) -> None:
    row = Access.objects.filter(store=harbour, tab=Tab.ERROR)[0]
    pages = {**PAGES, "assign": f"/stores/harbour/access/{row.public_id}/assign/"}
    assert faults_of(open_page(size, ada_login, scheme=scheme), pages) == {}


@pytest.mark.usefixtures("world")
def test_an_error_is_taken_on_given_away_and_cleared_by_its_menu(
    open_page: OpenPage, ada_login: Login, vic_login: Login
) -> None:
    page = open_page(DESK, ada_login)
    page.goto(PAGES["tab"])
    shared = page.get_by_role("row").filter(has_text="Login shared")
    shared.get_by_role("button", name="More actions").press("Enter")
    page.get_by_role("button", name="I am on it").press("Enter")
    expect(shared).to_contain_text("Ada Admin")

    shared.get_by_role("button", name="More actions").press("Enter")
    page.get_by_role("link", name="Give to a colleague").press("Enter")
    page.get_by_label("Who is on it").select_option("Vic Viewer")
    page.get_by_role("button", name="Save").press("Enter")
    expect(shared).to_contain_text("Vic Viewer")

    page.get_by_role("button", name="Clear error for all").click()

    expect(page.get_by_text("10 people are on Error no more.")).to_be_visible()


@pytest.mark.usefixtures("world")
def test_the_reasons_work_without_script(open_page: OpenPage, ada_login: Login) -> None:
    page = open_page(PHONE, ada_login, scripts=False)
    page.goto(PAGES["empty"])
    page.get_by_role("searchbox", name="Email or name").fill("bea@acme.example")
    page.get_by_role("button", name="Find out").click()

    page.get_by_role("button", name="Re-enable customer: Bea Buyer").click()

    expect(page.get_by_text("Nothing stands in the way")).to_be_visible()
