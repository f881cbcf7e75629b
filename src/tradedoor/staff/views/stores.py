"""The stores of a person's scope, and a new one."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from tradedoor.access.models import Tab
from tradedoor.access.queries import tab_counts_by_store
from tradedoor.core.errors import Invalid
from tradedoor.core.permissions import Permission, require
from tradedoor.staff.forms.stores import StoreForm
from tradedoor.staff.once import FIELD, led_to, new_key, remember
from tradedoor.staff.pages import Crumb, page
from tradedoor.staff.refusing import add_refusal
from tradedoor.stores.actions.stores import create_store, problems_with
from tradedoor.stores.queries import stores as stores_of
from tradedoor.stores.urls import public_url, staff_url
from tradedoor.web.notices import notify
from tradedoor.web.requests import ActorRequest


@require_GET
def stores(request: ActorRequest) -> HttpResponse:
    counts = tab_counts_by_store(actor=request.actor) if request.actor.can(Permission.ACCESS_READ) else {}
    rows = [
        (
            store,
            public_url(store),
            counts.get(store.pk, {}).get(Tab.CURRENT, 0),
            counts.get(store.pk, {}).get(Tab.PENDING, 0),
        )
        for store in stores_of(request.actor)
    ]
    context = {
        "rows": rows,
        "may_add": request.actor.can(Permission.STORE_CREATE),
        "crumbs": [Crumb(_("Stores"))],
    }
    return page(request, "staff/stores/list.html", context, current="stores")


@require_http_methods(["GET", "POST"])
def add(request: ActorRequest) -> HttpResponse:
    require(request.actor, Permission.STORE_CREATE)
    # Prices stand in a currency: a store in another one than its neighbours would show none.
    first = stores_of(request.actor).first()
    initial = {"currency": first.currency} if first else None
    form = StoreForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST":
        if known := led_to(request):
            return redirect(known)
        form.is_valid()
        for problem in problems_with(dict(form.cleaned_data), actor=request.actor):
            add_refusal(form, problem)
        if not form.errors:
            try:
                store = create_store(form.cleaned_data, actor=request.actor)
            except Invalid as refusal:
                add_refusal(form, refusal)
            else:
                address = reverse("staff:store-look", args=[store.slug])
                remember(request, address)
                notify(request, _("%(store)s is made. Give it its look.") % {"store": store.name})
                return redirect(address)
    context = {
        "form": form,
        "once": (FIELD, new_key(request)),
        "example": staff_url("s/…/"),
        "crumbs": [Crumb(_("Stores"), reverse("staff:stores")), Crumb(_("Add a store"))],
    }
    return page(
        request, "staff/stores/add.html", context, current="stores", status=422 if form.errors else 200
    )
