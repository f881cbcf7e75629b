"""Dropping uploaded files of customers and contacts that are kept no longer (GDP-01)."""

from datetime import timedelta

from django.utils import timezone

from tradedoor.crm.imports.spool import SHELF
from tradedoor.crm.models import ImportFile
from tradedoor.jobs.files import drop_old_files

STRAYS_KEPT = timedelta(days=1)


def clear_out() -> dict[str, int]:
    """Drop files uploaded a month ago, and what a killed process left in the data folder; how many of each."""
    dropped = drop_old_files(ImportFile.objects.all(), forget=SHELF.forget)
    known = set(ImportFile.objects.values_list("public_id", flat=True))
    strays = SHELF.forget_strays(known, before=timezone.now() - STRAYS_KEPT)
    return {"files": dropped, "strays": strays}
