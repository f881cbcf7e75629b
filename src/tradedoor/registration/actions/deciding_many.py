"""Many requests answered: what would become of each, said before; then at once where they are few, else as a job."""

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Case, CharField, Count, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tradedoor.access.actions.bulk import Rows
from tradedoor.access.models import Access, State
from tradedoor.access.reasons import Reason, sentence_of
from tradedoor.access.sets import Outcome
from tradedoor.access.transitions import TRANSITIONS, Trigger
from tradedoor.core.actor import Actor
from tradedoor.core.errors import Refusal
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.models import Customer
from tradedoor.jobs.failures import described
from tradedoor.jobs.models import Work
from tradedoor.jobs.work import start_work
from tradedoor.registration.actions.deciding import AT_ONCE, approve, decline, tidy_reason
from tradedoor.registration.models import Decision, Registration
from tradedoor.registration.request_queries import strangers_among
from tradedoor.stores.models import Store

log = logging.getLogger(__name__)

DECIDE = "registration.decide"
MOST = AT_ONCE
ABLE = ""
STRANGER, STUMBLED = "came_without_link", "failed"
OWN_SENTENCES: dict[str, str | Promise] = {
    STRANGER: _("Came without a link: open the request and say whose contact it is."),
    STUMBLED: _("Something went wrong on our side. Try this one by itself."),
}
TITLES: dict[Decision, str | Promise] = {
    Decision.APPROVED: _("Approve requests of %(store)s"),
    Decision.DECLINED: _("Decline requests of %(store)s"),
}


@dataclass(frozen=True, slots=True)
class Preview:
    """What an answer would do: how many it reaches, and how many it leaves alone for each reason."""

    total: int
    able: int
    left: Sequence[tuple[str, str, int]]


@dataclass(frozen=True, slots=True)
class Left:
    """A request that was left alone, and why."""

    access_id: int
    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Decided:
    done: tuple[int, ...] = ()
    left: tuple[Left, ...] = ()

    def __add__(self, more: "Decided") -> "Decided":
        return Decided(self.done + more.done, self.left + more.left)


def preview(rows: QuerySet[Access], decision: Decision, *, actor: Actor) -> Preview:
    """Count what this answer would do to these rows, by one query whatever their number. Raises `NotAllowed`."""
    require(actor, Permission.REQUEST_DECIDE)
    counted = (
        Access.objects.within(actor.stores)
        .filter(pk__in=rows.order_by().values("pk"))
        .annotate(outcome=_outcome(decision))
        .values_list("outcome")
        .annotate(number=Count("pk"))
        .order_by("-number", "outcome")
    )
    numbers = dict(counted)
    left = [(code, _sentence(code), number) for code, number in numbers.items() if code != ABLE]
    return Preview(sum(numbers.values()), numbers.get(ABLE, 0), left)


@transaction.atomic
def decide(decision: Decision, access_ids: Sequence[int], *, actor: Actor, reason: str = "") -> Decided:
    """Answer these requests as far as each allows, some hundred of them at most, and say what was left alone.

    Whoever came without a link is not approved here: a person says whose contact it is. One at which we stumble
    keeps no other from being answered. Raises `NotAllowed`, and `Invalid` for a reason that is too long.
    """
    require(actor, Permission.REQUEST_DECIDE)
    told = tidy_reason(reason)
    if decision is Decision.DECLINED:
        return _each(access_ids, lambda ids: decline(ids, reason=told, actor=actor))
    strangers = strangers_among(access_ids, actor=actor)
    # A request that was answered meanwhile is that before all.
    waiting = Access.objects.filter(pk__in=strangers, state=State.REQUESTED).values_list("pk", flat=True)
    asked = sorted(waiting)
    left = tuple(Left(pk, STRANGER, _sentence(STRANGER)) for pk in asked)
    able = [pk for pk in access_ids if pk not in set(asked)]
    return _each(able, lambda ids: approve(ids, actor=actor)) + Decided(left=left)


