"""Deactivate, with more to say: why, from when, until when, and how far (product.md section 9, "More…")."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from tradedoor.access.actions import states
from tradedoor.access.actions.dates import ENDING, cancel_dates, today_at
from tradedoor.access.actions.endings import LIVING, end_everything, record_dates
from tradedoor.access.actions.states import Change
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
from tradedoor.jobs.models import Work
from tradedoor.jobs.work import start_work

END_WIDE = "access.end_wide"
# More is long work: so many are ended in well under half a second, for which everybody else waits to write.
AT_ONCE = 500
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

    def kept(self) -> dict[str, str]:
        """As long work keeps it."""
        return {
            "scope": self.scope.value,
            "reason": self.reason,
            "end_on": str(self.end_on or ""),
            "return_on": str(self.return_on or ""),
        }

    @classmethod
    def read(cls, kept: Mapping[str, str]) -> "Wish":
        days = [date.fromisoformat(kept[name]) if kept[name] else None for name in ("end_on", "return_on")]
        return cls(Scope(kept["scope"]), kept["reason"], *days)


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
class Tally:
    """What a deed came to, in numbers. `others` still sign in to the store it began in, for the customer."""

    people: int
    cancelled: int
    declined: int
    scheduled: int
    returning: int
    sessions_ended: int
    stores: int
    outside: int
    others: tuple[str, ...]
    others_count: int


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
    work: Work | None = None
    """What goes on with the others, where they are many; the numbers say what has happened so far."""

    def into(self, state: State) -> list[Access]:
        return [row for row in self.ended if row.state == state]

    @property
    def tally(self) -> Tally:
        return Tally(
            people=len({row.contact_id for row in self.into(State.DEACTIVATED)}),
            cancelled=len(self.into(State.CANCELLED)),
            declined=len(self.into(State.DECLINED)),
            scheduled=self.scheduled,
            returning=self.returning,
            sessions_ended=self.sessions_ended,
            stores=self.stores,
            outside=self.outside,
            others=self.others,
            others_count=self.others_count,
        )


def reaches(access: Access, *, actor: Actor) -> Mapping[Scope, Reach]:
    """What each scope would end, beginning at this access. Raises `NotAllowed`."""
    require(actor, Permission.ACCESS_SWITCH, stores=[access.store_id])
    return {scope: _reach(access, scope, actor=actor) for scope in Scope}


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of some of the accesses that a wish reaches."""

    rows: tuple[Access, ...] = ()
    sessions: int = 0
    scheduled: tuple[Access, ...] = ()
    returning: int = 0


@tried_again
@transaction.atomic
def deactivate_wider(access: Access, wish: Wish, *, actor: Actor) -> WideReceipt:
    """End, now or on a date, every living access that the wish reaches: current ones are deactivated, invitations
    cancelled and requests declined. Nobody is mailed. Those in stores beyond the actor's rights are left alone.

    An access that was deactivated a moment ago, as by the button before "More…", gets the reason and the date of
    its return. Pressed twice, the second finds nothing left to end. Where it reaches more than `AT_ONCE`, the one
    it began at ends here, and `work` of the receipt goes on with the others. Raises `NotAllowed`, and `Invalid`
    for dates that are over or in the wrong order.
    """
    require(actor, Permission.ACCESS_SWITCH, stores=[access.store_id])
    _require_order(access, wish)
    deed = uuid4()
    living = living_within(access, wish.scope, actor=actor)
    ids = frozenset(living.values_list("pk", flat=True)[: AT_ONCE + 1])
    outside = outside_of(access, wish.scope, actor=actor)
    is_long = len(ids) > AT_ONCE
    if is_long:
        ids = frozenset(living.filter(pk=access.pk).values_list("pk", flat=True))
    # With the one it began at, which may be off already and is amended afterwards.
    states.lock(ids | {access.pk})
    ended = end_these(ids, wish, deed=deed, actor=actor)
    work = _start(access, wish, deed, ended, actor=actor) if is_long else None
    if work is not None:
        deed = UUID(work.args["deed"])  # of the first of two clicks
    amended = wish.end_on is None and _amend(access, wish, _said(wish, deed=deed, actor=actor), actor=actor)
    names, count = colleagues([access])
    return WideReceipt(
        deed=deed,
        ended=ended.rows,
        scheduled=len(ended.scheduled),
        returning=ended.returning + amended,
        sessions_ended=ended.sessions,
        stores=len({row.store_id for row in ended.rows}),
        outside=outside,
        others=names,
        others_count=count,
        work=work,
    )


def end_these(ids: Collection[int], wish: Wish, *, deed: UUID, actor: Actor) -> Ended:
    """End these living accesses as the wish says. Its callers have asked for the permission."""
    said = _said(wish, deed=deed, actor=actor)
    if wish.end_on is not None:
        return Ended(scheduled=tuple(_schedule(ids, wish, said, actor=actor)))
    changes = [Change(trigger, ids=ids, also=_also(trigger, said)) for trigger in ENDING]
    data = {"deed": str(deed), "scope": wish.scope.value}
    moved = states.move(*changes, actor=actor, data=data)
    sessions = end_everything(moved, why=RevokedWhy.DEACTIVATED).sessions
    returning = moved.into(State.DEACTIVATED) if wish.return_on is not None else []
    record_dates(Event.RETURN_SCHEDULED, returning, actor=actor, return_on=str(wish.return_on))
    return Ended(moved.rows, sessions, returning=len(returning))


