"""What a row's menu does to one access, at once."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from tradedoor.access.actions.invitations import cancel_invitation, resend_invitation
from tradedoor.access.actions.switching import Receipt, deactivate, reenable, undo_deactivation
from tradedoor.access.errors import NotPossible
from tradedoor.access.models import Access
from tradedoor.access.queries import access_for
from tradedoor.access.sets import just
from tradedoor.registration.actions.leaving import could_come_back
from tradedoor.staff.last_admins import after_leaving
from tradedoor.staff.people import address_of
from tradedoor.staff.places import back_to, dashboard_of, store_here
from tradedoor.web.formats import number
from tradedoor.web.notices import notify
from tradedoor.web.requests import ActorRequest


@require_POST
def resend(request: ActorRequest, slug: str, public_id: UUID) -> HttpResponse:
    access = _access(request, slug, public_id)
    try:
        followed = resend_invitation(access, actor=request.actor)
    except NotPossible as refusal:
        messages.warning(request, _about(access, refusal))
    else:
        told = _("A new invitation is on its way to %(name)s. The link sent before no longer works.")
        if followed:
            told = _(
                "The email change of %(name)s was applied first; a new invitation is on its way to the new email."
            )
        notify(request, told % {"name": access.contact.name})
    return redirect(_back(request, access))


@require_POST
def cancel(request: ActorRequest, slug: str, public_id: UUID) -> HttpResponse:
    access = _access(request, slug, public_id)
    try:
        cancel_invitation(access, actor=request.actor)
    except NotPossible as refusal:
        messages.warning(request, _about(access, refusal))
    else:
        notify(
            request,
            _("The invitation of %(name)s is cancelled, and its link is dead.")
            % {"name": access.contact.name},
        )
    return redirect(_back(request, access))


@require_POST
def switch_off(request: ActorRequest, slug: str, public_id: UUID) -> HttpResponse:
    access = _access(request, slug, public_id)
    receipt = deactivate(just(access), actor=request.actor)
    back = _back(request, access)
    if receipt.outcome.done:
        notify(
            request,
            _told(access, receipt),
            undo=address_of(access, "access-undo", back),
            more=address_of(access, "access-wider", back),
        )
    for refused in receipt.outcome.refused:
        messages.warning(request, f"{access.contact.name}: {refused.sentence}")
    return redirect(back)


@require_POST
def undo(request: ActorRequest, slug: str, public_id: UUID) -> HttpResponse:
    access = _access(request, slug, public_id)
    outcome = undo_deactivation(just(access), actor=request.actor)
    if outcome.done:
        notify(
            request,
            _("%(name)s can sign in again. Ended sessions stay ended.") % {"name": access.contact.name},
        )
    for refused in outcome.refused:
        messages.warning(request, f"{access.contact.name}: {refused.sentence}")
    return redirect(_back(request, access))


@require_POST
def switch_on(request: ActorRequest, slug: str, public_id: UUID) -> HttpResponse:
    access = _access(request, slug, public_id)
    result = reenable(just(access), actor=request.actor)
    name = access.contact.name
    if result.current:
        notify(
            request,
            _("%(name)s can sign in again, with the same password. No mail was sent.") % {"name": name},
        )
    if result.invited:
        notify(
            request,
            _("%(name)s never set a password, so was invited again, see Pending Customers.") % {"name": name},
        )
    for refused in result.outcome.refused:
        messages.warning(request, f"{name}: {refused.sentence}")
    return redirect(_back(request, access))


def _access(request: ActorRequest, slug: str, public_id: UUID) -> Access:
    return access_for(public_id, actor=request.actor, store=store_here(request, slug))


def _back(request: ActorRequest, access: Access) -> str:
    return back_to(request, otherwise=dashboard_of(access.store))


def _about(access: Access, refusal: NotPossible) -> str:
    return f"{access.contact.name}: {refusal}"


def _told(access: Access, receipt: Receipt) -> str:
    """Who it was, what ended, and who else of that customer still gets in."""
    sentences = [_("%(name)s can no longer sign in.") % {"name": access.contact.name}]
    if receipt.sessions_ended:
        sentences.append(
            ngettext("%(n)s session ended.", "%(n)s sessions ended.", receipt.sessions_ended)
            % {"n": number(receipt.sessions_ended)}
        )
    customer, names = access.customer.name, ", ".join(receipt.others)
    more = receipt.others_count - len(receipt.others)
    if more > 0:
        names = _("%(names)s and %(n)s more") % {"names": names, "n": number(more)}
    if names:
        sentences.append(
            _("Of %(customer)s these still can: %(names)s.") % {"customer": customer, "names": names}
        )
    else:
        sentences.append(_("Nobody else of %(customer)s can.") % {"customer": customer})
    if warning := after_leaving(access):
        sentences.append(warning)
    if could_come_back(access):
        sentences.append(
            _("The eStore link lets people in at once: make a New link on the customer record, eStore.")
        )
    return " ".join(sentences)
