"""Mail-outs on screen: the lists, the file, and the audience at Mailchimp."""

import csv
import io

import pytest
from django.test import Client
from playwright.sync_api import expect

from tests import make
from tests.browser import OpenPage, faults, on_both_screens
from tests.mailchimp import LIST_ID, FakeMailchimp
from tests.web.markup import faults_of
from tradedoor.accounts.models import Login
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact, Customer
from tradedoor.integrations.actions.leaving import leave_by_link, unsubscribe_token
from tradedoor.integrations.actions.syncing import sync_audience
from tradedoor.integrations.models import Audience
from tradedoor.mail.models import MailMessage
from tradedoor.mail.outbox import Letter, post_many
from tradedoor.stores.models import Store


@pytest.fixture
def people(harbour: Store, bea_contact: Contact, nils_contact: Contact) -> Store:
    """Bea gets mail-outs, Nils news only, Lea left."""
    lea = make.contact(bea_contact.customer, "lea@acme.example", first_name="Lea", last_name="Left")
    for contact in (bea_contact, nils_contact, lea):
        make.access(contact, harbour)
    Contact.objects.update(subscribed=True)
    Contact.objects.filter(pk=bea_contact.pk).update(receive_mail_out=True)
    lea.refresh_from_db()
    leave_by_link(unsubscribe_token(harbour, lea), store=harbour, actor=Actor.nobody())
    return harbour


def shown(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def test_each_list_shows_its_people(people: Store, vic_client: Client) -> None:
    base = f"/stores/{people.slug}/mail-outs/"
    everybody, tagged, left = (shown(vic_client, base + part) for part in ("", "mail-out/", "left/"))
    assert ["Bea Buyer" in page for page in (everybody, tagged, left)] == [True, True, False]
    assert ["Nils Nord" in page for page in (everybody, tagged, left)] == [True, False, False]
    assert ["Lea Left" in page for page in (everybody, tagged, left)] == [False, False, True]
    assert "Link in a mail" in left
    assert vic_client.get(base + "nothing/").status_code == 404
    assert "Nils Nord" not in shown(vic_client, base + "?q=bea")


def test_the_file_holds_the_list_with_a_link_to_leave_it(people: Store, sam_client: Client) -> None:
    answer = sam_client.get(f"/stores/{people.slug}/mail-outs/mail-out/export.csv")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]  # it streams
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["Email"], row["Company"], row["Receive Mail Out"]) == ("bea@acme.example", "Acme", "yes")
    path = row["Unsubscribe link"].partition("/s/")[2]
    assert "b***@acme.example" in shown(Client(), f"/s/{path}")


def test_who_left_is_said_on_the_record_and_beside_the_tick(people: Store, sam_client: Client) -> None:
    lea, bea = Contact.objects.get(first_name="Lea"), Contact.objects.get(first_name="Bea")
    Contact.objects.filter(pk=lea.pk).update(subscribed=True)  # ticked again by a colleague

    record = shown(sam_client, f"/crm/contacts/{lea.public_id}/")
    form = shown(sam_client, f"/crm/contacts/{lea.public_id}/edit/")

    assert "Left the mailings of" in record
    assert "by the link in a mail" in record
    assert f"They left the mailings of {people.name}." in form
    for page in (record, form):
        assert faults_of(page) == []
    assert "Left the mailings of" not in shown(sam_client, f"/crm/contacts/{bea.public_id}/")


def test_a_mail_that_is_not_written_yet_has_a_name(
    people: Store, sam_client: Client, vic_client: Client
) -> None:
    kim = make.contact(Customer.objects.get(code="ACME"), "kim@acme.example")
    post_many([Letter("access.login_details", kim.email, contact_id=kim.pk, store_id=people.pk)])

    for client in (sam_client, vic_client):
        record = shown(client, f"/crm/contacts/{kim.public_id}/")
        assert "access.login_details" not in record
        assert ("/mail/" + str(MailMessage.objects.get().public_id) in record) == (client is sam_client)


def test_without_a_key_the_page_says_what_to_set(people: Store, ada_client: Client) -> None:
    page = shown(ada_client, f"/stores/{people.slug}/mailchimp/")
    assert "TRADEDOOR_MAILCHIMP_KEY" in page


def test_what_mailchimp_refuses_stands_beside_the_field_and_nothing_typed_is_lost(
    people: Store, ada_client: Client, mailchimp: FakeMailchimp
) -> None:
    assert mailchimp.url
    answer = ada_client.post(f"/stores/{people.slug}/mailchimp/", {"list_id": "nosuch", "tag": "Offers"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Mailchimp says: Resource Not Found" in page
    assert 'value="nosuch"' in page
    assert 'value="Offers"' in page


@pytest.mark.parametrize("part", ["", "sync/", "disconnect/"])
def test_only_who_may_edit_the_store_may_change_it(part: str, people: Store, sam_client: Client) -> None:
    Audience.objects.create(store=people, list_id=LIST_ID, tag="Mail out")
    answer = sam_client.post(f"/stores/{people.slug}/mailchimp/{part}", {"list_id": "x", "tag": "x"})
    assert answer.status_code == 403


@on_both_screens
def test_an_audience_is_connected_brought_up_to_date_and_let_go(
    size: object, scheme: str, people: Store, ada_login: Login, mailchimp: FakeMailchimp, open_page: OpenPage
) -> None:
    page = open_page(size, ada_login, scheme=scheme)  # type: ignore[arg-type]  # a size of tests.browser
    page.goto(f"/stores/{people.slug}/mail-outs/")
    expect(page.get_by_role("row").filter(has_text="Bea Buyer")).to_be_visible()
    assert faults(page, "mailouts") == []
    page.get_by_role("link", name="Mailchimp").click()
    page.get_by_label("Audience ID").fill(LIST_ID)
    page.get_by_role("button", name="Connect").click()
    expect(page.get_by_text("Connected. The audience is being brought up to date.")).to_be_visible()

    sync_audience(Audience.objects.get().pk)
    page.reload()
    expect(page.get_by_role("row").filter(has_text="Put in")).to_be_visible()
    expect(page.get_by_label("Callback URL")).to_be_visible()
    assert mailchimp.subscribed() == {"bea@acme.example", "nils@borealis.example"}
    assert faults(page, "mailchimp") == []

    page.get_by_role("link", name="Disconnect").click()
    expect(page.get_by_role("heading", name="Disconnect Mailchimp?")).to_be_visible()
    assert faults(page, "mailchimp-disconnect") == []
    page.get_by_role("button", name="Disconnect").click()
    expect(page.get_by_text("Mailchimp is disconnected.")).to_be_visible()
    assert not Audience.objects.exists()
