"""How values are written on a page: times, numbers, names. Filters and functions of the templates."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zlib import crc32

from django.utils import formats, timezone
from django.utils.dateformat import format as date_format
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

TONES = 6
DAYS_PER_WEEK, DAYS_PER_MONTH, DAYS_PER_YEAR = 7, 30, 365
SIGNS = {"EUR": "€", "GBP": "£", "USD": "$"}
WITHOUT_CENTS = {"JPY", "KRW", "ISK", "HUF", "CLP"}


def absolute(moment: datetime | None) -> str:
    """`22 Nov 2026, 09:35` in the present time zone; empty for none."""
    return date_format(timezone.localtime(moment), "j M Y, H:i") if moment else ""


def day(value: date | datetime | None) -> str:
    """`22 November 2026`; empty for none."""
    if value is None:
        return ""
    return date_format(timezone.localtime(value) if isinstance(value, datetime) else value, "j F Y")


def ago(moment: datetime | None, *, never: str | None = None, now: datetime | None = None) -> SafeString:
    """How long ago, or how soon, as a `<time>` with the whole time in its title. None reads "Never"."""
    if moment is None:
        return format_html('<span class="muted">{}</span>', _("Never") if never is None else never)
    now = now or timezone.now()
    words = _past(now - moment) if moment <= now else _future(moment - now)
    local = timezone.localtime(moment)
    title = f"{absolute(moment)} {local.tzname()}"
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', local.isoformat("T", "seconds"), title, words
    )


def span(length: timedelta) -> str:
    """`1 hour`, `90 minutes`, `2 days`: how long, in the largest unit that says it whole."""
    seconds = round(length.total_seconds())
    if seconds and seconds % 86_400 == 0:
        days = seconds // 86_400
        return ngettext("%(n)s day", "%(n)s days", days) % {"n": number(days)}
    if seconds and seconds % 3600 == 0:
        hours = seconds // 3600
        return ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": number(hours)}
    if seconds and seconds % 60 == 0:
        minutes = seconds // 60
        return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": number(minutes)}
    return ngettext("%(n)s second", "%(n)s seconds", seconds) % {"n": number(seconds)}


def number(value: float | Decimal) -> str:
    """`12,480`, by the language's own separators."""
    return formats.number_format(value, use_l10n=True, force_grouping=True)


def money(amount: Decimal | str, currency: str) -> str:
    """`€1,234.50`; currencies without a sign of their own are named: `1,234.50 SEK`."""
    places = 0 if currency in WITHOUT_CENTS else 2
    figure = formats.number_format(Decimal(amount), decimal_pos=places, use_l10n=True, force_grouping=True)
    sign = SIGNS.get(currency)
    if sign is None:
        return f"{figure} {currency}"
    return f"-{sign}{figure[1:]}" if figure.startswith("-") else f"{sign}{figure}"


def initials(name: str) -> str:
    """One or two letters for an avatar: the first of the first and of the last word."""
    words = [word for word in name.replace("@", " ").split() if word[0].isalnum()]
    if not words:
        return "?"
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


def tone(name: str) -> int:
    """The avatar's tint, 1 to 6: always the same for the same name."""
    return crc32(name.encode()) % TONES + 1


def wbr(value: str) -> SafeString:
    """The text with places to break at, for long addresses and codes in narrow columns."""
    text = str(escape(value))
    return mark_safe(text.replace("@", "@<wbr>").replace("_", "_<wbr>"))  # noqa: S308  # escaped above


def html_attrs(attrs: Mapping[str, Any]) -> SafeString:
    """Attributes of an element, with a blank before each: True stands bare, None and False are left out.

    Raises `ValueError` for what our content policy blocks, so that it fails in a test, not in a browser.
    """
    parts = []
    for name, value in attrs.items():
        if name.lower().startswith(("on", "style", "hx-on")):
            raise ValueError(name)
        if value is None or value is False:
            continue
        parts.append(f" {escape(name)}" if value is True else f' {escape(name)}="{escape(value)}"')
    return mark_safe("".join(parts))  # noqa: S308  # each part escaped above


def _past(age: timedelta) -> str:  # noqa: PLR0911  # a ladder, one sentence a rung
    minutes, hours, days = age.seconds // 60, age.seconds // 3600, age.days
    if days == 0:
        if minutes < 1:
            return _("Just now")
        if hours < 1:
            return ngettext("%(n)s minute ago", "%(n)s minutes ago", minutes) % {"n": minutes}
        return ngettext("%(n)s hour ago", "%(n)s hours ago", hours) % {"n": hours}
    if days == 1:
        return _("Yesterday")
    if days < 2 * DAYS_PER_WEEK:
        return ngettext("%(n)s day ago", "%(n)s days ago", days) % {"n": days}
    if days < 2 * DAYS_PER_MONTH:
        weeks = days // DAYS_PER_WEEK
        return ngettext("%(n)s week ago", "%(n)s weeks ago", weeks) % {"n": weeks}
    if days < DAYS_PER_YEAR:
        months = days // DAYS_PER_MONTH
        return ngettext("%(n)s month ago", "%(n)s months ago", months) % {"n": months}
    years = days // DAYS_PER_YEAR
    return ngettext("%(n)s year ago", "%(n)s years ago", years) % {"n": years}


def _future(wait: timedelta) -> str:
    # Rounded, so that what was given seven days a minute ago reads "In 7 days".
    if wait >= timedelta(days=1):
        wait += timedelta(hours=12)
    elif wait >= timedelta(hours=1):
        wait = min(wait + timedelta(minutes=30), timedelta(hours=23))
    minutes, hours, days = wait.seconds // 60, wait.seconds // 3600, wait.days
    if days >= 1:
        return ngettext("In %(n)s day", "In %(n)s days", days) % {"n": days}
    if hours >= 1:
        return ngettext("In %(n)s hour", "In %(n)s hours", hours) % {"n": hours}
    if minutes >= 1:
        return ngettext("In %(n)s minute", "In %(n)s minutes", minutes) % {"n": minutes}
    return _("In a moment")
