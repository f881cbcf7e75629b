"""The catalogue as staff see it: found, looked at, changed, shown and hidden."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tradedoor.catalog.actions.editing import save_product
from tradedoor.catalog.actions.products import archive_product, restore_product, set_published
from tradedoor.catalog.exports import products_header, products_table
from tradedoor.catalog.models import Product
from tradedoor.catalog.queries import categories_for_staff, in_branch, product_for_staff, products_for_staff
from tradedoor.core.errors import Conflict, Invalid
from tradedoor.core.permissions import Permission, require
from tradedoor.core.search import matching
from tradedoor.core.sheets.writing import csv_chunks
from tradedoor.staff.editing import Clash, clash_of, version_in
from tradedoor.staff.forms.products import ProductForm
from tradedoor.staff.goods import ARCHIVED, PUBLISHED, STATES, currencies_of, goods_of, lines_of, state_of
from tradedoor.staff.pages import Crumb, page
from tradedoor.staff.places import back_to
from tradedoor.staff.refusing import add_refusal
from tradedoor.stores.queries import stores
from tradedoor.web.lists import Filter, ListSpec, Sort, build_list
from tradedoor.web.notices import notify
from tradedoor.web.requests import ActorRequest

TARGET = "products"
OTHERWISE_IN = "EUR"


@require_GET
def products(request: ActorRequest) -> HttpResponse:
    actor = request.actor
    spec = _spec(request)
    archived = request.GET.get("state") == ARCHIVED
    found = build_list(request.GET, spec, products_for_staff(actor=actor, archived=archived))
    context = {
        "page": found,
        "goods": goods_of(found.rows),
        "may_edit": actor.can(Permission.CATALOG_EDIT),
        "may_import": actor.can(Permission.CATALOG_IMPORT),
        "import_url": reverse("staff:import", query={"kind": "products"}),
        "crumbs": [Crumb(_("Catalogue"))],
    }
    if request.htmx.target == TARGET:
        response = render(request, "staff/catalog/_table.html", context)
    else:
        response = page(request, "staff/catalog/list.html", context, current="catalogue")
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_GET
def export(request: ActorRequest) -> StreamingHttpResponse:
    rows = products_table(actor=request.actor, currency=_currency(request))
    chunks = csv_chunks(products_header(), rows, numeric=())
    response = StreamingHttpResponse(chunks, content_type="text/csv; charset=utf-8")
    name = f"catalogue-{timezone.localdate():%Y-%m-%d}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_GET
def product(request: ActorRequest, public_id: UUID) -> HttpResponse:
    row = product_for_staff(public_id, actor=request.actor)
    context = {
        "product": row,
        "state": state_of(row),
        "lines": lines_of(row),
        "images": list(row.images.all()),
        "may_edit": request.actor.can(Permission.CATALOG_EDIT),
        "crumbs": [Crumb(_("Catalogue"), reverse("staff:products")), Crumb(row.name)],
    }
    return page(request, "staff/catalog/product.html", context, current="catalogue")


def _stored(row: Product) -> dict[str, Any]:
    return {
        "name": row.name,
        "brand": row.brand,
        "description": row.description,
        "category": row.category_id or "",
    }


@require_http_methods(["GET", "POST"])
def edit(request: ActorRequest, public_id: UUID) -> HttpResponse:
    require(request.actor, Permission.CATALOG_EDIT)
    row = product_for_staff(public_id, actor=request.actor)
    here = reverse("staff:product", args=[row.public_id])
    currency = next(iter(currencies_of(row)), _currency(request))
    form = ProductForm(
        request.POST if request.method == "POST" else None,
        initial=_stored(row),
        product=row,
        currency=currency,
        categories=categories_for_staff(actor=request.actor),
    )
    version, status = row.version, 200
    clash: Clash | None = None
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                save_product(
                    row,
                    changes=form.changes,
                    figures=form.figures,
                    currency=currency,
                    version=version_in(request.POST),
                    actor=request.actor,
                )
            except Conflict as refusal:
                # Read again: who was quicker may have saved since this request began.
                row = product_for_staff(public_id, actor=request.actor)
                version = row.version
                clash, status = clash_of(refusal, form, _stored(row)), 409
            except Invalid as refusal:
                add_refusal(form, refusal)
            else:
                notify(request, _("Saved."))
                return redirect(here)
    context = {
        "product": row,
        "form": form,
        "currency": currency,
        "version": version,
        "clash": clash,
        "back": here,
        "crumbs": [
            Crumb(_("Catalogue"), reverse("staff:products")),
            Crumb(row.name, here),
            Crumb(_("Edit")),
        ],
    }
    return page(request, "staff/catalog/edit.html", context, current="catalogue", status=status)


@require_POST
def publish(request: ActorRequest, public_id: UUID) -> HttpResponse:
    return _published(request, public_id, published=True)


@require_POST
def unpublish(request: ActorRequest, public_id: UUID) -> HttpResponse:
    return _published(request, public_id, published=False)


@require_POST
def archive(request: ActorRequest, public_id: UUID) -> HttpResponse:
    row = archive_product(product_for_staff(public_id, actor=request.actor), actor=request.actor)
    undo = reverse("staff:product-restore", args=[row.public_id])
    notify(request, _("%(name)s is archived.") % {"name": row.name}, undo=undo)
    return redirect(_back(request, row))


@require_POST
def restore(request: ActorRequest, public_id: UUID) -> HttpResponse:
    row = restore_product(product_for_staff(public_id, actor=request.actor), actor=request.actor)
    notify(request, _("%(name)s is back.") % {"name": row.name})
    return redirect(_back(request, row))


def _published(request: ActorRequest, public_id: UUID, *, published: bool) -> HttpResponse:
    row = product_for_staff(public_id, actor=request.actor)
    set_published(row, actor=request.actor, published=published)
    words = _("Buyers see %(name)s now.") if published else _("Buyers no longer see %(name)s.")
    name = "staff:product-unpublish" if published else "staff:product-publish"
    notify(request, words % {"name": row.name}, undo=reverse(name, args=[row.public_id]))
    return redirect(_back(request, row))


def _back(request: ActorRequest, row: Product) -> str:
    return back_to(request, otherwise=reverse("staff:product", args=[row.public_id]))


def _currency(request: ActorRequest) -> str:
    """The currency of the first store; prices are looked at in one at a time."""
    first = stores(request.actor).first()
    return first.currency if first else OTHERWISE_IN


def _spec(request: ActorRequest) -> ListSpec:
    categories = categories_for_staff(actor=request.actor)
    return ListSpec(
        sorts={
            "name": Sort(gettext_lazy("Name"), "sort_name"),
            "new": Sort(gettext_lazy("Newest first"), "-created_at"),
        },
        filters=[
            Filter(
                "category",
                gettext_lazy("Category"),
                in_branch,
                options=[(row.path, names) for row, names in categories],
            ),
            Filter("state", gettext_lazy("State"), _in_state, options=list(STATES.items())),
        ],
        search=matching,
    )


def _in_state(rows: QuerySet[Product], state: str) -> QuerySet[Product]:
    # Archived ones are another list altogether, which the view has asked for already.
    return rows if state == ARCHIVED else rows.filter(is_published=state == PUBLISHED)
