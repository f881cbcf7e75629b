"""Addresses of other parts that are landing one after the other: empty until there is such a page."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import NoReverseMatch, reverse


def link(name: str, *, args: Sequence[Any] = (), query: Mapping[str, Any] | None = None) -> str:
    try:
        return reverse(name, args=args or None, query=query)
    except NoReverseMatch:
        return ""
