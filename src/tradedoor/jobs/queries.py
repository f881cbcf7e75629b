"""Whether anybody does background work. What may be read of long work stands in `work`."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Max, Min
from django.utils import timezone

from tradedoor.jobs.models import Job, WorkerPulse


def workers_silent() -> bool:
    """Say whether no worker has been heard of for longer than the setting allows."""
    return workers_silent_since() is not None


def workers_silent_since() -> datetime | None:
    """Return since when no worker has been heard of, None while one is alive.

    Where there never was one, it is silent since the oldest job began to wait. A worker that was stopped in
    good order counts as one that never was.
    """
    limit: timedelta = settings.TRADEDOOR_WORKER_SILENT_AFTER
    seen: datetime | None = WorkerPulse.objects.aggregate(seen=Max("seen_at"))["seen"]
    if seen is None:
        seen = Job.objects.filter(state=Job.State.QUEUED).aggregate(oldest=Min("run_at"))["oldest"]
    return seen if seen is not None and timezone.now() - seen > limit else None
