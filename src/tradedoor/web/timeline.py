"""A timeline for the page: entries grouped by day, newest first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from tradedoor.web.formats import absolute, day


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line: `who` did `text` at `at`. `changes` are label, old, new. Tones: good, warn, bad or none."""

    at: datetime
    who: str
    text: str
    icon: str = "circle-dot"
    tone: str = ""
    note: str = ""
    changes: Sequence[tuple[str, str, str]] = ()

    @property
    def time(self) -> SafeString:
        local = timezone.localtime(self.at)
        return format_html(
            '<time datetime="{}" title="{}">{}</time>',
            local.isoformat("T", "seconds"),
            absolute(self.at),
            date_format(local, "H:i"),
        )


@dataclass(frozen=True, slots=True)
class DayGroup:
    title: str
    entries: tuple[Entry, ...]


def by_day(entries: Iterable[Entry]) -> list[DayGroup]:
    """The entries, which come newest first, under "Today", "Yesterday" and dates."""
    today = timezone.localdate()
    return [
        DayGroup(_title(on, today), tuple(group))
        for on, group in groupby(entries, key=lambda entry: timezone.localdate(entry.at))
    ]


def _title(on: date, today: date) -> str:
    if on == today:
        return _("Today")
    if on == today - timedelta(days=1):
        return _("Yesterday")
    return day(on)
