"""Keeps `sort_name` and `search_text` in step with what they repeat. Set-based: no query a row."""

from collections.abc import Collection
from typing import NamedTuple

from django.db.models import QuerySet

from tradedoor.core.bulk import update_many
from tradedoor.core.search import fold
from tradedoor.crm.keys import name_key
from tradedoor.crm.models import Contact, Customer

LONGEST_CUSTOMER = 200
LONGEST_CONTACT = 210
CHUNK = 5000


class Document(NamedTuple):
    """What a list sorts by, and what a search looks in."""

    sort_name: str
    search_text: str


def customer_document(*, name: str, code: str, email: str, phone: str) -> Document:
    return Document(customer_sort_name(name), fold(name, code, email, phone))


def customer_sort_name(name: str) -> str:
    """Also the key under which a customer is found by its name."""
    return name_key(name)[:LONGEST_CUSTOMER]


def contact_document(
    *, first_name: str, last_name: str, email: str, customer_name: str, customer_code: str
) -> Document:
    """A contact is found by the customer's name and code too, so a renamed customer refreshes its contacts."""
    by_name = fold(last_name, first_name) or fold(email)
    return Document(
        by_name[:LONGEST_CONTACT], fold(first_name, last_name, email, customer_name, customer_code)
    )


def refresh_contacts_of(customer_ids: Collection[int]) -> int:
    """Make the documents of all contacts of these customers true; return how many changed."""
    return _refresh(Contact.objects.filter(customer_id__in=customer_ids))


def refresh_contacts(contact_ids: Collection[int]) -> int:
    """The same for these contacts."""
    return _refresh(Contact.objects.filter(pk__in=contact_ids))


def _refresh(contacts: QuerySet[Contact]) -> int:
    rows = contacts.order_by("pk").values_list(
        "pk",
        "first_name",
        "last_name",
        "email",
        "customer__name",
        "customer__code",
        "sort_name",
        "search_text",
    )
    changed = [
        (pk, *made)
        for pk, first, last, email, name, code, *present in rows.iterator(chunk_size=CHUNK)
        if (
            made := contact_document(
                first_name=first, last_name=last, email=email, customer_name=name, customer_code=code
            )
        )
        != tuple(present)
    ]
    return update_many(Contact, "pk", ["sort_name", "search_text"], changed) if changed else 0


def refresh_customers(customer_ids: Collection[int]) -> int:
    """Make the documents of these customers true; return how many changed."""
    rows = Customer.objects.filter(pk__in=customer_ids).values_list(
        "pk", "name", "code", "email", "phone", "sort_name", "search_text"
    )
    changed = [
        (pk, *made)
        for pk, name, code, email, phone, *present in rows
        if (made := customer_document(name=name, code=code, email=email, phone=phone)) != tuple(present)
    ]
    return update_many(Customer, "pk", ["sort_name", "search_text"], changed) if changed else 0
