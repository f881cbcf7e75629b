"""A merge as its page shows it: what is chosen from, what was chosen, and the versions that were looked at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tradedoor.crm.merging import Field, Merge
from tradedoor.crm.models import Contact, Customer
from tradedoor.web.requests import ActorRequest

WITH = "with"
CHOOSE = "choose-"
VERSION = "version-"
MOST = 20


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a field, and whose it is."""

    value: str
    text: str
    whose: str
    is_checked: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """A field in which the rows differ."""

    name: str
    label: str
    options: list[Option]


def chosen_of(request: ActorRequest, merge: Merge[Any]) -> dict[str, int]:
    """What the form says, by field, as keys of rows; what it does not know is passed over."""
    keys = {str(row.public_id): row.pk for row in merge.rows}
    asked = {field.name: request.POST.get(f"{CHOOSE}{field.name}", "") for field in merge.choices}
    known = {field.name: field for field in merge.choices}
    return {
        name: keys[value]
        for name, value in asked.items()
        if value in keys and keys[value] in known[name].said
    }


def seen_of(request: ActorRequest, merge: Merge[Any]) -> dict[int, int]:
    """The versions that the page was made of."""
    given = {row.pk: request.POST.get(f"{VERSION}{row.public_id}", "") for row in merge.rows}
    return {key: int(text[:9]) for key, text in given.items() if text.isascii() and text.isdigit()}


def choices_of(merge: Merge[Any], chosen: Mapping[str, int]) -> list[Choice]:
    return [_choice(field, merge.rows, chosen.get(field.name, field.default)) for field in merge.choices]


def filled_of(merge: Merge[Any]) -> list[tuple[str, str, str]]:
    """Label, value, and from whom: what the survivor takes because it says nothing itself."""
    names = {row.pk: row.name for row in merge.rows}
    return [(field.label, field.said[field.default], names[field.default]) for field in merge.filled]


def asked_for(request: ActorRequest) -> list[str]:
    """The rows that are to be merged, as the address or the form names them."""
    given = request.POST if request.method == "POST" else request.GET
    return given.getlist(WITH)[:MOST]


def in_order(rows: Sequence[Contact | Customer], survivor: UUID) -> list[Any]:
    """The rows without the survivor."""
    return [row for row in rows if row.public_id != survivor]


def _choice(field: Field, rows: Sequence[Any], winner: int) -> Choice:
    said: dict[str, list[Any]] = {}
    for row in rows:
        if row.pk in field.said:
            said.setdefault(field.said[row.pk], []).append(row)
    options = [
        Option(
            str(of[0].public_id),
            text,
            ", ".join(row.name for row in of),
            is_checked=any(row.pk == winner for row in of),
        )
        for text, of in said.items()
    ]
    return Choice(f"{CHOOSE}{field.name}", field.label, options)
