"""`tradedoor access …`: questions about who may enter."""

import click

from tradedoor.access.why import why_not
from tradedoor.config.machine import machine
from tradedoor.core.permissions import Permission


@click.group("access")
def access_command() -> None:
    """Ask about the access of people to stores."""


@access_command.command("why")
@click.option("--email", required=True, help="The email they sign in with, or a part of their name.")
def why(*, email: str) -> None:
    """Say why somebody cannot sign in, the first reason first; exit with 1 where something stands in the way."""
    actor = machine(
        "access why",
        Permission.ACCESS_READ,
        Permission.CRM_READ,
        Permission.MAIL_READ,
        Permission.AUDIT_READ,
    )
    answers = why_not(email, actor=actor).answers
    if not answers:
        click.echo(f"Nobody is called {email}.")
    for answer in answers:
        click.echo(f"{answer.name} {answer.address}".strip())
        for because in answer.chain:
            at = f" ({because.at:%Y-%m-%d %H:%M} UTC)" if because.at else ""
            click.echo(f"  {because.cause.value}: {because.sentence}{at}")
    if not answers or any(not because.is_hint for answer in answers for because in answer.chain):
        raise SystemExit(1)
