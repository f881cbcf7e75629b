"""The people of one customer in one store, as its own admins see them. Everything starts from the access that the
admin entered by: from its customer, and from its store (ACC-01)."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, QuerySet

from tradedoor.access.errors import NoSuchAccess
from tradedoor.access.models import Access, Role, State
from tradedoor.access.policy import Step, may_enter
from tradedoor.access.queries import dashboard
from tradedoor.core.actor import Actor
from tradedoor.core.errors import NotAllowed
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.models import Department

MOST_NAMED = 6
PAST = (State.CANCELLED, State.DECLINED)


def admin_access(actor: Actor) -> Access:
    """The access by which this actor is a company admin, as it is now. Raises `NotAllowed`, among it `DoorClosed`.

    The rights of the request were read a moment ago; a deed asks again once it holds what it changes.
    """
    require(actor, Permission.COLLEAGUES)
    rows = Access.objects.filter(pk__in=[actor.access_id], login_id__in=[actor.login_id])
    rows = rows.filter(role=Role.COMPANY_ADMIN)
    found = rows.within(actor.stores).select_related("store", "customer", "contact", "login").first()
    # Somebody who was moved elsewhere in the CRM is nobody's admin until staff have looked at it.
    if found is None or found.login is None or found.contact.customer_id != found.customer_id:
        raise NotAllowed
    may_enter(login=found.login, access=found, store=found.store, step=Step.PAGE)
    return found


def colleagues(actor: Actor, *, past: bool = False) -> QuerySet[Access]:
    """Who of the admin's customer has an access to the store, not yet in an order; themselves among them.

    With `past`, also those whose invitation was cancelled or whose request was declined. Rows are as those of
    `queries.dashboard`. Raises as `admin_access`.
    """
    rows = _of(admin_access(actor), actor)
    return rows if past else rows.exclude(state__in=PAST)


def colleague_for(public_id: UUID, *, actor: Actor) -> Access:
    """One of them. Raises `NoSuchAccess` for everybody else's as for what there is not, and as `admin_access`."""
    found = _of(admin_access(actor), actor).filter(public_id=public_id).first()
    if found is None:
        raise NoSuchAccess
    return found


def counts_of_colleagues(actor: Actor) -> Mapping[State, int]:
    """How many of them stand in each state. Raises as `admin_access`."""
    admin = admin_access(actor)
    rows = Access.objects.filter(customer=admin.customer_id, store=admin.store_id)
    rows = rows.filter(contact__customer=F("customer"))
    counts = dict(rows.values_list("state").annotate(n=Count("pk")).order_by())
    return {state: counts.get(state, 0) for state in State}


def departments_of_admin(actor: Actor) -> list[Department]:
    """The departments of the admin's customer, Main first. Raises as `admin_access`."""
    living = Department.objects.filter(customer=admin_access(actor).customer_id, archived_at=None)
    return list(living.order_by("-is_main", "name_key", "pk"))


def admins_of(customer_id: int, store_id: int) -> QuerySet[Access]:
    """Who can act as admin of this customer in this store today, by who came last. Takes no actor: rules ask it."""
    rows = _able_admins().filter(customer=customer_id, store=store_id)
    return rows.select_related("contact", "login").order_by(F("last_sign_in_at").desc(nulls_last=True), "pk")


def is_last_admin(access: Access) -> bool:
    """Whether the customer has no other admin in the store beside this one, which is or was one. Takes no actor:
    said to whoever just changed, or is about to change, this access."""
    if access.role != Role.COMPANY_ADMIN:
        return False
    return not admins_of(access.customer_id, access.store_id).exclude(pk=access.pk).exists()


def customers_losing_admins(rows: QuerySet[Access]) -> list[str]:
    """The names of those customers that have no admin left in a store once all of these accesses have gone, or have
    another role; a few more than can be shown. One query. Takes no actor: of accesses the actor may already see."""
    ids = rows.order_by().values("pk")
    staying = _able_admins().filter(customer=OuterRef("customer"), store=OuterRef("store"))
    leaving = Access.objects.filter(pk__in=ids, role=Role.COMPANY_ADMIN, state=State.CURRENT)
    losing = leaving.filter(~Exists(staying.exclude(pk__in=ids)))
    return list(
        losing.order_by("sort_customer").values_list("customer__name", flat=True).distinct()[:MOST_NAMED]
    )


def _able_admins() -> QuerySet[Access]:
    return Access.objects.filter(
        role=Role.COMPANY_ADMIN, state=State.CURRENT,
        contact__archived_at=None, contact__customer=F("customer"),
        login__is_active=True, login__held_at=None,
    )  # fmt: skip


def _of(admin: Access, actor: Actor) -> QuerySet[Access]:
    reader = replace(
        actor, permissions=frozenset({Permission.ACCESS_READ}), stores=frozenset({admin.store_id})
    )
    rows = dashboard(admin.store, tab=None, actor=reader, customer_id=admin.customer_id)
    # Of buyers nobody switches anybody off but an admin; whether it was one of this customer, its accesses say.
    own = Access.objects.filter(
        login=OuterRef("deactivated_by"), customer=admin.customer_id, store=admin.store_id
    )
    return (
        rows.filter(contact__customer=admin.customer_id)
        .annotate(off_by_colleague=Exists(own))
        .select_related(None)
        .select_related("store", "customer", "contact__department", "contact__customer", "login")
    )
