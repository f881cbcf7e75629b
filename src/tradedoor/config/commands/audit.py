"""`tradedoor audit …`: what the history says about itself."""

import click

from tradedoor.audit.seals import verify


@click.group("audit")
def audit_command() -> None:
    """Check the audit history."""


@audit_command.command("verify")
def verify_history() -> None:
    """Check every seal; exit with 1 and the first bad row if something was changed."""
    verdict = verify()
    click.echo(verdict.sentence)
    if verdict.erased:
        click.echo(f"{verdict.erased} details were erased since, as erasure and retention may.")
    if verdict.unsealed_since:
        click.echo(
            f"{verdict.unsealed} rows since {verdict.unsealed_since:%Y-%m-%d %H:%M} UTC wait for a seal."
        )
    if verdict.head:
        click.echo(f"Head of the chain: {verdict.head}")
    if not verdict.is_sound:
        raise SystemExit(1)
