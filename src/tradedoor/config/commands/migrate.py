"""`tradedoor migrate`: bring database and static files to the state this version needs."""

import hashlib
from pathlib import Path

import click
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

STAMP = ".collected"


@click.command("migrate")
def migrate_command() -> None:
    """Bring the database and the static files up to date."""
    applied = bring_up_to_date()
    click.echo("Migrated the database." if applied else "The database is up to date.")


def bring_up_to_date() -> bool:
    """Migrate and collect static files where there is something to do; say whether anything was migrated."""
    collect_static()
    executor = MigrationExecutor(connection)
    pending = bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if pending:
        call_command("migrate", verbosity=0, interactive=False)
    return pending


def collect_static() -> None:
    """Collect static files unless they are as they were: compressing them takes longer than starting."""
    stamp = Path(settings.STATIC_ROOT) / STAMP
    now = _state_of_static_files()
    if stamp.is_file() and stamp.read_text(encoding="ascii") == now:
        return
    call_command("collectstatic", verbosity=0, interactive=False, clear=Path(settings.STATIC_ROOT).is_dir())
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(now, encoding="ascii")


def _state_of_static_files() -> str:
    digest = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for finder in get_finders():
        for path, storage in sorted(finder.list([]), key=lambda found: found[0]):
            with storage.open(path) as file:
                digest.update(f"{path}\0".encode() + hashlib.sha256(file.read()).digest())
    return digest.hexdigest()
