"""Accesses becoming those of another contact, or of another customer: the one way, for merging and for mending."""

from collections.abc import Sequence

from tradedoor.access.actions import documents
from tradedoor.access.events import Event
from tradedoor.access.models import Access, Role
from tradedoor.accounts.actions.sessions import end_sessions
from tradedoor.audit.record import Entry, record_many
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact


def give_to(rows: Sequence[Access], *, to: Contact, actor: Actor, why: str = "") -> None:
    """Let these accesses, held by the caller, be those of `to` at its customer; their logins stay.

    Who comes from another customer comes as a buyer: whoever decides over one company was never given a say in the
    other, and whoever links contacts may not hand it out. Such sessions end, so that nobody goes on as before.
    """
    ranked = [row for row in rows if row.customer_id != to.customer_id and row.role != Role.BUYER]
    keys = [row.pk for row in rows]
    Access.objects.filter(pk__in=keys).update(contact=to)
    documents.relink_to_contact(keys)
    if ranked:
        Access.objects.filter(pk__in=[row.pk for row in ranked]).update(role=Role.BUYER)
        end_sessions(access_ids=[row.pk for row in ranked])
    lost = {row.pk: {"role": {"old": row.role, "new": Role.BUYER.value}} for row in ranked}
    entries = [
        Entry(
            store_id=row.store_id,
            customer_id=to.customer_id,
            contact_id=to.pk,
            access_id=row.pk,
            login_id=row.login_id,
            data={
                "from_contact": row.contact_id,
                "from_customer": row.customer_id,
                **({"why": why} if why else {}),
                **lost.get(row.pk, {}),
            },
        )
        for row in rows
    ]
    record_many(Event.RELINKED, actor=actor, entries=entries)
