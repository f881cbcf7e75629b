"""Merging contacts and customers: the CRM's own step, then what follows for stores and accesses.

The survivor's access in a store stays; one that only another had moves over and keeps its login; where both have
one, the other's ends. Logins are never merged. Faces call these and never the CRM's parts.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from tradedoor.access.actions import documents, states
from tradedoor.access.actions.checking import check_contacts, hold_near
from tradedoor.access.actions.email_schedule import Asked, follow_emails
from tradedoor.access.actions.endings import LIVING, EndedWhy, end_from_above
from tradedoor.access.actions.relinking import give_to
from tradedoor.access.events import Event
from tradedoor.access.merging_queries import MERGE_CUSTOMERS, key_of_merging
from tradedoor.access.models import Access, State
from tradedoor.audit.record import Entry, record_many
from tradedoor.core.actor import Actor
from tradedoor.core.collisions import tried_again
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.actions import customer_merging, merging
from tradedoor.crm.errors import ChangedMeanwhile
from tradedoor.crm.models import Contact, Customer
from tradedoor.jobs.models import Work
from tradedoor.jobs.work import start_work
from tradedoor.stores.actions.stores import hand_over_stores
from tradedoor.stores.models import Store

# More contacts are long work: so many, with their accesses, come along in about half a second, for which everybody
# else waits to write.
AT_ONCE = 500
# Which of several in one store comes along.
RANK = {
    state: place
    for place, state in enumerate(
        (State.CURRENT, State.PENDING, State.REQUESTED, State.DEACTIVATED, State.CANCELLED, State.DECLINED)
    )
}


@dataclass(frozen=True, slots=True)
class AccessPlan:
    """What a merge of contacts does to their accesses. Those named nowhere stay behind as history."""

    stays: tuple[Access, ...]
    moves: tuple[Access, ...]
    ends: tuple[tuple[Access, EndedWhy], ...]

    @property
    def locked_out(self) -> list[Access]:
        """Those by which somebody signs in now, where the survivor's access lets nobody in."""
        kept = {row.store_id: row.state for row in (*self.stays, *self.moves)}
        return [
            row
            for row, _why in self.ends
            if row.state == State.CURRENT and kept.get(row.store_id) != State.CURRENT
        ]


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge did: the accesses that came along, and those that ended. All empty where it was done before."""

    moved: tuple[Access, ...] = ()
    ended: tuple[Access, ...] = ()
    work: Work | None = None
    """What brings the contacts of large customers, step by step; nobody has moved yet."""


@dataclass(frozen=True, slots=True)
class CustomerPlan:
    """What a merge of customers does: how many contacts and accesses come along, and which stores change hands."""

    contacts: int
    accesses: Mapping[State, int]
    stores: tuple[Store, ...]
    # Whether the survivor is inactive, so that all accesses that come along end.
    ends: bool
    # Archived contacts come along, too.
    everybody: int = 0

    @property
    def is_long(self) -> bool:
        """Whether it goes on in the background."""
        return self.everybody > AT_ONCE

    @property
    def ending(self) -> int:
        return sum(self.accesses.get(state, 0) for state in LIVING) if self.ends else 0


def preview_contact_merge(survivor: Contact, others: Collection[Contact], *, actor: Actor) -> AccessPlan:
    """What would become of their accesses, in all stores; changes nothing. Raises `NotAllowed`."""
    require(actor, Permission.CRM_EDIT)
    return _planned(survivor, _accesses_of([survivor, *others]))


def preview_customer_merge(survivor: Customer, others: Collection[Customer], *, actor: Actor) -> CustomerPlan:
    """The same for customers. Raises `NotAllowed`."""
    require(actor, Permission.CRM_EDIT)
    rows = Access.objects.filter(customer__in=others).values_list("state").annotate(n=Count("pk")).order_by()
    return CustomerPlan(
        contacts=Contact.objects.living().filter(customer__in=others).count(),
        accesses={State(state): number for state, number in rows},
        stores=tuple(Store.objects.filter(customer__in=others).order_by("name", "pk")),
        ends=survivor.status == Customer.Status.INACTIVE,
        everybody=Contact.objects.filter(customer__in=others).count(),
    )


@tried_again
@transaction.atomic
def merge_contacts(
    survivor: Contact,
    others: Collection[Contact],
    *,
    chosen: Mapping[str, int],
    seen: Mapping[int, int],
    actor: Actor,
) -> Merged:
    """As `crm.actions.merging.merge_contacts`, and what `preview_contact_merge` says of their accesses.

    Nobody is mailed; an invitation that moved over goes on only where its address is the survivor's. Sessions of
    accesses that moved over go on. Where another's email was chosen, the survivor's logins follow it as after any
    change of an email; email changes of the others are cancelled.
    """
    keys = [survivor.pk, *(row.pk for row in others)]
    held = hold_stores(Q(accesses__contact__in=keys))
    done = merging.merge_contacts(survivor, others, chosen=chosen, seen=seen, actor=actor)
    if not done.merged:
        return Merged()
    gone = [row.pk for row in done.merged]
    everybody = [done.survivor, *done.merged]
    hold_near([row.pk for row in everybody])
    rows = _accesses_of(everybody)
    _require_held(rows, held)
    plan = _planned(done.survivor, rows)
    give_to(plan.moves, to=done.survivor, actor=actor, why=EndedWhy.MERGED)
    ended = end_from_above(contact_ids=gone, why=EndedWhy.MERGED, actor=actor).rows
    ended += _end_of_inactive(done.survivor, actor=actor)
    if done.email_changed:
        # An edit like any other: a change on its way begins its hour anew.
        follow_emails([done.survivor.pk], Asked(actor))
    documents.refresh_of_contacts([done.survivor.pk])
    check_contacts([done.survivor.pk, *gone], actor=actor)
    return Merged(plan.moves, ended)


@tried_again
@transaction.atomic
def merge_customers(
    survivor: Customer,
    others: Collection[Customer],
    *,
    chosen: Mapping[str, int],
    seen: Mapping[int, int],
    actor: Actor,
) -> Merged:
    """As `crm.actions.customer_merging.merge_customers`: stores dedicated to the others are the survivor's, and
    the accesses of their contacts go on as its. Where the survivor is inactive they end. Nobody is mailed.

    More than `AT_ONCE` contacts come step by step, by the work that is returned; see `merging_steps`.
    """
    held = hold_stores(Q(customer__in=others) | Q(accesses__customer__in=[survivor, *others]))
    if (work := _gone_on_with(survivor, others, actor=actor)) is not None:
        return Merged(work=work)
    if Contact.objects.filter(customer__in=others).count() > AT_ONCE:
        begun = customer_merging.begin_merging(survivor, others, chosen=chosen, seen=seen, actor=actor)
        return Merged(work=start_merging(begun.survivor, actor=actor) if begun.merged else None)
    done = customer_merging.merge_customers(survivor, others, chosen=chosen, seen=seen, actor=actor)
    if not done.merged:
        return Merged()
    hand_over_stores([row.pk for row in done.merged], to=done.survivor, actor=actor)
    rows, ended = follow_to_customer(
        done.contact_ids, done.survivor, left=done.merged, held=held, actor=actor
    )
    documents.refresh_of_customers([done.survivor.pk])
    check_contacts(done.contact_ids, actor=actor)
    return Merged(rows, ended)


def start_merging(survivor: Customer, *, actor: Actor) -> Work:
    """Let the contacts of those that are going over come along; started twice it is one work."""
    going = Customer.objects.filter(merging_into=survivor).order_by("pk")
    names = ", ".join(going.values_list("name", flat=True))
    return start_work(
        MERGE_CUSTOMERS,
        title=_("Merge %(names)s into %(name)s") % {"names": names, "name": survivor.name},
        args={"survivor": survivor.pk},
        actor=actor,
        total=Contact.objects.filter(customer__in=going).count(),
        dedupe_key=key_of_merging(survivor.pk),
    )


def follow_to_customer(
    contact_ids: Collection[int],
    customer: Customer,
    *,
    left: Collection[Customer],
    held: Collection[int],
    actor: Actor,
) -> tuple[tuple[Access, ...], tuple[Access, ...]]:
    """The accesses of contacts that have just left these customers for that one are its; where it is inactive they
    end. Returns those that moved, and those that ended. Their stores are held."""
    # Whoever strayed here past the flow goes on acting for nobody but whom they were let in for.
    coming = Access.objects.filter(contact__in=contact_ids, customer__in=left)
    rows = states.lock(coming.values_list("pk", flat=True))
    _require_held(rows, held)
    documents.relink_to_contact([row.pk for row in rows])
    _record_moves(rows, customer_id=customer.pk, actor=actor)
    if customer.status != Customer.Status.INACTIVE:
        return tuple(rows), ()
    ended = end_from_above(contact_ids=contact_ids, why=EndedWhy.CUSTOMER_INACTIVE, actor=actor)
    return tuple(rows), ended.rows


def hold_stores(which: Q) -> set[int]:
    """Hold the stores before everything else, as everybody does."""
    keys = Store.objects.filter(which).values("pk")
    rows = Store.objects.select_for_update(no_key=True).filter(pk__in=keys)
    return set(rows.order_by("pk").values_list("pk", flat=True))


def _gone_on_with(survivor: Customer, others: Collection[Customer], *, actor: Actor) -> Work | None:
    """The work of a merge of just these that was begun before, started anew where it stands still."""
    going = Customer.objects.filter(pk__in=[row.pk for row in others], merging_into=survivor)
    if going.count() < len(others):
        return None
    require(actor, Permission.CRM_EDIT)
    return start_merging(survivor, actor=actor)


def _planned(survivor: Contact, rows: Sequence[Access]) -> AccessPlan:
    """Decide by store. The rows come with their stores, the survivor with its customer."""
    stays = {row.store_id: row for row in rows if row.contact_id == survivor.pk}
    moves: dict[int, Access] = {}
    ends: list[tuple[Access, EndedWhy]] = []
    off = survivor.customer.status == Customer.Status.INACTIVE
    for row in sorted(rows, key=lambda row: (RANK[State(row.state)], row.pk)):
        if row.contact_id == survivor.pk:
            continue
        fits = row.store.customer_id in {None, survivor.customer_id} and not _has_strayed(row)
        if fits and row.store_id not in stays and row.store_id not in moves:
            moves[row.store_id] = row
            if off and row.state in LIVING:
                ends.append((row, EndedWhy.CUSTOMER_INACTIVE))
        elif row.state in LIVING:
            ends.append((row, EndedWhy.MERGED))
    return AccessPlan(tuple(stays.values()), tuple(moves.values()), tuple(ends))


def _has_strayed(row: Access) -> bool:
    """Whether the contact went elsewhere past the flow, and nobody has decided whom it may act for since."""
    return row.state in (State.PENDING, State.CURRENT) and row.customer_id != row.contact.customer_id


def _accesses_of(contacts: Collection[Contact]) -> list[Access]:
    rows = Access.objects.filter(contact__in=contacts).select_related(
        "store", "contact__customer", "customer", "login"
    )
    return list(rows.order_by("store__name", "pk"))


def _require_held(rows: Collection[Access], held: Collection[int]) -> None:
    """Somebody invited to a further store between the two looks: what was decided on is no longer all there is."""
    if not {row.store_id for row in rows} <= set(held):
        raise ChangedMeanwhile(by="")


def _record_moves(rows: Collection[Access], *, customer_id: int, actor: Actor) -> None:
    entries = [
        Entry(
            store_id=row.store_id,
            customer_id=customer_id,
            contact_id=row.contact_id,
            access_id=row.pk,
            login_id=row.login_id,
            data={"from_contact": row.contact_id, "from_customer": row.customer_id, "why": EndedWhy.MERGED},
        )
        for row in rows
    ]
    record_many(Event.RELINKED, actor=actor, entries=entries)


def _end_of_inactive(survivor: Contact, *, actor: Actor) -> tuple[Access, ...]:
    if survivor.customer.status != Customer.Status.INACTIVE:
        return ()
    return end_from_above(contact_ids=[survivor.pk], why=EndedWhy.CUSTOMER_INACTIVE, actor=actor).rows
