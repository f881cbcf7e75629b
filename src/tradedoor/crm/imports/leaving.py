"""Contacts that a file takes to another customer, to the archive, or into another contact, set-based.

Departments and addresses follow as they do on screen. Accesses do not: an import goes past the flow that ends them,
so they show the error that the contact is gone (product.md section 10).
"""

from collections.abc import Mapping, Sequence

from django.utils import timezone

from tradedoor.core.bulk import update_many
from tradedoor.crm.imports.plan import Person
from tradedoor.crm.models import Address, Contact, Department

POINTERS = ("default_contact", "approver")


def own_address(person: Person) -> int | None:
    """The address that a present contact keeps: one of its customer's it leaves behind."""
    row = person.row
    if row is None or row.address is None:
        return None
    return None if person.moves and row.address.kind != Address.Kind.CONTACT else row.address_id


def write_leaving(people: Sequence[Person]) -> None:
    """Write what the rows of those who move, are archived or are merged mean beside their own columns."""
    moving = [person for person in people if person.moves]
    leaving = [person for person in people if person.leaves]
    if moving:
        own = [
            (p.row.address_id, p.owner.pk) for p in moving if p.row is not None and own_address(p) is not None
        ]
        update_many(Address, "pk", ["customer_id"], own)
    if leaving:
        now = timezone.now()
        rows = [(p.pk, now, p.merged_into.pk if p.merged_into else None) for p in leaving]
        update_many(Contact, "pk", ["archived_at", "merged_into_id"], rows)
    merged = {p.pk: p.merged_into for p in leaving if p.pk is not None and p.merged_into is not None}
    if merged:
        _lead_on(merged)
    gone = {p.pk for p in moving if p.pk is not None} | merged.keys()
    if gone:
        _point_elsewhere(gone, merged)


def _lead_on(merged: Mapping[int, Contact]) -> None:
    """Let whoever was merged before lead straight to the one who is left."""
    before = Contact.objects.filter(merged_into__in=merged).values_list("pk", "merged_into_id")
    rows = [(pk, merged[into].pk) for pk, into in before]
    if rows:
        update_many(Contact, "pk", ["merged_into_id"], rows)


def _point_elsewhere(gone: set[int], merged: Mapping[int, Contact]) -> None:
    """Let departments name the survivor where it is of their customer, and else nobody."""
    for pointer in POINTERS:
        pointing = Department.objects.filter(**{f"{pointer}__in": gone})
        rows = [
            (pk, into.pk if (into := merged.get(contact)) and into.customer_id == customer else None)
            for pk, customer, contact in pointing.values_list("pk", "customer_id", f"{pointer}_id")
        ]
        if rows:
            update_many(Department, "pk", [f"{pointer}_id"], rows)
