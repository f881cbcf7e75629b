"""History as a table to take away: never all in memory, and itself written down."""

from collections.abc import Iterator, Mapping
from typing import Any

from tradedoor.audit.queries import LONGEST, TimelineEntry, timeline
from tradedoor.audit.record import record
from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission, require

EXPORTED = "audit.exported"


def export_timeline(actor: Actor, asked: Mapping[str, Any]) -> Iterator[list[TimelineEntry]]:
    """The rows that `timeline` has for these filters, newest first, in batches; who took them is recorded.

    `asked` are the keyword arguments of `timeline`, without `before` and `limit`. What is written meanwhile is
    not in it. Raises `NotAllowed`, and `NotFound` for a store outside the scope, before the first batch.
    """
    require(actor, Permission.AUDIT_EXPORT)
    first = timeline(actor, **asked, limit=LONGEST)
    record(
        EXPORTED,
        actor=actor,
        store_id=asked.get("store_id"),
        customer_id=asked.get("customer_id"),
        contact_id=asked.get("contact_id"),
        access_id=asked.get("access_id"),
        data={"events": list(asked.get("events") or []), "since": asked.get("since")},
    )
    return _batches(actor, asked, first)


def _batches(
    actor: Actor, asked: Mapping[str, Any], first: list[TimelineEntry]
) -> Iterator[list[TimelineEntry]]:
    batch = first
    while batch:
        yield batch
        batch = timeline(actor, **asked, before=batch[-1].id, limit=LONGEST) if len(batch) == LONGEST else []
