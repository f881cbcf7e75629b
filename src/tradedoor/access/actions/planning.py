"""Who of a set of contacts can be invited, and why the others cannot: the same answer for the picker and the deed."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from tradedoor.access.models import Access, EmailChange, State
from tradedoor.access.reasons import Reason, sentence_of
from tradedoor.access.transitions import TRANSITIONS, Trigger
from tradedoor.accounts.models import Login
from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.models import Contact, Customer
from tradedoor.stores.models import Store

# Two clicks on one button are one invitation.
A_MOMENT = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A contact before inviting, or being given login details. `reason` is None for those with whom all is well.

    `is_refused` says whether they are left alone; pending ones have a reason to show and yet are invited again.
    """

    contact: Contact
    access: Access | None
    login: Login | None
    reason: Reason | None
    sentence: str
    is_refused: bool

    @property
    def offers_reenable(self) -> bool:
        return self.reason is Reason.DEACTIVATED_OFFER_REENABLE

    @property
    def keeps_password(self) -> bool:
        """Whether the email has a login whose password its owner chose; nothing that is given touches it."""
        return self.login is not None and self.login.has_own_password


def plan_invitations(store: Store, contact_ids: Collection[int], *, actor: Actor) -> list[Candidate]:
    """Judge each of these contacts for an invitation to `store`, in the order of their ids; changes nothing.

    A fixed number of queries. An id that is no contact's is passed over. Raises `NotAllowed`.
    """
    require(actor, Permission.ACCESS_INVITE, stores=[store.pk])
    return judged(store, contact_ids)


def judged(
    store: Store, contact_ids: Collection[int], *, trigger: Trigger = Trigger.INVITE
) -> list[Candidate]:
    """The part of planning that asks for no permission; its callers have. `trigger` is what is to happen to them."""
    contacts = list(Contact.objects.filter(pk__in=contact_ids).select_related("customer").order_by("pk"))
    accesses = {row.contact_id: row for row in Access.objects.filter(store=store, contact__in=contacts)}
    addresses = {contact.email_canonical for contact in contacts if contact.email_canonical}
    logins = {
        login.email_canonical: login for login in Login.objects.buyers().filter(email_canonical__in=addresses)
    }
    namesakes = _namesakes(contacts)
    stuck = _stuck_changes(contacts)
    return [
        _judged(
            contact,
            store=store,
            access=accesses.get(contact.pk),
            login=logins.get(contact.email_canonical),
            namesake=namesakes.get(contact.pk),
            stuck=stuck.get(contact.pk),
            trigger=trigger,
        )
        for contact in contacts
    ]


def reason_of_contact(contact: Contact, *, store: Store) -> Reason | None:
    """What stands against this contact in this store whatever its access: the rule of inviting and re-enabling."""
    if contact.archived_at is not None:
        return Reason.CONTACT_ARCHIVED
    customer = contact.customer
    if customer.archived_at is not None or customer.status == Customer.Status.INACTIVE:
        return Reason.CUSTOMER_INACTIVE
    if store.customer_id is not None and store.customer_id != contact.customer_id:
        return Reason.STORE_DEDICATED_ELSEWHERE
    return None


def reason_of_address(contact: Contact) -> Reason | None:
    """What stands against mailing this contact."""
    if contact.email_canonical:
        return None
    return Reason.BAD_EMAIL if contact.email.strip() else Reason.NO_EMAIL


def reason_of_login(login: Login | None) -> Reason | None:
    """What stands against this login, wherever it wants to go."""
    if login is None:
        return None
    if not login.is_active:
        return Reason.LOGIN_OFF
    return Reason.LOGIN_HELD if login.held_at is not None else None


def _judged(
    contact: Contact,
    *,
    store: Store,
    access: Access | None,
    login: Login | None,
    namesake: str | None,
    stuck: Reason | None,
    trigger: Trigger,
) -> Candidate:
    fault = reason_of_contact(contact, store=store) or _reason_of_state(access, trigger)
    if fault is None:
        fault = reason_of_address(contact)
    if fault is None and namesake is not None:
        return _candidate(contact, access, login, Reason.DUPLICATE_EMAIL, name=namesake)
    fault = fault or reason_of_login(login) or stuck
    if fault is None and trigger is Trigger.GIVE_LOGIN_DETAILS:
        fault = _reason_against_details(access, login)
    elif fault is None and access is not None and access.state == State.PENDING:
        if access.invited_at is not None and timezone.now() - access.invited_at < A_MOMENT:
            return _candidate(contact, access, login, Reason.JUST_INVITED)
        return Candidate(
            contact,
            access,
            login,
            Reason.ALREADY_PENDING,
            sentence_of(Reason.ALREADY_PENDING),
            is_refused=False,
        )
    if fault is None:
        return Candidate(contact, access, login, None, "", is_refused=False)
    return _candidate(contact, access, login, fault)


def _candidate(
    contact: Contact, access: Access | None, login: Login | None, reason: Reason, **named: str
) -> Candidate:
    return Candidate(contact, access, login, reason, sentence_of(reason, **named), is_refused=True)


def _reason_of_state(access: Access | None, trigger: Trigger) -> Reason | None:
    cell = TRANSITIONS[trigger][State(access.state) if access else None]
    return cell if isinstance(cell, Reason) else None


def _reason_against_details(access: Access | None, login: Login | None) -> Reason | None:
    """Why somebody current is left alone: they can sign in by themselves, or not by the email of the CRM."""
    if access is None or access.state != State.CURRENT:
        return None
    if access.login_id is not None and access.login_id != (login.pk if login else None):
        return Reason.EMAIL_IN_USE if login else Reason.ERROR_OPEN
    return Reason.ALREADY_CURRENT if login and login.has_own_password else None


def _stuck_changes(contacts: Iterable[Contact]) -> Mapping[int, Reason]:
    """For each contact whose email has changed and cannot reach its login now: why. Inviting applies the others.

    What stands in the way is kept with the change once its hour is over; a hold is seen before.
    """
    changes = EmailChange.objects.open().filter(contact__in=list(contacts))
    reasons = dict(changes.values_list("contact_id", "reason"))
    stuck = {contact_id: Reason(reason) for contact_id, reason in reasons.items() if reason}
    if waiting := reasons.keys() - stuck.keys():
        ended = (State.CANCELLED, State.DECLINED)
        held = Access.objects.filter(contact__in=waiting, login__held_at__isnull=False).exclude(
            state__in=ended
        )
        stuck |= dict.fromkeys(held.values_list("contact_id", flat=True), Reason.LOGIN_HELD)
    return stuck


def _namesakes(contacts: Iterable[Contact]) -> Mapping[int, str]:
    """For each contact that shares its address with another of the same customer: the name of that one."""
    wanted = {
        (contact.customer_id, contact.email_canonical) for contact in contacts if contact.email_canonical
    }
    if not wanted:
        return {}
    # By the addresses alone: with the customers too, SQLite tries every customer with every address.
    rows = Contact.objects.living().filter(email_canonical__in={address for _, address in wanted})
    groups: dict[tuple[int, str], list[Contact]] = {}
    for row in rows.order_by("pk"):
        groups.setdefault((row.customer_id, row.email_canonical), []).append(row)
    return {
        row.pk: next(other.name for other in group if other.pk != row.pk)
        for key, group in groups.items()
        if key in wanted and len(group) > 1
        for row in group
    }
