"""Putting a backup in the place of an installation."""

import shutil
import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from tradedoor.accounts.actions.restoring import CameBack, come_back
from tradedoor.accounts.queries import has_owner
from tradedoor.config.backups import databases
from tradedoor.config.backups.archive import Manifest, read_checked, unpack
from tradedoor.config.backups.errors import BackupError
from tradedoor.config.backups.making import DATA, KEYS, keys, prints_of_keys
from tradedoor.config.commands.migrate import bring_up_to_date
from tradedoor.core.actor import Actor
from tradedoor.jobs.models import WorkerPulse
from tradedoor.mail.outbox import pause_mail

RECENTLY = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did. `other_keys` are those of the backup that are not the keys in use here."""

    made_at: datetime
    came_back: CameBack
    other_keys: Collection[str]


def restore(source: Path, *, replace: bool, actor: Actor) -> Restored:
    """Put what the backup holds in the place of database and files, bring it up to this version, and let it wait:
    nobody is signed in, and no mail leaves until somebody lets it (product.md section 18).

    The database comes back whole or not at all; after a failure of what follows the same command is run again.
    Raises `BackupError` for a backup that is damaged, of another database or of a newer version, where something
    runs, and, unless `replace` is set, where there is an installation already.
    """
    manifest = read_checked(source)
    _require_fitting(manifest)
    _require_rest()
    if not replace and _is_in_use():
        raise BackupError("there is an installation here already. --replace puts the backup in its place.")
    root = Path(settings.TRADEDOOR_DATA_DIR)
    staying = _keys_from_settings(root) if manifest.holds_keys else manifest.keys.keys()
    here = prints_of_keys()
    with tempfile.TemporaryDirectory(dir=root, prefix=".restore-") as folder:
        unpack(source, Path(folder))
        copy = Path(folder) / databases.MEMBERS[manifest.database]
        databases.check(copy)
        databases.load(copy)
        _put_files(Path(folder) / DATA, root)
    bring_up_to_date()
    made_at = datetime.fromisoformat(manifest.made_at)
    came_back = come_back(made_at, actor=actor)
    pause_mail(actor=actor)
    return Restored(
        made_at, came_back, sorted(name for name in staying if here[name] != manifest.keys.get(name))
    )


def _require_fitting(manifest: Manifest) -> None:
    if manifest.database != databases.kind():
        raise BackupError(
            f"it holds a database of {manifest.database}, and TRADEDOOR_DATABASE_URL names one of {databases.kind()}."
        )
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    if unknown := sorted(set(manifest.migrations) - known):
        raise BackupError(
            f"a newer version of Tradedoor made it, or another one: {unknown[0]} is not known here."
        )


def _require_rest() -> None:
    try:
        running = WorkerPulse.objects.filter(seen_at__gte=timezone.now() - RECENTLY).count()
    except DatabaseError:
        return  # no table yet, so nothing runs
    if running:
        raise BackupError("a worker runs. Stop web and worker first; where one was killed, wait two minutes.")


def _is_in_use() -> bool:
    try:
        return has_owner()
    except DatabaseError:
        return False
    finally:
        connection.close()


def _put_files(new: Path, root: Path) -> None:
    """One folder after the other: the new one beside the old, then a change of names."""
    for folder in sorted(new.iterdir()) if new.is_dir() else ():
        place = root / folder.name
        if place.exists():
            shutil.rmtree(place)
        folder.rename(place)
        place.chmod(0o700)


def _keys_from_settings(root: Path) -> set[str]:
    """Those that no file gives: they stay what they are, whatever comes with the backup."""
    given = set()
    for name, value in keys().items():
        file = root / KEYS / name
        if not file.is_file() or file.read_text(encoding="ascii").strip() != value:
            given.add(name)
    return given
