"""Stock in words (product.md section 13)."""

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tradedoor.catalog.models import Variant

PLENTY = 10
FEW = 3


class StockDisplay(TextChoices):
    """How much of the stock a store tells its buyers."""

    NUMBER = "number", gettext_lazy("The number")
    INDICATOR = "indicator", gettext_lazy("More than 10, 4–10, 1–3, none")
    HIDDEN = "hidden", gettext_lazy("Nothing")


class Level(TextChoices):
    """What the words mean, for a sign beside them."""

    PLENTY = "plenty"
    SOME = "some"
    FEW = "few"
    NONE = "none"
    UNKNOWN = "unknown"


def stock_level(variant: Variant) -> Level:
    """Return the level; a stock below zero, which other systems write when they have oversold, is none."""
    if variant.stock is None:
        return Level.UNKNOWN
    if variant.stock > PLENTY:
        return Level.PLENTY
    if variant.stock > FEW:
        return Level.SOME
    return Level.FEW if variant.stock > 0 else Level.NONE


def stock_words(variant: Variant, setting: StockDisplay) -> str:
    """Return the sentence a buyer reads; empty where the store tells nothing or nobody knows."""
    level = stock_level(variant)
    if setting is StockDisplay.HIDDEN or variant.stock is None:
        return ""
    if level is Level.NONE:
        return _("Out of stock")
    if setting is StockDisplay.NUMBER:
        return ngettext("%(count)d in stock", "%(count)d in stock", variant.stock) % {"count": variant.stock}
    return {
        Level.PLENTY: _("More than 10 in stock"),
        Level.SOME: _("4–10 in stock"),
        Level.FEW: _("1–3 in stock"),
    }[level]
