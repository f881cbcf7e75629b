"""`tradedoor import …`: customers, contacts and products from a CSV or XLSX file."""

from collections.abc import Callable, Sequence
from pathlib import Path

import click

from tradedoor.access.actions.crm import start_import
from tradedoor.catalog.actions.importing import (
    describe_products_file,
    receive_products_file,
    start_products_import,
)
from tradedoor.config.long_work import digest_of, report, run_again_or_start
from tradedoor.config.machine import machine
from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission
from tradedoor.core.sheets.mapping import parse_mapping
from tradedoor.crm.actions.imports import describe_import, start_check, upload_import
from tradedoor.crm.models import ImportFile
from tradedoor.jobs.models import Work

PROBLEMS = frozenset({"refused"})

Starter = Callable[..., Work]


@click.command("import")
@click.argument("what", type=click.Choice(["customers", "contacts", "products"]))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--mapping",
    multiple=True,
    metavar="FIELD=COLUMN",
    help="What a column means; may be given several times, or once as the path of a JSON file. "
    "Fields not named are guessed from the header.",
)
@click.option("--encoding", default="", help="Encoding of a CSV file that is not UTF-8, such as cp1252.")
@click.option("--currency", default="", help="Currency of prices in a file of products, such as EUR.")
@click.option("--dry-run", is_flag=True, help="Say row by row what would happen, and change nothing.")
@click.option(
    "--result",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write each row's status and reason here.",
)
def import_command(  # one argument an option of the command
    *,
    what: str,
    file: Path,
    mapping: Sequence[str],
    encoding: str,
    currency: str,
    dry_run: bool,
    result: Path | None,
) -> None:
    """Import customers, contacts or products from FILE.

    Ctrl-C stops it after the batch at hand; the same command again goes on from there.
    """
    same = ("import", what, digest_of(file), *mapping, encoding, currency, dry_run)
    given = read_mapping(mapping)
    actor = machine(f"import {what}", *PERMISSIONS[what])

    def start() -> Work:
        return STARTERS[what](
            file, given=given, encoding=encoding, currency=currency, dry_run=dry_run, actor=actor
        )

    work = run_again_or_start(start, same=same, actor=actor)
    report(work, problems=PROBLEMS, result=result)


def read_mapping(given: Sequence[str]) -> Sequence[str] | str:
    """The mapping as it is written; the text of the file where it names one."""
    if len(given) == 1 and "=" not in given[0] and Path(given[0]).is_file():
        return Path(given[0]).read_text(encoding="utf-8")
    return given


def start_products(
    path: Path, *, given: Sequence[str] | str, encoding: str, currency: str, dry_run: bool, actor: Actor
) -> Work:
    with path.open("rb") as content:
        file = receive_products_file(
            content, name=path.name, actor=actor, currency=currency, encoding=encoding
        )
    mapping = {**file.mapping, **parse_mapping(given, file.header)} if given else file.mapping
    describe_products_file(file, actor=actor, mapping=mapping, confirm_encoding=bool(encoding))
    return start_products_import(file, actor=actor, dry_run=dry_run)


def start_people(kind: str) -> Starter:
    """Import for the CRM: of customers, or of contacts with their customers."""

    def start(
        path: Path, *, given: Sequence[str] | str, encoding: str, currency: str, dry_run: bool, actor: Actor
    ) -> Work:
        if currency:
            raise click.UsageError("--currency is of products.")
        with path.open("rb") as content:
            file = upload_import(content, kind=kind, name=path.name, actor=actor)
        if encoding:
            file = describe_import(file, actor=actor, encoding=encoding)
        if given:
            mapping = {**file.mapping, **parse_mapping(given, file.header)}
            file = describe_import(file, actor=actor, mapping=mapping)
        return start_check(file, actor=actor) if dry_run else start_import(file, actor=actor)

    return start


STARTERS: dict[str, Starter] = {
    "customers": start_people(ImportFile.Kind.CUSTOMERS),
    "contacts": start_people(ImportFile.Kind.CONTACTS),
    "products": start_products,
}
CRM = (Permission.CRM_IMPORT, Permission.CRM_EDIT, Permission.CRM_READ)
PERMISSIONS = {
    "customers": CRM,
    "contacts": CRM,
    "products": (Permission.CATALOG_IMPORT, Permission.CATALOG_EDIT, Permission.CATALOG_READ),
}
