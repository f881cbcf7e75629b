"""Email changes as the faces list them, and what watchers ask."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from tradedoor.access.errors import NoSuchEmailChange
from tradedoor.access.models import OPEN_EMAIL_CHANGES, Access, EmailChange, EmailChangeState
from tradedoor.accounts.models import Login
from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.models import Contact
from tradedoor.jobs.models import Work
from tradedoor.stores.models import Store

MOST = 100
OVERDUE_AFTER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Held:
    """The changes of one import that wait to be confirmed."""

    work: Work
    number: int


@dataclass(frozen=True, slots=True)
class Makers:
    """Whose edits, and which imports, changed emails that have yet to reach a login."""

    editors: Sequence[Login]
    imports: Sequence[Work]


def archived_since(store: Store, since: datetime, *, actor: Actor) -> QuerySet[Contact]:
    """The contacts archived since then whose access here still signs in with another email than the CRM says.

    Raises `NotAllowed`.
    """
    require(actor, Permission.ACCESS_READ, stores=[store.pk])
    apart = Access.objects.filter(store=store, contact=OuterRef("pk"), login__isnull=False).exclude(
        login__email_canonical=F("contact__email_canonical")
    )
    gone = Contact.objects.filter(Exists(apart), archived_at__gte=since)
    return gone.select_related("customer").order_by("pk")


def email_changes(
    *, actor: Actor, store: Store | None = None, states: Collection[EmailChangeState] = ()
) -> QuerySet[EmailChange]:
    """The changes of contacts with an access in the scope, or in this store; not yet in an order.

    Raises `NotAllowed`.
    """
    require(actor, Permission.ACCESS_READ, stores=None if store is None else [store.pk])
    rows = EmailChange.objects.select_related("contact__customer", "requested_by", "work", "login")
    within = Access.objects.within(actor.stores) if store is None else Access.objects.filter(store=store)
    if store is not None or actor.stores is not None:
        # Of a merged contact the login alone leads to the accesses, which have moved over.
        followed = Q(Exists(within.filter(login=OuterRef("login_id"))), contact__merged_into__isnull=False)
        rows = rows.filter(Q(Exists(within.filter(contact=OuterRef("contact_id")))) | followed)
    return rows.filter(state__in=states) if states else rows


def email_change_for(public_id: UUID, *, actor: Actor) -> EmailChange:
    """One change with its contact. Raises `NotAllowed` and `NoSuchEmailChange`."""
    found = email_changes(actor=actor).filter(public_id=public_id).first()
    if found is None:
        raise NoSuchEmailChange
    return found


def open_change_of(contact_id: int, *, actor: Actor) -> EmailChange | None:
    """What is scheduled for a contact, or could not be applied. Raises `NotAllowed`."""
    require(actor, Permission.CRM_READ)
    return EmailChange.objects.open().filter(contact_id=contact_id).select_related("requested_by").first()


def held_imports(*, actor: Actor) -> list[Held]:
    """The imports whose changes wait to be confirmed, with how many. Raises `NotAllowed`."""
    rows = email_changes(actor=actor, states=[EmailChangeState.UNCONFIRMED]).filter(work__isnull=False)
    numbers = dict(rows.order_by().values_list("work").annotate(number=Count("pk")))
    return [Held(work, numbers[work.pk]) for work in Work.objects.filter(pk__in=numbers).order_by("pk")]


def makers_of_changes(*, actor: Actor) -> Makers:
    """Who and which imports made the open changes. Raises `NotAllowed`."""
    rows = email_changes(actor=actor, states=OPEN_EMAIL_CHANGES).order_by()
    editors = Login.objects.filter(pk__in=rows.values("requested_by")).order_by("name", "pk")
    imports = Work.objects.filter(pk__in=rows.values("work")).order_by("-pk")
    return Makers(list(editors[:MOST]), list(imports[:MOST]))


def waiting_changes(*, actor: Actor) -> int:
    """How many are scheduled or wait to be confirmed. Raises `NotAllowed`."""
    states = [EmailChangeState.SCHEDULED, EmailChangeState.UNCONFIRMED]
    return email_changes(actor=actor, states=states).count()


def reported_changes(*, actor: Actor) -> QuerySet[EmailChange]:
    """Those whose login is on hold until somebody decides. Raises `NotAllowed`."""
    undecided = Q(reported_at__isnull=False, decision="")
    return email_changes(actor=actor).filter(undecided).order_by("reported_at")


def none_overdue() -> bool:
    """Whether no change should have happened five minutes ago. Takes no actor: watchers of the machine ask.

    One that waits for another, or for an error to be cleared, is not overdue.
    """
    late = timezone.now() - OVERDUE_AFTER
    return not EmailChange.objects.waiting().filter(due_at__lt=late, reason="").exists()
