"""Exports of customers and contacts: the columns an import takes, so that what goes out can come back."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from django.db.models import Prefetch, QuerySet

from tradedoor.audit.record import record
from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.events import Event
from tradedoor.crm.imports.columns import ADDRESS_PARTS
from tradedoor.crm.models import Address, Contact, Customer, CustomerTag
from tradedoor.crm.queries import ContactFilter, CustomerFilter, contacts, customers

CHUNK = 1000
ADDRESS_WORDS = ("street", "street 2", "city", "state", "postal code", "country")  # as ADDRESS_PARTS
# Names in one language whatever the reader's: an import guesses its columns by them.
CUSTOMER_HEADER = (
    "Customer code", "Company", "Status", "Phone", "Email", "Website", "Language", "Tax ID", "Currency",
    "Payment terms", "Price tier", "Account manager", "Tags", "Notes",
    *(f"Billing {part}" for part in ADDRESS_WORDS), *(f"Delivery {part}" for part in ADDRESS_WORDS),
)  # fmt: skip
CONTACT_HEADER = (
    "Contact ID", "Customer code", "Company", "Salutation", "First name", "Last name", "Job title", "Email", "Phone", "Mobile",
    "Department", "Subscribed User", "Receive Mail Out", "Language", "Notes", *(part.capitalize() for part in ADDRESS_WORDS),
    "Archived", "Merged into",
)  # fmt: skip


class Export(NamedTuple):
    """A header and its rows, never all in memory, for `core.sheets.writing`."""

    header: Sequence[str]
    rows: Iterator[Sequence[str]]


def export_customers(
    actor: Actor,
    *,
    search: str = "",
    narrowed: CustomerFilter | None = None,
    ids: Sequence[int] | QuerySet[Any] | None = None,
) -> Export:
    """The customers of a list, or of it those with these keys. Who exported how many is recorded.

    Raises `NotAllowed`.
    """
    require(actor, Permission.CRM_EXPORT)
    rows = _chosen(customers(actor, search=search, narrowed=narrowed), ids)
    _record("customers", rows.count(), actor=actor)
    whole = Customer.objects.filter(pk__in=rows.order_by().values("pk")).select_related(
        "price_tier", "account_manager"
    )
    defaults = Address.objects.filter(is_default=True)
    whole = whole.prefetch_related(
        Prefetch("addresses", queryset=defaults),
        Prefetch("tags", queryset=CustomerTag.objects.order_by("label")),
    ).order_by("sort_name", "pk")
    return Export(CUSTOMER_HEADER, (_customer_cells(row) for row in whole.iterator(chunk_size=CHUNK)))


def export_contacts(
    actor: Actor,
    *,
    search: str = "",
    narrowed: ContactFilter | None = None,
    ids: Sequence[int] | QuerySet[Any] | None = None,
) -> Export:
    """The contacts of a list, or of it those with these keys. Who exported how many is recorded.

    Raises `NotAllowed`.
    """
    require(actor, Permission.CRM_EXPORT)
    rows = _chosen(contacts(actor, search=search, narrowed=narrowed), ids)
    _record("contacts", rows.count(), actor=actor)
    whole = Contact.objects.filter(pk__in=rows.order_by().values("pk")).select_related(
        "customer", "department", "address", "merged_into"
    )
    whole = whole.order_by("sort_name", "pk")
    return Export(CONTACT_HEADER, (_contact_cells(row) for row in whole.iterator(chunk_size=CHUNK)))


def _chosen(rows: QuerySet[Any], ids: Sequence[int] | QuerySet[Any] | None) -> QuerySet[Any]:
    return rows if ids is None else rows.filter(pk__in=ids)


def _record(what: str, count: int, *, actor: Actor) -> None:
    record(Event.EXPORT_MADE, actor=actor, data={"what": what, "rows": count})


def _customer_cells(row: Customer) -> list[str]:
    held = {address.kind: address for address in row.addresses.all()}
    return [
        row.code,
        row.name,
        row.status,
        row.phone,
        row.email,
        row.website,
        row.language,
        row.tax_id,
        row.currency,
        row.payment_terms,
        row.price_tier.name if row.price_tier else "",
        row.account_manager.email if row.account_manager else "",
        "; ".join(tag.label for tag in row.tags.all()),
        row.notes,
        *_address_cells(held.get(Address.Kind.BILLING)),
        *_address_cells(held.get(Address.Kind.DELIVERY)),
    ]


def _contact_cells(row: Contact) -> list[str]:
    return [
        str(row.public_id),
        row.customer.code,
        row.customer.name,
        row.title,
        row.first_name,
        row.last_name,
        row.job_title,
        row.email,
        row.phone,
        row.mobile,
        row.department.name,
        "yes" if row.subscribed else "no",
        "yes" if row.receive_mail_out else "no",
        row.language,
        row.notes,
        *_address_cells(row.address),
        "yes" if row.archived_at else "no",
        str(row.merged_into.public_id) if row.merged_into else "",
    ]


def _address_cells(address: Address | None) -> list[str]:
    return [getattr(address, part) if address else "" for part in ADDRESS_PARTS]
