"""Stores made, changed, switched, and given their pictures."""

from collections.abc import Collection, Mapping
from typing import IO, Any
from uuid import uuid4

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tradedoor.audit.record import record
from tradedoor.core.actor import Actor
from tradedoor.core.errors import Invalid
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.models import Customer
from tradedoor.stores.errors import SlugTaken, StoreChanged, StoreNotFound
from tradedoor.stores.events import Event
from tradedoor.stores.fields import checked
from tradedoor.stores.models import Store, StoreAlias
from tradedoor.stores.pictures import BANNER, LOGO, Frame, redrawn

NOBODY = 0  # no store has this key

# Said of these is who set them and when, not what: they speak of people.
PERSONAL = frozenset({"sender_name", "reply_to", "notify_address", "phone", "email", "postal_address"})


@transaction.atomic
def create_store(values: Mapping[str, Any], *, actor: Actor) -> Store:
    """Make a store of `values` (names as in `stores.fields.CHECKS`; name and slug are needed).

    Raises `NotAllowed`, `SlugTaken`, and `Invalid` for a wrong or missing value.
    """
    require(actor, Permission.STORE_CREATE)
    store = Store(**checked({"name": "", "slug": "", **values}))
    _require_customer(store)
    _require_free(store.slug, store_id=NOBODY)
    store.save(force_insert=True)
    record(Event.CREATED, actor=actor, store_id=store.pk, data={"slug": store.slug, "kind": store.kind})
    return store


def problems_with(values: Mapping[str, Any], *, actor: Actor) -> list[Invalid]:
    """All that is wrong with these values of a new store, where making it would stop at the first.

    Raises `NotAllowed`.
    """
    require(actor, Permission.STORE_CREATE)
    found = []
    for name, value in values.items():
        try:
            right = checked({name: value})
            if name == "slug":
                _require_free(right[name], store_id=NOBODY)
        except Invalid as refusal:
            found.append(refusal)
    return found


@transaction.atomic
def update_store(store: Store, values: Mapping[str, Any], *, version: int, actor: Actor) -> Store:
    """Set those of `values` that differ. With none that does, nothing is written.

    A former address keeps leading here. A change of kind or customer wants a look at the accesses first, so
    faces call `access.actions.stores.update_store`, which looks and then calls this. Raises `NotAllowed`,
    `StoreChanged` if somebody saved since `version`, `SlugTaken`, and `Invalid`.
    """
    require(actor, Permission.STORE_EDIT, stores=[store.pk])
    # Not the lesser lock: accesses that are just being inserted have to be waited for.
    held = _held(store.pk)
    if held.version != version:
        raise StoreChanged
    old = {name: getattr(held, name) for name in checked(values)}
    changed = {name: value for name, value in checked(values).items() if value != old[name]}
    if not changed:
        return held
    for name, value in changed.items():
        setattr(held, name, value)
    _require_customer(held)
    if "slug" in changed:
        _move_in(held, former=old["slug"])
    held.version += 1
    held.save(update_fields=[*changed, "version", "updated_at"])
    said = {name: {"old": old[name], "new": value} for name, value in changed.items()}
    record(
        Event.UPDATED,
        actor=actor,
        store_id=held.pk,
        data={"changed": sorted(changed)} | {name: said[name] for name in said.keys() - PERSONAL},
        personal={name: said[name] for name in said.keys() & PERSONAL},
    )
    return held


@transaction.atomic
def set_active(store: Store, *, active: bool, actor: Actor) -> None:
    """Switch the store on or off; no access changes its state. Nothing happens if it is so already.

    Raises `NotAllowed`.
    """
    require(actor, Permission.STORE_EDIT, stores=[store.pk])
    changed = Store.objects.filter(pk=store.pk, is_active=not active).update(
        is_active=active, version=F("version") + 1, updated_at=timezone.now()
    )
    if changed:
        record(Event.SWITCHED_ON if active else Event.SWITCHED_OFF, actor=actor, store_id=store.pk)
    store.is_active = active


