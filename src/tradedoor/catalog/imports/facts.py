"""What one row of a product file says, checked cell by cell."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NoReturn

from django.utils.translation import gettext as _

from tradedoor.catalog.descriptions import plain_lines
from tradedoor.catalog.models import Category, Product, ProductImage, Variant
from tradedoor.catalog.money import read_amount, read_currency
from tradedoor.core.errors import Invalid

YES = frozenset({"true", "yes", "1", "y", "active", "published"})
NO = frozenset({"false", "no", "0", "n", "draft", "archived", "hidden"})
NO_OPTION = "default title"
"""How Shopify writes that a product has no options."""
OPTION_LABELS = {"colour": "Colour", "size": "Size"}
MOST_CATEGORIES = 6
LARGEST_NUMBER = 2_147_483_647
LONGEST_PATH = 400
WEB = ("https://", "http://")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One row. Empty text and None mean that the row does not say, and change nothing."""

    number: int
    handle: str = ""
    sku: str = ""
    name: str = ""
    model: str = ""
    description: str = ""
    brand: str = ""
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    published: bool | None = None
    options: dict[str, str] = field(default_factory=dict)
    option_names: tuple[str, ...] = ()
    option_values: tuple[str, ...] = ()
    price: Decimal | None = None
    compare_at: Decimal | None = None
    currency: str = ""
    stock: int | None = None
    barcode: str = ""
    unit: str = ""
    pack_size: int | None = None
    weight: Decimal | None = None
    weight_unit: str = ""
    images: tuple[str, ...] = ()
    image_alt: str = ""

    @property
    def is_image_only(self) -> bool:
        """Whether the row adds a picture to its product, and names nothing that could be ordered."""
        orders = self.sku or self.option_values or self.price is not None or self.name
        return bool(self.handle and self.images) and not orders


def read_facts(number: int, cells: Mapping[str, str], *, currency: str) -> Facts:
    """Return what a row says, its cells named by field key.

    Raises `Invalid` with the first thing that is wrong; a row is taken wholly or not at all.
    """
    text = {key: value.strip() for key, value in cells.items()}
    currency = read_currency(text["currency"]) if text.get("currency") else currency
    handle = _handle(text.get("handle", ""))
    sku = _within(text.get("sku", ""), Variant, "sku")
    if not handle and not sku:
        _refuse(_("This row has neither a SKU nor a handle."), "sku")
    names, values, free = _options(text, handle=handle)
    weight, weight_unit = _weight(text)
    facts = Facts(
        number=number,
        handle=handle,
        sku=sku,
        name=_within(" ".join(text.get("name", "").split()), Product, "name"),
        model=_within(text.get("model", ""), Product, "name"),
        description=plain_lines(text.get("description", "")),
        brand=_within(text.get("brand", ""), Product, "brand"),
        categories=_categories(text),
        tags=tuple(dict.fromkeys(tag for part in text.get("tags", "").split(",") if (tag := part.strip()))),
        published=_published(text),
        options=free,
        option_names=names,
        option_values=values,
        price=_amount(text.get("price", ""), currency),
        currency=currency,
        compare_at=_amount(text.get("compare_at_price", ""), currency),
        stock=_whole(text.get("stock", ""), "stock", _("“%(text)s” is no stock. Write a whole number.")),
        barcode=_within(text.get("barcode", "").lstrip("'"), Variant, "barcode"),
        unit=_within(text.get("unit", ""), Variant, "unit"),
        pack_size=_pack_size(text.get("pack_size", "")),
        weight=weight,
        weight_unit=weight_unit,
        images=_images(text),
        image_alt=text.get("image_alt", "")[: _room(ProductImage, "alt")],
    )
    if not (sku or facts.name or facts.option_values or facts.price is not None or facts.images):
        _refuse(_("This row says nothing about %(handle)s.") % {"handle": handle}, "handle")
    return facts


def _refuse(sentence: str, column: str) -> NoReturn:
    raise Invalid(sentence, code="bad_row", field=column)


def _room(model: type[Product | Variant | Category | ProductImage], column: str) -> int:
    return int(getattr(model._meta.get_field(column), "max_length", None) or 0)  # noqa: SLF001 - the documented way to ask


