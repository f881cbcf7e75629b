"""Headers every answer carries, errors included (WEB-02, WEB-04, SES-10)."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

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