@transaction.atomic
def hand_over_stores(customer_ids: Collection[int], *, to: Customer, actor: Actor) -> list[Store]:
    """The stores dedicated to these customers are dedicated to `to`, into which they were merged.

    Asks for no permission, since it follows from a merge that was allowed. Returns the changed.
    """
    rows = list(Store.objects.select_for_update().filter(customer_id__in=customer_ids).order_by("pk"))
    Store.objects.filter(pk__in=[row.pk for row in rows]).update(
        customer=to, version=F("version") + 1, updated_at=timezone.now()
    )
    for row in rows:
        said = {"customer_id": {"old": row.customer_id, "new": to.pk}}
        record(Event.UPDATED, actor=actor, store_id=row.pk, data={"changed": ["customer_id"], **said})
    return rows


def set_logo(store: Store, file: IO[bytes] | None, *, actor: Actor) -> None:
    """Make `file` the logo, drawn anew; None takes the logo away. Raises `NotAllowed` and `BadImage`."""
    events = (Event.LOGO_SET, Event.LOGO_REMOVED)
    _set_picture(store, "logo", file, frame=LOGO, events=events, actor=actor)


def set_banner(store: Store, file: IO[bytes] | None, *, actor: Actor) -> None:
    """Make `file` the banner, drawn anew; None takes the banner away. Raises `NotAllowed` and `BadImage`."""
    events = (Event.BANNER_SET, Event.BANNER_REMOVED)
    _set_picture(store, "banner", file, frame=BANNER, events=events, actor=actor)


def _set_picture(
    store: Store,
    field: str,
    file: IO[bytes] | None,
    *,
    frame: Frame,
    events: tuple[Event, Event],
    actor: Actor,
) -> None:
    require(actor, Permission.STORE_EDIT, stores=[store.pk])
    # Drawn before the transaction begins, because it takes longer than a write lock should be held.
    picture = redrawn(file, frame=frame) if file is not None else None
    with transaction.atomic():
        held = _held(store.pk)
        former = getattr(held, field).name
        # A name of its own each time, so that whoever keeps the old picture asks for the new one.
        name = f"{uuid4().hex}.{frame.ending}" if picture else ""
        if picture:
            getattr(held, field).save(name, picture, save=False)
        else:
            setattr(held, field, "")
        held.version += 1
        held.save(update_fields=[field, "version", "updated_at"])
        record(events[0] if picture else events[1], actor=actor, store_id=store.pk)
        if former:
            transaction.on_commit(lambda: default_storage.delete(former))
    setattr(store, field, getattr(held, field).name)
    store.version = held.version


def _held(store_id: int) -> Store:
    store = Store.objects.select_for_update().filter(pk=store_id).first()
    if store is None:
        raise StoreNotFound
    return store


def _require_customer(store: Store) -> None:
    """A dedicated store has a customer that is there; a shared one has none."""
    if store.kind == Store.Kind.SHARED:
        if store.customer_id is not None:
            raise Invalid(
                _("A shared store belongs to no customer."), code="customer_given", field="customer_id"
            )
        return
    if not Customer.objects.living().filter(pk__in=[store.customer_id]).exists():
        raise Invalid(
            _("Choose the customer this store is for."), code="customer_missing", field="customer_id"
        )


def _require_free(slug: str, *, store_id: int) -> None:
    taken = Store.objects.exclude(pk=store_id).filter(slug=slug).exists()
    if taken or StoreAlias.objects.exclude(store_id=store_id).filter(slug=slug).exists():
        raise SlugTaken(field="slug")


def _move_in(store: Store, *, former: str) -> None:
    """Take the new address, keep the former one as an alias; one that was had before is an alias no more."""
    _require_free(store.slug, store_id=store.pk)
    StoreAlias.objects.filter(store=store, slug=store.slug).delete()
    StoreAlias.objects.get_or_create(slug=former, defaults={"store": store})
