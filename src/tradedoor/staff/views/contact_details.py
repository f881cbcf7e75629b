"""Login details for a contact, from its record."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tradedoor.access.actions.one_login import give_login_details_to
from tradedoor.core.errors import Conflict, Invalid
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.queries import contact_for
from tradedoor.staff import once
from tradedoor.staff.details import answer_given, answered_before, box_of
from tradedoor.staff.pages import page
from tradedoor.staff.views.contact_record import contact_crumbs
from tradedoor.web.requests import ActorRequest


@require_http_methods(["GET", "HEAD", "POST"])
def details(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """Give them, or show the box again with what is wrong."""
    require(request.actor, Permission.ACCESS_DETAILS)
    if (before := answered_before(request, may_change=True)) is not None:
        return before
    found = contact_for(public_id, actor=request.actor)
    box = box_of(request, customer=found.customer, contact=found)
    if box is None:
        return redirect("staff:contact", public_id)
    if request.method == "POST" and not box.is_generating and box.form.is_valid():
        if not box.is_wanted:
            box.form.add_error("create", _("Tick this first."))
        elif box.judge(email=found.email, names=(found.first_name, found.last_name)) and box.wanted:
            try:
                given = give_login_details_to(found, box.wanted, actor=request.actor)
            except (Invalid, Conflict) as refusal:
                box.refuse(refusal)
            else:
                return answer_given(request, found, box.wanted, given)
    context = {
        "contact": found,
        "box": box,
        "once": once.new_key(request),
        "back": reverse("staff:contact", args=[public_id]),
        "crumbs": contact_crumbs(found, _("eStore access")),
    }
    return page(request, "staff/crm/contacts/details.html", context, current="contacts", status=box.status)
