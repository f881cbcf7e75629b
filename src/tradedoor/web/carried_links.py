"""A one-time link between its mailed address and its page (TOK-10).

The token leaves the address bar before anything is shown: it is exchanged for a signed cookie that holds
the link's number for a quarter of an hour. No row is written, because mail scanners open links too.
"""

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from tradedoor.accounts.models import OneTimeLink, Purpose

LIFE_SECONDS = 15 * 60
SALT = "tradedoor.one-time-link"
FORM_SALT = "tradedoor.one-time-link.form"
FORM_FIELD = "link"


def exchange(link: OneTimeLink, *, to: str) -> HttpResponse:
    """Send the browser on to `to`, an address without the token, with the cookie in its place."""
    response = HttpResponseRedirect(to)
    response.set_cookie(
        _name(),
        signing.dumps([link.pk, link.purpose, link.store_id], salt=SALT),
        max_age=LIFE_SECONDS,
        path="/",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


def carried_link(request: HttpRequest, *, purpose: Purpose, store_id: int | None = None) -> int | None:
    """The number of the link that was opened here for this purpose and store, or None."""
    try:
        link_id, of_purpose, of_store = signing.loads(
            request.COOKIES.get(_name(), ""), salt=SALT, max_age=LIFE_SECONDS
        )
    except (signing.BadSignature, TypeError, ValueError):
        return None
    return int(link_id) if (of_purpose, of_store) == (purpose, store_id) else None


def form_mark(link_id: int) -> str:
    """What the form on a link's page carries in a hidden field, so that it says which link it was shown for."""
    return signing.dumps(link_id, salt=FORM_SALT)


def is_for(request: HttpRequest, link_id: int) -> bool:
    """Whether a form that comes back was shown for this link, or names none.

    All tabs of a browser share the cookie. Whoever opens a second link, or is made to, and then sends the form of
    the first page means that one: their password must not become that of somebody else's login (TOK-14).
    """
    mark = request.POST.get(FORM_FIELD)
    try:
        return mark is None or signing.loads(mark, salt=FORM_SALT) == link_id
    except signing.BadSignature:
        return False


def drop_link(response: HttpResponse) -> HttpResponse:
    """Take the cookie away once the link is spent."""
    response.delete_cookie(_name(), path="/", samesite="Lax")
    return response


def _name() -> str:
    return f"{settings.TRADEDOOR_COOKIE_PREFIX}td-link"
