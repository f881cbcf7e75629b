"""One contact: who, which stores, what happened; archived and restored."""

from typing import Any
from uuid import UUID

from django.contrib.messages import warning
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tradedoor.access.actions.crm import archive_contacts, restore_contacts
from tradedoor.access.email_change_queries import open_change_of
from tradedoor.access.events import Event as AccessEvent
from tradedoor.access.models import State
from tradedoor.access.queries import dashboard
from tradedoor.audit.queries import timeline
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.duplicates import merged_into_contact, possible_duplicates
from tradedoor.crm.errors import CustomerArchived
from tradedoor.crm.models import Contact
from tradedoor.crm.queries import contact_for
from tradedoor.integrations.queries import departures_of
from tradedoor.mail.queries import messages
from tradedoor.registration.request_queries import registrations_of
from tradedoor.staff import once
from tradedoor.staff.consequences import ending_of_contacts
from tradedoor.staff.details import box_of
from tradedoor.staff.email_words import change_row
from tradedoor.staff.letters import LOOKS, TITLES
from tradedoor.staff.pages import Crumb, page
from tradedoor.staff.people import people_of
from tradedoor.staff.timeline import timeline_context
from tradedoor.staff.views.mailouts import SOURCE_WORDS
from tradedoor.stores.queries import stores
from tradedoor.web.navigation import NavItem
from tradedoor.web.notices import notify
from tradedoor.web.requests import ActorRequest

MAILS_SHOWN = 5
ADDED = AccessEvent.COLLEAGUE_ADDED


def contact_crumbs(contact: Contact, title: str = "") -> list[Crumb]:
    crumbs = [
        Crumb(contact.customer.name, reverse("staff:customer-details", args=[contact.customer.public_id])),
        Crumb(_("Contact persons"), reverse("staff:customer-contacts", args=[contact.customer.public_id])),
    ]
    if not title:
        return [*crumbs, Crumb(contact.name)]
    return [*crumbs, Crumb(contact.name, reverse("staff:contact", args=[contact.public_id])), Crumb(title)]


@require_GET
def contact(request: ActorRequest, public_id: UUID) -> HttpResponse:
    found = contact_for(public_id, actor=request.actor)
    reached = dashboard(None, tab=None, actor=request.actor).filter(contact_id=found.pk)
    rows = list(reached.select_related("contact__customer").order_by("store__name", "pk"))
    own = [store for store in stores(request.actor) if store.customer_id in {None, found.customer_id}]
    is_living = found.archived_at is None
    change = open_change_of(found.pk, actor=request.actor)
    held = {row.store_id for row in rows if row.state not in {State.CANCELLED, State.DECLINED}}
    context: dict[str, Any] = {
        "people": people_of(rows, actor=request.actor, here=request.path),
        "sign_in_email": next((row.login.email for row in rows if row.login), ""),
        "stores_left": [store for store in own if store.pk not in held],
        "has_stores": bool(own),
        "departures": departures_of(found, actor=request.actor),
        "mail_looks": LOOKS,
        "mail_titles": TITLES,
        "may_read_mail": request.actor.can(Permission.ACCESS_LINK),
        "letters": messages(request.actor, contact_id=found.pk, limit=MAILS_SHOWN),
        "may_invite": request.actor.can(Permission.ACCESS_INVITE) and is_living,
        "alike": possible_duplicates(found, actor=request.actor) if is_living else [],
        "email_change": change_row(change, actor=request.actor) if change else None,
        "registered": registrations_of(found, actor=request.actor) if is_living else [],
        "merged_here": list(merged_into_contact(found, actor=request.actor)),
        "added_by": next(iter(timeline(request.actor, contact_id=found.pk, events=[ADDED], limit=1)), None),
        "consent_source": SOURCE_WORDS.get(found.consent_source, ""),
        "box": box_of(request, customer=found.customer, contact=found) if is_living else None,
        "once": once.new_key(request),
    }
    return _record_page(request, found, "staff/crm/contacts/contact.html", context, tab="details")


@require_GET
def activity(request: ActorRequest, public_id: UUID) -> HttpResponse:
    found = contact_for(public_id, actor=request.actor)
    context = timeline_context(request, contact=found)
    return _record_page(request, found, "staff/crm/contacts/activity.html", context, tab="activity")


@require_http_methods(["GET", "HEAD", "POST"])
def archive(request: ActorRequest, public_id: UUID) -> HttpResponse:
    require(request.actor, Permission.CRM_EDIT)
    found = contact_for(public_id, actor=request.actor)
    if request.method == "POST":
        archive_contacts([found], actor=request.actor)
        undo = reverse("staff:contact-restore", args=[public_id])
        notify(request, _("%(name)s is archived.") % {"name": found.name}, undo=undo)
        return redirect("staff:customer-contacts", found.customer.public_id)
    context = {
        "title": _("Archive %(name)s?") % {"name": found.name},
        "verb": _("Archive contact"),
        "lead": _("The contact leaves every list and can be restored."),
        "ending": ending_of_contacts(request.actor, [found.pk]),
        "hidden": [],
        "cancel_url": reverse("staff:contact", args=[public_id]),
        "crumbs": contact_crumbs(found, _("Archive")),
    }
    return page(request, "staff/crm/ending.html", context, current="contacts")


@require_POST
def restore(request: ActorRequest, public_id: UUID) -> HttpResponse:
    found = contact_for(public_id, actor=request.actor)
    try:
        restore_contacts([found], actor=request.actor)
    except CustomerArchived as refusal:
        warning(request, str(refusal))
        return redirect("staff:contact", public_id)
    notify(
        request,
        _("%(name)s is back. Accesses that ended stay so until you re-enable them.") % {"name": found.name},
    )
    return redirect("staff:contact", public_id)


def _record_page(
    request: ActorRequest, contact: Contact, template: str, context: dict[str, Any], *, tab: str
) -> HttpResponse:
    here = [contact.public_id]
    tabs = [
        NavItem(
            label=_("Details"),
            href=reverse("staff:contact", args=here),
            icon="contact-round",
            current=tab == "details",
        ),
        NavItem(
            label=_("Activity"),
            href=reverse("staff:contact-activity", args=here),
            icon="activity",
            current=tab == "activity",
        ),
    ]
    frame = {
        "contact": contact,
        "alike": [],
        "tabs": tabs,
        "may_edit": request.actor.can(Permission.CRM_EDIT),
        "crumbs": contact_crumbs(contact, _("Activity") if tab == "activity" else ""),
    }
    return page(request, template, {**frame, **context}, current="contacts")
