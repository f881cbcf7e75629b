"""The one step in which somebody who registered comes in: contact, access, password and session in one transaction.

Everything is judged once more under lock, against the rules and the CRM of this moment. What the CRM says of a
contact it knows already is left alone; what was typed stays with the registration, for staff to compare.
"""

from dataclasses import dataclass, replace
from typing import cast

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from tradedoor.access.actions import states
from tradedoor.access.actions.joining import Entered
from tradedoor.access.actions.planning import reason_of_login
from tradedoor.access.actions.states import Change, NewAccess
from tradedoor.access.errors import AccessOff, LoginHeld, NotPossible, WrongLogin
from tradedoor.access.models import Access, EmailChange, State
from tradedoor.access.policy import Step, may_enter
from tradedoor.access.reasons import Reason
from tradedoor.access.transitions import Trigger
from tradedoor.accounts.actions.links import spend_link
from tradedoor.accounts.actions.logins import ChosenPassword, ensure_buyer_logins, set_own_password
from tradedoor.accounts.actions.sessions import open_session
from tradedoor.accounts.errors import LinkUsed
from tradedoor.accounts.models import LinkStatus, Login, OneTimeLink, Purpose
from tradedoor.audit.record import record
from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission
from tradedoor.crm.actions.contacts import create_contact
from tradedoor.crm.actions.customers import create_customer
from tradedoor.crm.fields import AddressData, ContactData, CustomerData
from tradedoor.crm.models import Contact, Customer
from tradedoor.mail.outbox import cancel_for_links, post_many
from tradedoor.registration.actions.applying import answers_of
from tradedoor.registration.actions.clearing import drop_others
from tradedoor.registration.actions.notifying import tell_of_request
from tradedoor.registration.emails import WELCOME, letter_to
from tradedoor.registration.errors import (
    DeclinedForGood,
    DomainRefused,
    EmailChanging,
    RegistrationOff,
    RegistrationShut,
)
from tradedoor.registration.events import Event
from tradedoor.registration.models import Decision, EstoreLink, Mode, Registration, Rules
from tradedoor.registration.policy import Because, Known, Verdict, Way, judge, shut
from tradedoor.registration.queries import known_of, rules_of
from tradedoor.stores.actions.counting import count_sign_in
from tradedoor.stores.models import Store


@dataclass(frozen=True, slots=True)
class Came:
    """How somebody came in. Without `entered` they wait for an answer."""

    registration: Registration
    access: Access
    entered: Entered | None


@dataclass(frozen=True, slots=True)
class Proof:
    """What stands behind a person: the mailed link that was opened, and a password, new or just found right."""

    link_id: int | None = None
    chosen: ChosenPassword | None = None
    login_id: int | None = None
    keep: bool = False


@transaction.atomic
def bring_in(registration_id: int, proof: Proof, *, actor: Actor) -> Came:
    """Make the person a contact with an access, and sign them in where nobody has to approve.

    Locks the store, the customer, the contact and the access, in this order. Raises `LinkUsed` where somebody was
    quicker, `RegistrationOff`, `RegistrationShut`, `DomainRefused`, `EmailChanging`, `DeclinedForGood`, the
    `DoorClosed` of an access or a login that is off, and `HasPassword`; whatever it raises, nothing was done.
    """
    registration = _present(registration_id)
    store = Store.objects.select_for_update(no_key=True).get(pk=registration.store_id)
    customer = _held_customer(registration)
    rules, link = rules_of(store), _held_link(registration)
    # Another form of the same person may have been confirmed while this one waited, and have dropped it.
    registration = _present(registration_id, held=True)
    if proof.link_id is not None:
        spend_link(proof.link_id)
    # Asked before there is a contact whose own domain this is.
    known = known_of(registration.domain, store=store, link=link)
    verdict = _require_open(registration, rules, link, known, store=store)
    registration.looks_like = known.looks_like
    acting = _registering(actor)
    if customer is None:
        customer = _prospect(registration, actor=acting)
    contact, is_new = _contact(registration, customer, actor=acting)
    access = Access.objects.select_for_update().filter(store=store, contact=contact).first()
    login = _login(registration, proof, actor=actor)
    trigger = _trigger(contact, access, verdict)
    moved = _moved(store, contact, access, login, trigger, actor=actor)
    if link is not None and moved.state in {State.CURRENT, State.REQUESTED}:
        _count_use(link, access, moved)
    _close(registration, proof, contact=contact, access=moved, is_new=is_new, store=store, actor=actor)
    return _welcomed(registration, moved, login, store=store, keep=proof.keep, actor=actor)


