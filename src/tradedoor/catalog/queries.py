"""The catalogue as the faces read it. Every function takes the actor, and costs a fixed number of queries."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from tradedoor.catalog.models import Category, Price, Product, ProductImage, Variant
from tradedoor.catalog.money import Money
from tradedoor.catalog.policy import require_sight
from tradedoor.core.actor import Actor
from tradedoor.core.errors import NotFound
from tradedoor.core.permissions import Permission, require
from tradedoor.core.search import matching
from tradedoor.stores.models import Store


@dataclass(frozen=True, slots=True)
class Branch:
    """A category with all below it; `count` is of the products in the whole branch."""

    category: Category
    count: int
    branches: tuple["Branch", ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """What a variant costs in a store: its price and, where it was dearer before, that one."""

    price: Money
    before: Money | None = None


def categories_tree(store: Store, *, actor: Actor) -> list[Branch]:
    """Return the categories that hold something to sell in this store. Two queries. Raises as `require_sight`."""
    require_sight(actor, store=store)
    counts = dict(
        Product.objects.on_sale()
        .filter(category__isnull=False)
        .order_by()
        .values_list("category_id")
        .annotate(number=Count("pk"))
    )
    children: dict[int | None, list[Category]] = {}
    for category in Category.objects.all():
        children.setdefault(category.parent_id, []).append(category)
    return _branches(children, None, counts)


def _branches(
    children: Mapping[int | None, list[Category]], parent: int | None, counts: Mapping[int, int]
) -> list[Branch]:
    found = []
    for category in children.get(parent, ()):
        below = tuple(_branches(children, category.pk, counts))
        count = counts.get(category.pk, 0) + sum(branch.count for branch in below)
        if count:
            found.append(Branch(category, count, below))
    return found


def category_in_store(store: Store, path: str, *, actor: Actor) -> Category:
    """Return the category at that path. Raises `NotFound` where there is none, else as `require_sight`."""
    require_sight(actor, store=store)
    category = Category.objects.filter(path=path).first()
    if category is None:
        raise _no_such_page()
    return category


def products_in_store(
    store: Store, *, actor: Actor, category: Category | None = None, search: str = ""
) -> QuerySet[Product]:
    """Return what a buyer may see, unordered and not yet cut into pages; a list page orders and cuts it.

    Words of `search` are found in names, brands, categories and SKUs. Variants with their prices in the store's
    currency and the first image come along, in three queries more. Raises as `require_sight`.
    """
    require_sight(actor, store=store)
    products = matching(Product.objects.on_sale(), search)
    if category is not None:
        products = products.filter(Q(category=category) | Q(category__path__startswith=f"{category.path}/"))
    return products.select_related("category").prefetch_related(*_with_everything(store))


def product_in_store(store: Store, public_id: UUID, *, actor: Actor) -> Product:
    """Return one product with variants, prices and images. Raises `NotFound` for one that buyers do not see."""
    require_sight(actor, store=store)
    products = Product.objects.on_sale().filter(public_id=public_id)
    product = products.select_related("category").prefetch_related(*_with_everything(store)).first()
    if product is None:
        raise _no_such_page()
    return product


def prices_for(store: Store, variants: Collection[Variant], *, actor: Actor) -> dict[int, Offer]:
    """Return what each variant costs one unit of it in this store, by the variant's key.

    The price is the one in the store's currency from quantity one on, before anything that a customer has
    agreed on. A variant without such a price is absent: its price is on request, not zero. One query, none
    where the variants came from `products_in_store` or `product_in_store` of the same store. Raises as
    `require_sight`.
    """
    require_sight(actor, store=store)
    found: dict[int, Price] = {}
    missing = []
    for variant in variants:
        if isinstance(ready := variant.__dict__.get("store_prices"), list):
            found |= {price.variant_id: price for price in ready if price.currency == store.currency}
        else:
            missing.append(variant.pk)
    if missing:
        found |= {price.variant_id: price for price in _prices(store).filter(variant_id__in=missing)}
    return {key: _offer(price) for key, price in found.items()}


def products_for_staff(*, actor: Actor, search: str = "", archived: bool = False) -> QuerySet[Product]:
    """Return all products, published or not; those archived only if asked for. Raises `NotAllowed`.

    Variants with all their prices come along, in two queries more.
    """
    require(actor, Permission.CATALOG_READ)
    products = Product.objects.filter(archived_at__isnull=not archived)
    return matching(products, search).select_related("category").prefetch_related("variants__prices")


def in_branch(products: QuerySet[Product], path: str) -> QuerySet[Product]:
    """Keep the products of the category at `path` and of all below it."""
    return products.filter(Q(category__path=path) | Q(category__path__startswith=f"{path}/"))


def categories_for_staff(*, actor: Actor) -> list[tuple[Category, str]]:
    """Return every category with the names from its root on, in the order of the tree. One query.

    Raises `NotAllowed`.
    """
    require(actor, Permission.CATALOG_READ)
    rows = {category.pk: category for category in Category.objects.all()}
    names: dict[int, str] = {}

    def named(category: Category) -> str:
        if category.pk not in names:
            above = rows.get(category.parent_id) if category.parent_id else None
            names[category.pk] = f"{named(above)} › {category.name}" if above else category.name
        return names[category.pk]

    return sorted(((row, named(row)) for row in rows.values()), key=lambda pair: pair[1].casefold())


def product_for_staff(public_id: UUID, *, actor: Actor) -> Product:
    """Return one product, archived or not. Raises `NotAllowed`, `NotFound`."""
    require(actor, Permission.CATALOG_READ)
    products = Product.objects.select_related("category").prefetch_related("variants__prices", "images")
    product = products.filter(public_id=public_id).first()
    if product is None:
        raise _no_such_page()
    return product


def _with_everything(store: Store) -> tuple["Prefetch[str, Any, str]", "Prefetch[str, Any, str]"]:
    prices = Prefetch("prices", _prices(store), to_attr="store_prices")
    return (
        Prefetch("variants", Variant.objects.prefetch_related(prices)),
        Prefetch("images", ProductImage.objects.exclude(file="")),
    )


def _prices(store: Store) -> QuerySet[Price]:
    return Price.objects.filter(currency=store.currency, min_quantity=1)


def _offer(price: Price) -> Offer:
    dearer = price.compare_at is not None and price.compare_at > price.amount
    before = Money(price.compare_at, price.currency) if price.compare_at is not None and dearer else None
    return Offer(Money(price.amount, price.currency), before)


def _no_such_page() -> NotFound:
    return NotFound(_("There is no such page."))
