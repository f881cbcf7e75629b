"""The parts of inviting that ask for no permission: holding what is judged, making pending, and mailing the link."""

from collections.abc import Collection, Sequence
from datetime import timedelta

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from tradedoor.access.actions import states
from tradedoor.access.actions.planning import Candidate
from tradedoor.access.actions.states import Change, Moved, NewAccess
from tradedoor.access.emails import invitations_to
from tradedoor.access.errors import NotPossible
from tradedoor.access.models import Access, Role, State
from tradedoor.access.reasons import Reason
from tradedoor.access.transitions import Trigger
from tradedoor.accounts.actions.links import LinkRequest, issue_links
from tradedoor.accounts.actions.logins import ensure_buyer_logins
from tradedoor.accounts.models import Login, OneTimeLink, Purpose
from tradedoor.core.actor import Actor
from tradedoor.core.addresses import display_form
from tradedoor.crm.models import Contact, Customer
from tradedoor.mail.outbox import post_many
from tradedoor.stores.models import Store


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
    store: Store,
    candidates: Sequence[Candidate],
    *,
    actor: Actor,
    role: Role | None,
    message: str = "",
    mailed: bool = True,
) -> Moved:
    """Make each candidate pending with a login, a link and a mail; let in who had asked. `role` None keeps it.

    Not `mailed`, the link is for those who send by their own means. `message` stands in the mail.
    """
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
    data = {} if mailed else {"mailed": False}
    moved = states.move(Change(Trigger.INVITE, ids=present, also=also, new=news), actor=actor, data=data)
    pending = moved.into(State.PENDING)
    send_links(store, pending, contacts=contacts, actor=actor, message=message, mailed=mailed)
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
    store: Store,
    accesses: Sequence[Access],
    *,
    contacts: dict[int, Contact],
    actor: Actor,
    message: str = "",
    mailed: bool = True,
) -> list[OneTimeLink]:
    """A new link for each of these pending accesses, and its mail unless not `mailed`; their older links die."""
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
    if mailed:
        called = [contacts[access.contact_id] for access in accesses]
        post_many(invitations_to(called, links, message=message))
    return links