def _within(text: str, model: type[Product | Variant | Category | ProductImage], column: str) -> str:
    """The text, refused rather than cut where it is too long: half a SKU is another SKU."""
    room = _room(model, column)
    if len(text) > room:
        _refuse(
            _("“%(text)s…” is longer than %(room)d characters.") % {"text": text[:30], "room": room}, column
        )
    return text


def _handle(text: str) -> str:
    return _within(text.lower(), Product, "name")


def _options(
    text: Mapping[str, str], *, handle: str
) -> tuple[tuple[str, ...], tuple[str, ...], dict[str, str]]:
    """Names and values of the options a row spells out, and colour and size where they are plain columns.

    Beside a handle plain columns are options as well, since the handle says which rows belong together.
    """
    plain = {key: text[key] for key in OPTION_LABELS if text.get(key)}
    names = tuple(text.get(f"option{number}_name", "") for number in "123")
    values = tuple(text.get(f"option{number}_value", "") for number in "123")
    if values[0].lower() == NO_OPTION:
        return (), (), plain
    if not any(values) and handle and plain:
        names, values, plain = (
            tuple(OPTION_LABELS.values()),
            tuple(text.get(k, "") for k in OPTION_LABELS),
            {},
        )
    while values and not values[-1]:
        values = values[:-1]
    return tuple(name for name in names if name), values, plain


def _categories(text: Mapping[str, str]) -> tuple[str, ...]:
    asked = f"{text.get('category', '')}>{text.get('subcategory', '')}".split(">")
    names = tuple(" ".join(name.split()) for name in asked if name.strip())[:MOST_CATEGORIES]
    for name in names:
        _within(name, Category, "name")
    if len("/".join(names)) > LONGEST_PATH:
        _refuse(_("The category is longer than %(room)d characters.") % {"room": LONGEST_PATH}, "category")
    return names


def _published(text: Mapping[str, str]) -> bool | None:
    word = text.get("published", "").lower()
    if word and word not in YES | NO:
        _refuse(
            _("“%(text)s” does not say whether this is published. Write true or false.")
            % {"text": word[:30]},
            "published",
        )
    return word in YES if word else None


def _amount(text: str, currency: str) -> Decimal | None:
    return read_amount(text, currency=currency) if text else None


def _whole(text: str, column: str, sentence: str) -> int | None:
    if not text:
        return None
    bare = text.removesuffix(".0").removesuffix(".00")
    digits = bare.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()) or int(digits) > LARGEST_NUMBER:
        _refuse(sentence % {"text": text[:30]}, column)
    return int(bare)


def _pack_size(text: str) -> int | None:
    number = _whole(text, "pack_size", _("“%(text)s” is no pack size. Write a whole number from 1 on."))
    if number is not None and number < 1:
        _refuse(
            _("“%(text)s” is no pack size. Write a whole number from 1 on.") % {"text": text}, "pack_size"
        )
    return number


def _weight(text: Mapping[str, str]) -> tuple[Decimal | None, str]:
    """The weight and its unit. Shopify writes grams, and zero where nobody weighed anything."""
    key = "weight_grams" if text.get("weight_grams") else "weight"
    said = text.get(key, "")
    if not said:
        return None, ""
    try:
        weight = read_amount(said)
    except Invalid:
        _refuse(_("“%(text)s” is no weight. Write it like 1.25.") % {"text": said[:30]}, "weight")
    if not weight:
        return None, ""
    unit = "g" if key == "weight_grams" else text.get("weight_unit", "")
    return round(weight, 3), _within(unit, Variant, "weight_unit")


def _images(text: Mapping[str, str]) -> tuple[str, ...]:
    said = [text[key] for key in ("image", "variant_image") if text.get(key)]
    for address in said:
        if not address.lower().startswith(WEB) or any(sign in address for sign in ' "<>\\'):
            _refuse(_("“%(text)s” is no web address of an image.") % {"text": address[:60]}, "image")
        _within(address, ProductImage, "source_url")
    return tuple(dict.fromkeys(said))
