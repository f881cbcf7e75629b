"""Reads of the CRM. Every one takes the actor, and the CRM is company-wide: a right covers all of it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from tradedoor.accounts.models import Login
from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission, require
from tradedoor.core.search import matching
from tradedoor.crm.errors import NoSuchContact, NoSuchCustomer, NoSuchDepartment, NoSuchImport
from tradedoor.crm.models import Address, Contact, Customer, CustomerTag, Department, ImportFile, PriceTier

CUSTOMER_COLUMNS = (
    "public_id", "code", "name", "status", "phone", "email", "currency", "sort_name", "archived_at", "merged_into_id",
    "merging_into_id",
    "created_at", "updated_at", "version", "price_tier__name", "account_manager__name", "account_manager__email",
)  # fmt: skip
CONTACT_COLUMNS = (
    "public_id", "title", "first_name", "last_name", "job_title", "email", "email_canonical", "phone", "mobile",
    "subscribed", "receive_mail_out", "sort_name", "archived_at", "created_at", "updated_at", "version",
    "customer__public_id", "customer__code", "customer__name", "customer__status", "customer__archived_at",
    "department__public_id", "department__name", "department__is_main",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class CustomerFilter:
    """What a list of customers is narrowed to; None and empty narrow nothing."""

    statuses: Collection[str] = ()
    price_tier_id: int | None = None
    tag: str = ""
    account_manager_id: int | None = None
    has_contacts: bool | None = None
    archived: bool = False


@dataclass(frozen=True, kw_only=True)
class ContactFilter:
    """What a list of contacts is narrowed to; None and empty narrow nothing."""

    customer_id: int | None = None
    department_id: int | None = None
    subscribed: bool | None = None
    has_email: bool | None = None
    archived: bool = False


@dataclass(frozen=True)
class Found:
    """What a quick search found, customers and contacts apart."""

    customers: list[Customer]
    contacts: list[Contact]


@dataclass(frozen=True)
class Subject:
    """A customer or contact as history names it."""

    public_id: UUID
    name: str


def customers(
    actor: Actor, *, search: str = "", narrowed: CustomerFilter | None = None
) -> QuerySet[Customer]:
    """The customers for a list, by name, each with `contact_count`. One query, whatever their number.

    Chain `order_by` for another order. Raises `NotAllowed`.
    """
    require(actor, Permission.CRM_READ)
    wanted = narrowed or CustomerFilter()
    rows = matching(Customer.objects.filter(_customer_condition(wanted)), search)
    if wanted.has_contacts is not None:
        living = Exists(Contact.objects.living().filter(customer=OuterRef("pk")))
        rows = rows.filter(living if wanted.has_contacts else ~living)
    return (
        rows.select_related("price_tier", "account_manager")
        .only(*CUSTOMER_COLUMNS)
        .annotate(contact_count=contact_count())
        .order_by("sort_name", "pk")
    )


def contact_count() -> Coalesce:
    """How many living contacts a customer has, counted only for the rows that are shown."""
    counted = (
        Contact.objects.living()
        .filter(customer=OuterRef("pk"))
        .order_by()
        .values("customer")
        .annotate(number=Count("pk"))
        .values("number")
    )
    return Coalesce(Subquery(counted), 0)


def _customer_condition(wanted: CustomerFilter) -> Q:
    condition = Q(archived_at__isnull=not wanted.archived)
    if wanted.statuses:
        condition &= Q(status__in=wanted.statuses)
    if wanted.price_tier_id is not None:
        condition &= Q(price_tier_id=wanted.price_tier_id)
    if wanted.account_manager_id is not None:
        condition &= Q(account_manager_id=wanted.account_manager_id)
    if wanted.tag:
        condition &= Q(pk__in=CustomerTag.objects.filter(label=wanted.tag).values("customer"))
    return condition


def contacts(actor: Actor, *, search: str = "", narrowed: ContactFilter | None = None) -> QuerySet[Contact]:
    """The contacts for a list, by name, with customer and department. One query, whatever their number.

    Chain `order_by` for another order. Raises `NotAllowed`.
    """
    require(actor, Permission.CRM_READ)
    rows = matching(Contact.objects.filter(_contact_condition(narrowed or ContactFilter())), search)
    return rows.select_related("customer", "department").only(*CONTACT_COLUMNS).order_by("sort_name", "pk")


def _contact_condition(wanted: ContactFilter) -> Q:
    condition = Q(archived_at__isnull=not wanted.archived)
    if wanted.customer_id is not None:
        condition &= Q(customer_id=wanted.customer_id)
    if wanted.department_id is not None:
        condition &= Q(department_id=wanted.department_id)
    if wanted.subscribed is not None:
        condition &= Q(subscribed=wanted.subscribed)
    if wanted.has_email is not None:
        without = Q(email="")
        condition &= ~without if wanted.has_email else without
    return condition


def customer_for(public_id: UUID | str, *, actor: Actor) -> Customer:
    """The whole customer, archived or not. Raises `NotAllowed`, `NotFound`."""
    require(actor, Permission.CRM_READ)
    found = (
        Customer.objects.select_related("price_tier", "account_manager", "merged_into", "merging_into")
        .annotate(contact_count=contact_count())
        .filter(public_id=_uuid(public_id, NoSuchCustomer))
        .first()
    )
    if found is None:
        raise NoSuchCustomer
    return found


def contact_for(public_id: UUID | str, *, actor: Actor) -> Contact:
    """The whole contact with customer, department and address. Raises `NotAllowed`, `NotFound`."""
    require(actor, Permission.CRM_READ)
    found = (
        Contact.objects.select_related("customer", "department", "address", "merged_into")
        .filter(public_id=_uuid(public_id, NoSuchContact))
        .first()
    )
    if found is None:
        raise NoSuchContact
    return found


def department_for(public_id: UUID | str, *, actor: Actor) -> Department:
    """The department with its addresses and its people. Raises `NotAllowed`, `NotFound`."""
    require(actor, Permission.CRM_READ)
    found = (
        Department.objects.select_related(
            "customer", "delivery_address", "invoice_address", "default_contact", "approver"
        )
        .filter(public_id=_uuid(public_id, NoSuchDepartment))
        .first()
    )
    if found is None:
        raise NoSuchDepartment
    return found


def customers_for(public_ids: Iterable[UUID | str], *, actor: Actor) -> list[Customer]:
    """The customers a bulk action was asked for, in the order of their keys; unknown ids are passed over."""
    require(actor, Permission.CRM_READ)
    return list(Customer.objects.filter(public_id__in=_uuids(public_ids)).order_by("pk"))


def contacts_for(public_ids: Iterable[UUID | str], *, actor: Actor) -> list[Contact]:
    """The contacts a bulk action was asked for, in the order of their keys; unknown ids are passed over."""
    require(actor, Permission.CRM_READ)
    return list(
        Contact.objects.select_related("customer").filter(public_id__in=_uuids(public_ids)).order_by("pk")
    )


def departments_of(customer: Customer, *, actor: Actor, archived: bool = False) -> QuerySet[Department]:
    """The departments of a customer, Main first, each with `contact_count`; archived ones only if asked for."""
    require(actor, Permission.CRM_READ)
    living = Q(contacts__archived_at__isnull=True)
    rows = Department.objects.filter(customer=customer)
    return (
        (rows if archived else rows.filter(archived_at__isnull=True))
        .select_related("delivery_address", "invoice_address", "default_contact", "approver")
        .annotate(contact_count=Count("contacts", filter=living))
        .order_by("-is_main", "name_key", "pk")
    )


def addresses_of(customer: Customer, *, actor: Actor) -> QuerySet[Address]:
    """Billing and delivery addresses of a customer, billing first, the default delivery before the others."""
    require(actor, Permission.CRM_READ)
    kinds = (Address.Kind.BILLING, Address.Kind.DELIVERY)
    return Address.objects.filter(customer=customer, kind__in=kinds).order_by("kind", "-is_default", "pk")


def contacts_with_email(
    canonical: str | Collection[str], *, actor: Actor, beside: Contact | None = None
) -> QuerySet[Contact]:
    """Living contacts, of whatever customer, that have an email of this canonical form; `beside` left out."""
    require(actor, Permission.CRM_READ)
    asked = {canonical} if isinstance(canonical, str) else set(canonical)
    rows = Contact.objects.living().filter(email_canonical__in=asked - {""})
    if beside is not None:
        rows = rows.exclude(pk=beside.pk)
    return rows.select_related("customer", "department").order_by("customer__sort_name", "pk")


def customer_counts(actor: Actor) -> dict[str, int]:
    """How many living customers there are by status, 0 included, and `all` and `archived`. One query."""
    require(actor, Permission.CRM_READ)
    living = Q(archived_at__isnull=True)
    by_status = {status: Count("pk", filter=living & Q(status=status)) for status in Customer.Status.values}
    counted: dict[str, Any] = Customer.objects.aggregate(
        all=Count("pk", filter=living), archived=Count("pk", filter=~living), **by_status
    )
    return counted


def quick_search(actor: Actor, text: str, *, limit: int = 8) -> Found:
    """At most `limit` customers and as many contacts that hold every word of `text`; nothing for nothing."""
    require(actor, Permission.CRM_READ)
    if not text.strip():
        return Found([], [])
    return Found(
        list(customers(actor, search=text)[:limit]),
        list(contacts(actor, search=text)[:limit]),
    )


def subjects(
    actor: Actor, *, customer_ids: Collection[int], contact_ids: Collection[int]
) -> tuple[dict[int, Subject], dict[int, Subject]]:
    """Whom rows of history speak of, customers and contacts by key, archived ones too. At most two queries."""
    require(actor, Permission.CRM_READ)
    customers = Customer.objects.filter(pk__in=customer_ids).only("pk", "public_id", "name")
    contacts = Contact.objects.filter(pk__in=contact_ids).only("pk", "public_id", "first_name", "last_name")
    return (
        {row.pk: Subject(row.public_id, row.name) for row in customers},
        {row.pk: Subject(row.public_id, f"{row.first_name} {row.last_name}".strip()) for row in contacts},
    )


def labels(
    actor: Actor, *, tier_ids: Collection[int], department_ids: Collection[int]
) -> tuple[dict[int, str], dict[int, str]]:
    """The names of price tiers and departments, for history that holds only keys. No query for none."""
    require(actor, Permission.CRM_READ)
    tiers = PriceTier.objects.filter(pk__in=tier_ids) if tier_ids else ()
    departments = Department.objects.filter(pk__in=department_ids) if department_ids else ()
    return {row.pk: row.name for row in tiers}, {row.pk: row.name for row in departments}


def price_tiers(actor: Actor) -> QuerySet[PriceTier]:
    require(actor, Permission.CRM_READ)
    return PriceTier.objects.order_by("position", "pk")


def account_managers(actor: Actor) -> QuerySet[Login]:
    """Colleagues who can be, or still are, the account manager of a customer, by name."""
    require(actor, Permission.CRM_READ)
    managing = Customer.objects.filter(account_manager__isnull=False).values("account_manager")
    return Login.objects.staff().filter(Q(is_active=True) | Q(pk__in=managing)).order_by("name", "pk")


def tags(actor: Actor) -> list[str]:
    """Every label in use, for filters and suggestions."""
    require(actor, Permission.CRM_READ)
    return list(CustomerTag.objects.order_by("label").values_list("label", flat=True).distinct())


def tags_of(customers: Collection[Customer], *, actor: Actor) -> dict[int, list[str]]:
    """The labels of each of these customers by its key. One query."""
    require(actor, Permission.CRM_READ)
    labels: dict[int, list[str]] = {customer.pk: [] for customer in customers}
    for customer_id, label in (
        CustomerTag.objects.filter(customer__in=customers)
        .order_by("label")
        .values_list("customer_id", "label")
    ):
        labels[customer_id].append(label)
    return labels


def import_files(actor: Actor) -> QuerySet[ImportFile]:
    """Uploaded files, newest first, with who uploaded them and the work they led to."""
    require(actor, Permission.CRM_IMPORT)
    return ImportFile.objects.select_related("uploaded_by", "check_work", "apply_work").order_by(
        "-created_at", "-pk"
    )


def import_file_for(public_id: UUID | str, *, actor: Actor) -> ImportFile:
    """Raises `NotAllowed`, `NotFound`."""
    found = import_files(actor).filter(public_id=_uuid(public_id, NoSuchImport)).first()
    if found is None:
        raise NoSuchImport
    return found


def _uuid(given: UUID | str, missing: type[Exception]) -> UUID:
    if isinstance(given, UUID):
        return given
    try:
        return UUID(given)
    except ValueError as error:
        raise missing from error


def _uuids(given: Iterable[UUID | str]) -> list[UUID]:
    found = []
    for public_id in given:
        try:
            found.append(public_id if isinstance(public_id, UUID) else UUID(public_id))
        except ValueError:
            continue
    return found
