"""Inviting contacts to a store, one or many by the same set-based steps; resending and cancelling."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from django.db import transaction

from tradedoor.access.actions import states
from tradedoor.access.actions.email_apply import Applied
from tradedoor.access.actions.email_plan import Planned
from tradedoor.access.actions.email_sync import apply_before_inviting
from tradedoor.access.actions.messages import personal_message
from tradedoor.access.actions.planning import Candidate, judged
from tradedoor.access.actions.pressed_twice import done_just_now
from tradedoor.access.actions.sending import hold, require_complete, send_invitations
from tradedoor.access.actions.states import Change, Moved
from tradedoor.access.errors import NotPossible
from tradedoor.access.events import Event
from tradedoor.access.models import Access, EmailChange, Role, State
from tradedoor.access.reasons import Reason, sentence_of
from tradedoor.access.sets import Outcome, Refused, just, these
from tradedoor.access.transitions import Trigger
from tradedoor.accounts.actions import throttle
from tradedoor.accounts.actions.links import link_by_id, revoke_links
from tradedoor.accounts.models import Purpose, RevokedWhy
from tradedoor.audit.record import record
from tradedoor.core.actor import Actor, ActorKind
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.models import Contact
from tradedoor.stores.models import Store

SEVERAL = 1000  # contacts a call takes; more than that are for `invite_in_background`


@dataclass(frozen=True, slots=True)
class Invited:
    """What became of each of a set of contacts: who was judged how, and what moved."""

    plan: Sequence[Candidate]
    moved: Moved
    emails_applied: tuple[int, ...] = ()
    """Contacts whose scheduled email change was applied first, since an invitation goes to the CRM's email."""

    def outcome(self) -> Outcome:
        refused = (
            Refused(
                candidate.reason,
                candidate.sentence,
                access_id=candidate.access.pk if candidate.access else None,
                contact_id=candidate.contact.pk,
            )
            for candidate in self.plan
            if candidate.is_refused and candidate.reason is not None
        )
        return Outcome(
            done=tuple(row.pk for row in self.moved.rows),
            refused=tuple(refused),
            emails_applied=self.emails_applied,
        )


def invite_contacts(
    store: Store, contact_ids: Collection[int], *, actor: Actor, role: Role = Role.BUYER, message: str = ""
) -> Outcome:
    """Invite each of these contacts who can be, by a mail with a link; say of the others why not.

    One who is pending gets a new link and the old one dies; one who asked for access is let in. The number of
    queries is fixed. Raises `NotAllowed`, `NotPossible` (`store_incomplete`), `Invalid` for a `message` that is
    too long, and `ValueError` for more than a transaction should hold.
    """
    return invite_batch(store, contact_ids, actor=actor, role=role, message=message).outcome()


@transaction.atomic
def invite_batch(
    store: Store, contact_ids: Collection[int], *, actor: Actor, role: Role, message: str = ""
) -> Invited:
    """As `invite_contacts`, with the whole story, for the job that writes a line about each."""
    require(actor, Permission.ACCESS_INVITE, stores=[store.pk])
    if len(contact_ids) > SEVERAL:
        raise ValueError("too many contacts for one transaction")
    told = personal_message(message)
    require_complete(store)
    followed = apply_before_inviting(contact_ids, actor=actor, store_ids=[store.pk])
    [store] = hold([store], contact_ids)
    require_complete(store)
    plan = judged_after(followed, judged(store, contact_ids))
    chosen = [candidate for candidate in plan if not candidate.is_refused]
    moved = send_invitations(store, chosen, actor=actor, role=role, message=told)
    return Invited(plan, moved, _contacts_of(followed))


def invite_contact(store: Store, contact: Contact, *, actor: Actor, role: Role = Role.BUYER) -> Access:
    """Invite one contact and return the access. Raises `NotPossible` with the reason, as `invite_contacts`
    does, and `Throttled` for somebody who invites one by one by the hundred (INV-04)."""
    _require_pace(actor)
    outcome = invite_contacts(store, [contact.pk], actor=actor, role=role)
    if outcome.refused:
        raise _refusal(outcome.refused[0])
    return Access.objects.select_related("store", "contact", "customer", "login").get(pk__in=outcome.done)