def _present(registration_id: int, *, held: bool = False) -> Registration:
    rows = Registration.objects.select_related("store", "estore_link", "department")
    found = (rows.select_for_update(of=("self",)) if held else rows).filter(pk=registration_id).first()
    if found is None:
        raise LinkUsed(data={"status": LinkStatus.SUPERSEDED.value})
    return found


def _registering(actor: Actor) -> Actor:
    """Whoever registers writes one contact of their own, and nothing else, into the CRM."""
    return replace(actor, permissions=frozenset({Permission.CRM_EDIT}))


def _held_customer(registration: Registration) -> Customer | None:
    if registration.customer_id is None:
        # Nobody else may make a prospect of it at the same time: the row itself is what two meet at.
        Registration.objects.select_for_update().get(pk=registration.pk)
        return None
    return Customer.objects.select_for_update().get(pk=registration.customer_id)


def _held_link(registration: Registration) -> EstoreLink | None:
    if registration.estore_link_id is None:
        return None
    rows = EstoreLink.objects.select_for_update(of=("self",)).select_related("store", "customer")
    return rows.get(pk=registration.estore_link_id)


def _require_open(
    registration: Registration, rules: Rules, link: EstoreLink | None, known: Known, *, store: Store
) -> Verdict:
    """What follows for this person by the rules of now. A form filled in before a link was shut opens nothing."""
    if not store.is_active or rules.mode == Mode.OFF:
        raise RegistrationOff
    if link is not None and shut(link) is not None:
        raise RegistrationShut
    if link is None and rules.mode != Mode.OPEN:
        raise RegistrationShut
    verdict = judge(registration.domain, rules=rules, link=link, known=known)
    if verdict.way is Way.REFUSED:
        raise DomainRefused
    if link is None and verdict.customer_id != registration.customer_id:
        # What was verified at the form is not any more, or the other way round: a person looks at it.
        return Verdict(Way.WAITS, Because.WITHOUT_LINK)
    return verdict


def _prospect(registration: Registration, *, actor: Actor) -> Customer:
    data = CustomerData(name=registration.company or registration.name, status=Customer.Status.PROSPECT)
    return create_customer(data, actor=actor)


def _contact(registration: Registration, customer: Customer, *, actor: Actor) -> tuple[Contact, bool]:
    """The customer's contact with this address, else a new one. A living one goes before an archived one."""
    same = Contact.objects.select_for_update(of=("self",)).select_related("customer")
    known = same.filter(customer=customer, email_canonical=registration.email_canonical, merged_into=None)
    here = set(Access.objects.filter(store=registration.store_id, contact__customer=customer,
        contact__email_canonical=registration.email_canonical).values_list("contact_id", flat=True))  # fmt: skip
    found = sorted(known, key=lambda row: (row.archived_at is not None, row.pk not in here, row.pk))
    if found:
        if EmailChange.objects.open().filter(contact=found[0]).exists():
            raise EmailChanging
        return found[0], False
    data = contact_data(registration)
    return create_contact(customer, data, actor=actor, confirmed=True), True


def contact_data(registration: Registration, *, with_department: bool = True) -> ContactData:
    """The contact that the CRM makes of what was typed; answers to own questions stand among its own fields."""
    data = ContactData(
        first_name=registration.first_name,
        last_name=registration.last_name,
        email=registration.email,
        phone=registration.phone,
        own_fields=answers_of(registration),
    )
    if registration.address:
        data["address"] = cast("AddressData", registration.address)
    department = registration.department
    if with_department and department is not None and department.archived_at is None:
        data["department_id"] = department.pk
    return data


def _login(registration: Registration, proof: Proof, *, actor: Actor) -> Login:
    ids = ensure_buyer_logins({registration.email_canonical: registration.email})
    login_id = ids[registration.email_canonical]
    if proof.chosen is not None:
        return set_own_password(login_id, proof.chosen, actor=actor, only_if_unset=True).login
    if proof.login_id != login_id:
        raise WrongLogin
    login = Login.objects.select_for_update().get(pk=login_id)
    if (reason := reason_of_login(login)) is not None:
        raise LoginHeld if reason is Reason.LOGIN_HELD else NotPossible(reason)
    return login


