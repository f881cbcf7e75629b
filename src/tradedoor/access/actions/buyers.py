"""What staff do about one buyer beside inviting and switching: role, sessions, the link itself."""

from django.db import transaction
from django.utils import timezone

from tradedoor.access.actions import states
from tradedoor.access.errors import NoSuchAccess, NotPossible
from tradedoor.access.events import Event
from tradedoor.access.models import Access, Role, State
from tradedoor.access.reasons import Reason
from tradedoor.accounts.actions.sessions import end_sessions
from tradedoor.accounts.models import OneTimeLink, Purpose
from tradedoor.accounts.tokens import token_of
from tradedoor.audit.record import record
from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission, require
from tradedoor.stores.urls import public_url


@transaction.atomic
def change_role(access: Access, role: Role, *, actor: Actor) -> None:
    """Give the access another role; its sessions end, so that nobody goes on with the rights of before (SES-04).

    Nothing happens if it has the role. Raises `NotAllowed`.
    """
    require(actor, Permission.ACCESS_SWITCH, stores=[access.store_id])
    held = _held(access)
    if held.role == role:
        return
    Access.objects.filter(pk=held.pk).update(role=role)
    ended = end_sessions(access_ids=[held.pk])
    _record(Event.ROLE_CHANGED, held, actor=actor, data={"old": held.role, "new": role, "sessions": ended})
    access.role = role


@transaction.atomic
def end_sessions_of(access: Access, *, actor: Actor) -> int:
    """Sign the buyer out of this store everywhere; they may sign in again. How many sessions ended.

    Raises `NotAllowed`.
    """
    require(actor, Permission.ACCESS_SWITCH, stores=[access.store_id])
    held = _held(access)
    ended = end_sessions(access_ids=[held.pk])
    if ended:
        _record(Event.SESSIONS_ENDED, held, actor=actor, data={"sessions": ended})
    return ended


@transaction.atomic
def copy_link(access: Access, *, actor: Actor) -> str:
    """The living link of an open invitation, for sending it by one's own means; every look is written down.

    Raises `NotAllowed`, and `NotPossible` where nothing is pending or the link has run out (TOK-12).
    """
    require(actor, Permission.ACCESS_LINK, stores=[access.store_id])
    held = _held(access)
    if held.state != State.PENDING:
        raise NotPossible(Reason.NOT_PENDING)
    links = OneTimeLink.objects.live(timezone.now()).filter(access_id=held.pk, purpose=Purpose.INVITATION)
    link = links.first()
    if link is None:
        raise NotPossible(Reason.LINK_EXPIRED)
    _record(Event.LINK_SHOWN, held, actor=actor, data={"link_id": link.pk})
    return public_url(held.store, f"join/{token_of(link)}/")


def _held(access: Access) -> Access:
    rows = states.lock([access.pk])
    if not rows:
        raise NoSuchAccess
    return rows[0]


def _record(event: Event, access: Access, *, actor: Actor, data: dict[str, object]) -> None:
    record(
        event,
        actor=actor,
        store_id=access.store_id,
        customer_id=access.customer_id,
        contact_id=access.contact_id,
        access_id=access.pk,
        login_id=access.login_id,
        data=data,
    )
