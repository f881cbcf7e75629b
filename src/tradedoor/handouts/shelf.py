"""Hand-outs on their way into a zip: a folder for each work in the data folder, a file for each customer."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings


def path_of(work: UUID, number: int) -> Path:
    return _folder() / str(work) / f"{number}"


def put(work: UUID, number: int, content: bytes) -> None:
    """Keep a hand-out, readable for us alone. One that is made again after a crash takes the place of the first."""
    path = path_of(work, number)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_suffix(".part")
    draft.write_bytes(content)
    draft.chmod(0o600)
    draft.replace(path)


def folders() -> Iterator[tuple[UUID, datetime]]:
    """The works that have a folder, and when it was last written to."""
    if not _folder().is_dir():
        return
    for path in _folder().iterdir():
        try:
            work = UUID(path.name)
        except ValueError:
            continue  # laid there by somebody else, as a file manager does
        yield work, datetime.fromtimestamp(path.stat().st_mtime, UTC)


def drop_folder(work: UUID) -> None:
    shutil.rmtree(_folder() / str(work), ignore_errors=True)


def _folder() -> Path:
    return Path(settings.TRADEDOOR_DATA_DIR) / "handouts"
