"""Products as a page shows them: prices and stock in words, and a picture in any case."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tradedoor.catalog.drawing import picture
from tradedoor.catalog.models import Product, Variant
from tradedoor.catalog.queries import Offer
from tradedoor.catalog.stock import Level, StockDisplay, stock_level, stock_words
from tradedoor.storefront.frames import address
from tradedoor.stores.models import Store

# How much of the stock buyers are told; a setting of the store, once stores have it.
SHOWN = StockDisplay.INDICATOR
TONES = {Level.PLENTY: "good", Level.SOME: "good", Level.FEW: "low", Level.NONE: "none"}
BULLET = "• "
HIDDEN_ATTRIBUTES = frozenset({"model"})


@dataclass(frozen=True, slots=True)
class Stock:
    """Words and their tone; no words where nothing is told."""

    words: str = ""
    tone: str = "good"


@dataclass(frozen=True, slots=True)
class Card:
    """A product on the shelf."""

    name: str
    href: str
    picture: str
    sku: str
    note: str
    price: str
    before: str
    prefix: str
    stock: Stock


@dataclass(frozen=True, slots=True)
class Line:
    """A variant in the table of its product."""

    sku: str
    options: Sequence[str]
    unit: str
    price: str
    before: str
    stock: Stock


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Lines of a description that belong together."""

    lines: Sequence[str]
    is_list: bool


def card_of(product: Product, *, store: Store, offers: Mapping[int, Offer]) -> Card:
    variants = list(product.variants.all())
    priced = sorted(
        (offers[row.pk] for row in variants if row.pk in offers), key=lambda offer: offer.price.amount
    )
    several = len({offer.price for offer in priced}) > 1
    lowest = priced[0] if priced else None
    return Card(
        name=product.name,
        href=address(store, "product", product.public_id),
        picture=picture_of(product, store=store),
        sku=variants[0].sku if len(variants) == 1 else "",
        note=_variety(len(variants)),
        price=str(lowest.price) if lowest else _("Price on request"),
        before=str(lowest.before) if lowest and lowest.before and not several else "",
        prefix=_("from") if several else "",
        stock=stock_of_all(variants),
    )


def lines_of(product: Product, *, offers: Mapping[int, Offer]) -> list[Line]:
    """The variants, each with a value for every option that the product has."""
    width = len(product.option_names)
    lines = []
    for variant in product.variants.all():
        offer = offers.get(variant.pk)
        options = [*variant.option_values, *[""] * width][:width]
        lines.append(
            Line(
                sku=variant.sku,
                options=options,
                unit=unit_of(variant),
                price=str(offer.price) if offer else _("On request"),
                before=str(offer.before) if offer and offer.before else "",
                stock=stock_of(variant),
            )
        )
    return lines


def picture_of(product: Product, *, store: Store) -> str:
    """An address of the first image, else a drawn one that travels in the page itself."""
    if product.images.all():
        return address(store, "image", product.public_id, 1)
    path = product.category.path if product.category else ""
    return _in_page(picture(product.name, category=path))


def category_picture(name: str, path: str) -> str:
    return _in_page(picture(name, category=path))


def _in_page(svg: str) -> str:
    return "data:image/svg+xml," + quote(svg, safe=" =:/'()-.")


def stock_of(variant: Variant) -> Stock:
    level = stock_level(variant)
    return Stock(stock_words(variant, SHOWN), TONES.get(level, "good"))


def stock_of_all(variants: Sequence[Variant]) -> Stock:
    """One word for all variants: a number would add up sizes that nobody asked for."""
    if len(variants) == 1:
        return stock_of(variants[0])
    levels = {stock_level(variant) for variant in variants} - {Level.UNKNOWN}
    if not levels:
        return Stock()
    if levels == {Level.NONE}:
        return Stock(_("Out of stock"), "none")
    if Level.NONE in levels:
        return Stock(_("Some in stock"), "low")
    return Stock(_("In stock"), "low" if levels == {Level.FEW} else "good")


def unit_of(variant: Variant) -> str:
    if variant.pack_size > 1:
        unit = variant.unit or _("pieces")
        return _("Pack of %(count)d %(unit)s") % {"count": variant.pack_size, "unit": unit}
    return variant.unit


def attributes_of(product: Product) -> list[tuple[str, str]]:
    """What is known beside the options, for the list of facts."""
    facts = [(_("Brand"), product.brand)] if product.brand else []
    return facts + [
        (str(name), str(value))
        for name, value in product.attributes.items()
        if name not in HIDDEN_ATTRIBUTES and value
    ]


def paragraphs_of(description: str) -> list[Paragraph]:
    """The lines of a description as paragraphs and lists."""
    found: list[Paragraph] = []
    for block in description.split("\n\n"):
        for line in filter(None, block.splitlines()):
            is_list = line.startswith(BULLET)
            text = line.removeprefix(BULLET)
            if found and found[-1].is_list == is_list and (is_list or line != block.splitlines()[0]):
                found[-1] = Paragraph([*found[-1].lines, text], is_list)
            else:
                found.append(Paragraph([text], is_list))
    return found


def _variety(count: int) -> str:
    if count < 2:  # noqa: PLR2004 - one is no choice
        return ""
    return ngettext("%(count)d variant", "%(count)d variants", count) % {"count": count}
