"""`tradedoor restore`: an installation as it was when a backup was made."""

import subprocess
import sys
from pathlib import Path

import click

from tradedoor.config.backups.archive import read_checked
from tradedoor.config.backups.errors import BackupError
from tradedoor.config.backups.restoring import restore
from tradedoor.config.commands.run import require_free_port
from tradedoor.config.machine import machine
from tradedoor.core.permissions import Permission


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--check", "only_check", is_flag=True, help="Only say whether the backup is whole.")
@click.option("--replace", is_flag=True, help="Put it in the place of an installation that is here already.")
def restore_command(file: Path, *, only_check: bool, replace: bool) -> None:
    """Put the backup FILE in the place of database and uploads.

    Stop web and worker first. Afterwards nobody is signed in, and mail waits until somebody lets it go.
    """
    try:
        if only_check:
            made = read_checked(file)
            keys = "with the keys" if made.holds_keys else "without the keys"
            click.echo(
                f"It is whole: {made.database}, {keys}, made {made.made_at}, {len(made.members)} files."
            )
            return
        require_free_port()
        done = restore(
            file, replace=replace, actor=machine("restore", Permission.STAFF_EDIT, Permission.STORE_EDIT)
        )
    except BackupError as no:
        raise click.ClickException(f"Nothing was restored: {no}") from no
    click.echo(f"Restored as of {done.made_at:%Y-%m-%d %H:%M} UTC.")
    click.echo(
        f"{done.came_back.sessions_ended} sessions and {done.came_back.links_ended} links that set a password or "
        "sign in were ended. All mail is paused: let it go at Mail once what waits there is right."
    )
    click.echo(
        "Whatever was done since that moment is undone. Who was deactivated since can sign in again: deactivate "
        "them before web and worker start."
    )
    if done.other_keys:
        click.echo(
            f"The keys here are others than those of the backup ({', '.join(done.other_keys)}): links under way are "
            "dead, and older history cannot be verified."
        )
    # In a process of its own, which reads the keys that came.
    subprocess.run([sys.executable, "-m", "tradedoor.config.cli", "audit", "verify"], check=False)
