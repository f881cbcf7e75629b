"""What a customer's own admins do about their colleagues (product.md section 12).

Each deed is the one that staff call, done by the admin with the one right it takes, in the one store, and to one
access of the admin's own customer. Who the admin is, whose access it is and what may be done are asked under lock,
so that of two admins who switch each other off at once only the first one does.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from uuid import UUID

from django.db import transaction

from tradedoor.access.actions import states, switching
from tradedoor.access.actions.buyers import change_roles
from tradedoor.access.actions.invitations import cancel_invitation, send_again
from tradedoor.access.actions.inviting_colleagues import require_settled
from tradedoor.access.actions.sending import hold
from tradedoor.access.company import Deed, NotForColleague, reason_against
from tradedoor.access.company_queries import admin_access, colleague_for, is_last_admin
from tradedoor.access.errors import NotPossible
from tradedoor.access.models import Access, Role, State
from tradedoor.access.policy import is_within
from tradedoor.access.reasons import Reason
from tradedoor.access.sets import Outcome, just
from tradedoor.accounts.actions import throttle
from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission


@dataclass(frozen=True, slots=True)
class Held:
    """An admin and a colleague of theirs, neither of whom changes until the transaction ends."""

    admin: Access
    colleague: Access
    actor: Actor

    def acting(self, *permissions: Permission) -> Actor:
        """The admin with these rights over their own store, for the one deed that was judged."""
        return acting(self.actor, permissions, store_id=self.admin.store_id)


def acting(actor: Actor, permissions: Collection[Permission], *, store_id: int) -> Actor:
    return replace(actor, permissions=frozenset(permissions), stores=frozenset({store_id}))


def hold_colleague(public_id: UUID, *, actor: Actor) -> Held:
    """Hold the admin and the colleague, in the caller's transaction, in the order everybody holds in.

    All admins of one customer meet at its row. Raises `NotAllowed`, and `NoSuchAccess` for whoever is no colleague.
    """
    admin, found = admin_access(actor), colleague_for(public_id, actor=actor)
    hold([admin.store], [found.contact_id, admin.contact_id])
    states.lock([admin.pk, found.pk])
    return Held(admin_access(actor), colleague_for(public_id, actor=actor), actor)


@transaction.atomic
def deactivate_colleague(public_id: UUID, *, actor: Actor) -> switching.Receipt:
    """Stop a colleague's access from being used, at once. Raises `NotAllowed`, `NoSuchAccess`, `NotForColleague`."""
    held = _judged(public_id, Deed.DEACTIVATE, actor=actor)
    receipt = switching.deactivate(just(held.colleague), actor=held.acting(Permission.ACCESS_SWITCH))
    if held.colleague.end_on is not None:
        # Staff had set its end, which comes earlier now; an admin does not take it back by re-enabling.
        by = held.colleague.deactivated_by_id
        Access.objects.filter(pk=held.colleague.pk).update(deactivated_by=by)
    return receipt


@transaction.atomic
def reenable_colleague(public_id: UUID, *, actor: Actor) -> Access:
    """Let a colleague in again whom an admin of this customer had switched off: current, or invited anew where
    they never had a password. Raises as `deactivate_colleague`."""
    held = _judged(public_id, Deed.REENABLE, actor=actor)
    login = held.colleague.login
    if login is None or not login.has_own_password:
        require_settled(held.colleague.contact_id)  # an invitation goes to the CRM's email
    try:
        done = switching.reenable(just(held.colleague), actor=held.acting(Permission.ACCESS_SWITCH))
    except NotPossible as refusal:
        raise NotForColleague(refusal.reason) from refusal
    _require_done(done.outcome)
    return [*done.current, *done.invited][0]


@transaction.atomic
def undo_colleague(public_id: UUID, *, actor: Actor) -> None:
    """Take back a deactivation of the last ten minutes, by the rule of re-enabling. Raises as that."""
    held = _judged(public_id, Deed.REENABLE, actor=actor)
    outcome = switching.undo_deactivation(just(held.colleague), actor=held.acting(Permission.ACCESS_SWITCH))
    _require_done(outcome)


@transaction.atomic
def change_role_of_colleague(public_id: UUID, role: Role, *, seen: Role, actor: Actor) -> bool:
    """Give a colleague, or oneself, another role, never more than one's own; whether the customer now has no admin.

    `seen` is the role that the page showed. Raises as `deactivate_colleague`.
    """
    held = _judged(public_id, Deed.CHANGE_ROLE, actor=actor)
    if not is_within(role, Role(held.admin.role)):
        raise NotForColleague(Reason.ROLE_ABOVE)
    if held.colleague.role == role:
        return False  # the button was pressed twice
    if held.colleague.role != seen:
        raise NotForColleague(Reason.CHANGED_MEANWHILE)
    leaves_none = held.colleague.state == State.CURRENT and is_last_admin(held.colleague)
    _require_done(change_roles(just(held.colleague), role, actor=held.acting(Permission.ACCESS_SWITCH)))
    return leaves_none


def resend_to_colleague(public_id: UUID, *, actor: Actor) -> None:
    """Send a new link and kill the old one; pressed twice in a moment, one. Raises as `deactivate_colleague`, and `Throttled` (INV-04)."""
    admin_access(actor)
    throttle.require_room(throttle.INVITING_STAFF, str(actor.login_id))
    with transaction.atomic():
        held = _judged(public_id, Deed.RESEND, actor=actor)
        require_settled(held.colleague.contact_id)
        try:
            send_again(held.colleague, actor=held.acting(Permission.ACCESS_INVITE), once=True)
        except NotPossible as refusal:
            raise NotForColleague(refusal.reason) from refusal


@transaction.atomic
def cancel_for_colleague(public_id: UUID, *, actor: Actor) -> None:
    """Kill the link of an open invitation, and any mail of it not yet sent. Raises as `deactivate_colleague`."""
    held = _judged(public_id, Deed.CANCEL, actor=actor)
    cancel_invitation(held.colleague, actor=held.acting(Permission.ACCESS_INVITE))


def _judged(public_id: UUID, deed: Deed, *, actor: Actor) -> Held:
    held = hold_colleague(public_id, actor=actor)
    if (reason := reason_against(deed, held.colleague, admin=held.admin)) is not None:
        raise NotForColleague(reason)
    return held


def _require_done(outcome: Outcome) -> None:
    for refused in outcome.refused:
        raise NotForColleague(refused.reason)
