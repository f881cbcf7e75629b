"""Taking in a file of products: upload, say what its columns mean, look at what it would do, do it."""

from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import IO, Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from tradedoor.audit.record import record
from tradedoor.catalog.actions.writing import write_plan
from tradedoor.catalog.events import Event
from tradedoor.catalog.imports import files
from tradedoor.catalog.imports.groups import Group
from tradedoor.catalog.imports.known import look_up
from tradedoor.catalog.imports.planning import Plan, plan_batch
from tradedoor.catalog.imports.targets import TARGETS, require_mapping
from tradedoor.catalog.models import ProductFile
from tradedoor.catalog.money import read_currency
from tradedoor.core.actor import Actor
from tradedoor.core.errors import Conflict, Invalid, NotFound
from tradedoor.core.permissions import Permission, require
from tradedoor.core.sheets.mapping import guess_mapping
from tradedoor.jobs.models import Work
from tradedoor.jobs.work import result_lines, start_work
from tradedoor.stores.models import Store

KIND = "catalog.import_products"
PREVIEW = 50
FALLBACK_CURRENCY = "EUR"


def default_currency() -> str:
    """The currency of the first store, in which a price list without a word about it most likely is."""
    first = Store.objects.order_by("pk").values_list("currency", flat=True).first()
    return first or FALLBACK_CURRENCY


def receive_products_file(
    content: IO[bytes], *, name: str, actor: Actor, currency: str = "", encoding: str = ""
) -> ProductFile:
    """Keep a file, find out how to read it and guess what its columns mean.

    A guessed encoding must be confirmed before anything is applied. Raises `NotAllowed`, and `Invalid` for what is
    no table; nothing is kept then.
    """
    require(actor, Permission.CATALOG_IMPORT)
    name = "".join(filter(str.isprintable, PurePath(name).name)).strip() or "products"
    currency = read_currency(currency or default_currency())
    file = ProductFile(name=name[:200], currency=currency, uploaded_by_id=actor.login_id)
    # Outside a transaction: a large upload must not keep the database's one write lock.
    file.size, _digest = files.SHELF.keep(content, public_id=file.public_id, name=name)
    try:
        _look_into(file, encoding=encoding)
        file.save(force_insert=True)
    except Exception:
        # No row speaks of it, so nobody would ever remove it.
        files.SHELF.forget(file.public_id)
        raise
    return file


def _look_into(file: ProductFile, *, encoding: str) -> None:
    """Read the header, guess what the columns mean, and count the rows."""
    file.encoding, file.encoding_confirmed = encoding, bool(encoding)
    sheet = files.open_kept(file)
    file.encoding, file.encoding_is_guess = sheet.notes.encoding, sheet.notes.needs_encoding_confirmation
    file.header = list(sheet.header)
    file.mapping = guess_mapping(file.header, TARGETS, samples=[row.cells for row in sheet.preview(PREVIEW)])
    file.rows = sheet.count()


def products_file_for(public_id: UUID, *, actor: Actor) -> ProductFile:
    """Return an uploaded file with the work it led to. Raises `NotAllowed`, `NotFound`."""
    require(actor, Permission.CATALOG_IMPORT)
    found = ProductFile.objects.select_related("check_work", "apply_work").filter(public_id=public_id).first()
    if found is None:
        raise NotFound(_("There is no such import."), code="no_such_import")
    return found


@transaction.atomic
def describe_products_file(
    file: ProductFile,
    *,
    actor: Actor,
    mapping: Mapping[str, int],
    currency: str = "",
    confirm_encoding: bool = False,
) -> ProductFile:
    """Say what the columns mean, in which currency prices are, and that the letters look right.

    Raises `NotAllowed`, and `Invalid` for a mapping that cannot be read.
    """
    require(actor, Permission.CATALOG_IMPORT)
    require_mapping(mapping, file.header)
    file.mapping = dict(mapping)
    file.currency = read_currency(currency) if currency else file.currency
    file.encoding_confirmed = file.encoding_confirmed or confirm_encoding
    file.save(update_fields=["mapping", "currency", "encoding_confirmed"])
    return file


@transaction.atomic
def start_products_import(file: ProductFile, *, actor: Actor, dry_run: bool = False) -> Work:
    """Queue the import of a file, or the dry run that says row by row what the import would do.

    Started twice it is one import. Raises `NotAllowed`, `Invalid` for a mapping that cannot be read, and `Conflict`
    while the encoding is a guess that nobody has confirmed.
    """
    require(actor, Permission.CATALOG_IMPORT)
    require_mapping(file.mapping, file.header)
    if not dry_run and not file.is_ready:
        raise Conflict(
            _("Look at the preview of %(name)s and confirm that its letters are right.")
            % {"name": file.name},
            code="encoding_not_confirmed",
        )
    title = _("Check products: %(name)s") if dry_run else _("Import products: %(name)s")
    work = start_work(
        KIND,
        title=title % {"name": file.name},
        args={"file": file.pk, "dry_run": dry_run, "mapping": file.mapping, "currency": file.currency},
        actor=actor,
        total=file.rows,
        dedupe_key=f"{KIND}:{file.pk}:{dry_run}",
    )
    if dry_run:
        file.check_work = work
    else:
        file.apply_work = work
        data = {"file": str(file.public_id), "name": file.name, "rows": file.rows}
        record(Event.IMPORT_STARTED, actor=actor, data=data)
    file.save(update_fields=["check_work", "apply_work"])
    return work


def groups_to_import(args: Mapping[str, Any]) -> list[Group]:
    """Read the file of an import as it was agreed when the import began, whatever was changed since."""
    file = ProductFile.objects.get(pk=args["file"])
    file.mapping, file.currency = args["mapping"], args["currency"]
    return files.read_groups(file)


def import_batch(groups: list[Group], *, actor: Actor, dry_run: bool) -> Plan:
    """Plan the batch and, unless it is a dry run, make it true. Wants the caller's transaction."""
    require(actor, Permission.CATALOG_IMPORT)
    known = look_up(groups)
    plan = plan_batch(groups, known=known)
    if not dry_run:
        write_plan(plan, known_categories=known.categories, actor=actor)
    return plan


def result_table(file: ProductFile, work: Work, *, actor: Actor) -> tuple[list[str], Iterator[list[str]]]:
    """Return header and rows of the result file: the input, with a status and a reason before each row.

    Rows that the work has not come to say so. Raises `NotAllowed`, and `Conflict` where the file is gone.
    """
    require(actor, Permission.CATALOG_IMPORT)
    if work.args.get("file") != file.pk:
        raise Invalid(_("This result belongs to another file."), code="wrong_file")
    sheet = files.open_kept(file)
    return [_("Status"), _("Reason"), _("SKU in the catalogue"), *sheet.header], _result_rows(file, work)


def _result_rows(file: ProductFile, work: Work) -> Iterator[list[str]]:
    lines = result_lines(work)
    line = next(lines, None)
    for row in files.open_kept(file).rows():
        while line is not None and line.number < row.number:
            line = next(lines, None)
        if line is not None and line.number == row.number:
            yield [line.status, line.reason, str(line.data.get("sku", "")), *row.cells]
        else:
            yield [_("not reached"), "", "", *row.cells]
