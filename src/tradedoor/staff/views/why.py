"""Why can't they sign in? An email or a name in, the reasons out, each with its fix."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tradedoor.access.why import why_not
from tradedoor.core.permissions import Permission, require
from tradedoor.registration.request_queries import unconfirmed_of
from tradedoor.staff.fixes import fix_of
from tradedoor.staff.pages import Crumb, page
from tradedoor.staff.places import store_here
from tradedoor.web.requests import ActorRequest

LONGEST = 254


@require_GET
def why(request: ActorRequest) -> HttpResponse:
    actor, here = request.actor, request.get_full_path()
    require(actor, Permission.ACCESS_READ)
    text = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST]
    slug = request.GET.get("store", "")
    store = store_here(request, slug) if slug else None
    found = why_not(text, actor=actor, store_id=store.pk if store else None) if text else None
    told = [
        (answer, [(because, fix_of(because, answer, actor=actor, here=here)) for because in answer.chain])
        for answer in (found.answers if found else ())
    ]
    before = (
        Crumb(store.name, reverse("staff:dashboard", args=[store.slug]))
        if store
        else Crumb(_("Access"), reverse("staff:access"))
    )
    context = {
        "q": text,
        "found": found,
        "told": told,
        "unconfirmed": unconfirmed_of(text, store, actor=actor),
        "asked_store": slug,
        "crumbs": [before, Crumb(_("Why can't they sign in?"))],
    }
    return page(
        request, "staff/access/why.html", context, current="dashboard" if store else "access", store=store
    )
