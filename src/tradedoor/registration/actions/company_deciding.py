"""A customer's own admin answers the requests of colleagues, where the store leaves that to them."""

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from tradedoor.access.actions.company import hold_colleague
from tradedoor.access.company import NotForColleague
from tradedoor.access.company_queries import colleague_for
from tradedoor.access.models import Access, State
from tradedoor.access.reasons import Reason
from tradedoor.access.sets import Outcome
from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission
from tradedoor.registration.actions.deciding import approve, decline
from tradedoor.registration.models import Registration
from tradedoor.registration.policy import is_for_admins
from tradedoor.registration.queries import rules_of


@dataclass(frozen=True, slots=True)
class ColleagueRequest:
    """A request as an admin of the customer sees it: what was typed, and nothing of what else the seller knows."""

    access: Access
    registration: Registration
    may_decide: bool
    asked_before: bool


def request_of_colleague(public_id: UUID, *, actor: Actor) -> ColleagueRequest:
    """One request that waits. Raises `NotAllowed`, `NoSuchAccess`, and `NotForColleague` (`not_requested`)."""
    access = colleague_for(public_id, actor=actor)
    asked = _asked(access)
    if access.state != State.REQUESTED or not asked:
        raise NotForColleague(Reason.NOT_REQUESTED)
    may = is_for_admins(asked[0], rules=rules_of(access.store))
    return ColleagueRequest(access, asked[0], may_decide=may, asked_before=len(asked) > 1)


@transaction.atomic
def approve_colleague(public_id: UUID, *, actor: Actor) -> Access:
    """Let a colleague in who asked. Raises as `request_of_colleague`, and `NotForColleague` (`for_seller`) for a
    request that staff answer, or that cannot be answered now."""
    access, acting = _held(public_id, actor=actor)
    _require_done(approve([access.pk], actor=acting))
    return access


@transaction.atomic
def decline_colleague(public_id: UUID, *, reason: str, actor: Actor) -> Access:
    """Turn a colleague's request down and mail them the reason. Raises as `approve_colleague`, and `Invalid`."""
    access, acting = _held(public_id, actor=actor)
    _require_done(decline([access.pk], reason=reason, actor=acting))
    return access


def _held(public_id: UUID, *, actor: Actor) -> tuple[Access, Actor]:
    """The request, held and judged by the rules of this moment, and the admin with the right to answer it."""
    held = hold_colleague(public_id, actor=actor)
    asked = _asked(held.colleague)
    if held.colleague.state != State.REQUESTED or not asked:
        raise NotForColleague(Reason.NOT_REQUESTED)
    if not is_for_admins(asked[0], rules=rules_of(held.colleague.store)):
        raise NotForColleague(Reason.FOR_SELLER)
    return held.colleague, held.acting(Permission.REQUEST_DECIDE)


def _asked(access: Access) -> list[Registration]:
    """The registrations that led to this access, the latest first."""
    rows = Registration.objects.filter(access=access).select_related("contact", "department")
    return list(rows.order_by("-pk"))


def _require_done(outcome: Outcome) -> None:
    for refused in outcome.refused:
        raise NotForColleague(refused.reason)
