"""Accesses as the faces see them. Everything starts from the actor's scope (ACC-01)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.core.cache import cache
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils import timezone

from tradedoor.access.errors import NoSuchAccess
from tradedoor.access.listing import RECENT, Listing, MailSeen, SignedIn, signed_in, with_mail
from tradedoor.access.models import TAB_OF_STATE, Access, AccessError, Role, State, Tab, TabCount
from tradedoor.accounts.models import Login, OneTimeLink, Purpose
from tradedoor.audit.queries import TimelineEntry, timeline
from tradedoor.core.actor import Actor
from tradedoor.core.errors import NotFound
from tradedoor.core.permissions import Permission, require
from tradedoor.core.search import fold, matching
from tradedoor.crm.models import Contact
from tradedoor.mail.models import MailMessage
from tradedoor.stores.models import Store

SOON = timedelta(days=2)
# Counting a store of more accesses than this takes long enough to be remembered for a minute.
MANY = 20_000
A_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Facts:
    """A store at a glance. `invited` counts accesses that ever were, whatever became of the mail, and `accepted` those among them who joined."""

    active: int
    new: int
    signed_in: int
    invited: int
    accepted: int
    expired: int
    expiring: int


def dashboard(
    store: Store | None,
    *,
    tab: Tab | None,
    actor: Actor,
    search: str = "",
    roles: Collection[Role] = (),
    customer_id: int | None = None,
) -> QuerySet[Access]:
    """The rows of one tab, or of all of them where `tab` is None, as a search has it; not yet in an order.

    Without a store they are those of all stores in the scope. Each row comes with what a line of the table
    shows, in one query: also `link_id`, `link_revoked_at` and `opened_at` of its last invitation link, and
    `mail_state` of the last mail with it.
    Raises `NotAllowed`, and `NotFound` for a store outside the scope.
    """
    rows = _visible(actor, store).select_related(
        "customer",
        "contact__department",
        "contact__customer",
        "login",
        "invited_by",
        "deactivated_by",
    )
    # One store is known to its rows already. Joined, SQLite would begin with it and sort the whole tab.
    rows = rows.select_related("store") if store is None else rows
    rows = rows if tab is None else rows.filter(tab=tab)
    rows = rows.filter(role__in=roles) if roles else rows
    rows = rows if customer_id is None else rows.filter(customer_id=customer_id)
    links = OneTimeLink.objects.filter(access_id=OuterRef("pk"), purpose=Purpose.INVITATION)
    last = links.order_by("-created_at", "-pk")
    mails = MailMessage.objects.filter(access_id=OuterRef("pk"), link_id=OuterRef("link_id"))
    return (
        matching(rows, search)
        .annotate(
            link_id=Subquery(last.values("pk")[:1]),
            link_revoked_at=Subquery(last.values("revoked_at")[:1]),
            opened_at=Subquery(last.values("opened_at")[:1]),
        )
        .annotate(mail_state=Subquery(mails.order_by("-pk").values("state")[:1]))
    )


def listed(listing: Listing, *, actor: Actor) -> QuerySet[Access]:
    """The rows that a list shows, not yet in an order. Raises as `dashboard`; a store that is gone has no rows."""
    rows = dashboard(None, tab=listing.known_tab, actor=actor, search=listing.search)
    if listing.store_id is not None:
        rows = rows.filter(store_id=listing.store_id)
    if listing.role:
        rows = rows.filter(role=listing.role)
    if listing.customer:
        rows = of_customers_named(rows, listing.customer)
    if listing.mail:
        rows = rows.filter(with_mail(MailSeen(listing.mail), now=timezone.now()))
    if listing.seen:
        rows = rows.filter(signed_in(SignedIn(listing.seen), now=timezone.now()))
    return rows


def of_customers_named(rows: QuerySet[Access], text: str) -> QuerySet[Access]:
    """Those of customers whose name holds every word of `text`."""
    for word in fold(text).split():
        rows = rows.filter(sort_customer__contains=word)
    return rows


def facts_of(store: Store, *, actor: Actor) -> Facts:
    """A store at a glance, by one query; of a very large store up to a minute old. Raises as `dashboard`."""
    rows = _visible(actor, store)
    key = f"access.facts.{store.pk}"
    found: Facts | None = cache.get(key)
    if found is None:
        found = _counted(rows)
        if found.active + found.invited > MANY:
            cache.set(key, found, A_MINUTE)
    return found


def _counted(rows: QuerySet[Access]) -> Facts:
    now = timezone.now()
    current, invited = Q(state=State.CURRENT), Q(invited_at__isnull=False)
    pending = Q(state=State.PENDING)
    counts = {
        "active": current,
        "new": current & Q(state_since__gte=now - RECENT),
        "signed_in": current & Q(last_sign_in_at__gte=now - RECENT),
        "invited": invited,
        "accepted": invited & Q(accepted_at__isnull=False),
        "expired": pending & Q(invitation_expires_at__lte=now),
        "expiring": pending & Q(invitation_expires_at__gt=now, invitation_expires_at__lte=now + SOON),
    }
    return Facts(**rows.aggregate(**{name: Count("pk", filter=which) for name, which in counts.items()}))


def tab_counts_by_store(*, actor: Actor) -> dict[int, dict[Tab, int]]:
    """How many stand on each tab of each store in the scope, by the store's key. Raises `NotAllowed`."""
    require(actor, Permission.ACCESS_READ)
    rows = TabCount.objects.all()
    if actor.stores is not None:
        rows = rows.filter(store__in=actor.stores)
    counts: dict[int, dict[Tab, int]] = {}
    for store_id, tab, count in rows.values_list("store_id", "tab", "count"):
        counts.setdefault(store_id, {})[Tab(tab)] = count
    return counts


