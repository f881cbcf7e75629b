"""Leaving a store's mailings, and what Mailchimp tells of it."""

from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from tradedoor.accounts.actions import throttle
from tradedoor.integrations.actions.hooks import check_hook, take_hook
from tradedoor.integrations.actions.leaving import leave_by_link, look_at_leaving
from tradedoor.storefront.frames import door_page, store_of
from tradedoor.storefront.gate import open_or_closed
from tradedoor.web.requests import ActorRequest

LONGEST = 254


# The link is the proof, and a mail program's own button sends no cookie and no token of a form (RFC 8058).
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@open_or_closed
def unsubscribe(request: ActorRequest, store: str, token: str) -> HttpResponse:  # noqa: ARG001 - the door read it
    """Say what the button does; its POST leaves, and so does a mail program's own."""
    throttle.require_room(throttle.LANDING_NETWORK, throttle.network_of(request.actor.ip))
    here = store_of(request)
    if request.method == "POST":
        leave_by_link(token, store=here, actor=request.actor)
    response = door_page(request, "unsubscribe.html", {"leaver": look_at_leaving(token, store=here)})
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


# Mailchimp's own server calls it; the secret is in the address.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@open_or_closed
def mailchimp(request: ActorRequest, store: str, token: str) -> HttpResponse:  # noqa: ARG001 - the door read it
    """Take a call of Mailchimp's. It asks by GET whether anybody is there before it saves the address."""
    here = store_of(request)
    if request.method == "POST":
        told = {name: value[:LONGEST] for name, value in request.POST.items() if isinstance(value, str)}
        take_hook(here, token, told)
    else:
        check_hook(here, token)
    return HttpResponse("ok", content_type="text/plain")
