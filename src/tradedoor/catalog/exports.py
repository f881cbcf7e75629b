"""The catalogue as a table: what an import reads, so that a file can go out, be worked on and come back."""

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext as _

from tradedoor.audit.record import record
from tradedoor.catalog.events import Event
from tradedoor.catalog.models import Category, Price, Product, Variant
from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission, require

CHUNK = 500
OPTIONS = 3


def products_header() -> list[str]:
    """The columns of `products_table`, by names that an import knows."""
    options = [
        name % {"number": number}
        for number in range(1, OPTIONS + 1)
        for name in (_("Option %(number)d name"), _("Option %(number)d value"))
    ]
    return [
        _("Handle"),
        _("SKU"),
        _("Name"),
        _("Brand"),
        _("Category"),
        _("Description"),
        _("Tags"),
        _("Published"),
        *options,
        _("Price"),
        _("Compare-at price"),
        _("Currency"),
        _("Stock"),
        _("Barcode"),
        _("Unit"),
        _("Pack size"),
        _("Weight"),
        _("Weight unit"),
    ]


def products_table(*, actor: Actor, currency: str) -> Iterator[list[str]]:
    """Yield a row for every variant of every product not archived, with its price in `currency`.

    Two queries for some hundred rows, never all in memory. Who exported is kept. Raises `NotAllowed`.
    """
    require(actor, Permission.CATALOG_READ)
    record(Event.EXPORTED, actor=actor, data={"currency": currency})
    names = dict(Category.objects.values_list("path", "name"))
    variants = Variant.objects.filter(product__in=Product.objects.living()).select_related(
        "product__category"
    )
    after: tuple[int, int] = (0, 0)
    while rows := list(
        variants.filter(product_id__gte=after[0])
        .exclude(product_id=after[0], pk__lte=after[1])
        .order_by("product_id", "pk")[:CHUNK]
    ):
        prices = Price.objects.filter(variant__in=rows, currency=currency, min_quantity=1)
        of = {price.variant_id: price for price in prices}
        for variant in rows:
            yield _row(variant, of.get(variant.pk), names)
        after = (rows[-1].product_id, rows[-1].pk)


def _row(variant: Variant, price: Price | None, names: Mapping[str, str]) -> list[str]:
    product = variant.product
    options: list[str] = []
    for number in range(OPTIONS):
        has = number < len(product.option_names)
        options.append(product.option_names[number] if has else "")
        options.append(variant.option_values[number] if has and number < len(variant.option_values) else "")
    return [
        product.handle,
        variant.sku,
        product.name,
        product.brand,
        _category(product, names),
        product.description,
        ", ".join(product.tags),
        "true" if product.is_published else "false",
        *options,
        f"{price.amount:f}" if price else "",
        f"{price.compare_at:f}" if price and price.compare_at is not None else "",
        price.currency if price else "",
        "" if variant.stock is None else str(variant.stock),
        variant.barcode,
        variant.unit,
        str(variant.pack_size),
        "" if variant.weight is None else f"{variant.weight:f}",
        variant.weight_unit,
    ]


def _category(product: Product, names: Mapping[str, str]) -> str:
    if product.category is None:
        return ""
    slugs = product.category.path.split("/")
    paths = ["/".join(slugs[: depth + 1]) for depth in range(len(slugs))]
    return " > ".join(names.get(path, path) for path in paths)
