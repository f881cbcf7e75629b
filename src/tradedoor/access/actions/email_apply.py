"""Email changes happening: logins move, invitations go out again, everybody concerned is told.

One transaction a batch, and the same for one. What is judged is held from the reading on, everybody in the order
of `email_locking`; so two workers, or a worker and a person, apply each change once.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from django.db import transaction
from django.utils import timezone

from tradedoor.access.actions.email_faults import OWN, close_faults, raise_faults
from tradedoor.access.actions.email_holds import release_reversed
from tradedoor.access.actions.email_judging import judge
from tradedoor.access.actions.email_kin import wishes, wishes_with_kin
from tradedoor.access.actions.email_locking import NOTHING, Beside, hold_changes
from tradedoor.access.actions.email_notices import post_notices
from tradedoor.access.actions.email_plan import MOVING, Plan, Planned, read_plan
from tradedoor.access.actions.email_pointing import point_and_invite
from tradedoor.access.actions.email_schedule import CancelledWhy, cancel
from tradedoor.access.events import Event
from tradedoor.access.faults import Fault
from tradedoor.access.models import Access, EmailChange, EmailChangeState, ErrorReason, State
from tradedoor.access.reasons import Reason
from tradedoor.accounts.actions.addresses import move_logins, remove_unused
from tradedoor.audit.record import Entry, record_many
from tradedoor.core.actor import Actor
from tradedoor.core.addresses import display_form
from tradedoor.core.bulk import update_many
from tradedoor.core.collisions import tried_again

LATE_AFTER = timedelta(minutes=5)


@dataclass
class Applied:
    """What became of a batch: each of its changes, those that happened first among them by `done`."""

    rows: list[Planned] = field(default_factory=list)
    done: list[Planned] = field(default_factory=list)

    def of_contact(self, contact_id: int) -> Planned | None:
        return self.by_contact.get(contact_id)

    @cached_property
    def by_contact(self) -> dict[int, Planned]:
        return {row.contact.pk: row for row in self.rows}


def apply_changes(
    change_ids: Collection[int],
    *,
    actor: Actor,
    at_once: bool = False,
    stores: frozenset[int] | None = None,
    beside: Beside = NOTHING,
) -> Applied:
    """Let these open changes happen, as far as nothing stands in the way; the others say why not.

    `at_once` asks for no hour to be over, for these and for whatever shares a login with one. `stores` leaves out
    logins that reach further. Asks for no permission. A change that another worker has applied is passed over.
    """
    # Somebody may take one of the addresses between reading and writing; seen anew it is a clash.
    return _apply(change_ids, actor=actor, at_once=at_once, stores=stores, beside=beside)


@tried_again
@transaction.atomic
def _apply(
    change_ids: Collection[int],
    *,
    actor: Actor,
    at_once: bool,
    stores: frozenset[int] | None,
    beside: Beside,
) -> Applied:
    asked = wishes(EmailChange.objects.open().filter(pk__in=change_ids))
    changes = hold_changes(wishes_with_kin(asked), beside=beside)
    plan = read_plan(changes, {change.contact_id: change.contact for change in changes})
    _leave_out_the_gone(plan, actor=actor)
    if not plan.rows:
        return Applied()
    ready = _ready(plan, change_ids, at_once=at_once)
    judge(plan, ready=ready, stores=stores)
    done = plan.able()
    _move(plan, actor=actor)
    # Before anything that counts: whoever makes the same logins meanwhile counts afterwards.
    invited = point_and_invite(done, actor=actor)
    release_reversed([login_id for row in done for login_id in row.movers], actor=actor)
    _finish(done, actor=actor)
    links = post_notices(done, plan.logins, actor=actor)
    _keep(done, links)
    refused = [row for row in plan.rows.values() if not row.is_able and row.change.pk in ready]
    _note_refused(refused, actor=actor)
    close_faults([access.pk for row in done for access in row.accesses], OWN, actor=actor)
    raise_faults(invited.faults, actor=actor)
    asked_ids = {change.pk for change in asked}
    return Applied([row for row in plan.rows.values() if row.change.pk in asked_ids or row.is_able], done)


def _leave_out_the_gone(plan: Plan, *, actor: Actor) -> None:
    """Cancel changes of archived contacts, and those that reach no access any more."""
    gone = [row.change for row in plan.rows.values() if row.contact.archived_at is not None]
    idle = [row.change for row in plan.rows.values() if row.contact.archived_at is None and not row.accesses]
    cancel(gone, why=CancelledWhy.CONTACT_GONE, actor=actor)
    cancel(idle, why=CancelledWhy.NO_ACCESS, actor=actor)
    plan.leave_out(change.pk for change in (*gone, *idle))


def _ready(plan: Plan, asked: Collection[int], *, at_once: bool) -> set[int]:
    """Whose hour is over, or who may not wait for it: those asked for, and who shares a login with them."""
    now = timezone.now()
    ready = {pk for pk, row in plan.rows.items() if row.change.due_at <= now}
    if not at_once:
        return ready
    ready |= plan.rows.keys() & set(asked)
    if len(ready) == len(plan.rows):
        return ready
    logins = {
        access.login_id
        for pk in ready
        for access in plan.rows[pk].accesses
        if access.state in MOVING and access.login_id is not None
    }
    beside = set(
        Access.objects.filter(login_id__in=list(logins), state__in=MOVING).values_list(
            "contact_id", flat=True
        )
    )
    return ready | {pk for pk, row in plan.rows.items() if row.contact.pk in beside}


def _move(plan: Plan, *, actor: Actor) -> None:
    """Give the moving logins their new addresses, end all they have open, and clear unused ones out of the way."""
    moves = plan.moves()
    targets = {row.target for row in moves.values()}
    orphans = {login_id for address, login_id in plan.orphans.items() if address in targets} - moves.keys()
    if orphans:
        Access.objects.filter(login_id__in=orphans).update(login_id=None)
        remove_unused(orphans)
    _let_go_of_archived(moves)
    move_logins({login_id: display_form(row.contact.email) for login_id, row in moves.items()}, actor=actor)


def _let_go_of_archived(moves: Mapping[int, Planned]) -> None:
    """Contacts in the archive keep no login that goes to another address: they may come back as somebody else."""
    left = Access.objects.filter(login_id__in=moves, contact__archived_at__isnull=False)
    staying = [
        pk
        for pk, login_id, email in left.values_list("pk", "login_id", "contact__email_canonical")
        if email != moves[login_id].target
    ]
    Access.objects.filter(pk__in=staying).update(login_id=None)


def _finish(done: Sequence[Planned], *, actor: Actor) -> None:
    now = timezone.now()
    entries = [
        Entry(
            customer_id=row.contact.customer_id,
            contact_id=row.contact.pk,
            login_id=min(row.movers, default=None),
            data={
                "change": row.change.pk,
                "late": _is_late(row.change, now=now),
                "stores": sorted(row.store_ids),
                "states": _counted(row.accesses),
            },
            personal={"email": {"old": row.change.old_email, "new": row.contact.email}},
        )
        for row in done
    ]
    record_many(Event.EMAIL_CHANGE_APPLIED, actor=actor, entries=entries)


def _counted(accesses: Sequence[Access]) -> dict[str, int]:
    states = [access.state for access in accesses]
    return {state: states.count(state) for state in states}


def _keep(done: Sequence[Planned], links: Mapping[int, int]) -> None:
    now = timezone.now()
    update_many(
        EmailChange,
        "id",
        ("state", "reason", "applied_at", "ended_at", "late", "login_id", "report_link_id"),
        [
            (
                row.change.pk,
                EmailChangeState.APPLIED.value,
                "",
                now,
                now,
                _is_late(row.change, now=now),
                _login_of(row),
                links.get(_login_of(row) or 0),
            )
            for row in done
        ],
    )
    for row in done:
        row.change.state, row.change.applied_at = EmailChangeState.APPLIED, now


def _login_of(row: Planned) -> int | None:
    """The login that moved, or the one that other contacts' changes moved before."""
    kept = (access.login_id for access in row.accesses if access.state in MOVING)
    return min(row.movers, default=None) or next(kept, None)


