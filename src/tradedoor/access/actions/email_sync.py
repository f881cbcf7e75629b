"""When email changes happen: by the clock, at once for one contact, and at once for all of a store."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from tradedoor.access.actions.email_apply import Applied, apply_changes
from tradedoor.access.actions.email_faults import OWN
from tradedoor.access.actions.email_judging import planned
from tradedoor.access.actions.email_kin import with_kin
from tradedoor.access.actions.email_locking import Beside
from tradedoor.access.actions.email_plan import FOLLOWING, Planned
from tradedoor.access.actions.email_schedule import Asked, follow_emails
from tradedoor.access.actions.isolating import as_far_as_possible
from tradedoor.access.actions.sending import hold
from tradedoor.access.errors import NotPossible
from tradedoor.access.models import Access, AccessError, EmailChange, EmailChangeState, State
from tradedoor.access.reasons import Reason
from tradedoor.core.actor import Actor
from tradedoor.core.collisions import tried_again
from tradedoor.core.errors import Refusal
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.models import Contact
from tradedoor.jobs.models import Work
from tradedoor.jobs.work import start_work
from tradedoor.stores.models import Store

UPDATE_EMAILS = "access.update_emails"
BATCH = 1500  # changes a transaction: about half a second on a small machine; a slower one makes fewer
MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Preview:
    """What "Update emails from CRM" would do: how many, and the first of them, planned and not written."""

    total: int
    first: Sequence[Planned]

    @property
    def able(self) -> Sequence[Planned]:
        return [row for row in self.first if row.is_able]

    @property
    def refused(self) -> Sequence[Planned]:
        return [row for row in self.first if not row.is_able]


def apply_due(*, actor: Actor) -> int:
    """Let every change happen whose hour is over, batch by batch; how many did.

    Run twice at once it does each once. One that failed is tried again when its error has been cleared. One at
    which we stumble keeps none of the others back; it stays overdue, which watchers see.
    """

    def apply(some: Sequence[int]) -> int:
        return len(apply_changes(some, actor=actor).done)

    done, after = 0, 0
    while ids := list(_due().filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        done += as_far_as_possible(ids, apply, what="email change")
        after = ids[-1]
    return done


def update_email_now(contact: Contact, *, actor: Actor) -> Planned:
    """Let the contact's login have the CRM's email without waiting; what became of it.

    Raises `NotAllowed`, and `NotPossible` where nothing is to be changed, or with what stands in the way.
    """
    require(actor, Permission.ACCESS_INVITE)
    row = _applied_now([contact.pk], actor=actor).of_contact(contact.pk)
    if row is None:
        raise NotPossible(Reason.EMAIL_UNCHANGED)
    if row.reason is not None:
        raise NotPossible(row.reason)
    return row


def apply_before_inviting(
    contact_ids: Collection[int], *, actor: Actor, store_ids: Collection[int] = ()
) -> Applied:
    """Apply what is scheduled for these contacts, because an invitation goes to the CRM's email at once.

    `store_ids` are where they are to be invited: held at once with the rest, since stores come before contacts. Who
    is in there already, or off, gets no invitation, so their change keeps its hour. Asks for no permission: who
    invites has it. What cannot be applied refuses the invitation (`planning`).
    """
    waiting = EmailChange.objects.waiting().filter(contact_id__in=contact_ids)
    there = Access.objects.filter(contact=OuterRef("contact_id"), store__in=store_ids)
    beyond = Exists(there.in_state(State.CURRENT, State.DEACTIVATED))
    waiting = waiting.exclude(beyond, ~Exists(there.in_state(State.PENDING)))
    ids = list(waiting.values_list("pk", flat=True))
    if not ids:
        return Applied()
    beside = Beside(store_ids, contact_ids)
    return apply_changes(ids, actor=actor, at_once=True, stores=actor.stores, beside=beside)


def differing(store: Store, *, actor: Actor) -> QuerySet[Contact]:
    """The contacts with an access in this store whose login has another email than the CRM says, by key.

    Raises `NotAllowed`.
    """
    require(actor, Permission.ACCESS_INVITE, stores=[store.pk])
    here = Access.objects.filter(store=store, contact=OuterRef("pk"), state__in=FOLLOWING)
    apart = here.filter(login__isnull=False).exclude(login__email_canonical=F("contact__email_canonical"))
    return Contact.objects.living().filter(Exists(apart)).order_by("pk")


def number_differing(store: Store, *, actor: Actor) -> int:
    """How many contacts `differing` has, counted by their accesses here. Raises `NotAllowed`."""
    require(actor, Permission.ACCESS_INVITE, stores=[store.pk])
    rows = Access.objects.filter(store=store, state__in=FOLLOWING, contact__archived_at__isnull=True)
    return (
        rows.filter(login__isnull=False)
        .exclude(login__email_canonical=F("contact__email_canonical"))
        .order_by()
        .count()
    )


def preview_update(store: Store, *, actor: Actor) -> Preview:
    """What `update_in_background` would do to the first contacts, with the effect on every store; writes nothing."""
    rows = differing(store, actor=actor)
    contacts = list(rows.select_related("customer")[:MOST_SHOWN])
    return Preview(number_differing(store, actor=actor), preview_changes(contacts, actor=actor))


def preview_changes(contacts: Sequence[Contact], *, actor: Actor) -> list[Planned]:
    """What applying now would do for each of these contacts, in their order; writes nothing."""
    present = {
        row.contact_id: row
        for row in EmailChange.objects.open().filter(contact__in=contacts).select_related("requested_by")
    }
    asked = [
        present.get(contact.pk) or _supposed(contact, place) for place, contact in enumerate(contacts, 1)
    ]
    known = [change for change in asked if change.pk > 0]
    kin = [change for change in with_kin(known) if change.contact_id not in {c.pk for c in contacts}]
    plan = planned([*asked, *kin], ready={change.pk for change in asked}, stores=actor.stores)
    return [plan.rows[change.pk] for change in asked]


def update_in_background(store: Store, *, actor: Actor, since: datetime | None = None) -> Work:
    """Start applying the CRM's emails to all logins of this store, one job with progress. Raises `NotAllowed`.

    The job counts first how many there are: of a very large store that takes a while.
    `since` is when the person looked: the result names the contacts archived after that.
    """
    require(actor, Permission.ACCESS_INVITE, stores=[store.pk])
    people = Access.objects.filter(store=store).order_by("-contact_id").values_list("contact_id", flat=True)
    return start_work(
        UPDATE_EMAILS,
        title=_("Update emails of %(store)s from CRM") % {"store": store.name},
        # Whoever gets an access meanwhile, by a key behind all that there are, is not gone after for ever.
        args={
            "store_id": store.pk,
            "last": people.first() or 0,
            "since": (since or timezone.now()).isoformat(),
        },
        actor=actor,
        store_id=store.pk,
        dedupe_key=f"{UPDATE_EMAILS}:{store.pk}",
    )


def update_batch(
    store: Store, *, after: int, last: int, most: int, actor: Actor
) -> tuple[int, list[Planned], list[tuple[Contact, str]]]:
    """Apply the emails of the next contacts by key; the key of the last looked at, what became of each, and those
    who could not be done, with the reason or, where we stumbled, none. They keep none of the others back."""
    rows = differing(store, actor=actor).filter(pk__gt=after, pk__lte=last)
    ids = list(rows.values_list("pk", flat=True)[: min(most, BATCH)])
    if not ids:
        return after, [], []
    found: dict[int, Planned] = {}
    left: dict[int, Refusal | None] = {}

    def apply(some: Sequence[int]) -> int:
        applied = _applied_now(some, actor=actor)
        found.update({pk: applied.by_contact[pk] for pk in some if pk in applied.by_contact})
        return len(applied.done)

    as_far_as_possible(ids, apply, what="email of contact", left=left.__setitem__)
    contacts = Contact.objects.filter(pk__in=left).select_related("customer").order_by("pk")
    failed = [(contact, str(left[contact.pk] or "")) for contact in contacts]
    return ids[-1], [found[pk] for pk in ids if pk in found], failed


def work_of(public_id: UUID) -> Work | None:
    """The import whose changes wait to be confirmed."""
    return Work.objects.filter(public_id=public_id).first()


@tried_again
@transaction.atomic
def _applied_now(contact_ids: Collection[int], *, actor: Actor) -> Applied:
    """Apply these contacts' changes, made here for those that have none, within the actor's stores."""
    # Two who ask for the same, or edit the email meanwhile, make one change after the other.
    reached = Access.objects.filter(contact_id__in=contact_ids, state__in=FOLLOWING)
    hold(list(Store.objects.filter(pk__in=reached.values("store_id"))), contact_ids)
    with_change = EmailChange.objects.open().filter(contact_id__in=contact_ids)
    present = dict(with_change.values_list("contact_id", "pk"))
    missing = set(contact_ids) - present.keys()
    beyond = _beyond(missing, actor=actor)
    # Not even begun for who may not do it: that would end links and happen by the clock instead.
    begun = follow_emails(missing - {row.contact.pk for row in beyond}, Asked(actor))
    ids = sorted([*present.values(), *(change.pk for change in begun)])
    beside = Beside(held=contact_ids)
    applied = apply_changes(ids, actor=actor, at_once=True, stores=actor.stores, beside=beside)
    return Applied([*applied.rows, *beyond], applied.done)


def _beyond(contact_ids: Collection[int], *, actor: Actor) -> list[Planned]:
    """Those of these without a change whose logins reach stores outside the actor's rights."""
    if actor.stores is None or not contact_ids:
        return []
    contacts = list(Contact.objects.filter(pk__in=contact_ids).select_related("customer").order_by("pk"))
    rows = preview_changes(contacts, actor=actor)
    return [row for row in rows if not row.reaches <= actor.stores and row.accesses]


def _due() -> QuerySet[EmailChange]:
    now = timezone.now()
    accesses = Access.objects.filter(contact=OuterRef("contact_id"), state__in=(State.PENDING, State.CURRENT))
    standing = AccessError.objects.open().filter(access__contact=OuterRef("contact_id"), reason__in=OWN)
    again = Q(Exists(accesses), ~Exists(standing), state=EmailChangeState.FAILED)
    return EmailChange.objects.filter(Q(state=EmailChangeState.SCHEDULED) | again, due_at__lte=now)


def _supposed(contact: Contact, place: int) -> EmailChange:
    """A change that is not written, for planning: contacts whose email differs without one."""
    logins = Access.objects.filter(contact=contact, state__in=FOLLOWING, login__isnull=False).exclude(
        login__email_canonical=contact.email_canonical
    )
    first = logins.select_related("login").order_by("pk").first()
    old = first.login if first is not None else None
    return EmailChange(
        pk=-place,
        contact=contact,
        old_email=old.email if old else "",
        old_canonical=old.email_canonical if old else "",
        new_email=contact.email,
        new_canonical=contact.email_canonical,
        state=EmailChangeState.SCHEDULED,
        due_at=timezone.now(),
    )
