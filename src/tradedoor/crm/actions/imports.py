"""Importing: upload a file, say what its columns are, check it, and start the work that applies it.

Applying can end or change accesses, so faces and commands start it through `access.actions`.
"""

from collections.abc import Mapping
from pathlib import PurePath
from typing import BinaryIO

from django.db import transaction
from django.utils.translation import gettext as _

from tradedoor.audit.record import record
from tradedoor.core.actor import Actor
from tradedoor.core.errors import Conflict, Invalid
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.events import Event
from tradedoor.crm.imports.columns import guess_columns, require_columns
from tradedoor.crm.imports.outcomes import ImportOptions
from tradedoor.crm.imports.spool import SHELF, opened
from tradedoor.crm.keys import one_line
from tradedoor.crm.models import ImportFile
from tradedoor.jobs.models import Work
from tradedoor.jobs.work import start_work

CHECK = "crm.check_import"
SAMPLES = 50
DESCRIBED = (
    "encoding", "encoding_is_guess", "encoding_confirmed", "sheet", "header", "mapping", "options", "rows",
    "repeated", "check_work",
)  # fmt: skip


def upload_import(content: BinaryIO, *, kind: str, name: str, actor: Actor) -> ImportFile:
    """The file stands in the data folder, its header read and its columns guessed; nothing is imported.

    Raises `NotAllowed`, and `Invalid` where it is no table that can be read.
    """
    require(actor, Permission.CRM_IMPORT)
    if kind not in ImportFile.Kind.values:
        raise Invalid(_("Choose what the file holds."), code="no_such_kind", field="kind")
    shown = one_line(PurePath(name).name)[:200] or "import"
    # Copying and reading a large file takes seconds, in which nobody else may be kept from writing: no
    # transaction is open yet.
    file = ImportFile(kind=kind, name=shown, uploaded_by_id=actor.login_id, options=ImportOptions().as_json())
    file.size, file.sha256 = SHELF.keep(content, public_id=file.public_id, name=shown)
    try:
        _look_into(file)
        _save_upload(file, actor=actor)
    except Exception:
        # Whatever was wrong with it, no row speaks of the file, so nobody would ever remove it.
        SHELF.forget(file.public_id)
        raise
    return file


@transaction.atomic
def _save_upload(file: ImportFile, *, actor: Actor) -> None:
    file.save(force_insert=True)
    record(
        Event.IMPORT_UPLOADED,
        actor=actor,
        data={"import": file.public_id, "kind": file.kind, "size": file.size, "sha256": file.sha256},
        personal={"name": file.name},
    )


def describe_import(
    file: ImportFile,
    *,
    actor: Actor,
    mapping: Mapping[str, int] | None = None,
    options: ImportOptions | None = None,
    encoding: str = "",
    sheet: str = "",
) -> ImportFile:
    """The file is read as said: these columns for those fields, in this encoding, from this sheet.

    An encoding that is named counts as confirmed. What was found in the file before is forgotten. Raises
    `NotAllowed`, `Invalid` (`missing_columns`, `unknown_target`, …), `Conflict` (`already_started`).
    """
    require(actor, Permission.CRM_IMPORT)
    described = ImportFile.objects.get(pk=file.pk)
    if encoding or sheet:
        described.encoding, described.sheet = encoding or described.encoding, sheet or described.sheet
        described.encoding_confirmed = bool(encoding) or described.encoding_confirmed
        _look_into(described)  # reads the file, so before the transaction
    if mapping is not None:
        require_columns(described.kind, mapping, described.header)
        described.mapping = dict(mapping)
    if options is not None:
        described.options = options.as_json()
    with transaction.atomic():
        _require_at_rest(ImportFile.objects.select_for_update().get(pk=file.pk))
        described.rows, described.repeated, described.check_work = None, {}, None
        described.save(update_fields=DESCRIBED)
    return described


@transaction.atomic
def start_check(file: ImportFile, *, actor: Actor) -> Work:
    """The dry run is queued: a line for every row, and nothing written. Asked for twice it runs once.

    Raises `NotAllowed`, and what `require_ready` raises.
    """
    require(actor, Permission.CRM_IMPORT)
    locked = ImportFile.objects.select_for_update().get(pk=file.pk)
    require_ready(locked)
    work = start_work(
        CHECK,
        title=_("Check of %(name)s") % {"name": locked.name},
        args={"import": str(locked.public_id)},
        actor=actor,
        dedupe_key=f"{CHECK}:{locked.pk}",
    )
    locked.check_work = work
    locked.save(update_fields=["check_work"])
    return work


@transaction.atomic
def start_import(file: ImportFile, *, kind: str, actor: Actor) -> Work:
    """The import is queued as work of `kind`, which applies it step by step. Asked for twice it runs once.

    Raises `NotAllowed`, `Conflict` (`already_started`), and what `require_ready` raises.
    """
    require(actor, Permission.CRM_IMPORT)
    locked = ImportFile.objects.select_for_update().get(pk=file.pk)
    require_ready(locked)
    if locked.apply_work is not None:
        return locked.apply_work
    work = start_work(
        kind,
        title=_("Import of %(name)s") % {"name": locked.name},
        args={"import": str(locked.public_id)},
        actor=actor,
        total=locked.rows,
        dedupe_key=f"import:{locked.pk}",
    )
    locked.apply_work = work
    locked.save(update_fields=["apply_work"])
    record(
        Event.IMPORT_APPLIED,
        actor=actor,
        data={"import": locked.public_id, "work": work.public_id, "kind": locked.kind, **locked.options},
        personal={"name": locked.name},
    )
    return work


def require_ready(file: ImportFile) -> None:
    """Raise `Conflict` (`encoding_unconfirmed`) or `Invalid` (`missing_columns`) while something is left to say."""
    if file.encoding_is_guess and not file.encoding_confirmed:
        raise Conflict(
            _("It is a guess that %(name)s is encoded as %(encoding)s. Look at the preview and confirm it.")
            % {"name": file.name, "encoding": file.encoding},
            code="encoding_unconfirmed",
            data={"encoding": file.encoding},
        )
    require_columns(file.kind, file.mapping, file.header)


def _require_at_rest(file: ImportFile) -> None:
    if file.apply_work_id is not None:
        raise Conflict(
            _("This import has been started already. Upload the file again."), code="already_started"
        )
    if file.check_work is not None and file.check_work.state in {Work.State.QUEUED, Work.State.RUNNING}:
        raise Conflict(_("The check is still running. Stop it first."), code="check_running")


def _look_into(file: ImportFile) -> None:
    """Read the header, and guess anew what a person has not said."""
    sheet = opened(file)
    file.encoding, file.sheet = sheet.notes.encoding, sheet.notes.sheet
    file.encoding_is_guess = sheet.notes.needs_encoding_confirmation or file.encoding_is_guess
    file.header = list(sheet.header)
    samples = [row.cells for row in sheet.preview(SAMPLES)]
    file.mapping = guess_columns(file.kind, file.header, samples=samples)
