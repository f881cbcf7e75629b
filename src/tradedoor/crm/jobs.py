"""Background work of the CRM."""

from tradedoor.crm.imports.steppers import ApplySteps, CheckSteps
from tradedoor.jobs.registry import work


@work("crm.check_import")
class CheckImport(CheckSteps):
    """The dry run of an import: an answer for every row, and nothing written."""


@work("crm.apply_import")
class ApplyImport(ApplySteps):
    """An import without what follows for accesses; `access.apply_import` is the one that people start."""
