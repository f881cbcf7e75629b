"""Who gets past the sellers' door at all. Closed unless a route says otherwise."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern

from tradedoor.core.errors import NotAllowed
from tradedoor.web.requests import ActorRequest

View = Callable[..., HttpResponse]


def signed_in(view: View) -> View:
    """Let only staff who are signed in reach the view; a visitor is sent to the sign-in page (ACC-05).

    What they may do there is asked by the actions and queries: this is never the only guard.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if cast("ActorRequest", request).login is None:
            raise NotAllowed(code="signed_out")
        return view(request, *args, **kwargs)

    return guarded


def closed(routes: Iterable[URLPattern]) -> list[URLPattern]:
    """The same routes behind `signed_in`, so that nobody has to think of it for each."""
    closed_routes = []
    for route in routes:
        route.callback = signed_in(route.callback)
        closed_routes.append(route)
    return closed_routes
