"""Who works here: invited, given a role and stores, switched off and on."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tradedoor.accounts.actions.own import is_proved, prove
from tradedoor.accounts.actions.staff import deactivate_staff, reenable_staff, send_staff_link
from tradedoor.accounts.queries import staff_login_for, staff_logins
from tradedoor.accounts.roles import Role
from tradedoor.core.errors import Conflict, Invalid
from tradedoor.core.permissions import Permission, require
from tradedoor.staff.forms.staff import ALL, ROLE_NOTES, SOME, InviteForm, ProofForm, RightsForm
from tradedoor.staff.pages import Crumb, page
from tradedoor.staff.refusing import add_refusal
from tradedoor.stores.actions.staff import change_staff_rights, invite_to_staff
from tradedoor.stores.queries import staff_store_ids, stores
from tradedoor.web.notices import notify
from tradedoor.web.requests import ActorRequest

UNPROCESSABLE = 422


@require_GET
def staff(request: ActorRequest) -> HttpResponse:
    logins = list(staff_logins(actor=request.actor))
    named = {store.pk: store.name for store in stores(request.actor)}
    reach = staff_store_ids([login.pk for login in logins], actor=request.actor)
    rows = [
        (login, Role(login.role).label, sorted(named.get(pk, "?") for pk in reach.get(login.pk, ())))
        for login in logins
    ]
    context = {"rows": rows, "has_choice": len(named) > 1, "crumbs": [Crumb(_("Staff"))]}
    return page(request, "staff/desk/staff/list.html", context, current="staff")


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: ActorRequest) -> HttpResponse:
    require(request.actor, Permission.STAFF_EDIT)
    form = InviteForm(
        request.POST if request.method == "POST" else None,
        stores=list(stores(request.actor)),
        asks_current=_asks(request),
    )
    if form.is_valid():
        try:
            _prove(request, form)
            login = invite_to_staff(
                form.cleaned_data["email"],
                name=form.cleaned_data["name"],
                role=form.chosen_role,
                store_ids=form.store_ids,
                actor=request.actor,
            )
        except (Invalid, Conflict) as refusal:
            add_refusal(form, refusal)
        else:
            notify(request, _("%(name)s is invited: a link is on its way.") % {"name": login})
            return redirect("staff:staff")
    context = {"form": form, "role_notes": ROLE_NOTES, "crumbs": [_staff_crumb(), Crumb(_("Invite staff"))]}
    status = UNPROCESSABLE if form.errors else 200
    return page(request, "staff/desk/staff/add.html", context, current="staff", status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: ActorRequest, public_id: UUID) -> HttpResponse:
    login = staff_login_for(public_id, actor=request.actor)
    reach = staff_store_ids([login.pk], actor=request.actor).get(login.pk, frozenset())
    offered = list(stores(request.actor))
    form = RightsForm(
        request.POST if request.method == "POST" else None,
        stores=offered,
        asks_current=_asks(request),
        initial={
            "role": login.role,
            "scope": ALL if login.all_stores else SOME,
            "stores": [str(store.public_id) for store in offered if store.pk in reach],
        },
    )
    if form.is_valid():
        try:
            _prove(request, form)
            change_staff_rights(
                login.pk, role=form.chosen_role, store_ids=form.store_ids, actor=request.actor
            )
        except (Invalid, Conflict) as refusal:
            add_refusal(form, refusal)
        else:
            notify(request, _("The rights of %(name)s are changed.") % {"name": login})
            return redirect("staff:staff")
    context = {
        "form": form,
        "login": login,
        "is_me": login.pk == request.actor.login_id,
        "role_notes": ROLE_NOTES,
        "crumbs": [_staff_crumb(), Crumb(str(login))],
    }
    status = UNPROCESSABLE if form.errors else 200
    return page(request, "staff/desk/staff/edit.html", context, current="staff", status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def deactivate(request: ActorRequest, public_id: UUID) -> HttpResponse:
    require(request.actor, Permission.STAFF_EDIT)
    login = staff_login_for(public_id, actor=request.actor)
    form = ProofForm(request.POST if request.method == "POST" else None, asks_current=_asks(request))
    if form.is_valid():
        try:
            _prove(request, form)
            deactivate_staff(login.pk, actor=request.actor)
        except (Invalid, Conflict) as refusal:
            add_refusal(form, refusal)
        else:
            notify(request, _("%(name)s can no longer sign in.") % {"name": login})
            return redirect("staff:staff")
    context = {
        "form": form,
        "login": login,
        "crumbs": [
            _staff_crumb(),
            Crumb(str(login), reverse("staff:staff-edit", args=[login.public_id])),
            Crumb(_("Deactivate")),
        ],
    }
    status = UNPROCESSABLE if form.errors else 200
    return page(request, "staff/desk/staff/deactivate.html", context, current="staff", status=status)


@require_POST
def reenable(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """Switch a login on again; a session that has not proved itself of late is asked for the password first."""
    require(request.actor, Permission.STAFF_EDIT)
    login = staff_login_for(public_id, actor=request.actor)
    form = ProofForm(request.POST, asks_current=_asks(request))
    if form.is_valid():
        try:
            _prove(request, form)
            reenable_staff(login.pk, actor=request.actor)
        except (Invalid, Conflict) as refusal:
            add_refusal(form, refusal)
        else:
            notify(request, _("%(name)s can sign in again.") % {"name": login})
            return redirect("staff:staff")
    context = {"form": form, "login": login, "crumbs": [_staff_crumb(), Crumb(str(login))]}
    return page(request, "staff/desk/staff/reenable.html", context, current="staff", status=UNPROCESSABLE)


@require_POST
def send_link(request: ActorRequest, public_id: UUID) -> HttpResponse:
    login = staff_login_for(public_id, actor=request.actor)
    send_staff_link(login.pk, actor=request.actor)
    notify(request, _("A link is on its way to %(email)s.") % {"email": login.email})
    return redirect("staff:staff")


def _staff_crumb() -> Crumb:
    return Crumb(_("Staff"), reverse("staff:staff"))


def _asks(request: ActorRequest) -> bool:
    return request.signed_in is not None and not is_proved(request.signed_in)


def _prove(request: ActorRequest, form: RightsForm | ProofForm) -> None:
    if request.signed_in is not None:
        prove(request.signed_in, form.proof, actor=request.actor)
