""" "This wasn't me": the owner of a former address stops the login. Opening the link changes nothing."""

from django.http import HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods, require_safe

from tradedoor.access.actions.email_reports import look_at_report, report_change, report_of
from tradedoor.accounts.actions import throttle
from tradedoor.accounts.errors import LinkUnknown, LinkUsed
from tradedoor.accounts.models import Purpose
from tradedoor.storefront.frames import address, door_page, store_of
from tradedoor.storefront.gate import open_or_closed
from tradedoor.web.carried_links import carried_link, drop_link, exchange, form_mark, is_for
from tradedoor.web.requests import ActorRequest

GONE = 410


@require_safe
@open_or_closed
def open_link(request: ActorRequest, store: str, token: str) -> HttpResponse:  # noqa: ARG001 - the door read it
    """Put the token out of the address bar before any page is shown (TOK-10)."""
    throttle.require_room(throttle.LANDING_NETWORK, throttle.network_of(request.actor.ip))
    here = store_of(request)
    return exchange(look_at_report(token, store=here).link, to=address(here, "report"))


@require_http_methods(["GET", "HEAD", "POST"])
@open_or_closed
def report(request: ActorRequest, store: str) -> HttpResponse:  # noqa: ARG001 - the door read it
    """Say what the button does; its POST holds the login."""
    here = store_of(request)
    link_id = carried_link(request, purpose=Purpose.EMAIL_REPORT, store_id=here.pk)
    if link_id is None:
        return door_page(request, "report_over.html", {"view": None}, status=GONE)
    view = report_of(link_id, store=here)
    if not view.is_live:
        return door_page(request, "report_over.html", {"view": view}, status=GONE)
    if request.method != "POST":
        return door_page(request, "report.html", {"view": view, "mark": form_mark(link_id)})
    if not is_for(request, link_id):
        return HttpResponseRedirect(address(here, "report"))
    try:
        report_change(link_id, store=here, actor=request.actor)
    except (LinkUnknown, LinkUsed):
        return HttpResponseRedirect(address(here, "report"))
    return drop_link(door_page(request, "report_done.html", {"view": view}))
