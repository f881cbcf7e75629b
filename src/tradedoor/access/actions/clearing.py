"""What staff do about errors: have them looked at again, take them on, and mend what only access can mend."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import transaction

from tradedoor.access.actions import documents, states
from tradedoor.access.actions.checking import check_errors
from tradedoor.access.actions.crm import update_contact
from tradedoor.access.errors import NotPossible
from tradedoor.access.events import Event
from tradedoor.access.faults import sentence_of as sentence_of_error
from tradedoor.access.models import Access, AccessError
from tradedoor.access.reasons import Reason
from tradedoor.access.sets import Accesses, Outcome, Refused, just
from tradedoor.audit.record import Entry, record, record_many
from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.models import Contact


@dataclass(frozen=True, slots=True)
class Cleared:
    """What clearing did: the accesses without errors now, and those that keep one, each with its first sentence."""

    fixed: tuple[int, ...] = ()
    standing: Sequence[tuple[int, str]] = field(default=())

    def outcome(self) -> Outcome:
        kept = (Refused(Reason.ERROR_STAYS, sentence, access_id=pk) for pk, sentence in self.standing)
        return Outcome(done=self.fixed, refused=tuple(kept))


@transaction.atomic
def clear_errors(accesses: Accesses, *, actor: Actor) -> Cleared:
    """Look at the errors of these accesses again: what is mended closes, what is not stays with a fresh reason.

    Closes nothing that stands, and sends nothing. One without an error is left alone, since a colleague may have
    been quicker. Raises `NotAllowed`. Callers with many pass them batch by batch.
    """
    require(actor, Permission.ACCESS_ERRORS, stores=accesses.store_ids())
    flagged = set(AccessError.objects.open().on(accesses.ids).values_list("access_id", flat=True))
    checked = check_errors(flagged, actor=actor)
    standing = AccessError.objects.open().on(flagged)
    of_access: dict[int, AccessError] = {}
    for error in standing:
        first = checked.standing[error.access_id][0]
        if error.reason == first:
            of_access[error.access_id] = error
    return Cleared(
        fixed=tuple(sorted(flagged - of_access.keys())),
        standing=[(pk, sentence_of_error(one.reason, one.data)) for pk, one in sorted(of_access.items())],
    )


@transaction.atomic
def take_errors(accesses: Accesses, *, actor: Actor) -> int:
    """Say that the actor is on the open errors of these accesses; how many accesses. Raises `NotAllowed`."""
    return _assign(accesses, actor.login_id, Event.ERROR_TAKEN, actor=actor)


@transaction.atomic
def leave_errors(accesses: Accesses, *, actor: Actor) -> int:
    """Say that nobody is on them any more. Raises `NotAllowed`."""
    return _assign(accesses, None, Event.ERROR_LEFT, actor=actor)


@transaction.atomic
def relink(access: Access, *, actor: Actor) -> None:
    """Let the access be that of the contact where it is now: at its new customer, or merged into another.

    Raises `NotAllowed`, and `NotPossible`: `contact_archived`, `store_dedicated_elsewhere`, and
    `has_access_already` where the contact it was merged into has an access to this store itself.
    """
    require(actor, Permission.ACCESS_SWITCH, stores=[access.store_id])
    [held] = states.lock(just(access).ids)
    contact = Contact.objects.select_related("merged_into", "customer").get(pk=held.contact_id)
    target = contact.merged_into or contact
    if target.archived_at is not None:
        raise NotPossible(Reason.CONTACT_ARCHIVED)
    if access.store.customer_id not in {None, target.customer_id}:
        raise NotPossible(Reason.STORE_DEDICATED_ELSEWHERE)
    if target.pk != contact.pk:
        if Access.objects.filter(store_id=held.store_id, contact=target).exists():
            raise NotPossible(Reason.HAS_ACCESS_ALREADY)
        Access.objects.filter(pk=held.pk).update(contact=target)
    documents.relink_to_contact([held.pk])
    record(
        Event.RELINKED,
        actor=actor,
        store_id=held.store_id,
        customer_id=target.customer_id,
        contact_id=target.pk,
        access_id=held.pk,
        login_id=held.login_id,
        data={"from_contact": contact.pk, "from_customer": held.customer_id},
    )
    check_errors([held.pk], actor=actor)


def undo_crm_edit(access: Access, *, actor: Actor) -> None:
    """Give the contact the email again that the login has, and so withdraw the edit that led to the error.

    Raises `NotAllowed`, `NotPossible` (`no_access` where the access has no login), and as `update_contact`.
    """
    require(actor, Permission.ACCESS_ERRORS, stores=[access.store_id])
    if access.login is None:
        raise NotPossible(Reason.NO_ACCESS)
    contact = Contact.objects.select_related("customer").get(pk=access.contact_id)
    if contact.email_canonical == access.login.email_canonical:
        check_errors([access.pk], actor=actor)
        return
    update_contact(
        contact, {"email": access.login.email}, version=contact.version, actor=actor, confirmed=True
    )


def _assign(accesses: Accesses, login_id: int | None, event: Event, *, actor: Actor) -> int:
    require(actor, Permission.ACCESS_ERRORS, stores=accesses.store_ids())
    held = states.lock(accesses.ids)
    errors = AccessError.objects.open().filter(access__in=held)
    flagged = set(errors.values_list("access_id", flat=True))
    errors.update(assigned_to=login_id)
    entries = [
        Entry(store_id=row.store_id, customer_id=row.customer_id, contact_id=row.contact_id, access_id=row.pk)
        for row in held
        if row.pk in flagged
    ]
    record_many(event, actor=actor, entries=entries)
    return len(entries)