def decide_in_background(
    store: Store, rows: Rows, decision: Decision, *, actor: Actor, reason: str = "", shown: int = 0
) -> Work:
    """Start giving many requests of a store this answer, one job with progress; a second click starts none.

    It goes by ascending key up to the last row of now, as `access.actions.bulk.change_in_background` does, and
    `shown` means what it means there. Raises `NotAllowed`, and `Invalid` for a reason that is too long.
    """
    require(actor, Permission.REQUEST_DECIDE, stores=[store.pk])
    meant = rows.of(store, actor=actor)
    last = meant.order_by("-pk").values_list("pk", flat=True).first() or 0
    args = {
        "store_id": store.pk, "decision": decision.value, "rows": asdict(rows), "reason": tidy_reason(reason),
        "last": last,
    }  # fmt: skip
    return start_work(
        DECIDE,
        title=str(TITLES[decision]) % {"store": store.name},
        args=args,
        actor=actor,
        store_id=store.pk,
        total=max(shown, meant.count()),
        dedupe_key=f"{DECIDE}:{sha256(json.dumps(args, sort_keys=True).encode()).hexdigest()[:32]}",
    )


def as_decided(outcome: Outcome) -> Decided:
    """The same of what one answer did, for whoever tells of both."""
    left = (
        Left(row.access_id, row.reason.value, row.sentence)
        for row in outcome.refused
        if row.access_id is not None
    )
    return Decided(outcome.done, tuple(left))


def _each(ids: Sequence[int], act: Callable[[Sequence[int]], Outcome]) -> Decided:
    """Let `act`, which is a transaction, happen to all, or where that fails to each half, down to the one at fault."""
    if not ids:
        return Decided()
    try:
        outcome = act(ids)
    except (OperationalError, InterfaceError):
        # A database that is away, or two who wait for each other, is no request's fault: all is tried again.
        raise
    except Refusal as refusal:
        if len(ids) == 1:
            return Decided(left=(Left(ids[0], refusal.code, str(refusal)),))
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one row is not wrong with the next
        if len(ids) == 1:
            log.error("request %s: %s", ids[0], described(error))  # noqa: TRY400 - a trace may quote rows
            return Decided(left=(Left(ids[0], STUMBLED, _sentence(STUMBLED)),))
    else:
        return as_decided(outcome)
    middle = len(ids) // 2
    return _each(ids[:middle], act) + _each(ids[middle:], act)


def _sentence(code: str) -> str:
    return str(OWN_SENTENCES[code]) if code in OWN_SENTENCES else sentence_of(Reason(code))


def _outcome(decision: Decision) -> Case:
    """What stands against a row, in the order in which the answer itself looks; empty where nothing does."""
    trigger = Trigger.APPROVE if decision is Decision.APPROVED else Trigger.DECLINE
    cells = ((state, TRANSITIONS[trigger][state]) for state in State)
    whens = [_when(Q(state=state), cell.value) for state, cell in cells if isinstance(cell, Reason)]
    if decision is Decision.APPROVED:
        whens += _against_approving()
    return Case(*whens, default=Value(ABLE), output_field=CharField())


def _against_approving() -> list[When]:
    typed = Registration.objects.filter(access_id=OuterRef("pk")).exclude(company="")
    inactive = Q(contact__customer__archived_at__isnull=False) | Q(
        contact__customer__status=Customer.Status.INACTIVE
    )
    elsewhere = Q(store__customer__isnull=False) & ~Q(store__customer_id=F("contact__customer_id"))
    return [
        _when(Q(customer__status=Customer.Status.PROSPECT) & Exists(typed), STRANGER),
        _when(Q(contact__merged_into__isnull=False), Reason.CONTACT_ARCHIVED.value),
        _when(inactive, Reason.CUSTOMER_INACTIVE.value),
        _when(elsewhere, Reason.STORE_DEDICATED_ELSEWHERE.value),
        _when(Q(login__is_active=False), Reason.LOGIN_OFF.value),
        _when(Q(login__held_at__isnull=False), Reason.LOGIN_HELD.value),
    ]


def _when(condition: Q | Combinable, code: str) -> When:
    return When(condition, then=Value(code))
