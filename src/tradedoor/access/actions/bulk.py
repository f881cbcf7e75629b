"""Many at once, in the background: started here, done batch by batch in `access.jobs`."""

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from tradedoor.access.actions.messages import personal_message
from tradedoor.access.actions.sending import require_complete
from tradedoor.access.listing import Listing
from tradedoor.access.models import Access, Role
from tradedoor.access.queries import invitable_contacts, listed
from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.models import Contact, name_of
from tradedoor.jobs.models import Work
from tradedoor.jobs.work import start_work
from tradedoor.stores.models import Store

INVITE = "access.invite"
CHANGE_MANY = "access.change_many"


class Deed(StrEnum):
    """What can be done to many accesses of a dashboard at once."""

    RESEND = "resend"
    CANCEL = "cancel"
    DEACTIVATE = "deactivate"
    REENABLE = "reenable"
    CLEAR_ERROR = "clear_error"
    SEND_RESET = "send_reset"
    END_SESSIONS = "end_sessions"
    MAKE_BUYER = "make_buyer"
    MAKE_APPROVER = "make_approver"
    MAKE_COMPANY_ADMIN = "make_company_admin"


TITLES: dict[Deed, str | Promise] = {
    Deed.RESEND: _lazy("Resend invitations of %(store)s"),
    Deed.CANCEL: _lazy("Cancel invitations of %(store)s"),
    Deed.DEACTIVATE: _lazy("Deactivate customers of %(store)s"),
    Deed.REENABLE: _lazy("Re-enable customers of %(store)s"),
    Deed.CLEAR_ERROR: _lazy("Clear errors of %(store)s"),
    Deed.SEND_RESET: _lazy("Send reset links of %(store)s"),
    Deed.END_SESSIONS: _lazy("End sessions in %(store)s"),
    Deed.MAKE_BUYER: _lazy("Change roles in %(store)s to buyer"),
    Deed.MAKE_APPROVER: _lazy("Change roles in %(store)s to approver"),
    Deed.MAKE_COMPANY_ADMIN: _lazy("Change roles in %(store)s to company admin"),
}
ROLES = {
    Deed.MAKE_BUYER: Role.BUYER,
    Deed.MAKE_APPROVER: Role.APPROVER,
    Deed.MAKE_COMPANY_ADMIN: Role.COMPANY_ADMIN,
}
RIGHTS = {
    Deed.RESEND: Permission.ACCESS_INVITE,
    Deed.CANCEL: Permission.ACCESS_INVITE,
    Deed.DEACTIVATE: Permission.ACCESS_SWITCH,
    Deed.REENABLE: Permission.ACCESS_SWITCH,
    Deed.CLEAR_ERROR: Permission.ACCESS_ERRORS,
    Deed.SEND_RESET: Permission.ACCESS_SWITCH,
    Deed.END_SESSIONS: Permission.ACCESS_SWITCH,
    Deed.MAKE_BUYER: Permission.ACCESS_SWITCH,
    Deed.MAKE_APPROVER: Permission.ACCESS_SWITCH,
    Deed.MAKE_COMPANY_ADMIN: Permission.ACCESS_SWITCH,
}


