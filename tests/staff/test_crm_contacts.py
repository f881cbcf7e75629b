"""The contacts' pages: lists, the record with its accesses, adding, editing, archiving, moving."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests import make
from tests.staff.conftest import SignedIn
from tests.web.markup import faults_of
from tradedoor.access.models import Access, State
from tradedoor.core.actor import Actor
from tradedoor.crm.actions.contacts import update_contact
from tradedoor.crm.models import Contact, Customer
from tradedoor.crm.queries import contacts
from tradedoor.staff.views.contacts import ALL_CONTACTS
from tradedoor.stores.models import Store
from tradedoor.web.lists import ListPage, build_list

LIST = "/crm/contacts/"


def told(response: Any) -> str:
    """A download, whole."""
    return b"".join(response.streaming_content).decode()


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def at(contact: Contact, page: str = "") -> str:
    return f"{LIST}{contact.public_id}/{page}{'/' if page else ''}"


def add_url(customer: Customer) -> str:
    return f"/crm/customers/{customer.public_id}/contacts/add/"


def filled(customer: Customer, **more: str) -> dict[str, str]:
    """What the form sends at the least."""
    main = customer.departments.get(is_main=True)
    return {"department": str(main.public_id), "own-rows": "0", **more}


def unchanged(contact: Contact, **more: str) -> dict[str, str]:
    return (
        filled(
            contact.customer,
            first_name=contact.first_name,
            last_name=contact.last_name,
            email=contact.email,
            version=str(contact.version),
        )
        | more
    )


def test_the_list_is_searched_and_filtered(
    ada_client: Client, bea_contact: Contact, nils_contact: Contact
) -> None:
    make.contact(nils_contact.customer, "", last_name="Mailless")

    def names(**asked: str) -> set[str]:
        text = text_of(ada_client.get(LIST, asked))
        return {name for name in ("Bea Buyer", "Nils Nord", "Kim Mailless") if f">{name}</a>" in text}

    assert names() == {"Bea Buyer", "Nils Nord", "Kim Mailless"}
    assert names(q="acme") == {"Bea Buyer"}
    assert names(customer="bore") == {"Nils Nord", "Kim Mailless"}
    assert names(customer="ACME") == {"Bea Buyer"}
    assert names(email="none") == {"Kim Mailless"}
    assert names(department="main", q="nils") == {"Nils Nord"}
    assert names(subscribed="yes") == set()
    assert names(archived="yes") == set()


def test_add_contact_stands_at_the_top_of_the_lists(ada_client: Client, acme: Customer) -> None:
    for address in (LIST, f"/crm/customers/{acme.public_id}/contacts/"):
        head = text_of(ada_client.get(address)).split('class="page__actions"')[1].split("</div>")[0]
        assert "Add Contact" in head


@pytest.mark.parametrize("address", [LIST, f"{LIST}?sort=customer&q=kim"])
def test_a_page_of_25_rows_costs_the_same_however_many_there_are(
    address: str, ada_client: Client, acme: Customer
) -> None:
    main = acme.departments.get(is_main=True)
    costs = []
    for start, end in ((0, 100), (100, 5000)):
        Contact.objects.bulk_create(
            (
                Contact(
                    customer=acme,
                    department=main,
                    first_name="Kim",
                    last_name=str(n),
                    sort_name=f"{n:05} kim",
                    search_text=f"kim {n} acme",
                )
                for n in range(start, end)
            ),
            batch_size=1000,  # PostgreSQL takes 65,535 values at once
        )
        with CaptureQueriesContext(connection) as asked:
            text = text_of(ada_client.get(address))
        assert text.count("data-row") == 25
        costs.append(len(asked))

    assert costs[0] == costs[1] <= 16


def test_a_contact_is_added_with_everything_the_form_has(ada_client: Client, acme: Customer) -> None:
    sent = filled(
        acme,
        first_name="Camille",
        last_name="Laurent",
        email="C.Laurent@acme.example",
        subscribed="on",
        once=uuid4().hex,
    ) | {"address-city": "Lyon", "own-rows": "1", "own-0-name": "Size", "own-0-value": "M"}
    answer = ada_client.post(add_url(acme), sent)
    again = ada_client.post(add_url(acme), sent)

    made = Contact.objects.get()
    assert answer.headers["Location"] == again.headers["Location"] == at(made)
    assert (made.name, made.email, made.email_canonical) == (
        "Camille Laurent",
        "C.Laurent@acme.example",
        "c.laurent@acme.example",
    )
    assert (made.subscribed, made.receive_mail_out, made.own_fields) == (True, False, {"Size": "M"})
    assert made.address is not None
    assert made.address.city == "Lyon"


@pytest.mark.parametrize(
    ("email", "sentence"),
    [("not an address", "email"), ("BEA@acme.example", "Bea Buyer of this customer has this email already.")],
)
def test_a_malformed_email_and_a_colleagues_are_refused_beside_the_field(
    email: str, sentence: str, ada_client: Client, bea_contact: Contact
) -> None:
    answer = ada_client.post(
        add_url(bea_contact.customer), filled(bea_contact.customer, last_name="New", email=email)
    )

    text = text_of(answer)
    assert answer.status_code == 422
    assert 'id="id_email_error"' in text
    assert 'aria-invalid="true"' in text
    assert sentence in text
    assert f'value="{email}"' in text
    assert Contact.objects.count() == 1


def test_an_email_of_another_customers_contact_warns_and_saves_when_confirmed(
    ada_client: Client, bea_contact: Contact, nils_contact: Contact
) -> None:
    sent = filled(bea_contact.customer, last_name="Nord", email="nils@borealis.example")
    warned = ada_client.post(add_url(bea_contact.customer), sent)

    text = text_of(warned)
    assert warned.status_code == 409
    assert "Nils Nord (Borealis)" in text
    assert 'name="confirmed" value="nils@borealis.example"' in text
    assert Contact.objects.count() == 2

    saved = ada_client.post(add_url(bea_contact.customer), {**sent, "confirmed": "nils@borealis.example"})
    assert saved.status_code == 302
    assert Contact.objects.count() == 3


def test_a_confirmation_holds_for_the_email_it_was_given_for(
    ada_client: Client, bea_contact: Contact, nils_contact: Contact
) -> None:
    make.contact(nils_contact.customer, "other@borealis.example")
    sent = filled(bea_contact.customer, last_name="Nord", email="other@borealis.example")

    answer = ada_client.post(add_url(bea_contact.customer), {**sent, "confirmed": "nils@borealis.example"})

    assert answer.status_code == 409
    assert 'name="confirmed" value="other@borealis.example"' in text_of(answer)


def test_two_people_who_edit_are_told_and_the_second_loses_nothing(
    ada_client: Client, sam: Actor, bea_contact: Contact
) -> None:
    opened = unchanged(bea_contact, job_title="typed here")
    update_contact(bea_contact, {"job_title": "stored meanwhile"}, version=bea_contact.version, actor=sam)

    answer = ada_client.post(at(bea_contact, "edit"), opened)

    text = text_of(answer)
    assert answer.status_code == 409
    assert "Sam Seller changed this while you were editing." in text
    assert "stored meanwhile" in text
    assert 'value="typed here"' in text
    bea_contact.refresh_from_db()
    assert (
        ada_client.post(at(bea_contact, "edit"), {**opened, "version": str(bea_contact.version)}).status_code
        == 302
    )


def test_the_form_names_every_store_that_a_changed_email_touches(
    signed_in: SignedIn, bea: Access, meadow: Store
) -> None:
    """Also those beyond the editor's own."""
    browser = signed_in(make.staff("Mia", stores=(meadow,)))

    assert "Harbour" in text_of(browser.get(at(bea.contact, "edit")))


