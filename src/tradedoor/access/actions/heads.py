"""What a move knows of each access, and what it says of it: to the numbers on the tabs and to the history.

A hundred thousand accesses are moved in batches of some thousand; no row of them is loaded for it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from tradedoor.access.events import Event
from tradedoor.access.models import Access, State, Tab
from tradedoor.access.transitions import Trigger, event_of
from tradedoor.audit.record import Entry, record_many
from tradedoor.core.actor import Actor


class Head(NamedTuple):
    """An access as far as history and counters speak of it."""

    pk: int
    store_id: int
    customer_id: int
    contact_id: int
    login_id: int | None
    state: str
    tab: str


def held_heads(ids: Iterable[int]) -> dict[int, Head]:
    """Hold these accesses until the transaction ends, in the order of their ids; what they are now, by id."""
    rows = Access.objects.select_for_update().filter(pk__in=frozenset(ids)).order_by("pk")
    return {row[0]: Head(*row) for row in rows.values_list(*Head._fields)}


def deltas(heads: Sequence[Head], *, before: Mapping[int, Head]) -> Counter[tuple[int, Tab]]:
    """What is to be added to the count of each tab; those who are not in `before` are new."""
    left = Counter((head.store_id, before[head.pk].tab) for head in heads if head.pk in before)
    reached = Counter((head.store_id, head.tab) for head in heads)
    return Counter(
        {
            (store_id, Tab(tab)): reached[store_id, tab] - left[store_id, tab]
            for store_id, tab in {*left, *reached}
        }
    )


def record_moves(
    heads: Sequence[Head],
    was: Mapping[int, State | None],
    triggers: Mapping[int, Trigger],
    *,
    actor: Actor,
    data: Mapping[str, Any],
    closed: Mapping[int, list[str]],
) -> None:
    """Write a line of history for each that moved; `closed` are the errors that ended with its former state."""
    entries: dict[Event, list[Entry]] = {}
    # One and the same for all that came the same way: it is spelled once, too.
    steps: dict[tuple[State | None, str], dict[str, Any]] = {}
    events: dict[tuple[Trigger, State | None], Event] = {}
    for head in heads:
        before, trigger = was[head.pk], triggers[head.pk]
        step = steps.setdefault((before, head.state), {"from": before, "to": head.state, **data})
        if (trigger, before) not in events:
            events[trigger, before] = event_of(trigger, before)
        entry = Entry(
            store_id=head.store_id,
            customer_id=head.customer_id,
            contact_id=head.contact_id,
            access_id=head.pk,
            login_id=head.login_id,
            data={**step, "errors_closed": closed[head.pk]} if head.pk in closed else step,
        )
        entries.setdefault(events[trigger, before], []).append(entry)
    for event, of_event in entries.items():
        record_many(event, actor=actor, entries=of_event)
