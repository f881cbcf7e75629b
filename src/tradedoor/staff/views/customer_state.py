"""What a customer's state does to accesses: status, archive, restore, and re-enabling what ended with it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from tradedoor.access.actions.crm import archive_customers, restore_customers, set_customer_status
from tradedoor.access.actions.switching import reason_against_reenabling, reenable
from tradedoor.access.queries import ended_with_customer
from tradedoor.access.reasons import sentence_of
from tradedoor.access.sets import these
from tradedoor.core.errors import Invalid
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.models import Customer
from tradedoor.crm.queries import customer_for
from tradedoor.staff.consequences import ending_of_customers
from tradedoor.staff.pages import page
from tradedoor.staff.views.customer_record import customer_crumbs, reenable_offer
from tradedoor.web.formats import number
from tradedoor.web.notices import notify
from tradedoor.web.requests import ActorRequest

MOST_OFFERED = 200


@require_POST
def set_status(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """Give the customer another status; where that ends accesses, only after a page that names them."""
    require(request.actor, Permission.CRM_EDIT)
    found = customer_for(public_id, actor=request.actor)
    status = request.POST.get("status", "")
    if status not in Customer.Status.values:
        raise Invalid(_("Choose a status."), code="no_such_status", field="status")
    if status == Customer.Status.INACTIVE and "sure" not in request.POST:
        ending = ending_of_customers(request.actor, [found.pk])
        if ending.total:
            context = {
                "title": _("Make %(name)s inactive?") % {"name": found.name},
                "verb": _("Make inactive"),
                "lead": _("An inactive customer has no access to any store."),
                "ending": ending,
                "hidden": [("status", status), ("sure", "1")],
                "cancel_url": reverse("staff:customer-details", args=[public_id]),
                "crumbs": customer_crumbs(found, _("Make inactive")),
            }
            return page(request, "staff/crm/ending.html", context, current="customers")
    was = found.status
    set_customer_status([found], status, actor=request.actor)
    notify(
        request,
        _("%(name)s is now %(status)s.")
        % {"name": found.name, "status": Customer.Status(status).label.lower()},
    )
    if was == Customer.Status.INACTIVE and reenable_offer(request, found):
        return redirect("staff:customer-reenable", public_id)
    return redirect("staff:customer-details", public_id)


@require_http_methods(["GET", "HEAD", "POST"])
def archive(request: ActorRequest, public_id: UUID) -> HttpResponse:
    require(request.actor, Permission.CRM_EDIT)
    found = customer_for(public_id, actor=request.actor)
    if request.method == "POST":
        archive_customers([found], actor=request.actor)
        notify(
            request,
            _("%(name)s is archived.") % {"name": found.name},
            undo=reverse("staff:customer-restore", args=[public_id]),
        )
        return redirect("staff:customers")
    context = {
        "title": _("Archive %(name)s?") % {"name": found.name},
        "verb": _("Archive customer"),
        "lead": _("The customer and its contacts leave every list. They can be restored."),
        "ending": ending_of_customers(request.actor, [found.pk]),
        "hidden": [],
        "cancel_url": reverse("staff:customer-details", args=[public_id]),
        "crumbs": customer_crumbs(found, _("Archive")),
    }
    return page(request, "staff/crm/ending.html", context, current="customers")


@require_POST
def restore(request: ActorRequest, public_id: UUID) -> HttpResponse:
    found = customer_for(public_id, actor=request.actor)
    restore_customers([found], actor=request.actor)
    notify(request, _("%(name)s is back, with its contacts.") % {"name": found.name})
    if found.status != Customer.Status.INACTIVE and reenable_offer(request, found):
        return redirect("staff:customer-reenable", public_id)
    return redirect("staff:customer-details", public_id)


@require_http_methods(["GET", "HEAD", "POST"])
def reenable_ended(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """Offer to re-enable the accesses that ended with the customer; those who have no password are invited again."""
    require(request.actor, Permission.ACCESS_SWITCH)
    found = customer_for(public_id, actor=request.actor)
    ended = ended_with_customer(found.pk, actor=request.actor).select_related(
        "contact__customer", "customer", "login"
    )
    rows = [(access, reason_against_reenabling(access)) for access in ended[:MOST_OFFERED]]
    if request.method == "POST":
        chosen = set(request.POST.getlist("id"))
        done = reenable(
            these(access.pk for access, _why in rows if str(access.public_id) in chosen), actor=request.actor
        )
        count = len(done.outcome.done)
        text = ngettext("%(n)s access is re-enabled.", "%(n)s accesses are re-enabled.", count)
        notify(request, text % {"n": number(count)})
        for refused in done.outcome.refused[:5]:
            messages.warning(request, refused.sentence)
        return redirect("staff:customer-estore", public_id)
    context = {
        "customer": found,
        "rows": [(access, sentence_of(why) if why else "") for access, why in rows],
        "crumbs": customer_crumbs(found, _("Re-enable")),
    }
    return page(request, "staff/crm/customers/reenable.html", context, current="customers")
