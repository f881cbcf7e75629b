"""What the catalogue holds of the products of one batch, read in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.db.models import Q
from django.utils.text import slugify

from tradedoor.catalog.documents import handles_for, sku_key, skus_for
from tradedoor.catalog.imports.facts import Facts
from tradedoor.catalog.imports.groups import Group
from tradedoor.catalog.models import Category, Price, Product, ProductImage, Variant


@dataclass(slots=True)
class Known:
    """The rows of the catalogue that a batch may touch, and the names it may not take."""

    products: dict[int, Product] = field(default_factory=dict)
    by_handle: dict[str, Product] = field(default_factory=dict)
    by_sku: dict[str, Variant] = field(default_factory=dict)
    variants_of: dict[int, list[Variant]] = field(default_factory=lambda: defaultdict(list))
    prices: dict[tuple[int, str], Price] = field(default_factory=dict)
    images_of: dict[int, dict[str, ProductImage]] = field(default_factory=lambda: defaultdict(dict))
    categories: dict[str, Category] = field(default_factory=dict)
    taken_handles: set[str] = field(default_factory=set)
    taken_skus: set[str] = field(default_factory=set)


def look_up(groups: Collection[Group]) -> Known:
    """Read what these products could meet in the catalogue."""
    known = Known()
    handles = {handle for group in groups for handle in wanted_handles(group)}
    wanted_skus = {key for group in groups for facts in group.rows for key in _wanted_skus(facts)}
    variants = Variant.objects.filter(sku_key__in=wanted_skus).values_list("sku_key", "product_id")
    known.taken_skus = {key for key, _product in variants}
    found = Product.objects.filter(Q(pk__in={product for _key, product in variants}) | Q(handle__in=handles))
    for product in found.select_related("category"):
        known.products[product.pk] = product
        known.by_handle[product.handle] = product
    known.taken_handles = set(known.by_handle)
    for variant in Variant.objects.filter(product_id__in=known.products):
        known.variants_of[variant.product_id].append(variant)
        known.by_sku[variant.sku_key] = variant
        known.taken_skus.add(variant.sku_key)
    prices = Price.objects.filter(variant__product_id__in=known.products, min_quantity=1)
    known.prices = {(price.variant_id, price.currency): price for price in prices}
    for image in ProductImage.objects.filter(product_id__in=known.products).exclude(source_url=""):
        known.images_of[image.product_id][image.source_url] = image
    paths = {path for group in groups for facts in group.rows for path in paths_of(facts.categories)}
    known.categories = {category.path: category for category in Category.objects.filter(path__in=paths)}
    return known


def wanted_handles(group: Group) -> list[str]:
    """The handles a group's product may be found under, or be given, best first."""
    if not group.rows:
        return []
    first = group.rows[0]
    if first.handle:
        return [first.handle]
    if group.model:
        return list(handles_for(first.model, " ".join([first.model, *first.categories[-1:]]), key=first.sku))
    return list(handles_for(first.name or first.sku, f"{first.name} {first.sku}", key=first.sku))


def paths_of(names: Iterable[str]) -> list[str]:
    """The paths of a category and of all above it, the root first."""
    paths: list[str] = []
    for name in names:
        slug = slugify(name) or slugify(name, allow_unicode=True) or "other"
        paths.append(f"{paths[-1]}/{slug}" if paths else slug)
    return paths


def _wanted_skus(facts: Facts) -> list[str]:
    if facts.sku:
        return [sku_key(facts.sku)]
    return [sku_key(sku) for sku in skus_for(facts.handle, facts.option_values)]
