"""What is done to many customers at once, after a page that says what follows from it."""

from collections.abc import Callable, Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from tradedoor.access.actions.crm import archive_customers, restore_customers, set_customer_status
from tradedoor.core.errors import Conflict
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.actions.customer_sets import tag_customers
from tradedoor.crm.models import Customer
from tradedoor.crm.queries import tags
from tradedoor.staff.consequences import ending_of_customers
from tradedoor.staff.pages import Crumb, page
from tradedoor.staff.views.customers import asked_of, chosen_customers
from tradedoor.web.formats import number
from tradedoor.web.notices import notify
from tradedoor.web.requests import ActorRequest

BATCH = 500
# More would keep the browser waiting; an import changes any number.
MOST = 5000


@require_POST
def customers_bulk(request: ActorRequest) -> HttpResponse:
    """`do` names the action; `sure` is sent by the page that asked."""
    require(request.actor, Permission.CRM_EDIT)
    rows = list(chosen_customers(request)[: MOST + 1])
    if len(rows) > MOST:
        raise Conflict(
            _("That are more than %(most)s customers at once. Narrow the list first.")
            % {"most": number(MOST)},
            code="too_many",
        )
    act = ACTS.get(request.POST.get("do", ""))
    if not rows or act is None:
        return _back(request)
    return act(request, rows)


def _archive(request: ActorRequest, rows: list[Customer]) -> HttpResponse:
    if "sure" not in request.POST:
        title = ngettext("Archive %(n)s customer?", "Archive %(n)s customers?", len(rows))
        return _ask(
            request,
            rows,
            "staff/crm/customers/bulk_archive.html",
            {
                "title": title % {"n": number(len(rows))},
                "verb": ngettext("Archive %(n)s customer", "Archive %(n)s customers", len(rows))
                % {"n": number(len(rows))},
                "ending": ending_of_customers(request.actor, [row.pk for row in rows]),
            },
        )
    changed = _in_batches(rows, lambda part: len(archive_customers(part, actor=request.actor)))
    text = ngettext("%(n)s customer is archived.", "%(n)s customers are archived.", changed)
    notify(request, text % {"n": number(changed)})
    return _back(request)


def _restore(request: ActorRequest, rows: list[Customer]) -> HttpResponse:
    changed = _in_batches(rows, lambda part: len(restore_customers(part, actor=request.actor)))
    text = ngettext("%(n)s customer is back.", "%(n)s customers are back.", changed)
    notify(request, text % {"n": number(changed)})
    return _back(request)


def _status(request: ActorRequest, rows: list[Customer]) -> HttpResponse:
    status = request.POST.get("status", "")
    is_known = status in Customer.Status.values
    ending = None
    if status == Customer.Status.INACTIVE and "sure" not in request.POST:
        ending = ending_of_customers(request.actor, [row.pk for row in rows])
    if not is_known or (ending and ending.total):
        title = ngettext("Set the status of %(n)s customer", "Set the status of %(n)s customers", len(rows))
        context = {
            "title": title % {"n": number(len(rows))},
            "statuses": Customer.Status.choices,
            "status": status,
            "ending": ending,
        }
        return _ask(request, rows, "staff/crm/customers/bulk_status.html", context)
    changed = _in_batches(rows, lambda part: len(set_customer_status(part, status, actor=request.actor)))
    text = ngettext("%(n)s customer is now %(status)s.", "%(n)s customers are now %(status)s.", changed)
    notify(request, text % {"n": number(changed), "status": Customer.Status(status).label.lower()})
    return _back(request)


def _tag(request: ActorRequest, rows: list[Customer]) -> HttpResponse:
    typed = request.POST.get("tags", "")
    labels = [label for label in typed.split(",") if label.strip()]
    if not labels:
        title = ngettext("Add a tag to %(n)s customer", "Add a tag to %(n)s customers", len(rows))
        context = {
            "title": title % {"n": number(len(rows))},
            "known": tags(request.actor),
            "is_missing": "tags" in request.POST,
        }
        return _ask(request, rows, "staff/crm/customers/bulk_tag.html", context)
    changed = _in_batches(rows, lambda part: tag_customers(part, add=labels, actor=request.actor))
    text = ngettext("%(n)s customer has the tag now.", "%(n)s customers have the tag now.", changed)
    notify(request, text % {"n": number(changed)})
    return _back(request)


ACTS: dict[str, Callable[[ActorRequest, list[Customer]], HttpResponse]] = {
    "archive": _archive,
    "restore": _restore,
    "status": _status,
    "tag": _tag,
}


def _ask(
    request: ActorRequest, rows: Sequence[Customer], template: str, context: dict[str, Any]
) -> HttpResponse:
    """Show the page that asks, which carries along what was chosen."""
    more = {
        "rows": rows[:10],
        "more": max(0, len(rows) - 10),
        "hidden": carried(request),
        "cancel_url": _list_url(request),
        "crumbs": [Crumb(_("View Customers"), reverse("staff:customers")), Crumb(context["title"])],
    }
    return page(request, template, {**more, **context}, current="customers")


def carried(request: ActorRequest) -> list[tuple[str, str]]:
    """The choice of a bulk form, to be sent again."""
    if request.POST.get("all"):
        return [("all", "1"), ("query", request.POST.get("query", "")), ("do", request.POST.get("do", ""))]
    ids = [("id", public_id) for public_id in request.POST.getlist("id")]
    return [*ids, ("query", request.POST.get("query", "")), ("do", request.POST.get("do", ""))]


def _in_batches(rows: Sequence[Customer], act: Callable[[Sequence[Customer]], int]) -> int:
    """Batch by batch, so that nobody else waits long for the database; return how many changed."""
    return sum(act(rows[start : start + BATCH]) for start in range(0, len(rows), BATCH))


def _list_url(request: ActorRequest) -> str:
    return reverse("staff:customers", query=dict(asked_of(request).items()))


def _back(request: ActorRequest) -> HttpResponse:
    return redirect(_list_url(request))
