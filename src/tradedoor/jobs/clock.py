"""Periodic tasks: once a period over all workers, however many there are."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from tradedoor.jobs.models import Periodic
from tradedoor.jobs.queue import enqueue
from tradedoor.jobs.registry import periods


def enqueue_due() -> int:
    """Enqueue each periodic task whose time has come; return how many this worker won."""
    now = timezone.now()
    known = dict(Periodic.objects.values_list("name", "due_at"))
    new = [Periodic(name=name, due_at=now) for name in periods() if name not in known]
    if new:
        Periodic.objects.bulk_create(new, ignore_conflicts=True)
        known |= {row.name: now for row in new}
    return sum(
        _enqueue(name, due=known[name], now=now, seconds=seconds) for name, seconds in periods().items()
    )


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
