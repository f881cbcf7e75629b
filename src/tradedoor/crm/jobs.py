"""Background work of the CRM. Applying an import is work of `access.jobs`, because accesses follow it."""

from tradedoor.crm.actions.clearing import clear_out
from tradedoor.crm.imports.steppers import CheckSteps
from tradedoor.jobs.registry import task, work
from tradedoor.jobs.upkeep import report


@work("crm.check_import")
class CheckImport(CheckSteps):
    """The dry run of an import: an answer for every row, and nothing written."""


@task("crm.tidy")
def tidy() -> None:
    """Drop uploaded files nobody asks for any more."""
    report("crm.tidy", clear_out())
