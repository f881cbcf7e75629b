"""What a row on the Error tab offers: look again, say who is on it, and the fixes of access itself."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tradedoor.access.actions.clearing import clear_errors, give_errors, leave_errors, take_errors
from tradedoor.access.actions.mending import change_for_all, invite_owner, relink, split_off, undo_crm_edit
from tradedoor.access.error_queries import colleagues_of, open_errors
from tradedoor.access.models import Access
from tradedoor.access.queries import access_for
from tradedoor.access.sets import just
from tradedoor.core.errors import Conflict, Invalid
from tradedoor.staff.pages import Crumb, page
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


@require_http_methods(["GET", "HEAD", "POST"])
def assign(request: ActorRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Choose who is on the errors of this row: a colleague who sees the store, or nobody."""
    access = _access(request, slug, public_id)
    colleagues = colleagues_of(access.store, actor=request.actor)
    errors = open_errors([access], actor=request.actor).get(access.pk, ())
    name, given, problem = access.contact.name, request.POST.get("to", ""), ""
    if not errors:
        notify(request, _("%(name)s has no error; somebody was quicker.") % {"name": name})
        return redirect(_back(request, access))
    if request.method == "POST" and not given:
        return leave(request, slug, public_id)
    if request.method == "POST":
        try:
            to = give_errors(access, UUID(given), actor=request.actor)
        except (ValueError, Invalid):
            problem = _("Choose somebody who sees this store.")
        else:
            notify(request, _("%(who)s is on %(name)s.") % {"who": to, "name": name})
            return redirect(_back(request, access))
    holder = next((error.assigned_to for error in errors if error.assigned_to is not None), None)
    title = _("Who looks after %(name)s?") % {"name": name}
    context = {
        "title": title,
        "access": access,
        "colleagues": [("", _("Nobody")), *((str(one.public_id), str(one)) for one in colleagues)],
        "holder": str(holder.public_id) if holder else "",
        "problem": problem,
        "back": _back(request, access),
        "crumbs": [
            Crumb(access.store.name, dashboard_of(access.store)),
            Crumb(_("Error"), dashboard_of(access.store, tab="error")),
            Crumb(title),
        ],
    }
    status = 422 if problem else 200
    return page(
        request, "staff/access/assign.html", context, current="dashboard", store=access.store, status=status
    )


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
