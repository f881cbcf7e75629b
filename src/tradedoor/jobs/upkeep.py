"""The runner's own housekeeping, and what apps below it need done regularly."""

from datetime import timedelta

from django.utils import timezone

from tradedoor.audit.seals import seal_new_rows
from tradedoor.jobs.models import Job, Work, WorkerPulse, WorkLine
from tradedoor.jobs.registry import task

DONE_JOBS_KEPT = timedelta(days=1)
FAILED_JOBS_KEPT = timedelta(days=30)
WORKS_KEPT = timedelta(days=30)  # their lines hold personal data: what a file said of each row
PULSES_KEPT = timedelta(days=1)


@task("audit.seal")
def seal() -> None:
    """Chain the rows of history written since the last run."""
    seal_new_rows()


@task("jobs.tidy")
def tidy() -> None:
    """Drop what nobody asks for any more: finished jobs, results of finished work, workers long gone."""
    now = timezone.now()
    Job.objects.filter(state=Job.State.DONE, finished_at__lt=now - DONE_JOBS_KEPT).delete()
    Job.objects.filter(state=Job.State.FAILED, finished_at__lt=now - FAILED_JOBS_KEPT).delete()
    WorkerPulse.objects.filter(seen_at__lt=now - PULSES_KEPT).delete()
    old = Work.objects.filter(finished_at__lt=now - WORKS_KEPT)
    for work in old.order_by("pk").iterator():
        WorkLine.objects.filter(work=work).delete()
        work.delete()
