"""Which outgoing mail waits on purpose, as the pages show it. What pauses and resumes it stands in `outbox`."""

from dataclasses import dataclass
from datetime import datetime

from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission, require
from tradedoor.mail.models import MailMessage, MailPause

MOST = 1000


@dataclass(frozen=True, slots=True)
class Pauses:
    """Since when all mail waits, None where it does not; and since when that of stores does, by their keys."""

    everything: datetime | None
    stores: dict[int, datetime]


def pauses(*, actor: Actor) -> Pauses:
    """By one query. Of stores only those in the actor's scope; that all mail waits concerns everybody."""
    found = dict(MailPause.objects.values_list("store_id", "since"))
    everything = found.pop(None, None)
    within = {
        key: since
        for key, since in found.items()
        if key is not None and (actor.stores is None or key in actor.stores)
    }
    return Pauses(everything, within)


def held_count(*, actor: Actor, store_id: int | None = None) -> int:
    """How many mails, of this store or of all, have yet to leave, counting no further than a thousand.

    Raises `NotAllowed`.
    """
    require(actor, Permission.MAIL_READ, stores=None if store_id is None else [store_id])
    waiting = MailMessage.objects.filter(state=MailMessage.State.QUEUED)
    if store_id is not None:
        waiting = waiting.filter(store_id=store_id)
    return waiting[:MOST].count()


def may_pause(*, actor: Actor, store_id: int | None = None) -> bool:
    """Whether `outbox.pause_mail` would let this actor pause the mail of the store, or all of it."""
    if store_id is None:
        return actor.can(Permission.STORE_EDIT) and actor.stores is None
    return actor.can(Permission.STORE_EDIT, store_id)