def test_the_record_shows_each_store_with_its_state_and_what_can_be_done(
    sam_client: Client, bea: Access, meadow: Store
) -> None:
    make.access(bea.contact, meadow, state=State.DEACTIVATED)
    text = text_of(sam_client.get(at(bea.contact)))

    assert "Store access" in text
    assert "Signs in with bea@acme.example" in text
    assert "Harbour" in text
    assert "Deactivate customer" in text
    assert "Re-enable customer" in text
    assert f"/stores/harbour/access/{bea.public_id}/deactivate/" in text


def test_a_sign_in_email_that_differs_from_the_crm_is_told(sam_client: Client, bea: Access) -> None:
    sam_client.post(at(bea.contact, "edit"), unchanged(bea.contact, email="bea.new@acme.example"))

    assert "The sign-in email differs from the CRM" in text_of(sam_client.get(at(bea.contact)))


def test_archiving_names_what_ends_and_restoring_brings_back(sam_client: Client, bea: Access) -> None:
    assert "1 access to a store ends." in text_of(sam_client.get(at(bea.contact, "archive")))

    sam_client.post(at(bea.contact, "archive"))
    bea.refresh_from_db()
    assert bea.state == State.DEACTIVATED
    sam_client.post(at(bea.contact, "restore"))
    bea.contact.refresh_from_db()
    assert bea.contact.archived_at is None


def test_many_are_archived_after_a_question_and_restored(
    sam_client: Client, bea: Access, nils: Access
) -> None:
    ids = {"id": [str(bea.contact.public_id), str(nils.contact.public_id)], "query": "", "do": "archive"}
    asked = text_of(sam_client.post(f"{LIST}bulk/", ids))
    assert "Archive 2 contacts?" in asked
    assert "2 accesses to stores end." in asked

    sam_client.post(f"{LIST}bulk/", {**ids, "sure": "1"})
    assert not Contact.objects.living().exists()
    sam_client.post(f"{LIST}bulk/", {"all": "1", "query": "archived=yes", "do": "restore"})
    assert Contact.objects.living().count() == 2


