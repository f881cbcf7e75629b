"""How a store and its mail would look: shown in frames, with nothing in them that could be pressed to effect."""

from typing import cast

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp_replace, csp_update
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_GET, require_http_methods

from tradedoor.access.actions.previews import preview_invitation
from tradedoor.core.errors import Invalid
from tradedoor.staff.letters import linked, page_for_frame
from tradedoor.staff.looks import brand_in, colours_in
from tradedoor.staff.pages import Crumb, page
from tradedoor.staff.places import dashboard_of, store_here
from tradedoor.stores.models import Store
from tradedoor.web import art, theme
from tradedoor.web.requests import ActorRequest

MESSAGE = "invitation-message"
OWN = "own"
LONGEST_KEPT = 4000


# The frame with the mail in it is our own.
@require_http_methods(["GET", "HEAD", "POST"])
@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type]  # it takes views with more than the request too
def invitation(http: HttpRequest, slug: str) -> HttpResponse:
    """The invitation in both its forms; with the personal message of the form that was posted here."""
    request = cast("ActorRequest", http)
    store = store_here(request, slug)
    if request.method == "POST":
        # Kept with the session, since an address would put it into logs.
        request.session[MESSAGE] = request.POST.get("message", "")[:LONGEST_KEPT]
        return redirect(reverse("staff:invitation-preview", args=[store.slug], query={OWN: "1"}))
    message = _message(request)
    problem = ""
    try:
        mail = preview_invitation(store, actor=request.actor, message=message)
    except Invalid as refusal:
        problem, mail = str(refusal), preview_invitation(store, actor=request.actor)
    context = {
        "mail": mail,
        "text": linked(mail.text),
        "message": message,
        "frame_query": {OWN: "1"} if message else None,
        "problem": problem,
        "crumbs": [
            Crumb(store.name, dashboard_of(store)),
            Crumb(_("B2B Dashboard"), dashboard_of(store)),
            Crumb(_("Invitation mail preview")),
        ],
    }
    return page(request, "staff/stores/invitation.html", context, current="dashboard", store=store)


@require_GET
@xframe_options_exempt
@csp_replace(  # type: ignore[arg-type]  # it takes views with more than the request too
    {
        "default-src": [NONE],
        "style-src": [UNSAFE_INLINE],
        "img-src": [SELF, "data:"],
        "script-src": [NONE],
        "font-src": [NONE],
        "connect-src": [NONE],
        "form-action": [NONE],
        "frame-ancestors": [SELF],
        "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
    }
)
def invitation_mail(request: HttpRequest, slug: str) -> HttpResponse:
    asked = cast("ActorRequest", request)
    store = store_here(asked, slug)
    try:
        mail = preview_invitation(store, actor=asked.actor, message=_message(asked))
    except Invalid:
        mail = preview_invitation(store, actor=asked.actor)
    return _framed(HttpResponse(page_for_frame(mail.html)))


@require_GET
@xframe_options_exempt
@csp_replace({"script-src": [NONE], "form-action": [NONE], "frame-ancestors": [SELF]})  # type: ignore[arg-type]  # as above
def door(request: HttpRequest, slug: str) -> HttpResponse:
    asked = cast("ActorRequest", request)
    store = store_here(asked, slug)
    return _framed(
        render(asked, "staff/stores/door.html", {"brand": brand_in(store, *_colours(asked)), "store": store})
    )


@require_GET
def theme_css(request: ActorRequest, slug: str) -> HttpResponse:
    store = store_here(request, slug)
    return HttpResponse(theme.theme_css(*_known(request, store)), content_type="text/css; charset=utf-8")


@require_GET
def art_svg(request: ActorRequest, slug: str) -> HttpResponse:
    store = store_here(request, slug)
    return HttpResponse(art.door_art(store.name, _known(request, store)), content_type="image/svg+xml")


@require_GET
def mark_svg(request: ActorRequest, slug: str) -> HttpResponse:
    store = store_here(request, slug)
    return HttpResponse(art.mark_svg(store.name, _known(request, store)), content_type="image/svg+xml")


def _message(request: ActorRequest) -> str:
    """The message last looked at in this session; the plain preview has none."""
    return str(request.session.get(MESSAGE, "")) if OWN in request.GET else ""


def _colours(request: ActorRequest) -> tuple[str, str]:
    return request.GET.get("brand", ""), request.GET.get("accent", "")


def _known(request: ActorRequest, store: Store) -> tuple[str, str]:
    return colours_in(store, _colours(request))


def _framed(response: HttpResponse) -> HttpResponse:
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response
