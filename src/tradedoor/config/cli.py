"""The `tradedoor` command: a thin face. Each command lives in its own module and is loaded when it is named."""

import os
import sys
from importlib import import_module
from typing import NoReturn

import click
import django
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError

from tradedoor.core.errors import Refusal

# In the order of --help: first what keeps the installation running, then what is done in it.
COMMANDS = (
    "run",
    "web",
    "worker",
    "migrate",
    "backup",
    "restore",
    "doctor",
    "demo",
    "login-link",
    "import",
    "invite",
    "details",
    "access",
    "store",
    "mail",
    "audit",
)
MODULES = {"import": "imports", "web": "serve", "worker": "serve"}


class Commands(click.Group):
    """Loads a command only once it is named, since most of a start is loading."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # the same
        if cmd_name not in COMMANDS:
            return None
        django.setup()
        name = cmd_name.replace("-", "_")
        module = import_module(f"tradedoor.config.commands.{MODULES.get(cmd_name, name)}")
        command: click.Command = getattr(module, f"{name}_command")
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="tradedoor", prog_name="tradedoor")
def cli() -> None:
    """Self-hosted B2B customer access."""


def main() -> None:
    """Run one command. A refusal, a wrong setting or a database that is not there is one sentence and exit code 1."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tradedoor.config.settings")
    try:
        cli(prog_name="tradedoor")
    except (Refusal, ImproperlyConfigured) as no:
        fail(str(no))
    except DatabaseError as trouble:
        first_line = str(trouble).strip().partition("\n")[0]
        fail(
            f"the database does not do as asked ({first_line}). Is it running, and was `tradedoor migrate` run?"
        )


def fail(sentence: str) -> NoReturn:
    click.echo(f"tradedoor: {sentence}", err=True)
    sys.exit(1)


if __name__ == "__main__":
    main()
