"""Who of the staff works in which stores."""

from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tradedoor.accounts.actions.staff import change_staff, invite_staff
from tradedoor.accounts.models import Login
from tradedoor.accounts.roles import Role
from tradedoor.audit.record import record
from tradedoor.core.actor import Actor
from tradedoor.core.errors import Invalid, NotAllowed, NotFound
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
    require(actor, Permission.STAFF_EDIT, stores=present - wanted)
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


@transaction.atomic
def invite_to_staff(
    email: str, *, name: str, role: Role, store_ids: Collection[int] | None, actor: Actor
) -> Login:
    """Make a staff login for all stores (None) or for these, and mail the person a link to come in by.

    Raises as `accounts.actions.staff.create_staff` and `set_staff_stores`, and `Invalid` for no store at all.
    """
    _require_any(store_ids)
    login = invite_staff(email, name=name, role=role, all_stores=store_ids is None, actor=actor)
    if store_ids is not None:
        set_staff_stores(login.pk, store_ids, actor=actor)
    return login


@transaction.atomic
def change_staff_rights(
    login_id: int, *, role: Role, store_ids: Collection[int] | None, actor: Actor
) -> Login:
    """Give a staff member this role for all stores (None) or for these.

    Raises as `accounts.actions.staff.change_staff` and `set_staff_stores`, and `Invalid` for no store at all.
    """
    _require_any(store_ids)
    login = change_staff(login_id, role=role, all_stores=store_ids is None, actor=actor)
    if store_ids is not None:
        set_staff_stores(login.pk, store_ids, actor=actor)
    return login


def _require_any(store_ids: Collection[int] | None) -> None:
    if store_ids is not None and not store_ids:
        raise Invalid(_("Choose at least one store."), field="stores")
