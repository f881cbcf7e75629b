"""Adding and editing a customer."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tradedoor.access.actions.crm import update_customer
from tradedoor.core.errors import Conflict, Invalid
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.actions.customers import create_customer, problems_with
from tradedoor.crm.errors import ChangedMeanwhile
from tradedoor.crm.models import Customer
from tradedoor.crm.queries import customer_for, tags_of
from tradedoor.staff import once
from tradedoor.staff.consequences import Ending, ending_of_customers
from tradedoor.staff.editing import Clash, clash_of, version_in
from tradedoor.staff.forms.customers import CustomerSheet, customer_initial
from tradedoor.staff.pages import Crumb, page
from tradedoor.staff.views.customer_record import customer_crumbs, reenable_offer
from tradedoor.web.notices import notify
from tradedoor.web.requests import ActorRequest

UNPROCESSABLE, CONFLICT = 422, 409


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: ActorRequest) -> HttpResponse:
    require(request.actor, Permission.CRM_EDIT)
    if address := once.led_to(request):
        return redirect(address)
    sheet = CustomerSheet(request.actor, data=_sent(request))
    if _may_save(request, sheet, found=None):
        try:
            made = create_customer(sheet.values(), actor=request.actor)
        except (Invalid, Conflict) as refusal:
            sheet.refuse(refusal)
        else:
            address = reverse("staff:customer-details", args=[made.public_id])
            once.remember(request, address)
            notify(request, _("%(name)s is added.") % {"name": made.name})
            return redirect(address)
    context = {
        "once": once.new_key(request),
        "title": _("Add customer"),
        "verb": _("Add customer"),
        "cancel_url": reverse("staff:customers"),
        "crumbs": [Crumb(_("View Customers"), reverse("staff:customers")), Crumb(_("Add customer"))],
    }
    return _form_page(request, sheet, context)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: ActorRequest, public_id: UUID) -> HttpResponse:
    require(request.actor, Permission.CRM_EDIT)
    found = customer_for(public_id, actor=request.actor)
    sheet = CustomerSheet(request.actor, customer=found, data=_sent(request))
    clash, ending, version = None, None, found.version
    if request.method == "POST":
        version = version_in(request.POST)
    if _may_save(request, sheet, found=found):
        ending = _ending(request, found, sheet)
        if ending is None:
            try:
                saved = update_customer(found, sheet.values(), version=version, actor=request.actor)
            except ChangedMeanwhile as refusal:
                # Read again: who was quicker may have saved since this request began.
                found = customer_for(public_id, actor=request.actor)
                clash, version = _clash(request, found, sheet, refusal), found.version
            except (Invalid, Conflict) as refusal:
                sheet.refuse(refusal)
            else:
                return _saved(request, was=found.status, saved=saved)
    context = {
        "version": version,
        "clash": clash,
        "ending": ending,
        "title": _("Edit %(name)s") % {"name": found.name},
        "verb": _("Save"),
        "cancel_url": reverse("staff:customer-details", args=[public_id]),
        "crumbs": customer_crumbs(found, _("Edit")),
    }
    return _form_page(request, sheet, context)


def _sent(request: ActorRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _may_save(request: ActorRequest, sheet: CustomerSheet, *, found: Customer | None) -> bool:
    """Whether all of it is right; what is wrong is said all at once, whoever found it."""
    if request.method != "POST" or sheet.is_rewritten:
        return False
    sheet.is_valid()
    for problem in problems_with(dict(sheet.main.cleaned_data), beside=found, actor=request.actor):
        sheet.refuse(problem)
    return not sheet.errors


def _ending(request: ActorRequest, found: Customer, sheet: CustomerSheet) -> Ending | None:
    """What ends if this is saved, where that was not agreed to yet."""
    becomes = sheet.main.cleaned_data["status"]
    if becomes != Customer.Status.INACTIVE or becomes == found.status or "sure" in request.POST:
        return None
    ending = ending_of_customers(request.actor, [found.pk])
    return ending if ending.total else None


def _clash(request: ActorRequest, found: Customer, sheet: CustomerSheet, refusal: ChangedMeanwhile) -> Clash:
    tags = tags_of([found], actor=request.actor)[found.pk]
    return clash_of(refusal, sheet.main, customer_initial(found, tags=tags))


def _saved(request: ActorRequest, *, was: str, saved: Customer) -> HttpResponse:
    notify(request, _("%(name)s is saved.") % {"name": saved.name})
    is_back = was == Customer.Status.INACTIVE and saved.status != Customer.Status.INACTIVE
    if is_back and reenable_offer(request, saved):
        return redirect("staff:customer-reenable", saved.public_id)
    return redirect("staff:customer-details", saved.public_id)


def _form_page(request: ActorRequest, sheet: CustomerSheet, context: dict[str, Any]) -> HttpResponse:
    defaults = {
        "sheet": sheet,
        "form": sheet.main,
        "once": "",
        "version": None,
        "clash": None,
        "ending": None,
    }
    context = {**defaults, **context}
    status = UNPROCESSABLE if sheet.errors else 200
    if context["clash"] or context["ending"]:
        status = CONFLICT
    return page(request, "staff/crm/customers/form.html", context, current="customers", status=status)
