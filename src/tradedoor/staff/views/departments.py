"""Departments of a customer."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tradedoor.core.errors import Conflict, Invalid
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.actions.departments import (
    archive_department,
    create_department,
    restore_department,
    update_department,
)
from tradedoor.crm.models import Customer, Department
from tradedoor.crm.queries import ContactFilter, addresses_of, contacts, customer_for, department_for
from tradedoor.staff.forms.customers import DepartmentForm
from tradedoor.staff.pages import page
from tradedoor.staff.refusing import add_refusal
from tradedoor.staff.views.customer_record import customer_crumbs
from tradedoor.web.notices import notify
from tradedoor.web.requests import ActorRequest

UNPROCESSABLE = 422
# A list to choose from is no place for more people than this.
MOST_PEOPLE = 1000


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: ActorRequest, public_id: UUID) -> HttpResponse:
    require(request.actor, Permission.CRM_EDIT)
    customer = customer_for(public_id, actor=request.actor)
    form = _form(request, customer)
    if form.is_valid():
        try:
            made = create_department(customer, form.values(), actor=request.actor)
        except (Invalid, Conflict) as refusal:
            add_refusal(form, refusal)
        else:
            notify(request, _("The department %(name)s is added.") % {"name": made.name})
            return redirect("staff:customer-departments", public_id)
    return _page(request, form, customer, title=_("Add department"))


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: ActorRequest, public_id: UUID) -> HttpResponse:
    require(request.actor, Permission.CRM_EDIT)
    department = department_for(public_id, actor=request.actor)
    form = _form(request, department.customer, department)
    if form.is_valid():
        try:
            saved = update_department(department, form.values(), actor=request.actor)
        except (Invalid, Conflict) as refusal:
            add_refusal(form, refusal)
        else:
            notify(request, _("The department %(name)s is saved.") % {"name": saved.name})
            return redirect("staff:customer-departments", department.customer.public_id)
    return _page(request, form, department.customer, title=_("Edit %(name)s") % {"name": department.name})


@require_POST
def archive(request: ActorRequest, public_id: UUID) -> HttpResponse:
    department = department_for(public_id, actor=request.actor)
    archive_department(department, actor=request.actor)
    undo = reverse("staff:department-restore", args=[public_id])
    notify(request, _("The department %(name)s is archived.") % {"name": department.name}, undo=undo)
    return redirect("staff:customer-departments", department.customer.public_id)


@require_POST
def restore(request: ActorRequest, public_id: UUID) -> HttpResponse:
    department = department_for(public_id, actor=request.actor)
    restore_department(department, actor=request.actor)
    notify(request, _("The department %(name)s is back.") % {"name": department.name})
    return redirect("staff:customer-departments", department.customer.public_id)


def _form(request: ActorRequest, customer: Customer, department: Department | None = None) -> DepartmentForm:
    people = contacts(request.actor, narrowed=ContactFilter(customer_id=customer.pk))[:MOST_PEOPLE]
    return DepartmentForm(
        request.POST if request.method == "POST" else None,
        addresses=list(addresses_of(customer, actor=request.actor)),
        people=[(str(one.public_id), one.name, one.pk) for one in people],
        department=department,
    )


def _page(request: ActorRequest, form: DepartmentForm, customer: Customer, *, title: str) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "title": title,
        "cancel_url": reverse("staff:customer-departments", args=[customer.public_id]),
        "customer": customer,
        "crumbs": customer_crumbs(customer, title),
    }
    status = UNPROCESSABLE if form.errors else 200
    return page(
        request, "staff/crm/customers/department_form.html", context, current="customers", status=status
    )
