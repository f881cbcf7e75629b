"""Deactivating and re-enabling (product.md section 9)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from tradedoor.access.actions import states
from tradedoor.access.actions.checking import check_errors
from tradedoor.access.actions.endings import end_everything
from tradedoor.access.actions.heads import Head
from tradedoor.access.actions.planning import reason_of_address, reason_of_contact, reason_of_login
from tradedoor.access.actions.sending import hold, invited, require_complete, send_links
from tradedoor.access.actions.states import Change
from tradedoor.access.models import Access, State
from tradedoor.access.reasons import Reason, sentence_of
from tradedoor.access.sets import Accesses, Outcome, Refused
from tradedoor.access.transitions import Trigger
from tradedoor.accounts.actions.logins import ensure_buyer_logins
from tradedoor.accounts.models import Login, RevokedWhy
from tradedoor.core.actor import Actor
from tradedoor.core.addresses import display_form
from tradedoor.core.permissions import Permission, require
from tradedoor.stores.models import Store

UNDO_WITHIN = timedelta(minutes=10)
NAMES_TOLD = 5
LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class Receipt:
    """What deactivating did. `others` are names of colleagues who can still sign in, the first few of them."""

    outcome: Outcome
    sessions_ended: int
    others: tuple[str, ...]
    others_count: int


@dataclass(frozen=True, slots=True)
class Reenabled:
    """What re-enabling did: those current again, and those invited again because they have no password."""

    outcome: Outcome
    current: tuple[Access, ...]
    invited: tuple[Access, ...]


@transaction.atomic
def deactivate(accesses: Accesses, *, actor: Actor, reason: str = "") -> Receipt:
    """Stop accesses from being used, and end their sessions in their store, at once.

    One access is a set of one. Those already deactivated are left alone, because two colleagues may press the
    button at once; the outcome says which. Nobody is mailed. Raises `NotAllowed`. Callers with many pass them
    batch by batch.
    """
    require(actor, Permission.ACCESS_SWITCH, stores=accesses.store_ids())
    also = {
        "deactivated_by_id": actor.login_id,
        "deactivated_reason": " ".join(reason.split())[:LONGEST_REASON],
        "ended_from_above": False,
        "return_on": None,
        "deed": None,
    }
    moved = states.move(Change(Trigger.DEACTIVATE, ids=accesses.ids, also=also), actor=actor)
    ended = end_everything(moved, why=RevokedWhy.DEACTIVATED)
    names, count = colleagues(moved.heads)
    return Receipt(
        outcome=moved.outcome(),
        sessions_ended=ended.sessions,
        others=names,
        others_count=count,
    )


@transaction.atomic
def undo_deactivation(accesses: Accesses, *, actor: Actor, pressed_at: datetime | None = None) -> Outcome:
    """Make current again what was deactivated in the last ten minutes; ended sessions stay ended.

    Left alone, with the reason, is what was deactivated earlier, or ended from above, or may not be re-enabled;
    and whose temporary password died with the access: an Undo mails nobody, so that it would give back an access
    without a way in. `pressed_at` is when Undo was pressed, where it takes long. Raises `NotAllowed`.
    """
    require(actor, Permission.ACCESS_SWITCH, stores=accesses.store_ids())
    rows = hold_rows(accesses)
    since = (pressed_at or timezone.now()) - UNDO_WITHIN
    refused = {
        row.pk: Reason.PASSWORD_DIED
        for row in rows
        if row.state == State.DEACTIVATED and row.login is not None and not row.login.has_password
    }
    refused |= {row.pk: fault for row in rows if (fault := _reason_against(row))}
    refused |= {
        row.pk: Reason.TOO_LATE_TO_UNDO
        for row in rows
        if row.state == State.DEACTIVATED and (row.state_since < since or row.ended_from_above)
    }
    moved = states.move(
        Change(Trigger.UNDO_DEACTIVATION, ids=accesses.ids - refused.keys(), also=CLEARED), actor=actor
    )
    check_errors(moved.ids, actor=actor)
    return _outcome(moved.outcome(), refused)


@transaction.atomic
def reenable(accesses: Accesses, *, actor: Actor) -> Reenabled:
    """Let these accesses be used again: current where the login has an own password, else invited again.

    No session, link or remembered thing of before comes back (DEA-02). Left alone, with the reason, are those
    whose contact, customer, login or store stands against it. Raises `NotAllowed`, and `NotPossible`
    (`store_incomplete`) where an invitation is due and the store cannot send it.
    """
    require(actor, Permission.ACCESS_SWITCH, stores=accesses.store_ids())
    rows = hold_rows(accesses)
    refused = {row.pk: fault for row in rows if (fault := _reason_against(row))}
    able = [row for row in rows if row.pk not in refused and row.state == State.DEACTIVATED]
    keeping = {row.pk for row in able if row.login and row.login.has_own_password}
    inviting = [row for row in able if row.pk not in keeping]
    refused |= _against_inviting(inviting)
    inviting = [row for row in inviting if row.pk not in refused]
    # The rest are in no state for it; the table says why.
    rest = accesses.ids - refused.keys() - {row.pk for row in inviting}
    ensure_buyer_logins({row.contact.email_canonical: display_form(row.contact.email) for row in inviting})
    changes = [Change(Trigger.REENABLE, ids=rest, also=CLEARED), *_invitations(inviting, actor=actor)]
    moved = states.move(*changes, actor=actor)
    pending = moved.into(State.PENDING)
    _send(pending, inviting, actor=actor)
    # What was wrong with them, or has gone wrong since, shows again.
    check_errors(moved.ids, actor=actor)
    return Reenabled(
        outcome=_outcome(moved.outcome(), refused),
        current=tuple(moved.into(State.CURRENT)),
        invited=tuple(pending),
    )


def _against_inviting(rows: Sequence[Access]) -> dict[int, Reason]:
    """Whose present email cannot be invited to; the login of it may be another one than that of before."""
    emails = {row.contact.email_canonical for row in rows if row.contact.email_canonical}
    owners = Login.objects.buyers().filter(email_canonical__in=emails) if emails else []
    by_email = {login.email_canonical: login for login in owners}
    faults = {
        row.pk: reason_of_address(row.contact) or reason_of_login(by_email.get(row.contact.email_canonical))
        for row in rows
    }
    return {pk: fault for pk, fault in faults.items() if fault is not None}


def reason_against_reenabling(access: Access) -> Reason | None:
    """Why re-enabling this one would be refused, for the menu; None if it would not be.

    The access comes with store, contact, customer and login loaded.
    """
    if access.state != State.DEACTIVATED:
        return Reason.NOT_DEACTIVATED
    fault = _reason_against(access)
    if fault is None and not (access.login and access.login.has_own_password):
        return reason_of_address(access.contact)
    return fault


CLEARED: dict[str, object] = {
    "deactivated_by_id": None,
    "deactivated_reason": "",
    "ended_from_above": False,
    "end_on": None,
    "return_on": None,
    "deed": None,
}


def hold_rows(accesses: Accesses) -> list[Access]:
    """The accesses with all that is judged, read once nobody else can change it."""
    rows = Access.objects.filter(pk__in=accesses.ids)
    stores = Store.objects.filter(pk__in=rows.values("store_id")).order_by("pk")
    contact_ids = list(rows.values_list("contact_id", flat=True))
    hold(list(stores), contact_ids)
    states.lock(accesses.ids)
    return list(rows.select_related("store", "contact__customer", "customer", "login").order_by("pk"))


def _reason_against(access: Access) -> Reason | None:
    return reason_of_contact(access.contact, store=access.store) or reason_of_login(access.login)


def _invitations(rows: Sequence[Access], *, actor: Actor) -> list[Change]:
    """One change a store, because each store has its own expiry."""
    changes = []
    for store in {row.store for row in rows}:
        expires_at = timezone.now() + timedelta(days=store.invitation_days)
        ids = [row.pk for row in rows if row.store_id == store.pk]
        also = CLEARED | invited(actor=actor, expires_at=expires_at)
        changes.append(Change(Trigger.REENABLE_BY_INVITATION, ids=ids, also=also))
    return changes


def _send(pending: Collection[Access], judged: Sequence[Access], *, actor: Actor) -> None:
    contacts = {row.contact_id: row.contact for row in judged}
    for store in {row.store for row in judged}:
        require_complete(store)
        of_store = [row for row in pending if row.store_id == store.pk]
        send_links(store, of_store, contacts=contacts, actor=actor)


def colleagues(rows: Sequence[Access | Head]) -> tuple[tuple[str, ...], int]:
    """Who else of these customers can sign in to these stores; told where one customer in one store is meant."""
    places = {(row.customer_id, row.store_id) for row in rows}
    if len(places) != 1:
        return (), 0
    [(customer_id, store_id)] = places
    others = Access.objects.filter(customer_id=customer_id, store_id=store_id, state=State.CURRENT)
    first = others.select_related("contact").order_by("sort_name", "pk")[:NAMES_TOLD]
    return tuple(row.contact.name for row in first), others.count()


def _outcome(outcome: Outcome, refused: dict[int, Reason]) -> Outcome:
    more = (
        Refused(reason, sentence_of(reason), access_id=access_id)
        for access_id, reason in sorted(refused.items())
    )
    return Outcome(done=outcome.done, refused=(*outcome.refused, *more))
