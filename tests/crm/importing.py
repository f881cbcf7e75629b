"""Files to import, and the whole way through: upload, index, dry run, import as work."""

import csv
import io
from collections.abc import Sequence
from typing import Any

from tradedoor.core.actor import Actor
from tradedoor.crm.actions.imports import describe_import, start_check, start_import, upload_import
from tradedoor.crm.imports.outcomes import ImportOptions
from tradedoor.crm.imports.steppers import ApplySteps
from tradedoor.crm.models import ImportFile
from tradedoor.jobs.driving import drive_work
from tradedoor.jobs.models import Work, WorkLine
from tradedoor.jobs.registry import work as kind_of_work

APPLY = "tests.apply_import"

Table = Sequence[Sequence[str]]
Lines = list[tuple[int, str, str]]


@kind_of_work(APPLY)
class ApplyImport(ApplySteps):
    """The CRM's part alone; what follows for accesses is tested with them."""


def as_csv(table: Table, *, delimiter: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(table)
    return out.getvalue()


def upload(
    content: str | bytes | Table, *, kind: str, actor: Actor, name: str = "file.csv", **options: bool
) -> ImportFile:
    if not isinstance(content, str | bytes):
        content = as_csv(content)
    data = content.encode() if isinstance(content, str) else content
    file = upload_import(io.BytesIO(data), kind=kind, name=name, actor=actor)
    return describe_import(file, actor=actor, options=ImportOptions(**options)) if options else file


def checked(file: ImportFile, *, actor: Actor) -> Lines:
    return lines_of(_done(start_check(file, actor=actor)))


def applied(file: ImportFile, *, actor: Actor) -> Lines:
    file.refresh_from_db()
    return lines_of(_done(start_import(file, kind=APPLY, actor=actor)))


def import_all(content: str | bytes | Table, *, kind: str, actor: Actor, **options: Any) -> Lines:
    """Check and import; the answers of both must be the same."""
    file = upload(content, kind=kind, actor=actor, **options)
    promised = checked(file, actor=actor)
    kept = applied(file, actor=actor)
    assert kept == promised
    return kept


def lines_of(work: Work) -> Lines:
    return list(
        WorkLine.objects.filter(work=work).order_by("number").values_list("number", "status", "reason")
    )


def statuses(lines: Lines) -> list[str]:
    return [status for _number, status, _reason in lines]


def _done(work: Work) -> Work:
    done = drive_work(work.pk)
    assert done.state == Work.State.DONE, done.problem
    return done
