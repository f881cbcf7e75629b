"""What a row's menu does to the password, the sessions and the role of one buyer."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from tradedoor.access.actions.buyers import change_role, mark_compromised, send_reset_link, sign_out
from tradedoor.access.company_queries import is_last_admin
from tradedoor.access.errors import NotPossible
from tradedoor.access.models import Access, Role, State
from tradedoor.access.queries import access_for
from tradedoor.access.sets import just
from tradedoor.core.permissions import Permission, require
from tradedoor.staff.last_admins import after_leaving
from tradedoor.staff.pages import Crumb, page
from tradedoor.staff.people import address_of
from tradedoor.staff.places import back_to, dashboard_of, store_here
from tradedoor.web.formats import number
from tradedoor.web.notices import notify
from tradedoor.web.requests import ActorRequest


@require_POST
def send_reset(request: ActorRequest, slug: str, public_id: UUID) -> HttpResponse:
    access = _access(request, slug, public_id)
    outcome = send_reset_link(access, actor=request.actor)
    if outcome.done:
        told = _("A link to choose a new password is on its way to %(email)s.")
        notify(request, told % {"email": access.login.email if access.login else ""})
    for refused in outcome.refused:
        messages.warning(request, f"{access.contact.name}: {refused.sentence}")
    return redirect(_back(request, access))


@require_POST
def end_sessions(request: ActorRequest, slug: str, public_id: UUID) -> HttpResponse:
    access = _access(request, slug, public_id)
    ended = sign_out(just(access), actor=request.actor)
    if ended.sessions:
        told = ngettext(
            "%(n)s session of %(name)s ended. They may sign in again.",
            "%(n)s sessions of %(name)s ended. They may sign in again.",
            ended.sessions,
        )
        notify(request, told % {"n": number(ended.sessions), "name": access.contact.name})
    for refused in ended.outcome.refused:
        messages.info(request, f"{access.contact.name}: {refused.sentence}")
    return redirect(_back(request, access))


@require_http_methods(["GET", "HEAD", "POST"])
def role(request: ActorRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Choose what the buyer may do in the store."""
    access = _access(request, slug, public_id)
    require(request.actor, Permission.ACCESS_SWITCH, stores=[access.store_id])
    back, given = _back(request, access), request.POST.get("role", "")
    if request.method == "POST" and given in Role.values:
        warning = after_leaving(access) if access.state == State.CURRENT and given != access.role else ""
        change_role(access, Role(given), actor=request.actor)
        if warning:
            messages.warning(request, warning)
        told = _("%(name)s is now %(role)s.")
        notify(request, told % {"name": access.contact.name, "role": Role(given).label})
        return redirect(back)
    title = _("Change role of %(name)s") % {"name": access.contact.name}
    context = {
        "title": title,
        "access": access,
        "roles": _roles(),
        "is_last": access.state == State.CURRENT and is_last_admin(access),
        "problem": _("Choose a role.") if request.method == "POST" else "",
        "back": back,
        "crumbs": _crumbs(access, title),
    }
    status = 422 if request.method == "POST" else 200
    return page(
        request, "staff/access/role.html", context, current="dashboard", store=access.store, status=status
    )


@require_http_methods(["GET", "HEAD", "POST"])
def compromised(request: ActorRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Ask once, since it signs the person out of every store; a reset link is sent along if that is ticked."""
    access = _access(request, slug, public_id)
    require(request.actor, Permission.ACCESS_SWITCH, stores=[access.store_id])
    back, name = _back(request, access), access.contact.name
    if request.method == "POST":
        try:
            mark_compromised(access, actor=request.actor)
        except NotPossible as refusal:
            messages.warning(request, f"{name}: {refusal}")
            return redirect(back)
        told = _("%(name)s is signed out everywhere and has to choose a new password.") % {"name": name}
        if request.POST.get("reset") and send_reset_link(access, actor=request.actor).done:
            told = f"{told} {_('A reset link is on its way.')}"
        notify(request, told)
        return redirect(back)
    title = _("Mark the password of %(name)s compromised?") % {"name": name}
    context = {"title": title, "access": access, "back": back, "crumbs": _crumbs(access, title)}
    return page(request, "staff/access/compromised.html", context, current="dashboard", store=access.store)


def _roles() -> list[tuple[str, str, str]]:
    notes = {
        Role.BUYER: _("Looks at the catalogue and orders."),
        Role.APPROVER: _("A buyer who also approves the orders of colleagues."),
        Role.COMPANY_ADMIN: _("An approver who also looks after the accesses of colleagues in this store."),
    }
    return [(one.value, str(one.label), notes[one]) for one in Role]


def _access(request: ActorRequest, slug: str, public_id: UUID) -> Access:
    return access_for(public_id, actor=request.actor, store=store_here(request, slug))


def _back(request: ActorRequest, access: Access) -> str:
    """Where the button stood; a page of this one's own is none to go back to."""
    back = back_to(request, otherwise=dashboard_of(access.store))
    own = [address_of(access, name, "").partition("?")[0] for name in ("access-role", "access-compromised")]
    return dashboard_of(access.store) if back.partition("?")[0] in own else back


def _crumbs(access: Access, title: str) -> list[Crumb]:
    return [
        Crumb(access.store.name, dashboard_of(access.store)),
        Crumb(_("B2B Dashboard"), dashboard_of(access.store)),
        Crumb(title),
    ]
