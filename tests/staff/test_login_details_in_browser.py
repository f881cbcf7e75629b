"""Login details in a real browser: from the box on the contact to a buyer who chose a password of their own."""

import re

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests import make
from tests.browser import DESK, PHONE, OpenPage, faults, on_both_screens
from tradedoor.access.models import Access, State
from tradedoor.accounts.models import Login
from tradedoor.config.schedule import prepare_background
from tradedoor.crm.models import Contact, Customer
from tradedoor.jobs.driving import drive_waiting_work
from tradedoor.mail.models import MailMessage
from tradedoor.mail.queries import body_of
from tradedoor.mail.sending import Sender
from tradedoor.stores.models import Store

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

OWN = "nine copper lanterns"
CREATE = "Create eStore login details for this user"


@pytest.fixture
def kim(acme: Customer, harbour: Store, meadow: Store) -> Contact:
    """Of two stores there is one to choose, so it is chosen."""
    return make.contact(acme, "kim@acme.example", first_name="Kim", last_name="Keen")


def deliver() -> str:
    """Let the worker's mail leave, and give back the text of the last one as Captured mail shows it."""
    while Sender().send_some():
        pass
    body = body_of(MailMessage.objects.latest("pk"))
    assert body is not None
    return str(body.text)


def give(page: Page, *, to: str = "Harbour") -> None:
    page.get_by_label(CREATE).check()
    page.get_by_role("checkbox", name=to).check()


@on_both_screens
def test_staff_generate_a_password_and_the_person_signs_in_and_chooses_their_own(
    open_page: OpenPage, kim: Contact, harbour: Store, sam_login: Login, size: ViewportSize, scheme: str
) -> None:
    Store.objects.filter(pk=harbour.pk).update(login_details=Store.LoginDetails.PASSWORD)
    page = open_page(size, sam_login, scheme=scheme)
    page.goto(f"/crm/contacts/{kim.public_id}/")
    expect(page.get_by_role("button", name="Generate")).to_be_hidden()
    assert faults(page, "details box closed") == []
    give(page)
    page.get_by_role("button", name="Generate").click()
    password = page.get_by_label("Generated password").input_value()
    expect(page.get_by_role("checkbox", name="Harbour")).to_be_checked()
    assert faults(page, "details generated") == []
    page.get_by_role("main").get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Login details of Kim Keen")
    assert page.get_by_label("Temporary password").input_value() == password
    assert faults(page, "details told") == []

    assert password in deliver()

    buyer = open_page(size, scheme=scheme)
    buyer.goto("/s/harbour/login/")
    buyer.get_by_label("Email").fill("kim@acme.example")
    buyer.get_by_label("Password", exact=True).fill(password)
    buyer.get_by_role("button", name="Sign in", exact=True).click()
    expect(buyer.get_by_text("Choose a password of your own first")).to_be_visible()
    assert faults(buyer, "choose an own password") == []
    buyer.goto("/s/harbour/catalogue/")
    expect(buyer).to_have_url(re.compile("/account/password/$"))
    buyer.get_by_label("Current password").fill(password)
    buyer.get_by_label("New password").fill(OWN)
    buyer.get_by_role("main").get_by_role("button", name="Change password").click()
    expect(buyer.get_by_text("Your password is changed")).to_be_visible()
    told = MailMessage.objects.get(template="access.login_details")
    assert password not in str(body_of(told).text)  # type: ignore[union-attr]  # it is there, as above
    buyer.goto("/s/harbour/")
    expect(buyer.get_by_role("heading", level=1)).to_have_text("Hello, Kim")


