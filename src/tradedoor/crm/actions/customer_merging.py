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
from tradedoor.core.bulk import insert_many
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.actions.addresses import set_billing_address
from tradedoor.crm.actions.merging import MOST_AT_ONCE, still_apart
from tradedoor.crm.documents import customer_document, refresh_contacts_of
from tradedoor.crm.errors import ChangedMeanwhile, NoSuchCustomer, NothingToMerge
from tradedoor.crm.events import Event
from tradedoor.crm.fields import ADDRESS_FIELDS
from tradedoor.crm.history import Changes, changes_of, in_data, in_person, last_editor
from tradedoor.crm.merging import Merge, billing_of, customer_columns, merge_of_customers
from tradedoor.crm.models import Address, Contact, Customer, CustomerTag, Department

POINTERS = ("delivery_address_id", "invoice_address_id", "default_contact_id", "approver_id")


@dataclass(frozen=True, slots=True)
class MergedCustomers:
    """The survivor as it is now, those merged into it just now, and the contacts that came with them."""

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
    `seen` as in `merge_contacts`, and so what is raised. The set of statements does not grow with the contacts.
    """
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
        return MergedCustomers(kept, ())
    for row in (kept, *merging):
        if seen.get(row.pk) != row.version:
            raise ChangedMeanwhile(by=last_editor(customer_id=row.pk))
    billing = billing_of([kept, *merging])
    merge = merge_of_customers([kept, *merging], billing)
    winners = merge.winners(chosen)
    changes = changes_of(kept, customer_columns(winners))
    people = _people_of(merging)
    _write(kept, changes)
    if "billing" in winners and winners["billing"].pk != kept.pk:
        set_billing_address(kept, _lines(billing[winners["billing"].pk]))  # type: ignore[arg-type]  # the same names
    _bring_addresses(kept, merging)
    invoiced = Address.objects.filter(customer=kept, kind=Address.Kind.BILLING).order_by("pk").first()
    Department.objects.filter(invoice_address__in=billing.values()).exclude(customer=kept).update(
        invoice_address=invoiced
    )
    _bring_departments(kept, merging)
    _bring_tags(kept, merging)
    _bring_contacts(kept, people)
    _fold(kept, merging)
    _record(merge, changes, people, actor=actor)
    return MergedCustomers(kept, tuple(merging), tuple(pk for pk, _owner in people))


def _held(keys: Collection[int]) -> list[Customer]:
    rows = Customer.objects.filter(pk__in=keys).order_by("pk")
    list(rows.select_for_update(no_key=True).values_list("pk"))
    return list(rows.select_related("price_tier", "account_manager", "merged_into"))


def _people_of(merging: Sequence[Customer]) -> list[tuple[int, int]]:
    """Their contacts and whose they are, held."""
    rows = Contact.objects.select_for_update(no_key=True).filter(customer__in=merging).order_by("pk")
    return list(rows.values_list("pk", "customer_id"))


def _write(kept: Customer, changes: Changes) -> None:
    for name, (_old, new) in changes.items():
        setattr(kept, name, new)
    kept.sort_name, kept.search_text = customer_document(
        name=kept.name, code=kept.code, email=kept.email, phone=kept.phone
    )
    kept.version += 1
    kept.save(update_fields=[*changes, "sort_name", "search_text", "version", "updated_at"])


def _bring_addresses(kept: Customer, merging: Sequence[Customer]) -> None:
    """Delivery addresses come along unless the survivor has the same, and addresses of contacts with them."""
    Address.objects.filter(customer__in=merging, kind=Address.Kind.CONTACT).update(customer=kept)
    present = {
        tuple(_lines(row).values()): row
        for row in Address.objects.filter(customer=kept, kind=Address.Kind.DELIVERY).order_by("-pk")
    }
    had_default = any(row.is_default for row in present.values())
    coming = []
    for row in Address.objects.filter(customer__in=merging, kind=Address.Kind.DELIVERY).order_by(
        "customer_id", "-is_default", "pk"
    ):
        same = present.setdefault(tuple(_lines(row).values()), row)
        if same is row:
            coming.append(row)
            continue
        Department.objects.filter(delivery_address=row).update(delivery_address=same)
        Department.objects.filter(invoice_address=row).update(invoice_address=same)
    keys = [row.pk for row in coming]
    Address.objects.filter(pk__in=keys).update(is_default=False)
    Address.objects.filter(pk__in=keys).update(customer=kept)
    if keys and not had_default:
        Address.objects.filter(pk=keys[0]).update(is_default=True)


def _bring_departments(kept: Customer, merging: Sequence[Customer]) -> None:
    """Departments come along; of two with one name, and of the Mains, the survivor's holds the people of both."""
    own = list(Department.objects.filter(customer=kept).order_by("pk"))
    main = next(row for row in own if row.is_main)
    by_name = {row.name_key: row for row in own}
    coming = []
    for row in Department.objects.filter(customer__in=merging).order_by("customer_id", "pk"):
        target = main if row.is_main else by_name.setdefault(row.name_key, row)
        if target is row:
            coming.append(row.pk)
        else:
            _fold_department(row, target)
    Department.objects.filter(pk__in=coming).update(customer=kept)


