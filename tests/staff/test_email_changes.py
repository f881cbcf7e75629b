"""Email changes on the staff screens: the list, the preview, one contact at once, and a reported one."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests import make
from tests.access.test_email_change import NEW_EMAIL, OLD_EMAIL, change_of, edit, run
from tests.access.test_email_reports import report
from tradedoor.access.models import Access
from tradedoor.accounts.models import Login
from tradedoor.config.schedule import prepare_background
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact
from tradedoor.jobs.driving import drive_work
from tradedoor.jobs.models import Work
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client: Client, sam_login: Login) -> Client:
    client.post(reverse("staff:sign-in"), {"email": sam_login.email, "password": make.PASSWORD})
    return client


def text(client: Client, name: str, *args: object, **query: str) -> str:
    answer = client.get(reverse(f"staff:{name}", args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_contact_form_says_before_saving_what_follows_for_each_store(
    desk: Client, bea: Access, bea_contact: Contact
) -> None:
    shown = text(desk, "contact-edit", bea_contact.public_id)
    assert "signs in with the new email and the same password" in shown


@pytest.mark.parametrize(
    ("delay", "saved", "edited"),
    [
        (timedelta(hours=1), "1 hour after saving: signs in", "1 hour after the last edit"),
        (timedelta(days=2), "2 days after saving: signs in", "2 days after the last edit"),
        (timedelta(0), "Soon after saving: signs in", "sign-in email at once"),
    ],
)
def test_pages_name_the_delay_that_is_set(
    desk: Client, bea: Access, bea_contact: Contact, settings: Any, delay: timedelta, saved: str, edited: str
) -> None:
    settings.TRADEDOOR_EMAIL_CHANGE_DELAY = delay
    assert saved in text(desk, "contact-edit", bea_contact.public_id)
    assert edited in text(desk, "email-changes")
    for page in ("emails", "import"):
        assert edited.removeprefix("sign-in email ") in text(desk, "help-page", page)


def test_the_list_names_old_new_who_and_when_and_cancels_one(
    desk: Client, bea: Access, bea_contact: Contact, sam: Actor
) -> None:
    edit(bea_contact, NEW_EMAIL, actor=sam)
    shown = text(desk, "email-changes")
    assert "beatrice" in shown
    assert f"was {OLD_EMAIL}" in shown
    assert "Sam Seller" in shown
    change = change_of(bea_contact)
    desk.post(reverse("staff:email-changes-cancel", query={"id": str(change.public_id)}))
    assert change_of(bea_contact).state == "cancelled"
    assert "Cancelled by staff" in text(desk, "email-changes", show="cancelled")


def test_all_of_one_editor_are_cancelled_and_those_of_others_are_not(
    desk: Client, bea: Access, bea_contact: Contact, nils: Access, nils_contact: Contact, sam: Actor,
    ada: Actor, sam_login: Login,
) -> None:  # fmt: skip
    edit(bea_contact, NEW_EMAIL, actor=sam)
    edit(nils_contact, "nord@borealis.example", actor=ada)
    query = f"by={sam_login.public_id}"
    desk.post(reverse("staff:email-changes-cancel"), {"all": "1", "query": query})
    assert (change_of(bea_contact).state, change_of(nils_contact).state) == ("cancelled", "scheduled")


def test_update_emails_from_crm_previews_names_other_stores_and_runs_as_a_job(
    desk: Client, bea: Access, bea_contact: Contact, nils: Access, nils_contact: Contact, harbour: Store,
    meadow: Store, sam: Actor,
) -> None:  # fmt: skip
    make.access(bea_contact, meadow, login=bea.login)
    make.buyer_login("taken@borealis.example")
    edit(bea_contact, NEW_EMAIL, actor=sam)
    edit(nils_contact, "taken@borealis.example", actor=sam)
    shown = text(desk, "store-emails", harbour.slug)
    assert "Meadow" in shown
    assert "other store" in shown
    assert "Another login has this email" in shown
    assert change_of(bea_contact).state == "scheduled"

    prepare_background()
    desk.post(reverse("staff:store-emails", args=[harbour.slug]))
    work = drive_work(Work.objects.get().pk)
    assert work.counts == {"changed": 1, "email_in_use": 1}
    assert make.login_of(bea).email == NEW_EMAIL


def test_update_email_now_from_the_row_says_what_stands_in_the_way(
    desk: Client, bea: Access, bea_contact: Contact, nils: Access, sam: Actor
) -> None:
    edit(bea_contact, "nils@borealis.example", actor=sam)
    assert "Update email now" in text(desk, "dashboard", bea.store.slug)
    now = reverse("staff:contact-email-now", args=[bea_contact.public_id])
    answer = desk.post(now, follow=True)
    assert "Another login has this email" in answer.content.decode()


def test_a_reported_change_is_decided_on_its_page(
    client: Client, bea: Access, bea_contact: Contact, harbour: Store, sam: Actor, ada_login: Login
) -> None:
    edit(bea_contact, NEW_EMAIL, actor=sam)
    run()
    report(harbour)
    client.post(reverse("staff:sign-in"), {"email": ada_login.email, "password": make.PASSWORD})
    assert "This wasn" in text(client, "home")
    change = change_of(bea_contact)
    assert "Reverse the change" in text(client, "email-change", change.public_id)
    client.post(reverse("staff:email-change-decide", args=[change.public_id]), {"decision": "reverse"})
    assert make.login_of(bea).email == OLD_EMAIL
    assert "Reversed" in text(client, "email-change", change.public_id)
