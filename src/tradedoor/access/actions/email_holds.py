"""The hold that a report puts on a login: whether it still waits for a decision, and its end."""

from collections.abc import Collection, Iterable

from django.db.models import Exists, F, OuterRef

from tradedoor.access.actions.email_faults import close_faults
from tradedoor.access.models import (
    Access,
    EmailChange,
    EmailChangeOrigin,
    ErrorClosedWhy,
    ErrorReason,
    ReportDecision,
    State,
)
from tradedoor.accounts.actions.addresses import release_login
from tradedoor.accounts.events import Event
from tradedoor.accounts.models import Login
from tradedoor.audit.queries import has_happened
from tradedoor.core.actor import Actor

REACHED = (State.PENDING, State.CURRENT, State.DEACTIVATED)


def reached(login_id: int | None) -> list[int]:
    """The accesses that a report about this login shows on, by key."""
    rows = Access.objects.filter(login_id=login_id or 0, state__in=REACHED)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def is_undecided(login_id: int) -> bool:
    """Whether a change of this login was reported and nobody has decided."""
    return EmailChange.objects.filter(login=login_id, reported_at__isnull=False, decision="").exists()


def is_stuck(login_id: int) -> bool:
    """Whether a change reported under the present hold was reversed, and its address has yet to come back."""
    rows = EmailChange.objects.filter(login=login_id, decision=ReportDecision.REVERSED)
    return rows.filter(decided_at__gte=F("login__held_at")).exists()


def guarded_from(actor: Actor, contact_ids: Collection[int]) -> set[int]:
    """Those of these contacts whose email is being taken back, because a change that this actor made was reported.

    Until the former address is free the way back stands open, and whoever was reported may neither stop nor turn it;
    somebody who has decided alone, since there is nobody else, may.
    """
    if actor.login_id is None or not contact_ids:
        return set()
    reported = EmailChange.objects.filter(
        decision=ReportDecision.REVERSED,
        requested_by=actor.login_id,
        decided_alone=False,
        decided_at__gte=F("login__held_at"),
    )
    back = EmailChange.objects.open().filter(origin=EmailChangeOrigin.REVERSAL, contact__in=contact_ids)
    held = Access.objects.filter(contact=OuterRef("contact_id"), login__in=reported.values("login_id"))
    return set(back.filter(Exists(held)).values_list("contact_id", flat=True))


class Holds(dict[int, list[EmailChange]]):
    """The held logins, each with its changes that were reversed; none where it waits for a decision."""

    def stop(self, login_id: int, change: EmailChange, *, target: str) -> bool:
        """Whether the login may not have this address: it waits, or whoever was reported asks for a third one."""
        if login_id not in self:
            return False
        reversed_ = self[login_id]
        suspects = {None, *(row.requested_by_id for row in reversed_ if not row.decided_alone)}
        back = target in {row.old_canonical for row in reversed_}
        return not reversed_ or not (back or change.lifts_hold or change.requested_by_id not in suspects)


def waiting_holds(logins: Iterable[Login]) -> Holds:
    """The holds among these logins. One whose change was reversed and is stuck ends with its next email."""
    holds = Holds({login.pk: [] for login in logins if login.held_at is not None})
    if not holds:
        return holds
    rows = list(EmailChange.objects.filter(login__in=holds, reported_at__isnull=False))
    undecided = {row.login_id for row in rows if not row.decision}
    for row in rows:
        if row.decision == ReportDecision.REVERSED and row.login_id and row.login_id not in undecided:
            holds[row.login_id].append(row)
    return holds


def release(login_id: int, *, actor: Actor, forget_password: bool = False) -> None:
    """End the hold and its errors."""
    close_faults(reached(login_id), [ErrorReason.REPORTED], actor=actor, why=ErrorClosedWhy.DECIDED)
    release_login(login_id, actor=actor, forget_password=forget_password)


def release_reversed(login_ids: Collection[int], *, actor: Actor) -> None:
    """End the holds of logins that have just got an address back after a reversal.

    A password chosen between the change and its report is forgotten: whoever had the new address may have.
    """
    for login in Login.objects.filter(pk__in=login_ids, held_at__isnull=False):
        if is_undecided(login.pk):
            continue  # another of its changes was reported too
        changes = EmailChange.objects.filter(login=login, decision=ReportDecision.REVERSED)
        since = changes.order_by("applied_at").values_list("applied_at", flat=True).first()
        chosen = since is not None and has_happened(Event.PASSWORD_SET, login_id=login.pk, since=since)
        release(login.pk, actor=actor, forget_password=chosen)