def _fold_department(row: Department, target: Department) -> None:
    Contact.objects.filter(department=row).update(department=target)
    written = [name for name in POINTERS if getattr(target, name) is None and getattr(row, name) is not None]
    for name in written:
        setattr(target, name, getattr(row, name))
    if target.archived_at is not None and row.archived_at is None:
        target.archived_at = None
        written.append("archived_at")
    if written:
        target.save(update_fields=[name.removesuffix("_id") for name in written])
    # What it pointed at belongs to the survivor from now on.
    Department.objects.filter(pk=row.pk).update(**dict.fromkeys(POINTERS))


def _bring_tags(kept: Customer, merging: Sequence[Customer]) -> None:
    labels = CustomerTag.objects.filter(customer__in=merging).order_by("pk").values_list("label", flat=True)
    wanted = {label.casefold(): label for label in reversed(labels)}
    for label in CustomerTag.objects.filter(customer=kept).values_list("label", flat=True):
        wanted.pop(label.casefold(), None)
    insert_many(CustomerTag, ["customer", "label"], [(kept.pk, label) for label in wanted.values()])


def _bring_contacts(kept: Customer, people: Sequence[tuple[int, int]]) -> None:
    moving = Contact.objects.filter(pk__in=[pk for pk, _owner in people])
    moving.update(customer=kept, version=F("version") + 1, updated_at=timezone.now())
    refresh_contacts_of([kept.pk])


def _fold(kept: Customer, merging: Sequence[Customer]) -> None:
    keys, now = [row.pk for row in merging], timezone.now()
    Customer.objects.filter(pk__in=keys).update(
        archived_at=now, merged_into=kept, version=F("version") + 1, updated_at=now
    )
    # Whoever was merged before leads straight to the one that is left.
    Customer.objects.filter(merged_into__in=keys).update(merged_into=kept)
    for row in merging:
        row.archived_at, row.merged_into = now, kept
        row.version += 1


def _lines(row: Address) -> dict[str, str]:
    return {name: getattr(row, name) for name in ADDRESS_FIELDS}


def _record(
    merge: Merge[Customer], changes: Changes, people: Sequence[tuple[int, int]], *, actor: Actor
) -> None:
    kept = merge.survivor
    merged = [
        Entry(
            customer_id=row.pk,
            data={"into": kept.pk, "into_code": kept.code},
            personal={"name": row.name, "into_name": kept.name},
        )
        for row in merge.others
    ]
    record_many(Event.CUSTOMER_MERGED, actor=actor, entries=merged)
    record(
        Event.CUSTOMER_ABSORBED,
        actor=actor,
        customer_id=kept.pk,
        data={
            "merged": [row.pk for row in merge.others],
            "codes": [row.code for row in merge.others],
            "contacts": len(people),
            **in_data(changes),
        },
        personal={"names": [row.name for row in merge.others], **in_person(changes)},
    )
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
