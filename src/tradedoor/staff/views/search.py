"""One search over customers, contacts, stores and pages; also what the palette (Ctrl K) shows."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tradedoor.staff.finding import found
from tradedoor.staff.pages import Crumb, page
from tradedoor.web.requests import ActorRequest

LONGEST = 200


@require_GET
def search(request: ActorRequest) -> HttpResponse:
    text = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST]
    context = {"q": text, "groups": found(request.actor, text), "crumbs": [Crumb(_("Search"))]}
    if request.htmx:
        response = render(request, "staff/desk/_found.html", context)
    else:
        response = page(request, "staff/desk/search.html", context, current="search")
    patch_vary_headers(response, ["HX-Request"])
    return response
