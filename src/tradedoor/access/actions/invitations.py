"""Inviting contacts to a store, one or many by the same set-based steps; resending and cancelling."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from tradedoor.access.actions import states
from tradedoor.access.actions.planning import Candidate, judged
from tradedoor.access.actions.states import Change, Moved, NewAccess
from tradedoor.access.emails import invitations_to
from tradedoor.access.errors import NotPossible
from tradedoor.access.events import Event
from tradedoor.access.models import Access, Role, State
from tradedoor.access.reasons import Reason
from tradedoor.access.sets import Outcome, Refused, just, these
from tradedoor.access.transitions import Trigger
from tradedoor.accounts.actions import throttle
from tradedoor.accounts.actions.links import LinkRequest, find_link, issue_links, link_by_id, revoke_links
from tradedoor.accounts.actions.logins import ensure_buyer_logins
from tradedoor.accounts.models import Login, OneTimeLink, Purpose, RevokedWhy
from tradedoor.audit.record import record
from tradedoor.core.actor import Actor, ActorKind
from tradedoor.core.addresses import display_form
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.models import Contact, Customer
from tradedoor.mail.outbox import post_many
from tradedoor.stores.models import Store

SEVERAL = 1000  # contacts a call takes; more than that are for `invite_in_background`


@dataclass(frozen=True, slots=True)
class Invited:
    """What became of each of a set of contacts: who was judged how, and what moved."""

    plan: Sequence[Candidate]
    moved: Moved

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
        return Outcome(done=tuple(row.pk for row in self.moved.rows), refused=tuple(refused))


def invite_contacts(
    store: Store, contact_ids: Collection[int], *, actor: Actor, role: Role = Role.BUYER
) -> Outcome:
    """Invite each of these contacts who can be, by a mail with a link; say of the others why not.

    One who is pending gets a new link and the old one dies; one who asked for access is let in. The number of
    queries is fixed. Raises `NotAllowed`, `NotPossible` (`store_incomplete`), and `ValueError` for more than a
    transaction should hold.
    """
    return invite_batch(store, contact_ids, actor=actor, role=role).outcome()


@transaction.atomic
def invite_batch(store: Store, contact_ids: Collection[int], *, actor: Actor, role: Role) -> Invited:
    """As `invite_contacts`, with the whole story, for the job that writes a line about each."""
    require(actor, Permission.ACCESS_INVITE, stores=[store.pk])
    if len(contact_ids) > SEVERAL:
        raise ValueError("too many contacts for one transaction")
    [store] = hold([store], contact_ids)
    require_complete(store)
    plan = judged(store, contact_ids)
    chosen = [candidate for candidate in plan if not candidate.is_refused]
    return Invited(plan, send_invitations(store, chosen, actor=actor, role=role))


def invite_contact(store: Store, contact: Contact, *, actor: Actor, role: Role = Role.BUYER) -> Access:
    """Invite one contact and return the access. Raises `NotPossible` with the reason, as `invite_contacts`
    does, and `Throttled` for somebody who invites one by one by the hundred (INV-04)."""
    _require_pace(actor)
    outcome = invite_contacts(store, [contact.pk], actor=actor, role=role)
    if outcome.refused:
        raise _refusal(outcome.refused[0])
    return Access.objects.select_related("store", "contact", "customer", "login").get(pk__in=outcome.done)


def resend_invitation(access: Access, *, actor: Actor) -> None:
    """Send a new link and kill the old one. Raises `NotAllowed`, `Throttled`, and `NotPossible` (`not_pending`,
    or why the contact cannot be invited)."""
    require(actor, Permission.ACCESS_INVITE, stores=[access.store_id])
    _require_pace(actor)
    send_again(access, actor=actor)


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


def ask_for_fresh_link(link_id: int, *, store: Store, actor: Actor) -> None:
    """Send a new invitation to the stored address if this expired one was genuine and may be sent again.

    Answers nothing and does the same visible thing for everybody (INV-03); at most three mails a day.
    """
    view = link_by_id(link_id, purpose=Purpose.INVITATION, store_id=store.pk)
    pending = Access.objects.filter(store=store, state=State.PENDING).select_related("store")
    access = pending.filter(pk__in=[view.link.access_id]).first()
    if access is not None and not view.is_live:
        send_again_to_owner(access, actor=actor)


def ask_for_fresh_link_by_token(token: str, *, store: Store, actor: Actor) -> None:
    """The same, where the link itself is at hand. Raises `LinkUnknown`."""
    view = find_link(token, purpose=Purpose.INVITATION, store_id=store.pk)
    ask_for_fresh_link(view.link.pk, store=store, actor=actor)


def send_again_to_owner(access: Access, *, actor: Actor) -> None:
    """Send a pending access its invitation again at its owner's wish, or do nothing where that cannot be.

    Counted by access, at most three a day (INV-03), and never told apart by the answer.
    """
    with transaction.atomic():
        if throttle.count_try(throttle.FRESH_INVITATION_ADDRESS, str(access.pk)):
            return
    try:
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


@transaction.atomic
def send_again(access: Access, *, actor: Actor) -> None:
    """The part of resending that asks for no permission; its callers have."""
    [store] = hold([access.store], [access.contact_id])
    require_complete(store)
    [candidate] = judged(store, [access.contact_id])
    if candidate.access is None or candidate.access.state != State.PENDING:
        raise NotPossible(Reason.NOT_PENDING)
    if candidate.is_refused and candidate.reason is not Reason.JUST_INVITED:
        raise _refusal(Refused(candidate.reason or Reason.NOT_PENDING, candidate.sentence))
    send_invitations(store, [candidate], actor=actor, role=None)


def hold(stores: Collection[Store], contact_ids: Collection[int]) -> list[Store]:
    """Hold stores, customers and contacts, everybody's order, so that what is read of them stays true until the
    accesses have moved; return the stores as they are now."""
    held = Store.objects.select_for_update(no_key=True).filter(pk__in=[store.pk for store in stores])
    present = list(held.order_by("pk"))
    ids = list(contact_ids)
    list(
        Customer.objects.select_for_update(no_key=True)
        .filter(pk__in=Contact.objects.filter(pk__in=ids).values("customer_id"))
        .order_by("pk")
        .values_list("pk")
    )
    list(Contact.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").values_list("pk"))
    return present


def require_complete(store: Store) -> None:
    """Return if the store has what inviting needs. Raises `NotPossible` (`store_incomplete`)."""
    if missing := store.missing_for_inviting():
        raise NotPossible(Reason.STORE_INCOMPLETE, data={"missing": missing})


def send_invitations(
    store: Store, candidates: Sequence[Candidate], *, actor: Actor, role: Role | None
) -> Moved:
    """Make each candidate pending with a login, a link and a mail; let in who had asked. `role` None keeps it."""
    contacts = {candidate.contact.pk: candidate.contact for candidate in candidates}
    logins = ensure_buyer_logins(
        {contact.email_canonical: display_form(contact.email) for contact in contacts.values()}
    )
    now = timezone.now()
    expires_at = now + timedelta(days=store.invitation_days)
    news = [
        NewAccess(
            store_id=store.pk,
            contact=candidate.contact,
            login_id=logins[candidate.contact.email_canonical],
            role=role or Role.BUYER,
            invited_by_id=actor.login_id,
            invited_at=now,
            invitation_expires_at=expires_at,
        )
        for candidate in candidates
        if candidate.access is None
    ]
    also = invited(actor=actor, expires_at=expires_at) | ({"role": role} if role else {})
    present = [candidate.access.pk for candidate in candidates if candidate.access is not None]
    moved = states.move(Change(Trigger.INVITE, ids=present, also=also, new=news), actor=actor)
    send_links(store, moved.into(State.PENDING), contacts=contacts, actor=actor)
    return moved


def invited(*, actor: Actor, expires_at: object) -> dict[str, object]:
    """The columns of an access that is being invited. The login becomes that of the contact's present address."""
    address = Contact.objects.filter(pk=OuterRef(OuterRef("contact_id"))).values("email_canonical")[:1]
    login = Login.objects.buyers().filter(email_canonical=Subquery(address)).values("pk")[:1]
    # Where the owner or a job asks, whoever invited first stays named.
    by = {"invited_by_id": actor.login_id} if actor.login_id else {}
    return {
        **by,
        "login_id": Subquery(login),
        "invited_at": timezone.now(),
        "invitation_expires_at": expires_at,
        "accepted_at": None,
        "ended_from_above": False,
    }


def send_links(
    store: Store, accesses: Sequence[Access], *, contacts: dict[int, Contact], actor: Actor
) -> list[OneTimeLink]:
    """A new link and its mail for each of these pending accesses; their older links die."""
    if not accesses:
        return []
    links = issue_links(
        [
            LinkRequest(
                purpose=Purpose.INVITATION,
                address=contacts[access.contact_id].email_canonical,
                expires_at=access.invitation_expires_at or timezone.now(),
                login_id=access.login_id,
                access_id=access.pk,
                store_id=store.pk,
                customer_id=access.customer_id,
                contact_id=access.contact_id,
            )
            for access in accesses
        ],
        actor=actor,
    )
    post_many(invitations_to([contacts[access.contact_id] for access in accesses], links))
    return links


def _require_pace(actor: Actor) -> None:
    if actor.kind in {ActorKind.STAFF, ActorKind.BUYER}:
        throttle.require_room(throttle.INVITING_STAFF, str(actor.login_id))


def _refusal(refused: Refused) -> NotPossible:
    refusal = NotPossible(refused.reason)
    refusal.sentence = refused.sentence
    return refusal
