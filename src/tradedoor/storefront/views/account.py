"""The buyer's own account: who they are here, their password, and where they are signed in."""

from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tradedoor.access.actions.passwords import change_own_password
from tradedoor.accounts.actions.own import is_proved, prove
from tradedoor.accounts.actions.sessions import end_session
from tradedoor.accounts.errors import BadPassword, WrongPair
from tradedoor.accounts.queries import sessions_of
from tradedoor.storefront.devices import device_name
from tradedoor.storefront.forms import ChangePasswordForm, EndSessionForm
from tradedoor.storefront.frames import address, shop_page, store_of
from tradedoor.storefront.gate import behind_the_door
from tradedoor.web.doors import change_key
from tradedoor.web.notices import notify
from tradedoor.web.requests import ActorRequest


@require_safe
@behind_the_door
def account(request: ActorRequest, store: str) -> HttpResponse:  # noqa: ARG001 - the door read it
    return _account_page(request, EndSessionForm(asks_current=_asks_current(request)))


def _asks_current(request: ActorRequest) -> bool:
    return request.signed_in is None or not is_proved(request.signed_in)


def _account_page(request: ActorRequest, ending: EndSessionForm, *, status: int = 200) -> HttpResponse:
    here = store_of(request)
    sessions = [
        {
            "device": device_name(session.agent),
            "seen_at": session.seen_at,
            "is_this": session == request.signed_in,
            "is_here": session.store_id == here.pk,
            "end_url": address(here, "end-session", session.public_id),
        }
        for session in sessions_of(actor=request.actor)
    ]
    context = {
        "sessions": sessions,
        "ending": ending,
        "asks_current": _asks_current(request),
        "account_url": address(here, "account"),
        "password_url": address(here, "change-password"),
    }
    return shop_page(request, "account.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@behind_the_door
def change_password(request: ActorRequest, store: str) -> HttpResponse:  # noqa: ARG001 - the door read it
    """Choose another password; this session goes on under a new key, all others end."""
    here, access, session = store_of(request), request.access, request.signed_in
    if access is None or session is None:
        raise Http404
    form = ChangePasswordForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        current, chosen = form.cleaned_data["current"], form.cleaned_data["password"]
        try:
            key = change_own_password(access, current, chosen, session=session, actor=request.actor)
        except WrongPair:
            form.add_error("current", _("This is not your password."))
        except BadPassword as refusal:
            form.add_error("password", str(refusal))
        else:
            notify(request, _("Your password is changed. Other devices have been signed out."))
            return change_key(request, HttpResponseRedirect(address(here, "account")), key)
    context = {"form": form, "account_url": address(here, "account")}
    return shop_page(request, "change_password.html", context, status=422 if form.errors else 200)


@require_POST
@behind_the_door
def end_one_session(request: ActorRequest, store: str, public_id: UUID) -> HttpResponse:  # noqa: ARG001 - the door read it
    """Sign one other device out; the password is asked for unless it was just given (SES-08)."""
    found = sessions_of(actor=request.actor).filter(public_id=public_id).first()
    if found is None or found == request.signed_in:
        raise Http404
    form = EndSessionForm(request.POST, asks_current=_asks_current(request))
    if form.is_valid() and request.signed_in is not None:
        try:
            prove(request.signed_in, form.cleaned_data["current"], actor=request.actor)
        except WrongPair:
            form.add_error("current", _("This is not your password."))
    if form.errors:
        return _account_page(request, form, status=422)
    end_session(found, actor=request.actor)
    notify(request, _("That device is signed out."))
    return HttpResponseRedirect(address(store_of(request), "account"))
