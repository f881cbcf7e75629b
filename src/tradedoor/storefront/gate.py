"""Who sees which page of a store: asked once, before the view."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import Http404, HttpResponse, HttpResponseRedirect

from tradedoor.access.models import Access
from tradedoor.accounts.actions.sessions import Opened, end_session
from tradedoor.core.errors import NotFound
from tradedoor.storefront.frames import address, door_page, store_of
from tradedoor.web.doors import open_door, open_other_door, session_at
from tradedoor.web.middleware import to_sign_in
from tradedoor.web.requests import ActorRequest

Given = ParamSpec("Given")
View = Callable[Concatenate[ActorRequest, Given], HttpResponse]


def before_the_door(view: View[Given]) -> View[Given]:
    """A page for everybody while the store is open; a friendly word while it is closed."""

    @wraps(view)
    def seen(request: ActorRequest, /, *args: Given.args, **kwargs: Given.kwargs) -> HttpResponse:
        if not store_of(request).is_active:
            return closed_page(request)
        return _in_the_stores_look(request, view, *args, **kwargs)

    return seen


def open_or_closed(view: View[Given]) -> View[Given]:
    """A page for everybody, that a closed store shows too: whoever reports a change of email cannot wait."""

    @wraps(view)
    def seen(request: ActorRequest, /, *args: Given.args, **kwargs: Given.kwargs) -> HttpResponse:
        return _in_the_stores_look(request, view, *args, **kwargs)

    return seen


def behind_the_door(view: View[Given]) -> View[Given]:
    """A page for whoever is signed in here; others are sent to sign in and come back.

    Somebody whose password is not their own chooses one first (TMP-04).
    """

    @wraps(view)
    def seen(request: ActorRequest, /, *args: Given.args, **kwargs: Given.kwargs) -> HttpResponse:
        if not store_of(request).is_active:
            return closed_page(request)
        if request.access is None:
            return to_sign_in(request)
        if request.must_choose_password and not request.path.endswith("/account/password/"):
            return HttpResponseRedirect(address(store_of(request), "change-password"))
        return _in_the_stores_look(request, view, *args, **kwargs)

    return seen


def let_in(
    request: ActorRequest, response: HttpResponse, opened: Opened, *, access: Access | None = None
) -> HttpResponse:
    """Give the browser its new session; the one it had at this door ends, so that no forgotten one stays open."""
    if request.signed_in is not None:
        end_session(request.signed_in, actor=request.actor)
    return open_door(request, response, opened, access=access)


def let_in_elsewhere(
    request: ActorRequest, response: HttpResponse, opened: Opened, *, access: Access
) -> HttpResponse:
    """The same at another store's door, while the session at this one goes on."""
    former = session_at(request, access.store)
    if former is not None:
        end_session(former, actor=request.actor)
    return open_other_door(request, response, opened, store=access.store)


def closed_page(request: ActorRequest) -> HttpResponse:
    """The store is switched off: say so, and whom to call."""
    return door_page(request, "closed.html", status=403)


def missing_page(request: ActorRequest, *, sentence: str = "") -> HttpResponse:
    """There is nothing here, or nothing this person may know of: the two look the same (ACC-01)."""
    return door_page(request, "missing.html", {"sentence": sentence}, status=404)


def _in_the_stores_look(
    request: ActorRequest, view: View[Given], *args: Given.args, **kwargs: Given.kwargs
) -> HttpResponse:
    try:
        return view(request, *args, **kwargs)
    except NotFound as refusal:
        return missing_page(request, sentence=str(refusal))
    except Http404:
        return missing_page(request)
