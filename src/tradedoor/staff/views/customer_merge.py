"""Merging a customer with others that are the same company: pick, compare, see what comes along, do it."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from tradedoor.access.actions.merging import Merged, merge_customers, preview_customer_merge
from tradedoor.core.errors import Conflict
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.duplicates import customers_to_merge, possible_duplicate_customers, twins_after_merge
from tradedoor.crm.models import Customer
from tradedoor.crm.queries import customer_for, customers, customers_for
from tradedoor.staff.merging import WITH, asked_for, choices_of, chosen_of, filled_of, in_order, seen_of
from tradedoor.staff.pages import page
from tradedoor.staff.views.customer_record import customer_crumbs
from tradedoor.web.formats import number
from tradedoor.web.notices import notify
from tradedoor.web.requests import ActorRequest

CONFLICT = 409
MOST_FOUND = 20


@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """The customer of the address survives."""
    require(request.actor, Permission.CRM_EDIT)
    survivor = customer_for(public_id, actor=request.actor)
    if survivor.archived_at is not None:
        return redirect("staff:customer-details", public_id)
    others = in_order(customers_for(asked_for(request), actor=request.actor), public_id)
    if not others:
        return _pick(request, survivor)
    refusal: Conflict | None = None
    if "sure" in request.POST:
        found = customers_to_merge([survivor, *others], actor=request.actor)
        try:
            done = merge_customers(
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
            return redirect("staff:customer-details", public_id)
    return _compare(request, survivor, others, refusal)


def _pick(request: ActorRequest, survivor: Customer) -> HttpResponse:
    query = request.GET.get("q", "").strip()
    alike = possible_duplicate_customers(survivor, actor=request.actor)
    rows = customers(request.actor, search=query).exclude(pk=survivor.pk)
    context = {
        "customer": survivor,
        "query": query,
        "alike": [] if query else alike,
        "found": list(rows[:MOST_FOUND]) if query else [],
        "crumbs": customer_crumbs(survivor, _("Merge")),
    }
    return page(request, "staff/crm/customers/merge_pick.html", context, current="customers")


def _compare(
    request: ActorRequest, survivor: Customer, others: list[Customer], refusal: Conflict | None
) -> HttpResponse:
    # Read again: what stood in the way may be that a row has changed since.
    rows = [customer_for(row.public_id, actor=request.actor) for row in (survivor, *others)]
    found = customers_to_merge(rows, actor=request.actor)
    context: dict[str, Any] = {
        "customer": rows[0],
        "others": rows[1:],
        "choices": choices_of(found, chosen_of(request, found)),
        "filled": filled_of(found),
        "plan": preview_customer_merge(rows[0], rows[1:], actor=request.actor),
        "twins": twins_after_merge(rows, actor=request.actor),
        "swaps": [(row, _swapped(row, rows)) for row in rows[1:]],
        "refusal": refusal,
        "cancel_url": reverse("staff:customer-details", args=[survivor.public_id]),
        "crumbs": customer_crumbs(rows[0], _("Merge")),
    }
    status = CONFLICT if refusal else 200
    return page(request, "staff/crm/customers/merge.html", context, current="customers", status=status)


def _swapped(row: Customer, rows: list[Customer]) -> str:
    others = [str(one.public_id) for one in rows if one.pk != row.pk]
    return reverse("staff:customer-merge", args=[row.public_id], query={WITH: others})


def _told(survivor: Customer, others: list[Customer], done: Merged) -> str:
    names = ", ".join(row.name for row in others)
    sentences = [_("%(names)s: merged into %(name)s.") % {"names": names, "name": survivor.name}]
    if done.moved:
        n = len(done.moved)
        text = ngettext("%(n)s access came along.", "%(n)s accesses came along.", n)
        sentences.append(text % {"n": number(n)})
    if done.ended:
        n = len(done.ended)
        sentences.append(ngettext("%(n)s access ended.", "%(n)s accesses ended.", n) % {"n": number(n)})
    return " ".join(sentences)
