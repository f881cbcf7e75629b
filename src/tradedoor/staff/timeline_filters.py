"""What a page of history is narrowed to: kind, who, store and when, as its address says."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tradedoor.accounts.queries import staff_logins
from tradedoor.audit.registry import registered
from tradedoor.core.actor import ActorKind
from tradedoor.core.permissions import Permission
from tradedoor.stores.models import Store
from tradedoor.web.lists import ShownFilter, ShownOption
from tradedoor.web.requests import ActorRequest

# Which events a filter lets through, by the beginnings of their codes.
KINDS: Mapping[str, tuple[Any, tuple[str, ...]]] = {
    "access": (gettext_lazy("Store access"), ("access.", "invitation.", "email_change.")),
    "crm": (
        gettext_lazy("Customers and contacts"),
        ("customer.", "contact.", "department.", "import.", "export.", "price_tier."),
    ),
    "sign_in": (
        gettext_lazy("Sign-in and passwords"),
        ("accounts.login.", "accounts.link.", "access.sign", "access.signed", "password."),
    ),
    "mail": (gettext_lazy("Mail"), ("mail.",)),
    "stores": (gettext_lazy("Stores"), ("store.",)),
    "catalogue": (gettext_lazy("Catalogue"), ("catalog.",)),
    "staff": (gettext_lazy("Staff"), ("accounts.staff.", "store.staff_")),
    "jobs": (gettext_lazy("Jobs"), ("jobs.",)),
}
ME, STAFF, BUYERS, SYSTEM, VISITORS = "me", "staff", "buyers", "system", "visitors"
GROUPS: Mapping[str, tuple[Any, tuple[ActorKind, ...]]] = {
    STAFF: (gettext_lazy("Staff"), (ActorKind.STAFF,)),
    BUYERS: (gettext_lazy("Buyers"), (ActorKind.BUYER,)),
    SYSTEM: (gettext_lazy("The system"), (ActorKind.JOB, ActorKind.MACHINE)),
    VISITORS: (gettext_lazy("Not signed in"), (ActorKind.NOBODY,)),
}
# How many days back, today included.
SPANS: Mapping[str, tuple[Any, int]] = {
    "today": (gettext_lazy("Today"), 1),
    "week": (gettext_lazy("Last 7 days"), 7),
    "month": (gettext_lazy("Last 30 days"), 30),
    "quarter": (gettext_lazy("Last 90 days"), 90),
}


class Asked:
    """The address, read: what is not known is passed over."""

    def __init__(self, request: ActorRequest, *, stores: list[Store]) -> None:
        data = request.GET
        self.people = self._people(request)
        self.store_options = [(str(store.public_id), store.name) for store in stores]
        self.choices: dict[str, list[tuple[str, str]]] = {
            "kind": [(key, str(label)) for key, (label, _codes) in KINDS.items()],
            "who": [(key, label) for key, label, _login in self.people],
            "store": self.store_options if len(stores) > 1 else [],
            "when": [(key, str(label)) for key, (label, _days) in SPANS.items()],
        }
        self.values = {
            key: data[key] for key, options in self.choices.items() if data.get(key, "") in dict(options)
        }
        self.store_id = next(
            (store.pk for store in stores if str(store.public_id) == self.values.get("store")), None
        )
        before = data.get("before", "")
        self.before = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None  # noqa: PLR2004 - digits of a key

    @property
    def is_narrowed(self) -> bool:
        return bool(self.values)

    @property
    def events(self) -> list[str] | None:
        if "kind" not in self.values:
            return None
        beginnings = KINDS[self.values["kind"]][1]
        return [code for code in registered() if code.startswith(beginnings)]

    @property
    def by(self) -> int | None:
        who = self.values.get("who")
        return next((login for key, _label, login in self.people if key == who and login), None)

    @property
    def by_kinds(self) -> tuple[ActorKind, ...] | None:
        who = self.values.get("who", "")
        return GROUPS[who][1] if who in GROUPS else None

    @property
    def since(self) -> datetime | None:
        if "when" not in self.values:
            return None
        days = SPANS[self.values["when"]][1]
        midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight - timedelta(days=days - 1)

    @property
    def narrowing(self) -> dict[str, Any]:
        """The filters as `audit.queries.timeline` takes them."""
        return {"events": self.events, "by": self.by, "by_kinds": self.by_kinds, "since": self.since}

    @property
    def query(self) -> str:
        """The filters as an address has them, without the page."""
        return urlencode(self.values)

    def url(self, **changes: str | None) -> str:
        merged = {**self.values, "before": str(self.before) if self.before else None, **changes}
        return "?" + urlencode({key: value for key, value in merged.items() if value})

    def filters(self) -> list[ShownFilter]:
        labels = {"kind": _("Kind"), "who": _("Who"), "store": _("Store"), "when": _("When")}
        return [self._shown(key, labels[key]) for key, options in self.choices.items() if options]

    def _shown(self, key: str, label: str) -> ShownFilter:
        chosen, options = self.values.get(key, ""), self.choices[key]
        return ShownFilter(
            key=key,
            label=label,
            kind="search",
            value=chosen,
            value_label=dict(options).get(chosen, ""),
            clear_url=self.url(**{key: None, "before": None}),
            options=[
                ShownOption(text, self.url(**{key: value, "before": None}), value == chosen)
                for value, text in options
            ],
            hidden=[],
        )

    @staticmethod
    def _people(request: ActorRequest) -> list[tuple[str, str, int | None]]:
        """Whom the list can be narrowed to; single colleagues only for those who may list them."""
        people: list[tuple[str, str, int | None]] = [(ME, _("Me"), request.actor.login_id)]
        people += [(key, str(label), None) for key, (label, _kinds) in GROUPS.items()]
        if request.actor.can(Permission.STAFF_READ):
            others = staff_logins(actor=request.actor)
            people += [
                (str(login.public_id), str(login), login.pk)
                for login in others
                if login.pk != request.actor.login_id
            ]
        return people
