"""Mending what is wrong with an access where the CRM alone cannot: each looks again at once when it is done."""

from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from tradedoor.access.actions import states
from tradedoor.access.actions.checking import check_errors, hold_near
from tradedoor.access.actions.crm import update_contact
from tradedoor.access.actions.email_plan import FOLLOWING
from tradedoor.access.actions.endings import end_everything
from tradedoor.access.actions.planning import (
    A_MOMENT,
    reason_of_address,
    reason_of_contact,
    reason_of_login,
)
from tradedoor.access.actions.relinking import give_to
from tradedoor.access.actions.sending import hold, invited, require_complete, send_links
from tradedoor.access.actions.states import Change
from tradedoor.access.emails import invitations_to
from tradedoor.access.errors import NotPossible
from tradedoor.access.events import Event
from tradedoor.access.models import Access, AccessError, ErrorReason, State
from tradedoor.access.reasons import Reason
from tradedoor.access.sets import just
from tradedoor.access.transitions import Trigger
from tradedoor.accounts.actions.links import LinkRequest, issue_links
from tradedoor.accounts.actions.logins import ensure_buyer_logins
from tradedoor.accounts.models import Login, OneTimeLink, Purpose, RevokedWhy
from tradedoor.audit.record import record
from tradedoor.core.actor import Actor
from tradedoor.core.addresses import display_form
from tradedoor.core.collisions import tried_again
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.errors import ChangedMeanwhile
from tradedoor.crm.models import Contact
from tradedoor.mail.outbox import post_many
from tradedoor.stores.models import Store


@tried_again
@transaction.atomic
def relink(access: Access, *, actor: Actor) -> None:
    """Let the access be that of the contact where it is now: at its new customer, or merged into another.

    Nothing is linked where it is so already, because two colleagues may press the button at once. Raises
    `NotAllowed`, `NotPossible`: `contact_archived`, `customer_inactive`, `store_dedicated_elsewhere`, and
    `has_access_already` where the contact it was merged into has an access to this store itself; and
    `changed_meanwhile` where the contact is merged at this very moment.
    """
    require(actor, Permission.ACCESS_SWITCH, stores=[access.store_id])
    held, target = _held_with_target(access)
    if fault := reason_of_contact(target, store=Store.objects.get(pk=held.store_id)):
        raise NotPossible(fault)
    if (held.contact_id, held.customer_id) != (target.pk, target.customer_id):
        others = Access.objects.filter(store_id=held.store_id, contact=target).exclude(pk=held.pk)
        if others.exists():
            raise NotPossible(Reason.HAS_ACCESS_ALREADY)
        give_to([held], to=target, actor=actor)
    check_errors([held.pk], actor=actor)


def _held_with_target(access: Access) -> tuple[Access, Contact]:
    """The access and the contact it belongs to by now, held in everybody's order: contacts before accesses."""
    row = Access.objects.select_related("contact", "store").get(pk=access.pk)
    keys = {row.contact_id, row.contact.merged_into_id or row.contact_id}
    hold([row.store], keys)
    [held] = states.lock([row.pk])
    contacts = Contact.objects.select_related("merged_into__customer", "customer")
    contact = contacts.get(pk=held.contact_id)
    target = contact.merged_into or contact
    if not {contact.pk, target.pk} <= keys:
        raise ChangedMeanwhile(by="")
    return held, target


def undo_crm_edit(access: Access, *, actor: Actor) -> None:
    """Give the contact the email again that the login has, and so withdraw the edit that led to the error.

    Raises `NotAllowed`, `NotPossible` (`no_access` where the access has no login, `login_held` where the email it
    has is the one that was reported), and as `update_contact`.
    """
    require(actor, Permission.ACCESS_ERRORS, stores=[access.store_id])
    if access.login is None:
        raise NotPossible(Reason.NO_ACCESS)
    if fault := reason_of_login(Login.objects.get(pk=access.login.pk)):
        raise NotPossible(fault)
    contact = Contact.objects.select_related("customer").get(pk=access.contact_id)
    if contact.email_canonical == access.login.email_canonical:
        check_errors([access.pk], actor=actor)
        return
    update_contact(
        contact, {"email": access.login.email}, version=contact.version, actor=actor, confirmed=True
    )


@tried_again
@transaction.atomic
def split_off(access: Access, *, actor: Actor) -> None:
    """Give the access a login of its own, that of the contact's present email, by a new invitation.

    It is pending until the invitation is accepted, and its sessions end; the other contact keeps the old login.
    Accesses of the contact in further stores are left for their own decision, since each store has its own staff.
    Raises `NotAllowed`, and `NotPossible`: `no_error` where its login is that one already, `not_current`,
    `store_incomplete`, or why the contact, or the login that it would come to, cannot be invited.
    """
    require(actor, Permission.ACCESS_INVITE, stores=[access.store_id])
    [store] = hold([access.store], [access.contact_id])
    require_complete(store)
    contact = Contact.objects.select_related("customer").get(pk=access.contact_id)
    [held] = states.lock(just(access).ids)
    # Nobody leaves a login on hold, which would lead round the decision that it waits for, and nobody comes to one.
    own = Login.objects.buyers().filter(email_canonical=contact.email_canonical).first()
    if fault := _reason_against(contact, store, held.login, own) or reason_of_address(contact):
        raise NotPossible(fault)
    if own is not None and own.pk == held.login_id:
        raise NotPossible(Reason.NO_ERROR if held.state == State.CURRENT else Reason.NOT_CURRENT)
    if _namesakes_of(contact).exists():
        raise NotPossible(Reason.DUPLICATE_CONTACT)
    ensure_buyer_logins({contact.email_canonical: display_form(contact.email)})
    also = invited(actor=actor, expires_at=timezone.now() + timedelta(days=store.invitation_days))
    moved = states.move(Change(Trigger.SPLIT_OFF, ids=just(access).ids, also=also), actor=actor)
    if moved.refused:
        raise NotPossible(moved.refused[access.pk])
    end_everything(moved, why=RevokedWhy.EMAIL_CHANGED)
    send_links(store, moved.into(State.PENDING), contacts={contact.pk: contact}, actor=actor)
    check_errors(moved.ids, actor=actor)


