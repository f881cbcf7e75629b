"""Stores as the faces see them."""

from collections.abc import Collection, Mapping
from datetime import date
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import timezone

from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission, require
from tradedoor.stores.errors import StoreNotFound
from tradedoor.stores.models import SignInCount, StaffStore, Store, StoreAlias


def stores(actor: Actor) -> QuerySet[Store]:
    """The stores in the actor's scope, by name. Raises `NotAllowed`."""
    require(actor, Permission.STORE_READ)
    return Store.objects.within(actor.stores).select_related("customer")


def store_for(slug: str, *, actor: Actor) -> Store:
    """The store at that address, now or before. Raises `NotAllowed`, and `StoreNotFound` outside the scope."""
    require(actor, Permission.STORE_READ)
    store = store_by_slug(slug)
    if store is None or not actor.can(Permission.STORE_READ, store.pk):
        raise StoreNotFound
    return store


def store_by_slug(slug: str) -> Store | None:
    """The store whose front door is, or once was, at `slug`; the caller redirects where the two differ.

    Takes no actor, because it is asked before anybody can be one: whoever types the address of a store
    stands before its public door. Everything behind that door takes an actor.
    """
    if "\0" in slug:  # which PostgreSQL cannot even be asked for
        return None
    # Every page of a store begins with this; almost none is asked for by a former address.
    found = Store.objects.filter(slug=slug).first()
    return (
        found or Store.objects.filter(pk__in=StoreAlias.objects.filter(slug=slug).values("store_id")).first()
    )


def store_ids_of(login_id: int) -> frozenset[int]:
    """The stores a staff login covers where it does not cover all.

    Takes no actor, because the door asks it to make one.
    """
    return frozenset(StaffStore.objects.filter(login_id=login_id).values_list("store_id", flat=True))


def staff_store_ids(login_ids: Collection[int], *, actor: Actor) -> dict[int, frozenset[int]]:
    """The stores of each of these staff logins that do not cover all. One query. Raises `NotAllowed`."""
    require(actor, Permission.STAFF_READ)
    reach: dict[int, set[int]] = {}
    for login_id, store_id in StaffStore.objects.filter(login__in=login_ids).values_list("login", "store"):
        reach.setdefault(login_id, set()).add(store_id)
    return {login_id: frozenset(stores) for login_id, stores in reach.items()}


def today_in(store: Store) -> date:
    """The day it is now where the store is."""
    return timezone.now().astimezone(ZoneInfo(store.time_zone)).date()


def sign_ins_by_day(store: Store, *, since: date) -> Mapping[date, int]:
    """The days from `since` on that had sign-ins, and how many. Takes no actor: its callers have asked."""
    return dict(SignInCount.objects.filter(store=store, day__gte=since).values_list("day", "count"))
