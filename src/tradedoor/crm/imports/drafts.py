"""One row of a file, read: what it says of a customer and of a person, and what is wrong with it.

Nothing here asks the database. What a row says is judged as a form would judge it, except that the CRM's
word is taken for an email: a malformed one is kept as typed, with a warning.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Self, TypeAlias
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tradedoor.core.addresses import canonical
from tradedoor.core.errors import Invalid
from tradedoor.crm.fields import LONG_TEXTS, label_of, longest
from tradedoor.crm.imports.columns import Columns
from tradedoor.crm.imports.names import split_name
from tradedoor.crm.keys import code_key, many_lines, name_key, one_line
from tradedoor.crm.models import Address, Contact, Customer, Department

Key: TypeAlias = tuple[str, str]

COMPANY_WORDS = frozenset(
    {"company", "organisation", "organization", "business", "true", "yes", "y", "1", "x"}
)
YES = frozenset(
    {"yes", "y", "true", "t", "x", "on", "1", "ja", "oui", "sí", "si", "subscribed", "marketing contact"}
)
NO = frozenset(
    {"no", "n", "false", "f", "off", "0", "nein", "nee", "non", "unsubscribed", "non-marketing contact", "-"}
)
CONSENTS = ("subscribed", "receive_mail_out")
MOBILE_WORDS = frozenset({"cell", "mobile", "mobiel", "mobil", "handy", "gsm"})
STATUS_WORDS: Final = {
    "lead": "prospect", "potential": "prospect", "new": "prospect", "customer": "active", "true": "active",
    "yes": "active", "1": "active", "enabled": "active", "hold": "on_hold", "blocked": "on_hold", "false": "inactive",
    "no": "inactive", "0": "inactive", "disabled": "inactive", "former": "inactive",
}  # fmt: skip
NAME_PARTS = ("first_name", "middle_name", "last_name", "suffix", "full_name")
COMPANY_ALSO = ("phone", "email", "language", "notes")
KEYS_OF_OURS: Final = {
    "contact_id": (40, gettext_lazy("Contact ID")),
    "merged_into": (40, gettext_lazy("Merged into")),
    "archived": (200, gettext_lazy("Archived")),
}
ADDRESS = "address"
ADDRESSES = ("billing", "delivery", ADDRESS)


@dataclass(slots=True)
class Draft:
    """A row as it was understood. `problem` is why it cannot be taken; with one, nothing else counts."""

    number: int
    customer: dict[str, Any]
    contact: dict[str, Any] | None
    customer_key: Key | None = None
    contact_key: Key | None = None
    contact_id: UUID | None = None
    """The contact that the row is about whatever it says of it: our own key, as an export gives it."""
    archived: bool = False
    merged_into: UUID | None = None
    is_company: bool = False
    problem: str = ""
    warnings: list[str] = field(default_factory=list)

    @property
    def leaves(self) -> bool:
        """Whether the row says that its contact is gone."""
        return self.archived or self.merged_into is not None


class Reader:
    """Turns the cells of a row into a draft, by the columns of one file."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self._customer = [_Column.of(Customer, key, column) for key, column in columns.customer]
        self._contact = [_Column.of(Contact, key, column) for key, column in columns.contact]

    def read(self, number: int, cells: Sequence[str], *, problem: str | None, note: str | None) -> Draft:
        draft = Draft(number, {}, None, problem=problem or "")
        if note:
            draft.warnings.append(note)
        if draft.problem:
            return draft
        try:
            customer = _values(self._customer, cells)
            contact = _values(self._contact, cells)
            self._sort_out(draft, customer, contact, cells)
        except _Unusable as refusal:
            draft.problem = str(refusal)
        return draft

    def _sort_out(
        self, draft: Draft, customer: dict[str, Any], contact: dict[str, Any], cells: Sequence[str]
    ) -> None:
        which = self.columns.is_company
        if which is not None and one_line(cells[which]).lower() in COMPANY_WORDS:
            customer, contact = _as_company(customer, contact), {}
            draft.is_company = True
        draft.customer = _customer(customer, draft.warnings)
        draft.customer_key = _customer_key(customer)
        if contact:
            draft.contact_id = _key_of_ours(contact.pop("contact_id", ""))
            draft.merged_into = _key_of_ours(contact.pop("merged_into", ""))
            draft.archived = _archived(contact.pop("archived", ""), draft.warnings)
            draft.contact = _contact(contact, draft.warnings)
            draft.contact_key = _contact_key(draft.contact)
            if draft.contact_key is None and draft.contact_id is None:
                draft.contact = None


class _Unusable(Exception):  # noqa: N818 - a refusal of one row, caught where the row is read
    """The row cannot be taken."""


class _Column(NamedTuple):
    """Where a field stands in the row, and how much of it can be kept."""

    key: str
    number: int
    limit: int
    label: str | Promise

    @classmethod
    def of(cls, model: type[Customer] | type[Contact], key: str, number: int) -> Self:
        limit, label = _limit(model, key)
        return cls(key, number, sys.maxsize if limit is None else limit, label)