def _trigger(contact: Contact, access: Access | None, verdict: Verdict) -> Trigger:
    if access is not None and access.state == State.DECLINED:
        turned_down = Registration.objects.filter(access=access, decision=Decision.DECLINED)
        if turned_down.count() > 1:
            raise DeclinedForGood
    if contact.archived_at is not None:
        return Trigger.REGISTER_WHILE_ARCHIVED
    return Trigger.REGISTER if verdict.way is Way.JOINS else Trigger.REGISTER_FOR_APPROVAL


def _moved(
    store: Store, contact: Contact, access: Access | None, login: Login, trigger: Trigger, *, actor: Actor
) -> Access:
    """The access after the event. One that is current or asked for already stays as it is."""
    if access is None:
        new = NewAccess(store_id=store.pk, contact=contact, login_id=login.pk)
        moved = states.move(Change(trigger, new=[new]), actor=actor)
        return _loaded(moved.rows[0].pk)
    if access.state == State.DEACTIVATED:
        raise AccessOff
    if access.state in {State.CURRENT, State.REQUESTED}:
        if access.login_id != login.pk:
            raise WrongLogin
        return _loaded(access.pk)
    _use_invitation(access)
    also = {"login_id": login.pk, "ended_from_above": False}
    moved = states.move(Change(trigger, ids=[access.pk], also=also), actor=actor)
    if moved.refused:
        raise NotPossible(moved.refused[access.pk])
    return _loaded(access.pk)


def _use_invitation(access: Access) -> None:
    """The invitation of a pending access is used by this, and its mail need not leave any more."""
    unspent = OneTimeLink.objects.unspent().filter(access_id=access.pk, purpose=Purpose.INVITATION)
    ids = list(unspent.values_list("pk", flat=True))
    if ids:
        unspent.update(used_at=timezone.now())
        cancel_for_links(ids)


def _count_use(link: EstoreLink, before: Access | None, after: Access) -> None:
    """Count whoever is brought in, never beyond the cap; somebody who was in already is nobody new."""
    if before is not None and before.state == after.state:
        return
    room = EstoreLink.objects.filter(pk=link.pk)
    if link.most_uses is not None:
        room = room.filter(uses__lt=link.most_uses)
    if not room.update(uses=F("uses") + 1):
        raise RegistrationShut


def _close(
    registration: Registration,
    proof: Proof,
    *,
    contact: Contact,
    access: Access,
    is_new: bool,
    store: Store,
    actor: Actor,
) -> None:
    drop_others(registration)
    registration.customer = contact.customer
    registration.contact, registration.contact_is_new = contact, is_new
    registration.access, registration.confirmed_at = access, timezone.now()
    registration.mailbox_proven = proof.link_id is not None
    registration.save()
    record(
        Event.CONFIRMED,
        actor=actor,
        store_id=store.pk,
        customer_id=contact.customer_id,
        contact_id=contact.pk,
        access_id=access.pk,
        login_id=access.login_id,
        data={
            "registration": registration.pk,
            "by_link": registration.estore_link_id,
            "mailbox_proven": registration.mailbox_proven,
            "contact_is_new": is_new,
            "terms_version": registration.terms_version,
        },
    )


def _welcomed(
    registration: Registration, access: Access, login: Login, *, store: Store, keep: bool, actor: Actor
) -> Came:
    """Sign in who may enter; tell the store of who waits."""
    if access.state != State.CURRENT:
        tell_of_request(registration, access, store=store)
        return Came(registration, access, None)
    may_enter(login=login, access=access, store=store, step=Step.OPEN_SESSION)
    now = timezone.now()
    Access.objects.filter(pk=access.pk).update(last_sign_in_at=now, accepted_at=access.accepted_at or now)
    opened = open_session(
        login,
        actor=actor,
        store_id=store.pk,
        customer_id=access.customer_id,
        contact_id=access.contact_id,
        access_id=access.pk,
        access_epoch=access.epoch,
        keep=keep,
        method="registration",
    )
    count_sign_in(store)
    post_many([letter_to(registration, WELCOME)])
    return Came(registration, access, Entered(access, opened))


def _loaded(access_id: int) -> Access:
    return Access.objects.select_related("contact", "customer", "login", "store").get(pk=access_id)
