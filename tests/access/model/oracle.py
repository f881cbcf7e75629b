"""The rules of product.md said a second time, over plain values: who gets in, and which mail may lead there.

Nothing here calls the code that decides it: rows are read, and judged anew.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from tests.access.model.world import Spot, World
from tradedoor.access.models import Access, AccessError
from tradedoor.accounts.models import Login, OneTimeLink, Session
from tradedoor.crm.models import Contact, Customer
from tradedoor.mail.models import MailMessage
from tradedoor.registration.models import Registration, Rules
from tradedoor.stores.models import Store

ERRORS = (
    "reported", "contact_gone", "no_email", "bad_email", "email_in_use", "duplicate_contact", "login_shared",
    "undeliverable", "store_incomplete",
)  # fmt: skip
TABS = {
    "pending": "pending", "current": "current", "deactivated": "deactivated", "requested": "requests",
    "cancelled": "history", "declined": "history",
}  # fmt: skip
JOINING = frozenset({"access.invitation", "access.reminder"})
RESETTING = frozenset({"access.password_reset"})


def is_off(customer: Customer) -> bool:
    return customer.status == "inactive" or customer.archived_at is not None


def gets_in(access: Access) -> bool:
    """Whether the rule lets the owner of its login in by this access: sections 2, 3 and 8 in one line each."""
    login = access.login
    return (
        access.state == "current"
        and login is not None
        and login.held_at is None
        and login.is_active
        and access.contact.archived_at is None
        and not is_off(access.customer)
        and access.store.is_active
    )


def entrances(w: World, address: str, password: str, *, store_id: int) -> set[int]:
    """By which accesses this pair gets into the store; none where the pair is wrong."""
    login = Login.objects.filter(realm="buyer", email_canonical=address.casefold()).first()
    if login is None or w.passwords.get(login.pk) != password or not _is_of_use(login):
        return set()
    rows = Access.objects.filter(login=login, store=store_id)
    found = rows.select_related("login", "store", "contact", "customer")
    return {row.pk for row in found if gets_in(row)}


def _is_of_use(login: Login) -> bool:
    """Whether it has a password at all, and one that has not run out."""
    until = login.password_is_temporary_until
    return not login.password.startswith("!") and (until is None or until > timezone.now())


def may_be_mailed(mail: MailMessage) -> bool:
    """Whether what is about to leave leads nobody in who may not come in."""
    if mail.template not in JOINING | RESETTING:
        return True
    link = OneTimeLink.objects.select_related("login").get(pk=mail.link_id or 0)
    return link.login is not None and leads_in_rightly(link, Snapshot.take())


def leads_in_rightly(link: OneTimeLink, now: "Snapshot") -> bool:
    """Whether a link that lives may do so: an invitation while its access waits for it, a reset while it is of use."""
    login = link.login
    if login is None or login.held_at is not None or not login.is_active:
        return False
    if link.purpose == "reset":
        return any(row.state == "current" for row in now.accesses.values() if row.login_id == login.pk)
    access = now.accesses.get(link.access_id or 0)
    if access is None:
        return False
    if link.purpose == "first_password":
        return access.state == "current" and access.login_id == login.pk
    # A current access waits for another login only where staff invited that one because of an error.
    return access.state == "pending" or (access.state == "current" and access.login_id != login.pk)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that the rules are about, at one moment."""

    at: datetime
    accesses: Mapping[int, Access]
    logins: Mapping[int, Login]
    errors: Mapping[int, tuple[str, ...]]
    closed_errors: int
    sessions: tuple[Session, ...]
    links: tuple[OneTimeLink, ...]
    registrations: tuple[Registration, ...]
    approving: frozenset[int]
    """Stores that approve who comes by a link."""
    mails: int

    @classmethod
    def take(cls) -> "Snapshot":
        rows = Access.objects.select_related("login", "store", "contact", "customer").order_by("pk")
        errors: dict[int, list[str]] = {}
        found = list(AccessError.objects.values_list("access_id", "reason", "closed_at"))
        for access_id, reason, closed_at in found:
            if closed_at is None:
                errors.setdefault(access_id, []).append(reason)
        newest = MailMessage.objects.order_by("-pk").values_list("pk", flat=True).first()
        return cls(
            at=timezone.now(),
            accesses={row.pk: row for row in rows},
            logins={row.pk: row for row in Login.objects.filter(realm="buyer")},
            errors={key: tuple(sorted(of, key=ERRORS.index)) for key, of in errors.items()},
            closed_errors=sum(closed_at is not None for _access, _reason, closed_at in found),
            sessions=tuple(Session.objects.filter(realm="buyer").select_related("login")),
            links=tuple(OneTimeLink.objects.filter(used_at=None, revoked_at=None).select_related("login")),
            registrations=tuple(Registration.objects.order_by("pk")),
            approving=frozenset(Rules.objects.exclude(approval="none").values_list("store_id", flat=True)),
            mails=newest or 0,
        )

    def living_sessions(self) -> list[Session]:
        """Those that open a page: by epoch, by time, by hold."""
        return [one for one in self.sessions if self._lives(one)]

    def _lives(self, session: Session) -> bool:
        access = self.accesses.get(session.access_id or 0)
        idle = self.at - session.seen_at > timedelta(seconds=session.idle_seconds)
        return (
            access is not None
            and session.expires_at > self.at
            and not idle
            and session.login_epoch == session.login.epoch
            and session.access_epoch == access.epoch
        )

    def living_links(self) -> list[OneTimeLink]:
        return [link for link in self.links if link.expires_at > self.at]

    def unconfirmed(self, store_id: int) -> set[str]:
        """The addresses that have yet to be proven at this store, by a link that lives."""
        living = {link.pk for link in self.living_links()}
        return {
            row.email_canonical
            for row in self.registrations
            if row.store_id == store_id and row.confirmed_at is None and row.link_id in living
        }

    def answers(self, access_id: int) -> list[str]:
        """What became of each time they asked for this access, empty while nobody has answered; the latest last."""
        asked = [row for row in self.registrations if row.access_id == access_id]
        return [row.decision for row in asked if row.confirmed_at is not None]

    def tab_counts(self) -> Counter[tuple[int, str]]:
        """How many accesses each tab of each store has to show, by state and errors."""
        return Counter((row.store_id, self.tab_of(row)) for row in self.accesses.values())

    def tab_of(self, access: Access) -> str:
        return "error" if access.pk in self.errors else TABS[access.state]

    def state_of(self, access_id: int | None) -> str:
        access = self.accesses.get(access_id or 0)
        return str(access.state) if access is not None else "none"


