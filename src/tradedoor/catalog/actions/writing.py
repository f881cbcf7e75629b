"""Writes what an import planned, in a number of statements that does not grow with the rows."""

from collections.abc import Collection, Iterable, Sequence
from operator import attrgetter
from typing import Any, TypeVar

from django.db.models import Model
from django.utils import timezone

from tradedoor.audit.record import Entry, record_many
from tradedoor.catalog.events import Event
from tradedoor.catalog.imports.planning import Plan, ProductPlan
from tradedoor.catalog.models import Category, Price, Product, ProductImage, Variant
from tradedoor.core.actor import Actor
from tradedoor.core.bulk import insert_many, reserve_ids, update_many

PRODUCT = (
    "handle",
    "name",
    "description",
    "brand",
    "category_id",
    "option_names",
    "attributes",
    "tags",
    "is_published",
    "sort_name",
    "search_text",
    "version",
)
VARIANT = (
    "product_id",
    "sku",
    "sku_key",
    "option_values",
    "barcode",
    "unit",
    "pack_size",
    "weight",
    "weight_unit",
    "stock",
    "position",
)
PRICE = ("variant_id", "currency", "min_quantity", "amount", "compare_at")
IMAGE = ("product_id", "source_url", "alt", "position")
Row = TypeVar("Row", bound=Model)


def write_plan(plan: Plan, *, known_categories: dict[str, Category], actor: Actor) -> None:
    """Make everything true that the plan says, with a row of history for each product it changes.

    Wants the caller's transaction.
    """
    plans = [made for made in plan.products.values() if made.changes_something or made.is_new]
    categories = known_categories | _make_categories(plan.categories, known_categories)
    for made in plans:
        if made.category_path:
            made.product.category = categories[made.category_path]
    new = [made.product for made in plans if made.is_new]
    old = [made.product for made in plans if not made.is_new]
    _insert(Product, PRODUCT, new)
    now = timezone.now()
    for product in old:
        product.version += 1
        product.updated_at = now
    _update(Product, (*PRODUCT, "updated_at"), old)
    _write_variants(plans)
    _write_images(plans)
    _record(Event.PRODUCT_CREATED, (made for made in plans if made.is_new), actor=actor)
    _record(Event.PRODUCT_UPDATED, (made for made in plans if not made.is_new), actor=actor)


def _make_categories(wanted: dict[str, str], known: dict[str, Category]) -> dict[str, Category]:
    """Make the categories that are not there yet; a parent's path is shorter, so parents come first."""
    made: dict[str, Category] = {}
    missing = sorted(wanted, key=lambda path: path.count("/"))
    for path, number in zip(missing, reserve_ids(Category, len(missing)), strict=True):
        above, _slash, slug = path.rpartition("/")
        parent = made.get(above) or known.get(above)
        made[path] = Category(pk=number, name=wanted[path], slug=slug[:120], path=path, parent=parent)
    insert_many(
        Category,
        ("id", "name", "slug", "path", "parent_id"),
        [(row.pk, row.name, row.slug, row.path, row.parent_id) for row in made.values()],
    )
    return made


def _write_variants(plans: Collection[ProductPlan]) -> None:
    for made in plans:
        for variant in made.new_variants:
            variant.product = made.product
    _insert(Variant, VARIANT, [variant for made in plans for variant in made.new_variants])
    _update(Variant, VARIANT[1:], [variant for made in plans for variant in made.changed_variants])
    prices = [price for made in plans for price in made.new_prices]
    for price in prices:
        price.variant_id = price.variant.pk
    _insert(Price, PRICE, prices)
    _update(Price, ("amount", "compare_at"), [price for made in plans for price in made.changed_prices])


def _write_images(plans: Collection[ProductPlan]) -> None:
    for made in plans:
        for image in made.new_images:
            image.product = made.product
    _insert(ProductImage, IMAGE, [image for made in plans for image in made.new_images])


def _record(event: Event, plans: Iterable[ProductPlan], *, actor: Actor) -> None:
    entries = [
        Entry(data={"product_id": made.product.pk, "product": made.product.handle, "source": "import"})
        for made in plans
    ]
    if entries:
        record_many(event, actor=actor, entries=entries)


def _insert(model: type[Row], columns: Sequence[str], rows: Sequence[Row]) -> None:
    for row, number in zip(rows, reserve_ids(model, len(rows)), strict=True):
        row.pk = number
    # Children copy their parent's key only when it is put on them again.
    insert_many(model, ("id", *columns), _values(("pk", *columns), rows))


def _update(model: type[Row], columns: Sequence[str], rows: Sequence[Row]) -> None:
    if rows:
        update_many(model, "id", columns, _values(("pk", *columns), rows))


def _values(columns: Sequence[str], rows: Iterable[Row]) -> list[tuple[Any, ...]]:
    of = attrgetter(*columns)
    return [of(row) for row in rows]
