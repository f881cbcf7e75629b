"""A forgotten password: ask, open the mailed link, choose a new one, and sign in with it."""

from collections.abc import Mapping

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods, require_safe

from tradedoor.access.actions.passwords import ask_for_reset, look_at_reset, reset_of, reset_password
from tradedoor.accounts.actions import throttle
from tradedoor.accounts.actions.sessions import end_session
from tradedoor.accounts.errors import BadPassword, ComeBackLater, LinkUsed
from tradedoor.accounts.models import Purpose
from tradedoor.core.errors import Invalid
from tradedoor.storefront.forms import ForgotForm, NewPasswordForm
from tradedoor.storefront.frames import address, door_page, store_of
from tradedoor.storefront.gate import before_the_door
from tradedoor.storefront.refusals import come_back_later
from tradedoor.web.carried_links import carried_link, drop_link, exchange, form_mark, is_for
from tradedoor.web.doors import close_door
from tradedoor.web.formats import span
from tradedoor.web.requests import ActorRequest

GONE, UNPROCESSABLE = 410, 422


@require_http_methods(["GET", "HEAD", "POST"])
@before_the_door
def forgot(request: ActorRequest, store: str) -> HttpResponse:  # noqa: ARG001 - the door read it
    """Ask for a link. The answer is the same for every address (ENU-01)."""
    here = store_of(request)
    context = {"form": ForgotForm(), "sign_in_url": address(here, "sign-in")}
    if request.method != "POST":
        return door_page(request, "forgot.html", context)
    form = ForgotForm(request.POST)
    if form.is_valid():
        try:
            ask_for_reset(here, form.cleaned_data["email"], actor=request.actor)
        except Invalid as refusal:
            form.add_error("email", str(refusal))
    if form.errors:
        return door_page(request, "forgot.html", context | {"form": form}, status=UNPROCESSABLE)
    life = span(settings.TRADEDOOR_RESET_LINK_LIFE)
    return door_page(request, "forgot_sent.html", context | {"life": life})


@require_safe
@before_the_door
def open_link(request: ActorRequest, store: str, token: str) -> HttpResponse:  # noqa: ARG001 - the door read it
    """Put the token out of the address bar before any page is shown (TOK-10)."""
    throttle.require_room(throttle.LANDING_NETWORK, throttle.network_of(request.actor.ip))
    here = store_of(request)
    view = look_at_reset(token, store=here)
    response = exchange(view.link, to=address(here, "reset"))
    if request.signed_in is None:
        return response
    # Whoever sits here chooses a new password; a session of before is not for them to go on with (TOK-11).
    end_session(request.signed_in, actor=request.actor)
    return close_door(request, response)


@require_http_methods(["GET", "HEAD", "POST"])
@before_the_door
def reset(request: ActorRequest, store: str) -> HttpResponse:  # noqa: ARG001 - the door read it
    """Choose a new password behind the link; nobody is signed in by it (TOK-09)."""
    here = store_of(request)
    link_id = carried_link(request, purpose=Purpose.RESET, store_id=here.pk)
    view = reset_of(link_id, store=here) if link_id is not None else None
    context = {"view": view, "form": NewPasswordForm(), "forgot_url": address(here, "forgot")}
    if link_id is None or view is None or not view.is_live:
        return door_page(request, "reset_over.html", context, status=GONE)
    context["mark"] = form_mark(link_id)
    if request.method != "POST":
        return door_page(request, "reset.html", context)
    if not is_for(request, link_id):
        return HttpResponseRedirect(address(here, "reset"))
    return _save(request, link_id, NewPasswordForm(request.POST), context)


def _save(
    request: ActorRequest, link_id: int, form: NewPasswordForm, context: Mapping[str, object]
) -> HttpResponse:
    here = store_of(request)
    if form.is_valid():
        try:
            reset_password(link_id, form.cleaned_data["password"], store=here, actor=request.actor)
        except BadPassword as refusal:
            form.add_error("password", str(refusal))
        except ComeBackLater as later:
            form.add_error("password", str(later))
            return come_back_later(door_page(request, "reset.html", {**context, "form": form}), later)
        except LinkUsed:
            return HttpResponseRedirect(address(here, "reset"))
    if form.errors:
        return door_page(request, "reset.html", {**context, "form": form}, status=UNPROCESSABLE)
    done = HttpResponseRedirect(address(here, "sign-in", query={"new-password": "1"}))
    return close_door(request, drop_link(done))
