"""The first page: what to do first, later what needs a person."""

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tradedoor.core.permissions import Permission
from tradedoor.jobs.work import current_work, may_steer
from tradedoor.staff.attention import counted, first_steps, matters
from tradedoor.staff.pages import Crumb, page
from tradedoor.staff.progress import progress_of
from tradedoor.staff.timeline import latest
from tradedoor.stores.queries import stores
from tradedoor.web.requests import ActorRequest

RECENT = 6


@require_GET
def home(request: ActorRequest) -> HttpResponse:
    actor = request.actor
    now = counted(actor, list(stores(actor)) if actor.can(Permission.STORE_READ) else [])
    context = {
        "name": actor.label.split(" ")[0] if "@" not in actor.label else "",
        "now": now,
        "steps": first_steps(actor, now) if not now.is_set_up else [],
        "matters": matters(actor, now),
        "works": [(work, progress_of(work), may_steer(work, actor=actor)) for work in current_work(actor)],
        "days": latest(request, RECENT) if actor.can(Permission.AUDIT_READ) and now.is_set_up else [],
        "crumbs": [Crumb(_("Home"))],
    }
    return page(request, "staff/desk/home.html", context, current="home")