@tried_again
@transaction.atomic
def undo_deed(access: Access, deed: UUID, *, actor: Actor) -> Outcome:
    """Take back, within ten minutes, what one press deactivated or gave a date; ended sessions stay ended.

    Cancelled invitations and declined requests stay so, and are named as left alone: their links are dead, and
    nobody is mailed by an Undo. So is what `undo_deactivation` leaves alone. For a deed that was or is long work,
    see `access.actions.wide_steps.undo_in_background`. Raises `NotAllowed`.
    """
    require(actor, Permission.ACCESS_SWITCH, stores=[access.store_id])
    rows = of_deed(access, deed, actor=actor)
    return undo_these(rows.values_list("pk", flat=True), deed=deed, actor=actor)


def undo_these(
    ids: Iterable[int], *, deed: UUID, actor: Actor, pressed_at: datetime | None = None
) -> Outcome:
    """Take the deed back as far as these accesses are concerned. Its callers have asked for the permission."""
    # All of it at once: re-enabling holds contacts, and those come before every access.
    held = hold_rows(these(ids))
    keys = {row.pk: row.state for row in held if row.deed == deed}
    cancel_dates(these(key for key, state in keys.items() if state != State.DEACTIVATED), actor=actor)
    undone = undo_deactivation(
        these(key for key, state in keys.items() if state == State.DEACTIVATED),
        actor=actor,
        pressed_at=pressed_at,
    )
    dead = tuple(
        Refused(STAYS[State(state)], sentence_of(STAYS[State(state)]), access_id=key)
        for key, state in sorted(keys.items())
        if state in STAYS
    )
    return replace(undone, refused=(*undone.refused, *dead))


def of_deed(access: Access, deed: UUID, *, actor: Actor) -> QuerySet[Access]:
    """What one press that began at this access deactivated or gave a date, within the actor's stores."""
    return Access.objects.within(actor.stores).filter(customer=access.customer_id, deed=deed)


def living_within(access: Access, scope: Scope, *, actor: Actor) -> QuerySet[Access]:
    """What a scope would end, in the order of the keys, within the actor's stores."""
    return _within(access, scope, actor=actor).filter(state__in=LIVING).order_by("pk")


def _start(access: Access, wish: Wish, deed: UUID, ended: Ended, *, actor: Actor) -> Work:
    args = {
        "access_id": access.pk, "deed": str(deed), "sessions_ended": ended.sessions, **wish.kept()
    }  # fmt: skip
    return start_work(
        END_WIDE,
        title=_("Deactivate everyone at %(customer)s") % {"customer": access.customer.name},
        args=args,
        actor=actor,
        store_id=access.store_id,
        total=living_within(access, wish.scope, actor=actor).exclude(deed=deed).count(),
        # Two clicks are one work; another wish is another, which ends what this one has left.
        dedupe_key=f"{END_WIDE}:{access.pk}:{wish.scope}:{wish.end_on}:{wish.return_on}",
    )


def outside_of(access: Access, scope: Scope, *, actor: Actor) -> int:
    """How many living accesses a scope leaves alone, because the actor's rights do not cover their store."""
    if actor.stores is None:
        return 0
    every = Access.objects.filter(_scope(access, scope), state__in=LIVING)
    return every.exclude(store_id__in=actor.stores).count()


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
    found = {State(state): number for state, number in counts.items()}
    return Reach(found, stores, outside_of(access, scope, actor=actor))


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


def _schedule(ids: Collection[int], wish: Wish, said: Mapping[str, object], *, actor: Actor) -> list[Access]:
    rows = [row for row in states.lock(ids) if row.state in LIVING]
    Access.objects.filter(pk__in=[row.pk for row in rows]).update(end_on=wish.end_on, **said)
    record_dates(Event.END_SCHEDULED, rows, actor=actor, end_on=str(wish.end_on))
    if wish.return_on is not None:
        record_dates(Event.RETURN_SCHEDULED, rows, actor=actor, return_on=str(wish.return_on))
    return rows


def _amend(access: Access, wish: Wish, said: Mapping[str, object], *, actor: Actor) -> bool:
    """Say more of the access that was deactivated already when the page was opened; whether it returns by that.

    Said twice, as by two clicks, it stays with the first deed, so that its Undo takes all of that back.
    """
    [held] = states.lock([access.pk])
    if held.state != State.DEACTIVATED or held.ended_from_above or held.deed == said["deed"]:
        return False
    kept = dict(said)
    if not wish.reason.strip():
        kept |= {"deactivated_reason": held.deactivated_reason, "deactivated_by_id": held.deactivated_by_id}
    if wish.return_on is None:
        kept["return_on"] = held.return_on
    kept_by = held.deactivated_by_id == kept["deactivated_by_id"]
    same = kept["deactivated_reason"] == held.deactivated_reason and kept["return_on"] == held.return_on
    if held.deed is not None and kept_by and same:
        return False
    Access.objects.filter(pk=held.pk).update(**kept)
    if wish.return_on is None:
        return False
    record_dates(Event.RETURN_SCHEDULED, [held], actor=actor, return_on=str(wish.return_on))
    return True
