"""What a face tells the shared templates: where the person is, and where they can go.

Plain values, filled by the face: templates ask no query and know no address of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True, kw_only=True)
class NavItem:
    """A line of a navigation. `tone` "bad" makes the count red."""

    label: str
    href: str
    icon: str = ""
    current: bool = False
    count: int | str | None = None
    tone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """A tab is a link. `more` is the end of the label that phones leave out: "Current" + " Customers"."""

    label: str
    href: str
    more: str = ""
    current: bool = False
    count: int | str | None = None
    tone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A line of a menu or a bulk bar: `href` for a page, `post` for a change, `opens` for a dialog's id.

    `reason` says why it cannot be done now, and disables it. `name` and `value` travel with the post.
    """

    label: str
    href: str | None = None
    post: str | None = None
    opens: str | None = None
    icon: str = ""
    note: str = ""
    tone: str = ""
    reason: str = ""
    name: str | None = None
    value: str | None = None
    in_dialog: bool = False
    line_above: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A bar across the page, above everything. Red unless `tone` is "warn"."""

    text: str
    href: str | None = None
    link: str = ""
    tone: str = "bad"


def site_alarms() -> list[Alarm]:
    """What stands above every page there is, that of an error too: asks no query."""
    if not settings.TRADEDOOR_TRIAL:
        return []
    return [
        Alarm(text=_("For trying out: all mail is captured, and nothing here is protected."), tone="warn")
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class NavStore:
    name: str
    host: str
    href: str
    mark_url: str
    current: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Nav:
    """The frame of every staff page, as `nav` in the context of `web/staff_base.html`."""

    home_url: str
    sign_out_url: str
    staff_name: str
    staff_email: str = ""
    account_url: str = ""
    search_url: str = ""
    main: Sequence[NavItem] = ()
    crm: Sequence[NavItem] = ()
    store: NavStore | None = None
    stores: Sequence[NavStore] = ()
    store_items: Sequence[NavItem] = ()
    add_store_url: str = ""
    foot: Sequence[NavItem] = ()
    alarms: Sequence[Alarm] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """How a store looks and whom to call: `brand` in the context of every page of a store."""

    name: str
    home_url: str
    mark_url: str
    theme_url: str
    art_url: str = ""
    pitch: str = ""
    points: Sequence[tuple[str, str]] = ()
    phone: str = ""
    email: str = ""
    privacy_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """The frame of a signed-in store page, as `shop` in the context of `web/store_base.html`."""

    who: str
    company: str
    sign_out_url: str
    account_url: str = ""
    catalogue_url: str = ""
    search_url: str = ""
    query: str = ""
    categories: Sequence[NavItem] = ()
    # What the company's own admin looks after; nobody else sees it.
    company_items: Sequence[NavItem] = ()
    elsewhere: Sequence[NavItem] = ()
    alarms: Sequence[Alarm] = field(default_factory=tuple)