def _values(columns: Sequence[_Column], cells: Sequence[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, number, limit, label in columns:
        if not (cell := cells[number]):
            continue
        # As `one_line`, without a call: this is done for every cell of a file.
        text = many_lines(cell) if key in LONG_TEXTS else " ".join(cell.replace("\0", " ").split())
        if len(text) > limit:
            raise _Unusable(
                _("%(label)s has more than %(limit)d characters.") % {"label": label, "limit": limit}
            )
        if text:
            values[key] = text
    return values


def _limit(model: type[Customer] | type[Contact], key: str) -> tuple[int | None, str | Promise]:
    if key.startswith(("billing_", "delivery_")) or key in {
        "line1",
        "line2",
        "city",
        "region",
        "postcode",
        "country",
    }:
        name = key.rpartition("_")[2]
        return longest(Address, name), label_of(Address, name)
    if key == "department":
        return longest(Department, "name"), label_of(Contact, key)
    if key in KEYS_OF_OURS:
        return KEYS_OF_OURS[key]
    if key in {"status", "price_tier", "account_manager", "tags", "phone_type", *CONSENTS, *NAME_PARTS}:
        return 200, key
    return longest(model, key), label_of(model, key)


def _customer(values: dict[str, Any], warnings: list[str]) -> dict[str, Any]:
    if status := values.get("status"):
        values["status"] = _status(status)
    if currency := values.get("currency"):
        values["currency"] = currency.upper()
    if tags := values.get("tags"):
        values["tags"] = [
            tag[:60]
            for part in tags.replace("|", ";").replace(",", ";").split(";")
            if (tag := one_line(part))
        ]
    if email := values.get("email"):
        _judge_email(email, warnings)
    _gather(values, ("billing", "delivery"))
    return values


def _contact(values: dict[str, Any], warnings: list[str]) -> dict[str, Any]:
    _name(values)
    if values.pop("phone_type", "").lower() in MOBILE_WORDS and "phone" in values and "mobile" not in values:
        values["mobile"] = values.pop("phone")
    for name in CONSENTS:
        if (said := values.pop(name, None)) is None:
            continue
        answer = _answer(said, warnings)
        if answer is not None:
            values[name] = answer
    values["email_canonical"] = _judge_email(values.get("email", ""), warnings)
    _gather(values, ("",))
    return values


def _gather(values: dict[str, Any], prefixes: Sequence[str]) -> None:
    """Put the lines of an address together under one name."""
    for prefix in prefixes:
        start = f"{prefix}_" if prefix else ""
        lines = {
            part: values.pop(start + part)
            for part in ("line1", "line2", "postcode", "city", "region", "country")
            if start + part in values
        }
        if lines:
            values[prefix or ADDRESS] = lines


def _name(values: dict[str, Any]) -> None:
    full = values.pop("full_name", "")
    middle, suffix = values.pop("middle_name", ""), values.pop("suffix", "")
    if full and not (values.get("first_name") or values.get("last_name")):
        title, first, last = split_name(full)
        given = {"first_name": first, "last_name": last, "title": values.get("title") or title}
        values.update({key: text for key, text in given.items() if text})
    if middle:
        values["first_name"] = f"{values.get('first_name', '')} {middle}".strip()
    if suffix:
        values["last_name"] = f"{values.get('last_name', '')} {suffix}".strip()
    for name, limit in (("first_name", 100), ("last_name", 100), ("title", 20)):
        if len(values.get(name, "")) > limit:
            raise _Unusable(
                _("%(label)s has more than %(limit)d characters.")
                % {"label": label_of(Contact, name), "limit": limit}
            )


def _judge_email(email: str, warnings: list[str]) -> str:
    if not email:
        return ""
    try:
        return canonical(email)
    except Invalid as refusal:
        warnings.append(
            _("“%(email)s” is kept as it is and cannot be invited: %(why)s")
            % {
                "email": email.encode("unicode_escape").decode() if not email.isprintable() else email,
                "why": refusal,
            }
        )
        return ""


def _status(said: str) -> str:
    word = said.lower().replace(" ", "_").replace("-", "_")
    labels: dict[str, str] = {str(label).lower(): value for value, label in Customer.Status.choices}
    found = word if word in Customer.Status.values else labels.get(said.lower()) or STATUS_WORDS.get(word)
    if found is None:
        raise _Unusable(_("“%(said)s” is no status.") % {"said": said})
    return found


def _key_of_ours(said: str) -> UUID | None:
    if not said:
        return None
    try:
        return UUID(said)
    except ValueError:
        raise _Unusable(_("“%(said)s” is no contact ID of Tradedoor.") % {"said": said}) from None


def _archived(said: str, warnings: list[str]) -> bool:
    return bool(said and _answer(said, warnings))


def _answer(said: str, warnings: list[str]) -> bool | None:
    answer = _yes_or_no(said)
    if answer is None:
        warnings.append(_("“%(said)s” is neither yes nor no, and was left out.") % {"said": said})
    return answer


def _yes_or_no(said: str) -> bool | None:
    word = said.lower()
    if word in NO:
        return False
    # 2 and more are degrees of yes in the exports that have them.
    if word in YES or (word.isascii() and word.isdigit()):
        return True
    return None


def _as_company(customer: dict[str, Any], contact: dict[str, Any]) -> dict[str, Any]:
    """A row that is itself a company: what its columns say of a person, they say of it."""
    made = dict(customer)
    if name := contact.get("full_name") or contact.get("last_name") or contact.get("first_name"):
        made["name"] = name
    for key in COMPANY_ALSO:
        if key in contact:
            made.setdefault(key, contact[key])
    for key, text in contact.items():
        if key in {"line1", "line2", "postcode", "city", "region", "country"}:
            made.setdefault(f"billing_{key}", text)
    return made


def _customer_key(values: dict[str, Any]) -> Key | None:
    if code := code_key(values.get("code", "")):
        return ("code", code)
    if name := name_key(values.get("name", "")):
        return ("name", name)
    return None


def _contact_key(values: dict[str, Any]) -> Key | None:
    if values["email_canonical"]:
        return ("email", values["email_canonical"])
    if email := values.get("email"):
        return ("typed", email.casefold())
    if name := person_key(values.get("first_name", ""), values.get("last_name", "")):
        return ("name", name)
    return None


def person_key(first_name: str, last_name: str) -> str:
    return name_key(f"{first_name} {last_name}")
