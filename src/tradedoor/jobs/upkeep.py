"""The runner's own housekeeping, and what apps below it need done regularly."""

import logging
from collections.abc import Mapping
from datetime import timedelta

from django.utils import timezone

from tradedoor.audit.seals import seal_new_rows
from tradedoor.core.bulk import delete_many
from tradedoor.jobs.models import Job, Work, WorkerPulse, WorkLine
from tradedoor.jobs.registry import task

log = logging.getLogger(__name__)

DONE_JOBS_KEPT = timedelta(days=1)
FAILED_JOBS_KEPT = timedelta(days=30)
# Their lines hold personal data: what a file said of each row. A day longer than the files they came from, which
# would otherwise look as if nothing had been done with them.
WORKS_KEPT = timedelta(days=31)
PULSES_KEPT = timedelta(days=1)


def report(task_name: str, dropped: Mapping[str, int]) -> None:
    """Say in the log what housekeeping dropped, where it dropped anything (GDP-01)."""
    said = ", ".join(f"{count} {what}" for what, count in dropped.items() if count)
    if said:
        log.info("%s dropped %s", task_name, said)


@task("audit.seal")
def seal() -> None:
    """Chain the rows of history written since the last run."""
    seal_new_rows()


@task("jobs.tidy")
def tidy() -> None:
    """Drop what nobody asks for any more: finished jobs, results of finished work, workers long gone."""
    now = timezone.now()
    done = Job.objects.filter(state=Job.State.DONE, finished_at__lt=now - DONE_JOBS_KEPT)
    failed = Job.objects.filter(state=Job.State.FAILED, finished_at__lt=now - FAILED_JOBS_KEPT)
    gone = WorkerPulse.objects.filter(seen_at__lt=now - PULSES_KEPT)
    counts = {"jobs": delete_many(done) + delete_many(failed), "workers": delete_many(gone)}
    report("jobs.tidy", counts | _drop_works())


def _drop_works() -> dict[str, int]:
    """Drop finished work and, before it, its lines: of a large import there are a million."""
    old = Work.objects.filter(finished_at__lt=timezone.now() - WORKS_KEPT)
    works = lines = 0
    for key in list(old.order_by("pk").values_list("pk", flat=True)):
        lines += delete_many(WorkLine.objects.filter(work=key))
        works += delete_many(old.filter(pk=key))
    return {"works": works, "lines": lines}
