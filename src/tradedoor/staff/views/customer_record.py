"""One customer: its pages side by side."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tradedoor.access.actions.ending_steps import is_ending
from tradedoor.access.merging_queries import merging_of
from tradedoor.access.queries import ended_with_customer
from tradedoor.core.permissions import Permission
from tradedoor.crm.duplicates import merged_into_customer, possible_duplicate_customers
from tradedoor.crm.models import Address, Customer
from tradedoor.crm.queries import addresses_of, customer_for, departments_of, tags_of
from tradedoor.staff.pages import Crumb, page
from tradedoor.staff.timeline import timeline_context
from tradedoor.web.navigation import NavItem
from tradedoor.web.requests import ActorRequest


def record_page(
    request: ActorRequest,
    customer: Customer,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    tab: str,
    title: str,
) -> HttpResponse:
    """A page of the record, with the navigation between them and what can be done to the customer."""
    frame = {
        "customer": customer,
        "alike": [],
        "tabs": _tabs(customer, tab),
        "tab_title": title,
        # What goes over to another customer is changed there.
        "may_edit": request.actor.can(Permission.CRM_EDIT) and customer.merging_into is None,
        "may_merge": request.actor.can(Permission.CRM_EDIT),
        "merging": merging_of(customer, actor=request.actor),
        "is_ending": is_ending(customer, actor=request.actor),
        "may_invite": request.actor.can(Permission.ACCESS_INVITE),
        "statuses": Customer.Status.choices,
        "crumbs": customer_crumbs(customer, title),
    }
    return page(request, template, {**frame, **(context or {})}, current="customers")


def customer_crumbs(customer: Customer, title: str) -> list[Crumb]:
    return [
        Crumb(_("View Customers"), reverse("staff:customers")),
        Crumb(customer.name, reverse("staff:customer-details", args=[customer.public_id])),
        Crumb(title),
    ]


def _tabs(customer: Customer, current: str) -> list[NavItem]:
    rows = (
        ("details", _("Details"), "building-2", None),
        ("departments", _("Departments"), "network", None),
        ("contacts", _("Contacts"), "contact-round", customer.contact_count),  # type: ignore[attr-defined]  # annotated
        ("estore", _("eStore"), "store", None),
        ("orders", _("Orders"), "receipt-text", None),
        ("activity", _("Activity"), "activity", None),
    )
    return [
        NavItem(
            label=label,
            href=reverse(f"staff:customer-{key}", args=[customer.public_id]),
            icon=icon,
            current=key == current,
            count=count,
        )
        for key, label, icon, count in rows
    ]


@require_GET
def customer(request: ActorRequest, public_id: UUID) -> HttpResponse:  # noqa: ARG001 - a view
    return redirect("staff:customer-details", public_id)


@require_GET
def details(request: ActorRequest, public_id: UUID) -> HttpResponse:
    found = customer_for(public_id, actor=request.actor)
    addresses = list(addresses_of(found, actor=request.actor))
    is_living = found.archived_at is None
    alike = possible_duplicate_customers(found, actor=request.actor) if is_living else []
    context = {
        "billing": next((one for one in addresses if one.kind == Address.Kind.BILLING), None),
        "deliveries": [one for one in addresses if one.kind == Address.Kind.DELIVERY],
        "tags": tags_of([found], actor=request.actor)[found.pk],
        "alike": alike,
        "merged_here": list(merged_into_customer(found, actor=request.actor)),
    }
    return record_page(
        request, found, "staff/crm/customers/details.html", context, tab="details", title=_("Details")
    )


@require_GET
def departments(request: ActorRequest, public_id: UUID) -> HttpResponse:
    found = customer_for(public_id, actor=request.actor)
    rows = list(departments_of(found, actor=request.actor, archived=True))
    context = {
        "departments": [row for row in rows if row.archived_at is None],
        "archived": [row for row in rows if row.archived_at is not None],
    }
    title = _("Departments")
    return record_page(
        request, found, "staff/crm/customers/departments.html", context, tab="departments", title=title
    )


@require_GET
def orders(request: ActorRequest, public_id: UUID) -> HttpResponse:
    found = customer_for(public_id, actor=request.actor)
    return record_page(request, found, "staff/crm/customers/orders.html", tab="orders", title=_("Orders"))


@require_GET
def activity(request: ActorRequest, public_id: UUID) -> HttpResponse:
    found = customer_for(public_id, actor=request.actor)
    context = timeline_context(request, customer=found)
    return record_page(
        request, found, "staff/crm/customers/activity.html", context, tab="activity", title=_("Activity")
    )


def reenable_offer(request: ActorRequest, customer: Customer) -> int:
    """How many accesses ended with the customer, for those who may re-enable them now that it is back."""
    if not request.actor.can(Permission.ACCESS_SWITCH):
        return 0
    return ended_with_customer(customer.pk, actor=request.actor).count()
