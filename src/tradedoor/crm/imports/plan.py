"""What a batch of rows means for the CRM, decided and not yet written.

The dry run and the import make the very same plan; only the import writes it. Rows of the batch that speak
of one customer share one `Owner`, whether it is in the CRM or about to be.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from tradedoor.crm.fields import ADDRESS_FIELDS
from tradedoor.crm.imports.drafts import Draft
from tradedoor.crm.imports.outcomes import RowOutcome, Status
from tradedoor.crm.keys import name_key
from tradedoor.crm.models import Address, Contact, Customer, Department


class RowRefused(Exception):  # noqa: N818 - a refusal of one row, caught where the batch is planned
    """The row cannot be taken; the text says why."""


class RowSkipped(Exception):  # noqa: N818 - the same
    """The row is not to be taken, as was asked for; the text says what."""


@dataclass(slots=True, eq=False)
class Owner:
    """The customer that rows belong to. `pk` is None until it is written.

    `row` is what the CRM holds of it, there only where rows may speak for it.
    """

    name: str
    code: str
    pk: int | None = None
    row: Customer | None = None
    is_archived: bool = False
    is_merging: bool = False
    values: dict[str, Any] = field(default_factory=dict)
    """Columns to write: all of a new customer, of a present one those that change."""
    created_by: int | None = None
    changed_by: int | None = None
    departments: dict[str, "Unit"] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    addresses: dict[str, dict[str, str]] = field(default_factory=dict)
    people: dict[tuple[str, str], list["Person"]] = field(default_factory=dict)

    @property
    def is_new(self) -> bool:
        return self.created_by is not None

    @property
    def main(self) -> "Unit":
        return next(unit for unit in self.departments.values() if unit.is_main)


@dataclass(slots=True, eq=False)
class Unit:
    """A department; `pk` is None until it is written."""

    owner: Owner
    name: str
    is_main: bool = False
    pk: int | None = None


@dataclass(slots=True, eq=False)
class Person:
    """A contact that a row makes or changes. `values` are the columns to write, `changes` old and new."""

    owner: Owner
    number: int
    row: Contact | None = None
    pk: int | None = None
    values: dict[str, Any] = field(default_factory=dict)
    department: Unit | None = None
    address: dict[str, str] = field(default_factory=dict)
    public_id: UUID | None = None
    """The ID that the file gives to a new contact, so that the same file finds it again."""
    archived: bool = False
    merged_into: Contact | None = None

    @property
    def leaves(self) -> bool:
        return self.archived or self.merged_into is not None

    @property
    def moves(self) -> bool:
        """Whether the row gives a present contact to another customer."""
        return self.row is not None and self.row.customer_id != self.owner.pk

    @property
    def changes_email(self) -> bool:
        return self.row is not None and "email" in self.values


@dataclass(slots=True)
class Verdict:
    """What was decided on one row."""

    draft: Draft
    status: Status | None = None
    reasons: list[str] = field(default_factory=list)
    owner: Owner | None = None
    person: Person | None = None
    contact: Contact | None = None

    def end(self, ending: "RowRefused | RowSkipped") -> None:
        """Note that the row changes nothing, and why; of a refused one nothing else is worth saying."""
        if isinstance(ending, RowRefused):
            self.status, self.reasons = Status.REFUSED, [str(ending)]
        else:
            self.status = Status.SKIPPED
            self.reasons.append(str(ending))

    @property
    def is_open(self) -> bool:
        return self.status is None


@dataclass(slots=True)
class Plan:
    """Everything a batch writes, and what it answers for each row."""

    verdicts: list[Verdict]
    new_customers: list[Owner] = field(default_factory=list)
    changed_customers: list[Owner] = field(default_factory=list)
    new_departments: list[Unit] = field(default_factory=list)
    new_people: list[Person] = field(default_factory=list)
    changed_people: list[Person] = field(default_factory=list)

    def outcomes(self) -> list[RowOutcome]:
        return [self._outcome(verdict) for verdict in self.verdicts]

    def _outcome(self, verdict: Verdict) -> RowOutcome:
        owner, person, number = verdict.owner, verdict.person, verdict.draft.number
        changed = owner is not None and owner.changed_by == number
        status_before = (
            owner.row.status if owner and owner.row and changed and "status" in owner.values else ""
        )
        contact = verdict.contact
        return RowOutcome(
            number,
            verdict.status or Status.UNCHANGED,
            " ".join(verdict.reasons),
            customer_id=owner.pk if owner else None,
            contact_id=person.pk if person else contact.pk if contact else None,
            status_before=status_before,
            customer_renamed=changed and owner is not None and not {"name", "code"}.isdisjoint(owner.values),
            contact_changed=person is not None and person.row is not None,
            email_changed=person is not None and person.changes_email,
        )


def new_owner(draft: Draft) -> Owner:
    """A customer that this row makes."""
    values = {
        name: value
        for name, value in draft.customer.items()
        if name not in {"billing", "delivery", "tags", "price_tier", "account_manager"}
    }
    owner = Owner(values["name"], values.get("code", ""), values=values, created_by=draft.number)
    owner.departments[name_key(Department.MAIN)] = Unit(owner, Department.MAIN, is_main=True)
    return owner


def codes_of(owners: Iterable[Owner]) -> str:
    return ", ".join(sorted(owner.code for owner in owners))


def is_same_address(present: Address | None, given: Mapping[str, Any]) -> bool:
    """Whether nothing differs. An address is taken as a whole: a line that the file leaves empty is empty."""
    lines = [name for name in ADDRESS_FIELDS if name != "label"]
    return present is not None and all(getattr(present, name) == given.get(name, "") for name in lines)


def duplicate_of(first: int) -> str:
    return _("This is the same as row %(row)d.") % {"row": first}
