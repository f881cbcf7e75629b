"""What staff do about buyers beside inviting and switching: role, sessions, passwords, the link itself.

Each takes a set of accesses, of which one is a set of one, and leaves alone whom it is nothing for.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from tradedoor.access.actions import states
from tradedoor.access.actions.endings import LIVING
from tradedoor.access.actions.joining import invitation_of
from tradedoor.access.actions.passwords import send_links_to
from tradedoor.access.actions.pressed_twice import done_just_now
from tradedoor.access.errors import NoSuchAccess, NotPossible
from tradedoor.access.events import Event
from tradedoor.access.models import Access, Role, State
from tradedoor.access.reasons import Reason, sentence_of
from tradedoor.access.sets import Accesses, Outcome, Refused, just
from tradedoor.accounts.actions import throttle
from tradedoor.accounts.actions.logins import mark_compromised as mark_login
from tradedoor.accounts.actions.sessions import end_sessions
from tradedoor.accounts.models import OneTimeLink, Purpose, Session
from tradedoor.accounts.tokens import token_of
from tradedoor.audit.record import Entry, record_many
from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission, require
from tradedoor.stores.models import Store
from tradedoor.stores.urls import public_url


@dataclass(frozen=True, slots=True)
class SignedOut:
    """Whose sessions ended, and how many those were."""

    outcome: Outcome
    sessions: int


@transaction.atomic
def change_roles(accesses: Accesses, role: Role, *, actor: Actor) -> Outcome:
    """Give accesses another role; their sessions end, so that nobody goes on with the rights of before (SES-04).

    Left alone are those that have it. Raises `NotAllowed`.
    """
    require(actor, Permission.ACCESS_SWITCH, stores=accesses.store_ids())
    held = states.lock(accesses.ids)
    changing = [row for row in held if row.role != role]
    sessions = _sessions_of(changing)
    Access.objects.filter(pk__in=[row.pk for row in changing]).update(role=role)
    end_sessions(access_ids=[row.pk for row in changing])
    data = {row.pk: {"old": row.role, "new": role, "sessions": sessions.get(row.pk, 0)} for row in changing}
    _write_down(Event.ROLE_CHANGED, changing, actor=actor, data=data)
    return _outcome(changing, held, Reason.HAS_ROLE)


@transaction.atomic
def sign_out(accesses: Accesses, *, actor: Actor) -> SignedOut:
    """End every session of these accesses in their store; who may sign in may do so again.

    Left alone are those who are not signed in. Raises `NotAllowed`.
    """
    require(actor, Permission.ACCESS_SWITCH, stores=accesses.store_ids())
    held = states.lock(accesses.ids)
    sessions = _sessions_of(held)
    signed_in = [row for row in held if row.pk in sessions]
    ended = end_sessions(access_ids=[row.pk for row in signed_in])
    data = {row.pk: {"sessions": sessions[row.pk]} for row in signed_in}
    _write_down(Event.SESSIONS_ENDED, signed_in, actor=actor, data=data)
    return SignedOut(_outcome(signed_in, held, Reason.NOT_SIGNED_IN), ended)


@transaction.atomic
def send_reset_links(accesses: Accesses, *, actor: Actor) -> Outcome:
    """Mail the link to choose a new password to the sign-in email of each, in the look of the access's store.

    Somebody chosen with several accesses gets one mail; a link sent before dies. Left alone is whoever cannot
    sign in here, or nowhere. Pressed twice in a moment it sends one. Raises `NotAllowed`.
    """
    require(actor, Permission.ACCESS_SWITCH, stores=accesses.store_ids())
    states.lock(accesses.ids)
    held = list(Access.objects.filter(pk__in=accesses.ids).select_related("login", "store").order_by("pk"))
    refused = {row.pk: fault for row in held if (fault := reason_against_reset(row))}
    able = [row for row in held if row.pk not in refused]
    again = done_just_now(Event.RESET_SENT, accesses.ids, actor=actor)
    fresh = [row for row in able if row.pk not in again]
    send_links_to(fresh, actor=actor)
    _write_down(Event.RESET_SENT, fresh, actor=actor)
    left = tuple(_refused(row, refused[row.pk]) for row in held if row.pk in refused)
    return Outcome(done=tuple(row.pk for row in able), refused=left)


def send_reset_link(access: Access, *, actor: Actor) -> Outcome:
    """The same for one, as a single act: raises `Throttled` for somebody who does it by the hundred (INV-04)."""
    require(actor, Permission.ACCESS_SWITCH, stores=[access.store_id])
    throttle.require_room(throttle.INVITING_STAFF, str(actor.login_id))
    return send_reset_links(just(access), actor=actor)


def reason_against_reset(access: Access) -> Reason | None:
    """Why this one would get no reset link; None if it would. The access comes with its login loaded."""
    login = access.login
    if access.state != State.CURRENT or login is None:
        return Reason.CANNOT_SIGN_IN
    if not login.is_active:
        return Reason.LOGIN_OFF
    return Reason.LOGIN_HELD if login.held_at is not None else None


@transaction.atomic
def mark_compromised(access: Access, *, actor: Actor) -> int:
    """Treat the password of this login as known to others: its sessions end in every store, and the next sign-in
    asks for a new one before anything else (PW-11). How many sessions ended.

    Raises `NotAllowed`, and `NotPossible` where there is no own password (`no_own_password`), or where the login
    reaches stores outside the rights of the actor (`outside_scope`).
    """
    require(actor, Permission.ACCESS_SWITCH, stores=[access.store_id])
    held = _held(access)
    if held.login is None or not held.login.has_own_password:
        raise NotPossible(Reason.NO_OWN_PASSWORD)
    reached = Access.objects.filter(login=held.login, state__in=LIVING).values_list("store_id", flat=True)
    if actor.stores is not None and not set(reached) <= actor.stores:
        raise NotPossible(Reason.OUTSIDE_SCOPE)
    ended = mark_login(held.login.pk, actor=actor)
    _write_down(Event.MARKED_COMPROMISED, [held], actor=actor, data={held.pk: {"sessions": ended}})
    return ended


def change_role(access: Access, role: Role, *, actor: Actor) -> None:
    """Give one access another role, as `change_roles`."""
    change_roles(just(access), role, actor=actor)
    access.role = role


def end_sessions_of(access: Access, *, actor: Actor) -> int:
    """Sign one buyer out of this store everywhere, as `sign_out`; how many sessions ended."""
    return sign_out(just(access), actor=actor).sessions


@transaction.atomic
def copy_link(access: Access, *, actor: Actor) -> str:
    """The living link of an open invitation, for sending it by one's own means; every look is written down.

    Raises `NotAllowed`, and `NotPossible` where nothing is pending, the link has run out (TOK-12), or it would be
    refused as things stand; one of a store that is closed works once that is open.
    """
    require(actor, Permission.ACCESS_LINK, stores=[access.store_id])
    held = _held(access)
    if held.state != State.PENDING:
        raise NotPossible(Reason.NOT_PENDING)
    links = OneTimeLink.objects.live(timezone.now()).filter(access_id=held.pk, purpose=Purpose.INVITATION)
    link = links.first()
    if link is None:
        raise NotPossible(Reason.LINK_EXPIRED)
    store = Store.objects.get(pk=held.store_id)
    fault = invitation_of(link.pk, store=store).reason
    if fault not in {None, Reason.STORE_CLOSED}:
        raise NotPossible(fault)
    _write_down(Event.LINK_SHOWN, [held], actor=actor, data={held.pk: {"link_id": link.pk}})
    return public_url(store, f"join/{token_of(link)}/")


def _held(access: Access) -> Access:
    rows = states.lock([access.pk])
    if not rows:
        raise NoSuchAccess
    return rows[0]


def _sessions_of(accesses: Sequence[Access]) -> dict[int, int]:
    """How many sessions each of these has, of those that have any."""
    counts: dict[int, int] = {}
    living = Session.objects.living(timezone.now()).filter(access_id__in=[row.pk for row in accesses])
    for access_id in living.values_list("access_id", flat=True):
        if access_id is not None:
            counts[access_id] = counts.get(access_id, 0) + 1
    return counts


def _outcome(done: Sequence[Access], held: Sequence[Access], reason: Reason) -> Outcome:
    ids = {row.pk for row in done}
    left = tuple(_refused(row, reason) for row in held if row.pk not in ids)
    return Outcome(done=tuple(row.pk for row in done), refused=left)


def _refused(access: Access, reason: Reason) -> Refused:
    return Refused(reason, sentence_of(reason), access_id=access.pk, contact_id=access.contact_id)


def _write_down(
    event: Event,
    accesses: Iterable[Access],
    *,
    actor: Actor,
    data: Mapping[int, Mapping[str, object]] | None = None,
) -> None:
    entries = [
        Entry(
            store_id=row.store_id,
            customer_id=row.customer_id,
            contact_id=row.contact_id,
            access_id=row.pk,
            login_id=row.login_id,
            data=(data or {}).get(row.pk, {}),
        )
        for row in accesses
    ]
    record_many(event, actor=actor, entries=entries)
