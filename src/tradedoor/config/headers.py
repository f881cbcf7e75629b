"""Headers every answer carries, errors included (WEB-02, WEB-04, SES-10)."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect

HSTS_SECONDS = 2 * 365 * 24 * 3600

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    # Pages show what belongs to one person. Static files set their own value, which stands.
    "Cache-Control": "no-store",
}


class HeadersMiddleware:
    """Stands outside all others, so that it also sees what they refuse; a header set by a view stands."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.headers = dict(ALWAYS)
        if settings.TRADEDOOR_BASE_URL.startswith("https:"):
            self.headers["Strict-Transport-Security"] = f"max-age={HSTS_SECONDS}; includeSubDomains"

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in self.headers.items():
            response.headers.setdefault(name, value)
        return response


class HttpsMiddleware:
    """Sends pages asked for by plain http to https, before Django would: it would keep the port that is in the
    request, which anybody may write there (HST-01)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path = request.path.lstrip("/")
        exempt = any(re.search(pattern, path) for pattern in settings.SECURE_REDIRECT_EXEMPT)
        if not settings.SECURE_SSL_REDIRECT or request.is_secure() or exempt:
            return self.get_response(request)
        return HttpResponsePermanentRedirect(f"https://{_public_host(request)}{request.get_full_path()}")


def _public_host(request: HttpRequest) -> str:
    """The host asked for, one of ours, with the port that is ours. Raises `DisallowedHost`."""
    base = urlsplit(settings.TRADEDOOR_BASE_URL)
    name = urlsplit(f"//{request.get_host()}").hostname
    return base.netloc if name == base.hostname else str(name)
