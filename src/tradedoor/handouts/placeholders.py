"""What a template may ask for: plain names out of a fixed list, and nothing that could be code."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PLACEHOLDERS: Mapping[str, Promise] = {
    "store": _("the name of the store"),
    "customer": _("the name of the customer"),
    "link": _("the eStore link, to be clicked"),
    "qr": _("the eStore link as a QR code"),
    "logo": _("the logo of the store; nothing where there is none"),
    "steps": _("how to get in, step by step: its paragraph is repeated for each step"),
    "phone": _("the phone number of the store"),
    "email": _("the email address of the store"),
    "address": _("the postal address of the store"),
}
# One of them, or nobody would find the store.
LEADING = frozenset({"link", "qr"})

# Word makes the first letter of a line a capital, and may keep blanks from breaking.
NAMED = re.compile(r"\{\{[ \u00a0]*([A-Za-z]+)[ \u00a0]*\}\}")
# Whatever somebody may have meant as a placeholder or as code, closed or not.
MEANT = re.compile(r"\{\{[^{}]*\}\}|\{%[^%{}]*%\}|\{#[^#{}]*#\}|\{\{|\}\}|\{%|%\}")
LONGEST_SHOWN = 60


def unknown_in(text: str) -> list[str]:
    """What of the text looks like a placeholder and is none, as it is written there, shortened."""
    found = []
    for match in MEANT.finditer(text):
        named = NAMED.fullmatch(match[0])
        if named is None or named[1].lower() not in PLACEHOLDERS:
            around = match[0] if len(match[0]) > len("{{") else text[match.start() :]
            found.append(_shortened(around))
    return found


@dataclass(frozen=True, slots=True)
class Place:
    """Where a known placeholder stands in a text."""

    name: str
    start: int
    end: int


def places_in(text: str) -> list[Place]:
    """The known placeholders of the text, in their order."""
    found = [Place(match[1].lower(), match.start(), match.end()) for match in NAMED.finditer(text)]
    return [place for place in found if place.name in PLACEHOLDERS]


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_SHOWN else line[: LONGEST_SHOWN - 1] + "…"
