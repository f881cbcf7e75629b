"""Opens a table from a file that somebody sent, trusting neither its name nor what is in it."""

import stat
from pathlib import Path

from django.utils.translation import gettext as _

from tradedoor.core.errors import Invalid
from tradedoor.core.sheets.delimited import DelimitedSheet
from tradedoor.core.sheets.table import DEFAULT, Limits, Sheet
from tradedoor.core.sheets.workbook import WorkbookSheet

_HEAD = 4096
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Files that people take for a table: PDF, pictures, packed files, web pages saved under a table's name.
_NO_TABLE = (
    b"%PDF-",
    b"{\\rtf",
    b"\x89PNG",
    b"GIF8",
    b"\xff\xd8\xff",
    b"\x1f\x8b",
    b"<!doctype",
    b"<html",
    b"<?xml",
)


def open_sheet(
    path: Path, *, name: str, limits: Limits = DEFAULT, encoding: str | None = None, sheet: str | None = None
) -> Sheet:
    """The table in the file, its header read and nothing else kept in memory.

    What the file is follows from its first bytes. `name` is what a person calls the file and is used in sentences
    only. `encoding` overrides what is detected in a CSV, `sheet` picks one of a workbook (else the first). The size
    is asked before a byte is read. Raises `Invalid`.
    """
    size = _require_size(path, name=name, limits=limits)
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if head.startswith(_ZIP):
        return WorkbookSheet(path, name=name, limits=limits, sheet=sheet)
    if head.startswith(_OLE):
        _refuse_ole(path, name=name)
    if not head.strip():
        raise _empty(name) if size <= _HEAD else _no_table(name)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(tuple(magic.lower() for magic in _NO_TABLE)):
        raise _no_table(name)
    return DelimitedSheet(path, name=name, limits=limits, encoding=encoding)


def _require_size(path: Path, *, name: str, limits: Limits) -> int:
    try:
        status = path.stat()
    except OSError as error:
        raise Invalid(
            _("There is no file %(name)s.") % {"name": name}, code="no_file", field="file"
        ) from error
    if not stat.S_ISREG(status.st_mode):
        raise Invalid(_("%(name)s is not a file.") % {"name": name}, code="no_file", field="file")
    if status.st_size > limits.file_bytes:
        raise Invalid(
            _("%(name)s is larger than %(limit)d MB. Split it into several files.")
            % {"name": name, "limit": limits.file_bytes // 1_000_000},
            code="file_too_large",
            field="file",
        )
    if status.st_size == 0:
        raise _empty(name)
    return status.st_size


def _refuse_ole(path: Path, *, name: str) -> None:
    """Old Excel files and encrypted new ones share a container; its directory names the encrypted part."""
    with path.open("rb") as file:
        encrypted = "EncryptedPackage".encode("utf-16-le") in file.read(1_000_000)
    if encrypted:
        raise Invalid(
            _("%(name)s is protected by a password. Save it without one.") % {"name": name},
            code="encrypted",
            field="file",
        )
    raise Invalid(
        _("%(name)s is in the old Excel format. Save it as .xlsx or CSV.") % {"name": name},
        code="old_excel",
        field="file",
    )


def _empty(name: str) -> Invalid:
    return Invalid(_("%(name)s is empty.") % {"name": name}, code="empty", field="file")


def _no_table(name: str) -> Invalid:
    return Invalid(
        _("%(name)s is neither a CSV nor an XLSX file.") % {"name": name}, code="not_a_table", field="file"
    )
