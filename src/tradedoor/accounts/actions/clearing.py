"""Dropping what has ended and is kept no longer (GDP-01). None of it decides anything any more."""

from datetime import timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from tradedoor.accounts.models import OneTimeLink, Session, Throttle

LINKS_KEPT = timedelta(days=30)
COUNTS_KEPT = timedelta(days=30)
BATCH = 5000  # rows in one transaction, so that nobody's sign-in waits for it


def clear_out() -> int:
    """Drop sessions past their end, and links and counts of tries that ended a month ago; how many.

    Batch by batch: what was dropped before an interruption stays dropped.
    """
    now = timezone.now()
    long_ago = now - LINKS_KEPT
    dead = Q(used_at__lt=long_ago) | Q(revoked_at__lt=long_ago) | Q(expires_at__lt=long_ago)
    return (
        _drop(Session.objects.filter(expires_at__lte=now))
        + _drop(OneTimeLink.objects.filter(dead))
        + _drop(Throttle.objects.filter(window_ends_at__lt=now - COUNTS_KEPT))
    )


def _drop(rows: "QuerySet[Any]") -> int:
    dropped = 0
    while ids := list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        dropped += rows.filter(pk__in=ids).delete()[0]
    return dropped