def _is_late(change: EmailChange, *, now: datetime) -> bool:
    """Whether no worker was there in time; whoever waited for something else is not late."""
    return not change.reason and now - change.due_at > LATE_AFTER


def _note_refused(refused: Sequence[Planned], *, actor: Actor) -> None:
    """Keep why a change waits or has failed; what is new of it goes into the history and to the Error tab."""
    now = timezone.now()
    rows = [row for row in refused if row.change.due_at <= now or not row.waits]
    failed = [row for row in rows if not row.waits]
    fresh = [row for row in failed if row.change.reason != row.reason]
    changed = [
        row for row in rows if row.change.reason != row.reason and row.reason is not Reason.OUTSIDE_SCOPE
    ]
    update_many(
        EmailChange,
        "id",
        ("state", "reason"),
        [(row.change.pk, _state(row), row.reason.value if row.reason else "") for row in changed],
    )
    record_many(
        Event.EMAIL_CHANGE_FAILED,
        actor=actor,
        entries=[
            Entry(
                customer_id=row.contact.customer_id,
                contact_id=row.contact.pk,
                data={"change": row.change.pk, "reason": row.reason},
                result=row.reason or "",
            )
            for row in fresh
        ],
    )
    raise_faults(
        [
            Fault(access.pk, ErrorReason(row.reason), row.told())
            for row in failed
            if row.reason in ErrorReason.values
            for access in row.accesses
            if access.state in (State.PENDING, State.CURRENT)
        ],
        actor=actor,
    )


def _state(row: Planned) -> str:
    if not row.waits:
        return EmailChangeState.FAILED.value
    if row.change.state == EmailChangeState.FAILED:
        return EmailChangeState.SCHEDULED.value
    return row.change.state
