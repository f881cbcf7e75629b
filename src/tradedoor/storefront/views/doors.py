"""Signing in and out. One answer to every wrong pair; more is told only to who knows the password."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tradedoor.access.actions.entering import (
    ChooseAccess,
    choices_of,
    choose_access,
    enter_another,
    sign_in_to_store,
)
from tradedoor.access.errors import ChoiceGone, DoorClosed
from tradedoor.accounts.actions.sessions import end_session
from tradedoor.accounts.errors import ComeBackLater, WrongPair
from tradedoor.core.errors import Invalid, NotAllowed
from tradedoor.storefront.forms import SignInForm
from tradedoor.storefront.frames import address, door_page, store_of
from tradedoor.storefront.gate import before_the_door, behind_the_door, let_in, let_in_elsewhere, missing_page
from tradedoor.storefront.refusals import come_back_later, refused_page
from tradedoor.storefront.views.registering import register_url
from tradedoor.web.doors import close_door
from tradedoor.web.redirects import safe_next
from tradedoor.web.requests import ActorRequest


@require_http_methods(["GET", "HEAD", "POST"])
@before_the_door
def sign_in(request: ActorRequest, store: str) -> HttpResponse:  # noqa: ARG001 - the door read it
    onward = safe_next(request.POST.get("next") or request.GET.get("next"), request.door)
    if request.method == "POST":
        return _sign_in(request, SignInForm(request.POST), onward)
    if request.access is not None:
        return HttpResponseRedirect(onward)
    return _sign_in_page(request, SignInForm(), onward)


def _sign_in(request: ActorRequest, form: SignInForm, onward: str) -> HttpResponse:
    if not form.is_valid():
        return _sign_in_page(request, form, onward, status=422)
    asked, here = form.cleaned_data, store_of(request)
    try:
        entered = sign_in_to_store(
            here, asked["email"], asked["password"], actor=request.actor, keep=asked["keep"]
        )
    except WrongPair:
        return _sign_in_page(request, form, onward, status=422, wrong_pair=True)
    except ComeBackLater as later:
        page = _sign_in_page(request, form, onward, status=later.status, problem=str(later))
        return come_back_later(page, later)
    except NotAllowed as refusal:
        return refused_page(request, refusal, email=asked["email"])
    if isinstance(entered, ChooseAccess):
        context = {"accesses": entered.accesses, "proof": entered.proof, "next": onward, "problem": ""}
        return door_page(request, "choose.html", context)
    return let_in(request, HttpResponseRedirect(onward), entered.opened, access=entered.access)


@require_POST
@before_the_door
def choose(request: ActorRequest, store: str) -> HttpResponse:  # noqa: ARG001 - the door read it
    """Enter for the customer that was chosen."""
    here, proof = store_of(request), request.POST.get("proof", "")
    onward = safe_next(request.POST.get("next"), request.door)
    try:
        chosen = UUID(request.POST.get("access", ""))
    except ValueError:
        return _choose_again(request, proof, onward)
    try:
        entered = choose_access(here, proof, chosen, actor=request.actor)
    except ChoiceGone as gone:
        return _sign_in_page(request, SignInForm(), onward, status=422, problem=str(gone))
    except ComeBackLater as later:
        page = _sign_in_page(request, SignInForm(), onward, status=later.status, problem=str(later))
        return come_back_later(page, later)
    except NotAllowed as refusal:
        return refused_page(request, refusal)
    return let_in(request, HttpResponseRedirect(onward), entered.opened, access=entered.access)


@require_POST
@behind_the_door
def go(request: ActorRequest, store: str, public_id: UUID) -> HttpResponse:  # noqa: ARG001 - the door read it
    """Go on for another customer here, or in another store, without the password asked again."""
    here = store_of(request)
    if request.signed_in is None:
        return HttpResponseRedirect(address(here, "sign-in"))
    try:
        entered = enter_another(public_id, session=request.signed_in, actor=request.actor)
    except DoorClosed as refusal:
        messages.warning(request, str(refusal))
        return HttpResponseRedirect(address(here, "home"))
    there = entered.access.store
    response = HttpResponseRedirect(address(there, "home"))
    if there.pk == here.pk:
        return let_in(request, response, entered.opened, access=entered.access)
    return let_in_elsewhere(request, response, entered.opened, access=entered.access)


@require_POST
def sign_out(request: ActorRequest, store: str) -> HttpResponse:  # noqa: ARG001 - the door read it
    """End this session; others of this person, here and elsewhere, go on."""
    if request.signed_in is not None:
        end_session(request.signed_in, actor=request.actor)
    response = HttpResponseRedirect(address(store_of(request), "sign-in", query={"signed-out": "1"}))
    return close_door(request, response)


@before_the_door
def nothing_here(request: ActorRequest, store: str) -> HttpResponse:  # noqa: ARG001 - the door read it
    """Whatever else is asked for: the page says so in the store's look."""
    return missing_page(request)


def _sign_in_page(
    request: ActorRequest,
    form: SignInForm,
    onward: str,
    *,
    status: int = 200,
    wrong_pair: bool = False,
    problem: str = "",
) -> HttpResponse:
    register, link = register_url(request, store_of(request))
    context = {
        "form": form,
        "register_url": register,
        "register_for": link.customer.name if link else "",
        "next": onward if onward != request.door else "",
        "wrong_pair": wrong_pair,
        "problem": problem,
        "forgot_url": address(store_of(request), "forgot"),
        "signed_out": status == 200 and "signed-out" in request.GET,  # noqa: PLR2004 - nothing was sent
        "reset_done": status == 200 and "new-password" in request.GET,  # noqa: PLR2004 - the same
    }
    return door_page(request, "sign_in.html", context, status=status)


def _choose_again(request: ActorRequest, proof: str, onward: str) -> HttpResponse:
    try:
        accesses = choices_of(store_of(request), proof, actor=request.actor)
    except Invalid as gone:
        return _sign_in_page(request, SignInForm(), onward, status=422, problem=str(gone))
    context = {
        "accesses": accesses,
        "proof": proof,
        "next": onward,
        "problem": _("Choose for whom you sign in."),
    }
    return door_page(request, "choose.html", context, status=422)
