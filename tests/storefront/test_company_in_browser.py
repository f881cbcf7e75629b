"""Company, People in a real browser: every page at two widths, and the way of a colleague from invited to back."""

import re

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests import make
from tests.browser import DESK, PHONE, OpenPage, faults, faults_of
from tests.registration.people import confirmed, form, ruled, typed
from tests.storefront.test_in_browser import enter
from tradedoor.access.models import Access, Role, State
from tradedoor.core.actor import Actor
from tradedoor.crm.actions.departments import create_department
from tradedoor.crm.models import Customer
from tradedoor.mail.models import MailMessage
from tradedoor.mail.rendering import render
from tradedoor.registration.actions.links import link_for
from tradedoor.registration.models import Approval
from tradedoor.stores.models import Store

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

sizes = pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
PEOPLE = "/s/harbour/company/people/"
CARA = "cara@acme.example"


@pytest.fixture
def asking(acme: Customer, harbour: Store, ada: Actor) -> Access:
    """Olga, who waits for the customer's own admins."""
    ruled(harbour, ada, approval=Approval.ADMINS)
    link = link_for(harbour, acme, actor=ada)
    return confirmed(typed(harbour, link, form("olga@acme.example", first_name="Olga"))).access


def line(page: Page, name: str) -> None:
    """Open the menu of this person."""
    page.get_by_role("button", name=f"More actions for {name}").click()


@sizes
def test_every_page_is_accessible_quiet_and_fits(
    open_page: OpenPage,
    cara: Access,
    asking: Access,
    acme: Customer,
    harbour: Store,
    ada: Actor,
    size: ViewportSize,
) -> None:
    create_department(acme, {"name": "Sales"}, actor=ada)
    for number, state in enumerate((State.CURRENT, State.PENDING, State.DEACTIVATED, State.CURRENT)):
        role = Role.APPROVER if number == 3 else Role.BUYER
        make.access(
            make.contact(acme, f"person{number}.with.a.long.address@acme.example"),
            harbour,
            state=state,
            role=role,
        )
    page = open_page(size)
    enter(page, CARA)

    addresses = {
        "people": PEOPLE,
        "people-deactivated": f"{PEOPLE}?state=deactivated",
        "people-nobody": f"{PEOPLE}?q=zzz",
        "people-invite": f"{PEOPLE}invite/",
        "people-last-role": f"{PEOPLE}{cara.public_id}/role/",
        "people-request": f"{PEOPLE}{asking.public_id}/request/",
    }
    assert faults_of(page, addresses) == {}
    page.goto(PEOPLE)
    line(page, "Olga New")
    assert faults(page, "people-menu") == []
    page.goto(f"{PEOPLE}invite/")
    page.get_by_role("button", name="Invite", exact=True).click()
    expect(page).to_have_title(re.compile("^Error:"))
    expect(page.get_by_text("Enter a name.").first).to_be_visible()
    assert faults(page, "people-invite-wrong") == []


@sizes
def test_an_admin_invites_a_colleague_who_joins_is_deactivated_and_comes_back(
    open_page: OpenPage, cara: Access, asking: Access, size: ViewportSize
) -> None:
    boss, nora = open_page(size), open_page(size)
    enter(boss, CARA)
    boss.get_by_role("button", name="Your account").click()
    boss.get_by_role("link", name="Company: People").click()

    boss.get_by_role("link", name="Invite a colleague").click()
    boss.get_by_label("First name").fill("Nora")
    boss.get_by_label("Last name").fill("New")
    boss.get_by_label("Email").fill("nora@acme.example")
    boss.get_by_role("button", name="Invite", exact=True).click()
    expect(boss.get_by_text("Nora New is invited")).to_be_visible()

    mail = render(MailMessage.objects.get(template="access.invitation"))
    assert mail is not None
    found = re.search(r"https?://[^/\s]+(/s/harbour/join/\S+)", mail.text)
    assert found is not None
    nora.goto(found[1])
    nora.get_by_label("Choose a password", exact=True).fill("nine copper lanterns")
    nora.get_by_role("button", name="Join Now").click()
    expect(nora.get_by_role("heading", level=1)).to_contain_text("Hello")

    boss.goto(PEOPLE)
    line(boss, "Nora New")
    boss.get_by_role("button", name="Deactivate", exact=True).click()
    expect(boss.get_by_text("Nora New can no longer sign in here. 1 session ended.")).to_be_visible()
    nora.goto("/s/harbour/account/")
    expect(nora).to_have_url(re.compile("/login/"))

    line(boss, "Nora New")
    boss.get_by_role("button", name="Re-enable", exact=True).click()
    expect(boss.get_by_text("Nora New can sign in again")).to_be_visible()
    nora.get_by_label("Email").fill("nora@acme.example")
    nora.get_by_label("Password", exact=True).fill("nine copper lanterns")
    nora.get_by_role("button", name="Sign in", exact=True).click()
    expect(nora.get_by_role("heading", level=1)).to_contain_text("Your account")

    # By keyboard: the tab of requests, the menu, the page, the answer.
    boss.get_by_role("link", name=re.compile("^Requests")).focus()
    boss.keyboard.press("Enter")
    expect(boss).to_have_url(re.compile("state=requests"))
    boss.get_by_role("button", name="More actions for Olga New").focus()
    boss.keyboard.press("Enter")
    boss.get_by_role("link", name="Look at the request").focus()
    boss.keyboard.press("Enter")
    boss.get_by_role("button", name="Approve").focus()
    boss.keyboard.press("Enter")
    expect(boss.get_by_text("Olga New can sign in now")).to_be_visible()
    assert Access.objects.get(pk=asking.pk).state == State.CURRENT


def test_without_scripts_all_of_it_works(open_page: OpenPage, cara: Access, bea: Access) -> None:
    page = open_page(PHONE, scripts=False)
    enter(page, CARA)
    page.goto(f"{PEOPLE}?q=bea")
    line(page, "Bea Buyer")
    page.get_by_role("button", name="Deactivate", exact=True).click()
    expect(page.get_by_text("Bea Buyer can no longer sign in here.")).to_be_visible()
    assert Access.objects.get(pk=bea.pk).state == State.DEACTIVATED
