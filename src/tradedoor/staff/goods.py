"""Products as staff see them in a list: from what price on, and how many there are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tradedoor.catalog.models import Price, Product, Variant
from tradedoor.staff.people import Look
from tradedoor.web.formats import money

PUBLISHED, HIDDEN, ARCHIVED = "published", "hidden", "archived"
STATES: Mapping[str, str | Promise] = {
    PUBLISHED: gettext_lazy("Published"),
    HIDDEN: gettext_lazy("Not published"),
    ARCHIVED: gettext_lazy("Archived"),
}


@dataclass(frozen=True, slots=True)
class Good:
    """A line of the list."""

    product: Product
    sku: str
    variants: int
    price: str
    stock: int | None
    state: Look


@dataclass(frozen=True, slots=True)
class Line:
    """A variant on the page of its product."""

    variant: Variant
    options: str
    prices: list[str]


def goods_of(products: Iterable[Product]) -> list[Good]:
    """The lines of a list; variants and prices have come along, so that no query is asked."""
    return [_good(product) for product in products]


def lines_of(product: Product) -> list[Line]:
    return [
        Line(
            variant,
            " · ".join(map(str, variant.option_values)),
            [_worded(price) for price in variant.prices.all()],
        )
        for variant in product.variants.all()
    ]


def state_of(product: Product) -> Look:
    if product.archived_at is not None:
        return Look(STATES[ARCHIVED], "archive")
    if product.is_published:
        return Look(STATES[PUBLISHED], "circle-check", "good")
    return Look(STATES[HIDDEN], "eye-off", "warn")


def currencies_of(product: Product) -> list[str]:
    return sorted({price.currency for variant in product.variants.all() for price in variant.prices.all()})


def _good(product: Product) -> Good:
    variants = list(product.variants.all())
    prices = [price for variant in variants for price in variant.prices.all() if price.min_quantity == 1]
    known = [variant.stock for variant in variants if variant.stock is not None]
    return Good(
        product,
        variants[0].sku if len(variants) == 1 else "",
        len(variants),
        _from(prices),
        sum(known) if known else None,
        state_of(product),
    )


def _from(prices: list[Price]) -> str:
    if not prices:
        return ""
    first = min(prices, key=lambda price: (price.currency, price.amount))
    text = money(first.amount, first.currency)
    same = {price.amount for price in prices if price.currency == first.currency}
    return text if len(same) == 1 else _("from %(price)s") % {"price": text}


def _worded(price: Price) -> str:
    text = money(price.amount, price.currency)
    if price.min_quantity == 1:
        return text
    return _("%(price)s from %(n)s on") % {"price": text, "n": price.min_quantity}
