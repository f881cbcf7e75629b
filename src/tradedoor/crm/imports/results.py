"""What became of an import, row by row: the file as it was, with a status and a reason beside each row."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from django.utils.translation import gettext as _

from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.imports.outcomes import STATUS_LABELS, Status
from tradedoor.crm.imports.spool import all_rows
from tradedoor.crm.models import ImportFile
from tradedoor.jobs.models import Work, WorkLine
from tradedoor.jobs.work import result_lines


class ResultTable(NamedTuple):
    """A header and its rows, for `core.sheets.writing`."""

    header: list[str]
    rows: Iterator[list[str]]


def result_table(file: ImportFile, work: Work, *, actor: Actor) -> ResultTable:
    """The table of the uploaded file with row number, status and reason in front. Raises `NotAllowed`.

    Rows the work did not come to say so, so that of a stopped import it is plain which rows are in.
    """
    require(actor, Permission.CRM_IMPORT)
    return ResultTable([_("Row"), _("Status"), _("Reason"), *file.header], _rows(file, work))


def _rows(file: ImportFile, work: Work) -> Iterator[list[str]]:
    lines = result_lines(work)
    line = next(lines, None)
    labels: Mapping[str, str] = {status.value: str(STATUS_LABELS[status]) for status in Status}
    for row in all_rows(file):
        said: WorkLine | None = None
        if line is not None and line.number == row.number:
            said, line = line, next(lines, None)
        status = labels.get(said.status, said.status) if said else _("Not done")
        # A row may be wider than its header; what is over is shown, so that nothing of it is lost.
        cells = [*row.cells, *[""] * (len(file.header) - len(row.cells))]
        yield [str(row.number), status, said.reason if said else "", *_fitted(cells, len(file.header))]


def _fitted(cells: list[str], width: int) -> list[str]:
    if len(cells) <= width:
        return cells
    return [*cells[: width - 1], " | ".join(cells[width - 1 :])]
