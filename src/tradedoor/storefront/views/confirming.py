"""From the mail of a registration to a person who is in, or waits; and once more for who was declined.

Opening the link changes nothing; only the form does (TOK-06).
"""

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods, require_safe

from tradedoor.access.actions.joining import Needs
from tradedoor.access.errors import MustSignIn
from tradedoor.accounts.actions import throttle
from tradedoor.accounts.actions.sessions import end_session
from tradedoor.accounts.errors import BadPassword, ComeBackLater, HasPassword, LinkUsed, WrongPair
from tradedoor.accounts.models import Purpose
from tradedoor.core.errors import Conflict, Invalid, NotAllowed, Refusal
from tradedoor.registration.actions.bringing import Came
from tradedoor.registration.actions.confirming import (
    RegistrationView,
    confirm_by_signing_in,
    confirm_with_new_password,
    look_at_registration,
    registration_behind,
)
from tradedoor.registration.actions.deciding import resubmit
from tradedoor.registration.queries import rules_of
from tradedoor.storefront.estore import answerer_of
from tradedoor.storefront.frames import address, door_page, store_of
from tradedoor.storefront.gate import before_the_door, let_in
from tradedoor.storefront.refusals import come_back_later, refused_page
from tradedoor.storefront.register_forms import LINES, ConfirmBySigningInForm, ConfirmForm, RegisterForm
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
    view = look_at_registration(token, store=here, actor=request.actor)
    response = exchange(view.link, to=address(here, "register-confirm"))
    if request.signed_in is not None and request.login is not None:
        if request.login.email_canonical == view.link.address:
            return response
        # Somebody else sits at this browser: the link is not for them (TOK-11).
        end_session(request.signed_in, actor=request.actor)
        response = close_door(request, response)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@before_the_door
def confirm(request: ActorRequest, store: str) -> HttpResponse:  # noqa: ARG001 - the door read it
    """Ask for a first password or the one there is; or let a declined request be put right."""
    here = store_of(request)
    link_id = carried_link(request, purpose=Purpose.REGISTRATION, store_id=here.pk)
    if link_id is None:
        return door_page(request, "register_over.html", {"view": None, "sentence": ""}, status=GONE)
    view = registration_behind(link_id, store=here)
    if not view.is_live:
        return _over(request, view, view.sentence)
    if request.method == "POST" and not is_for(request, link_id):
        return HttpResponseRedirect(address(here, "register-confirm"))
    return _again(request, view) if view.is_again else _confirm(request, view)


def _confirm(request: ActorRequest, view: RegistrationView) -> HttpResponse:
    form_class = ConfirmForm if view.needs is Needs.SET_PASSWORD else ConfirmBySigningInForm
    if request.method != "POST":
        return _page(request, view, form_class())
    form = form_class(request.POST)
    if not form.is_valid():
        return _page(request, view, form, status=422)
    try:
        came = _brought_in(request, view, form)
    except Refusal as refusal:
        return _refused(request, view, form, refusal)
    if came.entered is None:
        return drop_link(door_page(request, "register_asked.html", _asked(request, view)))
    home = HttpResponseRedirect(address(store_of(request), "home"))
    return drop_link(let_in(request, home, came.entered.opened, access=came.access))


def _refused(
    request: ActorRequest, view: RegistrationView, form: forms.Form, refusal: Refusal
) -> HttpResponse:
    """Beside the field what can be typed otherwise; else what became of the link, or why the door stays shut."""
    if isinstance(refusal, MustSignIn | HasPassword | LinkUsed):
        return HttpResponseRedirect(address(store_of(request), "register-confirm"))
    if isinstance(refusal, BadPassword | WrongPair | ComeBackLater):
        form.add_error("password", str(refusal))
        page = _page(request, view, form, status=422)
        return come_back_later(page, refusal) if isinstance(refusal, ComeBackLater) else page
    if isinstance(refusal, NotAllowed):
        return refused_page(request, refusal)
    return _over(request, view, str(refusal))


def _brought_in(request: ActorRequest, view: RegistrationView, form: forms.Form) -> Came:
    bring = confirm_with_new_password if isinstance(form, ConfirmForm) else confirm_by_signing_in
    asked = form.cleaned_data
    return bring(
        view.link.pk,
        asked["password"],
        store=store_of(request),
        actor=request.actor,
        keep_signed_in=asked["keep"],
    )


def _again(request: ActorRequest, view: RegistrationView) -> HttpResponse:
    """The form as it was sent, to be put right and sent once more."""
    here, former = store_of(request), view.registration
    told = {name: former.address.get(name, "") for name in LINES}
    told |= {name: getattr(former, name) for name in ("first_name", "last_name", "phone", "company")}
    told |= {f"question_{number}": row["answer"] for number, row in enumerate(former.answers)}
    form = RegisterForm(
        request.POST if request.method == "POST" else None,
        rules=rules_of(here),
        asks_company=bool(former.company),
        asks_email=False,
        initial=told,
    )
    if request.method == "POST" and form.is_valid():
        try:
            resubmit(view.link.pk, form.application(email=former.email), store=here, actor=request.actor)
        except Invalid as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        except LinkUsed:
            return HttpResponseRedirect(address(here, "register-confirm"))
        except Conflict as refusal:
            return _over(request, view, str(refusal))
        else:
            return drop_link(door_page(request, "register_asked.html", _asked(request, view)))
    context = {"view": view, "form": form, "mark": form_mark(view.link.pk), "rules": rules_of(here)}
    return door_page(request, "register_again.html", context, status=422 if form.errors else 200)


def _page(
    request: ActorRequest, view: RegistrationView, form: forms.Form, *, status: int = 200
) -> HttpResponse:
    context = {
        "view": view,
        "form": form,
        "mark": form_mark(view.link.pk),
        "sets_password": isinstance(form, ConfirmForm),
        "forgot_url": address(store_of(request), "forgot"),
        "answerer": _asked(request, view)["answerer"],
    }
    return door_page(request, "register_confirm.html", context, status=status)


def _asked(request: ActorRequest, view: RegistrationView) -> dict[str, str]:
    """What the page says that tells who answers the request."""
    return {
        "email": view.masked_address,
        "answerer": answerer_of(view.registration, store_of(request)),
    }


def _over(request: ActorRequest, view: RegistrationView, sentence: str) -> HttpResponse:
    return door_page(request, "register_over.html", {"view": view, "sentence": sentence}, status=GONE)
