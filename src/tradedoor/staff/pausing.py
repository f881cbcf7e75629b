"""Outgoing mail that is paused: the bar on every page, and the switch on two of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission
from tradedoor.mail.pauses import held_count, may_pause, pauses
from tradedoor.stores.models import Store
from tradedoor.web.navigation import Alarm


@dataclass(frozen=True, slots=True)
class Switch:
    """What a page says of the pause of all mail, or of that of one store, and where its buttons post to."""

    store: Store | None
    since: datetime | None
    held: int
    may: bool
    pause: str
    resume: str


def switch_of(store: Store | None, *, actor: Actor) -> Switch:
    found = pauses(actor=actor)
    since = found.everything if store is None else found.stores.get(store.pk)
    key = None if store is None else store.pk
    kind, args = ("mail", []) if store is None else ("store-mail", [store.slug])
    return Switch(
        store=store,
        since=since,
        held=held_count(actor=actor, store_id=key) if since and actor.can(Permission.MAIL_READ) else 0,
        may=may_pause(actor=actor, store_id=key),
        pause=reverse(f"staff:{kind}-pause", args=args),
        resume=reverse(f"staff:{kind}-resume", args=args),
    )


def paused_alarms(mine: Iterable[Store], *, actor: Actor) -> list[Alarm]:
    """A bar while all mail waits, else one while that of some of these stores does."""
    found = pauses(actor=actor)
    if found.everything:
        text = _("Outgoing mail is paused: nothing is sent until somebody resumes it.")
        href = reverse("staff:mail") if actor.can(Permission.MAIL_READ) else None
        return [Alarm(text=text, href=href, link=_("Open mail"), tone="warn")]
    waiting = [store for store in mine if store.pk in found.stores]
    if not waiting:
        return []
    names = ", ".join(store.name for store in waiting)
    return [
        Alarm(
            text=_("Outgoing mail of %(stores)s is paused.") % {"stores": names},
            href=reverse("staff:store-invitations", args=[waiting[0].slug]),
            link=_("Open settings"),
            tone="warn",
        )
    ]
