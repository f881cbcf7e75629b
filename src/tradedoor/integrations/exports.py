"""A mailing list as a file, for whatever sends the mail-out."""

from collections.abc import Iterator, Sequence

from django.db.models import QuerySet

from tradedoor.audit.record import record
from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.actions.exports import CHUNK, Export
from tradedoor.crm.models import Contact
from tradedoor.integrations.actions.leaving import unsubscribe_token
from tradedoor.integrations.events import Event
from tradedoor.integrations.queries import Kind, mailing_list
from tradedoor.stores.models import Store
from tradedoor.stores.urls import public_url

HEADER = (
    "Email", "First name", "Last name", "Company", "Customer code", "Receive Mail Out", "Since", "Source",
    "Unsubscribe link",
)  # fmt: skip


def export_mailing_list(store: Store, kind: Kind, *, actor: Actor, search: str = "") -> Export:
    """The people of a mailing list, each with the link by which they leave it. Who exported how many is recorded.

    Raises `NotAllowed`.
    """
    require(actor, Permission.CRM_EXPORT)
    rows = mailing_list(store, kind, actor=actor, search=search).order_by("sort_name", "pk")
    record(
        Event.EXPORT_MADE,
        actor=actor,
        store_id=store.pk,
        data={"what": kind.value, "rows": rows.count()},
    )
    return Export(HEADER, _lines(store, rows))


def _lines(store: Store, rows: "QuerySet[Contact]") -> Iterator[Sequence[str]]:
    for row in rows.iterator(chunk_size=CHUNK):
        yield (
            row.email,
            row.first_name,
            row.last_name,
            row.customer.name,
            row.customer.code,
            "yes" if row.receive_mail_out else "no",
            row.consent_at.isoformat(timespec="minutes") if row.consent_at else "",
            row.consent_source,
            public_url(store, f"unsubscribe/{unsubscribe_token(store, row)}/"),
        )
