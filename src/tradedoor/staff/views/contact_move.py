"""Moving a contact to another customer."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tradedoor.access.actions.crm import move_contacts
from tradedoor.core.errors import Conflict, Invalid
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.documents import customer_sort_name
from tradedoor.crm.keys import code_key
from tradedoor.crm.models import Customer
from tradedoor.crm.queries import contact_for, customers, departments_of
from tradedoor.staff.consequences import ending_of_contacts
from tradedoor.staff.forms.contacts import MoveForm
from tradedoor.staff.pages import page
from tradedoor.staff.refusing import add_refusal
from tradedoor.staff.views.contact_record import contact_crumbs
from tradedoor.web.notices import notify
from tradedoor.web.requests import ActorRequest

UNPROCESSABLE = 422


@require_http_methods(["GET", "HEAD", "POST"])
def move(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """Ask where to, then say which accesses end there, then do it."""
    require(request.actor, Permission.CRM_EDIT)
    contact = contact_for(public_id, actor=request.actor)
    form = MoveForm(request.POST if request.method == "POST" else None)
    target, ending = None, None
    if form.is_valid():
        try:
            target = _named(request, form.cleaned_data["customer"], besides=contact.customer)
            if "sure" in request.POST:
                main = departments_of(target, actor=request.actor)[0]
                move_contacts([contact], to=main, actor=request.actor)
                text = _("%(person)s is now a contact of %(name)s.")
                notify(request, text % {"person": contact.name, "name": target.name})
                return redirect("staff:contact", public_id)
            ending = ending_of_contacts(request.actor, [contact.pk])
        except (Invalid, Conflict) as refusal:
            target = None
            add_refusal(form, refusal)
    title = _("Move %(name)s to another customer") % {"name": contact.name}
    context: dict[str, Any] = {
        "form": form,
        "contact": contact,
        "target": target,
        "ending": ending,
        "title": title,
        "cancel_url": reverse("staff:contact", args=[public_id]),
        "crumbs": contact_crumbs(contact, _("Move")),
    }
    status = UNPROCESSABLE if form.errors else 200
    return page(request, "staff/crm/contacts/move.html", context, current="contacts", status=status)


def _named(request: ActorRequest, typed: str, *, besides: Customer) -> Customer:
    """The customer of this code, else the only one of this name. Raises `Invalid`."""
    rows = customers(request.actor)
    found = list(rows.filter(code_key=code_key(typed))[:1]) or list(
        rows.filter(sort_name=customer_sort_name(typed))[:2]
    )
    if not found:
        raise Invalid(_("There is no customer of this code or name."), code="no_customer", field="customer")
    if len(found) > 1:
        raise Invalid(
            _("Several customers have this name. Enter the code."), code="several", field="customer"
        )
    if found[0].pk == besides.pk:
        raise Invalid(_("The contact is there already."), code="same_customer", field="customer")
    return found[0]
