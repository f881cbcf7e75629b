"""An email change from the contact form to the sign-in, and "This wasn't me", in a real browser.

With `SHOTS` naming a folder each page is also kept there as a picture.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from tests import make
from tests.access.test_email_change import NEW_EMAIL, OLD_EMAIL, change_of, edit
from tests.staff.test_crm_in_browser import DESK, PHONE, faults, inside, keep
from tradedoor.access.actions.email_sync import apply_due
from tradedoor.access.email_change_jobs import ACTOR
from tradedoor.access.models import Access, EmailChange
from tradedoor.accounts.models import Login, OneTimeLink, Purpose
from tradedoor.accounts.tokens import token_of
from tradedoor.config.schedule import prepare_background
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact
from tradedoor.jobs.models import Work
from tradedoor.stores.models import Store

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


def sign_in(page: Page, address: str, email: str) -> None:
    page.goto(address)
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(make.PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_from_the_contact_form_to_the_new_sign_in_and_back_by_this_wasnt_me(
    chromium: Browser,
    live_server: LiveServer,
    sam_login: Login,
    ada_login: Login,
    bea: Access,
    bea_contact: Contact,
    harbour: Store,
) -> None:
    desk = inside(chromium, live_server, sam_login, viewport=DESK).new_page()
    desk.goto(f"{live_server.url}/crm/contacts/{bea_contact.public_id}/edit/")
    expect(desk.get_by_text("signs in with the new email and the same password")).to_be_visible()
    desk.get_by_label("Email", exact=False).first.fill(NEW_EMAIL)
    desk.get_by_role("button", name="Save").click()
    expect(desk.get_by_text("The sign-in email differs from the CRM")).to_be_visible()

    EmailChange.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    apply_due(actor=ACTOR)
    door = f"{live_server.url}/s/{harbour.slug}/login/"
    buyer = chromium.new_context(viewport=PHONE).new_page()
    sign_in(buyer, door, OLD_EMAIL)
    expect(buyer.get_by_text("We could not sign you in")).to_be_visible()
    sign_in(buyer, door, NEW_EMAIL)
    expect(buyer).not_to_have_url(door)

    token = token_of(OneTimeLink.objects.get(purpose=Purpose.EMAIL_REPORT))
    owner = chromium.new_context(viewport=PHONE).new_page()
    owner.goto(f"{live_server.url}/s/{harbour.slug}/email/report/{token}/")
    assert faults(owner, PHONE["width"]) == []
    keep(owner, "390-report")
    owner.get_by_role("button", name="This wasn't me").click()
    expect(owner.get_by_text("Sign-in is stopped")).to_be_visible()
    assert faults(owner, PHONE["width"]) == []
    sign_in(buyer, door, NEW_EMAIL)
    expect(buyer.get_by_text("Call Harbour, +44 20 7946 0000")).to_be_visible()
    keep(buyer, "390-held")

    change = change_of(bea_contact)
    ada = inside(chromium, live_server, ada_login, viewport=DESK).new_page()
    ada.goto(live_server.url)
    keep(ada, "1440-home")
    ada.get_by_role("link", name="Decide").click()
    expect(ada).to_have_url(f"{live_server.url}/access/email-changes/{change.public_id}/")
    assert faults(ada, DESK["width"]) == []
    keep(ada, "1440-reported")
    ada.get_by_role("button", name="Reverse the change").click()
    expect(ada.get_by_text("The change is reversed")).to_be_visible()
    sign_in(buyer, door, OLD_EMAIL)
    expect(buyer).not_to_have_url(door)


@pytest.mark.parametrize(("size", "scheme"), [(DESK, "light"), (PHONE, "dark")])
def test_the_pages_are_accessible_and_fit(  # noqa: PLR0917 - the cast
    chromium: Browser,
    live_server: LiveServer,
    ada_login: Login,
    bea: Access,
    bea_contact: Contact,
    nils: Access,
    nils_contact: Contact,
    harbour: Store,
    meadow: Store,
    sam: Actor,
    size: Any,
    scheme: Any,
) -> None:
    prepare_background()
    make.access(bea_contact, meadow, login=bea.login)
    edit(bea_contact, NEW_EMAIL, actor=sam)
    make.buyer_login("taken@borealis.example")
    edit(nils_contact, "taken@borealis.example", actor=sam)
    third = make.contact(bea_contact.customer, "third@acme.example", first_name="Ida", last_name="Import")
    make.access(third, harbour)
    edit(third, "ida.import@acme.example", actor=sam)
    now = timezone.now()
    work = Work.objects.create(
        kind="tests.nothing", title="Import of contacts.csv", run_at=now, created_at=now, state="done"
    )
    EmailChange.objects.filter(contact=third).update(
        state="unconfirmed", reason="waits_to_be_confirmed", origin="import", work=work
    )
    EmailChange.objects.filter(contact=nils_contact).update(due_at=now)
    apply_due(actor=ACTOR)
    page = inside(chromium, live_server, ada_login, viewport=size, color_scheme=scheme).new_page()
    change = change_of(bea_contact)
    found = {}
    for name, address in {
        "list": "/access/email-changes/",
        "cancelled": "/access/email-changes/?show=cancelled",
        "change": f"/access/email-changes/{change.public_id}/",
        "update": f"/stores/{harbour.slug}/emails/",
        "contact": f"/crm/contacts/{bea_contact.public_id}/",
        "edit": f"/crm/contacts/{bea_contact.public_id}/edit/",
        "error": f"/stores/{harbour.slug}/dashboard/?tab=error",
        "help": "/help/emails/",
    }.items():
        page.goto(live_server.url + address)
        found[name] = faults(page, size["width"])
        keep(page, f"{size['width']}-{name}")
    assert {name: what for name, what in found.items() if what} == {}
