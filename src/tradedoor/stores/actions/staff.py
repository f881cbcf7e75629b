"""Which stores a staff member's role covers."""

from collections.abc import Collection

from django.db import transaction

from tradedoor.accounts.models import Login
from tradedoor.audit.record import record
from tradedoor.core.actor import Actor
from tradedoor.core.errors import NotAllowed, NotFound
from tradedoor.core.permissions import Permission, require
from tradedoor.stores.events import Event
from tradedoor.stores.models import StaffStore, Store


@transaction.atomic
def set_staff_stores(login_id: int, store_ids: Collection[int], *, actor: Actor) -> None:
    """Make these the stores that a staff login covers, as long as it does not cover all.

    Nothing is written if they are so already. Rights are read at every request, so it holds from the next one.
    Raises `NotAllowed`, also for oneself and for stores beyond the actor's own scope (STF-02), and `NotFound`
    where there is no such staff member or store.
    """
    require(actor, Permission.STAFF_EDIT, stores=store_ids)
    if login_id == actor.login_id:
        raise NotAllowed(code="not_oneself")
    wanted = set(store_ids)
    if not Login.objects.staff().select_for_update().filter(pk=login_id).exists():
        raise NotFound
    if Store.objects.filter(pk__in=wanted).count() != len(wanted):
        raise NotFound
    present = set(StaffStore.objects.filter(login_id=login_id).values_list("store_id", flat=True))
    if present == wanted:
        return
    StaffStore.objects.filter(login_id=login_id, store_id__in=present - wanted).delete()
    StaffStore.objects.bulk_create(
        StaffStore(login_id=login_id, store_id=store_id) for store_id in sorted(wanted - present)
    )
    record(
        Event.STAFF_STORES_SET,
        actor=actor,
        login_id=login_id,
        data={"stores": {"old": sorted(present), "new": sorted(wanted)}},
    )
