"""XLSX, read as a stream.

The parts are parsed by defusedxml event by event, not through openpyxl's reader: that one keeps every row element
of a sheet in memory, fills gaps row by row, and gives up on workbooks with an odd style that no import needs.
"""

import posixpath
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite
from pathlib import Path

from django.utils.translation import gettext as _
from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel

from tradedoor.core.errors import Invalid
from tradedoor.core.sheets.guards import unguard
from tradedoor.core.sheets.markup import Cells, Found, Parts, Styles, Texts, unescape
from tradedoor.core.sheets.package import Package, broken_as_invalid
from tradedoor.core.sheets.table import Limits, Notes, Row, Sheet

_ROOT = "_rels/.rels"
# Dates in the forms of East Asian Excels, which openpyxl's table of built-in formats leaves out.
_EAST_ASIAN_DATES = frozenset({*range(27, 37), *range(50, 59)})
_EXACT_DIGITS = 15


class WorkbookSheet(Sheet):
    def __init__(self, path: Path, *, name: str, limits: Limits, sheet: str | None = None) -> None:
        super().__init__(path, name=name, limits=limits)
        self._package = Package(path, name=name, limits=limits)
        self._workbook = Parts()
        self._shared: list[str] | None = None
        self._folder = self._read_workbook()
        self._part = self._find_part(sheet)
        with broken_as_invalid(name):
            self._dates, self._padded, self._spans = self._read_styles()
        self._body = self._read_header()

    def _read_workbook(self) -> str:
        """Learn of the sheets; the folder in which the parts are is returned."""
        root = Parts()
        if self._package.has(_ROOT):
            self._package.read(_ROOT, root)
        mains = [target for kind, target in root.targets.values() if kind == "officeDocument"]
        folder, main = posixpath.split(posixpath.normpath("/" + (mains[0] if mains else "xl/workbook.xml")))
        for part in (posixpath.join(folder, main), posixpath.join(folder, "_rels", main + ".rels")):
            if not self._package.has(part.lstrip("/")):
                raise self._refusal(_("%(name)s has no table in it."), code="no_sheet")
            self._package.read(part.lstrip("/"), self._workbook)
        return folder

    def _part_of(self, target: str) -> str:
        return posixpath.normpath(posixpath.join(self._folder, target)).lstrip("/")

    def _find_part(self, wanted: str | None) -> str:
        tables: dict[str, str] = {}
        for title, relation in self._workbook.sheets:
            kind, target = self._workbook.targets.get(relation, ("", ""))
            part = self._part_of(target)
            if kind == "worksheet" and self._package.has(part):
                tables.setdefault(title, part)
        chosen = next(iter(tables), None) if wanted is None else wanted
        if chosen is None:
            raise self._refusal(_("%(name)s has no table in it."), code="no_sheet")
        if chosen not in tables:
            raise Invalid(
                _("%(name)s has no sheet “%(sheet)s”. It has: %(sheets)s.")
                % {"name": self.name, "sheet": chosen, "sheets": ", ".join(tables)},
                code="no_sheet",
                field="sheet",
            )
        self.notes = Notes(kind="xlsx", sheet=chosen, sheets=list(tables))
        return tables[chosen]

    def _read_styles(self) -> tuple[frozenset[int], dict[int, int], frozenset[int]]:
        """Which styles make a number a date, a code padded with zeros (to what width), a span of time."""
        found = Styles()
        if part := self._related("styles"):
            self._package.read(part, found)
        dates, spans, padded = set(), set(), {}
        for style, number in enumerate(found.styles):
            code = found.formats.get(number) or BUILTIN_FORMATS.get(number, "General")
            if number in _EAST_ASIAN_DATES or is_date_format(code):
                dates.add(style)
            if is_timedelta_format(code):
                spans.add(style)
            if len(code) > 1 and not code.strip("0"):
                padded[style] = len(code)
        return frozenset(dates), padded, frozenset(spans)

    def _read_header(self) -> int:
        for number, found in self._found_rows():
            with broken_as_invalid(self.name):
                cells, _notes = self._texts(found)
            while cells and not cells[-1].strip():
                cells.pop()
            if cells:
                self._take_header(cells)
                return number + 1
        raise self._refusal(_("%(name)s is empty."), code="empty")

    def rows(self, *, start: int = 0, start_offset: int | None = None) -> Iterator[Row]:  # noqa: ARG002 - a zip has no places to jump to
        first = max(start, self._body)
        seen = 0
        for number, found in self._found_rows():
            if number < first:
                continue
            with broken_as_invalid(self.name):
                cells, notes = self._texts(found)
            if not any(map(str.strip, cells)) and not notes:
                continue
            seen += 1
            self._require_row_room(seen)
            cells.extend([""] * (len(self.header) - len(cells)))
            problem = self._fit(cells) or self._cut_long_cells(cells)
            yield Row(number, cells, problem, " ".join(notes) or None, 0, number + 1, 0)

    def _tally(self) -> int:
        return sum(1 for _row in self.rows())

    def _found_rows(self) -> Iterator[tuple[int, list[Found]]]:
        if self._shared is None:
            self._shared = self._read_shared()
        handler = Cells()
        for _piece in self._package.parse(self._part, handler):
            yield from handler.done
            handler.done.clear()

    def _related(self, wanted: str) -> str:
        """The part of that kind, or nothing where the workbook has none."""
        for kind, target in self._workbook.targets.values():
            if kind == wanted and self._package.has(self._part_of(target)):
                return self._part_of(target)
        return ""

    def _read_shared(self) -> list[str]:
        texts = Texts(most=self.limits.cell_chars + 1)
        if part := self._related("sharedStrings"):
            self._package.read(part, texts)
        return texts.shared

    def _texts(self, found: list[Found]) -> tuple[list[str], list[str]]:
        """The cells of a row as text, and what had to be said about them."""
        cells: list[str] = []
        notes: list[str] = []
        for cell in found:
            text = self._text(cell)
            if cell.formula is not None:
                notes.append(_("Column %(column)d: a formula, taken as text.") % {"column": cell.column})
            elif text is None:
                notes.append(
                    _("Column %(column)d: %(error)s, taken as empty.")
                    % {"column": cell.column, "error": cell.text[:20]}
                )
            if text:
                cells.extend([""] * (cell.column - len(cells)))
                cells[cell.column - 1] = text
        return cells, notes

    def _text(self, cell: Found) -> str | None:
        """What the cell says; None where it holds an error. A formula is never worked out: its text stands for it."""
        if cell.formula is not None:
            return "=" + unescape(cell.formula)
        plain = cell.text.strip()
        match cell.kind:
            case "s":
                return unguard((self._shared or [])[int(plain)])
            case "inlineStr" | "str":
                return unguard(unescape(cell.text))
            case "b":
                return "true" if plain in {"1", "true"} else "false"
            case "e" | "d":
                return plain if cell.kind == "d" else None
        return self._number(plain, cell.style)

    def _number(self, text: str, style: int) -> str | None:
        if not text:
            return ""
        if text.isascii() and text.isdigit() and style not in self._dates:
            return text.zfill(self._padded.get(style, 0))
        value = float(text)
        if not isfinite(value):
            return None
        if style in self._dates:
            return self._date(value, span=style in self._spans)
        # Excel shows fifteen digits; what stands behind them is binary dust.
        plain = Decimal(f"{value:.{_EXACT_DIGITS}g}")
        digits = format(plain, "f")
        if "." in digits:
            digits = digits.rstrip("0").rstrip(".")
        return digits.zfill(self._padded.get(style, 0))

    def _date(self, value: float, *, span: bool) -> str | None:
        epoch = MAC_EPOCH if self._workbook.dates_from_1904 else WINDOWS_EPOCH
        try:
            found = from_excel(value, epoch, timedelta=span)
        except (OverflowError, ValueError):
            return None
        match found:
            case datetime() if found.time() == time():
                return found.date().isoformat()
            case datetime():
                return found.isoformat(sep=" ", timespec="seconds")
            case time() | date():
                return found.isoformat()
            case timedelta():
                return str(found)
        return None

    def _refusal(self, sentence: str, *, code: str) -> Invalid:
        return Invalid(sentence % {"name": self.name}, code=code, field="file")
