"""What every table read from a file has in common, be it CSV or XLSX."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Literal, NamedTuple

from django.utils.translation import gettext as _

from tradedoor.core.errors import Invalid


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """How large a file may be before it is refused (CSV-02)."""

    file_bytes: int = 200_000_000
    rows: int = 1_000_000
    columns: int = 200
    cell_chars: int = 32_767
    unpacked_bytes: int = 600_000_000
    """What an XLSX may grow to when unpacked."""
    unpacked_ratio: int = 200
    """How much larger than the file that may be; asked only above a few megabytes."""

    @property
    def row_chars(self) -> int:
        return self.columns * self.cell_chars


DEFAULT = Limits()


class Row(NamedTuple):
    """One row. `cells` has a cell for every column of the header, and more only where `problem` says so."""

    number: int
    """Where it begins: the line in a CSV, the row in an XLSX, counted from 1 as an editor does."""
    cells: list[str]
    problem: str | None = None
    """Why the row cannot be trusted, as a sentence."""
    note: str | None = None
    """What was read otherwise than it stands in the file, as a sentence."""
    offset: int = 0
    next_number: int = 0
    """With `next_offset`, where to go on after this row: `sheet.rows(start=…, start_offset=…)`."""
    next_offset: int = 0


@dataclass(kw_only=True, slots=True)
class Notes:
    """How the file was understood, for the preview."""

    kind: Literal["csv", "xlsx"]
    encoding: str = ""
    needs_encoding_confirmation: bool = False
    """The encoding is a guess: a person must look at the preview before anything is applied."""
    bom: bool = False
    delimiter: str = ""
    sheet: str = ""
    sheets: list[str] = field(default_factory=list)


class Sheet(ABC):
    """A table in a file. It can be read any number of times, from the start or from a remembered place."""

    header: list[str]
    notes: Notes

    def __init__(self, path: Path, *, name: str, limits: Limits) -> None:
        self.path = path
        self.name = name
        self.limits = limits
        self._count: int | None = None

    @abstractmethod
    def rows(self, *, start: int = 0, start_offset: int | None = None) -> Iterator[Row]:
        """The rows below the header whose number is at least `start`; blank ones are left out.

        With `start_offset` reading begins at that place, and `start` is the number of the row that stands there:
        give both from an earlier row. Raises `Invalid` where the file breaks off or passes a limit.
        """

    @abstractmethod
    def _tally(self) -> int:
        """How many rows `rows()` would give, found as cheaply as can be."""

    def count(self) -> int:
        """How many rows there are below the header. Reads the file once; raises as `rows` does."""
        if self._count is None:
            self._count = self._tally()
        return self._count

    def preview(self, rows: int = 20) -> list[Row]:
        return list(islice(self.rows(), rows))

    def _take_header(self, cells: Sequence[str]) -> None:
        if len(cells) > self.limits.columns:
            raise Invalid(
                _("%(name)s has %(found)d columns; at most %(limit)d can be read.")
                % {"name": self.name, "found": len(cells), "limit": self.limits.columns},
                code="too_many_columns",
                field="file",
            )
        self.header = name_columns(cells)

    def _require_row_room(self, seen: int) -> None:
        if seen > self.limits.rows:
            raise Invalid(
                _("%(name)s has more than %(limit)d rows. Split it into several files.")
                % {"name": self.name, "limit": self.limits.rows},
                code="too_many_rows",
                field="file",
            )

    def _fit(self, cells: list[str]) -> str | None:
        """Make the cells as many as the columns where that loses nothing, else say what is wrong."""
        width = len(self.header)
        if len(cells) < width:
            problem = _("This row has %(found)d cells, the header has %(width)d.") % {
                "found": len(cells),
                "width": width,
            }
            cells.extend([""] * (width - len(cells)))
            return problem
        if any(map(str.strip, cells[width:])):
            return _("This row has %(found)d cells, the header has %(width)d.") % {
                "found": len(cells),
                "width": width,
            }
        del cells[width:]
        return None

    def _cut_long_cells(self, cells: list[str]) -> str | None:
        limit = self.limits.cell_chars
        for column, cell in enumerate(cells):
            if len(cell) > limit:
                cells[column] = cell[:limit]
                return _("The cell in column %(column)d is longer than %(limit)d characters.") % {
                    "column": column + 1,
                    "limit": limit,
                }
        return None


def name_columns(cells: Sequence[str]) -> list[str]:
    """The header with every column named, and no name twice."""
    names: list[str] = []
    taken = {cell.strip() for cell in cells}
    for number, cell in enumerate(cells, start=1):
        name = cell.strip()
        if not name or name in names:
            name = plain = _("Column %(number)d") % {"number": number}
            again = 1
            while name in taken or name in names:
                again += 1
                name = f"{plain} ({again})"
        names.append(name)
    return names
