"""Requests: approve, decline with a reason, and the one more try of somebody who was declined."""

from collections.abc import Collection, Mapping
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tradedoor.access.actions import states
from tradedoor.access.actions.crm import (
    archive_contacts,
    archive_customers,
    restore_contacts,
    set_customer_status,
)
from tradedoor.access.actions.planning import reason_of_contact, reason_of_login
from tradedoor.access.actions.sending import hold
from tradedoor.access.actions.states import Change, Moved, NewAccess
from tradedoor.access.errors import NotPossible
from tradedoor.access.models import Access, State
from tradedoor.access.reasons import Reason, sentence_of
from tradedoor.access.sets import Outcome, Refused
from tradedoor.access.transitions import Trigger
from tradedoor.accounts.actions.links import LinkRequest, issue_links, spend_link
from tradedoor.accounts.errors import LinkUsed
from tradedoor.accounts.models import OneTimeLink, Purpose
from tradedoor.audit.record import record
from tradedoor.core.actor import Actor
from tradedoor.core.errors import Invalid
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.actions.contacts import create_contact
from tradedoor.crm.models import Contact, Customer
from tradedoor.mail.outbox import Letter, post_many
from tradedoor.registration.actions.applying import Application, edited
from tradedoor.registration.actions.bringing import contact_data
from tradedoor.registration.actions.confirming import RegistrationView, registration_behind
from tradedoor.registration.actions.notifying import tell_of_request
from tradedoor.registration.actions.noting import note
from tradedoor.registration.emails import DECLINED, WELCOME, letter_to
from tradedoor.registration.errors import NoSuchRequest
from tradedoor.registration.events import Event
from tradedoor.registration.models import Decision, Registration
from tradedoor.registration.policy import is_open_to
from tradedoor.stores.models import Store

AT_ONCE = 500
LONGEST_REASON = 500
AGAIN = timedelta(days=14)


@transaction.atomic
def approve(access_ids: Collection[int], *, actor: Actor) -> Outcome:
    """Let these people in who asked, as contacts of the customer they stand under, and mail them.

    An archived contact is taken back from the archive, and a prospect that the request made becomes an active
    customer. Those that cannot be let in are left alone and said why. Raises `NotAllowed`, and `ValueError` for
    more than a transaction should hold.
    """
    rows = _held(access_ids, actor=actor)
    # Judged before anything is taken from the archive for their sake.
    refused = {row.pk: fault for row in rows if (fault := _fault(row)) is not None}
    able = [row for row in rows if row.pk not in refused]
    archived = [row.contact for row in able if row.contact.archived_at is not None]
    if archived:
        restore_contacts(archived, actor=actor)
    made = set(
        Registration.objects.filter(access__in=able).exclude(company="").values_list("customer_id", flat=True)
    )
    prospects = {
        row.customer_id: row.customer
        for row in able
        if row.customer.status == Customer.Status.PROSPECT and row.customer_id in made
    }
    if prospects:
        set_customer_status(list(prospects.values()), Customer.Status.ACTIVE, actor=actor)
    also = {"accepted_at": timezone.now()}
    moved = states.move(Change(Trigger.APPROVE, ids=[row.pk for row in able], also=also), actor=actor)
    decided = note(moved.ids, Decision.APPROVED, reason="", actor=actor)
    post_many([letter_to(registration, WELCOME) for registration in decided])
    return _outcome(moved, refused)


@transaction.atomic
def decline(access_ids: Collection[int], *, reason: str, actor: Actor) -> Outcome:
    """Turn these requests down and mail each person the reason; whoever is declined the first time gets a link to
    put it right and ask once more. Raises as `approve`, and `Invalid` for a reason that is too long."""
    told = tidy_reason(reason)
    rows = _held(access_ids, actor=actor)
    ids = [row.pk for row in rows]
    moved = states.move(Change(Trigger.DECLINE, ids=ids), actor=actor, data={"reason": bool(told)})
    decided = note(moved.ids, Decision.DECLINED, reason=told, actor=actor)
    post_many(_declined_letters(decided, actor=actor))
    return _outcome(moved, {})


def tidy_reason(reason: str) -> str:
    """The reason as it stands in the mail. Raises `Invalid` where it is too long."""
    told = " ".join(reason.split())
    if len(told) > LONGEST_REASON:
        raise Invalid(_("The reason may have 500 characters at most."), code="too_long", field="reason")
    return told


