"""The table of product.md section 2: every event in every state, and what it does or why it is refused.

`None` stands for a contact that has no access to the store yet. A cell holds the state that follows, or the
reason of the refusal; there is no empty cell, and `tests/access/test_transitions.py` says so.
"""

from enum import StrEnum
from typing import TypeAlias

from tradedoor.access.events import Event
from tradedoor.access.models import State
from tradedoor.access.reasons import Reason


class Trigger(StrEnum):
    """What happens to an access."""

    INVITE = "invite"
    ACCEPT = "accept"
    CANCEL = "cancel"
    GIVE_LOGIN_DETAILS = "give_login_details"
    REGISTER = "register"  # mailbox proven, no approval wanted
    REGISTER_FOR_APPROVAL = "register_for_approval"
    REGISTER_WHILE_ARCHIVED = "register_while_archived"
    APPROVE = "approve"
    DECLINE = "decline"
    DEACTIVATE = "deactivate"
    UNDO_DEACTIVATION = "undo_deactivation"
    REENABLE = "reenable"  # the login has an own password
    REENABLE_BY_INVITATION = "reenable_by_invitation"  # it has none
    END = "end"  # contact archived or moved, customer made inactive
    SPLIT_OFF = "split_off"
    TAKE_OVER = "take_over"  # another login, invited to a current access, accepts it


Cell: TypeAlias = State | Reason
Row: TypeAlias = dict[State | None, Cell]


def _row(
    *,
    none: Cell,
    pending: Cell,
    current: Cell,
    deactivated: Cell,
    requested: Cell,
    cancelled: Cell,
    declined: Cell,
) -> Row:
    return {
        None: none,
        State.PENDING: pending,
        State.CURRENT: current,
        State.DEACTIVATED: deactivated,
        State.REQUESTED: requested,
        State.CANCELLED: cancelled,
        State.DECLINED: declined,
    }


TRANSITIONS: dict[Trigger, Row] = {
    Trigger.INVITE: _row(
        none=State.PENDING,
        pending=State.PENDING,
        current=Reason.ALREADY_CURRENT,
        deactivated=Reason.DEACTIVATED_OFFER_REENABLE,
        requested=State.CURRENT,
        cancelled=State.PENDING,
        declined=State.PENDING,
    ),
    Trigger.ACCEPT: _row(
        none=Reason.NO_ACCESS,
        pending=State.CURRENT,
        current=Reason.LINK_USED,
        deactivated=Reason.LINK_CANCELLED,
        requested=Reason.LINK_CANCELLED,
        cancelled=Reason.LINK_CANCELLED,
        declined=Reason.LINK_CANCELLED,
    ),
    Trigger.CANCEL: _row(
        none=Reason.NO_ACCESS,
        pending=State.CANCELLED,
        current=Reason.NOT_PENDING,
        deactivated=Reason.NOT_PENDING,
        requested=Reason.NOT_PENDING,
        cancelled=Reason.NOT_PENDING,
        declined=Reason.NOT_PENDING,
    ),
    Trigger.GIVE_LOGIN_DETAILS: _row(
        none=State.CURRENT,
        pending=State.CURRENT,
        current=State.CURRENT,
        deactivated=Reason.DEACTIVATED_OFFER_REENABLE,
        requested=State.CURRENT,
        cancelled=State.CURRENT,
        declined=State.CURRENT,
    ),
    Trigger.REGISTER: _row(
        none=State.CURRENT,
        pending=State.CURRENT,
        current=Reason.ALREADY_CURRENT,
        deactivated=Reason.ALREADY_DEACTIVATED,
        requested=Reason.ALREADY_REQUESTED,
        cancelled=State.CURRENT,
        declined=State.REQUESTED,
    ),
    Trigger.REGISTER_FOR_APPROVAL: _row(
        none=State.REQUESTED,
        pending=State.CURRENT,
        current=Reason.ALREADY_CURRENT,
        deactivated=Reason.ALREADY_DEACTIVATED,
        requested=Reason.ALREADY_REQUESTED,
        cancelled=State.REQUESTED,
        declined=State.REQUESTED,
    ),
    Trigger.REGISTER_WHILE_ARCHIVED: _row(
        none=State.REQUESTED,
        pending=State.REQUESTED,
        current=Reason.ALREADY_CURRENT,
        deactivated=Reason.ALREADY_DEACTIVATED,
        requested=Reason.ALREADY_REQUESTED,
        cancelled=State.REQUESTED,
        declined=State.REQUESTED,
    ),
    Trigger.APPROVE: _row(
        none=Reason.NO_ACCESS,
        pending=Reason.NOT_REQUESTED,
        current=Reason.ALREADY_CURRENT,
        deactivated=Reason.NOT_REQUESTED,
        requested=State.CURRENT,
        cancelled=Reason.NOT_REQUESTED,
        declined=Reason.NOT_REQUESTED,
    ),
    Trigger.DECLINE: _row(
        none=Reason.NO_ACCESS,
        pending=Reason.NOT_REQUESTED,
        current=Reason.NOT_REQUESTED,
        deactivated=Reason.NOT_REQUESTED,
        requested=State.DECLINED,
        cancelled=Reason.NOT_REQUESTED,
        declined=Reason.NOT_REQUESTED,
    ),
    Trigger.DEACTIVATE: _row(
        none=Reason.NO_ACCESS,
        pending=Reason.NOT_CURRENT,
        current=State.DEACTIVATED,
        deactivated=Reason.ALREADY_DEACTIVATED,
        requested=Reason.NOT_CURRENT,
        cancelled=Reason.NOT_CURRENT,
        declined=Reason.NOT_CURRENT,
    ),
    Trigger.UNDO_DEACTIVATION: _row(
        none=Reason.NO_ACCESS,
        pending=Reason.NOT_DEACTIVATED,
        current=Reason.ALREADY_CURRENT,
        deactivated=State.CURRENT,
        requested=Reason.NOT_DEACTIVATED,
        cancelled=Reason.NOT_DEACTIVATED,
        declined=Reason.NOT_DEACTIVATED,
    ),
    Trigger.REENABLE: _row(
        none=Reason.NO_ACCESS,
        pending=Reason.NOT_DEACTIVATED,
        current=Reason.ALREADY_CURRENT,
        deactivated=State.CURRENT,
        requested=Reason.NOT_DEACTIVATED,
        cancelled=Reason.NOT_DEACTIVATED,
        declined=Reason.NOT_DEACTIVATED,
    ),
    Trigger.REENABLE_BY_INVITATION: _row(
        none=Reason.NO_ACCESS,
        pending=Reason.NOT_DEACTIVATED,
        current=Reason.ALREADY_CURRENT,
        deactivated=State.PENDING,
        requested=Reason.NOT_DEACTIVATED,
        cancelled=Reason.NOT_DEACTIVATED,
        declined=Reason.NOT_DEACTIVATED,
    ),
    Trigger.END: _row(
        none=Reason.NO_ACCESS,
        pending=State.CANCELLED,
        current=State.DEACTIVATED,
        deactivated=Reason.ALREADY_ENDED,
        requested=State.DECLINED,
        cancelled=Reason.ALREADY_ENDED,
        declined=Reason.ALREADY_ENDED,
    ),
    Trigger.SPLIT_OFF: _row(
        none=Reason.NO_ACCESS,
        pending=Reason.NOT_CURRENT,
        current=State.PENDING,
        deactivated=State.DEACTIVATED,
        requested=Reason.NOT_CURRENT,
        cancelled=Reason.NOT_CURRENT,
        declined=Reason.NOT_CURRENT,
    ),
    Trigger.TAKE_OVER: _row(
        none=Reason.NO_ACCESS,
        pending=Reason.LINK_CANCELLED,
        current=State.CURRENT,
        deactivated=Reason.LINK_CANCELLED,
        requested=Reason.LINK_CANCELLED,
        cancelled=Reason.LINK_CANCELLED,
        declined=Reason.LINK_CANCELLED,
    ),
}


