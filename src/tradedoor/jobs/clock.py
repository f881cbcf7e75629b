"""Periodic tasks: once a period over all workers, however many there are."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from tradedoor.jobs.driving import catch_up_work
from tradedoor.jobs.models import Periodic, WorkerPulse
from tradedoor.jobs.queue import catch_up_jobs, enqueue
from tradedoor.jobs.registry import catch_ups, periods

log = logging.getLogger(__name__)


def enqueue_due() -> int:
    """Enqueue each periodic task whose time has come; return how many this worker won."""
    now = timezone.now()
    known = dict(Periodic.objects.values_list("name", "due_at"))
    new = [Periodic(name=name, due_at=now) for name in periods() if name not in known]
    if new:
        Periodic.objects.bulk_create(new, ignore_conflicts=True)
        known |= {row.name: now for row in new}
    _mind_set_back(known, now=now)
    return sum(
        _enqueue(name, due=known[name], now=now, seconds=seconds) for name, seconds in periods().items()
    )


def _mind_set_back(known: Mapping[str, datetime], *, now: datetime) -> None:
    """Let nothing wait until a clock that was set back has caught up; the most frequent task tells that it was."""
    ahead = [(seconds, known[name]) for name, seconds in periods().items() if name in known]
    seconds, before = min(ahead, default=(0, now))
    if before <= now + timedelta(seconds=seconds):
        return
    log.warning("the clock was set back by about %s", before - now)
    with transaction.atomic():
        for catch_up in (catch_up_jobs, catch_up_work, *catch_ups()):
            catch_up(now, before)
        WorkerPulse.objects.filter(seen_at__gt=now).update(seen_at=now)


def _enqueue(name: str, *, due: datetime, now: datetime, seconds: int) -> bool:
    period = timedelta(seconds=seconds)
    # Due further ahead than one period: the clock was set back, or the period made shorter.
    if now < due <= now + period:
        return False
    with transaction.atomic():
        won = Periodic.objects.filter(name=name, due_at=due).update(due_at=now + period)
        if won:
            enqueue(name, dedupe_key=f"periodic:{name}")
    return bool(won)
