"""Opening and closing errors, set-based, in the transaction of the change that causes or mends them.

Nothing here asks for a permission, since errors follow from changes that were allowed, and nothing changes who
gets in. The tab and its number go with the error, by `states.place`.
"""

from collections.abc import Collection, Iterable, Mapping

from django.db import transaction
from django.utils import timezone

from tradedoor.access.actions import states
from tradedoor.access.actions.states import ERROR_STATES
from tradedoor.access.events import Event
from tradedoor.access.faults import Fault
from tradedoor.access.models import Access, AccessError, ErrorClosedWhy, ErrorReason, State
from tradedoor.accounts.actions.links import revoke_links
from tradedoor.accounts.models import Purpose, RevokedWhy
from tradedoor.audit.record import Entry, record_many
from tradedoor.core.actor import Actor
from tradedoor.core.bulk import insert_many, update_many


@transaction.atomic
def raise_errors(faults: Iterable[Fault], *, actor: Actor) -> int:
    """Let an error stand for each fault whose access is in a state for it; return how many are new.

    Pending and current accesses have errors, deactivated ones only `reported`. Where one of the same reason is
    open already, it takes over what the fault says and keeps its age and whoever is on it.
    """
    wanted = {(fault.access_id, fault.reason): fault for fault in faults}
    if not wanted:
        return 0
    held = {row.pk: row for row in states.lock(access_id for access_id, _reason in wanted)}
    present = {
        (error.access_id, ErrorReason(error.reason)): error for error in AccessError.objects.open().on(held)
    }
    fitting = {
        key: fault
        for key, fault in wanted.items()
        if key[0] in held and key[1] in ERROR_STATES.get(State(held[key[0]].state), ())
    }
    renewed = [
        (present[key].pk, dict(fault.data))
        for key, fault in fitting.items()
        if key in present and present[key].data != fault.data
    ]
    if renewed:
        update_many(AccessError, "pk", ["data"], renewed)
    new = [fault for key, fault in fitting.items() if key not in present]
    if new:
        now = timezone.now()
        rows = [(fault.access_id, fault.reason.value, now, dict(fault.data)) for fault in new]
        insert_many(AccessError, ("access_id", "reason", "since", "data"), rows)
        states.place(fault.access_id for fault in new)
        _record(Event.ERROR_RAISED, [(held[fault.access_id], fault.reason) for fault in new], actor=actor)
    return len(new)


@transaction.atomic
def close_errors(
    which: Collection[tuple[int, ErrorReason]],
    *,
    actor: Actor,
    why: ErrorClosedWhy = ErrorClosedWhy.FIXED,
) -> int:
    """Close the open errors of these accesses and reasons; return how many there were.

    An access without any further goes back to the tab of its state.
    """
    if not which:
        return 0
    held = {row.pk: row for row in states.lock(access_id for access_id, _reason in which)}
    wanted = {(access_id, ErrorReason(reason)) for access_id, reason in which}
    found = [
        error
        for error in AccessError.objects.open().on(held).order_by("pk")
        if (error.access_id, ErrorReason(error.reason)) in wanted
    ]
    if found:
        _end_take_overs(found, held)
        rows = AccessError.objects.filter(pk__in=[error.pk for error in found])
        rows.update(closed_at=timezone.now(), closed_why=why)
        states.place({error.access_id for error in found})
        told = [(held[error.access_id], ErrorReason(error.reason)) for error in found]
        _record(Event.ERROR_CLOSED, told, actor=actor, why=why)
    return len(found)


def _end_take_overs(closing: Iterable[AccessError], held: Mapping[int, Access]) -> None:
    """An invitation of another login to a current access ends with the error it was to mend: coming again, it is
    to be decided anew."""
    ids = [
        error.access_id
        for error in closing
        if error.reason == ErrorReason.EMAIL_IN_USE and held[error.access_id].state == State.CURRENT
    ]
    if ids:
        revoke_links(access_ids=ids, purposes=[Purpose.INVITATION], why=RevokedWhy.CANCELLED)


def _record(event: Event, about: Iterable[tuple[Access, ErrorReason]], *, actor: Actor, **more: str) -> None:
    record_many(
        event,
        actor=actor,
        entries=[
            Entry(
                store_id=access.store_id,
                customer_id=access.customer_id,
                contact_id=access.contact_id,
                access_id=access.pk,
                login_id=access.login_id,
                data={"reason": reason.value, **more},
            )
            for access, reason in about
        ],
    )
