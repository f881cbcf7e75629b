"""CSV, in the many ways in which programs write it."""

import csv
import io
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from django.utils.translation import gettext as _

from tradedoor.core.errors import Invalid
from tradedoor.core.sheets.encodings import detect
from tradedoor.core.sheets.guards import unguard
from tradedoor.core.sheets.table import Limits, Notes, Row, Sheet

_DELIMITERS = ",;\t|"
_SAMPLE_CHARS = 256_000
_SAMPLE_RECORDS = 200


class DelimitedSheet(Sheet):
    def __init__(self, path: Path, *, name: str, limits: Limits, encoding: str | None = None) -> None:
        super().__init__(path, name=name, limits=limits)
        found = detect(path, name=name, wanted=encoding)
        self.notes = Notes(
            kind="csv",
            encoding=found.name,
            needs_encoding_confirmation=found.guessed,
            bom=found.bom > 0,
        )
        if csv.field_size_limit() < limits.cell_chars:
            csv.field_size_limit(limits.cell_chars)
        sample, hint = self._sample(found.bom)
        self.notes.delimiter = hint or sniff_delimiter(sample)
        self._body = (1 + bool(hint), found.bom + len(sample[0].encode(found.name)) if hint else found.bom)
        for row in self._records(*self._body):
            if row.problem is not None:
                raise Invalid(row.problem, code="broken_header", field="file", data={"line": row.number})
            self._take_header(row.cells)
            self._body = (row.next_number, row.next_offset)
            return
        raise Invalid(_("%(name)s is empty.") % {"name": name}, code="empty", field="file")

    def _sample(self, offset: int) -> tuple[list[str], str]:
        """The first lines, and the delimiter if the first of them names it as Excel does (`sep=;`)."""
        lines: list[str] = []
        room = _SAMPLE_CHARS
        with self._open(offset) as text:
            while room > 0 and (line := text.readline(room)):
                lines.append(line)
                room -= len(line)
        first = lines[0].strip("\r\n") if lines else ""
        named = first[4:] if first[:4].lower() == "sep=" else ""
        return lines, named if len(named) == 1 and named in _DELIMITERS else ""

    def _open(self, offset: int) -> io.TextIOWrapper:
        raw = self.path.open("rb")
        raw.seek(offset)
        return io.TextIOWrapper(raw, encoding=self.notes.encoding, errors="strict", newline="")

    def rows(self, *, start: int = 0, start_offset: int | None = None) -> Iterator[Row]:
        first, offset = self._body if start_offset is None else (start, start_offset)
        seen = 0
        for row in self._records(first, offset):
            if row.number < start:
                continue
            seen += 1
            self._require_row_room(seen)
            problem = row.problem
            if len(row.cells) != len(self.header):
                problem = problem or self._fit(row.cells)
            if row.next_offset - row.offset > self.limits.cell_chars:
                problem = problem or self._cut_long_cells(row.cells)
            yield row if problem is None else self._troubled(row, problem)

    def _troubled(self, row: Row, problem: str) -> Row:
        missing = len(self.header) - len(row.cells)
        return row._replace(cells=[*row.cells, *[""] * missing], problem=problem)

    def _tally(self) -> int:
        seen = 0
        for _row in self._records(*self._body):
            seen += 1
            self._require_row_room(seen)
        return seen

    def _records(self, number: int, offset: int) -> Iterator[Row]:
        """Every record that holds something, with the place where it begins and the one after it."""
        feed = _Feed(limits=self.limits, encoding=self.notes.encoding, offset=offset)
        base, at, begins = number, offset, number
        with self._open(offset) as text:
            reader = csv.reader(feed.lines(text), delimiter=self.notes.delimiter, strict=True)
            while True:
                problem = None
                try:
                    cells = next(reader)
                except StopIteration:
                    if feed.overran:
                        raise self._unclosed(begins) from None
                    return
                except csv.Error as error:
                    problem = self._explain(error, line=begins)
                    cells = []
                except UnicodeDecodeError as error:
                    raise self._changed(begins) from error
                if feed.overran:
                    raise self._unclosed(begins)
                number, end = base + reader.line_num, feed.offset
                feed.fed = 0
                if problem is not None or any(map(str.strip, cells)):
                    plain = [unguard(cell) if cell[:1] == "'" else cell for cell in cells]
                    yield Row(begins, plain, problem, None, at, number, end)
                begins, at = number, end

    def _explain(self, error: csv.Error, *, line: int) -> str:
        """What is wrong with a record; raises where all that follows would be misread as well."""
        if "expected after" in str(error):
            return _("The quotes in this row do not match: after a closing one a delimiter must follow.")
        raise self._unclosed(line) from error

    def _unclosed(self, line: int) -> Invalid:
        return Invalid(
            _(
                "%(name)s, line %(line)d: a quoted cell begins here that is not closed, or the row is too long."
            )
            % {"name": self.name, "line": line},
            code="unclosed_quote",
            field="file",
            data={"line": line},
        )

    def _changed(self, line: int) -> Invalid:
        return Invalid(
            _("%(name)s, line %(line)d: the file changed while it was read.")
            % {"name": self.name, "line": line},
            code="unreadable_text",
            field="file",
            data={"line": line},
        )


class _Feed:
    """Hands lines to the CSV reader and keeps count of the bytes, so that a row's place in the file is known."""

    def __init__(self, *, limits: Limits, encoding: str, offset: int) -> None:
        self.offset = offset
        self.fed = 0
        self._most = limits.row_chars
        self._size = _size_in(encoding)

    @property
    def overran(self) -> bool:
        return self.fed > self._most

    def lines(self, text: io.TextIOWrapper) -> Iterator[str]:
        """The lines, ending early when one record took more than a row may: a quote nobody closed, most likely."""
        size = self._size
        for line in iter(partial(text.readline, self._most + 1), ""):
            self.offset += size(line)
            self.fed += len(line)
            if self.overran:
                return
            yield line


def _size_in(encoding: str) -> Callable[[str], int]:
    if encoding == "utf-8":
        return lambda line: len(line) if line.isascii() else len(line.encode())
    if encoding.startswith("utf-16"):
        return lambda line: len(line.encode(encoding))
    return len


def sniff_delimiter(lines: list[str]) -> str:
    """The delimiter that splits the most records just as it splits the header; a comma where none does.

    Each candidate reads the sample as CSV, so that delimiters inside quotes do not count.
    """
    return max(_DELIMITERS, key=lambda delimiter: _fitness(lines, delimiter))


def _fitness(lines: list[str], delimiter: str) -> float:
    widths: list[int] = []
    try:
        for cells in csv.reader(lines, delimiter=delimiter):
            if any(map(str.strip, cells)):
                widths.append(len(cells))
            if len(widths) > _SAMPLE_RECORDS:
                break
    except csv.Error:
        return 0.0
    if not widths or widths[0] == 1:
        return 0.0
    agreeing = sum(width == widths[0] for width in widths) / len(widths)
    return agreeing * agreeing * (widths[0] - 1)
