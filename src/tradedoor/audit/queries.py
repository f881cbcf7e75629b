"""Reading history: newest first, by keyset, never more than the reader may see."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Q, QuerySet

from tradedoor.audit.models import AuditDetail, AuditRow, AuditSeal
from tradedoor.audit.registry import names_of, sentence_of
from tradedoor.core.actor import Actor
from tradedoor.core.errors import NotFound
from tradedoor.core.permissions import Permission, require

LONGEST = 500
# Longer than any transaction of ours lives: a row written before a seal may be seen only after it.
LATE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One row of history, ready to be shown. `id` is also the cursor: ask for the next ones `before` it."""

    id: int
    at: datetime
    event: str
    sentence: str
    result: str
    actor_kind: str
    actor_id: int | None
    actor_name: str
    store_id: int | None
    customer_id: int | None
    contact_id: int | None
    access_id: int | None
    login_id: int | None
    data: Mapping[str, Any] = field(default_factory=dict)
    personal: Mapping[str, Any] = field(default_factory=dict)
    ip: str = ""
    agent: str = ""
    is_erased: bool = False


def timeline(  # noqa: PLR0913 - the filters of a list, named where they are asked for
    actor: Actor,
    *,
    customer_id: int | None = None,
    contact_id: int | None = None,
    store_id: int | None = None,
    access_id: int | None = None,
    events: Iterable[str] | None = None,
    by: int | None = None,
    by_kinds: Iterable[str] | None = None,
    since: datetime | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[TimelineEntry]:
    """Return the newest rows about what is named (all of them must fit), in two queries.

    `by` is the login of who did it, `by_kinds` are kinds of actors.

    Whoever is limited to some stores sees rows of those, and rows of no store where a customer or contact is
    asked for, since the CRM is company-wide. Raises `NotAllowed`, and `NotFound` for a store outside.
    """
    require(actor, Permission.AUDIT_READ)
    if store_id is not None and actor.stores is not None and store_id not in actor.stores:
        raise NotFound
    asked = {
        "customer_id": customer_id,
        "contact_id": contact_id,
        "store_id": store_id,
        "access_id": access_id,
    }
    rows = AuditRow.objects.filter(**{name: value for name, value in asked.items() if value is not None})
    rows = _within_scope(rows, actor, about_crm=customer_id is not None or contact_id is not None)
    if events is not None:
        rows = rows.filter(event__in=[getattr(event, "value", event) for event in events])
    if by is not None:
        rows = rows.filter(actor_id=by)
    if by_kinds is not None:
        rows = rows.filter(actor_kind__in=[getattr(kind, "value", kind) for kind in by_kinds])
    if since is not None:
        rows = rows.filter(pk__gt=_last_before(since), at__gte=since)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.select_related("detail").order_by("-pk")[: min(limit, LONGEST)])
    names = names_of({row.actor_id for row in found if row.actor_id is not None})
    return [_entry(row, names) for row in found]


def _last_before(moment: datetime) -> int:
    """The key of a row that was sealed before `moment`, so that a search back in time ends there.

    Rows have no index by time, which each would pay for; the chain, a link a minute, is one.
    """
    sealed = AuditSeal.objects.filter(at__lt=moment - LATE).order_by("-number")
    return sealed.values_list("last_id", flat=True).first() or 0


def _within_scope(rows: QuerySet[AuditRow], actor: Actor, *, about_crm: bool) -> QuerySet[AuditRow]:
    if actor.stores is None:
        return rows
    seen = Q(store_id__in=actor.stores)
    return rows.filter(seen | Q(store_id__isnull=True) if about_crm else seen)


def _entry(row: AuditRow, names: Mapping[int, str]) -> TimelineEntry:
    detail = _detail(row)
    personal = detail.values if detail else {}
    name = names.get(row.actor_id, "") if row.actor_id is not None else row.actor_label
    return TimelineEntry(
        id=row.pk,
        at=row.at,
        event=row.event,
        sentence=sentence_of(row.event, {**row.data, **personal, "actor": name, "result": row.result}),
        result=row.result,
        actor_kind=row.actor_kind,
        actor_id=row.actor_id,
        actor_name=name,
        store_id=row.store_id,
        customer_id=row.customer_id,
        contact_id=row.contact_id,
        access_id=row.access_id,
        login_id=row.login_id,
        data=row.data,
        personal=personal,
        ip=detail.ip if detail else "",
        agent=detail.agent if detail else "",
        is_erased=detail is None and bool(row.detail_digest),
    )


def _detail(row: AuditRow) -> AuditDetail | None:
    try:
        return row.detail
    except ObjectDoesNotExist:
        return None


def has_happened(event: str, *, login_id: int | None, since: datetime) -> bool:
    """Whether that event happened to this login since then. Takes no actor: a rule asks it, and no page."""
    return AuditRow.objects.filter(event=event, login_id=login_id or 0, at__gte=since).exists()
