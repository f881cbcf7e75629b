"""Creating and changing one customer."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from tradedoor.audit.record import record
from tradedoor.core.actor import Actor
from tradedoor.core.addresses import canonical
from tradedoor.core.bulk import insert_many, reserve_ids
from tradedoor.core.errors import Invalid, Refusal
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.actions.addresses import set_billing_address, set_delivery_addresses
from tradedoor.crm.documents import customer_document, refresh_contacts_of
from tradedoor.crm.errors import BeingMerged, ChangedMeanwhile, CodeTaken, IsArchived
from tradedoor.crm.events import Event
from tradedoor.crm.fields import CustomerData, customer_values, tag_labels
from tradedoor.crm.history import changes_of, in_data, in_person, last_editor
from tradedoor.crm.keys import code_key, name_key
from tradedoor.crm.models import Customer, CustomerTag, Department

IN_DOCUMENT = frozenset({"name", "code", "email", "phone"})
CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
IN_CONTACT_DOCUMENT = frozenset({"name", "code"})


@transaction.atomic
def create_customer(data: CustomerData, *, actor: Actor) -> Customer:
    """A new customer with its Main department, addresses and tags.

    Without a code it gets one of ours, made from its number. Raises `NotAllowed`, `Invalid` (among them
    `code_taken`).
    """
    require(actor, Permission.CRM_EDIT)
    values = customer_values(data)
    if not values.get("name"):
        raise Invalid(_("Enter a name."), code="required", field="name")
    (pk,) = reserve_ids(Customer, 1)
    values["code"] = values.get("code") or free_code(pk)
    _require_well_formed(values, beside=None)
    _require_free_code(values["code"], beside=None)
    customer = Customer(pk=pk, code_key=code_key(values["code"]), **values)
    _set_document(customer)
    _save_new(customer)
    Department.objects.create(
        customer=customer, name=Department.MAIN, name_key=name_key(Department.MAIN), is_main=True
    )
    set_billing_address(customer, data.get("billing"))
    set_delivery_addresses(customer, data.get("deliveries", ()))
    _set_tags(customer, data.get("tags", ()))
    record(
        Event.CUSTOMER_CREATED,
        actor=actor,
        customer_id=customer.pk,
        data={"code": customer.code},
        personal={"name": customer.name},
    )
    return customer


def problems_with(data: Mapping[str, Any], *, beside: Customer | None = None, actor: Actor) -> list[Refusal]:
    """All that is wrong with the code, email and currency of a customer, where saving would stop at the first.

    `beside` is the customer as it is, if there is one. Raises `NotAllowed`.
    """
    require(actor, Permission.CRM_EDIT)
    found: list[Refusal] = []
    for name in ("code", "email", "currency"):
        try:
            values = customer_values({name: data[name]}) if data.get(name) else {}  # type: ignore[misc]  # of these
            if name == "code" and values.get("code"):
                _require_free_code(values["code"], beside=beside)
            _require_well_formed(values, beside=beside)
        except Invalid as refusal:
            found.append(refusal)
    return found


@transaction.atomic
def update_customer(customer: Customer, data: CustomerData, *, version: int, actor: Actor) -> Customer:
    """The customer as `data` says; what is absent there stays. Its contacts follow a new name in search.

    `version` is what the editor saw. Raises `NotAllowed`, `Invalid`, and `Conflict` with `changed_meanwhile`,
    `archived` or `being_merged`. Nothing happens where nothing differs.
    """
    require(actor, Permission.CRM_EDIT)
    values = customer_values(data)
    locked = Customer.objects.select_for_update().get(pk=customer.pk)
    if locked.version != version:
        raise ChangedMeanwhile(by=last_editor(customer_id=locked.pk))
    if locked.archived_at is not None:
        raise IsArchived
    if locked.merging_into is not None:
        raise BeingMerged(name=locked.name, into=locked.merging_into.name)
    if "code" in values:
        # An emptied code is no wish to lose it: it is what contacts, imports and orders refer to.
        values["code"] = values["code"] or locked.code
        _require_free_code(values["code"], beside=locked)
    _require_well_formed(values, beside=locked)
    changes = changes_of(locked, values)
    lists = _write_lists(locked, data)
    if changes or lists:
        _write_changes(locked, changes)
        _record_changes(locked, changes, lists, actor=actor)
    return locked


def free_code(number: int) -> str:
    """The code of ours for a customer that has none of its own."""
    return f"C{number:06}"


def _require_free_code(code: str, *, beside: Customer | None) -> None:
    taken = Customer.objects.filter(code_key=code_key(code))
    other = (taken.exclude(pk=beside.pk) if beside else taken).first()
    if other is not None:
        raise CodeTaken(customer=other.name)


def _require_well_formed(values: Mapping[str, Any], *, beside: Customer | None) -> None:
    """Judge what was typed anew; what an import took as it was does not keep anybody from saving the rest."""
    email, currency = values.get("email"), values.get("currency")
    if email and (beside is None or email != beside.email):
        canonical(email)
    if currency and (beside is None or currency != beside.currency) and not CURRENCY.fullmatch(currency):
        raise Invalid(_("A currency has three letters, such as EUR."), code="bad_currency", field="currency")


def _save_new(customer: Customer) -> None:
    try:
        with transaction.atomic():
            customer.save(force_insert=True)
    except IntegrityError:
        # Somebody else took the code between asking and writing.
        _require_free_code(customer.code, beside=None)
        raise


def _set_document(customer: Customer) -> None:
    made = customer_document(
        name=customer.name, code=customer.code, email=customer.email, phone=customer.phone
    )
    customer.sort_name, customer.search_text = made


def _write_changes(customer: Customer, changes: dict[str, tuple[Any, Any]]) -> None:
    for name, (_old, new) in changes.items():
        setattr(customer, name, new)
    written = {*changes, "version", "updated_at"}
    if "code" in changes:
        customer.code_key = code_key(customer.code)
        written.add("code_key")
    if IN_DOCUMENT & changes.keys():
        _set_document(customer)
        written |= {"sort_name", "search_text"}
    customer.version += 1
    customer.save(update_fields=written)
    if IN_CONTACT_DOCUMENT & changes.keys():
        refresh_contacts_of([customer.pk])


def _write_lists(customer: Customer, data: CustomerData) -> list[str]:
    """Write what stands in other tables; return the names of what changed."""
    changed = []
    if "billing" in data and set_billing_address(customer, data["billing"]):
        changed.append("billing")
    if "deliveries" in data and set_delivery_addresses(customer, data["deliveries"]):
        changed.append("deliveries")
    if "tags" in data and _set_tags(customer, data["tags"]):
        changed.append("tags")
    return changed


def _set_tags(customer: Customer, given: Sequence[str]) -> bool:
    wanted = set(tag_labels(given))
    present = set(CustomerTag.objects.filter(customer=customer).values_list("label", flat=True))
    CustomerTag.objects.filter(customer=customer, label__in=present - wanted).delete()
    insert_many(
        CustomerTag, ["customer", "label"], [(customer.pk, label) for label in sorted(wanted - present)]
    )
    return wanted != present


def _record_changes(
    customer: Customer, changes: dict[str, tuple[Any, Any]], lists: Sequence[str], *, actor: Actor
) -> None:
    others = {name: pair for name, pair in changes.items() if name != "status"}
    if "status" in changes:
        old, new = changes["status"]
        record(
            Event.CUSTOMER_STATUS_CHANGED, actor=actor, customer_id=customer.pk, data={"old": old, "new": new}
        )
    if others or lists:
        record(
            Event.CUSTOMER_UPDATED,
            actor=actor,
            customer_id=customer.pk,
            data={"fields": sorted([*in_data(others)["fields"], *lists])},
            personal=in_person(others),
        )
