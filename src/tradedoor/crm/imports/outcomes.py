"""What an import is told to do, and what became of each row."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Status(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    REFUSED = "refused"


STATUS_LABELS: Mapping[Status, Promise] = {
    Status.CREATED: _("Created"),
    Status.UPDATED: _("Updated"),
    Status.UNCHANGED: _("Unchanged"),
    Status.SKIPPED: _("Skipped"),
    Status.REFUSED: _("Refused"),
}


@dataclass(frozen=True, kw_only=True)
class ImportOptions:
    """What happens to rows that are new, and to those that are there; all of it said, nothing guessed.

    `create_customers` lets a file of contacts make the companies it names and the CRM does not have.
    """

    create: bool = True
    update: bool = True
    create_customers: bool = False

    def as_json(self) -> dict[str, bool]:
        return {"create": self.create, "update": self.update, "create_customers": self.create_customers}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "ImportOptions":
        defaults = cls().as_json()
        return cls(**{name: bool(kept.get(name, default)) for name, default in defaults.items()})


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """What became of a row, or in a dry run would. The keys are those of what is in the CRM now.

    `status_before` is set where the row gave the customer another status, `contact_changed` where it changed
    a contact that was there, `email_changed` where that was its email: what those who keep copies of the CRM's word must follow.
    """

    number: int
    status: Status
    reason: str = ""
    customer_id: int | None = None
    contact_id: int | None = None
    status_before: str = ""
    customer_renamed: bool = False
    contact_changed: bool = False
    email_changed: bool = False


@dataclass
class Report:
    """Counts over many outcomes."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(map(str, Status), 0))
    warned: int = 0

    def add(self, outcomes: Iterable[RowOutcome]) -> None:
        for outcome in outcomes:
            self.counts[str(outcome.status)] += 1
            self.warned += bool(outcome.reason) and outcome.status not in {Status.REFUSED, Status.SKIPPED}

    @property
    def rows(self) -> int:
        return sum(self.counts.values())
