"""Dropping what was never confirmed (REG-05): it holds what people typed and is nothing else."""

from django.db import transaction
from django.utils import timezone

from tradedoor.accounts.actions.links import revoke_links
from tradedoor.accounts.models import RevokedWhy
from tradedoor.core.bulk import delete_many
from tradedoor.registration.models import Registration


def clear_out() -> dict[str, int]:
    """Drop registrations whose 48 hours are over and whose mailbox was not proven; how many."""
    over = Registration.objects.filter(confirmed_at=None, expires_at__lte=timezone.now())
    return {"registrations": delete_many(over)}


@transaction.atomic
def drop_others(registration: Registration) -> None:
    """Drop what the same person began besides and never confirmed, and kill the links of it."""
    others = Registration.objects.filter(
        store=registration.store_id,
        email_canonical=registration.email_canonical,
        customer=registration.customer_id,
        confirmed_at=None,
    ).exclude(pk=registration.pk)
    link_ids = [link_id for link_id in others.values_list("link_id", flat=True) if link_id is not None]
    if link_ids:
        revoke_links(link_ids=link_ids, why=RevokedWhy.SUPERSEDED)
    others.delete()
