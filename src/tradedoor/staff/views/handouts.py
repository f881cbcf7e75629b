"""Hand-outs of many customers at once: asked for from their list, and taken away from the job."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from tradedoor.core.errors import Conflict
from tradedoor.core.permissions import Permission, require
from tradedoor.handouts.actions.bulk import foresee_handouts, handouts_zip, start_handouts
from tradedoor.handouts.errors import NothingToHandOut
from tradedoor.handouts.making import Kind
from tradedoor.jobs.work import work_for
from tradedoor.staff.once import FIELD, led_to, new_key, remember
from tradedoor.staff.pages import Crumb, page
from tradedoor.staff.views.customer_bulk import MOST, carried
from tradedoor.staff.views.customers import asked_of, chosen_customers
from tradedoor.stores.models import Store
from tradedoor.stores.queries import stores
from tradedoor.web.formats import number
from tradedoor.web.requests import ActorRequest

UNPROCESSABLE = 422
KINDS = [(Kind.WORD.value, gettext_lazy("Word (.docx)")), (Kind.PDF.value, gettext_lazy("PDF"))]


@require_POST
def of_customers(request: ActorRequest) -> HttpResponse:
    """Ask which store and what kind, and then start the job; the form that asks carries what was chosen."""
    require(request.actor, Permission.ESTORE_LINK_SHOW)
    back = reverse("staff:customers", query=dict(asked_of(request).items()))
    ids = list(chosen_customers(request).order_by("sort_name", "pk").values_list("pk", flat=True)[: MOST + 1])
    if len(ids) > MOST:
        raise Conflict(
            _("That are more than %(most)s customers at once. Narrow the list first.")
            % {"most": number(MOST)},
            code="too_many",
        )
    if not ids:
        messages.warning(request, _("Nobody was chosen. Tick somebody first."))
        return redirect(back)
    mine = list(stores(request.actor))
    store = next((one for one in mine if one.slug == request.POST.get("store")), None)
    if store is None:
        return _asked(request, ids, mine, back=back)
    try:
        return _started(request, ids, store)
    except NothingToHandOut as refusal:
        return _asked(request, ids, mine, back=back, problem=str(refusal))


@require_GET
def archive(request: ActorRequest, public_id: UUID) -> StreamingHttpResponse:
    """All that the job made, as one zip."""
    work = work_for(public_id, actor=request.actor)
    response = StreamingHttpResponse(handouts_zip(work, actor=request.actor), content_type="application/zip")
    response.headers["Content-Disposition"] = 'attachment; filename="hand-outs.zip"'
    return response


def _started(request: ActorRequest, ids: list[int], store: Store) -> HttpResponse:
    if earlier := led_to(request):
        return redirect(earlier)
    kind = Kind.PDF if request.POST.get("kind") == Kind.PDF else Kind.WORD
    once = request.POST.get(FIELD, "")[:32]
    work = start_handouts(ids, store, kind=kind, actor=request.actor, once=once)
    here = reverse("staff:job", args=[work.public_id])
    remember(request, here)
    return redirect(here)


def _asked(
    request: ActorRequest, ids: list[int], mine: list[Store], *, back: str, problem: str = ""
) -> HttpResponse:
    title = ngettext("Hand-outs for %(n)s customer", "Hand-outs for %(n)s customers", len(ids))
    foreseen = foresee_handouts(ids, mine, actor=request.actor)
    context = {
        "title": title % {"n": number(len(ids))},
        "hidden": [*carried(request), (FIELD, new_key(request))],
        "choices": [(one, foreseen[one.pk]) for one in mine],
        "first": next((one.slug for one in mine if foreseen[one.pk].able), ""),
        "kinds": KINDS,
        "problem": problem,
        "back": back,
        "crumbs": [Crumb(_("View Customers"), back), Crumb(_("Hand-outs"))],
    }
    status = UNPROCESSABLE if problem else 200
    template = "staff/crm/customers/handouts.html"
    return page(request, template, context, current="customers", status=status)
