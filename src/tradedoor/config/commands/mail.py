"""`tradedoor mail …`: what was, is or will be sent."""

from uuid import UUID

import click

from tradedoor.config.machine import machine
from tradedoor.config.printing import as_json, print_rows
from tradedoor.core.permissions import Permission
from tradedoor.mail.queries import body_of, message_for, messages

COLUMNS = ("id", "to", "subject", "state", "created_at")
PAGE = 1000


@click.group("mail")
def mail_command() -> None:
    """Look at mail."""


@mail_command.command("list")
@click.option("--to", default=None, help="Only mail to this address.")
@click.option(
    "--limit", default=50, show_default=True, type=click.IntRange(min=0), help="At most so many; 0: all."
)
@as_json
def list_mail(*, to: str | None, limit: int, as_json: bool) -> None:
    """List mail, the newest first."""
    actor = machine("mail list", Permission.MAIL_READ)
    rows: list[dict[str, object]] = []
    before = None
    while page := messages(
        actor, to=to, before=before, limit=min(limit - len(rows) if limit else PAGE, PAGE)
    ):
        rows.extend(
            {
                "id": message.pk,
                "to": message.to_email,
                "subject": message.subject,
                "state": message.state,
                "created_at": message.created_at,
            }
            for message in page
        )
        before = page[-1].pk
    print_rows(rows, columns=COLUMNS, as_json=as_json, none="There is no such mail.")


@mail_command.command("show")
@click.argument("mail_id", metavar="ID")
def show_mail(mail_id: str) -> None:
    """Show one mail whole: its headers, text and HTML."""
    message = message_for(key_of(mail_id), actor=machine("mail show", Permission.MAIL_READ))
    body = body_of(message)
    if body is None:
        click.echo(f"To: {message.to_email}\nSubject: {message.subject}\nState: {message.state}")
        click.echo(
            "\nIts text is not kept: only captured mail is, since a mail may hold a link that still works."
        )
        return
    for name, value in body.headers:
        click.echo(f"{name}: {value}")
    click.echo(f"\n{body.text}\n\n{body.html}")


def key_of(given: str) -> int | UUID:
    """The number or the public id that was typed. Raises `BadParameter`."""
    try:
        return int(given) if given.isdecimal() else UUID(given)
    except ValueError as no_id:
        raise click.BadParameter("expected the id of a mail, as `tradedoor mail list` shows it.") from no_id