def tab_counts(store: Store | None, *, actor: Actor) -> dict[Tab, int]:
    """How many stand on each tab, of one store or of all in the scope. Raises as `dashboard`."""
    require(actor, Permission.ACCESS_READ)
    counts = (
        TabCount.objects.all() if actor.stores is None else TabCount.objects.filter(store__in=actor.stores)
    )
    if store is not None:
        _require_inside(actor, store)
        counts = counts.filter(store=store)
    summed = dict(counts.values_list("tab").annotate(sum=Sum("count")).order_by())
    return {tab: summed.get(tab, 0) for tab in Tab}


def access_for(public_id: UUID, *, actor: Actor, store: Store | None = None) -> Access:
    """One access with its contact, customer, store and login. Raises `NotAllowed` and `NoSuchAccess`."""
    rows = _visible(actor, store).select_related("store", "customer", "contact__department", "login")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NoSuchAccess
    return found


def accesses_of_contact(contact_id: int, *, actor: Actor) -> QuerySet[Access]:
    """The accesses of a contact in the actor's stores, by store. Raises `NotAllowed`."""
    rows = _visible(actor, None).filter(contact_id=contact_id)
    return rows.select_related("store", "login", "invited_by", "deactivated_by").order_by("store__name", "pk")


def accesses_of_customer(customer_id: int, *, actor: Actor) -> QuerySet[Access]:
    """The accesses of a customer's contacts in the actor's stores, by store and name. Raises `NotAllowed`."""
    rows = _visible(actor, None).filter(customer_id=customer_id)
    return rows.select_related("store", "contact", "login").order_by("store__name", "sort_name", "pk")


def counts_of_customer(customer_id: int, *, actor: Actor) -> Mapping[int, Mapping[State, int]]:
    """How many accesses of a customer stand in each state, by store. Raises `NotAllowed`."""
    rows = _visible(actor, None).filter(customer_id=customer_id)
    counts: dict[int, dict[State, int]] = {}
    for store_id, state, number in rows.values_list("store_id", "state").annotate(n=Count("pk")).order_by():
        counts.setdefault(store_id, {})[State(state)] = number
    return counts


def ended_with_customer(customer_id: int, *, actor: Actor) -> QuerySet[Access]:
    """Accesses that ended because the customer or contact left: what making it active again offers to re-enable."""
    rows = _visible(actor, None).filter(
        customer_id=customer_id,
        state=State.DEACTIVATED,
        ended_from_above=True,
        contact__merged_into__isnull=True,
    )
    return rows.select_related("store", "contact").order_by("sort_name", "pk")


