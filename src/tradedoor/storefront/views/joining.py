"""From the mailed invitation to a signed-in buyer. Opening the link changes nothing; only the form does (TOK-06)."""

from django.http import HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tradedoor.access.actions.invitations import ask_for_fresh_link
from tradedoor.access.actions.joining import (
    Entered,
    InvitationView,
    Needs,
    accept_by_signing_in,
    accept_with_new_password,
    invitation_of,
    look_at_invitation,
)
from tradedoor.access.actions.passwords import send_pending_again
from tradedoor.access.errors import LinkDead, MustSignIn
from tradedoor.access.reasons import Reason
from tradedoor.accounts.actions import throttle
from tradedoor.accounts.actions.sessions import end_session
from tradedoor.accounts.errors import BadPassword, ComeBackLater, HasPassword, WrongPair
from tradedoor.accounts.models import Purpose
from tradedoor.core.errors import NotAllowed
from tradedoor.storefront.forms import JoinBySigningInForm, JoinForm
from tradedoor.storefront.frames import address, door_page, store_of
from tradedoor.storefront.gate import before_the_door, let_in
from tradedoor.storefront.pending import pending_of
from tradedoor.storefront.refusals import come_back_later, refused_page
from tradedoor.web.carried_links import carried_link, drop_link, exchange, form_mark, is_for
from tradedoor.web.doors import close_door
from tradedoor.web.requests import ActorRequest

GONE = 410
Form = JoinForm | JoinBySigningInForm


@require_safe
@before_the_door
def open_link(request: ActorRequest, store: str, token: str) -> HttpResponse:  # noqa: ARG001 - the door read it
    """Put the token out of the address bar before any page is shown (TOK-10)."""
    throttle.require_room(throttle.LANDING_NETWORK, throttle.network_of(request.actor.ip))
    here = store_of(request)
    view = look_at_invitation(token, store=here, actor=request.actor)
    response = exchange(view.link, to=address(here, "join"))
    if request.signed_in is not None and request.login and request.login.pk != view.link.login_id:
        # Somebody else sits at this browser: the link is not for them (TOK-11).
        end_session(request.signed_in, actor=request.actor)
        response = close_door(request, response)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@before_the_door
def join(request: ActorRequest, store: str) -> HttpResponse:  # noqa: ARG001 - the door read it
    """Ask for what is missing, a first password or the one there is, and let the person in."""
    here = store_of(request)
    link_id = carried_link(request, purpose=Purpose.INVITATION, store_id=here.pk)
    if link_id is None:
        return door_page(request, "join_lost.html", status=GONE)
    view = invitation_of(link_id, store=here)
    if not view.is_live:
        return _over_page(request, view)
    form_class = JoinForm if view.needs is Needs.SET_PASSWORD else JoinBySigningInForm
    if request.method != "POST":
        return _join_page(request, view, form_class())
    if not is_for(request, link_id):
        return HttpResponseRedirect(address(here, "join"))
    return _let_in(request, view, form_class(request.POST))


def _let_in(request: ActorRequest, view: InvitationView, form: Form) -> HttpResponse:
    here = store_of(request)
    if not form.is_valid():
        return _join_page(request, view, form, status=422)
    try:
        entered = _accept(request, view.link.pk, form)
    except (LinkDead, MustSignIn, HasPassword):
        return HttpResponseRedirect(address(here, "join"))
    except (BadPassword, WrongPair) as refusal:
        form.add_error("password", str(refusal))
        return _join_page(request, view, form, status=422)
    except ComeBackLater as later:
        form.add_error("password", str(later))
        return come_back_later(_join_page(request, view, form), later)
    except NotAllowed as refusal:
        return refused_page(request, refusal)
    return let_in(request, drop_link(HttpResponseRedirect(address(here, "home"))), entered.opened)


@require_POST
@before_the_door
def ask_again(request: ActorRequest, store: str) -> HttpResponse:  # noqa: ARG001 - the door read it
    """Send a fresh link to the stored address, and say the same to everybody (INV-03)."""
    throttle.require_room(throttle.LANDING_NETWORK, throttle.network_of(request.actor.ip))
    here = store_of(request)
    link_id = carried_link(request, purpose=Purpose.INVITATION, store_id=here.pk)
    pending = pending_of(request.POST.get("pending", ""), store=here)
    if pending is not None:
        send_pending_again(pending, store=here, actor=request.actor)
    elif link_id is not None:
        ask_for_fresh_link(link_id, store=here, actor=request.actor)
    else:
        return door_page(request, "join_lost.html", status=GONE)
    return door_page(request, "join_asked.html")


def _accept(request: ActorRequest, link_id: int, form: Form) -> Entered:
    accept = accept_with_new_password if isinstance(form, JoinForm) else accept_by_signing_in
    asked = form.cleaned_data
    return accept(
        link_id, asked["password"], store=store_of(request), actor=request.actor, keep=asked["keep"]
    )


def _join_page(request: ActorRequest, view: InvitationView, form: Form, *, status: int = 200) -> HttpResponse:
    here = store_of(request)
    context = {
        "view": view,
        "form": form,
        "mark": form_mark(view.link.pk),
        "sets_password": isinstance(form, JoinForm),
        "forgot_url": address(here, "forgot"),
    }
    return door_page(request, "join.html", context, status=status)


def _over_page(request: ActorRequest, view: InvitationView) -> HttpResponse:
    here = store_of(request)
    context = {
        "view": view,
        "is_used": view.reason in {Reason.LINK_USED, Reason.ALREADY_CURRENT},
        "again_url": address(here, "join-again"),
        "sign_in_url": address(here, "sign-in"),
    }
    return door_page(request, "join_over.html", context, status=GONE)
