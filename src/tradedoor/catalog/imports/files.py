"""Where uploaded product files stand, and how they are opened."""

from pathlib import Path
from typing import IO
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from tradedoor.catalog.imports.groups import Group, gather
from tradedoor.catalog.models import ProductFile
from tradedoor.core.errors import Invalid, NotFound
from tradedoor.core.sheets.reading import open_sheet
from tradedoor.core.sheets.table import Limits, Sheet

CHUNK = 1 << 20


def limits() -> Limits:
    """How large a file may be, as the installation says."""
    return Limits(
        file_bytes=settings.TRADEDOOR_IMPORT_MAX_MEGABYTES * 1_000_000,
        rows=settings.TRADEDOOR_IMPORT_MAX_ROWS,
    )


def path_of(public_id: UUID) -> Path:
    return Path(settings.TRADEDOOR_DATA_DIR) / "imports" / f"products-{public_id}"


def keep(content: IO[bytes], *, public_id: UUID, name: str) -> Path:
    """Copy what was sent into the data folder; stop, and keep nothing, once it is larger than allowed."""
    path = path_of(public_id)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    room = limits().file_bytes + 1
    with path.open("xb") as file:
        path.chmod(0o600)
        while room > 0 and (chunk := content.read(min(CHUNK, room))):
            file.write(chunk)
            room -= len(chunk)
    if not room:
        path.unlink()
        raise Invalid(
            _("%(name)s is larger than %(limit)d MB. Split it into several files.")
            % {"name": name, "limit": limits().file_bytes // 1_000_000},
            code="file_too_large",
            field="file",
        )
    return path


def open_kept(file: ProductFile) -> Sheet:
    """Open the file as it was agreed to read it. Raises `NotFound` where the data folder no longer holds it."""
    path = path_of(file.public_id)
    if not path.is_file():
        raise NotFound(_("The file %(name)s is no longer kept.") % {"name": file.name})
    return open_sheet(path, name=file.name, limits=limits(), encoding=file.encoding or None)


def read_groups(file: ProductFile) -> list[Group]:
    """Read the whole file into products: rows of one product may stand far apart."""
    mapping = {key: int(column) for key, column in file.mapping.items()}
    return gather(open_kept(file).rows(), mapping=mapping, currency=file.currency)


def forget(public_id: UUID) -> None:
    path = path_of(public_id)
    if path.is_file():
        path.unlink()
