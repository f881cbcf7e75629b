"""Uploaded tables in the data folder: kept for the steps that read them, and for the result file."""

import hashlib
import os
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import IO, BinaryIO, NamedTuple
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from tradedoor.core.errors import Conflict, Invalid
from tradedoor.core.sheets.reading import open_sheet
from tradedoor.core.sheets.table import Limits, Sheet

CHUNK = 1 << 20


class Kept(NamedTuple):
    """What was copied."""

    size: int
    sha256: str


def limits() -> Limits:
    """How large a table may be, as the installation says."""
    return Limits(
        file_bytes=settings.TRADEDOOR_IMPORT_MAX_MEGABYTES * 1_000_000,
        rows=settings.TRADEDOOR_IMPORT_MAX_ROWS,
    )


class Shelf:
    """A folder of uploaded files, each under an id; what is made of a file stands beside it."""

    def __init__(self, name: str) -> None:
        self.name = name

    def path(self, public_id: UUID, *, ending: str = "") -> Path:
        return self._folder() / f"{public_id}{ending}"

    def keep(self, content: IO[bytes], *, public_id: UUID, name: str) -> Kept:
        """Copy what was uploaded, readable for us alone.

        Raises `Invalid` (`file_too_large`) as soon as it passes the limit, and keeps nothing then.
        """
        most = limits().file_bytes
        digest, size = hashlib.sha256(), 0
        target = self.path(public_id)
        with private(target) as out:
            while size <= most and (chunk := content.read(CHUNK)):
                size += len(chunk)
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
        return Kept(size, digest.hexdigest())

    def open(self, public_id: UUID, *, name: str, encoding: str = "", sheet: str = "") -> Sheet:
        """The table in the file, read as was said. Raises `Invalid`, `Conflict` (`file_gone`)."""
        path = self.path(public_id)
        if not path.exists():
            raise gone()
        return open_sheet(path, name=name, limits=limits(), encoding=encoding or None, sheet=sheet or None)

    def forget(self, public_id: UUID) -> None:
        """Delete the file and what stands beside it; nothing happens where there is none."""
        for path in self._folder().glob(f"{public_id}*"):
            path.unlink(missing_ok=True)

    def forget_strays(self, known: Collection[UUID], *, before: datetime) -> int:
        """Delete what was last written before then and belongs to none of these; how many files.

        Such are left where a process was killed between the copying of a file and the saving of its row.
        """
        names = {str(public_id) for public_id in known}
        strays = [
            path
            for path in self._folder().iterdir()
            if path.is_file()
            and path.name.partition(".")[0] not in names
            and path.stat().st_mtime < before.timestamp()
        ]
        for path in strays:
            path.unlink(missing_ok=True)
        return len(strays)

    def _folder(self) -> Path:
        folder = Path(settings.TRADEDOOR_DATA_DIR) / self.name
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder


def private(path: Path) -> BinaryIO:
    """Open a file for writing that nobody else may read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb", CHUNK)


def gone() -> Conflict:
    return Conflict(_("The uploaded file is no longer there. Upload it again."), code="file_gone")
