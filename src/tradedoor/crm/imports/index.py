"""The first reading of a file: its rows are spooled, and those that repeat an earlier row are found.

What one row of a file says of another must be known before the first is written, and be the same in the dry
run and after a worker was killed half-way. So it is found once, in memory, and kept with the file.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from uuid import UUID

from tradedoor.core.sheets.table import Row
from tradedoor.crm.imports.columns import Kind, columns_of
from tradedoor.crm.imports.drafts import Draft, Key, Reader, person_key
from tradedoor.crm.imports.spool import SpoolWriter, opened
from tradedoor.crm.keys import name_key
from tradedoor.crm.models import ImportFile

MOST_KNOWN = 20_000
DIGITS = 16


@dataclass(slots=True)
class Repeats:
    """Which rows come back to a customer or a person of an earlier row.

    `customers` and `contacts` lead from a row to the first of its key. `other` are those rows that give a
    person's email to another name: a shared mailbox. `shared` are all rows of such a mailbox, for which the
    email alone says nothing.

    Where rows name contacts by their ID, `ids` lead from a row to the first of the same ID, `claimed` are all such
    contacts, whom no other row may mean by their email, and `chained` rows merge into a contact that leaves too.
    """

    customers: dict[int, int] = field(default_factory=dict)
    contacts: dict[int, int] = field(default_factory=dict)
    other: set[int] = field(default_factory=set)
    shared: set[int] = field(default_factory=set)
    ids: dict[int, int] = field(default_factory=dict)
    claimed: set[int] = field(default_factory=set)
    chained: set[int] = field(default_factory=set)

    def as_json(self) -> dict[str, Any]:
        return {
            "customers": {str(row): first for row, first in self.customers.items()},
            "contacts": {str(row): first for row, first in self.contacts.items()},
            "other": sorted(self.other),
            "shared": sorted(self.shared),
            "ids": {str(row): first for row, first in self.ids.items()},
            # A string, since there may be as many as rows.
            "claimed": "".join(f"{key:0{DIGITS}x}" for key in sorted(self.claimed)),
            "chained": sorted(self.chained),
        }

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "Repeats":
        return cls(
            {int(row): first for row, first in kept.get("customers", {}).items()},
            {int(row): first for row, first in kept.get("contacts", {}).items()},
            set(kept.get("other", ())),
            set(kept.get("shared", ())),
            {int(row): first for row, first in kept.get("ids", {}).items()},
            set(_numbers(kept.get("claimed", ""))),
            set(kept.get("chained", ())),
        )

    def claim(self, contact: UUID) -> None:
        self.claimed.add(contact.int >> 64)

    def is_claimed(self, contact: UUID) -> bool:
        """Whether some row names this contact by its ID."""
        return contact.int >> 64 in self.claimed


class Index:
    """Reads the file piece by piece. Its memory is about a hundred bytes a row."""

    def __init__(self, file: ImportFile) -> None:
        self.file = file
        self.repeats = Repeats()
        self.count = 0
        self.known: dict[int, Draft] = {}
        """The drafts of a small file, so that they need not be made again."""
        self._rows: Iterator[Row] = opened(file).rows()
        self._reader = Reader(columns_of(file.kind, file.mapping))
        self._spool = SpoolWriter(file)
        self._customers: dict[int, int] = {}
        self._codes_by_name: dict[int, int] = {}
        # Of each person's key: the first row, and of each of its names: the first row.
        self._contacts: dict[int, int] = {}
        self._people: dict[int, int] = {}
        self._ids: dict[UUID, int] = {}
        self._leaving: set[UUID] = set()
        self._merging: dict[int, UUID] = {}

    def read(self, most: int) -> bool:
        """Read on, at most so many rows; say whether there are more. At the end the spool stands."""
        pieces = list(islice(self._rows, most))
        for row in pieces:
            self._spool.write(row.number, row.cells, row.problem, row.note)
            draft = self._reader.read(row.number, row.cells, problem=row.problem, note=row.note)
            if not draft.problem:
                self._note(draft)
            if self.count <= MOST_KNOWN:
                self.known[row.number] = draft
        self.count += len(pieces)
        if len(pieces) == most:
            return True
        self._spool.finish()
        self.repeats.chained = {row for row, into in self._merging.items() if into in self._leaving}
        if self.count > MOST_KNOWN:
            self.known.clear()
        return False

    def close(self) -> None:
        """Throw away what was spooled so far, if it was not finished."""
        self._spool.close()

    def _note(self, draft: Draft) -> None:
        owner = self._owner(draft)
        # A file of contacts names a customer again and again; that says nothing.
        if draft.customer_key is not None and (self.file.kind == Kind.CUSTOMERS or draft.contact is None):
            first = self._customers.setdefault(hash(owner), draft.number)
            if first != draft.number:
                self.repeats.customers[draft.number] = first
        if draft.contact_id is not None and not self._is_first_of_its_id(draft, draft.contact_id):
            return
        if draft.contact is None or draft.contact_key is None:
            return
        key = (owner, draft.contact_key)
        first = self._contacts.setdefault(hash(key), draft.number)
        if first == draft.number:
            self._people[hash((key, _name_of(draft)))] = first
            return
        named_first = self._people.setdefault(hash((key, _name_of(draft))), draft.number)
        if named_first == draft.number:
            self.repeats.other.add(draft.number)
            self.repeats.shared |= {first, draft.number}
        self.repeats.contacts[draft.number] = first if named_first == draft.number else named_first

    def _is_first_of_its_id(self, draft: Draft, contact: UUID) -> bool:
        self.repeats.claim(contact)
        first = self._ids.setdefault(contact, draft.number)
        if first != draft.number:
            self.repeats.ids[draft.number] = first
            return False
        if draft.merged_into is not None:
            self._merging[draft.number] = draft.merged_into
        if draft.archived or draft.merged_into is not None:
            self._leaving.add(contact)
        return True

    def _owner(self, draft: Draft) -> Key | None:
        """The key of the customer, that of its code where an earlier row gave this name to one."""
        if draft.customer_key is None or draft.customer_key[0] == "name":
            code = self._codes_by_name.get(hash(draft.customer_key))
            return draft.customer_key if code is None else ("hash", str(code))
        coded = hash(draft.customer_key)
        if name := draft.customer.get("name"):
            self._codes_by_name.setdefault(hash(("name", name_key(name))), coded)
        return ("hash", str(coded))


def _numbers(digits: str) -> Iterator[int]:
    for start in range(0, len(digits), DIGITS):
        yield int(digits[start : start + DIGITS], 16)


def _name_of(draft: Draft) -> str:
    contact = draft.contact or {}
    return person_key(contact.get("first_name", ""), contact.get("last_name", ""))
