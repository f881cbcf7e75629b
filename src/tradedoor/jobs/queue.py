"""Jobs: short work to be done once the transaction that asks for it has committed.

At least once: a worker may die after doing a job and before saying so. A worker's claim is a lease; when it
runs out, another takes the job over.
"""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from threading import Event
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from tradedoor.jobs.failures import described
from tradedoor.jobs.models import Job
from tradedoor.jobs.registry import task_named

log = logging.getLogger(__name__)

CLAIM = 20
MOST_ATTEMPTS = 5
FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(hours=1)


def enqueue(
    name: str,
    *,
    args: Mapping[str, Any] | None = None,
    run_at: datetime | None = None,
    dedupe_key: str = "",
) -> None:
    """Have the task `name` run once the caller's transaction has committed, not before `run_at`.

    Where a job with the same key already waits, that one is kept as it is and none is added. On PostgreSQL a
    second transaction that uses a key waits for the first to end, so keys do not belong into long ones.
    """
    now = timezone.now()
    job = Job(
        name=name, args=dict(args or {}), run_at=run_at or now, dedupe_key=dedupe_key or "", created_at=now
    )
    Job.objects.bulk_create([job], ignore_conflicts=bool(dedupe_key))


def run_due_jobs(*, worker: str, stop: Event | None = None) -> bool:
    """Claim some jobs that are due and run them one after the other; say whether there were any."""
    jobs = _claim(worker)
    for number, job in enumerate(jobs):
        if stop is not None and stop.is_set():
            _give_back(jobs[number:], worker)
            break
        run_job(job, worker=worker)
    return bool(jobs)


def run_job(job: Job, *, worker: str) -> None:
    """Run a claimed job and write down what became of it. A job that fails too often is parked as failed."""
    mine = _mine(job, worker)
    if not mine.update(attempts=F("attempts") + 1, leased_until=_lease()):
        return  # the lease ran out while others ran, and somebody else has it
    job.attempts += 1
    if job.attempts > MOST_ATTEMPTS:
        _park(mine, job, "WorkerLost: every worker that began it died")
        return
    try:
        task_named(job.name)(**job.args)
    except Exception as error:  # noqa: BLE001 - one job must not stop the queue; what it was is written down
        _failed(mine, job, described(error))
    else:
        mine.update(state=Job.State.DONE, leased_until=None, finished_at=timezone.now())


def keep_leases(worker: str) -> None:
    """Say that this worker still has its jobs in hand."""
    Job.objects.filter(state=Job.State.RUNNING, leased_by=worker).update(leased_until=_lease())


def catch_up_jobs(now: datetime, before: datetime) -> None:
    """The clock was set back: jobs that were due are due, and the lease of a dead worker ends as any does."""
    Job.objects.filter(state=Job.State.QUEUED, run_at__gt=now, run_at__lte=before).update(run_at=now)
    Job.objects.filter(state=Job.State.RUNNING, leased_until__gt=_lease()).update(leased_until=_lease())


def _claim(worker: str) -> list[Job]:
    now = timezone.now()
    expired = Job.objects.filter(state=Job.State.RUNNING, leased_until__lte=now).order_by("leased_until")
    due = Job.objects.filter(state=Job.State.QUEUED, run_at__lte=now).order_by("run_at", "id")
    # Asked before the transaction: an idle worker must not take SQLite's only write lock twice a second.
    if not due.exists() and not expired.exists():
        return []
    with transaction.atomic():
        jobs = _locked(expired, CLAIM)
        jobs += _locked(due, CLAIM - len(jobs))
        Job.objects.filter(pk__in=[job.pk for job in jobs]).update(
            state=Job.State.RUNNING, leased_by=worker, leased_until=_lease()
        )
    return jobs


def _locked(jobs: QuerySet[Job], count: int) -> list[Job]:
    return list(jobs.select_for_update(skip_locked=True)[:count])


def _mine(job: Job, worker: str) -> QuerySet[Job]:
    return Job.objects.filter(pk=job.pk, state=Job.State.RUNNING, leased_by=worker)


def _lease() -> datetime:
    lease: timedelta = settings.TRADEDOOR_JOB_LEASE
    return timezone.now() + lease


def _give_back(jobs: Iterable[Job], worker: str) -> None:
    # By an expired lease and not as queued: meanwhile one with the same key may be queued.
    Job.objects.filter(pk__in=[job.pk for job in jobs], state=Job.State.RUNNING, leased_by=worker).update(
        leased_until=timezone.now()
    )


def _failed(mine: QuerySet[Job], job: Job, error: str) -> None:
    if job.attempts >= MOST_ATTEMPTS:
        _park(mine, job, error)
        return
    log.warning("job %s (%s) failed and is tried again: %s", job.name, job.pk, error)
    wait = min(FIRST_WAIT * 4 ** (job.attempts - 1), LONGEST_WAIT)
    again = {"state": Job.State.QUEUED, "leased_until": None, "last_error": error}
    try:
        with transaction.atomic():
            mine.update(run_at=timezone.now() + wait, **again)
    except IntegrityError:
        # One with the same key was queued while this ran: that one is the next try.
        mine.update(state=Job.State.DONE, leased_until=None, last_error=error, finished_at=timezone.now())


def _park(mine: QuerySet[Job], job: Job, error: str) -> None:
    log.error("job %s (%s) is given up: %s", job.name, job.pk, error)
    mine.update(state=Job.State.FAILED, leased_until=None, last_error=error, finished_at=timezone.now())