def resend_invitation(access: Access, *, actor: Actor) -> bool:
    """Send a new link and kill the old one; whether a scheduled email change was applied first. Pressed twice in a
    moment it sends one.

    Raises `NotAllowed`, `Throttled`, and `NotPossible` (`not_pending`, or why the contact cannot be invited).
    """
    require(actor, Permission.ACCESS_INVITE, stores=[access.store_id])
    _require_pace(actor)
    with transaction.atomic():
        require_complete(access.store)
        followed = apply_before_inviting([access.contact_id], actor=actor, store_ids=[access.store_id])
        if (row := followed.of_contact(access.contact_id)) is not None and row.reason is not None:
            raise NotPossible(row.reason)
        send_again(access, actor=actor, once=True)
    return bool(followed.done)


@transaction.atomic
def cancel_invitation(access: Access, *, actor: Actor) -> None:
    """Kill the link and any mail of it not yet sent. Raises `NotAllowed` and `NotPossible` (`not_pending`)."""
    require(actor, Permission.ACCESS_INVITE, stores=[access.store_id])
    moved = states.move(Change(Trigger.CANCEL, ids=just(access).ids), actor=actor)
    if moved.refused:
        raise NotPossible(moved.refused[access.pk])
    revoke_links(access_ids=moved.ids, purposes=[Purpose.INVITATION], why=RevokedWhy.CANCELLED)


@transaction.atomic
def cancel_invitations(access_ids: Collection[int], *, actor: Actor) -> Outcome:
    """The same for many; those that are not pending are left alone. Raises `NotAllowed`."""
    accesses = these(access_ids)
    require(actor, Permission.ACCESS_INVITE, stores=accesses.store_ids())
    moved = states.move(Change(Trigger.CANCEL, ids=accesses.ids), actor=actor)
    if moved.ids:
        revoke_links(access_ids=moved.ids, purposes=[Purpose.INVITATION], why=RevokedWhy.CANCELLED)
    return moved.outcome()


@transaction.atomic
def resend_invitations(access_ids: Collection[int], *, actor: Actor) -> Outcome:
    """The same as resending for many; those that are not pending, or cannot be invited, are left alone, and to
    whom the actor has sent it again a moment ago gets no second mail.

    Raises `NotAllowed`, and `NotPossible` (`store_incomplete`).
    """
    accesses = these(access_ids)
    require(actor, Permission.ACCESS_INVITE, stores=accesses.store_ids())
    rows = list(Access.objects.filter(pk__in=accesses.ids).select_related("store").order_by("pk"))
    for store in {row.store for row in rows}:
        require_complete(store)
    followed = apply_before_inviting(
        [row.contact_id for row in rows], actor=actor, store_ids={row.store_id for row in rows}
    )
    stores = hold({row.store for row in rows}, [row.contact_id for row in rows])
    # Of all stores at once, since below it goes store by store.
    states.lock(accesses.ids)
    again = done_just_now(Event.INVITATION_RESENT, accesses.ids, actor=actor)
    done: list[int] = []
    refused: list[Refused] = []
    for store in stores:
        require_complete(store)
        plan = judged_after(
            followed, judged(store, [row.contact_id for row in rows if row.store_id == store.pk])
        )
        able = [candidate for candidate in plan if _can_be_resent(candidate)]
        fresh = [candidate for candidate in able if candidate.access and candidate.access.pk not in again]
        send_invitations(store, fresh, actor=actor, role=None)
        done += [candidate.access.pk for candidate in able if candidate.access]
        refused += [_not_resent(candidate) for candidate in plan if not _can_be_resent(candidate)]
    return Outcome(done=tuple(done), refused=tuple(refused), emails_applied=_contacts_of(followed))


