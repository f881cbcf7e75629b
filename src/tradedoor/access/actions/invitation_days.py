"""Days of an invitation count from sending (product.md section 4): a mail that had to wait leaves with all of them.

Pace, a pause or a mail server that is down may keep a mail for days. Nobody holds its link meanwhile, so that the
link begins to live when the mail leaves, whatever the clock has made of it before.
"""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from tradedoor.access.actions import states
from tradedoor.access.emails import INVITATION, invitation_words
from tradedoor.access.models import Access, State
from tradedoor.accounts.models import OneTimeLink, Purpose
from tradedoor.mail.rendering import MessageRow, Rendered, template
from tradedoor.stores.models import Store

# A mail that leaves sooner has lost nothing worth writing.
A_WHILE = timedelta(minutes=10)


@template(INVITATION)
def invitation(row: MessageRow) -> Rendered | None:
    """The invitation as it leaves now, its days counted from now; None once its link is dead or would be refused."""
    if timezone.now() - row.created_at < A_WHILE:
        return invitation_words(row)
    with transaction.atomic():
        _count_from_now(row)
        words = invitation_words(row)
        if words is None:
            transaction.set_rollback(True)
    return words


def _count_from_now(row: MessageRow) -> None:
    """Give link and access the days of their store, beginning now; they are never made fewer."""
    held = states.lock([row.access_id] if row.access_id else [])
    links = OneTimeLink.objects.unspent().filter(pk__in=[row.link_id], purpose=Purpose.INVITATION)
    for store in Store.objects.filter(pk__in=[access.store_id for access in held]):
        expires_at = timezone.now() + timedelta(days=store.invitation_days)
        if links.filter(expires_at__lt=expires_at).update(expires_at=expires_at):
            pending = Access.objects.filter(pk__in=[access.pk for access in held], state=State.PENDING)
            pending.update(invitation_expires_at=expires_at)
