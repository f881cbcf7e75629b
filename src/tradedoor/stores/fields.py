"""What may be set of a store, and how each value is checked and tidied. No other field is ever taken (MAS-01)."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import available_timezones

from django.utils.translation import gettext_lazy as _

from tradedoor.core.addresses import canonical, display_form
from tradedoor.core.errors import Invalid
from tradedoor.stores.models import Store

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
# Taken by pages of the sellers' side that stand beside the stores.
RESERVED_SLUGS = frozenset({"new"})
COLOUR = re.compile(r"#[0-9a-f]{6}")
CURRENCY = re.compile(r"[A-Z]{3}")
LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*")
INVITATION_DAYS = range(1, 91)

# Would start a new header or a new line in a mail, or change how the rest is read (EML-06).
UNWANTED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
JOINERS = frozenset("\u200c\u200d")  # needed to spell words in Persian and several Indian scripts

LONGEST = {
    field.name: field.max_length
    for field in Store._meta.concrete_fields  # noqa: SLF001 - Django's own door to the fields
    if field.max_length is not None
}

Check = Callable[[str, Any], Any]


def checked(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values in the form in which they are kept. Raises `Invalid` for the first that is wrong.

    Fields that are not in `CHECKS` are left out.
    """
    return {name: CHECKS[name](name, value) for name, value in values.items() if name in CHECKS}


def _line(name: str, value: Any) -> str:
    text = " ".join(unicodedata.normalize("NFC", str(value or "")).split())
    if any(unicodedata.category(letter) in UNWANTED - {"Zs"} and letter not in JOINERS for letter in text):
        raise Invalid(
            _("This holds an invisible character. Type it again by hand."), code="unseen", field=name
        )
    return _sized(name, text)


def _name(name: str, value: Any) -> str:
    if not (text := _line(name, value)):
        raise Invalid(_("Give the store a name."), code="required", field=name)
    return text


def _lines(name: str, value: Any) -> str:
    lines = [_line(name, line) for line in str(value or "").splitlines()]
    return _sized(name, "\n".join(lines).strip())


def _sized(name: str, text: str) -> str:
    longest = LONGEST[name]
    if len(text) > longest:
        raise Invalid(
            _("This is too long: at most %(most)s characters.") % {"most": longest},
            code="too_long",
            field=name,
        )
    return text


def _slug(name: str, value: Any) -> str:
    slug = str(value or "").strip().lower()
    if not SLUG.fullmatch(slug) or slug in RESERVED_SLUGS:
        raise Invalid(
            _("An address has up to 40 small letters, digits and hyphens, and no hyphen at either end."),
            code="bad_slug",
            field=name,
        )
    return slug


def _colour(name: str, value: Any) -> str:
    colour = str(value or "").strip().lower()
    if not COLOUR.fullmatch(colour):
        raise Invalid(_("Write a colour as # and six digits, as in #1f3a8a."), code="bad_colour", field=name)
    return colour


def _address(name: str, value: Any) -> str:
    address = str(value or "").strip()
    if not address:
        return ""
    try:
        canonical(address)
    except Invalid as refusal:
        raise Invalid(refusal.sentence, code=refusal.code, field=name, data=refusal.data) from refusal
    return _sized(name, display_form(address))


def _time_zone(name: str, value: Any) -> str:
    if value not in available_timezones():
        raise Invalid(_("There is no such time zone."), code="bad_time_zone", field=name)
    return str(value)


def _currency(name: str, value: Any) -> str:
    currency = str(value or "").strip().upper()
    if not CURRENCY.fullmatch(currency):
        raise Invalid(_("A currency has three letters, as in EUR."), code="bad_currency", field=name)
    return currency


def _language(name: str, value: Any) -> str:
    language = str(value or "").strip().lower()
    if not LANGUAGE.fullmatch(language):
        raise Invalid(_("Choose a language."), code="bad_language", field=name)
    return language


def _days(name: str, value: Any) -> int:
    try:
        days = int(value)
    except (TypeError, ValueError):
        days = 0
    if days not in INVITATION_DAYS:
        raise Invalid(_("An invitation lives 1 to 90 days."), code="bad_invitation_days", field=name)
    return days


def _switch(_name: str, value: Any) -> bool:
    return bool(value)


def _kind(name: str, value: Any) -> str:
    if value not in Store.Kind.values:
        raise Invalid(_("A store is shared or dedicated."), code="bad_kind", field=name)
    return str(value)


def _login_details(name: str, value: Any) -> str:
    if value not in Store.LoginDetails.values:
        raise Invalid(_("Choose what the mail carries."), code="bad_login_details", field=name)
    return str(value)


def _customer(_name: str, value: Any) -> int | None:
    return None if value in (None, "") else int(value)


CHECKS: dict[str, Check] = {
    "slug": _slug,
    "name": _name,
    "kind": _kind,
    "customer_id": _customer,
    "headline": _line,
    "welcome": _lines,
    "brand_colour": _colour,
    "accent_colour": _colour,
    "sender_name": _line,
    "reply_to": _address,
    "notify_address": _address,
    "phone": _line,
    "email": _address,
    "postal_address": _lines,
    "language": _language,
    "time_zone": _time_zone,
    "currency": _currency,
    "invitation_days": _days,
    "invitation_reminder": _switch,
    "login_details": _login_details,
}
