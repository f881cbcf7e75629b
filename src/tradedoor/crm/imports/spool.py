"""The uploaded file, and beside it its rows in a form in which reading can begin anywhere.

A workbook can only be read from its start, and a step of an import begins where the last one ended. So the
file is read once and its rows are written down one a line; a place among them is a number of bytes.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _

from tradedoor.core.errors import Conflict, Invalid
from tradedoor.core.sheets.reading import open_sheet
from tradedoor.core.sheets.table import Limits, Sheet
from tradedoor.crm.models import ImportFile

CHUNK = 1 << 20


class SpooledRow(NamedTuple):
    """A row as it stands in the file, and what was wrong with reading it."""

    number: int
    cells: list[str]
    problem: str | None
    note: str | None


class Stored(NamedTuple):
    size: int
    sha256: str


def limits() -> Limits:
    return Limits(
        file_bytes=settings.TRADEDOOR_IMPORT_MAX_MEGABYTES * 1_000_000,
        rows=settings.TRADEDOOR_IMPORT_MAX_ROWS,
    )


def path_of(file: ImportFile) -> Path:
    return _folder() / str(file.public_id)


def spool_path_of(file: ImportFile) -> Path:
    return _folder() / f"{file.public_id}.rows"


def store(file: ImportFile, content: BinaryIO, *, name: str) -> Stored:
    """Copy what was uploaded into the data folder, readable for us alone.

    Raises `Invalid` (`file_too_large`) as soon as it passes the limit, and keeps nothing then.
    """
    most = limits().file_bytes
    digest, size = hashlib.sha256(), 0
    target = path_of(file)
    with _private(target) as out:
        while chunk := content.read(CHUNK):
            size += len(chunk)
            if size > most:
                break
            digest.update(chunk)
            out.write(chunk)
    if size > most:
        target.unlink()
        raise Invalid(
            _("%(name)s is larger than %(limit)d MB. Split it into several files.")
            % {"name": name, "limit": most // 1_000_000},
            code="file_too_large",
            field="file",
        )
    return Stored(size, digest.hexdigest())


def remove(file: ImportFile) -> None:
    """Delete what the data folder holds of the file."""
    path_of(file).unlink(missing_ok=True)
    spool_path_of(file).unlink(missing_ok=True)


def opened(file: ImportFile) -> Sheet:
    """The table in the uploaded file, read as a person said. Raises `Invalid`, `Conflict` (`file_gone`)."""
    path = path_of(file)
    if not path.exists():
        raise Conflict(_("The uploaded file is no longer there. Upload it again."), code="file_gone")
    return open_sheet(
        path, name=file.name, limits=limits(), encoding=file.encoding or None, sheet=file.sheet or None
    )


class SpoolWriter:
    """Writes rows down; what it wrote counts only once it was `finish`ed."""

    def __init__(self, file: ImportFile) -> None:
        self._target = spool_path_of(file)
        self._draft = self._target.with_suffix(f".{os.getpid()}.part")
        self._out = _private(self._draft)
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
        raise Conflict(_("The uploaded file is no longer there. Upload it again."), code="file_gone")
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


def _private(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb", CHUNK)


def _folder() -> Path:
    folder = Path(settings.TRADEDOOR_DATA_DIR) / "imports"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
