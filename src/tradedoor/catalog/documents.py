"""What a product is sorted and searched by, and the keys under which things are found again."""

import hashlib
from collections.abc import Iterable, Iterator

from django.utils.text import slugify

from tradedoor.core.search import fold

LONGEST_NAME = 200
LONGEST_HANDLE = 200
LONGEST_SKU = 100
DIGEST = 8


def sku_key(sku: str) -> str:
    """The form in which SKUs are compared and unique."""
    return " ".join(sku.split()).casefold()[:LONGEST_SKU]


def sort_name(name: str) -> str:
    return fold(name)[:LONGEST_NAME]


def search_text(*, name: str, brand: str, words: Iterable[str], skus: Iterable[str]) -> str:
    """A product is found by its name, its brand, what it belongs to, and the SKU of any of its variants."""
    return fold(name, brand, *words, *skus)


def handles_for(*texts: str, key: str) -> Iterator[str]:
    """Handles a product could have, the shortest first, the last one surely free; `key` is what it is known by."""
    slugs = [slug for text in texts if (slug := slugify(text)[: LONGEST_HANDLE - DIGEST - 1])]
    yield from dict.fromkeys(slugs)
    yield f"{slugs[0] if slugs else 'product'}-{_digest(key)}"


def skus_for(handle: str, values: Iterable[str]) -> Iterator[str]:
    """SKUs made for a variant that came without one, in order of preference."""
    base = slugify(" ".join([handle, *values])).upper()[: LONGEST_SKU - DIGEST - 1].strip("-") or "ITEM"
    yield base
    yield f"{base}-{_digest('|'.join([handle, *values])).upper()}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST]
