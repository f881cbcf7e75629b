"""Update emails from CRM: what it would do, and then doing it as a job."""

from datetime import datetime, timedelta

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tradedoor.access.actions.email_sync import preview_update, update_in_background
from tradedoor.core.permissions import Permission, require
from tradedoor.staff.email_words import planned_rows
from tradedoor.staff.pages import Crumb, page
from tradedoor.staff.places import dashboard_of, store_here
from tradedoor.web.notices import notify
from tradedoor.web.requests import ActorRequest

LONGEST_LOOK = timedelta(days=1)


@require_http_methods(["GET", "HEAD", "POST"])
def update_emails(request: ActorRequest, slug: str) -> HttpResponse:
    store = store_here(request, slug)
    require(request.actor, Permission.ACCESS_INVITE, stores=[store.pk])
    if request.method == "POST":
        update_in_background(store, actor=request.actor, since=_looked_at(request))
        notify(request, _("Emails are being updated. The bar above shows how far it is."))
        return redirect(dashboard_of(store))
    before = preview_update(store, actor=request.actor)
    context = {
        "before": before,
        "now": timezone.now().isoformat(),
        "rows": planned_rows(before.first, here=store),
        "cancel_url": dashboard_of(store),
        "crumbs": [
            Crumb(_("Stores"), reverse("staff:stores")),
            Crumb(store.name, dashboard_of(store)),
            Crumb(_("Update emails from CRM")),
        ],
    }
    return page(request, "staff/access/emails/update.html", context, current="dashboard", store=store)


def _looked_at(request: ActorRequest) -> datetime:
    """When the page was made that the person pressed the button on."""
    now = timezone.now()
    try:
        looked = datetime.fromisoformat(request.POST.get("looked", ""))
    except ValueError:
        return now
    return max(now - LONGEST_LOOK, min(looked, now)) if timezone.is_aware(looked) else now