@pytest.mark.parametrize("scripts", ["scripts", "no scripts"])
def test_staff_mail_a_link_and_the_person_chooses_a_password_and_is_in(
    open_page: OpenPage, kim: Contact, sam_login: Login, scripts: str
) -> None:
    page = open_page(DESK, sam_login, scripts=scripts == "scripts")
    page.goto(f"/crm/contacts/{kim.public_id}/")
    give(page)
    page.get_by_role("main").get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Login details are on their way to kim@acme.example.")).to_be_visible()

    link = re.search(r"http\S+/password/first/\S+", deliver())
    assert link is not None
    buyer = open_page(PHONE, scripts=scripts == "scripts")
    buyer.goto(link[0])
    expect(buyer).to_have_url(re.compile("/s/harbour/password/first/$"))
    assert scripts == "no scripts" or faults(buyer, "first password") == []
    buyer.get_by_label("Choose a password").fill("short")
    buyer.get_by_role("button", name="Save password and sign in").click()
    expect(buyer).to_have_title(re.compile("^Error:"))
    buyer.get_by_label("Choose a password").fill(OWN)
    buyer.get_by_role("button", name="Save password and sign in").click()
    expect(buyer.get_by_role("heading", level=1)).to_have_text("Hello, Kim")
    buyer.goto(link[0])
    expect(buyer.get_by_role("heading", level=1)).to_have_text("You have a password already")
    assert scripts == "no scripts" or faults(buyer, "first password over") == []


@on_both_screens
def test_a_new_contact_gets_them_at_once_and_what_is_wrong_stands_in_the_box(
    open_page: OpenPage, kim: Contact, sam_login: Login, size: ViewportSize, scheme: str
) -> None:
    make.buyer_login("both@acme.example")
    page = open_page(size, sam_login, scheme=scheme)
    page.goto(f"/crm/customers/{kim.customer.public_id}/contacts/add/")
    page.get_by_label("Last name").fill("Both")
    give(page)
    page.get_by_label("Email login Info to the user").uncheck()
    save = page.get_by_role("main").get_by_role("button", name="Add Contact")
    save.click()
    expect(page.get_by_role("alert")).to_contain_text("Enter an email first.")
    assert faults(page, "add with errors") == []
    page.get_by_role("textbox", name="Email").fill("both@acme.example")
    page.get_by_label("Email login Info to the user").check()
    save.click()
    expect(page.get_by_text("This email has a login with a password of its own")).to_be_visible()
    assert faults(page, "add existing") == []
    save.click()
    expect(page.get_by_text("says to sign in with the existing password")).to_be_visible()
    assert "existing password" in deliver()
    assert Access.objects.get(contact__last_name="Both").state == State.CURRENT


@on_both_screens
def test_many_are_chosen_in_the_list_and_the_job_says_what_became_of_them(
    open_page: OpenPage, kim: Contact, harbour: Store, sam_login: Login, size: ViewportSize, scheme: str
) -> None:
    make.contact(kim.customer, "", first_name="Nora", last_name="Nomail")
    page = open_page(size, sam_login, scheme=scheme)
    page.goto("/crm/contacts/")
    for name in ("Kim Keen", "Nora Nomail"):
        page.get_by_role("checkbox", name=name).check()
    page.get_by_role("button", name="Login details").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Login details for 2 contacts")
    assert faults(page, "details many") == []
    page.get_by_role("radio", name="Harbour").check()
    page.get_by_role("button", name="Send login details").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Login details for Harbour")
    prepare_background()
    while drive_waiting_work(worker="test"):
        pass
    page.reload()
    expect(page.get_by_text("1 given login details").first).to_be_visible()


@on_both_screens
def test_deactivated_and_current_people_and_the_settings_are_accessible(
    open_page: OpenPage,
    kim: Contact,
    harbour: Store,
    meadow: Store,
    ada_login: Login,
    size: ViewportSize,
    scheme: str,
) -> None:
    make.access(kim, harbour, state=State.DEACTIVATED)
    make.access(kim, meadow)
    page = open_page(size, ada_login, scheme=scheme)
    page.goto(f"/crm/contacts/{kim.public_id}/login-details/")
    expect(page.get_by_role("button", name="Re-enable customer")).to_be_visible()
    assert faults(page, "details refused") == []
    page.goto("/stores/harbour/settings/login-details/")
    assert faults(page, "details setting") == []
    page.get_by_role("radio", name="The temporary password itself").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
