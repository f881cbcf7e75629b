"""What anybody may send: by which methods, in which letters and how much, judged before a byte of it is read."""

import threading
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, UnreadablePostError
from django.utils.translation import gettext as _

from tradedoor.web.errors import error_page
from tradedoor.web.requests import ActorRequest

MEGABYTE = 1_000_000
# What a form of ours can hold at most, with room for the names of its fields.
STRANGERS_BYTES = MEGABYTE
# What pages and forms need. Addresses for programs below /api/ say for themselves what they take.
METHODS = ("GET", "HEAD", "POST")
RETRY_AFTER_SECONDS = 10

# The server calls us once the head of a request is there, and reading the body waits for whoever sends it. A few
# connections that never send theirs would hold every thread, so only some may read at a time: half of them what a
# form holds, a quarter a file, and the others go on answering pages (HA-03).
LONGEST_WAIT_SECONDS = 0.05
small_bodies = threading.BoundedSemaphore(max(1, settings.TRADEDOOR_THREADS // 2))
large_bodies = threading.BoundedSemaphore(max(1, settings.TRADEDOOR_THREADS // 4))


class MethodMiddleware:
    """Answers 405 to every other method, on whatever page, there or not (WEB-09)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in METHODS or request.path_info.startswith("/api/"):
            return self.get_response(request)
        return HttpResponseNotAllowed(METHODS)


class BodyLimitMiddleware:
    """Stands behind the door, which knows who asks, and before the first to read a body, the check of its token."""

    def __init__(self, get_response: Callable[[ActorRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: ActorRequest) -> HttpResponse:
        most = STRANGERS_BYTES
        if request.login is not None and request.login.is_staff:
            most += settings.TRADEDOOR_IMPORT_MAX_MEGABYTES * MEGABYTE
        length = length_of(request)
        if length > most:
            sentence = _("This is too large: at most %(limit)d MB can be sent.") % {"limit": most // MEGABYTE}
            return error_page(
                request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, sentence=sentence, code="too_large"
            )
        if request.method == "POST" and length and not _is_received(request, length):
            return _too_busy(request)
        return self.get_response(request)


def in_utf8(environ: dict[str, Any]) -> dict[str, Any]:
    """The request without what it says of its own charset, which is always UTF-8 here.

    Django decodes by whatever is named there before any of our middleware, and fails at codecs that are not for
    text: anybody could have the server log an accident at will.
    """
    if "charset" in environ.get("CONTENT_TYPE", "").lower():
        parts = environ["CONTENT_TYPE"].split(";")
        kept = [part for part in parts if not part.strip().lower().startswith("charset")]
        return environ | {"CONTENT_TYPE": ";".join(kept)}
    return environ


def length_of(request: HttpRequest) -> int:
    """The announced length. A body that announces none is read by nobody: Django takes it for empty."""
    announced = request.META.get("CONTENT_LENGTH") or "0"
    return int(announced) if announced.isdecimal() else 0


def _is_received(request: HttpRequest, length: int) -> bool:
    """Read the form to its end; False where too many others are being read."""
    gate = small_bodies if length <= STRANGERS_BYTES else large_bodies
    if not gate.acquire(timeout=LONGEST_WAIT_SECONDS):
        return False
    try:
        _form = request.POST
    except UnreadablePostError:
        return True  # whoever sent half of it is gone, and the check of the token refuses what is left
    finally:
        gate.release()
    return True


def _too_busy(request: HttpRequest) -> HttpResponse:
    sentence = _("Too much is being sent at this moment. Try again in a few seconds.")
    response = error_page(request, HTTPStatus.SERVICE_UNAVAILABLE, sentence=sentence, code="busy")
    response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response