def test_contacts_of_an_archived_customer_stay_archived_and_the_others_come_back(
    sam_client: Client, bea: Access, nils_contact: Contact
) -> None:
    ids = [str(bea.contact.public_id), str(nils_contact.public_id)]
    sam_client.post(f"{LIST}bulk/", {"id": ids, "do": "archive", "sure": "1"})
    sam_client.post(f"/crm/customers/{bea.customer.public_id}/archive/", {"sure": "1"})
    assert Customer.objects.get(pk=bea.customer_id).archived_at is not None

    told = text_of(
        sam_client.post(f"{LIST}bulk/", {"id": ids, "query": "archived=yes", "do": "restore"}, follow=True)
    )

    assert "1 contact is back." in told
    assert "1 contact stays archived, because the customer is archived. Restore it first: Acme." in told
    assert list(Contact.objects.living()) == [nils_contact]
    alone = text_of(sam_client.post(at(bea.contact, "restore"), follow=True))
    assert "The customer is archived. Restore it first." in alone


def test_all_of_one_customers_list_are_its_contacts_only(
    sam_client: Client, bea: Access, nils: Access
) -> None:
    sent = {"all": "1", "query": "", "of": str(bea.customer.public_id), "do": "archive", "sure": "1"}
    answer = sam_client.post(f"{LIST}bulk/", sent)

    assert answer.headers["Location"] == f"/crm/customers/{bea.customer.public_id}/contacts/"
    assert [row.name for row in Contact.objects.living()] == ["Nils Nord"]


def test_a_contact_moves_to_another_customer_after_a_question(
    sam_client: Client, bea: Access, borealis: Customer
) -> None:
    unknown = sam_client.post(at(bea.contact, "move"), {"customer": "nobody"})
    assert unknown.status_code == 422
    asked = text_of(sam_client.post(at(bea.contact, "move"), {"customer": "borealis"}))
    assert "1 access to a store ends." in asked

    sam_client.post(at(bea.contact, "move"), {"customer": "BORE", "sure": "1"})
    bea.contact.refresh_from_db()
    bea.refresh_from_db()
    assert bea.contact.customer == borealis
    assert bea.state == State.DEACTIVATED


def test_the_list_is_exported(sam_client: Client, bea_contact: Contact, nils_contact: Contact) -> None:
    of = {"of": str(bea_contact.customer.public_id)}
    cells = told(sam_client.get(f"{LIST}export.csv", of))

    assert "bea@acme.example" in cells
    assert "nils@" not in cells


@pytest.mark.parametrize("page", ["", "edit", "activity", "archive", "move"])
def test_every_page_is_sound_markup(page: str, sam_client: Client, bea: Access) -> None:
    answer = sam_client.get(at(bea.contact, page))

    assert answer.status_code == 200
    assert faults_of(answer.content.decode(), whole=True) == []


def test_the_lists_are_sound_markup(sam_client: Client, bea: Access, nils: Access) -> None:
    for address in (
        LIST,
        "/crm/customers/",
        f"{LIST}add/",
        f"/crm/customers/{bea.customer.public_id}/contacts/",
    ):
        assert faults_of(sam_client.get(address).content.decode(), whole=True) == []


def test_a_viewer_reads_and_has_no_button_and_no_way_to_write(vic_client: Client, bea: Access) -> None:
    listed, record = text_of(vic_client.get(LIST)), text_of(vic_client.get(at(bea.contact)))

    assert "Bea Buyer" in listed
    assert "Harbour" in record
    for word in ("Add Contact", "data-row", "Import contacts", "Invite"):
        assert word not in listed
    for word in (">Edit<", "Archive", "Deactivate customer", ">Invite<"):
        assert word not in record
    for page in ("edit", "archive", "move"):
        assert vic_client.get(at(bea.contact, page)).status_code == 403
        assert vic_client.post(at(bea.contact, page)).status_code == 403
    assert vic_client.post(at(bea.contact, "restore")).status_code == 403
    assert vic_client.get(add_url(bea.customer)).status_code == 403
    assert vic_client.get(f"{LIST}export.csv").status_code == 403


@pytest.mark.parametrize("sort", ["name", "-name"])
def test_contacts_whom_a_frequent_word_finds_far_along_the_names_are_shown_in_order(
    sort: str, ada: Actor, acme: Customer
) -> None:
    main = acme.departments.get(is_main=True)
    Contact.objects.bulk_create(
        (
            Contact(
                customer=acme,
                department=main,
                last_name=name,
                sort_name=f"{name} {number:05}",
                search_text=f"{name} {number:05} x",
            )
            for name in ("adler", "koenig", "zimmer")
            for number in range(1200)
        ),
        batch_size=1000,
    )

    def page(query: str) -> ListPage[Contact]:
        return build_list(QueryDict(query), ALL_CONTACTS, contacts(ada))

    first = page(f"q=koenig&sort={sort}")
    second = page((first.next_url or "?")[1:])

    shown = [row.sort_name for row in (*first.rows, *second.rows)]
    expected = [f"koenig {number:05}" for number in range(1200)]
    assert shown == (expected if sort == "name" else expected[::-1])[:50]
    assert first.count_text == "1,000+"
