"""The same history as a file, with names where rows hold keys; whole as its filters have it."""

from collections.abc import Iterator, Sequence

from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from tradedoor.audit.exports import export_timeline
from tradedoor.audit.queries import TimelineEntry
from tradedoor.core.sheets.writing import csv_chunks
from tradedoor.crm.models import Contact, Customer
from tradedoor.staff.timeline import Named, changes_of
from tradedoor.staff.timeline_filters import Asked
from tradedoor.stores.models import Store
from tradedoor.stores.queries import stores
from tradedoor.web.requests import ActorRequest


def timeline_file(
    request: ActorRequest,
    *,
    customer: Customer | None = None,
    contact: Contact | None = None,
    store: Store | None = None,
) -> StreamingHttpResponse:
    """The rows that `timeline_context` pages through, as CSV that a spreadsheet opens without running anything.

    Raises `NotAllowed` and `NotFound`.
    """
    about_one = bool(customer or contact or store)
    asked = Asked(request, stores=[] if about_one else list(stores(request.actor)))
    batches = export_timeline(
        request.actor,
        {
            "customer_id": customer.pk if customer else None,
            "contact_id": contact.pk if contact else None,
            "store_id": store.pk if store else asked.store_id,
            **asked.narrowing,
        },
    )
    response = StreamingHttpResponse(
        csv_chunks(_header(), _rows(request, batches)), content_type="text/csv; charset=utf-8"
    )
    name = f"activity-{timezone.localdate():%Y-%m-%d}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _header() -> list[str]:
    return [
        _("When"), _("What happened"), _("Code"), _("Who"), _("Customer"), _("Contact"), _("Store"), _("Login"),
        _("Result"), _("Changes"), _("From address"), _("Row"),
    ]  # fmt: skip


def _rows(request: ActorRequest, batches: Iterator[list[TimelineEntry]]) -> Iterator[Sequence[object]]:
    for batch in batches:
        named = Named(request, batch, hide=())
        for entry in batch:
            yield _cells(entry, named)


def _cells(entry: TimelineEntry, named: Named) -> list[object]:
    customer = named.customers.get(entry.customer_id or 0)
    contact = named.contacts.get(entry.contact_id or 0)
    store = named.stores.get(entry.store_id or 0)
    return [
        entry.at,
        entry.sentence,
        entry.event,
        named.who(entry),
        customer.name if customer else "",
        contact.name if contact else "",
        store.name if store else "",
        named.logins.get(entry.login_id or 0, ""),
        entry.result,
        "; ".join(f"{name}: {old} → {new}" for name, old, new in changes_of(entry, named)),
        entry.ip,
        entry.id,
    ]
