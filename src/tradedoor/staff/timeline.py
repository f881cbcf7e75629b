"""History as a page shows it: everything in scope, or what is about one customer, contact or store.

    return page(request, "staff/crm/activity.html", {**timeline_context(request, customer=customer), …})

and in the template `{% include "staff/desk/_timeline.html" %}`. Filters and pages live in the address.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tradedoor.access.models import Role as BuyerRole
from tradedoor.accounts.roles import Role
from tradedoor.audit.queries import TimelineEntry, timeline
from tradedoor.audit.registry import names_of
from tradedoor.core.actor import ActorKind
from tradedoor.core.permissions import Permission
from tradedoor.crm.models import Contact, Customer
from tradedoor.crm.queries import Subject, labels, subjects
from tradedoor.staff.timeline_filters import Asked
from tradedoor.stores.models import Store
from tradedoor.stores.queries import stores
from tradedoor.web.lists import ShownFilter
from tradedoor.web.requests import ActorRequest
from tradedoor.web.timeline import DayGroup, Entry, by_day

PAGE_SIZE = 50
LONGEST_VALUE = 120

LOOKS: tuple[tuple[str, str, str], ...] = (
    ("access.deactivated", "user-x", "warn"),
    ("access.ended", "user-x", "warn"),
    ("access.reenabled", "user-check", "good"),
    ("access.sign_in_refused", "ban", "bad"),
    ("access.", "key-round", ""),
    ("invitation.accepted", "check", "good"),
    ("invitation.cancelled", "x", ""),
    ("invitation.refused", "ban", "bad"),
    ("invitation.", "send", ""),
    ("accounts.login.signed_in", "log-in", ""),
    ("accounts.login.signed_out", "log-out", ""),
    ("accounts.login.sign_in", "ban", "bad"),
    ("accounts.staff.", "shield-user", ""),
    ("accounts.", "key-round", ""),
    ("mail.failed", "mail-x", "bad"),
    ("mail.refused", "mail-x", "bad"),
    ("mail.cancelled", "mail-x", ""),
    ("mail.", "mail", ""),
    ("jobs.work_failed", "circle-alert", "bad"),
    ("jobs.", "refresh-cw", ""),
    ("customer.", "building-2", ""),
    ("department.", "building-2", ""),
    ("contact.", "contact-round", ""),
    ("import.", "upload", ""),
    ("export.", "download", ""),
    ("store.", "store", ""),
    ("catalog.", "package", ""),
)
# Of these the login is the one something was done to.
ABOUT_STAFF = ("accounts.staff.", "accounts.link.", "store.staff_", "access.error_given")
# Of these changes the values are keys; of the events below they are bare words.
OF_LOGINS, OF_CUSTOMERS, OF_TIERS, OF_DEPARTMENTS = (
    "account_manager",
    "customer_id",
    "price_tier",
    "department",
)
WORDS: Mapping[str, tuple[str | Promise, Mapping[str, str | Promise]]] = {
    "customer.status_changed": (gettext_lazy("Status"), dict(Customer.Status.choices)),
    "access.role_changed": (gettext_lazy("Role"), dict(BuyerRole.choices)),
}


@dataclass(frozen=True, slots=True)
class Timeline:
    """A page of history, and all that `staff/desk/_timeline.html` shows of it."""

    days: list[DayGroup]
    filters: list[ShownFilter]
    is_narrowed: bool
    clear_url: str
    newest_url: str | None
    older_url: str | None
    export_url: str


def timeline_context(
    request: ActorRequest,
    *,
    customer: Customer | None = None,
    contact: Contact | None = None,
    store: Store | None = None,
) -> dict[str, Any]:
    """The context of `staff/desk/_timeline.html`, about what is named. Raises `NotAllowed` and `NotFound`.

    A constant number of queries.
    """
    actor = request.actor
    about_one = bool(customer or contact or store)
    asked = Asked(request, stores=[] if about_one else list(stores(actor)))
    entries = timeline(
        actor,
        customer_id=customer.pk if customer else None,
        contact_id=contact.pk if contact else None,
        store_id=store.pk if store else asked.store_id,
        **asked.narrowing,
        before=asked.before,
        limit=PAGE_SIZE + 1,
    )
    shown = entries[:PAGE_SIZE]
    named = Named(request, shown, hide=(customer, contact, store))
    older = asked.url(before=str(shown[-1].id)) if len(entries) > PAGE_SIZE else None
    return {
        "timeline": Timeline(
            days=by_day(_entry(entry, named) for entry in shown),
            filters=asked.filters(),
            is_narrowed=asked.is_narrowed,
            clear_url=request.path,
            newest_url=asked.url(before=None) if asked.before else None,
            older_url=older,
            export_url=f"export.csv?{asked.query}" if actor.can(Permission.AUDIT_EXPORT) else "",
        )
    }


def latest(request: ActorRequest, limit: int) -> list[DayGroup]:
    """The newest of all history in scope, for Home. Raises `NotAllowed`."""
    entries = timeline(request.actor, limit=limit)
    named = Named(request, entries, hide=())
    return by_day(_entry(entry, named) for entry in entries)


class Named:
    """Names for the keys that rows of history hold, each kind by one query."""

    def __init__(
        self,
        request: ActorRequest,
        entries: Collection[TimelineEntry],
        *,
        hide: Iterable[Customer | Contact | Store | None],
    ) -> None:
        hidden = {(type(row), row.pk) for row in hide if row is not None}
        changed = _changed_keys(entries)
        self.customers: dict[int, Subject] = {}
        self.contacts: dict[int, Subject] = {}
        self.tiers: Mapping[int, str] = {}
        self.departments: Mapping[int, str] = {}
        if request.actor.can(Permission.CRM_READ):
            about = _keys(entries, lambda entry: entry.customer_id, hidden, Customer)
            self.customers, self.contacts = subjects(
                request.actor,
                customer_ids=about | changed[OF_CUSTOMERS],
                contact_ids=_keys(entries, lambda entry: entry.contact_id, hidden, Contact),
            )
            self.tiers, self.departments = labels(
                request.actor, tier_ids=changed[OF_TIERS], department_ids=changed[OF_DEPARTMENTS]
            )
        logins = {entry.login_id for entry in entries if entry.login_id is not None}
        self.logins = names_of(logins | changed[OF_LOGINS])
        self.stores: dict[int, Store] = {}
        store_ids = _keys(entries, lambda entry: entry.store_id, hidden, Store)
        if request.actor.can(Permission.STORE_READ) and store_ids:
            self.stores = {store.pk: store for store in stores(request.actor).filter(pk__in=store_ids)}

    def about(self, entry: TimelineEntry) -> SafeString:
        """Links to those whom a row is about, except the one whose page this is."""
        links = []
        if entry.event.startswith(ABOUT_STAFF) and entry.login_id != entry.actor_id:
            links.append(("", self.logins.get(entry.login_id or 0, "")))
        if contact := self.contacts.get(entry.contact_id or 0):
            links.append((reverse("staff:contact", args=[contact.public_id]), contact.name))
        if customer := self.customers.get(entry.customer_id or 0):
            links.append((reverse("staff:customer", args=[customer.public_id]), customer.name))
        if store := self.stores.get(entry.store_id or 0):
            links.append((reverse("staff:dashboard", args=[store.slug]), store.name))
        shown = [
            format_html('<a href="{}">{}</a>', href, name) if href else format_html("{}", name)
            for href, name in links
            if name
        ]
        return format_html_join(" · ", "{}", ((part,) for part in shown))

    def value(self, field: str, value: object) -> str:
        """A changed value in words: the name behind a key, where the field holds keys."""
        names: Mapping[str, Mapping[int, str]] = {
            OF_LOGINS: self.logins,
            OF_CUSTOMERS: {key: one.name for key, one in self.customers.items()},
            OF_TIERS: self.tiers,
            OF_DEPARTMENTS: self.departments,
        }
        if field in names and isinstance(value, int):
            return names[field].get(value, "") or _("(no longer known)")
        return _value(value)

    def who(self, entry: TimelineEntry) -> str:
        """Who did it. Whoever signs in is nobody until it is done, so there the login itself says who it was."""
        if entry.actor_kind == ActorKind.JOB:
            return _("The system")
        if entry.actor_kind == ActorKind.MACHINE:
            return _("Command line")
        if entry.actor_kind == ActorKind.NOBODY:
            name = self.logins.get(entry.login_id or 0, "") if entry.result == "ok" else ""
            return name or _("Not signed in")
        return entry.actor_name or _("Somebody no longer known")


def _keys(
    entries: Collection[TimelineEntry],
    key_of: Callable[[TimelineEntry], int | None],
    hidden: Collection[tuple[type, int]],
    model: type,
) -> set[int]:
    keys = {key for entry in entries if (key := key_of(entry)) is not None}
    return {key for key in keys if (model, key) not in hidden}


def _entry(entry: TimelineEntry, named: Named) -> Entry:
    icon, tone = next(
        ((icon, tone) for start, icon, tone in LOOKS if entry.event.startswith(start)), ("circle-dot", "")
    )
    # What happened stands first, since that is what an eye runs down the page for.
    return Entry(
        at=entry.at,
        who=entry.sentence,
        text=format_html("<span class='muted'>· {}</span>", named.who(entry)),
        icon=icon,
        tone=tone if entry.result == "ok" else "bad",
        note=named.about(entry),
        changes=changes_of(entry, named),
    )


def changes_of(entry: TimelineEntry, named: Named) -> list[tuple[str, str, str]]:
    changed = [
        (_field(name), named.value(name, value.get("old")), named.value(name, value.get("new")))
        for source in (entry.personal, entry.data)
        for name, value in source.items()
        if isinstance(value, Mapping) and value.keys() == {"old", "new"} and name != "stores"
    ]
    old, new = entry.data.get("old"), entry.data.get("new")
    if isinstance(old, Mapping) and isinstance(new, Mapping) and old.get("role") != new.get("role"):
        changed.append((_("Role"), _role(old.get("role")), _role(new.get("role"))))
    if entry.event in WORDS and isinstance(old, str) and isinstance(new, str):
        label, words = WORDS[entry.event]
        changed.append((str(label), str(words.get(old, old)), str(words.get(new, new))))
    return changed


def _changed_keys(entries: Iterable[TimelineEntry]) -> Mapping[str, set[int]]:
    found: dict[str, set[int]] = {
        field: set() for field in (OF_LOGINS, OF_CUSTOMERS, OF_TIERS, OF_DEPARTMENTS)
    }
    for entry in entries:
        for source in (entry.personal, entry.data):
            for field in found.keys() & source.keys():
                change = source[field]
                if isinstance(change, Mapping):
                    found[field] |= {key for key in change.values() if isinstance(key, int)}
    return found


def _field(name: str) -> str:
    return _(name.removesuffix("_id").replace("_", " ").capitalize())


def _value(value: object) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if value is None or isinstance(value, (dict, list)):
        return ""
    return str(value)[:LONGEST_VALUE]


def _role(value: object) -> str:
    return str(Role(value).label) if value in Role.values else str(value)
