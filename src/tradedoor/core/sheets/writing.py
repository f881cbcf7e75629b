"""Writes tables that spreadsheets open without running anything in them (security.md, CSV-01).

What is written here comes back unchanged through `reading`: the apostrophes are taken off again. Two things cannot
come back: rows in which nothing stands, and NUL characters, which are left out.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import BinaryIO

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from tradedoor.core.errors import Invalid
from tradedoor.core.sheets.guards import guard

_ROWS_PER_CHUNK = 500
_XLSX_ROWS = 1_048_576
_XLSX_CHARS = 32_767
_XLSX_DIGITS = 15
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
# What XML cannot hold, and the carriage return, which XML would turn into a line feed.
_NOT_IN_XML = re.compile("[\x01-\x08\x0b-\x1f\ufffe\uffff]")


def csv_chunks(
    header: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    numeric: Collection[str] = (),
    bom: bool = True,
) -> Iterator[bytes]:
    """The table as CSV (RFC 4180, every cell quoted, UTF-8), some hundred rows at a time.

    `numeric` names the columns in which a plain negative number keeps its sign unguarded. The mark at the start
    (`bom`) is what makes Excel read UTF-8.
    """
    columns = [name in numeric for name in header]
    lines = [_line(header, [False] * len(header))]
    yield b"\xef\xbb\xbf" if bom else b""
    for row in rows:
        lines.append(_line(row, columns))
        if len(lines) >= _ROWS_PER_CHUNK:
            yield _encoded(lines)
            lines.clear()
    if lines:
        yield _encoded(lines)


def write_csv(
    out: BinaryIO,
    header: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    numeric: Collection[str] = (),
    bom: bool = True,
) -> None:
    out.writelines(csv_chunks(header, rows, numeric=numeric, bom=bom))


def write_xlsx(
    out: BinaryIO, header: Sequence[str], rows: Iterable[Sequence[object]], *, numeric: Collection[str] = ()
) -> None:
    """The table as a workbook of one sheet. Numbers become numbers; text stays text, also where it looks like one.

    Raises `Invalid` where the table does not fit: more rows, or longer cells, than Excel takes.
    """
    columns = [name in numeric for name in header]
    book = Workbook(write_only=True)
    sheet: WriteOnlyWorksheet = book.create_sheet()
    sheet.freeze_panes = "A2"
    sheet.append([_xlsx_cell(sheet, name, numeric=False) for name in header])
    try:
        for number, row in enumerate(rows, start=2):
            _require_row_room(number)
            sheet.append(
                [_xlsx_cell(sheet, cell, numeric=plain) for cell, plain in zip(row, columns, strict=True)]
            )
    except BaseException:
        # Else the file in which openpyxl gathers the rows stays until the process ends.
        sheet.close()
        sheet._writer.cleanup()  # type: ignore[attr-defined]  # noqa: SLF001 - openpyxl offers no other way
        raise
    book.save(out)


def _require_row_room(number: int) -> None:
    if number > _XLSX_ROWS:
        raise Invalid(_("Excel takes no more than 1,048,576 rows. Choose CSV."), code="too_many_rows")


def as_text(value: object) -> str:
    """The value as an import would want it: no thousands separators, ISO dates, nothing for None."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Decimal():
            return format(value, "f")
        case datetime():
            return value.isoformat(sep=" ", timespec="seconds")
        case date() | time():
            return value.isoformat()
    return str(value)


def _line(row: Sequence[object], columns: Sequence[bool]) -> str:
    return ",".join(_quoted(cell, numeric=plain) for cell, plain in zip(row, columns, strict=True)) + "\r\n"


def _quoted(cell: object, *, numeric: bool) -> str:
    text = _guarded(cell, numeric=numeric)
    return '"' + text.replace('"', '""') + '"'


def _guarded(cell: object, *, numeric: bool) -> str:
    return guard(as_text(cell), numeric=numeric or isinstance(cell, (int, float, Decimal))).replace("\0", "")


def _is_exact_number(cell: object) -> bool:
    """Excel keeps fifteen digits of a number; a longer one is written as text, so that none is lost."""
    match cell:
        case bool():
            return False
        case int() | Decimal() | float():
            digits = as_text(cell)
            return len(digits) <= _XLSX_DIGITS and _NUMBER.fullmatch(digits) is not None
    return False


def _encoded(lines: list[str]) -> bytes:
    return "".join(lines).encode("utf-8", "replace")


def _xlsx_cell(sheet: WriteOnlyWorksheet, cell: object, *, numeric: bool) -> object:
    if cell is None or _is_exact_number(cell):
        return cell
    text = _LOOKS_ESCAPED.sub("_x005F_", _guarded(cell, numeric=numeric))
    text = _NOT_IN_XML.sub(lambda match: f"_x{ord(match[0]):04X}_", text).encode("utf-8", "replace").decode()
    if len(text) > _XLSX_CHARS:
        raise Invalid(_("A cell is longer than Excel takes. Choose CSV."), code="cell_too_long")
    written = WriteOnlyCell(sheet, value=text)
    # openpyxl reads formulas and errors into text that looks like one.
    written.data_type = "s"
    return written
