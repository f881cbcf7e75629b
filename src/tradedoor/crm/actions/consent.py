"""Mailings given up, or asked for again, by the person: from a link in a mail or from the service that sends them.

Nobody's permission is asked: whoever calls these has the person's own word, and a wish to be left alone needs none.
"""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from tradedoor.audit.record import Entry, record_many
from tradedoor.core.actor import Actor
from tradedoor.crm.events import Event
from tradedoor.crm.models import Contact, ContactQuerySet


@transaction.atomic
def withdraw_consent(contact_ids: Collection[int], *, source: str, at: datetime, actor: Actor) -> list[int]:
    """They get no mailings any more, from `at` on and as `source` says; who changed by that."""
    on = Contact.objects.filter(pk__in=contact_ids).filter(Q(subscribed=True) | Q(receive_mail_out=True))
    return _set(on, Event.CONTACT_LEFT_MAILINGS, subscribed=False, source=source, at=at, actor=actor)


@transaction.atomic
def give_consent(contact_ids: Collection[int], *, source: str, at: datetime, actor: Actor) -> list[int]:
    """They are subscribed again, by their own doing elsewhere; who changed by that."""
    off = Contact.objects.living().filter(pk__in=contact_ids, subscribed=False)
    return _set(off, Event.CONTACT_JOINED_MAILINGS, subscribed=True, source=source, at=at, actor=actor)


def _set(
    rows: ContactQuerySet, event: str, *, subscribed: bool, source: str, at: datetime, actor: Actor
) -> list[int]:
    locked = list(rows.select_for_update().order_by("pk"))
    also = {} if subscribed else {"receive_mail_out": False}
    Contact.objects.filter(pk__in=[row.pk for row in locked]).update(
        subscribed=subscribed,
        consent_at=at,
        consent_source=source,
        version=F("version") + 1,
        updated_at=timezone.now(),
        **also,
    )
    entries = [
        Entry(customer_id=row.customer_id, contact_id=row.pk, data={"source": source}) for row in locked
    ]
    record_many(event, actor=actor, entries=entries)
    return [row.pk for row in locked]
