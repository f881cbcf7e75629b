"""Money: an exact amount that never stands without its currency."""

import re
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext as _

from tradedoor.core.errors import Invalid

SIGNS = {
    "EUR": "€",
    "GBP": "£",
    "USD": "$",
    "AUD": "A$",
    "CAD": "C$",
    "NZD": "NZ$",
    "JPY": "¥",
    "INR": "₹",
}
WITHOUT_CENTS = frozenset({"JPY", "KRW", "ISK", "CLP", "VND", "HUF"})
LARGEST = Decimal(10) ** 10
MOST_DECIMALS = 4

PLAIN = re.compile(r"\d+(?:\.\d+)?", re.ASCII)
ENGLISH = re.compile(r"\d{1,3}(?:,\d{3})+\.\d+|\d{1,3}(?:,\d{3}){2,}", re.ASCII)
CONTINENTAL = re.compile(r"\d{1,3}(?:[. ']\d{3})+,\d+|\d{1,3}(?:\.\d{3}){2,}", re.ASCII)
COMMA = re.compile(r"\d+,\d{1,2}", re.ASCII)
CURRENCY = re.compile(r"[A-Z]{3}")


class Money(NamedTuple):
    amount: Decimal
    currency: str

    def __str__(self) -> str:
        """As people write it: sign and two decimals, more only where the amount has more."""
        least = 0 if self.currency in WITHOUT_CENTS else 2
        exponent = self.amount.normalize().as_tuple().exponent
        places = max(least, -exponent if isinstance(exponent, int) else least)
        number = f"{self.amount:,.{places}f}"
        sign = SIGNS.get(self.currency)
        return f"{sign}{number}" if sign else f"{number} {self.currency}"


def read_amount(text: str, *, currency: str = "") -> Decimal:
    """Return the amount that `text` says, exactly.

    A thousands separator that could as well be a decimal sign (`1,234`) is refused rather than guessed, since
    a wrong guess is a price wrong by a thousand. Raises `Invalid` with the code `bad_amount`.
    """
    bare = text.strip().replace("\u00a0", " ").replace("\u202f", " ")
    for mark in filter(None, (SIGNS.get(currency), currency)):
        bare = bare.removeprefix(mark).removesuffix(mark).strip()
    if bare.startswith("-"):
        raise _refusal(_("The price “%(text)s” is below zero."), text)
    if PLAIN.fullmatch(bare):
        number = bare
    elif ENGLISH.fullmatch(bare):
        number = bare.replace(",", "")
    elif CONTINENTAL.fullmatch(bare):
        number = re.sub(r"[. ']", "", bare).replace(",", ".")
    elif COMMA.fullmatch(bare):
        number = bare.replace(",", ".")
    else:
        raise _refusal(_("“%(text)s” is no price. Write it like 1234.50."), text)
    amount = Decimal(number)
    if amount >= LARGEST:
        raise _refusal(_("The price “%(text)s” is too large."), text)
    if amount != round(amount, MOST_DECIMALS):
        raise _refusal(_("The price “%(text)s” has more than four decimals."), text)
    return amount


def read_currency(text: str) -> str:
    """Return the three letters of a currency. Raises `Invalid` with the code `bad_currency`."""
    code = text.strip().upper()
    if not CURRENCY.fullmatch(code):
        raise Invalid(
            _("“%(text)s” is no currency. Write its three letters, like EUR.") % {"text": text[:20]},
            code="bad_currency",
            field="currency",
        )
    return code


def _refusal(sentence: str, text: str) -> Invalid:
    return Invalid(sentence % {"text": text.strip()[:40]}, code="bad_amount", field="price")
