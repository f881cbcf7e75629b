"""What is done to many customers at once: status, tags, archive. Very many are passed batch by batch."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, cast

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from tradedoor.audit.record import Entry, record_many
from tradedoor.core.actor import Actor
from tradedoor.core.bulk import insert_many
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.errors import BeingMerged, TakesOthersIn
from tradedoor.crm.events import Event
from tradedoor.crm.fields import status_value, tag_labels
from tradedoor.crm.models import Contact, Customer, CustomerTag


@transaction.atomic
def set_customer_status(customers: Collection[Customer], status: str, *, actor: Actor) -> list[Customer]:
    """All of them have the status; those that had it, and archived ones, are left alone. Returns the changed.

    Raises `NotAllowed`, `Invalid`.
    """
    require(actor, Permission.CRM_EDIT)
    status_value(status)
    changing = _locked(customers, archived=False).exclude(status=status)
    rows = list(changing)
    _bump(rows, status=status)
    entries = [Entry(customer_id=row.pk, data={"old": row.status, "new": status}) for row in rows]
    record_many(Event.CUSTOMER_STATUS_CHANGED, actor=actor, entries=entries)
    for row in rows:
        row.status = status
    return rows


@transaction.atomic
def tag_customers(
    customers: Collection[Customer], *, add: Sequence[str] = (), remove: Sequence[str] = (), actor: Actor
) -> int:
    """Each customer has the labels to add and none to remove; return how many customers that changed."""
    require(actor, Permission.CRM_EDIT)
    rows = list(_locked(customers, archived=False))
    keys = [row.pk for row in rows]
    added, removed = tag_labels(add), tag_labels(remove)
    present = set(
        CustomerTag.objects.filter(customer__in=keys, label__in=[*added, *removed]).values_list(
            "customer_id", "label"
        )
    )
    missing = [(key, label) for key in keys for label in added if (key, label) not in present]
    gone = [(key, label) for key, label in present if label in removed]
    insert_many(CustomerTag, ["customer", "label"], missing)
    CustomerTag.objects.filter(customer__in=keys, label__in=removed).delete()
    changed = {key for key, _label in [*missing, *gone]}
    record_many(
        Event.CUSTOMER_TAGGED,
        actor=actor,
        entries=[
            Entry(customer_id=key, data={"added": added, "removed": removed}) for key in sorted(changed)
        ],
    )
    return len(changed)


@transaction.atomic
def archive_customers(
    customers: Collection[Customer], *, actor: Actor, alone: bool = False
) -> list[Customer]:
    """They and their living contacts are archived; those that were are left alone. Returns the changed.

    The contacts carry the same moment, by which restoring tells them from those archived before. `alone` leaves
    the contacts to `archive_people`, for customers with very many.
    """
    require(actor, Permission.CRM_EDIT)
    rows = list(_locked(customers, archived=False))
    _require_takes_nobody_in(rows)
    now = timezone.now()
    _bump(rows, archived_at=now)
    record_many(Event.CUSTOMER_ARCHIVED, actor=actor, entries=[Entry(customer_id=row.pk) for row in rows])
    if not alone:
        _archive_people(Contact.objects.filter(customer__in=rows), at=now, actor=actor)
    for row in rows:
        row.archived_at = now
    return rows


def archive_people(customer_ids: Collection[int], contact_ids: Collection[int], *, actor: Actor) -> None:
    """Those of the contacts who live at these customers, which are archived, are archived as of the same moment.

    Wants the caller's transaction, which holds the customers. Raises `NotAllowed`.
    """
    require(actor, Permission.CRM_EDIT)
    moments = Customer.objects.filter(pk__in=customer_ids, archived_at__isnull=False)
    for pk, archived_at in moments.values_list("pk", "archived_at"):
        those = Contact.objects.filter(pk__in=contact_ids, customer=pk)
        _archive_people(those, at=cast("datetime", archived_at), actor=actor)


def _archive_people(contacts: QuerySet[Contact], *, at: datetime, actor: Actor) -> None:
    people = list(_people(contacts.filter(archived_at__isnull=True)))
    Contact.objects.filter(pk__in=[pk for pk, _ in people]).update(archived_at=at, updated_at=timezone.now())
    _record_people(Event.CONTACT_ARCHIVED, people, actor=actor)


@transaction.atomic
def restore_customers(customers: Collection[Customer], *, actor: Actor) -> list[Customer]:
    """They, and the contacts archived together with them, are back; others are left alone. Returns the changed."""
    require(actor, Permission.CRM_EDIT)
    rows = list(_locked(customers, archived=True).filter(merged_into=None))
    moments = {row.pk: row.archived_at for row in rows}
    archived = Contact.objects.filter(
        customer__in=rows, archived_at__in=set(moments.values()), merged_into=None
    )
    people = [
        (pk, customer_id)
        for pk, customer_id, moment in archived.order_by("pk").values_list("pk", "customer_id", "archived_at")
        if moment == moments[customer_id]
    ]
    _bump(rows, archived_at=None)
    Contact.objects.filter(pk__in=[pk for pk, _ in people]).update(
        archived_at=None, updated_at=timezone.now()
    )
    record_many(Event.CUSTOMER_RESTORED, actor=actor, entries=[Entry(customer_id=row.pk) for row in rows])
    _record_people(Event.CONTACT_RESTORED, people, actor=actor)
    for row in rows:
        row.archived_at = None
    return rows


def _locked(customers: Collection[Customer], *, archived: bool) -> QuerySet[Customer]:
    """Raises `BeingMerged` where one of them is: what was said of it now would be lost."""
    rows = Customer.objects.filter(pk__in=[row.pk for row in customers]).order_by("pk")
    list(rows.select_for_update().values_list("pk"))
    leaving = rows.filter(merging_into__isnull=False).select_related("merging_into").first()
    if leaving is not None:
        raise BeingMerged(name=leaving.name, into=str(leaving.merging_into))
    return rows.filter(archived_at__isnull=not archived)


def _require_takes_nobody_in(rows: Sequence[Customer]) -> None:
    """Raises `TakesOthersIn`."""
    taking = Customer.objects.filter(merging_into__in=rows).select_related("merging_into").first()
    if taking is not None:
        raise TakesOthersIn(name=str(taking.merging_into))


def _bump(rows: Sequence[Customer], **values: Any) -> None:
    """Write the same values to all rows, and the version after the one each had."""
    Customer.objects.filter(pk__in=[row.pk for row in rows]).update(
        version=F("version") + 1, updated_at=timezone.now(), **values
    )
    for row in rows:
        row.version += 1


def _people(contacts: Any) -> Any:
    return contacts.order_by("pk").values_list("pk", "customer_id")


def _record_people(event: Event, people: Collection[tuple[int, int]], *, actor: Actor) -> None:
    entries = [
        Entry(contact_id=pk, customer_id=customer_id, data={"with_customer": True})
        for pk, customer_id in people
    ]
    record_many(event, actor=actor, entries=entries)
