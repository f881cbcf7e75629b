"""How a store and its mail would look: shown in frames, with nothing in them that could be pressed to effect."""

from typing import cast

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp_replace, csp_update
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_GET

from tradedoor.access.actions.previews import preview_invitation
from tradedoor.staff.letters import page_for_frame
from tradedoor.staff.looks import brand_in, colours_in
from tradedoor.staff.pages import Crumb, page
from tradedoor.staff.places import dashboard_of, store_here
from tradedoor.stores.models import Store
from tradedoor.web import art, theme
from tradedoor.web.requests import ActorRequest


# The frame with the mail in it is our own.
@require_GET
@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type]  # it takes views with more than the request too
def invitation(http: HttpRequest, slug: str) -> HttpResponse:
    request = cast("ActorRequest", http)
    store = store_here(request, slug)
    context = {
        "mail": preview_invitation(store, actor=request.actor),
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
    mail = preview_invitation(store_here(asked, slug), actor=asked.actor)
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


def _colours(request: ActorRequest) -> tuple[str, str]:
    return request.GET.get("brand", ""), request.GET.get("accent", "")


def _known(request: ActorRequest, store: Store) -> tuple[str, str]:
    return colours_in(store, _colours(request))


def _framed(response: HttpResponse) -> HttpResponse:
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response