def judged_after(followed: Applied, plan: Sequence[Candidate]) -> list[Candidate]:
    """The plan once email changes were applied: who is on hold for one is left out, and nobody for its mail.

    The invitation that the change itself sent is superseded by this one before it leaves.
    """
    return [_judged_after(candidate, followed.of_contact(candidate.contact.pk)) for candidate in plan]


def _judged_after(candidate: Candidate, row: Planned | None) -> Candidate:
    if row is None:
        return candidate
    if row.reason is not None:
        return replace(candidate, reason=row.reason, sentence=row.sentence, is_refused=True)
    if candidate.reason is Reason.JUST_INVITED:
        return replace(
            candidate,
            reason=Reason.ALREADY_PENDING,
            sentence=sentence_of(Reason.ALREADY_PENDING),
            is_refused=False,
        )
    return candidate


def _contacts_of(followed: Applied) -> tuple[int, ...]:
    return tuple(row.contact.pk for row in followed.done)


def _can_be_resent(candidate: Candidate) -> bool:
    is_pending = candidate.access is not None and candidate.access.state == State.PENDING
    return is_pending and (not candidate.is_refused or candidate.reason is Reason.JUST_INVITED)


def _not_resent(candidate: Candidate) -> Refused:
    access = candidate.access
    is_pending = access is not None and access.state == State.PENDING
    reason = candidate.reason if is_pending and candidate.reason else Reason.NOT_PENDING
    sentence = candidate.sentence if is_pending and candidate.reason else sentence_of(reason)
    return Refused(reason, sentence, access_id=access.pk if access else None, contact_id=candidate.contact.pk)


def ask_for_fresh_link(link_id: int, *, store: Store, actor: Actor) -> None:
    """Send a new invitation to the stored address if this expired one was genuine and may be sent again.

    Answers nothing and does the same visible thing for everybody (INV-03); at most three mails a day.
    """
    view = link_by_id(link_id, purpose=Purpose.INVITATION, store_id=store.pk)
    pending = Access.objects.filter(store=store, state=State.PENDING).select_related("store")
    access = pending.filter(pk__in=[view.link.access_id]).first()
    if access is not None and not view.is_live:
        send_again_to_owner(access, actor=actor)


def send_again_to_owner(access: Access, *, actor: Actor) -> None:
    """Send a pending access its invitation again at its owner's wish, or do nothing where that cannot be.

    Counted by access, at most three a day (INV-03), and never told apart by the answer.
    """
    with transaction.atomic():
        if throttle.count_try(throttle.FRESH_INVITATION_ADDRESS, str(access.pk)):
            return
    try:
        _require_settled(access)
        send_again(access, actor=actor)
    except NotPossible as refusal:
        result = refusal.code
    else:
        result = "ok"
    record(
        Event.FRESH_LINK_ASKED,
        actor=actor,
        store_id=access.store_id,
        customer_id=access.customer_id,
        contact_id=access.contact_id,
        access_id=access.pk,
        result=result,
    )


def _require_settled(access: Access) -> None:
    """The wish of whoever holds the old link must not shorten the hour of an email change."""
    if EmailChange.objects.open().filter(contact=access.contact_id).exists():
        raise NotPossible(Reason.ADDRESS_CHANGED)


@transaction.atomic
def send_again(access: Access, *, actor: Actor, once: bool = False) -> None:
    """The part of resending that asks for no permission; its callers have. `once` passes over a second press."""
    [store] = hold([access.store], [access.contact_id])
    require_complete(store)
    [candidate] = judged(store, [access.contact_id])
    if not _can_be_resent(candidate):
        raise _refusal(_not_resent(candidate))
    if once and done_just_now(Event.INVITATION_RESENT, [access.pk], actor=actor):
        return
    send_invitations(store, [candidate], actor=actor, role=None)


def _require_pace(actor: Actor) -> None:
    if actor.kind in {ActorKind.STAFF, ActorKind.BUYER}:
        throttle.require_room(throttle.INVITING_STAFF, str(actor.login_id))


def _refusal(refused: Refused) -> NotPossible:
    refusal = NotPossible(refused.reason)
    refusal.sentence = refused.sentence
    return refusal
