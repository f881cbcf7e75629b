"""Looking at accesses again: errors open for what is wrong now, and close for what is so no more.

Reasons that the CRM itself shows (gone, no email, malformed, two of one customer) are found here. The others are
raised by the event that brings them; here it is only asked whether they still hold. The number of queries is fixed.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Max, Q

from tradedoor.access.actions import states
from tradedoor.access.actions.errors import close_errors, raise_errors
from tradedoor.access.faults import ORDER, Fault
from tradedoor.access.models import Access, AccessError, ErrorClosedWhy, ErrorReason, State
from tradedoor.accounts.models import Login
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact
from tradedoor.mail.models import MailMessage

R = ErrorReason
UNBUILDABLE = "unbuildable"
FAULTY = (State.PENDING, State.CURRENT)
OF_THE_CRM = frozenset({R.CONTACT_GONE, R.NO_EMAIL, R.BAD_EMAIL, R.DUPLICATE_CONTACT})


@dataclass(frozen=True, slots=True)
class Checked:
    """What looking again found: by access, the reasons that stand now, the first to be shown first."""

    standing: Mapping[int, tuple[ErrorReason, ...]]
    closed: int
    raised: int


@transaction.atomic
def check_errors(access_ids: Iterable[int], *, actor: Actor) -> Checked:
    """Let the errors of these accesses be what is wrong with them now. Mails nobody.

    The accesses are held first, so that whoever changes their contacts meanwhile looks again after this.
    """
    held = [row.pk for row in states.lock(access_ids)]
    if not held:
        return Checked({}, 0, 0)
    rows = list(
        Access.objects.filter(pk__in=held)
        .select_related("contact__customer", "contact__merged_into", "login", "store")
        .order_by("pk")
    )
    found = _judged(rows)
    closing = {
        (error.access_id, R(error.reason))
        for error in found.open
        if R(error.reason) not in found.standing[error.access_id]
    }
    raised = raise_errors(
        [
            Fault(access_id, reason, data)
            for access_id, reasons in found.standing.items()
            for reason, data in reasons.items()
        ],
        actor=actor,
    )
    closed = close_errors(closing, actor=actor)
    return Checked(
        {key: tuple(sorted(of, key=ORDER.__getitem__)) for key, of in found.standing.items()}, closed, raised
    )


def check_contacts(contact_ids: Collection[int], *, actor: Actor) -> None:
    """The same for all accesses of these contacts, and of those who share or shared an email with them."""
    if ids := _concerned(contact_ids):
        check_errors(ids, actor=actor)


def hold_near(contact_ids: Collection[int], *, also: Collection[int] = ()) -> None:
    """Hold every access that a change of these contacts writes or looks at, and further ones, before any of it.

    All at once and in everybody's order: taken one after the other, two such changes would wait for each other.
    """
    every = Access.objects.of_contacts(contact_ids).values_list("pk", flat=True)
    states.lock({*every, *_concerned(contact_ids), *also})


def _concerned(contact_ids: Collection[int]) -> set[int]:
    """Their accesses that may have errors, and those of whoever shares or shared an email with them."""
    if not contact_ids:
        return set()
    changed = Contact.objects.filter(pk__in=contact_ids)
    pairs = changed.exclude(email_canonical="").values_list("customer_id", "email_canonical")
    keys = set(pairs)
    # By the addresses alone: with the customers too, SQLite tries every customer with every address.
    beside = Contact.objects.living().filter(email_canonical__in={address for _, address in keys})
    near = {
        pk for pk, *key in beside.values_list("pk", "customer_id", "email_canonical") if tuple(key) in keys
    }
    ids = set(
        Access.objects.in_state(*FAULTY).of_contacts({*contact_ids, *near}).values_list("pk", flat=True)
    )
    doubled = AccessError.objects.open().filter(
        reason=R.DUPLICATE_CONTACT, access__contact__customer__in=changed.values("customer")
    )
    return ids | set(doubled.values_list("access_id", flat=True))


@dataclass(slots=True)
class _Found:
    open: list[AccessError]
    standing: dict[int, dict[ErrorReason, Mapping[str, Any]]] = field(default_factory=dict)

    def add(self, access_id: int, reason: ErrorReason, data: Mapping[str, Any]) -> None:
        self.standing[access_id][reason] = data


def _judged(rows: list[Access]) -> _Found:
    able = [row for row in rows if row.state in FAULTY]
    # What was undeliverable when its access was deactivated is so still, until a mail has come through.
    left = Q(reason=R.UNDELIVERABLE, closed_why=ErrorClosedWhy.STATE)
    errors = list(AccessError.objects.filter(Q(closed_at=None) | left, access__in=rows))
    found = _Found([error for error in errors if error.closed_at is None], {row.pk: {} for row in rows})
    of_reason: dict[ErrorReason, dict[int, AccessError]] = {}
    for error in sorted(errors, key=lambda error: (error.closed_at is None, error.pk)):
        of_reason.setdefault(R(error.reason), {})[error.access_id] = error
    namesakes = _namesakes([row.contact for row in able])
    for row in able:
        _judge_contact(row, found, namesakes.get(row.contact_id))
    by_id = {row.pk: row for row in rows}
    _still_reported(of_reason.get(R.REPORTED, {}), by_id, found)
    by_id = {row.pk: row for row in able}
    _still_in_use(of_reason.get(R.EMAIL_IN_USE, {}), by_id, found)
    _still_shared(of_reason.get(R.LOGIN_SHARED, {}), by_id, found)
    _still_undeliverable(of_reason.get(R.UNDELIVERABLE, {}), by_id, found)
    _still_incomplete(of_reason.get(R.STORE_INCOMPLETE, {}), by_id, found)
    return found


def _judge_contact(row: Access, found: _Found, namesake: Contact | None) -> None:
    contact = row.contact
    if contact.merged_into is not None:
        into = contact.merged_into
        found.add(
            row.pk, R.CONTACT_GONE, {"what": "merged", "name": into.name, "contact": str(into.public_id)}
        )
    elif contact.archived_at is not None:
        found.add(row.pk, R.CONTACT_GONE, {"what": "archived"})
    elif contact.customer_id != row.customer_id:
        found.add(row.pk, R.CONTACT_GONE, {"what": "moved", "name": contact.customer.name})
    if not contact.email_canonical:
        typed = contact.email.strip()
        found.add(row.pk, R.BAD_EMAIL if typed else R.NO_EMAIL, {"email": typed} if typed else {})
    elif namesake is not None:
        data = {"name": namesake.name, "contact": str(namesake.public_id)}
        found.add(row.pk, R.DUPLICATE_CONTACT, data)


def _still_reported(errors: Mapping[int, AccessError], rows: Mapping[int, Access], found: _Found) -> None:
    for access_id, error in errors.items():
        login = rows[access_id].login
        if login is not None and login.held_at is not None:
            found.add(access_id, R.REPORTED, error.data)


def _still_in_use(errors: Mapping[int, AccessError], rows: Mapping[int, Access], found: _Found) -> None:
    differing = {
        access_id: rows[access_id].contact.email_canonical
        for access_id in errors.keys() & rows.keys()
        if _differs(rows[access_id])
    }
    if differing:
        taken = Login.objects.buyers().filter(email_canonical__in=set(differing.values()))
        addresses = set(taken.values_list("email_canonical", flat=True))
        for access_id, address in differing.items():
            if address in addresses:
                email = rows[access_id].contact.email
                found.add(access_id, R.EMAIL_IN_USE, {**errors[access_id].data, "email": email})


def _still_shared(errors: Mapping[int, AccessError], rows: Mapping[int, Access], found: _Found) -> None:
    sharing = {key: rows[key] for key in errors.keys() & rows.keys() if _differs(rows[key])}
    if not sharing:
        return
    others = (
        Access.objects.in_state(*FAULTY, State.DEACTIVATED)
        .filter(login_id__in={row.login_id for row in sharing.values()})
        .select_related("contact", "login")
        .order_by("pk")
    )
    staying: dict[int, list[Access]] = {}
    for other in others:
        if other.login_id is not None and not _differs(other):
            staying.setdefault(other.login_id, []).append(other)
    for access_id, row in sharing.items():
        stays = next(
            (one for one in staying.get(row.login_id or 0, ()) if one.contact_id != row.contact_id), None
        )
        if stays is not None:
            data = {"name": stays.contact.name, "contact": str(stays.contact.public_id)}
            found.add(access_id, R.LOGIN_SHARED, {**errors[access_id].data, **data})


def _differs(row: Access) -> bool:
    """Whether the CRM names another right address than the one that signs in."""
    address = row.contact.email_canonical
    return bool(address) and row.login is not None and row.login.email_canonical != address


def _still_undeliverable(
    errors: Mapping[int, AccessError], rows: Mapping[int, Access], found: _Found
) -> None:
    """It belongs to the address: another one in the CRM ends it, and so does a mail taken since."""
    standing = {
        access_id: error
        for access_id, error in errors.items()
        if access_id in rows and error.data.get("address") == rows[access_id].contact.email_canonical
    }
    if not standing:
        return
    spelled = {str(error.data.get("to", "")) for error in standing.values()}
    taken = MailMessage.objects.filter(to_email__in=spelled, state=MailMessage.State.SENT)
    sent = dict(taken.values_list("to_email").annotate(newest=Max("pk")).order_by())
    for access_id, error in standing.items():
        if sent.get(str(error.data.get("to", "")), 0) <= int(error.data.get("mail", 0)):
            found.add(access_id, R.UNDELIVERABLE, error.data)


def _still_incomplete(errors: Mapping[int, AccessError], rows: Mapping[int, Access], found: _Found) -> None:
    """It stands while the store lacks something, and while no later mail of the access could be made."""
    standing = {access_id: error for access_id, error in errors.items() if access_id in rows}
    if not standing:
        return
    own = MailMessage.objects.filter(access_id__in=standing.keys())
    newest = own.values("access_id").annotate(newest=Max("pk")).values("newest")
    unmade = MailMessage.objects.filter(pk__in=newest, state=MailMessage.State.FAILED, error_code=UNBUILDABLE)
    failing = set(unmade.values_list("access_id", flat=True))
    for access_id, error in standing.items():
        missing = rows[access_id].store.missing_for_inviting()
        if missing or access_id in failing:
            found.add(access_id, R.STORE_INCOMPLETE, {**error.data, "missing": missing})


def _namesakes(contacts: Collection[Contact]) -> Mapping[int, Contact]:
    """For each living contact that shares its email with another of its customer: that other."""
    keys = {(one.customer_id, one.email_canonical) for one in contacts if one.email_canonical}
    if not keys:
        return {}
    groups: dict[tuple[int, str], list[Contact]] = {}
    sharing = Contact.objects.living().filter(email_canonical__in={address for _, address in keys})
    for row in sharing.order_by("pk"):
        groups.setdefault((row.customer_id, row.email_canonical), []).append(row)
    return {
        row.pk: next(other for other in group if other.pk != row.pk)
        for key, group in groups.items()
        if key in keys and len(group) > 1
        for row in group
    }
