"""eStore links: made when they are first asked for, replaced, switched off and limited."""

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tradedoor.audit.record import Entry, record, record_many
from tradedoor.core.actor import Actor
from tradedoor.core.bulk import insert_many, reserve_ids
from tradedoor.core.errors import Invalid
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.models import Customer
from tradedoor.registration.codes import code_of, hash_of
from tradedoor.registration.domains import patterns_of
from tradedoor.registration.errors import NoLinkHere, NoSuchLink
from tradedoor.registration.events import Event
from tradedoor.registration.models import EstoreLink
from tradedoor.registration.policy import is_open_to
from tradedoor.stores.models import Store

NONCE_BYTES = 32
COLUMNS = ("id", "store_id", "customer_id", "nonce", "code_hash", "made_by_id", "created_at")


@dataclass(frozen=True, slots=True)
class LinkLimits:
    """What a link is held to beside being switched on: a last day, a number of people, mail domains."""

    ends_on: date | None = None
    most_uses: int | None = None
    domains: tuple[str, ...] = field(default=())


def link_for(store: Store, customer: Customer, *, actor: Actor) -> EstoreLink:
    """The eStore link of the customer to the store, made if it was never asked for before.

    Raises `NotAllowed` and `NoLinkHere`.
    """
    found = links_for([customer], store, actor=actor)
    if customer.pk not in found:
        raise NoLinkHere
    return found[customer.pk]


@transaction.atomic
def links_for(customers: Collection[Customer], store: Store, *, actor: Actor) -> Mapping[int, EstoreLink]:
    """The eStore link of each of these customers by its key; missing ones are made.

    Customers that can have none, archived or of a store dedicated to another, are left out. A constant number
    of queries. Raises `NotAllowed`.
    """
    require(actor, Permission.ESTORE_LINK_SHOW, stores=[store.pk])
    able = {
        customer.pk: customer
        for customer in customers
        if customer.archived_at is None and is_open_to(store, customer)
    }
    found = _living(store, able.keys())
    if len(found) < len(able):
        # Held, so that two who ask for the first time at once are given the same link.
        held = Customer.objects.select_for_update(no_key=True).filter(pk__in=able.keys() - found.keys())
        missing = list(held.order_by("pk").values_list("pk", flat=True))
        found |= _living(store, missing)
        _make(store, [pk for pk in missing if pk not in found], actor=actor, event=Event.LINK_MADE)
        found |= _living(store, missing)
    return {pk: _seen(link, store, able[pk]) for pk, link in found.items()}


@transaction.atomic
def new_link(
    store: Store, customer: Customer, *, actor: Actor, instead_of: EstoreLink | None = None
) -> EstoreLink:
    """A new eStore link for the customer; the former one stops registering people and keeps leading to sign-in.

    It begins without a use and keeps the limits of the former one, except a day that is over. Where registering
    had been switched off the new one registers again: that is what it is made for. Where `instead_of` was replaced
    meanwhile, by a button pressed twice or by a colleague, the one in its place is returned and none is made.
    Raises `NotAllowed` and `NoLinkHere`.
    """
    require(actor, Permission.ESTORE_LINK_EDIT, stores=[store.pk])
    if customer.archived_at is not None or not is_open_to(store, customer):
        raise NoLinkHere
    list(Customer.objects.select_for_update(no_key=True).filter(pk=customer.pk).values_list("pk"))
    former = EstoreLink.objects.living().select_for_update().filter(store=store, customer=customer).first()
    if former is None:
        return link_for(store, customer, actor=actor)
    if instead_of is not None and instead_of.pk != former.pk:
        return _seen(former, store, customer)
    now = timezone.now()
    EstoreLink.objects.filter(pk=former.pk).update(replaced_at=now, registers=False)
    [made] = _make(store, [customer.pk], actor=actor, event=Event.LINK_REPLACED)
    ends_on = former.ends_on if former.ends_on and former.ends_on >= now.date() else None
    EstoreLink.objects.filter(pk=made).update(
        ends_on=ends_on, most_uses=former.most_uses, domains=former.domains
    )
    return _seen(_living(store, [customer.pk])[customer.pk], store, customer)


