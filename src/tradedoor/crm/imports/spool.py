"""The uploaded file, and beside it its rows in a form in which reading can begin anywhere.

A workbook can only be read from its start, and a step of an import begins where the last one ended. So the
file is read once and its rows are written down one a line; a place among them is a number of bytes.
"""

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tradedoor.core.sheets.keeping import Shelf, gone, private
from tradedoor.core.sheets.table import Sheet
from tradedoor.crm.models import ImportFile

SHELF = Shelf("imports")


class SpooledRow(NamedTuple):
    """A row as it stands in the file, and what was wrong with reading it."""

    number: int
    cells: list[str]
    problem: str | None
    note: str | None


def spool_path_of(file: ImportFile) -> Path:
    return SHELF.path(file.public_id, ending=".rows")


def opened(file: ImportFile) -> Sheet:
    """The table in the uploaded file, read as a person said. Raises `Invalid`, `Conflict` (`file_gone`)."""
    return SHELF.open(file.public_id, name=file.name, encoding=file.encoding, sheet=file.sheet)


class SpoolWriter:
    """Writes rows down; what it wrote counts only once it was `finish`ed."""

    def __init__(self, file: ImportFile) -> None:
        self._target = spool_path_of(file)
        self._draft = self._target.with_suffix(f".{os.getpid()}.part")
        self._out = private(self._draft)
        self._encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

    def write(self, number: int, cells: Sequence[str], problem: str | None, note: str | None) -> None:
        line = self._encode([number, cells, problem, note])
        # A lone surrogate, which some workbooks hold, is no text and cannot be stored anywhere.
        self._out.write(line.encode("utf-8", "replace") + b"\n")

    def finish(self) -> None:
        self._out.close()
        self._draft.replace(self._target)

    def close(self) -> None:
        self._out.close()
        self._draft.unlink(missing_ok=True)


def read_rows(
    file: ImportFile, *, offset: int, most: int, before: int | None = None
) -> tuple[list[SpooledRow], int | None]:
    """At most `most` rows from a place on, none from `before` on, and the place after them; None where they
    were the last. Raises `Conflict` (`file_gone`).
    """
    path = spool_path_of(file)
    if not path.exists():
        raise gone()
    rows: list[SpooledRow] = []
    with path.open("rb") as lines:
        lines.seek(offset)
        place = offset
        while len(rows) < most and place != before and (line := lines.readline()):
            rows.append(SpooledRow(*json.loads(line)))
            place += len(line)
        return rows, place if lines.read(1) else None


def all_rows(file: ImportFile) -> Iterator[SpooledRow]:
    """Every row, never all in memory."""
    with spool_path_of(file).open("rb") as lines:
        for line in lines:
            yield SpooledRow(*json.loads(line))
