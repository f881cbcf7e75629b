"""`tradedoor demo`: fill an empty installation with the demo company."""

import click

from tradedoor.config.commands.migrate import bring_up_to_date
from tradedoor.config.machine import whole_machine
from tradedoor.config.schedule import prepare_background
from tradedoor.demo.company import OWNER, build_company


@click.command("demo")
def demo_command() -> None:
    """Load the demo company."""
    bring_up_to_date()
    build_demo()
    click.echo(f"Loaded. Its owner is {OWNER}; `tradedoor login-link --email {OWNER}` lets you in.")


def build_demo() -> None:
    """Build the demo company and say what is being made. Raises `Conflict` where there are customers already."""
    prepare_background()
    build_company(
        actor=whole_machine("demo"),
        tell=lambda part: click.echo(f"Making the demo company: {part}", err=True),
    )
