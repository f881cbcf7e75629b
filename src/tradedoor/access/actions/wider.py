"""Deactivate, with more to say: why, from when, until when, and how far (product.md section 9, "More…")."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from tradedoor.access.actions import states
from tradedoor.access.actions.dates import ENDING, cancel_dates, today_at
from tradedoor.access.actions.endings import LIVING, end_everything, record_dates
from tradedoor.access.actions.states import Change, Moved
from tradedoor.access.actions.switching import LONGEST_REASON, colleagues, hold_rows, undo_deactivation
from tradedoor.access.events import Event
from tradedoor.access.models import Access, State
from tradedoor.access.reasons import Reason, sentence_of
from tradedoor.access.sets import Outcome, Refused, these
from tradedoor.access.transitions import Trigger
from tradedoor.accounts.models import RevokedWhy
from tradedoor.core.actor import Actor
from tradedoor.core.collisions import tried_again
from tradedoor.core.errors import Invalid
from tradedoor.core.permissions import Permission, require

STAYS = {State.CANCELLED: Reason.STAYS_CANCELLED, State.DECLINED: Reason.STAYS_DECLINED}


class Scope(StrEnum):
    """How far a deactivation reaches, from one access."""

    STORE = "store"
    STORES = "stores"  # the same contact, in all stores
    CUSTOMER = "customer"  # everyone at the customer, in all stores


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for. Without a date of an end it is now."""

    scope: Scope = Scope.STORE
    reason: str = ""
    end_on: date | None = None
    return_on: date | None = None


@dataclass(frozen=True, slots=True)
class Reach:
    """How many accesses a scope holds, by state and in how many stores; and how many it leaves alone because the
    actor's rights do not cover their store."""

    counts: Mapping[State, int]
    stores: int
    outside: int

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class WideReceipt:
    """What was done. `deed` is what Undo takes back; `others` still sign in to this store for the customer."""

    deed: UUID
    ended: tuple[Access, ...]
    scheduled: int
    returning: int
    sessions_ended: int
    stores: int
    outside: int
    others: tuple[str, ...]
    others_count: int

    def into(self, state: State) -> list[Access]:
        return [row for row in self.ended if row.state == state]


def reaches(access: Access, *, actor: Actor) -> Mapping[Scope, Reach]:
    """What each scope would end, beginning at this access. Raises `NotAllowed`."""
    require(actor, Permission.ACCESS_SWITCH, stores=[access.store_id])
    return {scope: _reach(access, scope, actor=actor) for scope in Scope}


@tried_again
@transaction.atomic
def deactivate_wider(access: Access, wish: Wish, *, actor: Actor) -> WideReceipt:
    """End, now or on a date, every living access that the wish reaches: current ones are deactivated, invitations
    cancelled and requests declined. Nobody is mailed. Those in stores beyond the actor's rights are left alone.

    An access that was deactivated a moment ago, as by the button before "More…", gets the reason and the date of
    its return. Pressed twice, the second finds nothing left to end. Raises `NotAllowed`, and `Invalid` for dates
    that are over or in the wrong order.
    """
    require(actor, Permission.ACCESS_SWITCH, stores=[access.store_id])
    _require_order(access, wish)
    deed = uuid4()
    inside = _within(access, wish.scope, actor=actor)
    ids = frozenset(inside.filter(state__in=LIVING).values_list("pk", flat=True))
    # With the one it began at, which may be off already and is amended afterwards.
    states.lock(ids | {access.pk})
    said = _said(wish, deed=deed, actor=actor)
    moved, sessions, scheduled, returning = Moved((), {}, {}), 0, 0, 0
    if wish.end_on is not None:
        scheduled = _schedule(ids, wish, said, actor=actor)
    else:
        changes = [Change(trigger, ids=ids, also=_also(trigger, said)) for trigger in ENDING]
        data = {"deed": str(deed), "scope": wish.scope.value}
        moved = states.move(*changes, actor=actor, data=data)
        sessions = end_everything(moved, why=RevokedWhy.DEACTIVATED).sessions
        _amend(access, wish, said)
        returning = _record_returns(access, wish, deed, actor=actor)
    names, count = colleagues([access])
    return WideReceipt(
        deed=deed,
        ended=moved.rows,
        scheduled=scheduled,
        returning=returning,
        sessions_ended=sessions,
        stores=len({row.store_id for row in moved.rows}),
        outside=_reach(access, wish.scope, actor=actor).outside,
        others=names,
        others_count=count,
    )


