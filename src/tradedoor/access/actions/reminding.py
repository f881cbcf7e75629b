"""The reminder of an invitation that is about to run out: one mail, two days before, to who was mailed it."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from tradedoor.access.actions import states
from tradedoor.access.actions.isolating import as_far_as_possible
from tradedoor.access.emails import INVITATION, REMINDER, reminders_to
from tradedoor.access.events import Event
from tradedoor.access.models import Access, State
from tradedoor.accounts.models import Login, OneTimeLink, Purpose
from tradedoor.accounts.models import OneTimeLinkQuerySet as Links
from tradedoor.audit.record import Entry, record_many
from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.models import Contact
from tradedoor.mail.models import MailMessage
from tradedoor.mail.outbox import post_many
from tradedoor.stores.models import Store

BEFORE = timedelta(days=2)
# Nobody is reminded of what arrived this moment, be it because the link lives for so short or the mail waited.
AFTER = timedelta(days=1)
BATCH = 500
ARRIVED = (MailMessage.State.SENT, MailMessage.State.CAPTURED)


def remind(*, actor: Actor) -> int:
    """Post the reminders of all invitations that are due one, batch by batch; how many.

    Once a link: a new invitation has a reminder of its own. Links that were never mailed, whose mail was refused
    or that would be refused themselves have none. Safe in parallel. One at which we stumble keeps none of the
    others back, and is tried again next time. Raises `NotAllowed`.
    """
    require(actor, Permission.ACCESS_REMIND)
    done, after = 0, 0
    while ids := list(_due().filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        done += as_far_as_possible(ids, partial(_remind, actor=actor), what="reminder of link")
        after = ids[-1]
    return done


@transaction.atomic
def _remind(link_ids: Sequence[int], *, actor: Actor) -> int:
    due = _due().filter(pk__in=link_ids)
    # Another worker may have done the same; once its transaction is over, its reminders are seen.
    states.lock(pk for pk in due.values_list("access_id", flat=True) if pk is not None)
    links = list(due.order_by("pk"))
    contacts = Contact.objects.in_bulk([link.contact_id for link in links])
    post_many(reminders_to([contacts[link.contact_id or 0] for link in links], links))
    entries = [
        Entry(
            store_id=link.store_id,
            customer_id=link.customer_id,
            contact_id=link.contact_id,
            access_id=link.access_id,
            login_id=link.login_id,
            data={"link_id": link.pk},
        )
        for link in links
    ]
    record_many(Event.REMINDED, actor=actor, entries=entries)
    return len(links)


def _due() -> Links:
    now = timezone.now()
    mails = MailMessage.objects.filter(access_id=OuterRef("access_id"), link_id=OuterRef("pk"))
    pending = Access.objects.filter(
        pk=OuterRef("access_id"),
        state=State.PENDING,
        login_id=OuterRef("login_id"),
        contact__email_canonical=OuterRef("address"),
    )
    reminding = Store.objects.filter(is_active=True, invitation_reminder=True)
    able = Login.objects.filter(is_active=True, held_at=None)
    return OneTimeLink.objects.live(now).filter(
        Exists(pending),
        Exists(mails.filter(template=INVITATION, state__in=ARRIVED, sent_at__lte=now - AFTER)),
        ~Exists(mails.filter(template=REMINDER)),
        purpose=Purpose.INVITATION,
        expires_at__lte=now + BEFORE,
        created_at__lte=F("expires_at") - BEFORE - AFTER,
        store_id__in=reminding.values("pk"),
        login__in=able,
    )
