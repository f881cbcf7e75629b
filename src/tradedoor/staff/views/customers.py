"""The list of customers: found, narrowed, exported, and changed many at once."""

from collections.abc import Mapping
from datetime import UTC, datetime

from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from tradedoor.core.actor import Actor
from tradedoor.core.errors import Conflict, Invalid
from tradedoor.core.permissions import Permission, require
from tradedoor.core.search import matching
from tradedoor.core.sheets.writing import csv_chunks
from tradedoor.crm.actions.exports import Export, export_customers
from tradedoor.crm.actions.price_tiers import create_price_tier
from tradedoor.crm.models import Customer
from tradedoor.crm.queries import CustomerFilter, account_managers, customers, price_tiers, tags, tags_of
from tradedoor.staff.forms.customers import PriceTierForm
from tradedoor.staff.pages import Crumb, page
from tradedoor.staff.refusing import add_refusal
from tradedoor.web.lists import Filter, ListSpec, Sort, build_list, select_rows
from tradedoor.web.notices import notify
from tradedoor.web.requests import ActorRequest

UNPROCESSABLE = 422
ARCHIVED = Filter(
    "archived",
    gettext_lazy("Archive"),
    lambda rows, _value: rows,
    options=[("yes", gettext_lazy("Archived"))],
)


def customer_spec(actor: Actor) -> ListSpec:
    """What the list can do; the choices of its filters are those in use."""
    tiers = [(tier.pk, tier.name) for tier in price_tiers(actor)]
    people = [(login.public_id, str(login)) for login in account_managers(actor)]
    return ListSpec(
        sorts={
            "name": Sort(gettext_lazy("Name"), "sort_name"),
            "code": Sort(gettext_lazy("Code"), "code"),
            "new": Sort(gettext_lazy("Newest first"), "-created_at"),
        },
        filters=[
            Filter(
                "status",
                gettext_lazy("Status"),
                lambda rows, value: rows.filter(status=value),
                options=Customer.Status.choices,
            ),
            Filter(
                "tier",
                gettext_lazy("Price tier"),
                lambda rows, value: rows.filter(price_tier=value),
                options=tiers,
            ),
            Filter(
                "tag",
                gettext_lazy("Tag"),
                lambda rows, value: rows.filter(tags__label=value),
                options=[(label, label) for label in tags(actor)],
            ),
            Filter(
                "manager",
                gettext_lazy("Account manager"),
                lambda rows, value: rows.filter(account_manager__public_id=value),
                options=people,
            ),
            ARCHIVED,
        ],
        search=matching,
    )


def customer_rows(actor: Actor, asked: Mapping[str, str]) -> QuerySet[Customer]:
    """Those that the list starts from: the living, or the archived where the address asks for them."""
    return customers(actor, narrowed=CustomerFilter(archived=asked.get("archived") == "yes"))


@require_GET
def customer_list(request: ActorRequest) -> HttpResponse:
    found = build_list(request.GET, customer_spec(request.actor), customer_rows(request.actor, request.GET))
    context = {
        "page": found,
        "tags": tags_of(found.rows, actor=request.actor),
        "is_archive": request.GET.get("archived") == "yes",
        "actor": request.actor,
        "crumbs": [Crumb(_("View Customers"))],
    }
    if request.htmx.target == "customers":
        response = render(request, "staff/crm/customers/_table.html", context)
    else:
        response = page(request, "staff/crm/customers/list.html", context, current="customers")
    patch_vary_headers(response, ["HX-Request"])
    return response


def chosen_customers(request: ActorRequest) -> QuerySet[Customer]:
    """What a bulk form chose; `query` says of which list."""
    asked = asked_of(request)
    return select_rows(
        request.POST, customer_spec(request.actor), customer_rows(request.actor, asked), key="public_id"
    )


def asked_of(request: ActorRequest) -> Mapping[str, str]:
    """The address of the list that a bulk form stood in, read."""
    return QueryDict(request.POST.get("query", ""))


@require_http_methods(["GET", "HEAD", "POST"])
def customer_export(request: ActorRequest) -> StreamingHttpResponse:
    """The list as it is narrowed, or of it those whose boxes are ticked, as CSV."""
    if request.method == "POST":
        chosen = chosen_customers(request)
        archived = asked_of(request).get("archived") == "yes"
    else:
        archived = request.GET.get("archived") == "yes"
        chosen = select_rows(
            everything(request), customer_spec(request.actor), customer_rows(request.actor, request.GET)
        )
    found = export_customers(
        request.actor, narrowed=CustomerFilter(archived=archived), ids=chosen.order_by().values("pk")
    )
    return as_file(found, "customers")


def as_file(export: Export, name: str) -> StreamingHttpResponse:
    """The export as a download that a spreadsheet opens without running anything in it (CSV-01)."""
    response = StreamingHttpResponse(
        csv_chunks(export.header, export.rows), content_type="text/csv; charset=utf-8"
    )
    day = datetime.now(UTC).date().isoformat()
    response.headers["Content-Disposition"] = f'attachment; filename="{name}-{day}.csv"'
    return response


def everything(request: ActorRequest) -> QueryDict:
    """What a bulk form would send to choose all that the present list shows."""
    data = QueryDict(mutable=True)
    data["all"], data["query"] = "1", request.GET.urlencode()
    return data


@require_http_methods(["GET", "HEAD", "POST"])
def price_tier_add(request: ActorRequest) -> HttpResponse:
    require(request.actor, Permission.CRM_EDIT)
    form = PriceTierForm(request.POST or None)
    if form.is_valid():
        try:
            tier = create_price_tier(form.cleaned_data["name"], actor=request.actor)
        except (Invalid, Conflict) as refusal:
            add_refusal(form, refusal)
        else:
            notify(request, _("The price tier %(name)s is there.") % {"name": tier.name})
            return redirect("staff:customers")
    context = {
        "form": form,
        "tiers": price_tiers(request.actor),
        "crumbs": [Crumb(_("View Customers"), "/crm/customers/"), Crumb(_("Add price tier"))],
    }
    status = UNPROCESSABLE if form.errors else 200
    return page(request, "staff/crm/customers/price_tier.html", context, current="customers", status=status)
