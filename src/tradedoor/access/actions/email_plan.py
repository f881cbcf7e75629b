"""What open email changes reach: read for a preview, and again under lock before they happen.

Judged by `email_judging`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from tradedoor.access.models import Access, EmailChange, EmailChangeState, State
from tradedoor.access.reasons import Reason, sentence_of
from tradedoor.accounts.models import Login
from tradedoor.crm.models import Contact
from tradedoor.stores.models import Store

FOLLOWING = (State.PENDING, State.CURRENT, State.DEACTIVATED, State.REQUESTED)
# States whose login keeps its password, and so moves; the others are pointed to the login of the new address.
MOVING = (State.CURRENT, State.DEACTIVATED)
LEAVING = (EmailChangeState.SCHEDULED, EmailChangeState.UNCONFIRMED)

# These pass by themselves or when somebody decides; every other reason is a clash, and the change has failed.
WAITING = frozenset(
    {
        Reason.WAITS_FOR_ANOTHER,
        Reason.WAITS_TO_BE_CONFIRMED,
        Reason.ERROR_OPEN,
        Reason.LOGIN_HELD,
        Reason.OUTSIDE_SCOPE,
    }
)


class Effect(StrEnum):
    """What a change does to one access."""

    FOLLOWS = "follows"  # current: the login has the new address
    FOLLOWS_SILENTLY = "follows_silently"  # deactivated, requested: the same, and no mail
    INVITED_AGAIN = "invited_again"  # pending: a new invitation goes to the new address


EFFECTS = {
    State.CURRENT: Effect.FOLLOWS,
    State.DEACTIVATED: Effect.FOLLOWS_SILENTLY,
    State.REQUESTED: Effect.FOLLOWS_SILENTLY,
    State.PENDING: Effect.INVITED_AGAIN,
}


@dataclass(slots=True)
class Planned:
    """One change, the contact as it is now, what it reaches, and why it cannot happen if it cannot."""

    change: EmailChange
    contact: Contact
    accesses: list[Access]
    movers: frozenset[int] = frozenset()
    reason: Reason | None = None
    other_id: int | None = None
    other: Contact | None = None
    """Who else is in the way, where that is a contact."""
    reaches: frozenset[int] = frozenset()
    """The stores of whomever the change touches."""

    @property
    def target(self) -> str:
        return self.contact.email_canonical

    @property
    def is_able(self) -> bool:
        return self.reason is None

    @property
    def waits(self) -> bool:
        return self.reason in WAITING

    @property
    def sentence(self) -> str:
        return sentence_of(self.reason) if self.reason else ""

    @property
    def store_ids(self) -> set[int]:
        return {access.store_id for access in self.accesses}

    def told(self) -> dict[str, str]:
        """What the error of a failed change speaks of."""
        if self.other is not None:
            return {"name": self.other.name, "contact": str(self.other.public_id)}
        return {"email": self.contact.email} if self.contact.email else {}

    @property
    def following(self) -> list[Access]:
        """What has yet to reach the new address. One split off, or invited again, has been there before."""
        return [
            access
            for access in self.accesses
            if access.login is None or access.login.email_canonical != self.target
        ]

    def effects(self) -> list[tuple[Access, Effect]]:
        return [(access, EFFECTS[State(access.state)]) for access in self.following]


@dataclass(slots=True)
class Plan:
    """The changes of a batch, with those that belong to them, and the logins as they were read.

    `orphans` are logins that nobody uses, by the address that one of the changes wants.
    """

    rows: dict[int, Planned] = field(default_factory=dict)
    logins: dict[int, Login] = field(default_factory=dict)
    orphans: dict[str, int] = field(default_factory=dict)

    def able(self) -> list[Planned]:
        return [row for row in self.rows.values() if row.is_able]

    def moves(self) -> dict[int, Planned]:
        """Which logins move, and by which change each."""
        return {login_id: row for row in self.able() for login_id in row.movers}

    def leave_out(self, change_ids: Iterable[int]) -> None:
        """Forget these changes and what they reach."""
        for pk in change_ids:
            del self.rows[pk]
        moving = {login_id for row in self.rows.values() for login_id in row.movers}
        self.logins = {pk: login for pk, login in self.logins.items() if pk in moving}

    def refuse(self, row: Planned, reason: Reason) -> None:
        row.reason = row.reason or reason


class User(NamedTuple):
    """An access of a contact who is there, by a login that is to move."""

    login_id: int
    store_id: int
    contact_id: int
    email_canonical: str


# What is asked of an access and its login, by whoever plans, applies, tells of it or shows it. Of a hundred thousand,
# the other columns take as long to read as all the rest.
OF_ACCESS = (
    "store_id", "customer_id", "contact_id", "state", "last_sign_in_at", "login__email", "login__email_canonical",
    "login__held_at",
)  # fmt: skip


def read_plan(changes: Sequence[EmailChange], contacts: Mapping[int, Contact]) -> Plan:
    """What these changes reach, nothing judged yet. The contacts are all of theirs, with their customers."""
    accesses: dict[int, list[Access]] = {}
    rows = Access.objects.filter(contact_id__in=list(contacts), state__in=FOLLOWING)
    found = list(rows.select_related("login").only(*OF_ACCESS).order_by("pk"))
    # A few stores, shared by all that are in them.
    stores = Store.objects.in_bulk({access.store_id for access in found})
    for access in found:
        access.store = stores[access.store_id]
        accesses.setdefault(access.contact_id, []).append(access)
    plan = Plan()
    for change in changes:
        contact = contacts[change.contact_id]
        row = Planned(change, contact, accesses.get(contact.pk, []))
        moving = [
            access.login
            for access in row.accesses
            if access.state in MOVING
            and access.login is not None
            and access.login.email_canonical != row.target
        ]
        row.movers = frozenset(login.pk for login in moving)
        plan.logins |= {login.pk: login for login in moving}
        plan.rows[change.pk] = row
    return plan


def contacts_of(changes: Sequence[EmailChange]) -> dict[int, Contact]:
    """Whom these changes are about, with their customers."""
    rows = Contact.objects.filter(pk__in=[change.contact_id for change in changes])
    return {contact.pk: contact for contact in rows.select_related("customer")}


def users_of(plan: Plan) -> Mapping[int, list[User]]:
    """Whom else each moving login serves: accesses of contacts who are there."""
    users: dict[int, list[User]] = {}
    rows = Access.objects.filter(
        login_id__in=list(plan.logins), state__in=FOLLOWING, contact__archived_at__isnull=True
    )
    for row in rows.values_list("login_id", "store_id", "contact_id", "contact__email_canonical"):
        user = User(*row)
        users.setdefault(user.login_id, []).append(user)
    return users
