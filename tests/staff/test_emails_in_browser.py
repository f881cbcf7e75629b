"""An email change from the contact form to the sign-in, and "This wasn't me", in a real browser."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, ViewportSize, expect

from tests import make
from tests.access.test_email_change import NEW_EMAIL, OLD_EMAIL, change_of, edit
from tests.browser import DESK, PHONE, OpenPage, faults, faults_of, on_both_screens
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


def sign_in(page: Page, address: str, email: str) -> None:
    page.goto(address)
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(make.PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_from_the_contact_form_to_the_new_sign_in_and_back_by_this_wasnt_me(
    open_page: OpenPage,
    sam_login: Login,
    ada_login: Login,
    bea: Access,
    bea_contact: Contact,
    harbour: Store,
) -> None:
    desk = open_page(DESK, sam_login)
    desk.goto(f"/crm/contacts/{bea_contact.public_id}/edit/")
    expect(desk.get_by_text("signs in with the new email and the same password")).to_be_visible()
    desk.get_by_label("Email", exact=False).first.fill(NEW_EMAIL)
    desk.get_by_role("button", name="Save").click()
    expect(desk.get_by_text("The sign-in email differs from the CRM")).to_be_visible()

    EmailChange.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    apply_due(actor=ACTOR)
    door = f"/s/{harbour.slug}/login/"
    buyer = open_page(PHONE)
    sign_in(buyer, door, OLD_EMAIL)
    expect(buyer.get_by_text("We could not sign you in")).to_be_visible()
    sign_in(buyer, door, NEW_EMAIL)
    expect(buyer).not_to_have_url(door)

    token = token_of(OneTimeLink.objects.get(purpose=Purpose.EMAIL_REPORT))
    owner = open_page(PHONE)
    owner.goto(f"/s/{harbour.slug}/email/report/{token}/")
    assert faults(owner, "report") == []
    owner.get_by_role("button", name="This wasn't me").click()
    expect(owner.get_by_text("Sign-in is stopped")).to_be_visible()
    assert faults(owner, "stopped") == []
    sign_in(buyer, door, NEW_EMAIL)
    expect(buyer.get_by_text("Call Harbour, +44 20 7946 0000")).to_be_visible()
    assert faults(buyer, "held") == []

    change = change_of(bea_contact)
    ada = open_page(DESK, ada_login)
    ada.goto("/")
    ada.get_by_role("link", name="Decide").click()
    expect(ada).to_have_url(f"/access/email-changes/{change.public_id}/")
    assert faults(ada, "reported") == []
    ada.get_by_role("button", name="Reverse the change").click()
    expect(ada.get_by_text("The change is reversed")).to_be_visible()
    sign_in(buyer, door, OLD_EMAIL)
    expect(buyer).not_to_have_url(door)


@on_both_screens
def test_the_pages_are_accessible_and_fit(  # noqa: PLR0917 - the cast
    open_page: OpenPage,
    ada_login: Login,
    bea: Access,
    bea_contact: Contact,
    nils: Access,
    nils_contact: Contact,
    harbour: Store,
    meadow: Store,
    sam: Actor,
    size: ViewportSize,
    scheme: str,
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
    change = change_of(bea_contact)
    pages = {
        "list": "/access/email-changes/",
        "cancelled": "/access/email-changes/?show=cancelled",
        "change": f"/access/email-changes/{change.public_id}/",
        "update": f"/stores/{harbour.slug}/emails/",
        "contact": f"/crm/contacts/{bea_contact.public_id}/",
        "edit": f"/crm/contacts/{bea_contact.public_id}/edit/",
        "error": f"/stores/{harbour.slug}/dashboard/?tab=error",
        "help": "/help/emails/",
    }
    assert faults_of(open_page(size, ada_login, scheme=scheme), pages) == {}
