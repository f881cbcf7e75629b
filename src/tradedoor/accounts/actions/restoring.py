"""What a database that comes back from a backup must not bring with it."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from tradedoor.accounts.events import Event
from tradedoor.accounts.models import OneTimeLink, Purpose, RevokedWhy, Session
from tradedoor.audit.record import record
from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission, require
from tradedoor.mail.outbox import cancel_for_links

# Used once already, perhaps, after the backup was made: what signs in or sets a password lives no second time.
ENDED = (Purpose.RESET, Purpose.FIRST_PASSWORD, Purpose.STAFF_SIGN_IN)


@dataclass(frozen=True, slots=True)
class CameBack:
    sessions_ended: int
    links_ended: int


@transaction.atomic
def come_back(made_at: datetime, *, actor: Actor) -> CameBack:
    """End every session, and every link that signs in or sets a password, as of a backup made then.

    Invitations stay: the access they lead to is pending again. Raises `NotAllowed`.
    """
    require(actor, Permission.STAFF_EDIT)
    sessions = Session.objects.all().delete()[0]
    links = list(OneTimeLink.objects.unspent().filter(purpose__in=ENDED).values_list("pk", flat=True))
    OneTimeLink.objects.filter(pk__in=links).update(
        revoked_at=timezone.now(), revoked_why=RevokedWhy.CANCELLED
    )
    cancel_for_links(links)
    record(
        Event.RESTORED,
        actor=actor,
        data={"made_at": made_at.isoformat(timespec="seconds"), "sessions": sessions, "links": len(links)},
    )
    return CameBack(sessions, len(links))
