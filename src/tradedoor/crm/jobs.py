"""Background work of the CRM. Applying an import is work of `access.jobs`, because accesses follow it."""

from tradedoor.crm.imports.steppers import CheckSteps
from tradedoor.jobs.registry import work


@work("crm.check_import")
class CheckImport(CheckSteps):
    """The dry run of an import: an answer for every row, and nothing written."""