@transaction.atomic
def approve_for(access: Access, customer: Customer, *, actor: Actor) -> Access:
    """Let somebody in who registered without a link as a contact of a customer that is there already.

    The contact of that customer with this address is taken, else made of what was typed; the prospect that the
    request made goes to the archive where nobody else is in it. Raises `NotAllowed`, `NoSuchRequest`, and
    `NotPossible` with what stands against it.
    """
    rows = _held([access.pk], actor=actor)
    registration = Registration.objects.filter(access=access.pk).exclude(company="").order_by("-pk").first()
    if not rows or rows[0].state != State.REQUESTED or registration is None:
        raise NoSuchRequest
    held = rows[0]
    if customer.pk == held.customer_id:
        approve([held.pk], actor=actor)
        return _loaded(held.pk)
    owner = Customer.objects.select_for_update().get(pk=customer.pk)
    if not is_open_to(held.store, owner):
        raise NotPossible(Reason.STORE_DEDICATED_ELSEWHERE)
    contact = _contact_at(owner, registration, actor=actor)
    if (fault := reason_of_contact(contact, store=held.store) or reason_of_login(held.login)) is not None:
        raise NotPossible(fault)
    settled = _settled(contact, held, actor=actor)
    Registration.objects.filter(pk=registration.pk).update(
        access=settled, contact=contact, customer=owner, decision=Decision.APPROVED,
        decided_by=actor.login_id, decided_at=timezone.now(),
    )  # fmt: skip
    _clear_away(held, actor=actor)
    registration.refresh_from_db()
    post_many([letter_to(registration, WELCOME)])
    return settled


@transaction.atomic
def resubmit(link_id: int, given: Application, *, store: Store, actor: Actor) -> Registration:
    """Ask once more, with what was put right, by the link of the mail that declined.

    Raises `LinkUnknown`, `LinkUsed`, `Invalid` naming the field, and `NotPossible` where the access has moved on.
    """
    view = _require_again(registration_behind(link_id, store=store))
    former = view.registration
    states.lock([former.access_id] if former.access_id else [])
    spend_link(link_id)
    values = edited(former, given, store=store)
    moved = states.move(
        Change(Trigger.REGISTER_FOR_APPROVAL, ids=[former.access_id] if former.access_id else []), actor=actor
    )
    if not moved.rows:
        raise NotPossible(next(iter(moved.refused.values()), Reason.NO_ACCESS))
    now = timezone.now()
    again = Registration.objects.create(
        store=store, estore_link=former.estore_link, customer=former.customer, department=former.department,
        email=former.email, email_canonical=former.email_canonical, contact=former.contact,
        contact_is_new=former.contact_is_new, access=former.access, looks_like=former.looks_like,
        mailbox_proven=True, created_at=now, expires_at=now, confirmed_at=now, **values,
    )  # fmt: skip
    record(
        Event.RESUBMITTED,
        actor=actor,
        store_id=store.pk,
        customer_id=again.customer_id,
        contact_id=again.contact_id,
        access_id=again.access_id,
        data={"registration": again.pk},
    )
    tell_of_request(again, moved.rows[0], store=store)
    return again


def _require_again(view: RegistrationView) -> RegistrationView:
    if view.over is not None or not view.is_again:
        raise LinkUsed(data={"status": view.over or "cancelled"})
    return view


def _held(access_ids: Collection[int], *, actor: Actor) -> list[Access]:
    """The accesses, with what they hang on held in the order everybody holds it in."""
    require(actor, Permission.REQUEST_DECIDE)
    if len(access_ids) > AT_ONCE:
        raise ValueError("too many requests for one transaction")
    rows = list(Access.objects.within(actor.stores).filter(pk__in=access_ids).select_related("store"))
    require(actor, Permission.REQUEST_DECIDE, stores={row.store_id for row in rows})
    hold({row.store for row in rows}, [row.contact_id for row in rows])
    states.lock([row.pk for row in rows])
    found = Access.objects.filter(pk__in=[row.pk for row in rows]).order_by("pk")
    return list(found.select_related("store", "customer", "contact__customer", "login"))


