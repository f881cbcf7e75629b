"""eStore links as pages and hand-outs see them."""

from collections.abc import Collection, Mapping

from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.models import Customer
from tradedoor.registration.codes import hash_of
from tradedoor.registration.models import EstoreLink
from tradedoor.stores.models import Store


def estore_links(
    customers: Collection[Customer], stores: Collection[Store], *, actor: Actor
) -> Mapping[tuple[int, int], EstoreLink]:
    """The living link of each (store, customer) by their keys; those that have none yet are left out. One query.

    Raises `NotAllowed`.
    """
    require(actor, Permission.ESTORE_LINK_SHOW, stores=[store.pk for store in stores])
    rows = EstoreLink.objects.living().filter(customer__in=customers, store__in=stores)
    return {(row.store_id, row.customer_id): row for row in rows.select_related("store", "customer")}


def link_by_code(code: str, *, store: Store) -> EstoreLink | None:
    """The link that was opened at this store, former ones too; None for whatever is made up or of another store.

    Takes no actor, because whoever holds a link stands before the store's public door.
    """
    found = EstoreLink.objects.filter(code_hash=hash_of(code), store=store)
    return found.select_related("store", "customer").first()


def carried_link(link_id: int, *, store: Store) -> EstoreLink | None:
    """The link that a visitor of this store came by a moment ago. Takes no actor for the same reason."""
    return EstoreLink.objects.filter(pk=link_id, store=store).select_related("store", "customer").first()
