"""What happened, everywhere the reader may look."""

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tradedoor.staff.pages import Crumb, page
from tradedoor.staff.timeline import timeline_context
from tradedoor.web.requests import ActorRequest


@require_GET
def activity(request: ActorRequest) -> HttpResponse:
    context = {"crumbs": [Crumb(_("Activity"))], **timeline_context(request)}
    return page(request, "staff/desk/activity.html", context, current="activity")
