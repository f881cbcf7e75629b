"""Rows that look like one and the same, and rows that became one. Reads; every one takes the actor."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.merging import Merge, billing_of, merge_of_contacts, merge_of_customers
from tradedoor.crm.models import Contact, Customer

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Twins:
    """Two contacts with one email, which one customer would have after a merge."""

    kept: Contact
    coming: Contact


def possible_duplicates(contact: Contact, *, actor: Actor) -> list[Contact]:
    """Living contacts of the same customer with its email or its name, the first few. Raises `NotAllowed`."""
    require(actor, Permission.CRM_READ)
    same = Q(sort_name=contact.sort_name) if contact.sort_name else Q()
    if contact.email_canonical:
        same |= Q(email_canonical=contact.email_canonical)
    if not same:
        return []
    rows = Contact.objects.living().filter(same, customer_id=contact.customer_id).exclude(pk=contact.pk)
    return list(rows.select_related("customer", "department").order_by("pk")[:SHOWN])


def possible_duplicate_customers(customer: Customer, *, actor: Actor) -> list[Customer]:
    """Living customers of the same name, the first few. Raises `NotAllowed`."""
    require(actor, Permission.CRM_READ)
    rows = Customer.objects.living().filter(sort_name=customer.sort_name).exclude(pk=customer.pk)
    return list(rows.order_by("pk")[:SHOWN])


def merged_into_customer(customer: Customer, *, actor: Actor) -> QuerySet[Customer]:
    """The customers that were merged into this one, by name. Raises `NotAllowed`."""
    require(actor, Permission.CRM_READ)
    return Customer.objects.filter(merged_into=customer).order_by("sort_name", "pk")


def merged_into_contact(contact: Contact, *, actor: Actor) -> QuerySet[Contact]:
    """The contacts that were merged into this one, by name. Raises `NotAllowed`."""
    require(actor, Permission.CRM_READ)
    rows = Contact.objects.filter(merged_into=contact).select_related("customer")
    return rows.order_by("sort_name", "pk")


def contacts_to_merge(rows: Collection[Contact], *, actor: Actor) -> Merge[Contact]:
    """What merging these into the first would choose from. Raises `NotAllowed`."""
    require(actor, Permission.CRM_EDIT)
    return merge_of_contacts(list(rows))


def customers_to_merge(rows: Collection[Customer], *, actor: Actor) -> Merge[Customer]:
    """The same for customers."""
    require(actor, Permission.CRM_EDIT)
    return merge_of_customers(list(rows), billing_of(rows))


def twins_after_merge(rows: Collection[Customer], *, actor: Actor) -> list[Twins]:
    """Living contacts of these customers that share an email with one of another of them, the first few."""
    require(actor, Permission.CRM_READ)
    first, *others = [row.pk for row in rows]
    coming = Contact.objects.living().filter(customer__in=others).exclude(email_canonical="")
    kept = Contact.objects.living().filter(
        customer=first, email_canonical__in=coming.values("email_canonical")
    )
    by_email = {row.email_canonical: row for row in kept.order_by("pk")[: SHOWN * 4]}
    pairs = coming.filter(email_canonical__in=by_email).select_related("customer").order_by("pk")
    return [Twins(by_email[row.email_canonical], row) for row in pairs]
