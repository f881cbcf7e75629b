"""Contacts that are one person become one contact: the CRM's part of it.

What follows for accesses stands in `access.actions.merging`, which faces call.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from tradedoor.audit.record import Entry, record, record_many
from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.documents import contact_document
from tradedoor.crm.errors import (
    ChangedMeanwhile,
    IsArchived,
    MergedElsewhere,
    NoSuchContact,
    NothingToMerge,
)
from tradedoor.crm.events import Event
from tradedoor.crm.history import Changes, changes_of, in_data, in_person, last_editor
from tradedoor.crm.merging import Merge, Row, contact_columns, merge_of_contacts
from tradedoor.crm.models import Address, Contact, Customer, Department

MOST_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class MergedContacts:
    """The survivor as it is now, and those that were merged into it just now: none where all were before."""

    survivor: Contact
    merged: tuple[Contact, ...]
    email_changed: bool = False


@transaction.atomic
def merge_contacts(
    survivor: Contact,
    others: Collection[Contact],
    *,
    chosen: Mapping[str, int],
    seen: Mapping[int, int],
    actor: Actor,
) -> MergedContacts:
    """The others are the survivor: archived, kept as rows with `merged_into`, and its departments name it instead.

    `chosen` names for a field the key of the row whose value stands; where it is silent the survivor's does,
    filled from the others. The email is taken as the CRM has it. `seen` are the versions by key that whoever
    decided saw. Nothing happens where the others were merged into it before. Raises `NotAllowed`, `NotFound`,
    `Invalid` (`nothing_to_merge`, `no_such_choice`), and `Conflict` (`archived`, `merged_elsewhere`,
    `changed_meanwhile`).
    """
    require(actor, Permission.CRM_EDIT)
    keys = _keys(survivor, others)
    rows = {row.pk: row for row in _held_contacts(keys)}
    if rows.keys() != keys:
        raise NoSuchContact
    kept = rows[survivor.pk]
    merging = still_apart(kept, [rows[key] for key in sorted(keys - {survivor.pk})])
    if not merging:
        return MergedContacts(kept, ())
    _require_seen([kept, *merging], seen)
    merge = merge_of_contacts([kept, *merging])
    changes = changes_of(kept, contact_columns(merge, merge.winners(chosen)))
    _write_contact(kept, changes)
    _fold_contacts(kept, merging)
    _record_contacts(merge, changes, actor=actor)
    return MergedContacts(kept, tuple(merging), email_changed="email_canonical" in changes)


def still_apart(kept: Row, others: Sequence[Row]) -> list[Row]:
    """Those of the others that have yet to be merged into `kept`. Raises as merging does."""
    if kept.merged_into_id is not None:
        raise MergedElsewhere(name=str(kept), into=str(kept.merged_into))
    if kept.archived_at is not None:
        raise IsArchived
    apart = [row for row in others if row.merged_into_id != kept.pk]
    for row in apart:
        if row.merged_into_id is not None:
            raise MergedElsewhere(name=str(row), into=str(row.merged_into))
        if row.archived_at is not None:
            raise IsArchived
    return apart


def _keys(survivor: Row, others: Collection[Row]) -> set[int]:
    others_keys: set[int] = {row.pk for row in others} - {survivor.pk}
    if not others_keys or len(others_keys) > MOST_AT_ONCE:
        raise NothingToMerge
    return {survivor.pk, *others_keys}


def _require_seen(rows: Sequence[Contact], seen: Mapping[int, int]) -> None:
    for row in rows:
        if seen.get(row.pk) != row.version:
            raise ChangedMeanwhile(by=last_editor(customer_id=row.customer_id, contact_id=row.pk))


def _held_contacts(keys: Collection[int]) -> list[Contact]:
    """The contacts, held after their customers as everybody does."""
    owners = Contact.objects.filter(pk__in=keys).values("customer_id")
    list(
        Customer.objects.select_for_update(no_key=True).filter(pk__in=owners).order_by("pk").values_list("pk")
    )
    rows = Contact.objects.filter(pk__in=keys).order_by("pk")
    # Held first and read then: a locking query with joins would, on PostgreSQL, pass over a contact that goes to
    # another customer while it waits.
    list(rows.select_for_update(no_key=True).values_list("pk"))
    return list(rows.select_related("customer", "department", "address", "merged_into"))


def _write_contact(kept: Contact, changes: Changes) -> None:
    if "address_id" in changes:
        coming = Address.objects.filter(pk=changes["address_id"][1], kind=Address.Kind.CONTACT)
        coming.update(customer=kept.customer)
    for name, (_old, new) in changes.items():
        setattr(kept, name, new)
    kept.sort_name, kept.search_text = contact_document(
        first_name=kept.first_name,
        last_name=kept.last_name,
        email=kept.email,
        customer_name=kept.customer.name,
        customer_code=kept.customer.code,
    )
    kept.version += 1
    kept.save(update_fields=[*changes, "sort_name", "search_text", "version", "updated_at"])


def _fold_contacts(kept: Contact, merging: Sequence[Contact]) -> None:
    keys, now = [row.pk for row in merging], timezone.now()
    gone = Contact.objects.filter(pk__in=keys)
    gone.filter(address=kept.address_id).update(address=None)
    gone.update(archived_at=now, merged_into=kept, version=F("version") + 1, updated_at=now)
    # Whoever was merged before leads straight to the one who is left.
    Contact.objects.filter(merged_into__in=keys).update(merged_into=kept)
    for pointer in ("default_contact", "approver"):
        pointing = Department.objects.filter(**{f"{pointer}__in": keys})
        pointing.filter(customer_id=kept.customer_id).update(**{pointer: kept})
        pointing.exclude(customer_id=kept.customer_id).update(**{pointer: None})
    for row in merging:
        row.archived_at, row.merged_into = now, kept
        row.version += 1


def _record_contacts(merge: Merge[Contact], changes: Changes, *, actor: Actor) -> None:
    kept, told = merge.survivor, {n: pair for n, pair in changes.items() if n != "email_canonical"}
    entries = [
        Entry(
            customer_id=row.customer_id,
            contact_id=row.pk,
            data={"into": kept.pk},
            personal={"name": row.name, "into_name": kept.name},
        )
        for row in merge.others
    ]
    record_many(Event.CONTACT_MERGED, actor=actor, entries=entries)
    record(
        Event.CONTACT_ABSORBED,
        actor=actor,
        customer_id=kept.customer_id,
        contact_id=kept.pk,
        data={"merged": [row.pk for row in merge.others], **in_data(told)},
        personal={"names": [row.name for row in merge.others], **in_person(told)},
    )
