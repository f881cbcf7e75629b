"""The colours of a store as its settings show them: measured, and what is made of those too pale to read."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from tradedoor.stores.models import Store
from tradedoor.web import theme
from tradedoor.web.navigation import Brand


@dataclass(frozen=True, slots=True)
class Measured:
    """Two colours that can be shown: the ratio on white, whether it passes, and the colour used where it does not."""

    brand: str
    accent: str
    ratio: str
    passes: bool
    used: str
    used_ratio: str
    ink_ratio: str
    door_url: str


def measured(store: Store, brand: str, accent: str) -> Measured:
    """Measure the colours; one that is none is passed over for the one the store has."""
    brand, accent = _known(brand, store.brand_colour), _known(accent, store.accent_colour)
    used = theme.readable(brand)
    query = {"brand": brand, "accent": accent}
    return Measured(
        brand=brand,
        accent=accent,
        ratio=_ratio(brand, theme.WHITE),
        passes=theme.contrast(brand, theme.WHITE) >= theme.TEXT_CONTRAST,
        used=used,
        used_ratio=_ratio(used, theme.WHITE),
        ink_ratio=_ratio(theme.text_on(brand), brand),
        door_url=reverse("staff:store-door-preview", args=[store.slug], query=query),
    )


def brand_in(store: Store, brand: str, accent: str) -> Brand:
    """The store's sign-in page as it would look in these colours."""
    colours = {"brand": _known(brand, store.brand_colour), "accent": _known(accent, store.accent_colour)}
    logo = reverse("storefront:logo", args=[store.slug]) if store.logo else ""
    banner = reverse("storefront:banner", args=[store.slug]) if store.banner else ""
    slug = [store.slug]
    return Brand(
        name=store.name,
        home_url="#main",
        mark_url=logo or reverse("staff:store-mark-preview", args=slug, query=colours),
        theme_url=reverse("staff:store-theme-preview", args=slug, query=colours),
        art_url=banner or reverse("staff:store-art-preview", args=slug, query=colours),
        pitch=store.headline or _("All that %(store)s has for you, in one place.") % {"store": store.name},
        phone=store.phone,
        email=store.email,
    )


def colours_in(store: Store, asked: Sequence[str]) -> tuple[str, str]:
    brand, accent = asked
    return _known(brand, store.brand_colour), _known(accent, store.accent_colour)


def _known(colour: str, otherwise: str) -> str:
    try:
        return theme.parse(colour)
    except theme.NotAColourError:
        return theme.parse(otherwise)


def _ratio(one: str, other: str) -> str:
    # Rounded down, so that a colour is never said to pass that does not.
    return f"{int(theme.contrast(one, other) * 10) / 10:.1f} : 1"
