"""Everyone at a large customer, one step after the other: ended, and taken back.

Each step is a transaction of its own. Ending goes by ascending key, so that who is let in meanwhile, and has a
higher one, ends too, and who was re-enabled meanwhile, which somebody decided, is not ended a second time.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from tradedoor.access.actions import states
from tradedoor.access.actions.bulk import named
from tradedoor.access.actions.switching import UNDO_WITHIN, colleagues
from tradedoor.access.actions.wider import (
    AT_ONCE,
    END_WIDE,
    Tally,
    Wish,
    end_these,
    living_within,
    of_deed,
    outside_of,
    undo_these,
)
from tradedoor.access.models import Access, State
from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission, require
from tradedoor.jobs.models import Work
from tradedoor.jobs.steps import Line
from tradedoor.jobs.work import start_work
from tradedoor.stores.models import Store

UNDO_WIDE = "access.undo_wide"


@dataclass(frozen=True, slots=True)
class Part:
    """What one step did: where the next begins, None where nothing is left, and a line for each access."""

    cursor: int | None
    counts: Counter[str] = field(default_factory=Counter)
    lines: tuple[Line, ...] = ()


def end_next(kept: Mapping[str, Any], *, after: int, most: int, actor: Actor) -> Part:
    """End the next accesses that the wish of the work reaches; those ended before are none of them.

    Ends nothing more once Undo was pressed. Raises `NotAllowed`.
    """
    access = _began_at(kept, actor=actor)
    deed, wish = UUID(kept["deed"]), Wish.read(kept)
    if _undoing(deed) is not None:
        return Part(None)
    # One that is given a date of its end goes on living.
    living = living_within(access, wish.scope, actor=actor).filter(pk__gt=after).exclude(deed=deed)
    ids = list(living.values_list("pk", flat=True)[:most])
    if not ids:
        return Part(None)
    states.lock(ids)
    ended = end_these(ids, wish, deed=deed, actor=actor)
    became = {row.pk: row.state for row in ended.rows} | {row.pk: "scheduled" for row in ended.scheduled}
    counts = Counter({"sessions_ended": ended.sessions}) + Counter(became.values())
    return Part(ids[-1], counts, _lines(became))


@dataclass(frozen=True, slots=True)
class Story:
    """What long work has ended so far, as its page tells it."""

    access: Access
    wish: Wish
    deed: UUID
    tally: Tally
    may_undo: bool


def story_of(work: Work, *, actor: Actor) -> Story | None:
    """What this work has ended so far; None where it is other work, or the actor may not switch accesses there."""
    if work.kind != END_WIDE:
        return None
    access = Access.objects.select_related("store", "customer", "contact").get(pk=work.args["access_id"])
    if not actor.can(Permission.ACCESS_SWITCH, access.store_id):
        return None
    wish, deed = Wish.read(work.args), UUID(work.args["deed"])
    rows = of_deed(access, deed, actor=actor)
    off = rows.filter(state=State.DEACTIVATED)
    others, others_count = colleagues([access])
    tally = Tally(
        people=off.values("contact").distinct().count(),
        cancelled=work.counts.get("cancelled", 0),
        declined=work.counts.get("declined", 0),
        scheduled=rows.filter(end_on__isnull=False).count(),
        returning=rows.filter(return_on__isnull=False).count(),
        sessions_ended=work.counts.get("sessions_ended", 0) + work.args["sessions_ended"],
        stores=rows.values("store").distinct().count(),
        outside=outside_of(access, wish.scope, actor=actor),
        others=others,
        others_count=others_count,
    )
    since = timezone.now() - UNDO_WITHIN
    able = off.filter(state_since__gte=since, ended_from_above=False).exists()
    young = work.finished_at is None or work.finished_at >= since
    return Story(
        access, wish, deed, tally, (able or (young and tally.scheduled > 0)) and _undoing(deed) is None
    )


def undo_in_background(access: Access, deed: UUID, *, actor: Actor) -> Work | None:
    """Start taking back a deed that was, or is, long work; None where it can be taken back at once.

    Long work that is still ending accesses stops at that. Pressed twice it is started once. The ten minutes are
    judged by when it was pressed. Raises `NotAllowed`.
    """
    require(actor, Permission.ACCESS_SWITCH, stores=[access.store_id])
    rows = of_deed(access, deed, actor=actor)
    if not _ending(deed).exists() and rows[: AT_ONCE + 1].count() <= AT_ONCE:
        return None
    return _start_undo(access, deed, total=rows.count(), actor=actor)


def undo_next(kept: Mapping[str, Any], *, after: int, most: int, actor: Actor) -> Part:
    """Take back the next accesses of the deed; what stays as it is, is named with the reason."""
    access = _began_at(kept, actor=actor)
    deed = UUID(kept["deed"])
    rows = of_deed(access, deed, actor=actor).filter(pk__gt=after).order_by("pk")
    ids = list(rows.values_list("pk", flat=True)[:most])
    if not ids:
        return Part(None)
    outcome = undo_these(ids, deed=deed, actor=actor, pressed_at=datetime.fromisoformat(kept["pressed_at"]))
    refused = {row.access_id: row for row in outcome.refused}
    became = {pk: refused[pk].reason.value if pk in refused else "moved" for pk in ids}
    said = {pk: row.sentence for pk, row in refused.items() if pk is not None}
    return Part(ids[-1], Counter(became.values()), _lines(became, said))


@transaction.atomic
def _start_undo(access: Access, deed: UUID, *, total: int, actor: Actor) -> Work:
    # A step that is ending some right now holds this row: what it ends is seen by the undoing, which begins later.
    list(_ending(deed).select_for_update().values_list("pk"))
    return _undoing(deed) or start_work(
        UNDO_WIDE,
        title=_("Undo: deactivate everyone at %(customer)s") % {"customer": access.customer.name},
        args={"access_id": access.pk, "deed": str(deed), "pressed_at": timezone.now().isoformat()},
        actor=actor,
        store_id=access.store_id,
        total=total,
        dedupe_key=_key_of_undo(deed),
    )


def _undoing(deed: UUID) -> Work | None:
    return Work.objects.filter(kind=UNDO_WIDE, dedupe_key=_key_of_undo(deed)).order_by("pk").first()


def _ending(deed: UUID) -> QuerySet[Work]:
    return Work.objects.filter(kind=END_WIDE, args__deed=str(deed)).order_by("pk")


def _key_of_undo(deed: UUID) -> str:
    return f"{UNDO_WIDE}:{deed}"


def _began_at(kept: Mapping[str, Any], *, actor: Actor) -> Access:
    access = Access.objects.select_related("store", "customer").get(pk=kept["access_id"])
    require(actor, Permission.ACCESS_SWITCH, stores=[access.store_id])
    return access


def _lines(became: Mapping[int, str], said: Mapping[int, str] | None = None) -> tuple[Line, ...]:
    stores = _stores_of(became)
    return tuple(
        Line(pk, became[pk], (said or {}).get(pk, ""), {**data, "store": stores[pk]})
        for pk, data in named(became).items()
    )


def _stores_of(access_ids: Collection[int]) -> dict[int, str]:
    names = dict(Store.objects.values_list("pk", "name"))
    rows = Access.objects.filter(pk__in=access_ids).values_list("pk", "store_id")
    return {pk: names[store_id] for pk, store_id in rows}
