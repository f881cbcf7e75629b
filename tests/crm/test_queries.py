"""What lists show, what finds what, and that their queries stay as many as they were."""

from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from tests import make
from tradedoor.core.actor import Actor
from tradedoor.core.bulk import insert_many, reserve_ids
from tradedoor.core.errors import NotAllowed, NotFound
from tradedoor.crm import queries
from tradedoor.crm.actions.contact_sets import archive_contacts
from tradedoor.crm.actions.customer_sets import tag_customers
from tradedoor.crm.models import Contact, Customer, Department
from tradedoor.crm.queries import ContactFilter, CustomerFilter

NOBODY = UUID("0198c0de-0000-4000-8000-000000000000")


def names(rows: object) -> list[str]:
    return [str(row) for row in rows]  # type: ignore[attr-defined]  # any queryset


def test_customers_are_found_by_part_of_name_code_and_email_without_accents(vic: Actor) -> None:
    make.customer("Åkerman & Söhne", code="K-77", email="info@akerman.example")
    make.customer("Beta")

    for asked in ("kerma", "SOHNE", "k-77", "info@ak", "åker söh"):
        assert names(queries.customers(vic, search=asked)) == ["Åkerman & Söhne"], asked
    assert names(queries.customers(vic)) == ["Åkerman & Söhne", "Beta"]
    assert names(queries.customers(vic, search="kerma beta")) == []


def test_customers_are_narrowed(vic: Actor, sam: Actor) -> None:
    manager = make.staff()
    alpha = make.customer("Alpha", status="prospect", account_manager=manager)
    beta = make.customer("Beta")
    make.contact(beta)
    archive_contacts([make.contact(alpha)], actor=sam)
    tag_customers([alpha], add=["north"], actor=sam)

    def found(**narrowed: object) -> list[str]:
        return names(queries.customers(vic, narrowed=CustomerFilter(**narrowed)))  # type: ignore[arg-type]  # keys of the filter

    assert found(statuses=["prospect"]) == ["Alpha"]
    assert found(tag="north") == ["Alpha"]
    assert found(account_manager_id=manager.pk) == ["Alpha"]
    assert found(has_contacts=True) == ["Beta"]
    assert found(has_contacts=False) == ["Alpha"]
    assert found(archived=True) == []
    assert [row.contact_count for row in queries.customers(vic)] == [0, 1]  # type: ignore[attr-defined]  # annotated


def test_contacts_are_found_by_name_email_and_company(
    vic: Actor, bea_contact: Contact, nils_contact: Contact
) -> None:
    for asked in ("bea", "buyer acme", "bea@acme"):
        assert names(queries.contacts(vic, search=asked)) == ["Bea Buyer"], asked
    assert names(queries.contacts(vic, search="n")) == ["Nils Nord"]
    narrowed = ContactFilter(customer_id=nils_contact.customer_id)
    assert names(queries.contacts(vic, narrowed=narrowed)) == ["Nils Nord"]


def test_contacts_are_narrowed(vic: Actor, sam: Actor, bea_contact: Contact) -> None:
    acme = bea_contact.customer
    make.contact(acme, "", first_name="No", last_name="Mail")
    Contact.objects.filter(pk=bea_contact.pk).update(subscribed=True)

    assert names(queries.contacts(vic, narrowed=ContactFilter(has_email=False))) == ["No Mail"]
    assert names(queries.contacts(vic, narrowed=ContactFilter(has_email=True))) == ["Bea Buyer"]
    assert names(queries.contacts(vic, narrowed=ContactFilter(subscribed=True))) == ["Bea Buyer"]
    archive_contacts([bea_contact], actor=sam)
    assert names(queries.contacts(vic)) == ["No Mail"]
    assert names(queries.contacts(vic, narrowed=ContactFilter(archived=True))) == ["Bea Buyer"]


def test_the_same_email_elsewhere_is_found(vic: Actor, bea_contact: Contact, borealis: Customer) -> None:
    other = make.contact(borealis, "BEA@acme.example")

    assert set(queries.contacts_with_email("bea@acme.example", actor=vic)) == {bea_contact, other}
    assert list(queries.contacts_with_email("bea@acme.example", actor=vic, beside=other)) == [bea_contact]
    assert not queries.contacts_with_email("", actor=vic).exists()


