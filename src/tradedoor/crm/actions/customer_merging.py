"""Customers that are one company become one customer: the CRM's part of it.

What follows for stores and accesses stands in `access.actions.merging`, which faces call.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from tradedoor.audit.record import Entry, record, record_many
from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.actions.addresses import set_billing_address
from tradedoor.crm.actions.customer_parts import (
    bring_addresses,
    bring_departments,
    bring_tags,
    department_there,
    lines_of,
)
from tradedoor.crm.actions.merging import MOST_AT_ONCE, still_apart
from tradedoor.crm.documents import customer_document, refresh_contacts, refresh_contacts_of
from tradedoor.crm.errors import (
    BeingMerged,
    ChangedMeanwhile,
    NoSuchCustomer,
    NothingToMerge,
    TakesOthersIn,
)
from tradedoor.crm.events import Event
from tradedoor.crm.history import Changes, changes_of, in_data, in_person, last_editor
from tradedoor.crm.merging import billing_of, customer_columns, merge_of_customers
from tradedoor.crm.models import Address, Contact, Customer, Department


@dataclass(frozen=True, slots=True)
class MergedCustomers:
    """The survivor as it is now, those merged into it just now, and the contacts that came with them.

    Of a merge that has just begun `merged` are those that are going over.
    """

    survivor: Customer
    merged: tuple[Customer, ...]
    contact_ids: tuple[int, ...] = ()


@transaction.atomic
def merge_customers(
    survivor: Customer,
    others: Collection[Customer],
    *,
    chosen: Mapping[str, int],
    seen: Mapping[int, int],
    actor: Actor,
) -> MergedCustomers:
    """The others are the survivor: it has their contacts, departments, delivery addresses and tags; they are
    archived and kept as rows with `merged_into`, under their codes, by which imports go on finding the survivor.

    Departments of one name become one, Main among them. Contacts of one email are kept as they are. `chosen` and
    `seen` as in `merge_contacts`, and so what is raised; also `being_merged` and `takes_others_in`. The set of
    statements does not grow with the contacts.
    """
    begun = _begun(survivor, others, chosen=chosen, seen=seen, actor=actor)
    if not begun.merging:
        return MergedCustomers(begun.kept, ())
    people = bring_contacts(begun.kept, begun.merging, actor=actor)
    if "name" in begun.changes:
        refresh_contacts_of([begun.kept.pk])
    _fold(begun.kept, begun.merging)
    _record(begun.kept, begun.merging, begun.changes, contacts=len(people), actor=actor)
    return MergedCustomers(begun.kept, tuple(begun.merging), people)


@transaction.atomic
def begin_merging(
    survivor: Customer,
    others: Collection[Customer],
    *,
    chosen: Mapping[str, int],
    seen: Mapping[int, int],
    actor: Actor,
) -> MergedCustomers:
    """The first part of merging customers with very many contacts; `bring_contacts` and `finish_merging` follow.

    The survivor has what was chosen, and the others' departments, delivery addresses and tags. They are marked
    with `merging_into`: from now on nothing is added to them or changed, and their contacts, which still are
    theirs, sign in as before. Should it stop half-way, each contact belongs to one customer with all its accesses,
    and it can be gone on with, by anybody who may merge. Raises as `merge_customers`.
    """
    begun = _begun(survivor, others, chosen=chosen, seen=seen, actor=actor)
    if not begun.merging:
        return MergedCustomers(begun.kept, ())
    keys = [row.pk for row in begun.merging]
    Customer.objects.filter(pk__in=keys).update(
        merging_into=begun.kept, version=F("version") + 1, updated_at=timezone.now()
    )
    entries = [
        Entry(
            customer_id=row.pk,
            data={"into": begun.kept.pk, "into_code": begun.kept.code},
            personal={"name": row.name, "into_name": begun.kept.name},
        )
        for row in begun.merging
    ]
    record_many(Event.CUSTOMER_MERGING, actor=actor, entries=entries)
    if begun.changes:
        record(
            Event.CUSTOMER_UPDATED,
            actor=actor,
            customer_id=begun.kept.pk,
            data=in_data(begun.changes),
            personal=in_person(begun.changes),
        )
    return MergedCustomers(begun.kept, tuple(begun.merging))


def hold_merging(survivor_id: int, *, actor: Actor) -> tuple[Customer, list[Customer]]:
    """The survivor and those that are going over to it, held; none of these where it is done. Raises `NotAllowed`."""
    require(actor, Permission.CRM_EDIT)
    going = Customer.objects.filter(merging_into=survivor_id).order_by("pk")
    kept = next(
        row for row in _held({survivor_id, *going.values_list("pk", flat=True)}) if row.pk == survivor_id
    )
    # Whoever begins a merge holds the survivor, so that these are all.
    return kept, list(going.all())


def bring_contacts(
    kept: Customer, merging: Sequence[Customer], *, actor: Actor, most: int | None = None
) -> tuple[int, ...]:
    """Contacts of those that go over, in the order of their keys, are the survivor's, in the departments that it
    has of theirs. Returns which; none where all are over. Their customers are held by the caller.
    """
    rows = Contact.objects.select_for_update(no_key=True).filter(customer__in=merging).order_by("pk")
    people = list(rows.values_list("pk", "customer_id")[:most])
    if not people:
        return ()
    keys = [pk for pk, _owner in people]
    Contact.objects.filter(pk__in=keys).update(
        customer=kept,
        department=department_there(kept, merging),
        version=F("version") + 1,
        updated_at=timezone.now(),
    )
    living_at = Contact.objects.filter(pk__in=keys, address__isnull=False).values("address_id")
    Address.objects.filter(pk__in=living_at, kind=Address.Kind.CONTACT).update(customer=kept)
    refresh_contacts(keys)
    _record_moves(kept, people, actor=actor)
    return tuple(keys)


def finish_merging(kept: Customer, merging: Sequence[Customer], *, contacts: int, actor: Actor) -> None:
    """Those whose contacts are over are archived as merged. The caller holds them, and has brought all contacts."""
    _fold(kept, merging)
    _record(kept, merging, {}, contacts=contacts, actor=actor)


@dataclass(frozen=True, slots=True)
class _Begun:
    kept: Customer
    merging: Sequence[Customer]
    changes: Changes


def _begun(
    survivor: Customer,
    others: Collection[Customer],
    *,
    chosen: Mapping[str, int],
    seen: Mapping[int, int],
    actor: Actor,
) -> _Begun:
    """Judge it, and do what does not grow with the contacts."""
    require(actor, Permission.CRM_EDIT)
    others_keys = {row.pk for row in others} - {survivor.pk}
    if not others_keys or len(others_keys) > MOST_AT_ONCE:
        raise NothingToMerge
    rows = {row.pk: row for row in _held({survivor.pk, *others_keys})}
    if rows.keys() != {survivor.pk, *others_keys}:
        raise NoSuchCustomer
    kept = rows[survivor.pk]
    merging = still_apart(kept, [rows[key] for key in sorted(others_keys)])
    if not merging:
        return _Begun(kept, (), {})
    _require_at_rest([kept, *merging])
    for row in (kept, *merging):
        if seen.get(row.pk) != row.version:
            raise ChangedMeanwhile(by=last_editor(customer_id=row.pk))
    billing = billing_of([kept, *merging])
    winners = merge_of_customers([kept, *merging], billing).winners(chosen)
    changes = changes_of(kept, customer_columns(winners))
    _write(kept, changes)
    if "billing" in winners and winners["billing"].pk != kept.pk:
        set_billing_address(kept, lines_of(billing[winners["billing"].pk]))  # type: ignore[arg-type]  # the same names
    bring_addresses(kept, merging)
    invoiced = Address.objects.filter(customer=kept, kind=Address.Kind.BILLING).order_by("pk").first()
    Department.objects.filter(invoice_address__in=billing.values()).exclude(customer=kept).update(
        invoice_address=invoiced
    )
    bring_departments(kept, merging)
    bring_tags(kept, merging)
    return _Begun(kept, merging, changes)


def _require_at_rest(rows: Sequence[Customer]) -> None:
    """Raises `BeingMerged` where one of them is going over already, `TakesOthersIn` where one of the others takes
    somebody in; into the survivor several may go at once."""
    leaving = next((row for row in rows if row.merging_into is not None), None)
    if leaving is not None:
        raise BeingMerged(name=leaving.name, into=str(leaving.merging_into))
    taking = Customer.objects.filter(merging_into__in=rows[1:]).select_related("merging_into").first()
    if taking is not None:
        raise TakesOthersIn(name=str(taking.merging_into))


def _held(keys: Collection[int]) -> list[Customer]:
    rows = Customer.objects.filter(pk__in=keys).order_by("pk")
    list(rows.select_for_update(no_key=True).values_list("pk"))
    return list(rows.select_related("price_tier", "account_manager", "merged_into", "merging_into"))


def _write(kept: Customer, changes: Changes) -> None:
    for name, (_old, new) in changes.items():
        setattr(kept, name, new)
    kept.sort_name, kept.search_text = customer_document(
        name=kept.name, code=kept.code, email=kept.email, phone=kept.phone
    )
    kept.version += 1
    kept.save(update_fields=[*changes, "sort_name", "search_text", "version", "updated_at"])


def _fold(kept: Customer, merging: Sequence[Customer]) -> None:
    keys, now = [row.pk for row in merging], timezone.now()
    Customer.objects.filter(pk__in=keys).update(
        archived_at=now, merged_into=kept, merging_into=None, version=F("version") + 1, updated_at=now
    )
    # Whoever was merged before leads straight to the one that is left.
    Customer.objects.filter(merged_into__in=keys).update(merged_into=kept)
    for row in merging:
        row.archived_at, row.merged_into, row.merging_into = now, kept, None
        row.version += 1


def _record(
    kept: Customer, merging: Sequence[Customer], changes: Changes, *, contacts: int, actor: Actor
) -> None:
    merged = [
        Entry(
            customer_id=row.pk,
            data={"into": kept.pk, "into_code": kept.code},
            personal={"name": row.name, "into_name": kept.name},
        )
        for row in merging
    ]
    record_many(Event.CUSTOMER_MERGED, actor=actor, entries=merged)
    record(
        Event.CUSTOMER_ABSORBED,
        actor=actor,
        customer_id=kept.pk,
        data={
            "merged": [row.pk for row in merging],
            "codes": [row.code for row in merging],
            "contacts": contacts,
            **in_data(changes),
        },
        personal={"names": [row.name for row in merging], **in_person(changes)},
    )


def _record_moves(kept: Customer, people: Sequence[tuple[int, int]], *, actor: Actor) -> None:
    moved = [
        Entry(
            customer_id=customer_id,
            contact_id=pk,
            data={"from_customer": owner, "to_customer": kept.pk, "with_customer": True},
        )
        for pk, owner in people
        for customer_id in (owner, kept.pk)
    ]
    record_many(Event.CONTACT_MOVED, actor=actor, entries=moved)