EVENTS: dict[Trigger, Event] = {
    Trigger.INVITE: Event.INVITATION_SENT,
    Trigger.ACCEPT: Event.INVITATION_ACCEPTED,
    Trigger.CANCEL: Event.INVITATION_CANCELLED,
    Trigger.GIVE_LOGIN_DETAILS: Event.LOGIN_DETAILS_GIVEN,
    Trigger.REGISTER: Event.JOINED,
    Trigger.REGISTER_FOR_APPROVAL: Event.REQUESTED,
    Trigger.REGISTER_WHILE_ARCHIVED: Event.REQUESTED,
    Trigger.APPROVE: Event.APPROVED,
    Trigger.DECLINE: Event.DECLINED,
    Trigger.DEACTIVATE: Event.DEACTIVATED,
    Trigger.UNDO_DEACTIVATION: Event.DEACTIVATION_UNDONE,
    Trigger.REENABLE: Event.REENABLED,
    Trigger.REENABLE_BY_INVITATION: Event.REINVITED,
    Trigger.END: Event.ENDED,
    Trigger.SPLIT_OFF: Event.SPLIT_OFF,
    Trigger.TAKE_OVER: Event.INVITATION_ACCEPTED,
}

SPECIAL_EVENTS: dict[tuple[Trigger, State], Event] = {
    (Trigger.INVITE, State.PENDING): Event.INVITATION_RESENT,
    (Trigger.INVITE, State.REQUESTED): Event.APPROVED,
    (Trigger.REGISTER, State.DECLINED): Event.REQUESTED,
    (Trigger.REGISTER_FOR_APPROVAL, State.PENDING): Event.JOINED,
}


def event_of(trigger: Trigger, was: State | None) -> Event:
    """What the history calls it when `trigger` meets an access in state `was`."""
    return SPECIAL_EVENTS.get((trigger, was), EVENTS[trigger]) if was is not None else EVENTS[trigger]