@tried_again
@transaction.atomic
def change_for_all(access: Access, *, actor: Actor) -> int:
    """Give the other contacts of the login the email that this one has now, so that the login can follow; how many.

    Asks for rights over every store that the login reaches, since all of them are touched (EMC-05). Whoever has
    only a cancelled or declined access by it is none of them. Raises `NotAllowed`, `NotPossible` (`no_email`,
    `bad_email`), and as `update_contact`.
    """
    row = Access.objects.select_related("contact").get(pk=access.pk)
    reached = Access.objects.filter(login_id__in=[row.login_id], login__isnull=False, state__in=FOLLOWING)
    touched = {row.store_id, *reached.values_list("store_id", flat=True)}
    require(actor, Permission.ACCESS_ERRORS, stores=touched)
    if fault := reason_of_address(row.contact):
        raise NotPossible(fault)
    # Held together and in everybody's order: each edit by itself would take its customer in the order of contacts.
    people = {row.contact_id, *reached.values_list("contact_id", flat=True)}
    hold([], people)
    hold_near(people, also=[row.pk])
    contact = Contact.objects.get(pk=row.contact_id)
    others = (
        Contact.objects.living()
        .filter(pk__in=reached.values("contact_id"))
        .exclude(email_canonical=contact.email_canonical)
        .select_related("customer")
        .order_by("pk")
    )
    # A person acts for a handful of customers at most, and each edit is one of its own in the history.
    changed = [
        update_contact(other, {"email": contact.email}, version=other.version, actor=actor, confirmed=True)
        for other in others
    ]
    check_errors(list(reached.values_list("pk", flat=True)), actor=actor)
    return len(changed)


@tried_again
@transaction.atomic
def invite_owner(access: Access, *, actor: Actor) -> None:
    """Invite the login that has the CRM's email already to this access; nothing changes until its owner accepts.

    Then the access is that login's, and whoever was in by the former one is out. Raises `NotAllowed`, and
    `NotPossible`: `no_error` where no other login has the email, `not_current`, `store_incomplete`,
    `just_invited`, or why the contact or that login cannot be invited.
    """
    require(actor, Permission.ACCESS_INVITE, stores=[access.store_id])
    [store] = hold([access.store], [access.contact_id])
    require_complete(store)
    [held] = states.lock(just(access).ids)
    contact = Contact.objects.select_related("customer").get(pk=held.contact_id)
    owner = Login.objects.buyers().filter(email_canonical=contact.email_canonical).first()
    stands = AccessError.objects.open().filter(access=held, reason=ErrorReason.EMAIL_IN_USE)
    if held.state != State.CURRENT:
        raise NotPossible(Reason.NOT_CURRENT)
    if owner is None or owner.pk == held.login_id or not stands.exists():
        raise NotPossible(Reason.NO_ERROR)
    if fault := _reason_against(contact, store, held.login, owner):
        raise NotPossible(fault)
    if _just_invited(held, owner):
        raise NotPossible(Reason.JUST_INVITED)
    request = LinkRequest(
        purpose=Purpose.INVITATION,
        address=contact.email_canonical,
        expires_at=timezone.now() + timedelta(days=store.invitation_days),
        login_id=owner.pk,
        access_id=held.pk,
        store_id=store.pk,
        customer_id=held.customer_id,
        contact_id=contact.pk,
    )
    post_many(invitations_to([contact], issue_links([request], actor=actor)))
    record(
        Event.INVITATION_SENT,
        actor=actor,
        store_id=store.pk,
        customer_id=held.customer_id,
        contact_id=contact.pk,
        access_id=held.pk,
        login_id=owner.pk,
        data={"from": held.state, "to": held.state},
    )


def _just_invited(access: Access, owner: Login) -> bool:
    """Whether the same was asked for a moment ago: two clicks on one button are one mail."""
    links = OneTimeLink.objects.live(timezone.now()).filter(access_id=access.pk, purpose=Purpose.INVITATION)
    return links.filter(login=owner, created_at__gt=timezone.now() - A_MOMENT).exists()


def _namesakes_of(contact: Contact) -> QuerySet[Contact]:
    same = Contact.objects.living().filter(email_canonical=contact.email_canonical)
    return same.filter(customer=contact.customer_id).exclude(pk=contact.pk)


def _reason_against(contact: Contact, store: Store, *logins: Login | None) -> Reason | None:
    """Nobody comes to a login that is off or held, and nobody leaves one that is."""
    return reason_of_contact(contact, store=store) or next(filter(None, map(reason_of_login, logins)), None)
