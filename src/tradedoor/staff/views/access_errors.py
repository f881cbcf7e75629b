"""What a row on the Error tab offers: look again, say who is on it, and the fixes of access itself."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tradedoor.access.actions.clearing import clear_errors, leave_errors, take_errors
from tradedoor.access.actions.mending import change_for_all, invite_owner, relink, split_off, undo_crm_edit
from tradedoor.access.models import Access
from tradedoor.access.queries import access_for
from tradedoor.access.sets import just
from tradedoor.core.errors import Conflict, Invalid
from tradedoor.staff.places import back_to, dashboard_of, store_here
from tradedoor.web.notices import notify
from tradedoor.web.requests import ActorRequest


@require_POST
def clear(request: ActorRequest, slug: str, public_id: UUID) -> HttpResponse:
    access = _access(request, slug, public_id)
    cleared = clear_errors(just(access), actor=request.actor)
    name = {"name": access.contact.name}
    for _pk, sentence in cleared.standing:
        messages.warning(request, _("%(name)s stays on Error: %(why)s") % {**name, "why": sentence})
    if cleared.fixed:
        notify(request, _("%(name)s is on Error no more.") % name)
    if cleared.without:
        notify(request, _("%(name)s has no error; somebody was quicker.") % name)
    return redirect(_back(request, access))


@require_POST
def take(request: ActorRequest, slug: str, public_id: UUID) -> HttpResponse:
    access = _access(request, slug, public_id)
    take_errors(just(access), actor=request.actor)
    notify(request, _("You are on %(name)s.") % {"name": access.contact.name})
    return redirect(_back(request, access))


@require_POST
def leave(request: ActorRequest, slug: str, public_id: UUID) -> HttpResponse:
    access = _access(request, slug, public_id)
    leave_errors(just(access), actor=request.actor)
    notify(request, _("Nobody is on %(name)s now.") % {"name": access.contact.name})
    return redirect(_back(request, access))


@require_POST
def link_again(request: ActorRequest, slug: str, public_id: UUID) -> HttpResponse:
    return _mend(
        request, slug, public_id, relink, _("The access of %(name)s follows the contact to where it is now.")
    )


@require_POST
def undo_edit(request: ActorRequest, slug: str, public_id: UUID) -> HttpResponse:
    return _mend(
        request, slug, public_id, undo_crm_edit, _("The CRM has the sign-in email of %(name)s again.")
    )


@require_POST
def split(request: ActorRequest, slug: str, public_id: UUID) -> HttpResponse:
    return _mend(
        request,
        slug,
        public_id,
        split_off,
        _("%(name)s has a login of its own and was invited to it, see Pending Customers."),
    )


@require_POST
def invite_that_login(request: ActorRequest, slug: str, public_id: UUID) -> HttpResponse:
    return _mend(
        request,
        slug,
        public_id,
        invite_owner,
        _(
            "An invitation is on its way to the owner of the email of %(name)s. Nothing changes until they accept."
        ),
    )


@require_POST
def change_all(request: ActorRequest, slug: str, public_id: UUID) -> HttpResponse:
    return _mend(
        request,
        slug,
        public_id,
        change_for_all,
        _("Everybody on the login of %(name)s has the same email in the CRM now; the login follows."),
    )


def _mend(
    request: ActorRequest, slug: str, public_id: UUID, act: Callable[..., object], told: str
) -> HttpResponse:
    access = _access(request, slug, public_id)
    try:
        act(access, actor=request.actor)
    except (Conflict, Invalid) as refusal:
        messages.warning(request, f"{access.contact.name}: {refusal}")
    else:
        notify(request, told % {"name": access.contact.name})
    return redirect(_back(request, access))


def _access(request: ActorRequest, slug: str, public_id: UUID) -> Access:
    return access_for(public_id, actor=request.actor, store=store_here(request, slug))


def _back(request: ActorRequest, access: Access) -> str:
    return back_to(request, otherwise=dashboard_of(access.store))
