"""One contact: who, which stores, what happened; archived and restored."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tradedoor.access.actions.crm import archive_contacts, restore_contacts
from tradedoor.access.actions.switching import reason_against_reenabling
from tradedoor.access.models import Access, State
from tradedoor.access.queries import accesses_of_contact
from tradedoor.access.reasons import sentence_of
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.models import Contact
from tradedoor.crm.queries import contact_for
from tradedoor.mail.queries import mail_state_for, messages
from tradedoor.staff.consequences import ending_of_contacts
from tradedoor.staff.letters import LOOKS
from tradedoor.staff.pages import Crumb, page
from tradedoor.staff.timeline import timeline_context
from tradedoor.stores.queries import stores
from tradedoor.web.navigation import Action, NavItem
from tradedoor.web.notices import notify
from tradedoor.web.requests import ActorRequest

MAILS_SHOWN = 5


def contact_crumbs(contact: Contact, title: str = "") -> list[Crumb]:
    crumbs = [
        Crumb(contact.customer.name, reverse("staff:customer-details", args=[contact.customer.public_id])),
        Crumb(_("Contacts"), reverse("staff:customer-contacts", args=[contact.customer.public_id])),
    ]
    if not title:
        return [*crumbs, Crumb(contact.name)]
    return [*crumbs, Crumb(contact.name, reverse("staff:contact", args=[contact.public_id])), Crumb(title)]


@require_GET
def contact(request: ActorRequest, public_id: UUID) -> HttpResponse:
    found = contact_for(public_id, actor=request.actor)
    rows = list(accesses_of_contact(found.pk, actor=request.actor))
    reachable = [store for store in stores(request.actor) if store.customer_id in {None, found.customer_id}]
    mails = mail_state_for([row.pk for row in rows], actor=request.actor)
    held = {row.store_id for row in rows if row.state not in {State.CANCELLED, State.DECLINED}}
    context: dict[str, Any] = {
        "accesses": [(row, mails.get(row.pk), _menu(request, found, row)) for row in rows],
        "sign_in_email": next((row.login.email for row in rows if row.login), ""),
        "stores_left": [store for store in reachable if store.pk not in held],
        "has_stores": bool(reachable),
        "mail_looks": LOOKS,
        "letters": messages(request.actor, contact_id=found.pk, limit=MAILS_SHOWN),
        "may_invite": request.actor.can(Permission.ACCESS_INVITE) and found.archived_at is None,
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
    restore_contacts([found], actor=request.actor)
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
        "tabs": tabs,
        "may_edit": request.actor.can(Permission.CRM_EDIT),
        "crumbs": contact_crumbs(contact, _("Activity") if tab == "activity" else ""),
    }
    return page(request, template, {**frame, **context}, current="contacts")


def _menu(request: ActorRequest, contact: Contact, access: Access) -> list[Action]:
    """What can be done to this access in its state, by those who may."""
    here = [access.store.slug, access.public_id]
    actions: list[Action] = []
    if access.state == State.PENDING and request.actor.can(Permission.ACCESS_INVITE, access.store_id):
        actions = [
            Action(label=_("Resend invitation"), post=reverse("staff:access-resend", args=here), icon="send"),
            Action(
                label=_("Cancel invitation"),
                post=reverse("staff:access-cancel", args=here),
                icon="x",
                tone="bad",
                line_above=True,
            ),
        ]
    elif access.state == State.CURRENT and request.actor.can(Permission.ACCESS_SWITCH, access.store_id):
        deactivate = reverse("staff:access-deactivate", args=here)
        actions = [Action(label=_("Deactivate customer"), post=deactivate, icon="user-x", tone="bad")]
    elif access.state == State.DEACTIVATED and request.actor.can(Permission.ACCESS_SWITCH, access.store_id):
        access.contact, access.customer = contact, contact.customer
        why = reason_against_reenabling(access)
        actions = [
            Action(
                label=_("Re-enable customer"),
                post=reverse("staff:access-reenable", args=here),
                icon="user-check",
                reason=str(sentence_of(why)) if why else "",
            )
        ]
    return actions
