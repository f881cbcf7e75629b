"""What staff do about errors: have them looked at again, and say who is on them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from tradedoor.access.actions import states
from tradedoor.access.actions.checking import check_errors
from tradedoor.access.error_queries import colleagues_of
from tradedoor.access.events import Event
from tradedoor.access.faults import sentence_of as sentence_of_error
from tradedoor.access.models import Access, AccessError
from tradedoor.access.reasons import Reason, sentence_of
from tradedoor.access.sets import Accesses, Outcome, Refused, just
from tradedoor.accounts.models import Login
from tradedoor.audit.record import Entry, record_many
from tradedoor.core.actor import Actor
from tradedoor.core.errors import Invalid
from tradedoor.core.permissions import Permission, require


@dataclass(frozen=True, slots=True)
class Cleared:
    """What clearing did: the accesses without errors now, those that keep one, each with its first sentence, and
    those that had none."""

    fixed: tuple[int, ...] = ()
    standing: Sequence[tuple[int, str]] = field(default=())
    without: tuple[int, ...] = ()

    def outcome(self) -> Outcome:
        kept = [Refused(Reason.ERROR_STAYS, sentence, access_id=pk) for pk, sentence in self.standing]
        none = sentence_of(Reason.NO_ERROR)
        kept += [Refused(Reason.NO_ERROR, none, access_id=pk) for pk in self.without]
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
        without=tuple(sorted(accesses.ids - flagged)),
    )


@transaction.atomic
def take_errors(accesses: Accesses, *, actor: Actor) -> int:
    """Say that the actor is on the open errors of these accesses; how many accesses. Raises `NotAllowed`."""
    return _assign(accesses, actor.login_id, Event.ERROR_TAKEN, actor=actor)


@transaction.atomic
def give_errors(access: Access, to: UUID, *, actor: Actor) -> Login:
    """Put a colleague on the open errors of this access, and return them.

    Raises `NotAllowed`, and `Invalid` for whoever is not among `colleagues_of` the store.
    """
    colleague = colleagues_of(access.store, actor=actor).filter(public_id=to).first()
    if colleague is None:
        raise Invalid(_("Choose somebody who sees this store."), code="not_a_colleague", field="to")
    if colleague.pk == actor.login_id:
        take_errors(just(access), actor=actor)
    else:
        _assign(just(access), colleague.pk, Event.ERROR_GIVEN, actor=actor)
    return colleague


@transaction.atomic
def leave_errors(accesses: Accesses, *, actor: Actor) -> int:
    """Say that nobody is on them any more. Raises `NotAllowed`."""
    return _assign(accesses, None, Event.ERROR_LEFT, actor=actor)


def _assign(accesses: Accesses, login_id: int | None, event: Event, *, actor: Actor) -> int:
    require(actor, Permission.ACCESS_ERRORS, stores=accesses.store_ids())
    held = states.lock(accesses.ids)
    errors = AccessError.objects.open().filter(access__in=held)
    flagged = set(errors.values_list("access_id", flat=True))
    errors.update(assigned_to=login_id)
    entries = [
        Entry(
            store_id=row.store_id,
            customer_id=row.customer_id,
            contact_id=row.contact_id,
            access_id=row.pk,
            login_id=login_id if event is Event.ERROR_GIVEN else None,
        )
        for row in held
        if row.pk in flagged
    ]
    record_many(event, actor=actor, entries=entries)
    return len(entries)
