"""Dropping what has ended and is kept no longer (GDP-01). None of it decides anything any more."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from tradedoor.accounts.models import OneTimeLink, Session, Throttle
from tradedoor.core.bulk import delete_many

LINKS_KEPT = timedelta(days=30)
COUNTS_KEPT = timedelta(days=30)


def clear_out() -> dict[str, int]:
    """Drop sessions past their end, and links and counts of tries that ended a month ago; how many of each.

    Chunk by chunk: what was dropped before an interruption stays dropped.
    """
    now = timezone.now()
    long_ago = now - LINKS_KEPT
    dead = Q(used_at__lt=long_ago) | Q(revoked_at__lt=long_ago) | Q(expires_at__lt=long_ago)
    return {
        "sessions": delete_many(Session.objects.filter(expires_at__lte=now)) + _drop_idle_sessions(),
        "links": delete_many(OneTimeLink.objects.filter(dead)),
        "tries": delete_many(Throttle.objects.filter(window_ends_at__lt=now - COUNTS_KEPT)),
    }


def _drop_idle_sessions() -> int:
    """Drop those nobody has used for as long as each may rest. There are few lengths, and many sessions of each."""
    now = timezone.now()
    lengths = Session.objects.order_by().values_list("idle_seconds", flat=True).distinct()
    return sum(
        delete_many(
            Session.objects.filter(idle_seconds=seconds, seen_at__lte=now - timedelta(seconds=seconds))
        )
        for seconds in list(lengths)
    )
