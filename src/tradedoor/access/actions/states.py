"""The one function that changes the state of accesses, and the one that puts them on and off the Error tab.

Nothing else in the project writes state or tab: the tab is that of the state, or Error while an error is open.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Case, F, Value, When
from django.utils import timezone

from tradedoor.access.actions import counts
from tradedoor.access.events import Event
from tradedoor.access.models import (
    TAB_OF_STATE,
    Access,
    AccessError,
    ErrorClosedWhy,
    ErrorReason,
    Role,
    State,
    Tab,
)
from tradedoor.access.reasons import Reason, sentence_of
from tradedoor.access.sets import Outcome, Refused
from tradedoor.access.transitions import TRANSITIONS, Trigger, event_of
from tradedoor.audit.record import Entry, record_many
from tradedoor.core.actor import Actor
from tradedoor.core.bulk import insert_many, reserve_ids
from tradedoor.crm.models import Contact

# In which states an error may stand open; leavers stand on Deactivated Customers, whatever was wrong.
ERROR_STATES: Mapping[State, frozenset[ErrorReason]] = {
    State.PENDING: frozenset(ErrorReason),
    State.CURRENT: frozenset(ErrorReason),
    State.DEACTIVATED: frozenset({ErrorReason.REPORTED}),
}


@dataclass(frozen=True, slots=True)
class NewAccess:
    """An access to be made: what it repeats of the contact, and how it was invited."""

    store_id: int
    contact: Contact
    login_id: int | None
    role: Role = Role.BUYER
    invited_by_id: int | None = None
    invited_at: datetime | None = None
    invitation_expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One trigger for a set of accesses. `also` sets further columns, of those that move, in the same statement.

    `new` are accesses that do not exist yet; their contacts are loaded with their customers.
    """

    trigger: Trigger
    ids: Iterable[int] = ()
    also: Mapping[str, Any] = field(default_factory=dict)
    new: Sequence[NewAccess] = ()


@dataclass(frozen=True, slots=True)
class Moved:
    """What `move` did. Rows are as they are now; `was` holds the state before, None for a new one."""

    rows: tuple[Access, ...]
    was: Mapping[int, State | None]
    refused: Mapping[int, Reason]

    @property
    def ids(self) -> frozenset[int]:
        return frozenset(self.was)

    def into(self, *states: State) -> list[Access]:
        """Those that now stand in one of `states`."""
        return [row for row in self.rows if row.state in states]

    def outcome(self) -> Outcome:
        refused = (
            Refused(reason, sentence_of(reason), access_id=access_id)
            for access_id, reason in sorted(self.refused.items())
        )
        return Outcome(done=tuple(row.pk for row in self.rows), refused=tuple(refused))


def lock(ids: Iterable[int], *columns: str) -> list[Access]:
    """Hold these accesses until the transaction ends, in the order of their ids, and return them as they are.

    With `columns`, of each no more than these is read. On SQLite the transaction itself holds the only write lock
    (IMMEDIATE), so nothing more is needed there.
    """
    rows = Access.objects.select_for_update().filter(pk__in=frozenset(ids)).order_by("pk")
    return list(rows.only(*columns) if columns else rows)


@transaction.atomic
def move(*changes: Change, actor: Actor, data: Mapping[str, Any] | None = None) -> Moved:
    """Let each change happen to its accesses, as far as the table in `transitions` allows.

    Locks all of them in id order, checks each, and writes states, tabs, epochs, counters and history
    set-based. An access whose cell refuses is left alone and stands in `refused`; an id without a row stands
    there as `no_access`. Asks for no permission: the actions that call it do.
    """
    named = {access_id for change in changes for access_id in change.ids}
    held = {row.pk: row for row in lock(named, "store_id", "state", "tab")}
    refused: dict[int, Reason] = {}
    was: dict[int, State | None] = {}
    triggers: dict[int, Trigger] = {}
    closed: dict[int, list[str]] = {}
    for change in changes:
        moving, left = _decided(change, held)
        refused |= left
        for state, rows in moving.items():
            was |= {row.pk: State(row.state) for row in rows}
            flags, gone = _close_errors(rows, state)
            closed |= gone
            _write(rows, state, also=change.also, flagged=flags)
        made = _create(change)
        was |= dict.fromkeys(made)
        triggers |= dict.fromkeys(
            [*(row.pk for rows in moving.values() for row in rows), *made], change.trigger
        )
    moved = Moved(
        rows=tuple(Access.objects.filter(pk__in=was).order_by("pk")) if was else (), was=was, refused=refused
    )
    counts.add(_deltas(moved, {row.pk: Tab(row.tab) for row in held.values()}))
    _record(moved, triggers, actor=actor, data=data or {}, closed=closed)
    return moved


@transaction.atomic
def place(ids: Iterable[int]) -> None:
    """Put accesses on the Error tab, or back on that of their state, as their open errors say.

    The numbers on the tabs follow. For `access.actions.errors`, which has opened or closed some.
    """
    held = lock(ids)
    flagged = set(AccessError.objects.open().filter(access__in=held).values_list("access_id", flat=True))
    going = [row for row in held if row.pk in flagged and row.tab != Tab.ERROR]
    back = [row for row in held if row.pk not in flagged and row.tab == Tab.ERROR]
    if going:
        Access.objects.filter(pk__in=[row.pk for row in going]).update(tab=Tab.ERROR)
    if back:
        own = Case(*(When(state=state, then=Value(tab.value)) for state, tab in TAB_OF_STATE.items()))
        Access.objects.filter(pk__in=[row.pk for row in back]).update(tab=own)
    deltas: Counter[tuple[int, Tab]] = Counter()
    for row in (*going, *back):
        own_tab = TAB_OF_STATE[State(row.state)]
        deltas[row.store_id, Tab(row.tab)] -= 1
        deltas[row.store_id, own_tab if row.pk not in flagged else Tab.ERROR] += 1
    counts.add(deltas)


