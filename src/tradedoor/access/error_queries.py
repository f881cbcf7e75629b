"""Errors as the faces see them."""

from collections.abc import Iterable, Mapping, Sequence

from django.db.models import Q, QuerySet

from tradedoor.access.faults import ORDER
from tradedoor.access.models import Access, AccessError, State, Tab
from tradedoor.accounts.models import Login
from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission, require
from tradedoor.stores.models import StaffStore, Store


def open_errors(rows: Iterable[Access], *, actor: Actor) -> Mapping[int, Sequence[AccessError]]:
    """The open errors of those of these rows that stand on the Error tab, each row's first one first.

    One query; none where no row stands there. Raises `NotAllowed`.
    """
    require(actor, Permission.ACCESS_READ)
    flagged = [row.pk for row in rows if row.tab == Tab.ERROR]
    found: dict[int, list[AccessError]] = {}
    if flagged:
        errors = AccessError.objects.open().on(flagged).select_related("assigned_to")
        for error in sorted(errors, key=lambda error: ORDER[error.reason]):
            found.setdefault(error.access_id, []).append(error)
    return found


def colleagues_of(store: Store, *, actor: Actor) -> QuerySet[Login]:
    """Who can be put on an error of this store, by name: staff who see it. Raises `NotAllowed`."""
    require(actor, Permission.ACCESS_ERRORS, stores=[store.pk])
    some = StaffStore.objects.filter(store=store).values("login")
    reach = Q(all_stores=True) | Q(pk__in=some)
    return Login.objects.staff().filter(reach, is_active=True).order_by("name", "pk")


def current_in_error(store: Store, *, actor: Actor) -> int:
    """How many who can sign in to this store stand on its Error tab. Raises `NotAllowed`."""
    require(actor, Permission.ACCESS_READ, stores=[store.pk])
    return Access.objects.filter(store=store, tab=Tab.ERROR, state=State.CURRENT).count()
