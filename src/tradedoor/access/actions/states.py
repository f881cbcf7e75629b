"""The one function that changes the state of accesses, and the one that puts them on and off the Error tab.

Nothing else in the project writes state or tab: the tab is that of the state, or Error while an error is open.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db import transaction
from django.db.models import Case, F, Value, When
from django.utils import timezone

from tradedoor.access import answers
from tradedoor.access.actions import counts
from tradedoor.access.actions.heads import Head, deltas, held_heads, record_moves
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
from tradedoor.access.transitions import TRANSITIONS, Trigger
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


@dataclass(frozen=True)
class Moved:
    """What `move` did. Heads are as they are now, by id; `was` holds the state before, None for a new one."""

    heads: tuple[Head, ...]
    was: Mapping[int, State | None]
    refused: Mapping[int, Reason]

    @classmethod
    def together(cls, parts: Iterable["Moved"]) -> "Moved":
        """Several as one; no access stands in two of them."""
        heads: list[Head] = []
        was: dict[int, State | None] = {}
        refused: dict[int, Reason] = {}
        for part in parts:
            heads += part.heads
            was |= part.was
            refused |= part.refused
        return cls(tuple(sorted(heads)), was, refused)

    @property
    def ids(self) -> frozenset[int]:
        return frozenset(self.was)

    @cached_property
    def rows(self) -> tuple[Access, ...]:
        """The accesses themselves by id, read when they are first asked for: many who move a set never do."""
        return tuple(Access.objects.filter(pk__in=self.was).order_by("pk")) if self.was else ()

    def into(self, *states: State) -> list[Access]:
        """Those that now stand in one of `states`."""
        return [row for row in self.rows if row.state in states]

    def outcome(self) -> Outcome:
        refused = (
            Refused(reason, sentence_of(reason), access_id=access_id)
            for access_id, reason in sorted(self.refused.items())
        )
        return Outcome(done=tuple(head.pk for head in self.heads), refused=tuple(refused))


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
    held = held_heads({access_id for change in changes for access_id in change.ids})
    refused: dict[int, Reason] = {}
    heads: dict[int, Head] = {}
    triggers: dict[int, Trigger] = {}
    closed: dict[int, list[str]] = {}
    for change in changes:
        moving, left = _decided(change, held)
        refused |= left
        for state, rows in moving.items():
            flags, gone = _close_errors(rows, state)
            closed |= gone
            heads |= _write(rows, state, also=change.also, flagged=flags)
            triggers |= dict.fromkeys((row.pk for row in rows), change.trigger)
        made = _create(change)
        heads |= made
        triggers |= dict.fromkeys(made, change.trigger)
    was = {pk: State(held[pk].state) if pk in held else None for pk in sorted(heads)}
    moved = Moved(tuple(heads[pk] for pk in was), was, refused)
    counts.add(deltas(moved.heads, before=held))
    record_moves(moved.heads, was, triggers, actor=actor, data=data or {}, closed=closed)
    if answered := [
        answers.Answer(head.pk, State(head.state), triggers[head.pk])
        for head in moved.heads
        if was[head.pk] == State.REQUESTED and triggers[head.pk] not in answers.KNOWN
    ]:
        answers.tell(answered, actor)
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


def _decided(change: Change, held: Mapping[int, Head]) -> tuple[dict[State, list[Head]], dict[int, Reason]]:
    """Which accesses the change takes where, and which it leaves alone."""
    moving: dict[State, list[Head]] = {}
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


def _close_errors(rows: list[Head], state: State) -> tuple[set[int], dict[int, list[str]]]:
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


def _write(rows: list[Head], state: State, *, also: Mapping[str, Any], flagged: set[int]) -> dict[int, Head]:
    """Write the state and what goes with it, and return the heads as they are then."""
    stays = [row.pk for row in rows if row.state == state]
    heads = {row.pk: row for row in rows}
    if stays and also:
        Access.objects.filter(pk__in=stays).update(**also)
    if len(stays) < len(rows):
        # A session remembers the epoch it was opened at; whatever moved, an old one fails (SES-05).
        step = {"state_since": timezone.now(), "epoch": F("epoch") + 1, **LOST.get(state, {})}
        leaves = [row for row in rows if row.state != state]
        for tab, going in (
            (TAB_OF_STATE[state], [row for row in leaves if row.pk not in flagged]),
            (Tab.ERROR, [row for row in leaves if row.pk in flagged]),
        ):
            if going:
                ids = [row.pk for row in going]
                Access.objects.filter(pk__in=ids).update(state=state, tab=tab, **{**step, **also})
                heads |= {row.pk: row._replace(state=state.value, tab=tab.value) for row in going}
    # Such a column may have been set to what only the database knows.
    return held_heads(heads) if also.keys() & set(Head._fields) else heads


# A date of an end means nothing to what has ended, and one of a return nothing to what never does. The role that an
# invitation offered goes with it, so that nobody has it by registering afterwards.
LOST: Mapping[State, Mapping[str, Any]] = {
    State.DEACTIVATED: {"end_on": None},
    State.CANCELLED: {"end_on": None, "return_on": None, "role": Role.BUYER},
    State.DECLINED: {"end_on": None, "return_on": None, "role": Role.BUYER},
}


def _create(change: Change) -> dict[int, Head]:
    if not change.new:
        return {}
    state = TRANSITIONS[change.trigger][None]
    if isinstance(state, Reason):
        raise TypeError(f"{change.trigger} makes no access")
    now, tab = timezone.now(), TAB_OF_STATE[state]
    made = list(zip(reserve_ids(Access, len(change.new)), change.new, strict=True))
    # Made before they are copied: a row that has to load its customer may not ask meanwhile.
    rows = [(access_id, state, tab, now, *_columns(new)) for access_id, new in made]
    insert_many(Access, ("id", "state", "tab", "state_since", *NEW_COLUMNS), rows)
    return {
        pk: Head(
            pk, new.store_id, new.contact.customer_id, new.contact.pk, new.login_id, state.value, tab.value
        )
        for pk, new in made
    }


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
