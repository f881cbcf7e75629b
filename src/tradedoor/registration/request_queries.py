"""Requests as staff see them: who, by which way, from which domain, and what the CRM says otherwise."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from tradedoor.access.company_queries import admins_of
from tradedoor.access.models import Access, State
from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.models import Address, Contact, Customer
from tradedoor.registration.models import Registration
from tradedoor.registration.policy import is_for_admins
from tradedoor.registration.queries import rules_of
from tradedoor.stores.models import Store

MOST_LIKE = 5


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that was typed and that the CRM says otherwise; it has not been overwritten."""

    field: str
    label: str
    known: str
    typed: str


@dataclass(frozen=True, slots=True)
class Noted:
    """What a row of the list says of a request beside its contact."""

    registration: Registration
    differs: bool
    is_open: bool


@dataclass(frozen=True, slots=True)
class RequestView:
    """Everything about one request. `asked` are its registrations, the latest first."""

    access: Access
    registration: Registration
    asked: Sequence[Registration]
    differences: Sequence[Difference]
    same_email: Sequence[Contact]
    same_domain: Sequence[Customer]
    admins: Sequence[str] = ()
    """Names of the customer's own admins who were asked and may answer; staff may, too."""

    @property
    def is_open(self) -> bool:
        """Whether approving asks for the customer: the one it stands under was made of what a stranger typed."""
        return bool(self.registration.company)


def unconfirmed(store: Store | None, *, actor: Actor) -> QuerySet[Registration]:
    """Those who registered and have not proven their mailbox, newest first; of one store or of all in the scope.

    Raises `NotAllowed`.
    """
    require(actor, Permission.ACCESS_READ)
    rows = Registration.objects.unconfirmed(timezone.now())
    if actor.stores is not None:
        rows = rows.filter(store__in=actor.stores)
    if store is not None:
        rows = rows.filter(store=store)
    return rows.select_related("customer", "store").order_by("-created_at", "-pk")


def unconfirmed_of(text: str, store: Store | None, *, actor: Actor) -> list[Registration]:
    """The unconfirmed registrations that an email, or a part of a name, means; none for nothing."""
    typed = text.strip().lower()
    rows = unconfirmed(store, actor=actor)
    if not typed:
        return []
    named = Q(first_name__icontains=typed) | Q(last_name__icontains=typed)
    return list(rows.filter(Q(email_canonical=typed) | named)[:MOST_LIKE])


def noted(accesses: Collection[Access], *, actor: Actor) -> Mapping[int, Noted]:
    """What was typed by each of these who asks, by the access. One query, none where nobody asks."""
    require(actor, Permission.ACCESS_READ)
    asking = [row for row in accesses if row.state == State.REQUESTED]
    if not asking:
        return {}
    rows = Registration.objects.filter(access__in=asking).select_related("contact__address").order_by("pk")
    latest = {row.access_id: row for row in rows if row.access_id is not None}
    return {
        access_id: Noted(row, bool(_differences(row)), bool(row.company)) for access_id, row in latest.items()
    }


def request_of(access: Access, *, actor: Actor) -> RequestView | None:
    """Everything about the request that led to this access; None where nobody registered for it.

    Raises `NotAllowed`.
    """
    require(actor, Permission.ACCESS_READ, stores=[access.store_id])
    require(actor, Permission.CRM_READ)
    rows = Registration.objects.filter(access=access).select_related(
        "contact__address", "contact__department", "department", "customer", "decided_by", "estore_link"
    )
    asked = list(rows.order_by("-pk"))
    if not asked:
        return None
    latest = asked[0]
    return RequestView(
        access=access,
        registration=latest,
        asked=asked,
        differences=_differences(latest),
        same_email=_same_email(access, latest),
        same_domain=_same_domain(access, latest),
        admins=_admins(access, latest),
    )


def _admins(access: Access, latest: Registration) -> list[str]:
    if access.state != State.REQUESTED or not is_for_admins(latest, rules=rules_of(access.store)):
        return []
    return [row.contact.name for row in admins_of(access.customer_id, access.store_id)[:MOST_LIKE]]


def registrations_of(contact: Contact, *, actor: Actor) -> list[tuple[Registration, list[Difference]]]:
    """The confirmed registrations of a contact that said something else than the CRM does, newest first."""
    require(actor, Permission.CRM_READ)
    rows = Registration.objects.filter(contact=contact, contact_is_new=False, confirmed_at__isnull=False)
    if actor.stores is not None:
        rows = rows.filter(store__in=actor.stores)
    found = rows.select_related("store", "contact__address", "department").order_by("-pk")[:MOST_LIKE]
    return [(row, differences) for row in found if (differences := _differences(row))]


def strangers_among(access_ids: Collection[int], *, actor: Actor) -> frozenset[int]:
    """Those of these accesses whose people registered without a link and type their company: approving them asks
    whose contacts they are. Raises `NotAllowed`."""
    require(actor, Permission.ACCESS_READ)
    rows = Registration.objects.filter(access__in=access_ids).exclude(company="")
    found = rows.filter(access__customer__status=Customer.Status.PROSPECT)
    return frozenset(found.values_list("access__pk", flat=True))


def _differences(registration: Registration) -> list[Difference]:
    contact = registration.contact
    if contact is None or registration.contact_is_new:
        return []
    known = {
        "first_name": (_("First name"), contact.first_name, registration.first_name),
        "last_name": (_("Last name"), contact.last_name, registration.last_name),
        "phone": (_("Phone"), contact.phone, registration.phone),
        "address": (
            _("Address"), str(contact.address or ""), typed_address(registration),
        ),
    }  # fmt: skip
    return [
        Difference(field, label, now, typed)
        for field, (label, now, typed) in known.items()
        if typed and _folded(typed) != _folded(now)
    ]


def typed_address(registration: Registration) -> str:
    """The address that was typed, in one line."""
    return str(Address(**(registration.address or {})))


def _folded(text: str) -> str:
    return "".join(text.casefold().split())


def _same_email(access: Access, registration: Registration) -> list[Contact]:
    rows = Contact.objects.living().filter(email_canonical=registration.email_canonical)
    others = rows.exclude(pk=access.contact_id).select_related("customer")
    return list(others.order_by("customer__sort_name", "pk")[:MOST_LIKE])


def _same_domain(access: Access, registration: Registration) -> list[Customer]:
    """Other customers whose people have addresses of this domain: where a stranger may belong to."""
    if not registration.company:
        return []
    people = Contact.objects.living().filter(email_canonical__endswith=f"@{registration.domain}")
    found = people.exclude(customer=access.customer_id).values("customer")
    return list(Customer.objects.living().filter(pk__in=found).order_by("sort_name", "pk")[:MOST_LIKE])
