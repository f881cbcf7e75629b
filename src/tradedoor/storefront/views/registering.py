""" "New User - Register": the form, and the page that says to look into the mail. One answer for every address."""

from uuid import UUID

from django import forms
from django.conf import settings
from django.core import signing
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods

from tradedoor.accounts.errors import ComeBackLater
from tradedoor.core.errors import Invalid
from tradedoor.registration.actions.applying import register, send_again
from tradedoor.registration.actions.bringing import Came
from tradedoor.registration.actions.confirming import register_at_once
from tradedoor.registration.models import EstoreLink, Registration, Rules
from tradedoor.registration.policy import may_register, shut
from tradedoor.registration.queries import departments_for, rules_of, waiting_registration
from tradedoor.storefront.estore import answerer, answerer_of, remembered
from tradedoor.storefront.frames import address, door_page, store_of
from tradedoor.storefront.gate import before_the_door, let_in
from tradedoor.storefront.refusals import come_back_later
from tradedoor.storefront.register_forms import RegisterForm
from tradedoor.stores.models import Store
from tradedoor.web.requests import ActorRequest

SALT = "tradedoor.storefront.waiting"
WAITS_SECONDS = 48 * 60 * 60


@require_http_methods(["GET", "HEAD", "POST"])
@before_the_door
def form(request: ActorRequest, store: str) -> HttpResponse:  # noqa: ARG001 - the door read it
    """Ask who somebody is. There is no such page where the store or the link lets nobody register (REG-02)."""
    here = store_of(request)
    rules, link = rules_of(here), _living_link(request, here)
    if not may_register(rules, link):
        raise Http404
    asks_password = link is not None and not rules.confirm_first
    given = RegisterForm(
        request.POST if request.method == "POST" else None,
        rules=rules,
        departments=departments_for(link),
        asks_company=link is None,
        asks_password=asks_password,
    )
    if request.method != "POST" or not given.is_valid():
        return _form_page(request, given, rules, link, status=422 if given.is_bound else 200)
    try:
        if asks_password and link is not None:
            done: Came | Registration = register_at_once(
                here, link, given.application(), given.cleaned_data["password"], actor=request.actor
            )
        else:
            done = register(here, link, given.application(), actor=request.actor)
    except Invalid as refusal:
        given.add_error(refusal.field if refusal.field in given.fields else None, str(refusal))
        return _form_page(request, given, rules, link, status=422)
    except ComeBackLater as later:
        return come_back_later(_form_page(request, given, rules, link, problem=str(later)), later)
    return _onward(request, here, done)


@require_http_methods(["GET", "HEAD", "POST"])
@before_the_door
def waiting(request: ActorRequest, store: str) -> HttpResponse:  # noqa: ARG001 - the door read it
    """Say where to look; "Send it again" says the same whatever became of it."""
    here = store_of(request)
    public_id = _waiting_id(request, here)
    if public_id is None:
        return HttpResponseRedirect(address(here, "sign-in"))
    found = waiting_registration(public_id, store=here)
    context = {"email": found.email if found else "", "sent_again": False, "problem": ""}
    if request.method != "POST":
        return door_page(request, "register_waiting.html", context)
    try:
        send_again(public_id, store=here, actor=request.actor)
    except ComeBackLater as later:
        page = door_page(request, "register_waiting.html", {**context, "problem": str(later)})
        return come_back_later(page, later)
    return door_page(request, "register_waiting.html", {**context, "sent_again": True})


def register_url(request: ActorRequest, here: Store) -> tuple[str, EstoreLink | None]:
    """Where a new person registers, empty where nobody can; and the link they came by, if it registers people."""
    link = _living_link(request, here)
    return (address(here, "register") if may_register(rules_of(here), link) else "", link)


def _onward(request: ActorRequest, here: Store, done: Came | Registration) -> HttpResponse:
    if isinstance(done, Registration):
        response = HttpResponseRedirect(address(here, "register-waiting"))
        return _carry(response, done, here)
    if done.entered is None:
        told = {"email": done.registration.email, "answerer": answerer_of(done.registration, here)}
        return door_page(request, "register_asked.html", told)
    home = HttpResponseRedirect(address(here, "home"))
    return let_in(request, home, done.entered.opened, access=done.access)


def _living_link(request: ActorRequest, here: Store) -> EstoreLink | None:
    link = remembered(request, here)
    return link if link is not None and shut(link) is None else None


def _form_page(
    request: ActorRequest,
    given: forms.Form,
    rules: Rules,
    link: EstoreLink | None,
    *,
    status: int = 200,
    problem: str = "",
) -> HttpResponse:
    here = store_of(request)
    context = {
        "form": given,
        "rules": rules,
        "customer": link.customer.name if link else "",
        "waits": link is None or rules.approval != "none",
        "answerer": answerer(rules, link.customer if link else None, here),
        "sign_in_url": address(here, "sign-in"),
        "problem": problem,
    }
    return door_page(request, "register.html", context, status=status)


def _carry(response: HttpResponse, registration: Registration, here: Store) -> HttpResponse:
    response.set_cookie(
        _cookie(here),
        signing.dumps([str(registration.public_id), here.pk], salt=SALT),
        max_age=WAITS_SECONDS,
        path="/",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def _waiting_id(request: ActorRequest, here: Store) -> UUID | None:
    try:
        kept = signing.loads(request.COOKIES.get(_cookie(here), ""), salt=SALT, max_age=WAITS_SECONDS)
        public_id, store_id = kept
        return UUID(public_id) if store_id == here.pk else None
    except (signing.BadSignature, TypeError, ValueError):
        return None


def _cookie(here: Store) -> str:
    return f"{settings.TRADEDOOR_COOKIE_PREFIX}td-w-{here.public_id.hex}"
