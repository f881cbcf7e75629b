"""Addresses in mails, exports and redirects. They come from the settings, never from a request (HST-01).

The paths are those of product.md section 19, which are promised to people who bookmarked or printed them.
"""

from django.conf import settings

from tradedoor.stores.models import Store


def public_url(store: Store, path: str = "") -> str:
    """The whole address of a page of the store, `path` as in "login/"; its front page where empty."""
    return f"{settings.TRADEDOOR_BASE_URL}/s/{store.slug}/{path.removeprefix('/')}"


def staff_url(path: str = "") -> str:
    """The whole address of a page of the sellers' side."""
    return f"{settings.TRADEDOOR_BASE_URL}/{path.removeprefix('/')}"
