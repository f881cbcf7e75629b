"""The check and the import as long work: small steps, each saved with its answer for every row."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar
from uuid import UUID

from tradedoor.core.actor import Actor
from tradedoor.core.errors import Conflict
from tradedoor.crm.errors import NoSuchImport
from tradedoor.crm.imports.batches import BATCH, Import, apply_rows, check_rows
from tradedoor.crm.imports.drafts import Draft
from tradedoor.crm.imports.index import Index
from tradedoor.crm.imports.outcomes import RowOutcome, Status
from tradedoor.crm.imports.spool import SpooledRow, read_rows
from tradedoor.crm.models import ImportFile
from tradedoor.jobs.steps import Line, Step, StepResult

INDEX_FASTER = 5
"""How many more rows can be read in the time in which one is planned and written."""


MOST_PARKED = 8


@dataclass(slots=True)
class Memory:
    """What a piece of work knows beside its cursor. Without it, it reads the file again from the start."""

    index: Index | None = None
    known: dict[int, Draft] = field(default_factory=dict)
    made: Import | None = None
    place: int = 0
    """Up to where the rows are known to `made`."""
    is_whole: bool = True
    """False while something is being added, and for good where that failed."""

    def close(self) -> None:
        if self.index is not None:
            self.index.close()


class ImportSteps:
    """What check and import have in common: the file is indexed first, if it was not.

    Where other work has its turn between two steps, what is known waits in this process, so that a large
    file is not read from its start each time.
    """

    parked: ClassVar[OrderedDict[UUID, Memory]] = OrderedDict()

    def __init__(self) -> None:
        self._work: UUID | None = None
        self._file: ImportFile | None = None
        self._memory = Memory()

    def step(self, run: Step) -> StepResult:
        """Read on in the file, or else do the next rows. The cursor is a place among the spooled rows."""
        if self._file is None:
            self._work, self._file = run.public_id, _file_of(run)
            self._memory = self.parked.pop(run.public_id, Memory())
        file, memory = self._file, self._memory
        memory.is_whole = False
        result = (
            self._read_on(file, memory, most=run.batch * INDEX_FASTER)
            if file.rows is None
            else self._go_on(file, memory, run=run)
        )
        memory.is_whole = True
        return result

    @property
    def work_id(self) -> UUID | None:
        """The work that these steps belong to."""
        return self._work

    def close(self) -> None:
        """Park what is known; throw away what was parked longest."""
        if self._work is None or not self._memory.is_whole:
            self._memory.close()
            return
        self.parked[self._work] = self._memory
        while len(self.parked) > MOST_PARKED:
            self.parked.popitem(last=False)[1].close()

    def rows_done(
        self, made: Import, rows: Sequence[SpooledRow], *, offset: int, actor: Actor
    ) -> list[RowOutcome]:
        raise NotImplementedError

    def _go_on(self, file: ImportFile, memory: Memory, *, run: Step) -> StepResult:
        offset = int(run.cursor or 0)
        if memory.made is None or memory.place != offset:
            # Begun elsewhere, or a step whose transaction did not last.
            memory.made, memory.place = Import.of(file, known=memory.known), 0
        rows, place = read_rows(file, offset=offset, most=min(run.batch, BATCH))
        outcomes = self.rows_done(memory.made, rows, offset=offset, actor=run.actor)
        memory.place = offset if place is None else place
        return StepResult(
            cursor=memory.place,
            done=len(rows),
            counts=_counts(outcomes),
            lines=[_line(outcome) for outcome in outcomes],
            finished=place is None,
            total=file.rows,
        )

    def _read_on(self, file: ImportFile, memory: Memory, *, most: int) -> StepResult:
        memory.index = memory.index or Index(file)
        if memory.index.read(most):
            return StepResult(cursor=0, done=0)
        file.rows, file.repeated = memory.index.count, memory.index.repeats.as_json()
        file.save(update_fields=["rows", "repeated"])
        memory.known, memory.index = memory.index.known, None
        return StepResult(cursor=0, done=0, total=file.rows, finished=file.rows == 0)


class CheckSteps(ImportSteps):
    """The dry run. It remembers which customers earlier rows would have made; a new worker reads them again."""

    def rows_done(
        self, made: Import, rows: Sequence[SpooledRow], *, offset: int, actor: Actor
    ) -> list[RowOutcome]:
        memory = self._memory
        while memory.place < offset and self._file is not None:
            earlier, place = read_rows(self._file, offset=memory.place, most=BATCH, before=offset)
            check_rows(made, earlier, actor=actor)
            memory.place = offset if place is None else place
        return check_rows(made, rows, actor=actor)


class ApplySteps(ImportSteps):
    """The import. Who stands above adds in `applied` what follows for them, in the same transaction."""

    def rows_done(
        self,
        made: Import,
        rows: Sequence[SpooledRow],
        *,
        offset: int,  # noqa: ARG002 - what came before is in the CRM
        actor: Actor,
    ) -> list[RowOutcome]:
        outcomes = apply_rows(made, rows, actor=actor)
        self.applied(outcomes, actor=actor)
        return outcomes

    def applied(self, outcomes: list[RowOutcome], *, actor: Actor) -> None:
        """Called after each batch was written."""


def _file_of(run: Step) -> ImportFile:
    file = ImportFile.objects.filter(public_id=run.args["import"]).first()
    if file is None:
        raise NoSuchImport
    if not file.is_ready:
        raise Conflict(code="not_ready")
    return file


def _counts(outcomes: list[RowOutcome]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for outcome in outcomes:
        counts[outcome.status.value] = counts.get(outcome.status.value, 0) + 1
        if outcome.reason and outcome.status not in {Status.REFUSED, Status.SKIPPED}:
            counts["warned"] = counts.get("warned", 0) + 1
    return counts


def _line(outcome: RowOutcome) -> Line:
    keys = {"customer": outcome.customer_id, "contact": outcome.contact_id}
    data = {name: key for name, key in keys.items() if key is not None}
    return Line(outcome.number, outcome.status.value, outcome.reason, data)
