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
from tradedoor.access.actions.details import Given
from tradedoor.access.actions.one_login import (
    Wanted,
    create_contact_with_details,
    update_contact_with_details,
)
from tradedoor.access.errors import NotPossible
from tradedoor.core.errors import Conflict, Invalid
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.actions.contacts import create_contact
from tradedoor.crm.errors import ChangedMeanwhile, EmailElsewhere
from tradedoor.crm.keys import one_line
from tradedoor.crm.models import Contact, Customer
from tradedoor.crm.queries import contact_for, customer_for, customers, departments_of
from tradedoor.integrations.queries import departures_of
from tradedoor.staff import once
from tradedoor.staff.consequences import ending_of_contacts
from tradedoor.staff.details import DetailsBox, answer_given, answered_before, box_of
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
    if (before := answered_before(request)) is not None:
        return before
    customer = customer_for(public_id, actor=request.actor)
    sheet = ContactSheet(_departments(request, customer), data=_sent(request))
    box = _box(request, sheet, customer=customer)
    warnings = Warnings()
    if _may_save(request, sheet) and _may_give(box, sheet):
        wanted, given = _wanted(box), None
        try:
            made, given = _created(request, customer, sheet, wanted)
        except EmailElsewhere as refusal:
            warnings.elsewhere = refusal
        except (Invalid, Conflict) as refusal:
            _refuse(sheet, box, refusal)
        else:
            notify(request, _("%(name)s is added.") % {"name": made.name})
            if wanted and given:
                return answer_given(request, made, wanted, given)
            address = reverse("staff:contact", args=[made.public_id])
            once.remember(request, address)
            return redirect(address)
    context = {
        "box": box,
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
    if (before := answered_before(request)) is not None:
        return before
    found = contact_for(public_id, actor=request.actor)
    sheet = ContactSheet(_departments(request, found.customer), contact=found, data=_sent(request))
    box = _box(request, sheet, customer=found.customer, contact=found)
    warnings, version = Warnings(), found.version
    if request.method == "POST":
        version = version_in(request.POST)
    if _may_save(request, sheet) and _may_give(box, sheet):
        wanted, given = _wanted(box), None
        try:
            saved, given = _updated(request, found, sheet, wanted, version=version)
        except ChangedMeanwhile as refusal:
            # Read again: who was quicker may have saved since this request began.
            found = contact_for(public_id, actor=request.actor)
            warnings.clash, version = clash_of(refusal, sheet.main, contact_initial(found)), found.version
        except EmailElsewhere as refusal:
            warnings.elsewhere = refusal
        except (Invalid, Conflict) as refusal:
            _refuse(sheet, box, refusal)
        else:
            notify(request, _("%(name)s is saved.") % {"name": saved.name})
            if wanted and given:
                return answer_given(request, saved, wanted, given)
            return redirect(_back(request, found))
    context = {
        "box": box,
        "once": once.new_key(request) if box else "",
        "version": version,
        "customer": found.customer,
        "contact": found,
        "touched": _touched(request, found),
        "departures": departures_of(found, actor=request.actor),
        "what_editing_does": what_editing_does,
        "title": _("Edit %(name)s") % {"name": found.name},
        "verb": _("Save"),
        "next": request.GET.get(NEXT, "") or request.POST.get(NEXT, ""),
        "cancel_url": _back(request, found),
        "crumbs": contact_crumbs(found, _("Edit")),
    }
    return _form_page(request, sheet, warnings, context)


def _box(
    request: ActorRequest, sheet: ContactSheet, *, customer: Customer, contact: Contact | None = None
) -> DetailsBox | None:
    """The box "eStore access" for who may give login details; its fields are checked with all others."""
    if contact is not None and contact.archived_at is not None:
        return None
    box = box_of(request, customer=customer, contact=contact, anew=sheet.is_rewritten)
    sheet.details = box.form if box else None
    return box


def _may_give(box: DetailsBox | None, sheet: ContactSheet) -> bool:
    """Whether nothing of the box stands against saving; what is wrong stands in it."""
    if box is None or not box.is_wanted:
        return True
    given = sheet.main.cleaned_data
    return box.judge(email=one_line(given["email"]), names=(given["first_name"], given["last_name"]))


def _wanted(box: DetailsBox | None) -> Wanted | None:
    return box.wanted if box else None


def _created(
    request: ActorRequest, customer: Customer, sheet: ContactSheet, wanted: Wanted | None
) -> tuple[Contact, Given | None]:
    confirmed = _is_confirmed(request, sheet)
    if wanted is None:
        return create_contact(customer, sheet.values(), actor=request.actor, confirmed=confirmed), None
    return create_contact_with_details(
        customer, sheet.values(), wanted, actor=request.actor, confirmed=confirmed
    )


def _updated(
    request: ActorRequest, contact: Contact, sheet: ContactSheet, wanted: Wanted | None, *, version: int
) -> tuple[Contact, Given | None]:
    confirmed = _is_confirmed(request, sheet)
    if wanted is None:
        saved = update_contact(
            contact, sheet.values(), version=version, actor=request.actor, confirmed=confirmed
        )
        return saved, None
    return update_contact_with_details(
        contact, sheet.values(), wanted, version=version, actor=request.actor, confirmed=confirmed
    )


def _refuse(sheet: ContactSheet, box: DetailsBox | None, refusal: Invalid | Conflict) -> None:
    """Put the sentence where it belongs: what is said of the access, into its box."""
    if box is not None and isinstance(refusal, NotPossible):
        box.refuse(refusal)
    else:
        sheet.refuse(refusal)


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
        "departures": (),
        "box": None,
    }
    status = UNPROCESSABLE if sheet.errors else 200
    box: DetailsBox | None = context.get("box")
    if warnings.clash or warnings.elsewhere or (box is not None and box.must_be_seen):
        status = CONFLICT
    context = {**defaults, "clash": warnings.clash, "elsewhere": warnings.elsewhere, **context}
    return page(request, "staff/crm/contacts/form.html", context, current="contacts", status=status)
