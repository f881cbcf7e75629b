"""Who may look at the catalogue of a store."""

from django.utils.translation import gettext_lazy as _

from tradedoor.core.actor import Actor, ActorKind
from tradedoor.core.errors import NotFound
from tradedoor.core.permissions import Permission, require
from tradedoor.stores.models import Store


def require_sight(actor: Actor, *, store: Store) -> None:
    """Return if `actor` may see products and prices in `store`.

    A buyer sees the store they are signed in to, and no other: for them a foreign store raises `NotFound`, as
    a store that does not exist would. Staff need the right, covering the store; else `NotAllowed`. Nobody else
    sees anything, because by default neither catalogue nor prices are public (product.md section 13).
    """
    if actor.kind is ActorKind.BUYER:
        if actor.stores is None or store.pk not in actor.stores or not store.is_active:
            raise NotFound(_("There is no such page."))
        return
    require(actor, Permission.CATALOG_READ, stores=[store.pk])
