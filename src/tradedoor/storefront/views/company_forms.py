"""Company, People: the pages with a form on them."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tradedoor.access.actions.company import change_role_of_colleague
from tradedoor.access.actions.inviting_colleagues import ColleagueInvited, invite_colleague
from tradedoor.access.company import Deed, NotForColleague, is_self, reason_against, told_to_admins
from tradedoor.access.company_queries import (
    admin_access,
    colleague_for,
    departments_of_admin,
    is_last_admin,
)
from tradedoor.access.models import Access, Role, State
from tradedoor.core.errors import Invalid
from tradedoor.registration.actions.company_deciding import (
    ColleagueRequest,
    approve_colleague,
    decline_colleague,
    request_of_colleague,
)
from tradedoor.registration.request_queries import typed_address
from tradedoor.storefront.company_forms import AnswerForm, InviteColleagueForm, RoleForm
from tradedoor.storefront.frames import address, shop_page, store_of
from tradedoor.storefront.views.company import for_company_admins
from tradedoor.web.notices import notify
from tradedoor.web.requests import ActorRequest

CONFLICT, UNPROCESSABLE = 409, 422


@require_http_methods(["GET", "HEAD", "POST"])
@for_company_admins
def invite(request: ActorRequest, store: str) -> HttpResponse:  # noqa: ARG001 - the door read it
    """Invite somebody by name and email; who is known already is not made twice."""
    here, admin = store_of(request), admin_access(request.actor)
    form = InviteColleagueForm(
        request.POST if request.method == "POST" else None,
        own=Role(admin.role),
        departments=departments_of_admin(request.actor),
        initial=_again(request),
    )
    if form.is_valid():
        try:
            done = invite_colleague(form.colleague(), actor=request.actor)
        except Invalid as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        except NotForColleague as refusal:
            form.add_error("email", str(refusal))
        else:
            notify(request, _told(done))
            return HttpResponseRedirect(address(here, "people"))
    context = {
        "form": form,
        "customer": admin.customer,
        "people_url": address(here, "people"),
        "role_notes": {value: note for value, _label, note in form.roles},
    }
    return shop_page(request, "people_invite.html", context, status=UNPROCESSABLE if form.errors else 200)


def _again(request: ActorRequest) -> dict[str, Any]:
    """What is known of somebody whose invitation was cancelled, so that nothing is typed twice."""
    try:
        asked = UUID(request.GET.get("again", ""))
    except ValueError:
        return {}
    contact = colleague_for(asked, actor=request.actor).contact
    return {"email": contact.email, "first_name": contact.first_name, "last_name": contact.last_name}


def _told(done: ColleagueInvited) -> str:
    contact = done.access.contact
    named = {"name": contact.name, "email": contact.email}
    if done.just_now:
        return _("%(name)s was invited a moment ago; no second mail was sent.") % named
    if done.was_known:
        return _("%(name)s, as our records have them, is invited: a mail is on its way to %(email)s.") % named
    return _("%(name)s is invited: a mail is on its way to %(email)s.") % named


@require_http_methods(["GET", "HEAD", "POST"])
@for_company_admins
def role(request: ActorRequest, store: str, public_id: UUID) -> HttpResponse:  # noqa: ARG001 - the door read it
    """Choose what a colleague, or oneself, may do here; the last admin's leaving is said before."""
    here, admin = store_of(request), admin_access(request.actor)
    person = colleague_for(public_id, actor=request.actor)
    if (reason := reason_against(Deed.CHANGE_ROLE, person, admin=admin)) is not None:
        messages.warning(request, f"{person.contact.name}: {told_to_admins(reason)}")
        return HttpResponseRedirect(address(here, "people"))
    data = request.POST if request.method == "POST" else None
    form = RoleForm(data, own=Role(admin.role), initial={"role": person.role, "seen": person.role})
    if form.is_valid():
        given, seen = Role(form.cleaned_data["role"]), Role(form.cleaned_data["seen"])
        try:
            change_role_of_colleague(public_id, given, seen=seen, actor=request.actor)
        except NotForColleague as refusal:
            form = RoleForm(None, own=Role(admin.role), initial={"role": person.role, "seen": person.role})
            return _role_page(request, person, admin, form, problem=str(refusal), status=CONFLICT)
        told = _("%(name)s is now %(role)s.") % {"name": person.contact.name, "role": given.label}
        notify(request, told)
        return HttpResponseRedirect(address(here, "people"))
    return _role_page(request, person, admin, form, status=UNPROCESSABLE if form.errors else 200)


def _role_page(
    request: ActorRequest, person: Access, admin: Access, form: RoleForm, *, status: int, problem: str = ""
) -> HttpResponse:
    context = {
        "form": form,
        "person": person,
        "is_you": is_self(person, admin),
        "is_last": person.state == State.CURRENT and is_last_admin(person),
        "role_notes": {value: note for value, _label, note in form.roles},
        "people_url": address(store_of(request), "people"),
        "problem": problem,
    }
    return shop_page(request, "people_role.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@for_company_admins
def request_page(request: ActorRequest, store: str, public_id: UUID) -> HttpResponse:  # noqa: ARG001 - the door read it
    """Who asks for access, what they typed, and the two answers where the store leaves them to the admins."""
    people_url = address(store_of(request), "people")
    try:
        asked = request_of_colleague(public_id, actor=request.actor)
        form = AnswerForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            return _answered(request, asked, form, people_url)
    except NotForColleague as refusal:
        over = {"sentence": str(refusal), "people_url": people_url}
        return shop_page(request, "people_over.html", over, status=CONFLICT)
    except Invalid as refusal:
        form.add_error("reason", str(refusal))
    context = {
        "asked": asked,
        "one": asked.registration,
        "address": typed_address(asked.registration),
        "form": form,
        "people_url": people_url,
    }
    return shop_page(request, "people_request.html", context, status=UNPROCESSABLE if form.errors else 200)


def _answered(request: ActorRequest, asked: ColleagueRequest, form: AnswerForm, onward: str) -> HttpResponse:
    public_id, name = asked.access.public_id, asked.access.contact.name
    if request.POST.get("answer") == "approve":
        approve_colleague(public_id, actor=request.actor)
        told = _("%(name)s can sign in now; a mail says so.")
    else:
        decline_colleague(public_id, reason=form.cleaned_data["reason"], actor=request.actor)
        told = _("%(name)s was declined, and gets a mail.")
    notify(request, told % {"name": name})
    return HttpResponseRedirect(onward)
