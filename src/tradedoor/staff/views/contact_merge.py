"""Merging a contact with others that are the same person: pick, compare, see what ends, do it."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from tradedoor.access.actions.endings import EndedWhy
from tradedoor.access.actions.merging import Merged, merge_contacts, preview_contact_merge
from tradedoor.core.errors import Conflict
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.duplicates import contacts_to_merge, possible_duplicates
from tradedoor.crm.models import Contact
from tradedoor.crm.queries import ContactFilter, contact_for, contacts, contacts_for
from tradedoor.staff.merging import WITH, asked_for, choices_of, chosen_of, filled_of, in_order, seen_of
from tradedoor.staff.pages import page
from tradedoor.staff.people import ENDED
from tradedoor.staff.views.contact_record import contact_crumbs
from tradedoor.web.formats import number
from tradedoor.web.notices import notify
from tradedoor.web.requests import ActorRequest

CONFLICT = 409
MOST_FOUND = 20


@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """The contact of the address survives."""
    require(request.actor, Permission.CRM_EDIT)
    survivor = contact_for(public_id, actor=request.actor)
    if survivor.archived_at is not None:
        return redirect("staff:contact", public_id)
    others = in_order(contacts_for(asked_for(request), actor=request.actor), public_id)
    if not others:
        return _pick(request, survivor)
    refusal: Conflict | None = None
    if "sure" in request.POST:
        found = contacts_to_merge([survivor, *others], actor=request.actor)
        try:
            done = merge_contacts(
                survivor,
                others,
                chosen=chosen_of(request, found),
                seen=seen_of(request, found),
                actor=request.actor,
            )
        except Conflict as error:
            refusal = error
        else:
            notify(request, _told(survivor, others, done))
            return redirect("staff:contact", public_id)
    return _compare(request, survivor, others, refusal)


def _pick(request: ActorRequest, survivor: Contact) -> HttpResponse:
    query = request.GET.get("q", "").strip()
    alike = possible_duplicates(survivor, actor=request.actor)
    if query:
        rows = contacts(request.actor, search=query)
    else:
        rows = contacts(request.actor, narrowed=ContactFilter(customer_id=survivor.customer_id))
    shown = {survivor.pk, *(row.pk for row in alike if not query)}
    context = {
        "contact": survivor,
        "query": query,
        "alike": [] if query else alike,
        "found": list(rows.exclude(pk__in=shown)[:MOST_FOUND]),
        "crumbs": contact_crumbs(survivor, _("Merge")),
    }
    return page(request, "staff/crm/contacts/merge_pick.html", context, current="contacts")


def _compare(
    request: ActorRequest, survivor: Contact, others: list[Contact], refusal: Conflict | None
) -> HttpResponse:
    # Read again: what stood in the way may be that a row has changed since.
    rows = [contact_for(row.public_id, actor=request.actor) for row in (survivor, *others)]
    found = contacts_to_merge(rows, actor=request.actor)
    plan = preview_contact_merge(rows[0], rows[1:], actor=request.actor)
    keys = {row.pk for row in rows}
    context: dict[str, Any] = {
        "contact": rows[0],
        "others": rows[1:],
        "choices": choices_of(found, chosen_of(request, found)),
        "filled": filled_of(found),
        "plan": plan,
        "ends": [(access, "" if why is EndedWhy.MERGED else str(ENDED[why])) for access, why in plan.ends],
        "locked_out": plan.locked_out,
        "still_alike": [
            row for row in possible_duplicates(rows[0], actor=request.actor) if row.pk not in keys
        ],
        "swaps": [(row, _swapped(row, rows)) for row in rows[1:]],
        "refusal": refusal,
        "cancel_url": reverse("staff:contact", args=[survivor.public_id]),
        "crumbs": contact_crumbs(rows[0], _("Merge")),
    }
    status = CONFLICT if refusal else 200
    return page(request, "staff/crm/contacts/merge.html", context, current="contacts", status=status)


def _swapped(row: Contact, rows: list[Contact]) -> str:
    others = [str(one.public_id) for one in rows if one.pk != row.pk]
    return reverse("staff:contact-merge", args=[row.public_id], query={WITH: others})


def _told(survivor: Contact, others: list[Contact], done: Merged) -> str:
    names = ", ".join(row.name for row in others)
    sentences = [_("%(names)s: merged into %(name)s.") % {"names": names, "name": survivor.name}]
    if done.moved:
        n = len(done.moved)
        text = ngettext("%(n)s access moved over.", "%(n)s accesses moved over.", n)
        sentences.append(text % {"n": number(n)})
    if done.ended:
        n = len(done.ended)
        sentences.append(ngettext("%(n)s access ended.", "%(n)s accesses ended.", n) % {"n": number(n)})
    return " ".join(sentences)
