"""Addresses in mails, exports and redirects. They come from the settings, never from a request (HST-01).

The paths are those of product.md section 19, which are promised to people who bookmarked or printed them.
"""

from pathlib import PurePath

from django.conf import settings

from tradedoor.stores.models import Store


def public_url(store: Store, path: str = "") -> str:
    """The whole address of a page of the store, `path` as in "login/"; its front page where empty."""
    return f"{settings.TRADEDOOR_BASE_URL}/s/{store.slug}/{path.removeprefix('/')}"


def staff_url(path: str = "") -> str:
    """The whole address of a page of the sellers' side."""
    return f"{settings.TRADEDOOR_BASE_URL}/{path.removeprefix('/')}"


def logo_url(store: Store) -> str:
    """The whole address of the logo, for mails; empty where there is none. Changes with the picture."""
    if not store.logo:
        return ""
    return public_url(store, f"logo.png?v={PurePath(str(store.logo.name)).stem[:8]}")
