"""Bringing audiences at Mailchimp up to date, on the clock and at once."""

from datetime import timedelta

from django.utils import timezone

from tradedoor.core.bulk import delete_many
from tradedoor.integrations.actions.audiences import SYNC
from tradedoor.integrations.actions.syncing import due_audiences, sync_audience
from tradedoor.integrations.models import Delivery
from tradedoor.jobs.registry import task
from tradedoor.jobs.upkeep import report

KEPT = timedelta(days=90)


@task(SYNC)
def sync(audience_id: int) -> None:
    """Bring one audience up to date."""
    if audience_id in due_audiences():
        sync_audience(audience_id)


@task("integrations.sync_all")
def sync_all() -> None:
    """Bring every audience up to date whose time has come."""
    for audience_id in due_audiences():
        sync_audience(audience_id)


@task("integrations.tidy")
def tidy() -> None:
    """Forget calls of more than ninety days ago."""
    dropped = delete_many(Delivery.objects.filter(at__lt=timezone.now() - KEPT))
    report("integrations.tidy", {"calls": dropped})
