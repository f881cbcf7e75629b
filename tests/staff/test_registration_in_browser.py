"""From the eStore link to the shop as people see it, with and without approval; each page looked at."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests import make
from tests.browser import OpenPage, faults, listen, on_both_screens
from tests.registration.people import CHOSEN, last_mail, ruled, work_off
from tradedoor.accounts.models import Login
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact, Customer, Department
from tradedoor.registration.actions.links import link_for
from tradedoor.registration.actions.rules import Question
from tradedoor.registration.codes import estore_url
from tradedoor.registration.models import Approval
from tradedoor.stores.models import Store

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def address_in(template: str) -> str:
    mail = last_mail(template)
    assert mail is not None
    found = re.search(r"http\S+/register/confirm/\S+/", mail.text)
    assert found
    return found[0]


def fill(page: Page, email: str) -> None:
    page.get_by_label("First name").fill("Nora")
    page.get_by_label("Last name").fill("New")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Phone").fill("+44 1482 1")


def has_mail(template: str) -> None:
    work_off()
    assert last_mail(template) is not None


@on_both_screens
def test_from_the_link_into_the_shop(
    size: Any, scheme: str, open_page: OpenPage, harbour: Store, acme: Customer, ada: Actor, sam: Actor
) -> None:
    Department.objects.create(customer=acme, name="Lab", name_key="lab")
    ruled(harbour, ada, terms="Be kind.", questions=[Question("Trade", choices=("Roofs", "Walls"))])
    page = open_page(size, scheme=scheme)
    said = listen(page)
    page.goto(estore_url(link_for(harbour, acme, actor=sam)))
    expect(page.get_by_text("You register for Acme.")).to_be_visible()
    assert faults(page, "register sign in") == []
    page.get_by_role("link", name="New User - Register").click()
    expect(page.get_by_role("heading", name="Register for Acme")).to_be_visible()
    assert faults(page, "register form") == []
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert faults(page, "register form wrong") == []
    fill(page, "nora@acme.example")
    page.get_by_label("Department").select_option(label="Lab")
    page.get_by_label("I accept the terms").check()
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    assert faults(page, "register waiting") == []
    page.get_by_role("button", name="Send it again").click()
    expect(page.get_by_text("It is on its way again")).to_be_visible()
    has_mail("registration.confirm")
    page.goto(address_in("registration.confirm"))
    expect(page.get_by_role("heading", name="Welcome, Nora")).to_be_visible()
    assert faults(page, "register confirm") == []
    page.get_by_label("Choose a password").fill(CHOSEN)
    page.get_by_role("button", name="Confirm and sign in").click()
    expect(
        page.get_by_role("button", name="Sign out").or_(page.get_by_text("Nora New")).first
    ).to_be_attached()
    assert Contact.objects.get().department.name == "Lab"
    # What Chromium wishes of a form with a password and no address: that stands masked beside it.
    assert [line for line in said if "422" not in line and "username fields" not in line] == []


@on_both_screens
def test_with_approval_staff_answer_on_requests(
    size: Any,
    scheme: str,
    open_page: OpenPage,
    harbour: Store,
    acme: Customer,
    ada: Actor,
    sam: Actor,
    sam_login: Login,
) -> None:
    ruled(harbour, ada, approval=Approval.STAFF)
    make.contact(acme, "nora@acme.example", first_name="Eleonora", phone="old")
    page = open_page(size, scheme=scheme)
    page.goto(estore_url(link_for(harbour, acme, actor=sam)))
    page.get_by_role("link", name="New User - Register").click()
    fill(page, "nora@acme.example")
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    has_mail("registration.confirm")

    desk = open_page(size, sam_login, scheme=scheme)
    desk.goto("/stores/harbour/dashboard/?tab=requests")
    expect(desk.get_by_role("heading", name="Unconfirmed")).to_be_visible()
    assert faults(desk, "requests unconfirmed") == []

    page.goto(address_in("registration.confirm"))
    page.get_by_label("Choose a password").fill(CHOSEN)
    page.get_by_role("button", name="Confirm and go on").click()
    expect(page.get_by_role("heading", name="Nearly there")).to_be_visible()
    assert faults(page, "register asked") == []

    desk.goto("/stores/harbour/dashboard/?tab=requests")
    expect(desk.get_by_text("Differs from CRM")).to_be_visible()
    assert faults(desk, "requests") == []
    desk.get_by_role("button", name=re.compile("^More actions for Eleonora")).click()
    desk.get_by_role("link", name="Look at the request").click()
    expect(desk.get_by_role("heading", name=re.compile("^Request of Eleonora"))).to_be_visible()
    assert faults(desk, "request") == []
    desk.get_by_role("button", name="Approve").click()
    expect(desk.get_by_text("1 person can sign in, and was told by mail.")).to_be_visible()

    page.goto("/s/harbour/login/")
    page.get_by_label("Email").fill("nora@acme.example")
    page.get_by_label("Password", exact=True).fill(CHOSEN)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile(r"/s/harbour/$"))


def test_all_of_it_works_without_script(
    open_page: OpenPage, harbour: Store, acme: Customer, sam: Actor
) -> None:
    page = open_page(scripts=False)
    page.goto(estore_url(link_for(harbour, acme, actor=sam)))
    page.get_by_role("link", name="New User - Register").click()
    fill(page, "nora@acme.example")
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    has_mail("registration.confirm")
    page.goto(address_in("registration.confirm"))
    page.get_by_label("Choose a password").fill(CHOSEN)
    page.get_by_role("button", name="Confirm and sign in").click()
    expect(page).to_have_url(re.compile(r"/s/harbour/$"))
