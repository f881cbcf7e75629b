"""What the outbox forgets, and when (GDP-01)."""

from datetime import timedelta

from django.utils import timezone

from tradedoor.jobs.registry import task
from tradedoor.mail.models import MailBody, MailMessage
from tradedoor.mail.outbox import UNSENT

KEPT = timedelta(days=90)


@task("mail.tidy")
def tidy() -> None:
    """Drop mails that are over, with their captured bodies, once nobody asks after them any more."""
    old = MailMessage.objects.filter(created_at__lt=timezone.now() - KEPT).exclude(state__in=UNSENT)
    MailBody.objects.filter(message__in=old).delete()
    old.delete()
