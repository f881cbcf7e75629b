"""What ends with large customers, one step after the other.

Nobody of an inactive or archived customer gets in from the moment it is one: every door asks for that. So what is left
to do may take its time: contacts are archived with their customer, accesses end, and their links and sessions die.
A customer that is active again, or back from the archive, loses nothing more.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tradedoor.access.actions.endings import EndedWhy, end_from_above
from tradedoor.access.models import Access
from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.actions import customer_sets
from tradedoor.crm.models import Contact, Customer
from tradedoor.jobs.models import Work
from tradedoor.jobs.work import start_work

END_WITH_CUSTOMERS = "access.end_with_customers"
# More contacts are long work: ending what so many have takes a third of a second, for which everybody else waits.
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Part:
    """What one step did, and where the next begins; None where nothing is left."""

    cursor: int | None
    contacts: int = 0
    ended: int = 0


def are_many(customers: Collection[Customer]) -> bool:
    """Whether what ends with these customers is long work."""
    return Contact.objects.filter(customer__in=customers)[: AT_ONCE + 1].count() > AT_ONCE


def start_ending(customers: Collection[Customer], *, why: EndedWhy, actor: Actor) -> Work:
    """Let everything end that these customers, inactive or archived just now, still have; in the caller's transaction.

    Asks for no permission, as `end_from_above`: each step asks for that to change the CRM.
    """
    ids = sorted(customer.pk for customer in customers)
    moments = {str(row.pk): row.archived_at.isoformat() for row in customers if row.archived_at is not None}
    n = len(ids)
    if n == 1:
        title = _("End the accesses of %(name)s") % {"name": next(iter(customers)).name}
    else:
        title = ngettext("End the accesses of %(n)s customer", "End the accesses of %(n)s customers", n) % {
            "n": n
        }
    key = sha256(f"{ids}{moments}{why}".encode()).hexdigest()[:32]
    return start_work(
        END_WITH_CUSTOMERS,
        title=title,
        args={"customers": ids, "moments": moments, "why": why.value},
        actor=actor,
        total=Contact.objects.filter(customer__in=ids).count(),
        dedupe_key=f"{END_WITH_CUSTOMERS}:{key}",
    )


def is_ending(customer: Customer, *, actor: Actor) -> bool:
    """Whether what ended with this customer is still on its way. Raises `NotAllowed`."""
    require(actor, Permission.CRM_READ)
    if customer.archived_at is None and customer.status != Customer.Status.INACTIVE:
        return False
    works = Work.objects.filter(kind=END_WITH_CUSTOMERS, state__in=Work.UNFINISHED)
    return any(customer.pk in kept for kept in works.values_list("args__customers", flat=True))


def end_next(kept: Mapping[str, Any], *, after: int, most: int, actor: Actor) -> Part:
    """End what the next contacts of these customers have, and archive them where their customers are.

    By contacts and not by accesses: whoever was inviting one of them before holds them, and is waited for.
    """
    require(actor, Permission.CRM_EDIT)
    why = EndedWhy(kept["why"])
    gone = _still_gone(kept, why)
    contacts = Contact.objects.filter(customer__in=gone, pk__gt=after).order_by("pk")
    ids = list(contacts.select_for_update(no_key=True).values_list("pk", flat=True)[:most])
    if ids:
        if why is EndedWhy.CUSTOMER_ARCHIVED:
            customer_sets.archive_people(gone, ids, actor=actor)
        moved = end_from_above(contact_ids=ids, customer_ids=gone, why=why, actor=actor)
        return Part(ids[-1], len(ids), len(moved.rows))
    # Of those who have gone elsewhere past the flow, and act for one of these still.
    strayed = Access.objects.filter(customer__in=gone).exclude(contact__customer__in=gone)
    rest = set(strayed.values_list("contact_id", flat=True))
    moved = end_from_above(contact_ids=rest, customer_ids=gone, why=why, actor=actor)
    return Part(None, 0, len(moved.rows))


def _still_gone(kept: Mapping[str, Any], why: EndedWhy) -> list[int]:
    """Those of the customers that are still what they were made, held so that they stay so."""
    rows = Customer.objects.filter(pk__in=kept["customers"]).order_by("pk")
    list(rows.select_for_update(no_key=True).values_list("pk"))
    if why is not EndedWhy.CUSTOMER_ARCHIVED:
        off = Q(status=Customer.Status.INACTIVE) | Q(archived_at__isnull=False)
        return list(rows.filter(off).values_list("pk", flat=True))
    moments = {int(key): datetime.fromisoformat(said) for key, said in kept["moments"].items()}
    archived = rows.values_list("pk", "archived_at")
    return [pk for pk, archived_at in archived if archived_at == moments[pk]]
