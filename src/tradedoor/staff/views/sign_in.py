"""The sellers' door: password, one-time link, out again."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from tradedoor.accounts.actions.links import LinkView, link_by_id, note_opened
from tradedoor.accounts.actions.own import sign_in_by_staff_link
from tradedoor.accounts.actions.sessions import end_session, open_session
from tradedoor.accounts.actions.sign_in import check_credentials
from tradedoor.accounts.actions.staff import STAFF_PURPOSES, find_staff_link
from tradedoor.accounts.errors import ComeBackLater, LinkUnknown, LinkUsed, LoginChanged, LoginOff
from tradedoor.accounts.models import LinkStatus, Purpose, Realm
from tradedoor.accounts.queries import has_owner
from tradedoor.core.errors import Invalid, NotAllowed
from tradedoor.staff.forms.sign_in import SignInForm
from tradedoor.staff.masking import masked
from tradedoor.staff.refusing import add_refusal
from tradedoor.web.carried_links import carried_link, drop_link, exchange
from tradedoor.web.doors import close_door, open_door
from tradedoor.web.redirects import safe_next
from tradedoor.web.requests import ActorRequest

UNPROCESSABLE, FORBIDDEN, NOT_FOUND, CONFLICT, GONE = 422, 403, 404, 409, 410


@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: ActorRequest) -> HttpResponse:
    onward = safe_next(request.POST.get("next") or request.GET.get("next"), "/")
    if request.login is not None and request.method != "POST":
        return redirect(onward)
    form = SignInForm(request.POST if request.method == "POST" else None)
    if not form.is_bound:
        template = "staff/desk/sign_in.html" if has_owner() else "staff/desk/create_owner.html"
        return render(request, template, {"form": form, "next": onward})
    status, retry_after = UNPROCESSABLE, 0
    if form.is_valid():
        try:
            return _let_in(request, form, onward=onward)
        except ComeBackLater as later:
            status, retry_after = later.status, later.retry_after
            add_refusal(form, later)
        except (Invalid, NotAllowed, LoginChanged) as refusal:
            status = UNPROCESSABLE if isinstance(refusal, Invalid) else FORBIDDEN
            form.add_error(None, str(refusal))
    response = render(request, "staff/desk/sign_in.html", {"form": form, "next": onward}, status=status)
    if retry_after:
        response.headers["Retry-After"] = str(retry_after)
    return response


@require_POST
def sign_out(request: ActorRequest) -> HttpResponse:
    if request.signed_in is not None:
        end_session(request.signed_in, actor=request.actor)
    return close_door(request, redirect("staff:sign-in"))


@require_http_methods(["GET", "HEAD"])
def open_link(request: ActorRequest, token: str) -> HttpResponse:
    """Take the token out of the address bar before anything is shown; opening a link uses nothing (TOK-06)."""
    try:
        view = find_staff_link(token)
    except LinkUnknown:
        return _dead(request, None)
    if view.is_live:
        note_opened(view.link.pk)
    return exchange(view.link, to=reverse("staff:sign-in-link-page"))


@require_http_methods(["GET", "HEAD", "POST"])
def link_page(request: ActorRequest) -> HttpResponse:
    found = _carried(request)
    if found is None:
        return _dead(request, None)
    purpose, view = found
    if not view.is_live:
        # A double click has let the person in already.
        if request.login is not None and request.login.pk == view.link.login_id:
            return redirect("staff:home")
        return _dead(request, view.status)
    if request.method != "POST":
        login = view.link.login
        context = {
            "masked": masked(view.link.address),
            "name": login.name if login else "",
            "elsewhere": request.login is not None and request.login.pk != view.link.login_id,
        }
        return render(request, "staff/desk/link.html", context)
    return _spend(request, view, purpose=purpose)


def _let_in(request: ActorRequest, form: SignInForm, *, onward: str) -> HttpResponse:
    login = check_credentials(
        form.cleaned_data["email"], form.cleaned_data["password"], realm=Realm.STAFF, actor=request.actor
    )
    opened = open_session(login, actor=request.actor)
    if request.signed_in is not None:
        end_session(request.signed_in, actor=request.actor)
    return open_door(request, redirect(onward), opened)


def _spend(request: ActorRequest, view: LinkView, *, purpose: Purpose) -> HttpResponse:
    try:
        return _let_in_by_link(request, view, purpose=purpose)
    except LinkUsed as used:
        return _dead(request, LinkStatus(used.data["status"]))
    except LoginOff as off:
        return _dead(request, None, sentence=str(off), status=FORBIDDEN)


def _let_in_by_link(request: ActorRequest, view: LinkView, *, purpose: Purpose) -> HttpResponse:
    before = request.signed_in
    opened = sign_in_by_staff_link(view.link.pk, purpose=purpose, actor=request.actor)
    if before is not None:
        end_session(before, actor=request.actor)  # whoever it was (TOK-11)
    target = "staff:home" if opened.session.login.has_own_password else "staff:account-password"
    return drop_link(open_door(request, redirect(target), opened))


def _carried(request: ActorRequest) -> tuple[Purpose, LinkView] | None:
    for purpose in STAFF_PURPOSES:
        link_id = carried_link(request, purpose=purpose)
        if link_id is not None:
            try:
                return purpose, link_by_id(link_id, purpose=purpose)
            except LinkUnknown:
                return None
    return None


def _dead(
    request: ActorRequest, why: LinkStatus | None, *, sentence: str = "", status: int | None = None
) -> HttpResponse:
    """Made-up, altered and foreign links get one page; a genuine one may say what became of it (TOK-13)."""
    known = {
        LinkStatus.USED: "used",
        LinkStatus.EXPIRED: "expired",
        LinkStatus.SUPERSEDED: "superseded",
        LinkStatus.CANCELLED: "cancelled",
    }
    context = {"why": known.get(why, "") if why else "", "sentence": sentence}
    answer = status or (GONE if why else NOT_FOUND)
    return drop_link(render(request, "staff/desk/link_dead.html", context, status=answer))
