"""From the mail with login details to a signed-in buyer: choose the first own password. Only the form does (TOK-06)."""

from django.http import HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods, require_safe

from tradedoor.access.actions.first_passwords import (
    FirstPasswordView,
    choose_first_password,
    first_password_of,
    look_at_first_password,
)
from tradedoor.accounts.actions import throttle
from tradedoor.accounts.actions.sessions import end_session
from tradedoor.accounts.errors import BadPassword, ComeBackLater, HasPassword, LinkUsed
from tradedoor.accounts.models import Purpose
from tradedoor.core.errors import NotAllowed
from tradedoor.storefront.forms import JoinForm
from tradedoor.storefront.frames import address, door_page, store_of
from tradedoor.storefront.gate import before_the_door, let_in
from tradedoor.storefront.refusals import come_back_later, refused_page
from tradedoor.web.carried_links import carried_link, drop_link, exchange, form_mark, is_for
from tradedoor.web.doors import close_door
from tradedoor.web.requests import ActorRequest

GONE = 410


@require_safe
@before_the_door
def open_link(request: ActorRequest, store: str, token: str) -> HttpResponse:  # noqa: ARG001 - the door read it
    """Put the token out of the address bar before any page is shown (TOK-10)."""
    throttle.require_room(throttle.LANDING_NETWORK, throttle.network_of(request.actor.ip))
    here = store_of(request)
    view = look_at_first_password(token, store=here)
    response = exchange(view.link, to=address(here, "first-password"))
    if request.signed_in is not None and request.login and request.login.pk != view.login.pk:
        # Somebody else sits at this browser: the link is not for them (TOK-11).
        end_session(request.signed_in, actor=request.actor)
        response = close_door(request, response)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@before_the_door
def first_password(request: ActorRequest, store: str) -> HttpResponse:  # noqa: ARG001 - the door read it
    """Choose the first password of one's own, and be in."""
    here = store_of(request)
    link_id = carried_link(request, purpose=Purpose.FIRST_PASSWORD, store_id=here.pk)
    view = first_password_of(link_id, store=here) if link_id is not None else None
    if link_id is None or view is None or not view.is_live:
        return _over_page(request, view)
    if request.method != "POST":
        return _page(request, view, JoinForm())
    if not is_for(request, link_id):
        return HttpResponseRedirect(address(here, "first-password"))
    return _let_in(request, view, JoinForm(request.POST))


def _let_in(request: ActorRequest, view: FirstPasswordView, form: JoinForm) -> HttpResponse:
    here, link_id = store_of(request), view.link.pk
    if not form.is_valid():
        return _page(request, view, form, status=422)
    asked = form.cleaned_data
    try:
        entered = choose_first_password(
            link_id, asked["password"], store=here, actor=request.actor, keep=asked["keep"]
        )
    except BadPassword as refusal:
        form.add_error("password", str(refusal))
        return _page(request, view, form, status=422)
    except ComeBackLater as later:
        form.add_error("password", str(later))
        return come_back_later(_page(request, view, form), later)
    except (LinkUsed, HasPassword):
        return HttpResponseRedirect(address(here, "first-password"))
    except NotAllowed as refusal:
        return refused_page(request, refusal)
    return let_in(request, drop_link(HttpResponseRedirect(address(here, "home"))), entered.opened)


def _page(
    request: ActorRequest, view: FirstPasswordView, form: JoinForm, *, status: int = 200
) -> HttpResponse:
    context = {"view": view, "form": form, "mark": form_mark(view.link.pk)}
    return door_page(request, "first_password.html", context, status=status)


def _over_page(request: ActorRequest, view: FirstPasswordView | None) -> HttpResponse:
    here = store_of(request)
    context = {
        "view": view,
        "has_password": view is not None and view.is_over_by_password,
        "forgot_url": address(here, "forgot"),
        "sign_in_url": address(here, "sign-in"),
    }
    return door_page(request, "first_over.html", context, status=GONE)
