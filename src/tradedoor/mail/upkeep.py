"""What the outbox forgets, and when (GDP-01)."""

from datetime import timedelta

from django.utils import timezone

from tradedoor.core.bulk import delete_many
from tradedoor.jobs.registry import task
from tradedoor.jobs.upkeep import report
from tradedoor.mail.models import MailBody, MailMessage
from tradedoor.mail.outbox import UNSENT

KEPT = timedelta(days=90)
BODIES_KEPT = timedelta(days=30)
LONGEST_TOLD = timedelta(days=14)  # no temporary password lives longer (TMP-03)


@task("mail.tidy")
def tidy() -> None:
    """Drop mails that are over once nobody asks after them any more, captured bodies before that, and what those tell sooner."""
    now = timezone.now()
    old = MailMessage.objects.filter(created_at__lt=now - KEPT).exclude(state__in=UNSENT)
    bodies = MailBody.objects.filter(message__created_at__lt=now - BODIES_KEPT)
    MailMessage.objects.filter(
        state=MailMessage.State.CAPTURED, sealed__gt="", created_at__lt=now - LONGEST_TOLD
    ).update(sealed="")
    report("mail.tidy", {"bodies": delete_many(bodies), "mails": delete_many(old)})
