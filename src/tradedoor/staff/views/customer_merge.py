"""Merging a customer with others that are the same company."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from tradedoor.access.actions.merging import merge_customers, preview_customer_merge
from tradedoor.access.actions.merging_steps import continue_merging
from tradedoor.access.merging_queries import merging_of
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.duplicates import customers_to_merge, possible_duplicate_customers, twins_after_merge
from tradedoor.crm.models import Customer
from tradedoor.crm.queries import customer_for, customers, customers_for
from tradedoor.staff.views.customer_record import customer_crumbs
from tradedoor.staff.views.merging import Context, Mergeable, merge_page
from tradedoor.web.requests import ActorRequest

MOST_FOUND = 20


@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """The customer of the address survives."""
    return merge_page(request, public_id, kind=CUSTOMER)


@require_POST
def go_on(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """Go on with a merge that stands still; nothing to do where it has come to its end meanwhile."""
    require(request.actor, Permission.CRM_EDIT)
    survivor = customer_for(public_id, actor=request.actor)
    if merging_of(survivor, actor=request.actor) is not None:
        continue_merging(survivor, actor=request.actor)
    return redirect("staff:customer-details", public_id)


def _picked_from(request: ActorRequest, survivor: Customer, query: str) -> Context:
    if not query:
        return {"alike": possible_duplicate_customers(survivor, actor=request.actor), "found": []}
    rows = customers(request.actor, search=query).exclude(pk=survivor.pk)
    return {"alike": [], "found": list(rows[:MOST_FOUND])}


def _outcome(request: ActorRequest, rows: list[Customer]) -> Context:
    return {
        "plan": preview_customer_merge(rows[0], rows[1:], actor=request.actor),
        "twins": twins_after_merge(rows, actor=request.actor),
    }


CUSTOMER = Mergeable(
    name="customer",
    record_url="staff:customer-details",
    merge_url="staff:customer-merge",
    row_for=customer_for,
    rows_for=customers_for,
    laid_out=customers_to_merge,
    merge=merge_customers,
    crumbs=customer_crumbs,
    picked_from=_picked_from,
    outcome=_outcome,
    moved=lambda n: ngettext("%(n)s access came along.", "%(n)s accesses came along.", n),
)
