"""Which mails may leave now: those that are due, not paused, within the pace, while the server is well.

A sender's claim is a lease. A worker that dies after the server took a mail and before that was written down
leaves it to be sent again, with the same Message-ID and the same link: at least once, never half.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from tradedoor.jobs.registry import when_set_back
from tradedoor.mail.models import MailMessage, MailRelay
from tradedoor.mail.outbox import paused_stores

LEASE = timedelta(seconds=30)
MINUTE = timedelta(minutes=1)
RELAY = 1
FIRST_HOLD = timedelta(seconds=5)
LONGEST_HOLD = timedelta(minutes=5)

State = MailMessage.State


def claim(*, sender: str, most: int) -> list[MailMessage]:
    """Take up to `most` mails that may leave now, oldest first, for this sender alone."""
    now = timezone.now()
    open_mail = _open_mail()
    if open_mail is None or not _any_due(open_mail, now) or _is_held(now):
        return []
    with transaction.atomic():
        count = min(most, _allowance(now)) if _is_paced() else most
        if count <= 0:
            return []
        found = _locked(_expired(open_mail, now), count)
        found += _locked(_due(open_mail, now), count - len(found))
        MailMessage.objects.filter(pk__in=[mail.pk for mail in found]).update(
            state=State.SENDING,
            leased_by=sender,
            leased_until=now + LEASE,
            handed_at=now,
            attempts=F("attempts") + 1,
        )
    for mail in found:
        mail.attempts += 1
    return found


def still_mine(mails: Sequence[MailMessage], *, sender: str) -> list[MailMessage]:
    """Return those that were neither cancelled, paused nor lost since they were claimed, with a fresh lease."""
    open_mail = _open_mail()
    if open_mail is None:
        return []
    mine = open_mail.filter(pk__in=[mail.pk for mail in mails], state=State.SENDING, leased_by=sender)
    if not mine.update(leased_until=timezone.now() + LEASE):
        return []
    kept = set(mine.values_list("pk", flat=True))
    return [mail for mail in mails if mail.pk in kept]


def keep_leases(*, sender: str) -> None:
    """Say that this sender still has its mails in hand."""
    MailMessage.objects.filter(state=State.SENDING, leased_by=sender).update(
        leased_until=timezone.now() + LEASE
    )


def give_back(mails: Collection[MailMessage], *, sender: str) -> None:
    """Queue again what was claimed and never handed over; it counts neither as a try nor towards the pace."""
    MailMessage.objects.filter(
        pk__in=[mail.pk for mail in mails], state=State.SENDING, leased_by=sender
    ).update(state=State.QUEUED, leased_until=None, handed_at=None, attempts=F("attempts") - 1)


def note_trouble(code: str, reply: str, *, hold: bool) -> None:
    """Write down what is wrong with the server; with `hold`, no sender tries it for a while, longer each time."""
    now = timezone.now()
    with transaction.atomic():
        relay = _relay()
        relay.failures += 1
        relay.trouble_code, relay.trouble_reply = code[:40], reply[:300]
        relay.trouble_since = relay.trouble_since or now
        if hold:
            relay.retry_at = now + min(FIRST_HOLD * 2 ** min(relay.failures - 1, 10), LONGEST_HOLD)
        relay.save()


def end_trouble() -> None:
    """Write down that the server takes mail; nothing to do where no trouble was known."""
    MailRelay.objects.exclude(trouble_code="").update(
        trouble_code="", trouble_reply="", trouble_since=None, failures=0, retry_at=None
    )


@when_set_back
def catch_up_mail(now: datetime, before: datetime) -> None:
    """The clock was set back: mail that was due leaves, and neither a lease nor a held server lasts longer for it."""
    MailMessage.objects.filter(state=State.QUEUED, run_at__gt=now, run_at__lte=before).update(run_at=now)
    lost = MailMessage.objects.filter(state=State.SENDING, leased_until__gt=now + LEASE)
    lost.update(leased_until=now + LEASE)
    # Handed over in a time that is still to come, they would count towards the pace of every minute until then.
    MailMessage.objects.filter(handed_at__gt=now).update(handed_at=now)
    MailRelay.objects.filter(retry_at__gt=now + LONGEST_HOLD).update(retry_at=now)


def _open_mail() -> QuerySet[MailMessage] | None:
    """Return the mails no pause holds; None where all mail is paused."""
    are_all, stores = paused_stores()
    if are_all:
        return None
    mails = MailMessage.objects.all()
    # Spelled out, since `NOT IN` knows no store of none.
    return mails.filter(Q(store_id__isnull=True) | ~Q(store_id__in=stores)) if stores else mails


def _due(mails: QuerySet[MailMessage], now: datetime) -> QuerySet[MailMessage]:
    return mails.filter(state=State.QUEUED, run_at__lte=now).order_by("run_at", "pk")


def _expired(mails: QuerySet[MailMessage], now: datetime) -> QuerySet[MailMessage]:
    return mails.filter(state=State.SENDING, leased_until__lte=now).order_by("leased_until", "pk")


def _any_due(mails: QuerySet[MailMessage], now: datetime) -> bool:
    return _due(mails, now).exists() or _expired(mails, now).exists()


def _is_held(now: datetime) -> bool:
    if settings.TRADEDOOR_MAIL_CAPTURED:
        return False
    return MailRelay.objects.filter(pk=RELAY, retry_at__gt=now).exists()


def _is_paced() -> bool:
    return settings.TRADEDOOR_MAIL_PER_MINUTE > 0 and not settings.TRADEDOOR_MAIL_CAPTURED


def _allowance(now: datetime) -> int:
    """Return how many more mails this minute takes. Senders count one after the other, by the relay's lock."""
    _relay()
    handed = MailMessage.objects.filter(handed_at__gt=now - MINUTE).count()
    per_minute: int = settings.TRADEDOOR_MAIL_PER_MINUTE
    return per_minute - handed


def _relay() -> MailRelay:
    MailRelay.objects.bulk_create([MailRelay(pk=RELAY)], ignore_conflicts=True)
    return MailRelay.objects.select_for_update().get(pk=RELAY)


def _locked(mails: QuerySet[MailMessage], count: int) -> list[MailMessage]:
    return list(mails.select_for_update(skip_locked=True)[:count])
