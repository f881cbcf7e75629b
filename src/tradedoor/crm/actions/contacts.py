"""Creating and changing one contact."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tradedoor.audit.record import record
from tradedoor.core.actor import Actor
from tradedoor.core.addresses import canonical
from tradedoor.core.errors import Invalid
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.actions.addresses import set_contact_address
from tradedoor.crm.documents import contact_document
from tradedoor.crm.errors import (
    BeingMerged,
    ChangedMeanwhile,
    CustomerArchived,
    EmailElsewhere,
    EmailTakenInCustomer,
    IsArchived,
    NoSuchDepartment,
    OtherCustomer,
)
from tradedoor.crm.events import Event
from tradedoor.crm.fields import ContactData, contact_values
from tradedoor.crm.history import Changes, changes_of, in_data, in_person, last_editor
from tradedoor.crm.models import Contact, Customer, Department

IN_DOCUMENT = frozenset({"first_name", "last_name", "email"})
CONSENTS = ("subscribed", "receive_mail_out")
NAMES_TOLD = 5


@transaction.atomic
def create_contact(
    customer: Customer, data: ContactData, *, actor: Actor, confirmed: bool = False
) -> Contact:
    """A new contact of the customer, in Main where no department is named.

    Raises `NotAllowed`, `Invalid` (among them `bad_email` and `email_taken_in_customer`), and `Conflict`:
    `customer_archived`, or `email_elsewhere` unless `confirmed`.
    """
    require(actor, Permission.CRM_EDIT)
    values = contact_values(data)
    _require_name(values)
    owner = lock_customer(customer)
    values["email_canonical"] = checked_email(
        values.get("email", ""), customer=owner, beside=None, confirmed=confirmed
    )
    values["department_id"] = _department_id(owner, values.get("department_id"))
    contact = Contact(customer=owner, **values, **_consent(None, values, actor=actor))
    contact.address = set_contact_address(owner, None, data.get("address"))
    _set_document(contact)
    contact.save(force_insert=True)
    record(
        Event.CONTACT_CREATED,
        actor=actor,
        customer_id=owner.pk,
        contact_id=contact.pk,
        personal={"name": contact.name, "email": contact.email},
    )
    return contact


@transaction.atomic
def update_contact(
    contact: Contact, data: ContactData, *, version: int, actor: Actor, confirmed: bool = False
) -> Contact:
    """The contact as `data` says; what is absent there stays.

    An email is judged only where it changes, so that a contact whose email the CRM took as it was can
    still be edited. `version` is what the editor saw. Raises as `create_contact`, and `Conflict` with
    `changed_meanwhile` or `archived`. Nothing happens where nothing differs.
    """
    require(actor, Permission.CRM_EDIT)
    values = contact_values(data)
    owner = lock_customer(contact.customer)
    locked = Contact.objects.select_for_update(of=("self",)).select_related("address").get(pk=contact.pk)
    if locked.version != version:
        raise ChangedMeanwhile(by=last_editor(customer_id=locked.customer_id, contact_id=locked.pk))
    if locked.archived_at is not None:
        raise IsArchived
    if locked.customer_id != owner.pk:
        raise ChangedMeanwhile(by="")
    if "email" in values and values["email"] != locked.email:
        values["email_canonical"] = checked_email(
            values["email"], customer=owner, beside=locked, confirmed=confirmed
        )
    if "department_id" in values:
        values["department_id"] = _department_id(owner, values["department_id"])
    _require_name({name: getattr(locked, name) for name in IN_DOCUMENT} | values)
    changes = changes_of(locked, {**values, **_consent(locked, values, actor=actor)})
    if "address" in data:
        changes |= _address_change(locked, owner, data)
    if changes:
        locked.customer = owner
        _write_changes(locked, changes)
        _record_changes(locked, changes, actor=actor)
    return locked


def lock_customer(customer: Customer) -> Customer:
    """The customer, locked: two who give one email to two of its contacts at once meet here.

    Raises `CustomerArchived` and `BeingMerged`.
    """
    locked = Customer.objects.select_for_update().get(pk=customer.pk)
    if locked.archived_at is not None:
        raise CustomerArchived
    if locked.merging_into is not None:
        raise BeingMerged(name=locked.name, into=locked.merging_into.name)
    return locked


def checked_email(typed: str, *, customer: Customer, beside: Contact | None, confirmed: bool) -> str:
    """The canonical form of an email that a form may give to a contact of the (locked) customer.

    Raises `Invalid` (`bad_email`, `email_taken_in_customer`), and `Conflict` (`email_elsewhere`) unless
    `confirmed`.
    """
    if not typed:
        return ""
    asked = canonical(typed)
    others = Contact.objects.living().filter(email_canonical=asked).select_related("customer")
    if beside is not None:
        others = others.exclude(pk=beside.pk)
    colleague = others.filter(customer=customer).first()
    if colleague is not None:
        raise EmailTakenInCustomer(contact=colleague.name)
    if not confirmed:
        told = [f"{other.name} ({other.customer.name})" for other in others.order_by("pk")[:NAMES_TOLD]]
        if told:
            raise EmailElsewhere(names=told)
    return asked


def _require_name(values: Mapping[str, Any]) -> None:
    if not any(values.get(name) for name in IN_DOCUMENT):
        raise Invalid(_("Enter a name or an email."), code="required", field="last_name")


def _department_id(customer: Customer, wanted: int | None) -> int:
    living = Department.objects.filter(archived_at__isnull=True)
    if wanted is None:
        return living.get(customer=customer, is_main=True).pk
    department = living.filter(pk=wanted).first()
    if department is None:
        raise NoSuchDepartment(field="department")
    if department.customer_id != customer.pk:
        raise OtherCustomer(field="department")
    return department.pk


def _consent(contact: Contact | None, values: Mapping[str, Any], *, actor: Actor) -> dict[str, Any]:
    """When and by whom mailings were switched on; nothing where none is. Switching off stands in the audit."""
    given = any(values.get(name) and not (contact and getattr(contact, name)) for name in CONSENTS)
    return {"consent_at": timezone.now(), "consent_source": actor.kind.value} if given else {}


def _address_change(contact: Contact, customer: Customer, data: ContactData) -> dict[str, tuple[Any, Any]]:
    old_id, old = contact.address_id, str(contact.address or "")
    contact.address = set_contact_address(customer, contact.address, data["address"])
    new = str(contact.address or "")
    return {"address": (old, new)} if (old_id, old) != (contact.address_id, new) else {}


def _set_document(contact: Contact) -> None:
    made = contact_document(
        first_name=contact.first_name,
        last_name=contact.last_name,
        email=contact.email,
        customer_name=contact.customer.name,
        customer_code=contact.customer.code,
    )
    contact.sort_name, contact.search_text = made


def _write_changes(contact: Contact, changes: Changes) -> None:
    for name, (_old, new) in changes.items():
        if name != "address":  # set already, and here only as text
            setattr(contact, name, new)
    written = {*changes, "version", "updated_at"}
    if IN_DOCUMENT & changes.keys():
        _set_document(contact)
        written |= {"sort_name", "search_text"}
    contact.version += 1
    contact.save(update_fields=written)


def _record_changes(contact: Contact, changes: Changes, *, actor: Actor) -> None:
    told = {
        name: pair
        for name, pair in changes.items()
        if name not in {"email", "email_canonical", "consent_at", "consent_source"}
    }
    if "email" in changes:
        record(
            Event.CONTACT_EMAIL_CHANGED,
            actor=actor,
            customer_id=contact.customer_id,
            contact_id=contact.pk,
            personal=in_person({"email": changes["email"]}),
        )
    if told:
        record(
            Event.CONTACT_UPDATED,
            actor=actor,
            customer_id=contact.customer_id,
            contact_id=contact.pk,
            data=in_data(told),
            personal=in_person(told),
        )
