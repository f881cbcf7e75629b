"""How commands print rows: for people as a table, for programs as JSON."""

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

PIPE_WIDTH = 400

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


def print_rows(
    rows: Sequence[Mapping[str, Any]], *, columns: Sequence[str], as_json: bool, none: str
) -> None:
    """Print the `columns` of `rows`; the sentence `none` where there is no row and a person reads."""
    if as_json:
        chosen = [{column: _plain(row[column]) for column in columns} for row in rows]
        click.echo(json.dumps(chosen, indent=2, ensure_ascii=False))
        return
    if not rows:
        click.echo(none)
        return
    table = Table(
        *[column.replace("_", " ") for column in columns], box=None, header_style="bold", pad_edge=False
    )
    for row in rows:
        table.add_row(*[escape(_shown(row[column])) for column in columns])
    # A pipe has no width; cutting lines there would lose what the next program looks for.
    Console(width=None if sys.stdout.isatty() else PIPE_WIDTH).print(table)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value if isinstance(value, str | int | bool | float | None) else str(value)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return "" if value is None else str(value)
