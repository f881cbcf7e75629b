"""What happened, everywhere the reader may look; and the same, or what is about one, as a file."""

from uuid import UUID

from django.http import HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tradedoor.crm.queries import contact_for, customer_for
from tradedoor.staff.pages import Crumb, page
from tradedoor.staff.places import store_here
from tradedoor.staff.timeline import timeline_context
from tradedoor.staff.timeline_export import timeline_file
from tradedoor.web.requests import ActorRequest


@require_GET
def activity(request: ActorRequest) -> HttpResponse:
    context = {"crumbs": [Crumb(_("Activity"))], **timeline_context(request)}
    return page(request, "staff/desk/activity.html", context, current="activity")


@require_GET
def export(request: ActorRequest) -> StreamingHttpResponse:
    return timeline_file(request)


@require_GET
def export_of_customer(request: ActorRequest, public_id: UUID) -> StreamingHttpResponse:
    return timeline_file(request, customer=customer_for(public_id, actor=request.actor))


@require_GET
def export_of_contact(request: ActorRequest, public_id: UUID) -> StreamingHttpResponse:
    return timeline_file(request, contact=contact_for(public_id, actor=request.actor))


@require_GET
def export_of_store(request: ActorRequest, slug: str) -> StreamingHttpResponse:
    return timeline_file(request, store=store_here(request, slug))
