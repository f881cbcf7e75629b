"""The catalogue: home, shelf and product. Nobody sees any of it without signing in (product.md section 13)."""

from collections.abc import Sequence
from uuid import UUID

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from tradedoor.catalog.queries import (
    Branch,
    categories_tree,
    category_in_store,
    prices_for,
    product_in_store,
    products_in_store,
)
from tradedoor.core.search import matching
from tradedoor.storefront.frames import address, category_address, shop_page, side_lines, store_of
from tradedoor.storefront.gate import behind_the_door
from tradedoor.storefront.goods import (
    attributes_of,
    card_of,
    category_picture,
    lines_of,
    paragraphs_of,
    picture_of,
    stock_of_all,
)
from tradedoor.stores.models import Store
from tradedoor.web.lists import ListSpec, Sort, build_list
from tradedoor.web.requests import ActorRequest

NEWEST = 10
SHELF = ListSpec(
    sorts={
        "name": Sort(gettext_lazy("Name"), "sort_name"),
        "new": Sort(gettext_lazy("Newest"), "-created_at"),
    },
    search=matching,
    page_size=24,
    keep=("category",),
)


@require_safe
@behind_the_door
def home(request: ActorRequest, store: str) -> HttpResponse:  # noqa: ARG001 - the door read it
    """Say hello, and show what there is."""
    here = store_of(request)
    tree = categories_tree(here, actor=request.actor)
    newest = list(products_in_store(here, actor=request.actor).order_by("-created_at", "-pk")[:NEWEST])
    variants = [variant for product in newest for variant in product.variants.all()]
    offers = prices_for(here, variants, actor=request.actor)
    context = {
        "branches": [
            (branch, category_address(here, branch.category.path), category_picture(branch.category.name, branch.category.path))
            for branch in tree
        ],
        "cards": [card_of(product, store=here, offers=offers) for product in newest],
        "all_url": address(here, "catalogue"),
    }  # fmt: skip
    return shop_page(request, "home.html", context, tree=tree)


@require_safe
@behind_the_door
def shelf(request: ActorRequest, store: str) -> HttpResponse:  # noqa: ARG001 - the door read it
    """A page of products, of one category or of all, as searched for."""
    here = store_of(request)
    path = request.GET.get("category", "").replace("\x00", "")
    category = category_in_store(here, path, actor=request.actor) if path else None
    tree = categories_tree(here, actor=request.actor)
    page = build_list(request.GET, SHELF, products_in_store(here, actor=request.actor, category=category))
    variants = [variant for product in page.rows for variant in product.variants.all()]
    offers = prices_for(here, variants, actor=request.actor)
    context = {
        "page": page,
        "category": category,
        "crumbs": _crumbs(here, tree, path) if category else [],
        "cards": [card_of(product, store=here, offers=offers) for product in page.rows],
        "lines": side_lines(here, tree, current=path or "*"),
    }
    return shop_page(request, "shelf.html", context, tree=tree, current=path or "*", query=page.query)


@require_safe
@behind_the_door
def product(request: ActorRequest, store: str, public_id: UUID) -> HttpResponse:  # noqa: ARG001 - the door read it
    """One product: what it is, what it costs, what is there of it."""
    here = store_of(request)
    found = product_in_store(here, public_id, actor=request.actor)
    variants = list(found.variants.all())
    offers = prices_for(here, variants, actor=request.actor)
    path = found.category.path if found.category else ""
    tree = categories_tree(here, actor=request.actor)
    context = {
        "product": found,
        "card": card_of(found, store=here, offers=offers),
        "picture": picture_of(found, store=here),
        "stock": stock_of_all(variants),
        "lines": lines_of(found, offers=offers),
        "attributes": attributes_of(found),
        "paragraphs": paragraphs_of(found.description),
        "crumbs": [*_crumbs(here, tree, path), (found.name, None)],
    }
    return shop_page(request, "product.html", context, tree=tree, current=path)


@require_safe
@behind_the_door
def image(request: ActorRequest, store: str, public_id: UUID, number: int) -> HttpResponse:  # noqa: ARG001 - the door read it
    """A picture of a product, for whoever may see the product; the file was drawn anew when it came in."""
    found = product_in_store(store_of(request), public_id, actor=request.actor)
    pictures = list(found.images.all())
    if not 0 < number <= len(pictures):
        raise Http404
    try:
        with pictures[number - 1].file.open("rb") as opened:
            response = HttpResponse(opened.read(), content_type="image/webp")
    except OSError as gone:
        raise Http404 from gone
    response.headers["Cache-Control"] = "private, max-age=86400"
    return response


def _crumbs(here: Store, tree: Sequence[Branch], path: str) -> list[tuple[str, str | None]]:
    """The way down to a category, the catalogue first. Read from the tree, which the page needs anyway."""
    way: list[tuple[str, str | None]] = [(_("Catalogue"), address(here, "catalogue"))]
    branches = tree
    while found := next((b for b in branches if f"{path}/".startswith(f"{b.category.path}/")), None):
        way.append((found.category.name, category_address(here, found.category.path)))
        branches = found.branches
    return way
