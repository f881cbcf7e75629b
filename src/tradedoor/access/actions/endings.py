"""What ends with an access: its sessions, its links, their unsent mail. Nothing of it ever comes back (F-08)."""

from collections.abc import Collection
from enum import StrEnum

from django.db import transaction
from django.db.models import Q

from tradedoor.access.actions import states
from tradedoor.access.actions.email_schedule import cancel_of_contacts
from tradedoor.access.actions.states import Change, Moved
from tradedoor.access.events import Event
from tradedoor.access.models import Access, EmailChange, State
from tradedoor.access.reasons import Reason
from tradedoor.access.transitions import Trigger
from tradedoor.accounts.actions.logins import Ended, end_accesses, revoke_password_links
from tradedoor.accounts.actions.temporary import end_temporary_passwords
from tradedoor.accounts.models import RevokedWhy
from tradedoor.audit.record import Entry, record_many
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact

LIVING = (State.PENDING, State.CURRENT, State.REQUESTED)


class EndedWhy(StrEnum):
    """Why accesses end from above; kept as their reason."""

    CONTACT_ARCHIVED = Reason.CONTACT_ARCHIVED
    CONTACT_MOVED = "contact_moved"
    CUSTOMER_INACTIVE = Reason.CUSTOMER_INACTIVE
    CUSTOMER_ARCHIVED = "customer_archived"
    MERGED = "merged"


REVOKED: dict[EndedWhy, RevokedWhy] = {
    EndedWhy.CONTACT_ARCHIVED: RevokedWhy.ARCHIVED,
    EndedWhy.CONTACT_MOVED: RevokedWhy.ARCHIVED,
    EndedWhy.CUSTOMER_INACTIVE: RevokedWhy.CUSTOMER_INACTIVE,
    EndedWhy.CUSTOMER_ARCHIVED: RevokedWhy.ARCHIVED,
    EndedWhy.MERGED: RevokedWhy.ARCHIVED,
}


@transaction.atomic
def end_everything(moved: Moved, *, why: RevokedWhy) -> Ended:
    """End the sessions and links of accesses that were just closed, and cancel their unsent mail.

    Links behind which a login sets a password, and a temporary one that staff gave it, die with its last current
    access (TOK-08). What it has open through other accesses goes on.
    """
    if not moved.ids:
        return Ended(sessions=0, links=0)
    ended = end_accesses(moved.ids, why=why)
    logins = {head.login_id for head in moved.heads if head.login_id is not None}
    still_in = set(
        Access.objects.filter(login_id__in=logins, state=State.CURRENT).values_list("login_id", flat=True)
    )
    if alone := logins - still_in:
        end_temporary_passwords(alone)
        links = revoke_password_links(alone, why=why)
        return Ended(sessions=ended.sessions, links=ended.links + links)
    return ended


@transaction.atomic
def end_from_above(
    *,
    why: EndedWhy,
    actor: Actor,
    contact_ids: Collection[int] | None = None,
    customer_ids: Collection[int] | None = None,
) -> Moved:
    """End every access of these contacts, or of these customers, that could still be used or become so; with both,
    those that the contacts have for the customers.

    Pending ones are cancelled, requests declined, current ones deactivated; nobody is mailed. Email changes on
    their way and scheduled returns are cancelled. Asks for no permission, since it follows from a change in the
    CRM that was allowed, and reaches all stores. Raises `ValueError` where neither contacts nor customers are
    named.
    """
    if contact_ids is None and customer_ids is None:
        raise ValueError("name contacts or customers")
    which = Q() if contact_ids is None else Q(contact_id__in=contact_ids)
    which &= Q() if customer_ids is None else Q(customer_id__in=customer_ids)
    if contact_ids is None and customer_ids is not None:
        # Whoever invites holds the contact; once it is let go, the access they made is seen here.
        list(
            Contact.objects.select_for_update(no_key=True)
            .filter(customer_id__in=customer_ids)
            .order_by("pk")
            .values_list("pk")
        )
    # Together with those that only lose their return further down.
    ending = Q(state__in=LIVING) | Q(return_on__isnull=False)
    states.lock(Access.objects.filter(which & ending).values_list("pk", flat=True))
    ids = list(Access.objects.filter(which, state__in=LIVING).values_list("pk", flat=True))
    also = {
        "ended_from_above": True,
        "deactivated_by_id": actor.login_id,
        "deactivated_reason": why,
        "return_on": None,
        "deed": None,
    }
    moved = states.move(Change(Trigger.END, ids=ids, also=also), actor=actor, data={"why": why})
    end_everything(moved, why=REVOKED[why])
    cancel_returns(which, actor=actor)
    cancel_of_contacts(
        contact_ids if contact_ids is not None else _contacts_of(customer_ids or ()), actor=actor
    )
    return moved


def cancel_returns(which: Q, *, actor: Actor) -> None:
    """Let nobody of these come back by a date that was set before they left."""
    keys = Access.objects.filter(which, return_on__isnull=False).values_list("pk", flat=True)
    rows = states.lock(list(keys))
    Access.objects.filter(pk__in=[row.pk for row in rows]).update(return_on=None)
    record_dates(Event.DATES_CANCELLED, rows, actor=actor)


def record_dates(event: Event, rows: Collection[Access], *, actor: Actor, **data: str) -> None:
    """Write to the history of each what became of its dates."""
    entries = [
        Entry(
            store_id=row.store_id,
            customer_id=row.customer_id,
            contact_id=row.contact_id,
            access_id=row.pk,
            login_id=row.login_id,
            data=data,
        )
        for row in rows
    ]
    record_many(event, actor=actor, entries=entries)


def _contacts_of(customer_ids: Collection[int]) -> list[int]:
    rows = EmailChange.objects.open().filter(contact__customer_id__in=customer_ids)
    return list(rows.values_list("contact_id", flat=True))