def test_counts_say_every_status(vic: Actor) -> None:
    make.customer("A", status="prospect")
    make.customer("B")

    assert queries.customer_counts(vic) == {
        "all": 2, "archived": 0, "prospect": 1, "active": 1, "on_hold": 0, "inactive": 0,
    }  # fmt: skip


def test_a_quick_search_looks_at_both_and_nothing_finds_nothing(vic: Actor, bea_contact: Contact) -> None:
    found = queries.quick_search(vic, "acme")

    assert names(found.customers) == ["Acme"]
    assert names(found.contacts) == ["Bea Buyer"]
    assert queries.quick_search(vic, " ") == queries.Found([], [])


def test_departments_come_with_main_first_and_how_many_belong_to_each(
    vic: Actor, bea_contact: Contact
) -> None:
    Department.objects.create(customer=bea_contact.customer, name="Buying", name_key="buying")

    rows = queries.departments_of(bea_contact.customer, actor=vic)

    assert [(row.name, row.contact_count) for row in rows] == [("Main", 1), ("Buying", 0)]  # type: ignore[attr-defined]  # annotated


@pytest.mark.parametrize("public_id", [NOBODY, str(NOBODY), "no id at all"])
def test_what_is_not_there_is_not_found(vic: Actor, public_id: str) -> None:
    for ask in (queries.customer_for, queries.contact_for, queries.department_for):
        with pytest.raises(NotFound):
            ask(public_id, actor=vic)
    assert queries.customers_for([public_id], actor=vic) == []


def test_a_buyer_reads_nothing_of_the_crm(bea_actor: Actor, bea_contact: Contact) -> None:
    customer = bea_contact.customer
    for ask in (
        lambda: queries.customers(bea_actor),
        lambda: queries.contacts(bea_actor),
        lambda: queries.customer_for(customer.public_id, actor=bea_actor),
        lambda: queries.contact_for(bea_contact.public_id, actor=bea_actor),
        lambda: queries.contacts_with_email("bea@acme.example", actor=bea_actor),
        lambda: queries.departments_of(customer, actor=bea_actor),
        lambda: queries.addresses_of(customer, actor=bea_actor),
        lambda: queries.customer_counts(bea_actor),
        lambda: queries.quick_search(bea_actor, "acme"),
        lambda: queries.tags(bea_actor),
        lambda: queries.price_tiers(bea_actor),
        lambda: queries.import_files(bea_actor),
    ):
        with pytest.raises(NotAllowed):
            ask()


def test_lists_ask_one_query_for_a_hundred_rows_and_for_five_thousand(vic: Actor) -> None:
    _fill(100)
    few = _queries_of_lists(vic)
    _fill(4900)

    assert few == _queries_of_lists(vic) == 5


def _queries_of_lists(actor: Actor) -> int:
    with CaptureQueriesContext(connection) as asked:
        for row in queries.customers(actor, search="company")[:50]:
            assert row.price_tier is None
            assert row.account_manager is None
            assert row.contact_count >= 1  # type: ignore[attr-defined]  # annotated
        for person in queries.contacts(actor, search="person")[:50]:
            assert person.customer.name
            assert person.department.name
            assert person.name
        queries.customer_counts(actor)
        queries.quick_search(actor, "pers")
    return len(asked)


@transaction.atomic
def _fill(count: int) -> None:
    at = Customer.objects.count()
    ids = reserve_ids(Customer, count)
    units = reserve_ids(Department, count)
    insert_many(
        Customer,
        ("id", "code", "code_key", "name", "sort_name", "search_text", "created_at"),
        [
            (pk, f"K{n}", f"k{n}", f"Company {n}", f"company {n}", f"company {n} k{n}", "2026-01-01T00:00Z")
            for n, pk in enumerate(ids, start=at)
        ],
    )
    insert_many(
        Department,
        ("id", "customer_id", "name", "name_key", "is_main"),
        [(unit, pk, "Main", "main", True) for unit, pk in zip(units, ids, strict=True)],
    )
    insert_many(
        Contact,
        ("customer_id", "department_id", "first_name", "sort_name", "search_text", "created_at"),
        [
            (pk, unit, "P", "p", f"person {pk}", "2026-01-01T00:00Z")
            for pk, unit in zip(ids, units, strict=True)
        ],
    )