@tried_again
@transaction.atomic
def undo_deed(access: Access, deed: UUID, *, actor: Actor) -> Outcome:
    """Take back, within ten minutes, what one press deactivated or gave a date; ended sessions stay ended.

    Cancelled invitations and declined requests stay so, and are named as left alone: their links are dead, and
    nobody is mailed by an Undo. So is what `undo_deactivation` leaves alone. Raises `NotAllowed`.
    """
    require(actor, Permission.ACCESS_SWITCH, stores=[access.store_id])
    rows = Access.objects.within(actor.stores).filter(customer=access.customer_id, deed=deed)
    # All of it at once: re-enabling holds contacts, and those come before every access.
    held = hold_rows(these(rows.values_list("pk", flat=True)))
    keys = {row.pk: row.state for row in held if row.deed == deed}
    cancel_dates(these(key for key, state in keys.items() if state != State.DEACTIVATED), actor=actor)
    undone = undo_deactivation(
        these(key for key, state in keys.items() if state == State.DEACTIVATED), actor=actor
    )
    dead = tuple(
        Refused(STAYS[State(state)], sentence_of(STAYS[State(state)]), access_id=key)
        for key, state in sorted(keys.items())
        if state in STAYS
    )
    return replace(undone, refused=(*undone.refused, *dead))


def _scope(access: Access, scope: Scope) -> Q:
    return {
        Scope.STORE: Q(pk=access.pk),
        Scope.STORES: Q(contact=access.contact_id),
        Scope.CUSTOMER: Q(customer=access.customer_id),
    }[scope]


def _within(access: Access, scope: Scope, *, actor: Actor) -> QuerySet[Access]:
    return Access.objects.within(actor.stores).filter(_scope(access, scope))


def _reach(access: Access, scope: Scope, *, actor: Actor) -> Reach:
    inside = _within(access, scope, actor=actor).filter(state__in=LIVING)
    counts = dict(inside.values_list("state").annotate(n=Count("pk")).order_by())
    stores = inside.values("store").distinct().count()
    everywhere = Access.objects.filter(_scope(access, scope), state__in=LIVING).count()
    found = {State(state): number for state, number in counts.items()}
    return Reach(found, stores, everywhere - sum(found.values()))


def _require_order(access: Access, wish: Wish) -> None:
    today = today_at(access.store)
    if wish.end_on is not None and wish.end_on <= today:
        raise Invalid(_("Choose a day after today, or leave it empty."), code="end_over", field="end_on")
    if wish.return_on is not None and wish.return_on <= (wish.end_on or today):
        raise Invalid(
            _("Choose a day after the one on which it ends."), code="returns_before_end", field="return_on"
        )


def _said(wish: Wish, *, deed: UUID, actor: Actor) -> dict[str, object]:
    return {
        "deactivated_by_id": actor.login_id,
        "deactivated_reason": " ".join(wish.reason.split())[:LONGEST_REASON],
        "return_on": wish.return_on,
        "deed": deed,
    }


def _also(trigger: Trigger, said: Mapping[str, object]) -> dict[str, object]:
    kept = said if trigger is Trigger.DEACTIVATE else {**said, "return_on": None}
    return {**kept, "ended_from_above": False}


def _schedule(ids: frozenset[int], wish: Wish, said: Mapping[str, object], *, actor: Actor) -> int:
    rows = [row for row in states.lock(ids) if row.state in LIVING]
    Access.objects.filter(pk__in=[row.pk for row in rows]).update(end_on=wish.end_on, **said)
    record_dates(Event.END_SCHEDULED, rows, actor=actor, end_on=str(wish.end_on))
    if wish.return_on is not None:
        record_dates(Event.RETURN_SCHEDULED, rows, actor=actor, return_on=str(wish.return_on))
    return len(rows)


def _record_returns(access: Access, wish: Wish, deed: UUID, *, actor: Actor) -> int:
    if wish.return_on is None:
        return 0
    rows = Access.objects.filter(
        customer=access.customer_id, deed=deed, state=State.DEACTIVATED, return_on=wish.return_on
    )
    returning = list(rows.order_by("pk"))
    record_dates(Event.RETURN_SCHEDULED, returning, actor=actor, return_on=str(wish.return_on))
    return len(returning)


def _amend(access: Access, wish: Wish, said: Mapping[str, object]) -> None:
    """Say more of the access that was deactivated already when the page was opened.

    Said twice, as by two clicks, it stays with the first deed, so that its Undo takes all of that back.
    """
    [held] = states.lock([access.pk])
    if held.state != State.DEACTIVATED or held.ended_from_above or held.deed == said["deed"]:
        return
    kept = dict(said)
    if not wish.reason.strip():
        kept |= {"deactivated_reason": held.deactivated_reason, "deactivated_by_id": held.deactivated_by_id}
    if wish.return_on is None:
        kept["return_on"] = held.return_on
    kept_by = held.deactivated_by_id == kept["deactivated_by_id"]
    same = kept["deactivated_reason"] == held.deactivated_reason and kept["return_on"] == held.return_on
    if held.deed is not None and kept_by and same:
        return
    Access.objects.filter(pk=held.pk).update(**kept)
