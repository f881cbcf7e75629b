"""Who of a store's contacts gets mailings, who left them, and how Mailchimp stands."""

from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from tradedoor.access.models import Access, State
from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission, require
from tradedoor.core.search import matching
from tradedoor.crm.models import Contact
from tradedoor.integrations.models import Audience, Delivery, Departure, Member
from tradedoor.stores.models import Store

# Whose access has ended is no customer of the store any more.
ADDRESSED = (State.CURRENT, State.PENDING)
LAST = 50


class Kind(StrEnum):
    """Which of a store's people a list of mailings shows."""

    SUBSCRIBED = "subscribed"
    MAIL_OUT = "mail-out"
    LEFT = "left"


KIND_WORDS = {
    Kind.SUBSCRIBED: _("Subscribed User"),
    Kind.MAIL_OUT: _("Receive Mail Out"),
    Kind.LEFT: _("Left"),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """The audience of a store, how many are in which state there, and the last calls."""

    audience: Audience
    counts: dict[str, int]
    deliveries: tuple[Delivery, ...]


def people_of(store: Store) -> "QuerySet[Contact]":
    """The living contacts of a store with an address: those invited or in. Takes no actor: others narrow it."""
    inside = Access.objects.filter(store=store, contact=OuterRef("pk"), state__in=ADDRESSED)
    return Contact.objects.living().filter(Exists(inside)).exclude(email_canonical="")


def wanted_in(store: Store) -> "QuerySet[Contact]":
    """The contacts who are subscribed in the CRM, but for those who left; nobody who left comes back by us."""
    left = Departure.objects.filter(store=store)
    return (
        people_of(store)
        .filter(subscribed=True)
        .exclude(Exists(left.filter(email_canonical=OuterRef("email_canonical"))))
        .exclude(Exists(left.filter(contact=OuterRef("pk"))))
        .exclude(Exists(left.filter(contact__merged_into=OuterRef("pk"))))
    )


def mailing_list(store: Store, kind: Kind, *, actor: Actor, search: str = "") -> "QuerySet[Contact]":
    """The people of a mailing list with their customers, not yet in an order. Raises `NotAllowed`."""
    require(actor, Permission.CRM_READ)
    require(actor, Permission.STORE_READ, stores=[store.pk])
    if kind is Kind.LEFT:
        left = Departure.objects.filter(store=store)
        rows = people_of(store).filter(
            Exists(left.filter(email_canonical=OuterRef("email_canonical")))
            | Exists(left.filter(contact=OuterRef("pk")))
        )
    else:
        rows = wanted_in(store)
    if kind is Kind.MAIL_OUT:
        rows = rows.filter(receive_mail_out=True)
    return matching(rows, search).select_related("customer")


def departures_of(contact: Contact, *, actor: Actor) -> list[Departure]:
    """Which stores' mailings the contact left, the last time first, each store once. Raises `NotAllowed`.

    Theirs are those of the person, under whatever address, and those of the address, whoever had it.
    """
    require(actor, Permission.CRM_READ)
    theirs = Q(contact=contact) | Q(contact__merged_into=contact)
    if contact.email_canonical:
        theirs |= Q(email_canonical=contact.email_canonical)
    rows = Departure.objects.filter(theirs).select_related("store").order_by("-at", "-pk")
    return list({row.store_id: row for row in reversed(rows)}.values())[::-1]


def standing_of(store: Store, *, actor: Actor) -> Standing | None:
    """How Mailchimp stands for a store; None where none is connected. Raises `NotAllowed`."""
    require(actor, Permission.STORE_READ, stores=[store.pk])
    audience = Audience.objects.filter(store=store).first()
    if audience is None:
        return None
    members = Member.objects.filter(audience=audience)
    counts = {status.value: members.filter(status=status).count() for status in Member.Status}
    return Standing(audience, counts, tuple(audience.deliveries.order_by("-pk")[:LAST]))
