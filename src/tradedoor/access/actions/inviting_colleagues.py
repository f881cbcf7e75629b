"""A customer's own admin invites a colleague: somebody the CRM knows, or a new contact of that customer."""

from dataclasses import dataclass, replace
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tradedoor.access.actions import states
from tradedoor.access.actions.invitations import invite_contacts
from tradedoor.access.actions.sending import hold
from tradedoor.access.company import NotForColleague
from tradedoor.access.company_queries import admin_access
from tradedoor.access.errors import NotPossible
from tradedoor.access.events import Event
from tradedoor.access.models import Access, EmailChange, EmailChangeState, Role, State
from tradedoor.access.policy import is_within
from tradedoor.access.reasons import Reason
from tradedoor.accounts.actions import throttle
from tradedoor.audit.record import record
from tradedoor.core.actor import Actor
from tradedoor.core.addresses import canonical
from tradedoor.core.errors import Invalid
from tradedoor.core.permissions import Permission
from tradedoor.crm.actions.contacts import create_contact, lock_customer
from tradedoor.crm.fields import ContactData
from tradedoor.crm.models import Contact, Customer, Department


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """Whom to invite, as it was typed. `department` None is Main."""

    email: str
    first_name: str = ""
    last_name: str = ""
    department: UUID | None = None
    role: Role = Role.BUYER


@dataclass(frozen=True, slots=True)
class ColleagueInvited:
    """`was_known`: the CRM has this person already, with the names it has. `just_now`: the button was pressed
    twice, and no second mail is sent."""

    access: Access
    was_known: bool
    just_now: bool = False


def invite_colleague(wish: Colleague, *, actor: Actor) -> ColleagueInvited:
    """Invite a person of the admin's customer to the admin's store.

    A contact of the customer with this email is invited as they are; else one is made. That another customer, or
    nobody, uses the address changes neither what is done nor what is said. Raises `NotAllowed`, `Throttled`,
    `Invalid` naming the field, and `NotForColleague`; whatever it raises, nothing was made.
    """
    admin_access(actor)
    throttle.require_room(throttle.INVITING_STAFF, str(actor.login_id))
    return _invited(wish, actor=actor)


@transaction.atomic
def _invited(wish: Colleague, *, actor: Actor) -> ColleagueInvited:
    admin = admin_access(actor)
    [store] = hold([admin.store], [])
    customer = lock_customer(admin.customer)
    if not is_within(wish.role, Role(admin.role)):
        raise NotForColleague(Reason.ROLE_ABOVE)
    try:
        email = canonical(wish.email)
    except Invalid as refusal:
        refusal.field = "email"
        raise
    known = _known(email, customer, store_id=store.pk)
    contact = known or _made(wish, customer, actor=actor, store_id=store.pk)
    hold([store], [contact.pk, admin.contact_id])
    states.lock([admin.pk])
    # Whoever took the rights away meanwhile held the customer or this access.
    admin_access(actor)
    _require_inviting(contact, Access.objects.filter(store=store, contact=contact).first())
    inviting = replace(actor, permissions=frozenset({Permission.ACCESS_INVITE}), stores=frozenset({store.pk}))
    try:
        outcome = invite_contacts(store, [contact.pk], actor=inviting, role=wish.role)
    except NotPossible as refusal:
        raise NotForColleague(refusal.reason) from refusal
    for refused in outcome.refused:
        if refused.reason is not Reason.JUST_INVITED:
            raise NotForColleague(refused.reason)
    access = Access.objects.select_related("contact").get(store=store, contact=contact)
    return ColleagueInvited(access, was_known=known is not None, just_now=bool(outcome.refused))


def require_settled(contact_id: int) -> None:
    """Return unless the email of this contact is just changing: its hour protects its owner, and is for staff alone
    to shorten. Raises `NotForColleague` (`email_changing`; `for_seller` where the change could not be applied)."""
    changes = EmailChange.objects.open().filter(contact=contact_id)
    for state in changes.values_list("state", flat=True):
        failed = state == EmailChangeState.FAILED
        raise NotForColleague(Reason.FOR_SELLER if failed else Reason.EMAIL_CHANGING)


def _known(email: str, customer: Customer, *, store_id: int) -> Contact | None:
    """The customer's contact with this email, those with an access here first.

    Somebody whom staff have archived is not brought back, and not made anew beside, by anybody but staff.
    """
    same = Contact.objects.filter(customer=customer, email_canonical=email, merged_into=None)
    here = set(
        Access.objects.filter(store=store_id, contact__in=same.values("pk")).values_list(
            "contact_id", flat=True
        )
    )
    found = sorted(same, key=lambda row: (row.archived_at is not None, row.pk not in here, row.pk))
    if not found:
        return None
    if found[0].archived_at is not None:
        raise NotForColleague(Reason.CONTACT_ARCHIVED)
    return found[0]


def _made(wish: Colleague, customer: Customer, *, actor: Actor, store_id: int) -> Contact:
    if not (wish.first_name.strip() or wish.last_name.strip()):
        raise Invalid(_("Enter a name."), code="required", field="last_name")
    data = ContactData(first_name=wish.first_name, last_name=wish.last_name, email=wish.email)
    if wish.department is not None:
        data["department_id"] = _department(wish.department, customer)
    # An admin writes this one contact, and nothing else, into the CRM.
    writing = replace(actor, permissions=frozenset({Permission.CRM_EDIT}))
    contact = create_contact(customer, data, actor=writing, confirmed=True)
    record(
        Event.COLLEAGUE_ADDED,
        actor=actor,
        store_id=store_id,
        customer_id=customer.pk,
        contact_id=contact.pk,
        data={"by_access": actor.access_id},
    )
    return contact


def _department(public_id: UUID, customer: Customer) -> int:
    living = Department.objects.filter(customer=customer, archived_at=None, public_id=public_id)
    department = living.first()
    if department is None:
        raise Invalid(_("Choose a department from the list."), code="no_department", field="department")
    return department.pk


def _require_inviting(contact: Contact, there: Access | None) -> None:
    """Return if an admin may invite this one. An invitation would let in who asked and wait for an answer, and whom
    somebody answered no: those are for whoever decides requests."""
    require_settled(contact.pk)
    if there is None:
        return
    if there.state == State.REQUESTED:
        raise NotForColleague(Reason.ALREADY_REQUESTED)
    if there.state == State.DECLINED:
        raise NotForColleague(Reason.DECLINED_BEFORE)
