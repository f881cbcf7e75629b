"""The look of a store as files: colours, mark, art, logo and banner. Public, and kept by browsers for good."""

from collections.abc import Callable

from django.db.models.fields.files import FieldFile
from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from tradedoor.storefront.frames import drawn_version, file_version, store_of, theme_of
from tradedoor.web import art as drawings
from tradedoor.web.requests import ActorRequest
from tradedoor.web.theme import fingerprint

FOR_GOOD = "public, max-age=31536000, immutable"
FOR_A_WHILE = "public, max-age=300"
STYLE, DRAWING = "text/css; charset=utf-8", "image/svg+xml"


@require_safe
def theme(request: ActorRequest, store: str, version: str) -> HttpResponse:  # noqa: ARG001 - the door read it
    css = theme_of(store_of(request))
    return _kept(css, STYLE, is_current=version == fingerprint(css))


@require_safe
def mark(request: ActorRequest, store: str) -> HttpResponse:  # noqa: ARG001 - the door read it
    return _drawn(request, drawings.mark_svg)


@require_safe
def art(request: ActorRequest, store: str) -> HttpResponse:  # noqa: ARG001 - the door read it
    return _drawn(request, drawings.door_art)


@require_safe
def logo(request: ActorRequest, store: str) -> HttpResponse:  # noqa: ARG001 - the door read it
    response = _file(request, store_of(request).logo, "image/png")
    # Mails show it too, in the pages of whoever's mail program, and in the sandbox of our own previews.
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@require_safe
def banner(request: ActorRequest, store: str) -> HttpResponse:  # noqa: ARG001 - the door read it
    return _file(request, store_of(request).banner, "image/webp")


def _drawn(request: ActorRequest, draw: Callable[[str, tuple[str, str]], str]) -> HttpResponse:
    store = store_of(request)
    drawn = draw(store.name, (store.brand_colour, store.accent_colour))
    return _kept(drawn, DRAWING, is_current=request.GET.get("v") == drawn_version(store))


def _file(request: ActorRequest, file: FieldFile, content_type: str) -> HttpResponse:
    if not file or not file.storage.exists(file.name or ""):
        raise Http404
    with file.open("rb") as opened:
        is_current = request.GET.get("v") == file_version(file)
        return _kept(opened.read(), content_type, is_current=is_current)


def _kept(content: str | bytes, content_type: str, *, is_current: bool) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    response.headers["Cache-Control"] = FOR_GOOD if is_current else FOR_A_WHILE
    return response
