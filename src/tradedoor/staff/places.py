"""Where a page of access stands: the store of its address, and the page to go back to."""

from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse

from tradedoor.stores.models import Store
from tradedoor.stores.queries import store_for
from tradedoor.web.redirects import safe_next
from tradedoor.web.requests import ActorRequest

NEXT = "next"


def store_here(request: ActorRequest, slug: str) -> Store:
    """The store of the address. Raises `StoreNotFound` also where it is outside the person's scope."""
    return store_for(slug, actor=request.actor)


def back_to(request: ActorRequest, *, otherwise: str) -> str:
    """The page the button stood on, as the button says it or else the browser; never anywhere outside."""
    wanted = request.GET.get(NEXT, "") or request.POST.get(NEXT, "") or _came_from(request)
    found = safe_next(wanted, "/")
    return otherwise if found == "/" else found


def dashboard_of(store: Store, **query: str) -> str:
    return reverse("staff:dashboard", args=[store.slug], query=query or None)


def _came_from(request: ActorRequest) -> str:
    base, came = urlsplit(settings.TRADEDOOR_BASE_URL), urlsplit(request.headers.get("Referer", ""))
    if came.netloc not in {base.netloc, request.get_host()}:
        return ""
    return f"{came.path}?{came.query}" if came.query else came.path
