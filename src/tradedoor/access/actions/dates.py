"""Accesses that end, or come back, on a date: cancelling it, and doing it when its day has begun.

A day begins at midnight where the store is. All of it can run twice, late and in parallel: what is due is looked
at again under the lock, and done once.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from functools import partial
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from tradedoor.access.actions import states
from tradedoor.access.actions.endings import end_everything, record_dates
from tradedoor.access.actions.isolating import as_far_as_possible
from tradedoor.access.actions.states import Change
from tradedoor.access.actions.switching import hold_rows, reenable
from tradedoor.access.events import Event
from tradedoor.access.models import Access, State
from tradedoor.access.sets import Accesses, these
from tradedoor.access.transitions import Trigger
from tradedoor.accounts.models import RevokedWhy
from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission, require
from tradedoor.stores.models import Store

# What ends a living access, by the state it is in.
ENDING = (Trigger.DEACTIVATE, Trigger.CANCEL, Trigger.DECLINE)


def today_at(store: Store, *, now: datetime | None = None) -> date:
    """The day it is where the store is."""
    return (now or timezone.now()).astimezone(ZoneInfo(store.time_zone)).date()


@transaction.atomic
def cancel_dates(accesses: Accesses, *, actor: Actor) -> int:
    """Let these accesses neither end nor return on a date; how many had one. Raises `NotAllowed`.

    One that is current stays so, one that is deactivated too.
    """
    require(actor, Permission.ACCESS_SWITCH, stores=accesses.store_ids())
    rows = [row for row in states.lock(accesses.ids) if row.end_on or row.return_on]
    gone = {"end_on": None, "return_on": None}
    living = [row.pk for row in rows if row.state != State.DEACTIVATED]
    Access.objects.filter(pk__in=living).update(**gone, deactivated_by=None, deactivated_reason="", deed=None)
    Access.objects.filter(pk__in={row.pk for row in rows} - set(living)).update(**gone)
    record_dates(Event.DATES_CANCELLED, rows, actor=actor)
    return len(rows)


def due_ends() -> list[int]:
    """The accesses whose last day is over, by key."""
    return _due("end_on", Q(state__in=[State.CURRENT, State.PENDING, State.REQUESTED]))


def due_returns() -> list[int]:
    """The deactivated accesses whose day of return has begun, by key."""
    return _due("return_on", Q(state=State.DEACTIVATED))


def end_due(ids: Collection[int], *, actor: Actor) -> int:
    """End those of these whose date has come and still stands; how many. Nobody is mailed. Raises `NotAllowed`.

    Who set the date, and why, is kept as who deactivated it. One with a date of return keeps that. A row that
    fails keeps none of the others from ending.
    """
    require(actor, Permission.ACCESS_SWITCH)
    return as_far_as_possible(sorted(ids), partial(_end, actor=actor), what="the last day of access")


def return_due(ids: Collection[int], *, actor: Actor) -> int:
    """Re-enable those of these whose date has come and still stands, store by store; how many.

    Whoever cannot come back yet, because their login is off or held, or their store lacks a setting that their
    new invitation needs, waits and is tried again; the row says why. Nobody else waits for them. Raises
    `NotAllowed`.
    """
    require(actor, Permission.ACCESS_SWITCH)
    rows = Access.objects.filter(pk__in=ids).values_list("store_id", "pk").order_by("store_id", "pk")
    of_store: dict[int, list[int]] = {}
    for store_id, key in rows:
        of_store.setdefault(store_id, []).append(key)
    act = partial(_return, actor=actor)
    return sum(as_far_as_possible(keys, act, what="the return of access") for keys in of_store.values())


@transaction.atomic
def _end(ids: Collection[int], *, actor: Actor) -> int:
    days = _days(ids)
    due = [row.pk for row in states.lock(ids) if row.end_on and row.end_on <= days[row.store_id]]
    also = {"ended_from_above": False}
    changes = [Change(trigger, ids=due, also=also) for trigger in ENDING]
    moved = states.move(*changes, actor=actor, data={"why": "end_on"})
    end_everything(moved, why=RevokedWhy.DEACTIVATED)
    return len(moved.ids)


@transaction.atomic
def _return(ids: Collection[int], *, actor: Actor) -> int:
    days = _days(ids)
    # Looked at under the locks of re-enabling itself, which takes stores, customers and contacts before them.
    held = hold_rows(these(ids))
    due = [row for row in held if row.return_on and row.return_on <= days[row.store_id]]
    able = [row.pk for row in due if not _lacks_invitation(row)]
    return len(reenable(these(able), actor=actor).outcome.done)


def _lacks_invitation(row: Access) -> bool:
    """Whether it could come back by an invitation only, and its store cannot send one."""
    has_password = row.login is not None and row.login.has_own_password
    return not has_password and bool(row.store.missing_for_inviting())


def _due(column: str, state: Q) -> list[int]:
    """Asks by the days there are in the stores' time zones, and takes the index of the few that have a date."""
    now = timezone.now()
    by_day: dict[date, list[int]] = {}
    for store in Store.objects.only("pk", "time_zone"):
        by_day.setdefault(today_at(store, now=now), []).append(store.pk)
    due = Q(pk__in=[])
    for day, stores in by_day.items():
        due |= Q(store__in=stores, **{f"{column}__lte": day})
    rows = Access.objects.filter(state, due, **{f"{column}__isnull": False})
    return list(rows.order_by(column, "pk").values_list("pk", flat=True))


def _days(ids: Collection[int]) -> Mapping[int, date]:
    now = timezone.now()
    stores = Store.objects.filter(accesses__in=ids).only("pk", "time_zone").distinct()
    return {store.pk: today_at(store, now=now) for store in stores}
