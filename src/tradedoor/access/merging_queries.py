"""Merges of large customers that are under way: how far they are, for the records of all who take part."""

from dataclasses import dataclass

from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.models import Customer
from tradedoor.jobs.models import Work

MERGE_CUSTOMERS = "access.merge_customers"


@dataclass(frozen=True, slots=True)
class UnderWay:
    """Customers that are going over to another one, and its newest work."""

    survivor: Customer
    others: tuple[Customer, ...]
    work: Work | None

    @property
    def stands_still(self) -> bool:
        return self.work is None or self.work.state not in {Work.State.QUEUED, Work.State.RUNNING}


def merging_of(customer: Customer, *, actor: Actor) -> UnderWay | None:
    """The merge that this customer takes part in, as the one that stays or as one that goes over; None for most.

    The work is shown to whoever sees the customer, also where another staff member began it. Raises `NotAllowed`.
    """
    require(actor, Permission.CRM_READ)
    survivor = customer.merging_into or customer
    others = tuple(Customer.objects.filter(merging_into=survivor).order_by("sort_name", "pk"))
    if not others:
        return None
    works = Work.objects.filter(kind=MERGE_CUSTOMERS, dedupe_key=key_of_merging(survivor.pk))
    return UnderWay(survivor, others, works.order_by("-pk").first())


def key_of_merging(survivor_id: int) -> str:
    """The key of the one work that brings others to this customer."""
    return f"{MERGE_CUSTOMERS}:{survivor_id}"
