"""Making a backup while the installation runs."""

import hashlib
import hmac
import os
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from tradedoor.config.backups import databases
from tradedoor.config.backups.archive import FORMAT, Manifest, Writer, read_checked, writing

DATA = "data"
KEYS = "keys"
# What is made anew by itself, what belongs to this machine only, and where backups are put.
LEFT_OUT = frozenset({"static", "locks", "commands", "backups", KEYS})


def make_backup(to: Path, *, with_keys: bool) -> Manifest:
    """Write a backup of database, uploads and, if asked for, keys into a file; then read it once more and check it.

    Nobody has to stop: the database is copied as it is at one moment, and files after it, so that each file that
    the copy speaks of is there unless it was deleted meanwhile. The file appears under its name once it is whole, and
    nobody else may read it. Raises `BackupError`, and `FileExistsError`.
    """
    to.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    aside = to.with_name(f".{to.name}.part")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            write_backup(file, with_keys=with_keys)
            file.flush()
            os.fsync(file.fileno())
        manifest = read_checked(aside)
        os.link(aside, to)  # and never over one that is there
    finally:
        aside.unlink(missing_ok=True)
    return manifest


def write_backup(to: BinaryIO, *, with_keys: bool) -> None:
    """The same into a stream, which nobody can check afterwards but `tradedoor restore --check`."""
    with (
        tempfile.TemporaryDirectory(dir=settings.TRADEDOOR_DATA_DIR, prefix=".backup-") as folder,
        writing(to) as writer,
    ):
        made_at = datetime.now(UTC)
        migrations = sorted(
            f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations()
        )
        copy = databases.dump(Path(folder))
        writer.add(copy, copy.name)
        copy.unlink()
        for path, name in files(with_keys=with_keys):
            _add(writer, path, name)
        writer.end(
            Manifest(
                format=FORMAT,
                version=version("tradedoor"),
                made_at=made_at.isoformat(timespec="seconds"),
                database=databases.kind(),
                migrations=migrations,
                holds_keys=with_keys,
                keys=prints_of_keys(),
                members=writer.members,
            )
        )


def files(*, with_keys: bool) -> Iterator[tuple[Path, str]]:
    """What of the data folder belongs into a backup, with its name there."""
    root = Path(settings.TRADEDOOR_DATA_DIR)
    for top in sorted(root.iterdir()):
        if top.name.startswith(".") or not top.is_dir():
            continue  # the database lies here, beside its log, and is copied by its own means
        if top.name not in LEFT_OUT or (top.name == KEYS and with_keys):
            for path in sorted(top.rglob("*")):
                if path.is_file() and not path.is_symlink():
                    yield path, f"{DATA}/{path.relative_to(root).as_posix()}"


def prints_of_keys() -> dict[str, str]:
    """Of each key something by which it is known again and from which it cannot be found."""
    return {
        name: hmac.new(key.encode(), b"tradedoor backup", hashlib.sha256).hexdigest()[:16]
        for name, key in keys().items()
    }


def keys() -> dict[str, str]:
    """The keys in use, by the names of the files in which they stand unless a setting gives them."""
    return {
        "secret.key": settings.SECRET_KEY,
        "link.key": settings.TRADEDOOR_LINK_KEY,
        "audit.key": settings.TRADEDOOR_AUDIT_KEY,
    }


def _add(writer: Writer, path: Path, name: str) -> None:
    try:
        writer.add(path, name)
    except FileNotFoundError:
        return  # deleted since the folder was listed
