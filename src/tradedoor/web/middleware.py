"""What happens around every view: a number for the request, the door, and refusals as pages."""

from collections.abc import Callable
from uuid import uuid4

import structlog
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode

from tradedoor.accounts.actions.sessions import keep_data, note_seen
from tradedoor.accounts.errors import ComeBackLater
from tradedoor.accounts.models import Realm
from tradedoor.core.errors import Conflict, Invalid, NotAllowed, NotFound, Refusal
from tradedoor.stores.queries import store_by_slug
from tradedoor.web.doors import Door, enter, slug_in, stand_outside
from tradedoor.web.errors import error_page
from tradedoor.web.requests import ActorRequest

Next = Callable[[HttpRequest], HttpResponse]
STATUS_NOT_ALLOWED = 403
SAFE_METHODS = frozenset({"GET", "HEAD"})
STATUS: tuple[tuple[type[Refusal], int], ...] = (
    (NotFound, 404),
    (NotAllowed, STATUS_NOT_ALLOWED),
    (Conflict, 409),
    (Invalid, 422),
)
# Asked by machines: no person, no cookie, no query.
DOORLESS = frozenset({"/healthz", "/readyz"})


class RequestIdMiddleware:
    """Gives each request a number of our own making, which its log lines, history and answer share."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        outside = stand_outside(request, request_id=uuid4().hex)
        with structlog.contextvars.bound_contextvars(request_id=outside.id):
            response = self.get_response(outside)
        response.headers["X-Request-ID"] = outside.id
        return response


class DoorMiddleware:
    """Reads from the address at which door somebody stands, and from that door's cookie who it is."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info in DOORLESS:
            return self.get_response(request)
        door = _door_of(request)
        slug = slug_in(request.path_info)
        if door.store and door.store.slug != slug and request.method in SAFE_METHODS:
            # The store has moved; links, bookmarks and hand-outs that name its old address go on working.
            return HttpResponseRedirect(request.get_full_path().replace(f"/s/{slug}", door.path[:-1], 1))
        entered = enter(request, door)
        response = self.get_response(entered)
        _leave(entered)
        patch_vary_headers(response, ["Cookie"])
        return response


class RefusalMiddleware:
    """Turns the four kinds of refusal into pages, once for all views."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: ActorRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refusal):
            return None
        if isinstance(exception, ComeBackLater):
            response = _answer(request, exception, exception.status)
            response.headers["Retry-After"] = str(exception.retry_after)
            return response
        status = next((status for kind, status in STATUS if isinstance(exception, kind)), STATUS_NOT_ALLOWED)
        if status == STATUS_NOT_ALLOWED and request.login is None:
            return to_sign_in(request)
        return _answer(request, exception, status)


def to_sign_in(request: ActorRequest) -> HttpResponse:
    """Send a visitor to this door's sign-in page, and back here afterwards if this was a page.

    htmx would follow a redirect and put the sign-in page into the middle of this one, so it is told to
    leave the page instead.
    """
    address = f"{request.door}login/"
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=401, headers={"HX-Redirect": address})
    if request.method in SAFE_METHODS and request.path != request.door:
        address += "?" + urlencode({"next": request.get_full_path()})
    return HttpResponseRedirect(address)


def _door_of(request: HttpRequest) -> Door:
    """The door a path belongs to. Raises `Http404` where it names a store that there is not."""
    slug = slug_in(request.path_info)
    if slug is None:
        return Door(Realm.STAFF)
    store = store_by_slug(slug)
    if store is None:
        raise Http404
    return Door(Realm.BUYER, store)


def _leave(request: ActorRequest) -> None:
    session = request.signed_in
    if session is None:
        return
    if request.session.modified:
        keep_data(session)
    if not request.is_polling:
        note_seen(session)


def _answer(request: ActorRequest, refusal: Refusal, status: int) -> HttpResponse:
    return error_page(request, status, sentence=refusal.sentence, code=refusal.code)