def label(w: World, spot: Spot, now: Snapshot) -> str:
    """The state that a person would say the access is in: its own, and what weighs on it."""
    contact_id, store_id = w.contacts[spot.contact], w.stores[spot.store]
    access = next(
        (row for row in now.accesses.values() if row.contact_id == contact_id and row.store_id == store_id),
        None,
    )
    if access is None:
        contact = Contact.objects.select_related("customer").get(pk=contact_id)
        store = Store.objects.get(pk=store_id)
        login = next(
            (one for one in now.logins.values() if one.email_canonical == contact.email_canonical), None
        )
        weights = _weights(contact, contact.customer, store, login, ())
        return "+".join(["none", *weights, *_of_registering(contact, login, store_id, now)])
    state = str(access.state)
    if state == "pending" and not _has_living_link(access, now):
        state = "expired"
    reasons = now.errors.get(access.pk, ())
    weights = _weights(access.contact, access.customer, access.store, access.login, reasons, access.state)
    turned_down = ["twice"] if state == "declined" and now.answers(access.pk).count("declined") > 1 else []
    registering = _of_registering(access.contact, access.login, store_id, now)
    return "+".join([state, *weights, *turned_down, *registering])


def _of_registering(contact: Contact, login: Login | None, store_id: int, now: Snapshot) -> list[str]:
    addresses = {contact.email_canonical, login.email_canonical if login else ""} - {""}
    weights = {
        "approval": store_id in now.approving,
        "unconfirmed": not addresses.isdisjoint(now.unconfirmed(store_id)),
    }
    return [name for name, weighs in weights.items() if weighs]


def _has_living_link(access: Access, now: Snapshot) -> bool:
    return any(link.access_id == access.pk for link in now.living_links() if link.purpose == "invitation")


def _weights(
    contact: Contact,
    customer: Customer,
    store: Store,
    login: Login | None,
    reasons: Collection[str],
    state: str = "none",
) -> list[str]:
    weights = {
        "held": login is not None and login.held_at is not None,
        "archived": contact.archived_at is not None and not is_off(customer),
        "customer_off": is_off(customer),
        "on_hold": customer.status == "on_hold",
        "store_off": not store.is_active,
        **_weights_of_password(login, state),
        **dict.fromkeys((reason for reason in reasons if reason != "reported"), True),
    }
    return [name for name, weighs in weights.items() if weighs]


def _weights_of_password(login: Login | None, state: str) -> dict[str, bool]:
    """Who has been in may have a password of their own, one that staff gave, or none yet."""
    if login is None or state not in {"current", "deactivated"}:
        return {}
    return {
        "temporary": login.password_is_temporary_until is not None,
        "no_password": login.password.startswith("!"),
    }
