"""A list of accesses as a table to take away."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from tradedoor.access.events import Event
from tradedoor.access.models import Access, Role, State
from tradedoor.audit.record import record
from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission, require
from tradedoor.stores.models import Store

CHUNK = 1000


class Export(NamedTuple):
    """A header and its rows, never all in memory, for `core.sheets.writing`."""

    header: Sequence[str]
    rows: Iterator[Sequence[object]]


def export_accesses(rows: QuerySet[Access], *, store: Store | None, actor: Actor) -> Export:
    """These accesses, of one store or of all in the scope, by name. Who exported how many is recorded.

    `rows` come from `queries.listed`, so that nothing outside the scope is in them. Raises `NotAllowed`.
    """
    require(actor, Permission.ACCESS_EXPORT, stores=[store.pk] if store else None)
    ids = rows.within(actor.stores).order_by().values("pk")  # type: ignore[attr-defined]  # of our own query set
    whole = Access.objects.filter(pk__in=ids).select_related(
        "store", "customer", "contact__department", "login", "invited_by", "deactivated_by"
    )
    count = whole.count()
    record(
        Event.EXPORTED,
        actor=actor,
        store_id=store.pk if store else None,
        data={"rows": count},
    )
    ordered = whole.order_by("sort_name", "pk")
    return Export(_header(), (_cells(row) for row in ordered.iterator(chunk_size=CHUNK)))


def _header() -> list[str]:
    return [
        _("Store"), _("Customer code"), _("Customer"), _("Department"), _("First name"), _("Last name"),
        _("Email in the CRM"), _("Sign-in email"), _("State"), _("Since"), _("Role"), _("Invited by"),
        _("Invited"), _("Invitation expires"), _("Accepted"), _("Last sign-in"), _("Deactivated by"), _("Reason"),
    ]  # fmt: skip


def _cells(row: Access) -> list[object]:
    return [
        row.store.name,
        row.customer.code,
        row.customer.name,
        row.contact.department.name,
        row.contact.first_name,
        row.contact.last_name,
        row.contact.email,
        row.login.email if row.login else "",
        State(row.state).label,
        row.state_since,
        Role(row.role).label,
        row.invited_by.name if row.invited_by else "",
        row.invited_at,
        row.invitation_expires_at,
        row.accepted_at,
        row.last_sign_in_at,
        row.deactivated_by.name if row.deactivated_by else "",
        row.deactivated_reason,
    ]