def _decided(
    change: Change, held: Mapping[int, Access]
) -> tuple[dict[State, list[Access]], dict[int, Reason]]:
    """Which accesses the change takes where, and which it leaves alone."""
    moving: dict[State, list[Access]] = {}
    left: dict[int, Reason] = {}
    for access_id in sorted(frozenset(change.ids)):
        row = held.get(access_id)
        cell = TRANSITIONS[change.trigger][State(row.state) if row else None]
        if row is None:
            left[access_id] = Reason.NO_ACCESS
        elif isinstance(cell, Reason):
            left[access_id] = cell
        else:
            moving.setdefault(cell, []).append(row)
    return moving, left


def _close_errors(rows: list[Access], state: State) -> tuple[set[int], dict[int, list[str]]]:
    """Close what may not stand open in the new state; who keeps an error, and which closed for whom.

    Asks nothing where none of the rows is on the Error tab, as hardly any ever is.
    """
    flagged = [row.pk for row in rows if row.tab == Tab.ERROR]
    if not flagged:
        return set(), {}
    kept, closed = set[int](), dict[int, list[str]]()
    found = AccessError.objects.open().on(flagged).order_by("pk")
    for access_id, reason in found.values_list("access_id", "reason"):
        if reason in ERROR_STATES.get(state, ()):
            kept.add(access_id)
        else:
            closed.setdefault(access_id, []).append(reason)
    if closed:
        leaving = found.order_by().exclude(reason__in=ERROR_STATES.get(state, ()))
        leaving.update(closed_at=timezone.now(), closed_why=ErrorClosedWhy.STATE)
    return kept, closed


def _write(rows: list[Access], state: State, *, also: Mapping[str, Any], flagged: set[int]) -> None:
    stays = [row.pk for row in rows if row.state == state]
    leaves = [row.pk for row in rows if row.state != state]
    if stays and also:
        Access.objects.filter(pk__in=stays).update(**also)
    if leaves:
        # A session remembers the epoch it was opened at; whatever moved, an old one fails (SES-05).
        step = {"state_since": timezone.now(), "epoch": F("epoch") + 1, **DATES_LOST.get(state, {})}
        for tab, ids in (
            (TAB_OF_STATE[state], [pk for pk in leaves if pk not in flagged]),
            (Tab.ERROR, [pk for pk in leaves if pk in flagged]),
        ):
            if ids:
                Access.objects.filter(pk__in=ids).update(state=state, tab=tab, **{**step, **also})


# A date of an end means nothing to what has ended, and one of a return nothing to what never does.
DATES_LOST: Mapping[State, Mapping[str, None]] = {
    State.DEACTIVATED: {"end_on": None},
    State.CANCELLED: {"end_on": None, "return_on": None},
    State.DECLINED: {"end_on": None, "return_on": None},
}


def _create(change: Change) -> Sequence[int]:
    if not change.new:
        return ()
    state = TRANSITIONS[change.trigger][None]
    if isinstance(state, Reason):
        raise TypeError(f"{change.trigger} makes no access")
    now = timezone.now()
    ids = reserve_ids(Access, len(change.new))
    # Made before they are copied: a row that has to load its customer may not ask meanwhile.
    rows = [
        (access_id, state, TAB_OF_STATE[state], now, *_columns(new))
        for access_id, new in zip(ids, change.new, strict=True)
    ]
    insert_many(Access, ("id", "state", "tab", "state_since", *NEW_COLUMNS), rows)
    return ids


NEW_COLUMNS = (
    "store_id", "customer_id", "contact_id", "login_id", "role", "invited_by_id", "invited_at",
    "invitation_expires_at", "sort_name", "sort_customer", "search_text",
)  # fmt: skip


def _columns(new: NewAccess) -> tuple[Any, ...]:
    contact = new.contact
    return (
        new.store_id, contact.customer_id, contact.pk, new.login_id, new.role, new.invited_by_id, new.invited_at,
        new.invitation_expires_at, contact.sort_name, contact.customer.sort_name, contact.search_text,
    )  # fmt: skip


def _deltas(moved: Moved, before: Mapping[int, Tab]) -> Counter[tuple[int, Tab]]:
    deltas: Counter[tuple[int, Tab]] = Counter()
    for row in moved.rows:
        if row.pk in before:
            deltas[row.store_id, before[row.pk]] -= 1
        deltas[row.store_id, Tab(row.tab)] += 1
    return deltas


def _record(
    moved: Moved,
    triggers: Mapping[int, Trigger],
    *,
    actor: Actor,
    data: Mapping[str, Any],
    closed: Mapping[int, list[str]],
) -> None:
    entries: dict[Event, list[Entry]] = {}
    for row in moved.rows:
        before = moved.was[row.pk]
        entry = Entry(
            store_id=row.store_id,
            customer_id=row.customer_id,
            contact_id=row.contact_id,
            access_id=row.pk,
            login_id=row.login_id,
            data={
                "from": before,
                "to": row.state,
                **data,
                **({"errors_closed": closed[row.pk]} if row.pk in closed else {}),
            },
        )
        entries.setdefault(event_of(triggers[row.pk], before), []).append(entry)
    for event, of_event in entries.items():
        record_many(event, actor=actor, entries=of_event)
