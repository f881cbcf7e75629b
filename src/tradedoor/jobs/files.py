"""Uploaded files that long work reads: dropped once nobody asks for the result any more."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.utils import timezone

from tradedoor.jobs.work import ACTIVE

KEPT = timedelta(days=30)


def drop_old_files(files: "models.QuerySet[Any]", *, forget: Callable[[UUID], None]) -> int:
    """Drop files uploaded a month ago, with what the data folder holds of them; how many.

    A file that is just being checked or imported waits for the next time. The model has `public_id`,
    `created_at`, `check_work` and `apply_work`. Safe twice and in parallel: the row is locked, and goes last, so
    that a run that was killed in between is made good by the next one.
    """
    busy = models.Q(check_work__state__in=ACTIVE) | models.Q(apply_work__state__in=ACTIVE)
    old = files.filter(created_at__lt=timezone.now() - KEPT).exclude(busy)
    dropped = 0
    for key in list(old.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            row = files.select_for_update().filter(pk=key).first()
            if row is not None and old.filter(pk=key).exists():
                forget(row.public_id)
                row.delete()
                dropped += 1
    return dropped
