"""What a merge lets one choose: the fields in which the rows differ, and whose value stands if nobody chooses.

The first of the rows is the survivor. A field stands as the survivor has it, and is filled from the others, in
their order, where the survivor says nothing.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tradedoor.core.errors import Invalid
from tradedoor.crm.fields import label_of
from tradedoor.crm.models import Address, Contact, Customer

Row = TypeVar("Row", Contact, Customer)
Texts = tuple[str, ...]
OWN = "own:"

CONTACT_TEXTS: Texts = (
    "title", "first_name", "last_name", "job_title", "email", "phone", "mobile", "language", "notes",
)  # fmt: skip
CUSTOMER_TEXTS: Texts = (
    "name", "phone", "email", "website", "language", "payment_terms", "tax_id", "currency", "notes",
)  # fmt: skip
CONSENTS: Texts = ("subscribed", "receive_mail_out")
LABELS: Mapping[str, str | Promise] = {
    "title": gettext_lazy("Salutation"),
    "email": gettext_lazy("Email"),
    "tax_id": gettext_lazy("Tax ID"),
}


@dataclass(frozen=True, slots=True)
class Field:
    """One field and what each row that says anything says of it; `default` is the key of the row that wins."""

    name: str
    label: str
    said: Mapping[int, str]
    default: int

    @property
    def differs(self) -> bool:
        """Whether there is a choice: two rows say different things."""
        return len(set(self.said.values())) > 1


@dataclass(frozen=True, slots=True)
class Merge(Generic[Row]):
    """Rows about to become one, the survivor first, with the fields that any of them says something of."""

    rows: Sequence[Row]
    fields: Sequence[Field]

    @property
    def survivor(self) -> Row:
        return self.rows[0]

    @property
    def others(self) -> Sequence[Row]:
        return self.rows[1:]

    @property
    def choices(self) -> list[Field]:
        return [field for field in self.fields if field.differs]

    @property
    def filled(self) -> list[Field]:
        """Fields that the survivor takes from another row, because it says nothing itself."""
        return [field for field in self.fields if not field.differs and field.default != self.survivor.pk]

    def winners(self, chosen: Mapping[str, int]) -> dict[str, Row]:
        """The row whose value stands, by field. Raises `Invalid` for a choice that was not offered."""
        known = {field.name: field for field in self.fields}
        if any(name not in known or key not in known[name].said for name, key in chosen.items()):
            raise Invalid(_("Choose one of the values shown."), code="no_such_choice")
        by_key = {row.pk: row for row in self.rows}
        return {name: by_key[chosen.get(name, field.default)] for name, field in known.items()}


def merge_of_contacts(rows: Sequence[Contact]) -> Merge[Contact]:
    """The rows come with their address and department."""
    near = [row for row in rows if row.customer_id == rows[0].customer_id]
    fields = [
        *(_field(name, _label(Contact, name), rows, _text(name)) for name in CONTACT_TEXTS),
        _field("department", _label(Contact, "department"), near, lambda row: row.department.name),
        _field("address", _("Address"), rows, _own_address(rows[0].customer_id)),
        *(_field(name, _label(Contact, name), rows, _yes_or_no(name)) for name in CONSENTS),
        *_own_fields(rows),
    ]
    return Merge(rows, [field for field in fields if field])


def billing_of(customers: Collection[Customer]) -> dict[int, Address]:
    """The billing address of each of them that has one, by the customer's key."""
    rows = Address.objects.filter(customer__in=customers, kind=Address.Kind.BILLING).order_by("pk")
    return {row.customer_id: row for row in rows}


def merge_of_customers(rows: Sequence[Customer], billing: Mapping[int, Address]) -> Merge[Customer]:
    """The rows come with their price tier and account manager; `billing` holds their addresses by their keys."""
    fields = [
        *(_field(name, _label(Customer, name), rows, _text(name)) for name in CUSTOMER_TEXTS),
        _field("price_tier", _label(Customer, "price_tier"), rows, lambda row: str(row.price_tier or "")),
        _field(
            "account_manager",
            _label(Customer, "account_manager"),
            rows,
            lambda row: str(row.account_manager or ""),
        ),
        _field("billing", _("Billing address"), rows, lambda row: str(billing.get(row.pk, ""))),
        *_own_fields(rows),
    ]
    return Merge(rows, [field for field in fields if field])


def contact_columns(merge: Merge[Contact], winners: Mapping[str, Contact]) -> dict[str, Any]:
    """The columns of the survivor as they will be."""
    columns: dict[str, Any] = {}
    for name, row in winners.items():
        if name in CONTACT_TEXTS:
            columns[name] = getattr(row, name)
        elif name in {"department", "address"}:
            columns[f"{name}_id"] = getattr(row, f"{name}_id")
    if "email" in winners:
        columns["email_canonical"] = winners["email"].email_canonical
    for name in CONSENTS:
        row = winners[name]
        columns[name] = getattr(row, name)
        if columns[name] and not getattr(merge.survivor, name):
            # The consent is the one that was given then, and not a new one.
            columns |= {"consent_at": row.consent_at, "consent_source": row.consent_source}
    return columns | {"own_fields": _own_values(winners)}


def customer_columns(winners: Mapping[str, Customer]) -> dict[str, Any]:
    """The columns of the survivor as they will be, but for the billing address."""
    columns = {name: getattr(row, name) for name, row in winners.items() if name in CUSTOMER_TEXTS}
    columns |= {
        f"{name}_id": getattr(winners[name], f"{name}_id")
        for name in ("price_tier", "account_manager")
        if name in winners
    }
    return columns | {"own_fields": _own_values(winners)}


def _field(name: str, label: str, rows: Iterable[Row], read: Callable[[Row], str]) -> Field | None:
    said = {row.pk: text for row in rows if (text := read(row))}
    return Field(name, label, said, next(iter(said))) if said else None


def _own_fields(rows: Sequence[Row]) -> list[Field | None]:
    names = dict.fromkeys(name for row in rows for name in row.own_fields)
    return [_field(f"{OWN}{name}", name, rows, _own_text(name)) for name in names]


def _own_values(winners: Mapping[str, Row]) -> dict[str, str]:
    return {
        name.removeprefix(OWN): row.own_fields[name.removeprefix(OWN)]
        for name, row in winners.items()
        if name.startswith(OWN)
    }


def _own_address(customer_id: int) -> Callable[[Contact], str]:
    """The address of a contact's own. One of a customer's is left there when the contact belongs elsewhere."""
    return lambda row: (
        str(row.address)
        if row.address and (row.address.kind == Address.Kind.CONTACT or row.customer_id == customer_id)
        else ""
    )


def _text(name: str) -> Callable[[Contact | Customer], str]:
    return lambda row: str(getattr(row, name))


def _own_text(name: str) -> Callable[[Contact | Customer], str]:
    return lambda row: str(row.own_fields.get(name, ""))


def _yes_or_no(name: str) -> Callable[[Contact], str]:
    return lambda row: _("Yes") if getattr(row, name) else _("No")


def _label(model: type[models.Model], name: str) -> str:
    label = str(LABELS.get(name) or label_of(model, name))
    return label[:1].upper() + label[1:]
