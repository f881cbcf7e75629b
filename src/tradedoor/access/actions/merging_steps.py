"""Merging large customers, one step after the other.

The order keeps both records true at every moment, however long it stands still in between. Beginning, in the
request: the survivor gets what was chosen, and the others' departments, addresses and tags; they are closed to any
change, and nothing is added to them. Then, step by step, contacts go over together with their accesses, so that each
person acts for one customer and signs in all the time. Last, when nobody is left at the others, their stores are
handed over and they are archived. Where it has come to is what the rows say and no cursor: killed, stopped or begun
again by somebody else, it goes on with whoever is still there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q

from tradedoor.access.actions import documents
from tradedoor.access.actions.merging import follow_to_customer, hold_stores, start_merging
from tradedoor.access.models import Access
from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.actions import customer_merging
from tradedoor.crm.documents import refresh_contacts
from tradedoor.crm.errors import NothingToMerge
from tradedoor.crm.models import Contact, Customer
from tradedoor.jobs.models import Work
from tradedoor.jobs.steps import Line
from tradedoor.stores.actions.stores import hand_over_stores


@dataclass(frozen=True, slots=True)
class Part:
    """What one step did, and how many contacts have yet to come. `cursor` is of the survivor's own contacts, who
    follow its new name last of all."""

    cursor: int
    left: int = 0
    accesses: int = 0
    ended: int = 0
    lines: tuple[Line, ...] = ()
    is_last: bool = False


def merge_next(kept: Mapping[str, Any], *, after: int, done: int, most: int, actor: Actor) -> Part:
    """Bring the next contacts along; where all are over, finish. Raises `NotAllowed`."""
    # All of them, since nobody can say before the contacts are held to which these are being invited.
    stores = hold_stores(Q())
    survivor, merging = customer_merging.hold_merging(kept["survivor"], actor=actor)
    contact_ids = (
        customer_merging.bring_contacts(survivor, merging, most=most, actor=actor) if merging else ()
    )
    if contact_ids:
        rows, ended = follow_to_customer(contact_ids, survivor, left=merging, held=stores, actor=actor)
        left = Contact.objects.filter(customer__in=merging).count()
        return Part(0, left, len(rows), len(ended), _lines(contact_ids))
    if upto := _refreshed(survivor, after=after, most=most):
        return Part(upto)
    if merging:
        hand_over_stores([row.pk for row in merging], to=survivor, actor=actor)
        customer_merging.finish_merging(survivor, merging, contacts=done, actor=actor)
    return Part(after, is_last=True)


@transaction.atomic
def continue_merging(survivor: Customer, *, actor: Actor) -> Work:
    """Go on with a merge that stands still, as this actor, who began it or not. Raises `NotAllowed`, `Invalid`
    (`nothing_to_merge`)."""
    require(actor, Permission.CRM_EDIT)
    if not Customer.objects.filter(merging_into=survivor).exists():
        raise NothingToMerge
    return start_merging(survivor, actor=actor)


def _refreshed(survivor: Customer, *, after: int, most: int) -> int:
    """The survivor's next contacts are found by its new name; the last of them, 0 where there are no more."""
    rows = Contact.objects.filter(customer=survivor, pk__gt=after).order_by("pk")
    keys = list(rows.values_list("pk", flat=True)[:most])
    refresh_contacts(keys)
    # Also of those who act for it, and are contacts elsewhere by now.
    documents.refresh_of_contacts(keys)
    return keys[-1] if keys else 0


def _lines(contact_ids: tuple[int, ...]) -> tuple[Line, ...]:
    rows = Contact.objects.filter(pk__in=contact_ids).select_related("customer").order_by("pk")
    numbers = dict.fromkeys(contact_ids, 0)
    for contact_id in Access.objects.filter(contact__in=contact_ids).values_list("contact_id", flat=True):
        numbers[contact_id] += 1
    return tuple(
        Line(
            row.pk,
            "moved",
            "",
            {
                "contact": str(row.public_id),
                "name": row.name,
                "customer": row.customer.name,
                "stores": numbers[row.pk],
            },
        )
        for row in rows
    )
