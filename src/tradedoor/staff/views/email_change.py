"""One change of a sign-in email: what became of it, and deciding about a reported one."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tradedoor.access.actions.email_reports import confirm_report, deciding, reverse_report
from tradedoor.access.actions.email_sync import update_email_now
from tradedoor.access.email_change_queries import email_change_for
from tradedoor.access.errors import NotPossible
from tradedoor.access.models import EmailChange
from tradedoor.accounts.actions.own import is_proved, prove
from tradedoor.core.errors import Conflict, Invalid
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.queries import contact_for
from tradedoor.staff.email_words import change_row
from tradedoor.staff.pages import Crumb, page
from tradedoor.staff.places import back_to
from tradedoor.web.notices import notify
from tradedoor.web.requests import ActorRequest

UNPROCESSABLE = 422


@require_GET
def email_change(request: ActorRequest, public_id: UUID) -> HttpResponse:
    return _page(request, email_change_for(public_id, actor=request.actor))


@require_POST
def decide(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """Confirm or reverse a reported change; the editor alone proves who they are first."""
    require(request.actor, Permission.ACCESS_ERRORS)
    change = email_change_for(public_id, actor=request.actor)
    proved = False
    if change.is_reported and deciding(change, actor=request.actor).alone and request.signed_in is not None:
        try:
            prove(request.signed_in, request.POST.get("current", ""), actor=request.actor)
        except Invalid as refusal:
            return _page(request, change, problem=str(refusal), status=UNPROCESSABLE)
        proved = True
    try:
        text = _decided(request, change, proved=proved)
    except (Conflict, Invalid) as refusal:
        messages.warning(request, str(refusal))
    else:
        notify(request, text)
    return redirect("staff:email-change", public_id)


@require_POST
def update_now(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """Give the contact's login the CRM's email at once."""
    contact = contact_for(public_id, actor=request.actor)
    try:
        row = update_email_now(contact, actor=request.actor)
    except NotPossible as refusal:
        messages.warning(request, f"{contact.name}: {refusal}")
    else:
        notify(
            request,
            _("%(name)s signs in with %(email)s from now on.")
            % {"name": contact.name, "email": row.contact.email},
        )
    return redirect(back_to(request, otherwise=reverse("staff:contact", args=[public_id])))


def _decided(request: ActorRequest, change: EmailChange, *, proved: bool) -> str:
    if request.POST.get("decision") == "reverse":
        if reverse_report(change, actor=request.actor, proved=proved):
            return _("The change is reversed, and the hold is over.")
        return _("The former email cannot come back yet. The login stays on hold; the Error tab says why.")
    confirm_report(change, actor=request.actor, proved=proved)
    return _("The change is confirmed, and the hold is over.")


def _page(
    request: ActorRequest, change: EmailChange, *, problem: str = "", status: int = 200
) -> HttpResponse:
    terms = deciding(change, actor=request.actor) if change.is_reported else None
    session = request.signed_in
    context = {
        "row": change_row(change, actor=request.actor),
        "change": change,
        "terms": terms,
        "asks_password": bool(terms and terms.alone and session is not None and not is_proved(session)),
        "problem": problem,
        "crumbs": [
            Crumb(_("Email changes"), reverse("staff:email-changes")),
            Crumb(change.contact.name),
        ],
    }
    return page(request, "staff/access/emails/change.html", context, current="access", status=status)
