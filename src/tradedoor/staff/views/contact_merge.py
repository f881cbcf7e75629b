"""Merging a contact with others that are the same person."""

from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from tradedoor.access.actions.endings import EndedWhy
from tradedoor.access.actions.merging import merge_contacts, preview_contact_merge
from tradedoor.crm.duplicates import contacts_to_merge, possible_duplicates
from tradedoor.crm.models import Contact
from tradedoor.crm.queries import ContactFilter, contact_for, contacts, contacts_for
from tradedoor.staff.email_words import after_the_edit
from tradedoor.staff.people import ENDED
from tradedoor.staff.views.contact_record import contact_crumbs
from tradedoor.staff.views.merging import Context, Mergeable, merge_page
from tradedoor.web.requests import ActorRequest

MOST_FOUND = 20


@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """The contact of the address survives."""
    return merge_page(request, public_id, kind=CONTACT)


def _picked_from(request: ActorRequest, survivor: Contact, query: str) -> Context:
    alike = [] if query else possible_duplicates(survivor, actor=request.actor)
    if query:
        rows = contacts(request.actor, search=query)
    else:
        rows = contacts(request.actor, narrowed=ContactFilter(customer_id=survivor.customer_id))
    shown = {survivor.pk, *(row.pk for row in alike)}
    return {"alike": alike, "found": list(rows.exclude(pk__in=shown)[:MOST_FOUND])}


def _outcome(request: ActorRequest, rows: list[Contact]) -> Context:
    plan = preview_contact_merge(rows[0], rows[1:], actor=request.actor)
    keys = {row.pk for row in rows}
    alike = possible_duplicates(rows[0], actor=request.actor)
    return {
        "plan": plan,
        "ends": [(access, "" if why is EndedWhy.MERGED else str(ENDED[why])) for access, why in plan.ends],
        "locked_out": plan.locked_out,
        "when": after_the_edit(),
        "still_alike": [row for row in alike if row.pk not in keys],
    }


CONTACT = Mergeable(
    name="contact",
    record_url="staff:contact",
    merge_url="staff:contact-merge",
    row_for=contact_for,
    rows_for=contacts_for,
    laid_out=contacts_to_merge,
    merge=merge_contacts,
    crumbs=contact_crumbs,
    picked_from=_picked_from,
    outcome=_outcome,
    moved=lambda n: ngettext("%(n)s access moved over.", "%(n)s accesses moved over.", n),
)
