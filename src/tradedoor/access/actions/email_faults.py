"""What stands in the way of email changes, as the Error tab shows it."""

from collections.abc import Collection, Iterable

from tradedoor.access.actions.errors import close_errors, raise_errors
from tradedoor.access.faults import Fault
from tradedoor.access.models import Access, AccessError, ErrorClosedWhy, ErrorReason
from tradedoor.core.actor import Actor

# A change of email raises these itself, and what is tried again cannot wait for its own failure.
OWN = (
    ErrorReason.NO_EMAIL,
    ErrorReason.BAD_EMAIL,
    ErrorReason.EMAIL_IN_USE,
    ErrorReason.DUPLICATE_CONTACT,
    ErrorReason.LOGIN_SHARED,
)
# The last two are about a setting, and about an address that is being left.
PASSABLE = (*OWN, ErrorReason.STORE_INCOMPLETE, ErrorReason.UNDELIVERABLE)


def blocked_logins(login_ids: Collection[int]) -> set[int]:
    """The logins with an error open, in any store, that makes a change of their email wait (product.md 10)."""
    blocking = AccessError.objects.open().exclude(reason__in=PASSABLE)
    found = Access.objects.filter(login_id__in=login_ids, errors__in=blocking)
    return set(found.values_list("login_id", flat=True))


def raise_faults(faults: Iterable[Fault], *, actor: Actor) -> None:
    """Put accesses on the Error tab; one that is there for the same reason stays as it is."""
    raise_errors(faults, actor=actor)


def close_faults(
    access_ids: Collection[int],
    reasons: Collection[ErrorReason],
    *,
    actor: Actor,
    why: ErrorClosedWhy = ErrorClosedWhy.FIXED,
) -> None:
    """Close what stands open of these reasons on these accesses."""
    found = AccessError.objects.open().on(access_ids).filter(reason__in=reasons)
    which = [
        (access_id, ErrorReason(reason)) for access_id, reason in found.values_list("access_id", "reason")
    ]
    close_errors(which, actor=actor, why=why)