@transaction.atomic
def set_registering(link: EstoreLink, *, registers: bool, actor: Actor) -> None:
    """The link registers people, or only leads to sign-in. Nothing happens where it is so already.

    A link that was replaced stays as it is. Raises `NotAllowed` and `NoSuchLink`.
    """
    require(actor, Permission.ESTORE_LINK_EDIT, stores=[link.store_id])
    changed = EstoreLink.objects.living().filter(pk=link.pk, registers=not registers)
    if not changed.update(registers=registers):
        if not EstoreLink.objects.living().filter(pk=link.pk).exists():
            raise NoSuchLink
        return
    event = Event.LINK_SWITCHED_ON if registers else Event.LINK_SWITCHED_OFF
    record(
        event, actor=actor, store_id=link.store_id, customer_id=link.customer_id, data={"link_id": link.pk}
    )
    link.registers = registers


@transaction.atomic
def stop_registering(customer_id: int, *, actor: Actor) -> int:
    """All eStore links of the customer within the actor's stores register nobody any more; how many did.

    For everyone at a customer being deactivated at once (product.md section 9). Raises `NotAllowed`.
    """
    require(actor, Permission.ESTORE_LINK_EDIT)
    rows = EstoreLink.objects.living().filter(customer=customer_id, registers=True)
    if actor.stores is not None:
        rows = rows.filter(store__in=actor.stores)
    held = list(rows.select_for_update().order_by("pk"))
    EstoreLink.objects.filter(pk__in=[row.pk for row in held]).update(registers=False)
    _record(Event.LINK_SWITCHED_OFF, [(row.pk, row.store_id, row.customer_id) for row in held], actor=actor)
    return len(held)


@transaction.atomic
def limit_link(link: EstoreLink, limits: LinkLimits, *, actor: Actor) -> EstoreLink:
    """The link is held to these limits from now on. Raises `NotAllowed`, `NoSuchLink`, and `Invalid` for fewer
    people than it has let in already."""
    require(actor, Permission.ESTORE_LINK_EDIT, stores=[link.store_id])
    held = EstoreLink.objects.living().select_for_update().filter(pk=link.pk).first()
    if held is None:
        raise NoSuchLink
    if limits.most_uses is not None and limits.most_uses < held.uses:
        raise Invalid(
            _("This link has let in %(uses)d people already.") % {"uses": held.uses},
            code="fewer_than_used",
            field="most_uses",
        )
    held.ends_on, held.most_uses, held.domains = limits.ends_on, limits.most_uses, patterns_of(limits.domains)
    held.save(update_fields=["ends_on", "most_uses", "domains"])
    record(
        Event.LINK_LIMITED,
        actor=actor,
        store_id=held.store_id,
        customer_id=held.customer_id,
        data={
            "link_id": held.pk,
            "ends_on": str(limits.ends_on or ""),
            "most_uses": limits.most_uses,
            "domains": held.domains,
        },
    )
    return _seen(held, link.store, link.customer)


def note_shown(links: Collection[EstoreLink], *, way: str, actor: Actor) -> None:
    """Write down that these links were handed out: copied, mailed, or printed in a hand-out (`way`)."""
    rows = [(link.pk, link.store_id, link.customer_id) for link in links]
    _record(Event.LINK_SHOWN, rows, actor=actor, way=way)


def _living(store: Store, customer_ids: Collection[int]) -> dict[int, EstoreLink]:
    rows = EstoreLink.objects.living().filter(store=store, customer__in=customer_ids)
    return {row.customer_id: row for row in rows}


def _make(store: Store, customer_ids: Collection[int], *, actor: Actor, event: Event) -> list[int]:
    """Insert a link for each; the customers are held and have no living one."""
    ids, now = list(reserve_ids(EstoreLink, len(customer_ids))), timezone.now()
    if not ids:
        return []
    made = []
    for link_id, customer_id in zip(ids, customer_ids, strict=True):
        link = EstoreLink(pk=link_id, store_id=store.pk, customer_id=customer_id)
        link.nonce = secrets.token_bytes(NONCE_BYTES)
        made.append(
            (link_id, store.pk, customer_id, link.nonce, hash_of(code_of(link)), actor.login_id, now),
        )
    insert_many(EstoreLink, COLUMNS, made)
    _record(event, [(row[0], store.pk, row[2]) for row in made], actor=actor)
    return ids


def _record(event: Event, rows: Collection[tuple[int, int, int]], *, actor: Actor, **said: str) -> None:
    entries = [
        Entry(store_id=store_id, customer_id=customer_id, data={"link_id": link_id, **said})
        for link_id, store_id, customer_id in rows
    ]
    record_many(event, actor=actor, entries=entries)


def _seen(link: EstoreLink, store: Store, customer: Customer) -> EstoreLink:
    """The link with what its address is made of, so that showing many asks nothing more."""
    link.store, link.customer = store, customer
    return link
