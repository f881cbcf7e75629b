"""Checking and applying rows of an import: the same plan, written or not."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.imports.columns import Kind, columns_of
from tradedoor.crm.imports.directory import Directory
from tradedoor.crm.imports.drafts import Draft, Reader
from tradedoor.crm.imports.index import Repeats
from tradedoor.crm.imports.outcomes import ImportOptions, RowOutcome
from tradedoor.crm.imports.planning import Terms, plan_rows
from tradedoor.crm.imports.spool import SpooledRow, read_rows
from tradedoor.crm.imports.writing import write_plan
from tradedoor.crm.models import ImportFile

BATCH = 2000


@dataclass
class Import:
    """A file with everything that was said about it, ready for its rows. Made once for many batches."""

    source: str
    terms: Terms
    reader: Reader
    pending: Directory
    known: Mapping[int, Draft] = field(default_factory=dict)

    @classmethod
    def of(cls, file: ImportFile, *, known: Mapping[int, Draft] | None = None) -> "Import":
        options = ImportOptions.from_json(file.options)
        terms = Terms(file.kind, options, Repeats.from_json(file.repeated))
        reader = Reader(columns_of(file.kind, file.mapping))
        return cls(str(file.public_id), terms, reader, _directory(terms, locking=False), known or {})

    def drafts(self, rows: Iterable[SpooledRow]) -> list[Draft]:
        read, known = self.reader.read, self.known
        return [
            known.get(row.number) or read(row.number, row.cells, problem=row.problem, note=row.note)
            for row in rows
        ]


def check_rows(made: Import, rows: Sequence[SpooledRow], *, actor: Actor) -> list[RowOutcome]:
    """What `apply_rows` would answer; nothing is written. Rows come in the order of the file, each once."""
    require(actor, Permission.CRM_IMPORT)
    return plan_rows(made.drafts(rows), terms=made.terms, directory=made.pending).outcomes()


@transaction.atomic
def apply_rows(made: Import, rows: Sequence[SpooledRow], *, actor: Actor) -> list[RowOutcome]:
    """The CRM holds what the rows say, with history and search documents; an answer for every row.

    Customers and contacts that the rows touch are locked until the end of the transaction. What follows for
    accesses is the caller's to do, in the same transaction. Raises `NotAllowed`.
    """
    require(actor, Permission.CRM_IMPORT)
    plan = plan_rows(made.drafts(rows), terms=made.terms, directory=_directory(made.terms, locking=True))
    write_plan(plan, source=made.source, actor=actor)
    return plan.outcomes()


def check_file(file: ImportFile, *, actor: Actor, offset: int = 0) -> Iterator[list[RowOutcome]]:
    """The dry run of a whole file that was indexed, batch by batch. Raises `NotAllowed`."""
    require(actor, Permission.CRM_IMPORT)
    made = Import.of(file)
    place: int | None = offset
    while place is not None:
        rows, place = read_rows(file, offset=place, most=BATCH)
        yield check_rows(made, rows, actor=actor)


def _directory(terms: Terms, *, locking: bool) -> Directory:
    return Directory(
        locking=locking,
        whole_customers=terms.kind == Kind.CUSTOMERS or terms.options.create_customers,
        is_claimed=terms.repeats.is_claimed if terms.repeats.claimed else None,
    )