def _fault(row: Access) -> Reason | None:
    """What stands against letting this person in; that the contact is archived does not."""
    if row.state != State.REQUESTED:
        return Reason.ALREADY_CURRENT if row.state == State.CURRENT else Reason.NOT_REQUESTED
    fault = reason_of_contact(row.contact, store=row.store)
    if fault is Reason.CONTACT_ARCHIVED:
        fault = _fault_of_archived(row)
    return fault or reason_of_login(row.login)


def _fault_of_archived(row: Access) -> Reason | None:
    if row.contact.merged_into_id is not None:
        return Reason.CONTACT_ARCHIVED
    if row.customer.archived_at is not None or row.customer.status == Customer.Status.INACTIVE:
        return Reason.CUSTOMER_INACTIVE
    return None if is_open_to(row.store, row.customer) else Reason.STORE_DEDICATED_ELSEWHERE


def _declined_letters(decided: Collection[Registration], *, actor: Actor) -> list[Letter]:
    before = set(
        Registration.objects.filter(access__in=[row.access_id for row in decided], decision=Decision.DECLINED)
        .exclude(pk__in=[row.pk for row in decided])
        .values_list("access_id", flat=True)
    )
    first = [row for row in decided if row.access_id not in before]
    links = _links_for_again(first, actor=actor)
    for row in first:
        Registration.objects.filter(pk=row.pk).update(link_id=links[row.pk].pk)
    return [
        letter_to(row, DECLINED, link_id=links[row.pk].pk if row.pk in links else None) for row in decided
    ]


def _links_for_again(rows: Collection[Registration], *, actor: Actor) -> Mapping[int, OneTimeLink]:
    ends = timezone.now() + AGAIN
    requests = [
        LinkRequest(
            purpose=Purpose.REGISTRATION,
            address=row.email_canonical,
            expires_at=ends,
            access_id=row.access_id,
            store_id=row.store_id,
            customer_id=row.customer_id,
            contact_id=row.contact_id,
        )
        for row in rows
    ]
    made = issue_links(requests, actor=actor)
    return {row.pk: link for row, link in zip(rows, made, strict=True)}


def _contact_at(owner: Customer, registration: Registration, *, actor: Actor) -> Contact:
    same = Contact.objects.living().filter(customer=owner, email_canonical=registration.email_canonical)
    found = same.select_related("customer").order_by("pk").first()
    if found is not None:
        return found
    return create_contact(
        owner, contact_data(registration, with_department=False), actor=actor, confirmed=True
    )


def _settled(contact: Contact, held: Access, *, actor: Actor) -> Access:
    """The contact's access to the store, current for the login that asked."""
    also = {"accepted_at": timezone.now(), "login_id": held.login_id, "ended_from_above": False}
    there = Access.objects.select_for_update().filter(store=held.store_id, contact=contact).first()
    if there is None:
        new = NewAccess(store_id=held.store_id, contact=contact, login_id=held.login_id)
        [made] = states.move(Change(Trigger.REGISTER_FOR_APPROVAL, new=[new]), actor=actor).rows
        there = made
    elif there.state != State.REQUESTED:
        if there.state == State.CURRENT:
            raise NotPossible(Reason.HAS_ACCESS_ALREADY)
        asked = states.move(Change(Trigger.REGISTER_FOR_APPROVAL, ids=[there.pk], also=also), actor=actor)
        if asked.refused:
            raise NotPossible(asked.refused[there.pk])
    states.move(Change(Trigger.APPROVE, ids=[there.pk], also=also), actor=actor)
    return _loaded(there.pk)


def _clear_away(held: Access, *, actor: Actor) -> None:
    """Archive what the request had made and nobody needs any more."""
    others = Contact.objects.living().filter(customer=held.customer_id).exclude(pk=held.contact_id)
    if held.customer.status == Customer.Status.PROSPECT and not others.exists():
        archive_customers([held.customer], actor=actor)
    else:
        archive_contacts([held.contact], actor=actor)


def _outcome(moved: Moved, refused: Mapping[int, Reason]) -> Outcome:
    left = {**refused, **moved.refused}
    return Outcome(
        done=tuple(row.pk for row in moved.rows),
        refused=tuple(
            Refused(reason, sentence_of(reason), access_id=pk) for pk, reason in sorted(left.items())
        ),
    )


def _loaded(access_id: int) -> Access:
    return Access.objects.select_related("contact", "customer", "login", "store").get(pk=access_id)
