"""Keeps what an access repeats of the CRM in step with it. Set-based: two statements a set.

Called in the transaction of the CRM's change, by `access.actions.crm`.
"""

from collections.abc import Collection

from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from tradedoor.access.models import Access, State
from tradedoor.crm.models import Contact, Customer


def refresh_of_contacts(contact_ids: Collection[int]) -> int:
    """Take over name, search text and customer of these contacts; return how many accesses that changed."""
    return _refresh(Access.objects.filter(contact_id__in=contact_ids)) if contact_ids else 0


def refresh_of_customers(customer_ids: Collection[int]) -> int:
    """The same for all contacts of these customers."""
    return _refresh(Access.objects.filter(customer_id__in=customer_ids)) if customer_ids else 0


def relink_to_contact(access_ids: Collection[int]) -> int:
    """Let these accesses belong to the customer that their contact has now, which somebody has just decided."""
    return _take_over(Access.objects.filter(pk__in=access_ids))


def _refresh(rows: QuerySet[Access]) -> int:
    # Moved past the flow that ends accesses: whoever was let in for one customer must not act for another by it.
    strayed = Q(state__in=[State.PENDING, State.CURRENT]) & ~Q(customer_id=F("contact__customer_id"))
    return _take_over(rows.exclude(strayed))


def _take_over(rows: QuerySet[Access]) -> int:
    contact = Contact.objects.filter(pk=OuterRef("contact_id"))
    customer = Customer.objects.filter(contacts=OuterRef("contact_id"))
    new = {
        "sort_name": Subquery(contact.values("sort_name")[:1]),
        "search_text": Subquery(contact.values("search_text")[:1]),
        "customer_id": Subquery(contact.values("customer_id")[:1]),
        "sort_customer": Subquery(customer.values("sort_name")[:1]),
    }
    same = Q()
    for column, value in new.items():
        same &= Q(**{column: value})
    # Held in everybody's order first: a statement that writes many takes them as they lie.
    ids = list(rows.exclude(same).select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    return Access.objects.filter(pk__in=ids).update(**new) if ids else 0
