"""What a form, a command or an import may set on a customer, a department and a contact, and in which shape."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, cast

from django.db import models
from django.utils.translation import gettext_lazy as _

from tradedoor.core.errors import Invalid
from tradedoor.crm.keys import as_typed, many_lines, one_line
from tradedoor.crm.models import Address, Contact, Customer, Department

ADDRESS_FIELDS = ("label", "line1", "line2", "postcode", "city", "region", "country")
CUSTOMER_TEXTS = (
    "code", "name", "phone", "email", "website", "language", "payment_terms", "tax_id", "currency", "notes",
)  # fmt: skip
CONTACT_TEXTS = (
    "title", "first_name", "last_name", "job_title", "email", "phone", "mobile", "language", "notes",
)  # fmt: skip
LONG_TEXTS = frozenset({"notes"})


class AddressData(TypedDict, total=False):
    label: str
    line1: str
    line2: str
    postcode: str
    city: str
    region: str
    country: str


class CustomerData(TypedDict, total=False):
    """What is absent stays as it is. `billing` and `deliveries` replace; the first delivery is the default."""

    code: str
    name: str
    status: str
    phone: str
    email: str
    website: str
    language: str
    price_tier_id: int | None
    payment_terms: str
    tax_id: str
    currency: str
    account_manager_id: int | None
    notes: str
    own_fields: Mapping[str, str]
    tags: Sequence[str]
    billing: AddressData | None
    deliveries: Sequence[AddressData]


class DepartmentData(TypedDict, total=False):
    name: str
    delivery_address_id: int | None
    invoice_address_id: int | None
    default_contact_id: int | None
    approver_id: int | None


class ContactData(TypedDict, total=False):
    """What is absent stays as it is. The department is one of the contact's own customer."""

    department_id: int
    title: str
    first_name: str
    last_name: str
    job_title: str
    email: str
    phone: str
    mobile: str
    language: str
    subscribed: bool
    receive_mail_out: bool
    notes: str
    own_fields: Mapping[str, str]
    address: AddressData | None


def longest(model: type[models.Model], name: str) -> int | None:
    """How many characters a column takes; None where it takes any number."""
    column = model._meta.get_field(name)  # noqa: SLF001 - Django's documented door to a model's fields
    found: int | None = getattr(column, "max_length", None)
    return found


def label_of(model: type[models.Model], name: str) -> str:
    return str(getattr(model._meta.get_field(name), "verbose_name", name))  # noqa: SLF001 - as above


def tidy(text: str, *, name: str) -> str:
    if name == "email":
        return as_typed(text)
    return many_lines(text) if name in LONG_TEXTS else one_line(text)


def tidied(model: type[models.Model], name: str, text: str) -> str:
    """The text as it is stored. Raises `Invalid` (`too_long`, field `name`) where it does not fit."""
    text = tidy(text, name=name)
    limit = longest(model, name)
    if limit is not None and len(text) > limit:
        raise Invalid(
            _("%(label)s can have at most %(limit)d characters.")
            % {"label": label_of(model, name), "limit": limit},
            code="too_long",
            field=name,
        )
    return text


def customer_values(data: CustomerData) -> dict[str, Any]:
    """The columns of a customer that `data` sets, tidied. Raises `Invalid` naming the field."""
    given = cast("Mapping[str, Any]", data)
    values: dict[str, Any] = {
        name: tidied(Customer, name, given[name]) for name in CUSTOMER_TEXTS if given.get(name) is not None
    }
    if "currency" in values:
        values["currency"] = values["currency"].upper()
    if "name" in values and not values["name"]:
        raise Invalid(_("Enter a name."), code="required", field="name")
    if "status" in data:
        values["status"] = status_value(data["status"])
    for name in ("price_tier_id", "account_manager_id"):
        if name in data:
            values[name] = given[name]
    if "own_fields" in data:
        values["own_fields"] = own_values(data["own_fields"])
    return values


def contact_values(data: ContactData) -> dict[str, Any]:
    """The columns of a contact that `data` sets, tidied. Raises `Invalid` naming the field."""
    given = cast("Mapping[str, Any]", data)
    values: dict[str, Any] = {
        name: tidied(Contact, name, given[name]) for name in CONTACT_TEXTS if given.get(name) is not None
    }
    for name in ("subscribed", "receive_mail_out"):
        if name in data:
            values[name] = bool(given[name])
    if "department_id" in data:
        values["department_id"] = data["department_id"]
    if "own_fields" in data:
        values["own_fields"] = own_values(data["own_fields"])
    return values


def department_name(name: str) -> str:
    tidy_name = tidied(Department, "name", name)
    if not tidy_name:
        raise Invalid(_("Enter a name."), code="required", field="name")
    return tidy_name


def status_value(status: str) -> str:
    if status not in Customer.Status.values:
        raise Invalid(_("Choose a status."), code="no_such_status", field="status")
    return str(status)


def own_values(given: Mapping[str, str]) -> dict[str, str]:
    """Own fields with a name and a value; one without a value is no longer held."""
    tidy_pairs = ((one_line(name)[:60], one_line(str(value))[:500]) for name, value in given.items())
    return {name: value for name, value in tidy_pairs if name and value}


def address_values(data: AddressData) -> dict[str, str]:
    """All columns of an address, empty where nothing was given; an empty dict where nothing at all was."""
    given = cast("Mapping[str, Any]", data)
    values = {name: tidied(Address, name, given.get(name) or "") for name in ADDRESS_FIELDS}
    return values if any(values.values()) else {}


def tag_labels(given: Sequence[str]) -> list[str]:
    """The labels, each once however it is capitalised, in the order given."""
    labels: dict[str, str] = {}
    for label in given:
        if tidy_label := one_line(label)[:60]:
            labels.setdefault(tidy_label.casefold(), tidy_label)
    return list(labels.values())
