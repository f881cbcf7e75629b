"""Adding and editing a contact."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tradedoor.access.actions.crm import update_contact
from tradedoor.core.errors import Conflict, Invalid
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.actions.contacts import create_contact
from tradedoor.crm.errors import ChangedMeanwhile, EmailElsewhere
from tradedoor.crm.keys import one_line
from tradedoor.crm.models import Contact, Customer
from tradedoor.crm.queries import contact_for, customer_for, customers, departments_of
from tradedoor.staff import once
from tradedoor.staff.consequences import ending_of_contacts
from tradedoor.staff.editing import Clash, clash_of, version_in
from tradedoor.staff.email_words import what_editing_does
from tradedoor.staff.forms.contacts import ContactSheet, contact_initial
from tradedoor.staff.pages import Crumb, page
from tradedoor.staff.places import NEXT
from tradedoor.staff.views.contact_record import contact_crumbs
from tradedoor.staff.views.customer_record import customer_crumbs
from tradedoor.web.notices import notify
from tradedoor.web.redirects import safe_next
from tradedoor.web.requests import ActorRequest

UNPROCESSABLE, CONFLICT = 422, 409
MOST_FOUND = 20


@dataclass(slots=True)
class Warnings:
    """What has to be seen before the form can be saved."""

    clash: Clash | None = None
    elsewhere: EmailElsewhere | None = None


@require_http_methods(["GET", "HEAD"])
def choose_customer(request: ActorRequest) -> HttpResponse:
    """Whose contact it is to be comes first."""
    require(request.actor, Permission.CRM_EDIT)
    text = request.GET.get("q", "").strip()
    context = {
        "query": text,
        "customers": customers(request.actor, search=text)[:MOST_FOUND],
        "crumbs": [Crumb(_("Contacts"), reverse("staff:contacts")), Crumb(_("Add Contact"))],
    }
    return page(request, "staff/crm/contacts/choose.html", context, current="contacts")


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: ActorRequest, public_id: UUID) -> HttpResponse:
    require(request.actor, Permission.CRM_EDIT)
    if address := once.led_to(request):
        return redirect(address)
    customer = customer_for(public_id, actor=request.actor)
    sheet = ContactSheet(_departments(request, customer), data=_sent(request))
    warnings = Warnings()
    if _may_save(request, sheet):
        try:
            made = create_contact(
                customer, sheet.values(), actor=request.actor, confirmed=_is_confirmed(request, sheet)
            )
        except EmailElsewhere as refusal:
            warnings.elsewhere = refusal
        except (Invalid, Conflict) as refusal:
            sheet.refuse(refusal)
        else:
            address = reverse("staff:contact", args=[made.public_id])
            once.remember(request, address)
            notify(request, _("%(name)s is added.") % {"name": made.name})
            return redirect(address)
    context = {
        "once": once.new_key(request),
        "customer": customer,
        "title": _("Add Contact"),
        "verb": _("Add Contact"),
        "cancel_url": reverse("staff:customer-contacts", args=[public_id]),
        "crumbs": customer_crumbs(customer, _("Add Contact")),
    }
    return _form_page(request, sheet, warnings, context)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: ActorRequest, public_id: UUID) -> HttpResponse:
    require(request.actor, Permission.CRM_EDIT)
    found = contact_for(public_id, actor=request.actor)
    sheet = ContactSheet(_departments(request, found.customer), contact=found, data=_sent(request))
    warnings, version = Warnings(), found.version
    if request.method == "POST":
        version = version_in(request.POST)
    if _may_save(request, sheet):
        try:
            saved = update_contact(
                found,
                sheet.values(),
                version=version,
                actor=request.actor,
                confirmed=_is_confirmed(request, sheet),
            )
        except ChangedMeanwhile as refusal:
            # Read again: who was quicker may have saved since this request began.
            found = contact_for(public_id, actor=request.actor)
            warnings.clash, version = clash_of(refusal, sheet.main, contact_initial(found)), found.version
        except EmailElsewhere as refusal:
            warnings.elsewhere = refusal
        except (Invalid, Conflict) as refusal:
            sheet.refuse(refusal)
        else:
            notify(request, _("%(name)s is saved.") % {"name": saved.name})
            return redirect(_back(request, found))
    context = {
        "version": version,
        "customer": found.customer,
        "contact": found,
        "touched": _touched(request, found),
        "what_editing_does": what_editing_does,
        "title": _("Edit %(name)s") % {"name": found.name},
        "verb": _("Save"),
        "next": request.GET.get(NEXT, "") or request.POST.get(NEXT, ""),
        "cancel_url": _back(request, found),
        "crumbs": contact_crumbs(found, _("Edit")),
    }
    return _form_page(request, sheet, warnings, context)


def _back(request: ActorRequest, contact: Contact) -> str:
    """The page that led here to have something mended, else the contact's own."""
    wanted = request.GET.get(NEXT, "") or request.POST.get(NEXT, "")
    found = safe_next(wanted, "/")
    return reverse("staff:contact", args=[contact.public_id]) if found == "/" else found


def _departments(request: ActorRequest, customer: Customer) -> list[Any]:
    return list(departments_of(customer, actor=request.actor))


def _touched(request: ActorRequest, contact: Contact) -> Any:
    """The living accesses of the contact in all stores, also those beyond the editor's own."""
    return ending_of_contacts(request.actor, [contact.pk])


def _sent(request: ActorRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _may_save(request: ActorRequest, sheet: ContactSheet) -> bool:
    return request.method == "POST" and not sheet.is_rewritten and sheet.is_valid()


def _is_confirmed(request: ActorRequest, sheet: ContactSheet) -> bool:
    """Whether the warning about this very email was agreed to; for another one it comes again."""
    confirmed = request.POST.get("confirmed", "")
    return bool(confirmed) and confirmed == one_line(sheet.main.cleaned_data["email"])


def _form_page(
    request: ActorRequest, sheet: ContactSheet, warnings: Warnings, context: dict[str, Any]
) -> HttpResponse:
    defaults = {
        "sheet": sheet,
        "form": sheet.main,
        "once": "",
        "next": "",
        "version": None,
        "contact": None,
        "touched": None,
    }
    status = UNPROCESSABLE if sheet.errors else 200
    if warnings.clash or warnings.elsewhere:
        status = CONFLICT
    context = {**defaults, "clash": warnings.clash, "elsewhere": warnings.elsewhere, **context}
    return page(request, "staff/crm/contacts/form.html", context, current="contacts", status=status)
