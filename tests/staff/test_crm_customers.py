"""The customers' pages: the list, the record, adding, editing, states, many at once."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.web.markup import faults_of
from tradedoor.access.actions import ending_steps
from tradedoor.access.models import Access, State
from tradedoor.config.schedule import prepare_background
from tradedoor.core.actor import Actor
from tradedoor.crm.actions.customers import update_customer
from tradedoor.crm.models import Address, Contact, Customer, CustomerTag, Department, PriceTier
from tradedoor.jobs.driving import drive_work
from tradedoor.jobs.models import Work

LIST = "/crm/customers/"


def told(response: Any) -> str:
    """A download, whole."""
    return b"".join(response.streaming_content).decode()


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def at(customer: Customer, page: str) -> str:
    return f"/crm/customers/{customer.public_id}/{page}/"


def filled(customer: Customer, **more: str) -> dict[str, str]:
    """What the edit form sends where nothing was changed."""
    return {
        "name": customer.name,
        "code": customer.code,
        "status": customer.status,
        "version": str(customer.version),
        "delivery-rows": "0",
        "own-rows": "0",
        **more,
    }


@pytest.mark.django_db
def test_an_empty_list_offers_to_import_and_to_add(ada_client: Client) -> None:
    text = text_of(ada_client.get(LIST))

    assert "No customers yet" in text
    assert "Import customers" in text
    assert "Add customer" in text


def test_the_list_is_searched_filtered_and_sorted(
    ada_client: Client, acme: Customer, borealis: Customer
) -> None:
    CustomerTag.objects.create(customer=acme, label="north")

    assert "Borealis" not in text_of(ada_client.get(LIST, {"q": "acm"}))
    assert "Borealis" not in text_of(ada_client.get(LIST, {"tag": "north"}))
    assert "Nothing matches these filters" in text_of(ada_client.get(LIST, {"status": "inactive"}))
    newest = text_of(ada_client.get(LIST, {"sort": "new"}))
    assert newest.index("Borealis") < newest.index(">Acme<")


def test_typing_refreshes_the_table_alone(ada_client: Client, acme: Customer) -> None:
    answer = ada_client.get(LIST, {"q": "acme"}, headers={"HX-Request": "true", "HX-Target": "customers"})

    assert "<html" not in text_of(answer)
    assert "Acme" in text_of(answer)
    assert "HX-Request" in answer.headers["Vary"]


@pytest.mark.parametrize("address", [LIST, f"{LIST}?q=customer&sort=new"])
def test_a_page_of_25_rows_costs_the_same_however_many_there_are(address: str, ada_client: Client) -> None:
    costs = []
    for start, end in ((0, 100), (100, 5000)):
        Customer.objects.bulk_create(
            (
                Customer(
                    name=f"Customer {n}",
                    code=f"K{n}",
                    code_key=f"k{n}",
                    sort_name=f"customer {n:05}",
                    search_text=f"customer {n}",
                )
                for n in range(start, end)
            ),
            batch_size=1000,  # PostgreSQL takes 65,535 values at once
        )
        with CaptureQueriesContext(connection) as asked:
            text = text_of(ada_client.get(address))
        assert text.count("data-row") == 25
        costs.append(len(asked))

    assert costs[0] == costs[1] <= 20


def test_a_customer_is_added_with_everything_the_form_has(ada_client: Client) -> None:
    tier = PriceTier.objects.create(name="Gold")
    sent = {
        "name": "Viale Group",
        "code": "VIA",
        "status": "prospect",
        "phone": "01632 960000",
        "currency": "eur",
        "price_tier": str(tier.pk),
        "tags": "north, key account",
        "billing-line1": "Quay 1",
        "billing-city": "Porto",
        "delivery-rows": "2",
        "delivery-0-label": "Depot",
        "delivery-0-line1": "Dock 2",
        "delivery-1-line1": "Dock 3",
        "own-rows": "1",
        "own-0-name": "Route",
        "own-0-value": "7",
        "once": uuid4().hex,
    }
    answer = ada_client.post(f"{LIST}add/", sent)

    made = Customer.objects.get()
    assert answer.headers["Location"] == at(made, "details")
    assert (made.code, made.status, made.currency, made.price_tier) == ("VIA", "prospect", "EUR", tier)
    assert made.own_fields == {"Route": "7"}
    assert sorted(made.tags.values_list("label", flat=True)) == ["key account", "north"]
    places = made.addresses.order_by("pk").values_list("kind", "line1", "is_default")
    assert list(places) == [
        (Address.Kind.BILLING, "Quay 1", True),
        (Address.Kind.DELIVERY, "Dock 2", True),
        (Address.Kind.DELIVERY, "Dock 3", False),
    ]
    details = text_of(ada_client.get(at(made, "details")))
    for shown in ("Viale Group", "Gold", "key account", "Quay 1", "Depot", "Dock 3", "Route"):
        assert shown in details


def test_the_form_sent_twice_adds_one_customer(ada_client: Client, db: None) -> None:
    sent = {"name": "Twice", "status": "active", "delivery-rows": "0", "own-rows": "0", "once": uuid4().hex}
    first = ada_client.post(f"{LIST}add/", sent)
    again = ada_client.post(f"{LIST}add/", sent)

    assert Customer.objects.count() == 1
    assert again.headers["Location"] == first.headers["Location"]


def test_a_row_is_added_and_removed_without_saving_and_without_losing_what_was_typed(
    ada_client: Client, db: None
) -> None:
    sent = {"name": "", "phone": "01632", "delivery-rows": "1", "delivery-0-line1": "Dock 2", "own-rows": "0"}
    more = text_of(ada_client.post(f"{LIST}add/", {**sent, "add_delivery": "1"}))
    less = text_of(ada_client.post(f"{LIST}add/", {**sent, "remove_delivery": "0"}))

    assert 'name="delivery-1-line1"' in more
    assert 'value="Dock 2"' in more
    assert 'value="01632"' in more
    assert "Error:" not in more
    assert "Dock 2" not in less
    assert not Customer.objects.exists()


def test_what_is_wrong_stands_beside_the_field_and_nothing_typed_is_lost(
    ada_client: Client, acme: Customer
) -> None:
    answer = ada_client.post(
        f"{LIST}add/",
        {"name": "Other", "code": "acme", "status": "active", "delivery-rows": "0", "own-rows": "0"},
    )

    text = text_of(answer)
    assert answer.status_code == 422
    assert "Acme has this code already." in text
    assert "<title>Error:" in text
    assert 'value="Other"' in text
    assert 'href="#id_code"' in text


def test_all_that_is_wrong_with_a_customer_is_told_at_once(ada_client: Client, acme: Customer) -> None:
    sent = {"name": "", "code": "acme", "email": "nobody", "currency": "EU1", "status": "active"}
    response = ada_client.post("/crm/customers/add/", sent)
    assert response.status_code == 422
    for name in ("name", "code", "email", "currency"):
        assert f'id="id_{name}_error"' in text_of(response)


def test_two_people_who_edit_are_told_and_the_second_loses_nothing(
    ada_client: Client, sam: Actor, acme: Customer
) -> None:
    opened = filled(acme, phone="typed here")
    update_customer(acme, {"phone": "stored meanwhile"}, version=acme.version, actor=sam)

    answer = ada_client.post(at(acme, "edit"), opened)

    text = text_of(answer)
    assert answer.status_code == 409
    assert "Sam Seller changed this while you were editing. Nothing was saved." in text
    assert "stored meanwhile" in text
    assert 'value="typed here"' in text
    acme.refresh_from_db()
    again = ada_client.post(at(acme, "edit"), {**opened, "version": str(acme.version)})
    assert again.status_code == 302
    acme.refresh_from_db()
    assert acme.phone == "typed here"


def test_making_a_customer_inactive_by_the_form_asks_first(ada_client: Client, bea: Access) -> None:
    sent = filled(bea.customer, status="inactive")
    asked = ada_client.post(at(bea.customer, "edit"), sent)
    bea.refresh_from_db()
    assert asked.status_code == 409
    assert "1 access to a store ends." in text_of(asked)
    assert bea.state == State.CURRENT

    ada_client.post(at(bea.customer, "edit"), {**sent, "sure": "1"})
    bea.refresh_from_db()
    assert bea.state == State.DEACTIVATED


def test_a_status_set_by_the_menu_asks_where_accesses_end_and_offers_to_re_enable_them(
    sam_client: Client, bea: Access
) -> None:
    asked = sam_client.post(at(bea.customer, "status"), {"status": "inactive"})
    assert "Make Acme inactive?" in text_of(asked)
    assert "Bea Buyer" in text_of(asked)

    sam_client.post(at(bea.customer, "status"), {"status": "inactive", "sure": "1"})
    bea.refresh_from_db()
    assert bea.state == State.DEACTIVATED

    back = sam_client.post(at(bea.customer, "status"), {"status": "active"})
    assert back.headers["Location"] == at(bea.customer, "reenable")
    offered = text_of(sam_client.get(at(bea.customer, "reenable")))
    assert f'value="{bea.public_id}"' in offered

    sam_client.post(at(bea.customer, "reenable"), {"id": [str(bea.public_id)]})
    bea.refresh_from_db()
    assert bea.state == State.CURRENT


def test_archiving_names_what_ends_and_restoring_brings_back(sam_client: Client, bea: Access) -> None:
    asked = text_of(sam_client.get(at(bea.customer, "archive")))
    assert "Archive Acme?" in asked
    assert "1 access to a store ends." in asked

    sam_client.post(at(bea.customer, "archive"))
    bea.refresh_from_db()
    assert bea.state == State.DEACTIVATED
    assert ">Acme</a>" not in text_of(sam_client.get(LIST))
    assert ">Acme</a>" in text_of(sam_client.get(LIST, {"archived": "yes"}))

    sam_client.post(at(bea.customer, "restore"))
    bea.customer.refresh_from_db()
    assert bea.customer.archived_at is None


def test_many_are_archived_after_a_question(sam_client: Client, bea: Access, borealis: Customer) -> None:
    ids = {"id": [str(bea.customer.public_id), str(borealis.public_id)], "do": "archive", "query": ""}
    asked = sam_client.post(f"{LIST}bulk/", ids)
    assert "Archive 2 customers?" in text_of(asked)
    assert Customer.objects.living().count() == 2

    sam_client.post(f"{LIST}bulk/", {**ids, "sure": "1"})
    assert not Customer.objects.living().exists()


def test_all_that_a_search_shows_are_tagged(sam_client: Client, acme: Customer, borealis: Customer) -> None:
    sent = {"all": "1", "query": "q=bore", "do": "tag"}
    asked = sam_client.post(f"{LIST}bulk/", sent)
    assert "Add a tag to 1 customer" in text_of(asked)

    answer = sam_client.post(f"{LIST}bulk/", {**sent, "tags": "cold, north"})
    assert answer.headers["Location"] == f"{LIST}?q=bore"
    assert list(CustomerTag.objects.order_by("label").values_list("customer__name", "label")) == [
        ("Borealis", "cold"),
        ("Borealis", "north"),
    ]


def test_a_status_for_many_asks_only_where_accesses_end(
    sam_client: Client, bea: Access, borealis: Customer
) -> None:
    sent = {"id": [str(bea.customer.public_id), str(borealis.public_id)], "do": "status", "query": ""}
    assert "Set the status of 2 customers" in text_of(sam_client.post(f"{LIST}bulk/", sent))

    asked = sam_client.post(f"{LIST}bulk/", {**sent, "status": "inactive"})
    assert "1 access to a store ends." in text_of(asked)
    sam_client.post(f"{LIST}bulk/", {**sent, "status": "inactive", "sure": "1"})
    assert set(Customer.objects.values_list("status", flat=True)) == {"inactive"}


def test_the_list_is_exported_as_it_is_narrowed_or_as_ticked(
    sam_client: Client, acme: Customer, borealis: Customer
) -> None:
    whole = told(sam_client.get(f"{LIST}export.csv", {"q": "acme"}))
    ticked = {"id": [str(borealis.public_id)], "query": ""}
    chosen = told(sam_client.post(f"{LIST}export.csv", ticked))

    assert "Acme" in whole
    assert "Borealis" not in whole
    assert "Borealis" in chosen
    assert "Acme" not in chosen


def test_a_department_is_added_changed_archived_and_restored(
    sam_client: Client, bea_contact: Contact
) -> None:
    acme = bea_contact.customer
    sam_client.post(
        at(acme, "departments/add"), {"name": "Purchasing", "approver": str(bea_contact.public_id)}
    )
    made = Department.objects.get(name="Purchasing")
    assert made.approver == bea_contact

    taken = sam_client.post(at(acme, "departments/add"), {"name": "purchasing"})
    assert taken.status_code == 422
    assert "This name is taken already." in text_of(taken)

    sam_client.post(f"/crm/departments/{made.public_id}/edit/", {"name": "Buying"})
    sam_client.post(f"/crm/departments/{made.public_id}/archive/")
    made.refresh_from_db()
    assert made.name == "Buying"
    assert made.approver_id is None
    assert made.archived_at is not None
    sam_client.post(f"/crm/departments/{made.public_id}/restore/")
    assert "Buying" in text_of(sam_client.get(at(acme, "departments")))


def test_the_store_page_counts_the_accesses_of_each_store(sam_client: Client, bea: Access) -> None:
    text = text_of(sam_client.get(at(bea.customer, "estore")))

    assert "Harbour" in text
    assert "Current: 1" in text
    assert "/stores/harbour/dashboard/?customer=Acme" in text


@pytest.mark.parametrize("page", ["details", "departments", "contacts", "estore", "orders", "activity"])
def test_every_page_of_the_record_is_sound_markup(page: str, sam_client: Client, bea: Access) -> None:
    answer = sam_client.get(at(bea.customer, page))

    assert answer.status_code == 200
    assert faults_of(answer.content.decode(), whole=True) == []


@pytest.mark.parametrize("page", ["edit", "archive", "contacts/add", "departments/add"])
def test_every_form_is_sound_markup(page: str, sam_client: Client, bea: Access) -> None:
    assert faults_of(sam_client.get(at(bea.customer, page)).content.decode(), whole=True) == []


def test_a_viewer_reads_and_has_no_button_and_no_way_to_write(vic_client: Client, bea: Access) -> None:
    text = text_of(vic_client.get(LIST))
    record = text_of(vic_client.get(at(bea.customer, "details")))

    assert "Acme" in text
    for word in ("Add customer", "Import customers", "data-row", "Export"):
        assert word not in text
    for word in (">Edit<", "Archive"):
        assert word not in record
    for page in ("edit", "archive", "contacts/add", "departments/add"):
        assert vic_client.get(at(bea.customer, page)).status_code == 403
    for page in ("edit", "archive", "status", "restore"):
        assert vic_client.post(at(bea.customer, page), {"status": "inactive"}).status_code == 403
    assert vic_client.post(f"{LIST}bulk/", {"all": "1", "do": "archive"}).status_code == 403
    assert vic_client.get(f"{LIST}export.csv").status_code == 403


def test_an_unknown_customer_is_not_found(ada_client: Client, db: None) -> None:
    assert ada_client.get(f"/crm/customers/{uuid4()}/details/").status_code == 404


def test_a_price_tier_is_added_once(ada_client: Client, db: None) -> None:
    assert ada_client.post("/crm/price-tiers/add/", {"name": "Gold"}).status_code == 302
    assert ada_client.post("/crm/price-tiers/add/", {"name": "gold"}).status_code == 422
    assert PriceTier.objects.count() == 1


def test_what_a_large_customer_has_ends_in_the_background_and_its_record_says_so(
    ada_client: Client, acme: Customer, bea: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare_background()
    monkeypatch.setattr(ending_steps, "AT_ONCE", 0)
    record = f"/crm/customers/{acme.public_id}/"
    ada_client.post(f"{record}status/", {"status": "inactive", "sure": "1"})
    said = "their accesses and contacts follow in the background"
    assert said in text_of(ada_client.get(f"{record}details/"))
    drive_work(Work.objects.get().pk)
    assert said not in text_of(ada_client.get(f"{record}details/"))
    bea.refresh_from_db()
    assert bea.state == State.DEACTIVATED
