"""That a worker is alive, said by itself."""

from django.utils import timezone

from tradedoor.jobs.models import WorkerPulse


def beat(worker: str) -> None:
    """Say that this worker is alive."""
    now = timezone.now()
    if not WorkerPulse.objects.filter(name=worker).update(seen_at=now):
        WorkerPulse.objects.create(name=worker, started_at=now, seen_at=now)


def lay_down(worker: str) -> None:
    """Forget a worker that ends in good order."""
    WorkerPulse.objects.filter(name=worker).delete()