def invitable_contacts(
    store: Store, *, actor: Actor, search: str = "", only_new: bool = False, customer_id: int | None = None
) -> QuerySet[Contact]:
    """The contacts to pick from when inviting to `store`, by name; why one cannot be, `plan_invitations` says.

    Each comes with its customer and with `access_state` in this store. A dedicated store shows its customer's
    contacts only. With `only_new`, those without any access here. Raises `NotAllowed`, and `NotFound` outside.
    """
    require(actor, Permission.ACCESS_INVITE)
    require(actor, Permission.CRM_READ)
    _require_inside(actor, store)
    here = Access.objects.filter(store=store, contact=OuterRef("pk"))
    rows = Contact.objects.living().select_related("customer", "department")
    if store.customer_id is not None:
        rows = rows.filter(customer_id=store.customer_id)
    if customer_id is not None:
        rows = rows.filter(customer_id=customer_id)
    if only_new:
        rows = rows.filter(~Exists(here))
    return (
        matching(rows, search)
        .annotate(access_state=Subquery(here.values("state")[:1]))
        .order_by("sort_name", "pk")
    )


def entering_access(access_id: int, *, store_id: int) -> Access | None:
    """The access a session was opened for, with all that `may_enter` looks at, by one query.

    Takes no actor: the door asks it to make one, and has the session's word for both ids.
    """
    rows = Access.objects.filter(pk=access_id, store_id=store_id)
    return rows.select_related("contact", "customer", "login", "store").first()


def accesses_of_login(login: Login, *, store: Store, held: bool = False) -> list[Access]:
    """All accesses of a login to a store, by customer, each with its contact, its customer and this `login`.

    `held` keeps others from changing them until the caller's transaction ends. Takes no actor: asked once the
    password was right.
    """
    rows = Access.objects.filter(login=login, store=store).select_related("contact", "customer", "store")
    rows = rows.select_for_update(of=("self",)) if held else rows
    found = sorted(rows, key=lambda access: (access.sort_customer, access.pk))
    for access in found:
        access.login = login
    return found


def history_of(access: Access, *, actor: Actor, before: int | None = None) -> list[TimelineEntry]:
    """What happened to this access, newest first. Raises `NotAllowed`."""
    _require_inside(actor, access.store_id)
    return timeline(actor, access_id=access.pk, before=before)


def counts_match() -> dict[tuple[int, Tab], tuple[int, int]]:
    """Where the numbers on the tabs differ from the rows: (counted, there are). Empty when all is well.

    Takes no actor: a check of the installation by itself.
    """
    kept = {
        (store, Tab(tab)): n for store, tab, n in TabCount.objects.values_list("store_id", "tab", "count")
    }
    rows = Access.objects.values_list("store_id", "tab").annotate(n=Count("pk")).order_by()
    real = {(store, Tab(tab)): n for store, tab, n in rows}
    return {
        key: (kept.get(key, 0), real.get(key, 0))
        for key in kept.keys() | real.keys()
        if kept.get(key, 0) != real.get(key, 0)
    }


def misplaced() -> QuerySet[Access]:
    """Accesses on another tab than their state and open errors say; there should be none. As `counts_match`."""
    flagged = Exists(AccessError.objects.open().filter(access=OuterRef("pk")))
    rightly = Q(flagged, tab=Tab.ERROR)
    for state, tab in TAB_OF_STATE.items():
        rightly |= Q(~flagged, state=state, tab=tab)
    return Access.objects.exclude(rightly)


def _visible(actor: Actor, store: Store | None) -> QuerySet[Access]:
    require(actor, Permission.ACCESS_READ)
    if store is None:
        return Access.objects.within(actor.stores)
    _require_inside(actor, store)
    return store.accesses.within(actor.stores)


def _require_inside(actor: Actor, store: Store | int) -> None:
    key = store if isinstance(store, int) else store.pk
    if actor.stores is not None and key not in actor.stores:
        raise NotFound
