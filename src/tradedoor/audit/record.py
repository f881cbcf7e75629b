"""Writing history: in the transaction of the change itself, so that neither stands without the other (AUD-06)."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from tradedoor.audit.models import AuditDetail, AuditRow
from tradedoor.audit.values import detail_digest, place_of, plain, refuse_secrets, visible
from tradedoor.core.actor import Actor, ActorKind
from tradedoor.core.bulk import insert_many, reserve_ids

LABELLED = frozenset({ActorKind.JOB, ActorKind.MACHINE})
SALT_BYTES = 16
EVENT_LENGTH = 80

ROW_COLUMNS = (
    "id", "at", "event", "actor_kind", "actor_id", "actor_label", "store_id", "customer_id", "contact_id",
    "access_id", "login_id", "result", "request_id", "data", "detail_digest",
)  # fmt: skip
DETAIL_COLUMNS = ("row_id", "values", "ip", "agent", "salt")


@dataclass(frozen=True, slots=True)
class Entry:
    """What one row says. `data` holds ids and codes, `personal` whatever speaks of a person.

    Changes read `personal={"email": {"old": …, "new": …}}`.
    """

    store_id: int | None = None
    customer_id: int | None = None
    contact_id: int | None = None
    access_id: int | None = None
    login_id: int | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    personal: Mapping[str, Any] = field(default_factory=dict)
    result: str = "ok"


def record(  # noqa: PLR0913 - the fields of an entry, named where they are written
    event: str,
    *,
    actor: Actor,
    store_id: int | None = None,
    customer_id: int | None = None,
    contact_id: int | None = None,
    access_id: int | None = None,
    login_id: int | None = None,
    data: Mapping[str, Any] | None = None,
    personal: Mapping[str, Any] | None = None,
    result: str = "ok",
) -> int:
    """Write one row of history and return its id.

    Raises `ValueError` for a value named like a secret and `TypeError` for what is no plain value.
    """
    entry = Entry(
        store_id=store_id,
        customer_id=customer_id,
        contact_id=contact_id,
        access_id=access_id,
        login_id=login_id,
        data=data or {},
        personal=personal or {},
        result=result,
    )
    columns, detail = _Writer(event, actor).columns(entry)
    with transaction.atomic(savepoint=False):
        row = AuditRow.objects.create(**dict(zip(ROW_COLUMNS[1:], columns, strict=True)))
        if detail:
            AuditDetail.objects.create(row=row, **dict(zip(DETAIL_COLUMNS[1:], detail, strict=True)))
    return row.pk


def record_many(event: str, *, actor: Actor, entries: Iterable[Entry]) -> int:
    """Write a row of history for each entry, in as many statements as for one; return how many.

    Wants the caller's transaction. Raises as `record` does.
    """
    writer = _Writer(event, actor)
    written = [writer.columns(entry) for entry in entries]
    ids = reserve_ids(AuditRow, len(written))
    insert_many(
        AuditRow, ROW_COLUMNS, [(number, *columns) for number, (columns, _) in zip(ids, written, strict=True)]
    )
    insert_many(
        AuditDetail,
        DETAIL_COLUMNS,
        [(number, *detail) for number, (_, detail) in zip(ids, written, strict=True) if detail],
    )
    return len(written)


class _Writer:
    """Turns entries of one event by one actor into columns; what all of them share is worked out once."""

    def __init__(self, event: str, actor: Actor) -> None:
        self.event = str(plain(event))
        if not 0 < len(self.event) <= EVENT_LENGTH:
            raise ValueError(f"{self.event!r} is no code of an event")
        self.actor = actor
        self.at: datetime = timezone.now()
        self.label = visible(actor.label)[:80] if actor.kind in LABELLED else ""
        self.ip = visible(actor.ip)[:45]
        self.agent = visible(actor.agent)[:300]
        self.request_id = visible(actor.request_id)[:64]
        self.place = place_of(self.ip, self.agent)
        self.last: tuple[Mapping[str, Any] | None, Any] = (None, None)

    def columns(self, entry: Entry) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """Return the row without its id, and its detail without the row: empty where nothing is personal."""
        personal: Any = {}
        if entry.personal:
            refuse_secrets(entry.personal)
            personal = plain(entry.personal)
        detail: tuple[Any, ...] = ()
        digest = ""
        if personal or self.place:
            salt = secrets.token_hex(SALT_BYTES)
            detail = (personal, self.ip, self.agent, salt)
            digest = detail_digest(salt=salt, values=personal, place=self.place)
        row = (
            self.at,
            self.event,
            self.actor.kind.value,
            self.actor.login_id,
            self.label,
            entry.store_id,
            entry.customer_id,
            entry.contact_id,
            entry.access_id,
            entry.login_id,
            entry.result,
            self.request_id,
            self._said(entry.data),
            digest,
        )
        return row, detail

    def _said(self, data: Mapping[str, Any]) -> Any:
        """The data as it is kept. Of a set that went the same way all share one, which is worked out once."""
        if data is not self.last[0]:
            refuse_secrets(data)
            self.last = (data, plain(data))
        return self.last[1]
