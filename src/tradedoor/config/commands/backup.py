"""`tradedoor backup`: everything in one file, while it runs."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click
from django.conf import settings

from tradedoor.config.backups.errors import BackupError
from tradedoor.config.backups.making import make_backup, write_backup

TO_A_PIPE = "-"


@click.command("backup")
@click.argument("file", required=False)
@click.option(
    "--with-keys", is_flag=True, help="Put the keys in too. Whoever has it can then sign in as anybody."
)
def backup_command(file: str | None, *, with_keys: bool) -> None:
    """Back up database and uploads into FILE, or into the folder `backups` of the data folder.

    Web and worker go on. `-` writes to a pipe, as into one that encrypts: tradedoor backup - | age -r … > FILE
    """
    try:
        if file == TO_A_PIPE:
            write_backup(sys.stdout.buffer, with_keys=with_keys)
            return
        to = Path(file) if file else _new_file()
        made = make_backup(to, with_keys=with_keys)
    except BackupError as no:
        raise click.ClickException(f"No backup was made: {no}") from no
    except FileExistsError as there:
        raise click.ClickException("There is a file of that name. Nothing was written over.") from there
    click.echo(
        f"Backed up into {to} ({to.stat().st_size / 1_000_000:,.1f} MB), and read it once more: it is whole."
    )
    click.echo(
        "It holds the keys: keep it as you keep them."
        if made.holds_keys
        else "It does not hold the keys. Keep the folder `keys` apart, or links under way die with this machine."
    )


def _new_file() -> Path:
    folder = Path(settings.TRADEDOOR_DATA_DIR) / "backups"
    return folder / f"tradedoor-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.tar.gz"