@dataclass(frozen=True, slots=True)
class Rows:
    """Which accesses of a dashboard are meant: those ticked, or all that its tab, search and filters show."""

    access_ids: tuple[int, ...] | None = None
    tab: str = ""
    search: str = ""
    role: str = ""
    customer: str = ""
    mail: str = ""
    seen: str = ""

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> "Rows":
        ids = kept["access_ids"]
        return cls(**{**kept, "access_ids": None if ids is None else tuple(ids)})

    def of(self, store: Store, *, actor: Actor) -> QuerySet[Access]:
        """The accesses, in no order. Raises as `dashboard`."""
        listing = Listing(
            store_id=store.pk,
            tab=self.tab,
            search=self.search,
            role=self.role,
            customer=self.customer,
            mail=self.mail,
            seen=self.seen,
        )
        rows = listed(listing, actor=actor)
        return rows if self.access_ids is None else rows.filter(pk__in=self.access_ids)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which contacts are meant: those picked, or all that a search of the picker shows.

    `only_new` leaves out whoever has an access here already, so that starting again sends nobody a second mail.
    """

    contact_ids: tuple[int, ...] | None = None
    search: str = ""
    only_new: bool = True
    customer_id: int | None = None

    @classmethod
    def picked(cls, contact_ids: tuple[int, ...]) -> "Selection":
        """Just these; those of them who are pending get a new link."""
        return cls(contact_ids=tuple(sorted(set(contact_ids))), only_new=False)

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> "Selection":
        ids = kept["contact_ids"]
        return cls(
            contact_ids=None if ids is None else tuple(ids),
            search=kept["search"],
            only_new=kept["only_new"],
            customer_id=kept["customer_id"],
        )

    def rows(self, store: Store, *, actor: Actor) -> QuerySet[Contact]:
        """The contacts, in no order. Raises as `invitable_contacts`."""
        if self.contact_ids is not None:
            # Also those whom the picker would not show: the result says why they were left alone.
            require(actor, Permission.CRM_READ)
            return Contact.objects.filter(pk__in=self.contact_ids)
        return invitable_contacts(
            store, actor=actor, search=self.search, only_new=self.only_new, customer_id=self.customer_id
        )


def named(access_ids: Collection[int]) -> dict[int, dict[str, str]]:
    """What a result file calls these accesses, by key in ascending order."""
    rows = Access.objects.filter(pk__in=access_ids).order_by("pk")
    columns = (
        "pk", "contact__public_id", "contact__first_name", "contact__last_name", "contact__email", "customer__name",
    )  # fmt: skip
    return {
        pk: {"contact": str(public_id), "name": name_of(first, last, email), "customer": customer}
        for pk, public_id, first, last, email, customer in rows.values_list(*columns)
    }


def invite_in_background(
    store: Store, selection: Selection, *, actor: Actor, role: Role = Role.BUYER, message: str = ""
) -> Work:
    """Start inviting these contacts, one job with progress; a second click starts no second one.

    Raises `NotAllowed`, `NotPossible` (`store_incomplete`), and `Invalid` for a `message` that is too long.
    """
    require(actor, Permission.ACCESS_INVITE, stores=[store.pk])
    require_complete(store)
    args = {
        "store_id": store.pk, "role": role.value, "selection": asdict(selection),
        "message": personal_message(message),
    }  # fmt: skip
    return start_work(
        INVITE,
        title=_("Invite to %(store)s") % {"store": store.name},
        args=args,
        actor=actor,
        store_id=store.pk,
        total=selection.rows(store, actor=actor).count(),
        dedupe_key=f"{INVITE}:{sha256(json.dumps(args, sort_keys=True).encode()).hexdigest()[:32]}",
    )


def change_in_background(
    store: Store, rows: Rows, deed: Deed, *, actor: Actor, reason: str = "", shown: int = 0
) -> Work:
    """Start doing this to many accesses of a store, one job with progress; a second click starts no second one.

    It goes by ascending key up to the last row of now, so that rows leaving the tab on the way, as they do, make
    it miss none. `shown` is how many a person was shown before: the result counts those who left the list since.
    Raises `NotAllowed`.
    """
    require(actor, RIGHTS[deed], stores=[store.pk])
    last = rows.of(store, actor=actor).order_by("-pk").values_list("pk", flat=True).first() or 0
    args = {
        "store_id": store.pk, "deed": deed.value, "rows": asdict(rows), "reason": reason, "last": last,
    }  # fmt: skip
    return start_work(
        CHANGE_MANY,
        title=str(TITLES[deed]) % {"store": store.name},
        args=args,
        actor=actor,
        store_id=store.pk,
        total=max(shown, rows.of(store, actor=actor).count()),
        dedupe_key=f"{CHANGE_MANY}:{sha256(json.dumps(args, sort_keys=True).encode()).hexdigest()[:32]}",
    )
