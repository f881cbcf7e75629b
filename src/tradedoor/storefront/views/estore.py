"""The eStore link: always leads to sign-in, and remembers for whom a new person may register."""

from django.http import HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_safe

from tradedoor.accounts.actions import throttle
from tradedoor.accounts.errors import Throttled
from tradedoor.registration.queries import link_by_code
from tradedoor.storefront.estore import remember
from tradedoor.storefront.frames import address, store_of
from tradedoor.storefront.gate import before_the_door
from tradedoor.web.requests import ActorRequest


@require_safe
@before_the_door
def open_link(request: ActorRequest, store: str, code: str) -> HttpResponse:  # noqa: ARG001 - the door read it
    """Go on to sign-in, whatever the code is: bookmarked, replaced, switched off or mistyped.

    The code leaves the address bar before a page is shown, so that no screenshot or shared address lets
    anybody in.
    """
    here = store_of(request)
    onward = HttpResponseRedirect(address(here, "sign-in"))
    onward.headers["Referrer-Policy"] = "no-referrer"
    onward.headers["Cache-Control"] = "no-store"
    try:
        throttle.require_room(throttle.LANDING_NETWORK, throttle.network_of(request.actor.ip))
    except Throttled:
        return onward  # to register they come again in a minute; to sign in they need no link
    link = link_by_code(code, store=here)
    return remember(onward, link) if link is not None else onward
