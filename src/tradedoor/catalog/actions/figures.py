"""Prices and stock of a product's variants, set by hand."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from tradedoor.audit.record import record
from tradedoor.catalog.events import Event
from tradedoor.catalog.models import Price, Product, Variant
from tradedoor.core.actor import Actor
from tradedoor.core.bulk import CHUNK
from tradedoor.core.errors import Invalid, NotFound
from tradedoor.core.permissions import Permission, require


@dataclass(frozen=True, slots=True)
class Figures:
    """What one variant has and costs. Without an amount its price is on request; stock may be unknown."""

    stock: int | None
    amount: Decimal | None


@transaction.atomic
def set_figures(product: Product, figures: Mapping[int, Figures], *, currency: str, actor: Actor) -> bool:
    """Set stock, and the price of one unit in `currency`, of these variants by their keys; say whether any differed.

    Nothing is written where nothing differs. Raises `NotAllowed`, `NotFound` for a variant of another product,
    and `Invalid` for a price below zero.
    """
    require(actor, Permission.CATALOG_EDIT)
    variants = {
        row.pk: row for row in Variant.objects.select_for_update().filter(product=product).order_by("pk")
    }
    if not figures.keys() <= variants.keys():
        raise NotFound
    if any(one.amount is not None and one.amount < 0 for one in figures.values()):
        raise Invalid(_("A price cannot be below zero."), code="bad_amount", field="price")
    prices = {
        row.variant_id: row
        for row in Price.objects.filter(variant__in=figures, currency=currency, min_quantity=1)
    }
    changed = _set_stock(variants, figures) | _set_prices(prices, figures, currency)
    if changed:
        Product.objects.filter(pk=product.pk).update(version=F("version") + 1, updated_at=timezone.now())
        record(
            Event.PRODUCT_UPDATED,
            actor=actor,
            data={"product_id": product.pk, "product": product.handle, "fields": sorted(changed)},
        )
    return bool(changed)


def _set_stock(variants: Mapping[int, Variant], figures: Mapping[int, Figures]) -> set[str]:
    differing = [variants[key] for key, one in figures.items() if variants[key].stock != one.stock]
    for variant in differing:
        variant.stock = figures[variant.pk].stock
    Variant.objects.bulk_update(differing, ["stock"])
    return {"stock"} if differing else set()


def _set_prices(prices: Mapping[int, Price], figures: Mapping[int, Figures], currency: str) -> set[str]:
    gone = [key for key, one in figures.items() if one.amount is None and key in prices]
    new = [
        Price(variant_id=key, currency=currency, amount=one.amount)
        for key, one in figures.items()
        if one.amount is not None and key not in prices
    ]
    other = [
        prices[key]
        for key, one in figures.items()
        if one.amount is not None and key in prices and prices[key].amount != one.amount
    ]
    for price in other:
        amount = figures[price.variant_id].amount
        price.amount = price.amount if amount is None else amount
    Price.objects.filter(variant__in=gone, currency=currency, min_quantity=1).delete()
    Price.objects.bulk_create(new, batch_size=CHUNK)
    Price.objects.bulk_update(other, ["amount"])
    return {"price"} if gone or new or other else set()
