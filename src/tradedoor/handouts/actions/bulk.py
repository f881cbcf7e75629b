"""Hand-outs of many customers: made file by file as long work, and taken away as one zip."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tradedoor.audit.record import record
from tradedoor.core.actor import Actor
from tradedoor.core.errors import NotAllowed
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.models import Customer
from tradedoor.handouts.errors import HandoutsGone, HandoutsNotReady, LettersMissing, NothingToHandOut
from tradedoor.handouts.events import Event
from tradedoor.handouts.making import Kind, made_file, plain_name
from tradedoor.handouts.shelf import drop_folder, folders, path_of, put
from tradedoor.handouts.sources import paper_of, parts_for
from tradedoor.handouts.zips import zip_chunks
from tradedoor.jobs.models import Work, WorkLine
from tradedoor.jobs.steps import Line
from tradedoor.jobs.work import may_steer, start_work
from tradedoor.registration.actions.links import links_for, note_shown
from tradedoor.registration.errors import NoLinkHere
from tradedoor.registration.policy import is_open_to
from tradedoor.stores.models import Store

MAKE = "handouts.make"
MADE, LEFT_OUT = "made", "skipped"
KEPT = timedelta(days=7)
AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Foreseen:
    """How many customers can be given a hand-out for a store, and why how many others cannot."""

    able: int
    left: Sequence[tuple[str, int]]


def foresee_handouts(
    customer_ids: Collection[int], stores: Iterable[Store], *, actor: Actor
) -> dict[int, Foreseen]:
    """What would become of these customers in each of the stores, by its key; one query. Raises `NotAllowed`."""
    require(actor, Permission.CRM_READ)
    require(actor, Permission.ESTORE_LINK_SHOW)
    rows = list(Customer.objects.filter(pk__in=customer_ids).only("pk", "status", "archived_at"))
    found = {}
    for store in stores:
        why = Counter(_why_not(row, store) for row in rows)
        able = why.pop("", 0)
        found[store.pk] = Foreseen(able, why.most_common())
    return found


@transaction.atomic
def start_handouts(
    customer_ids: Collection[int], store: Store, *, kind: Kind, actor: Actor, once: str = ""
) -> Work:
    """Have the hand-outs of these customers made; `once` is the same for a form that is sent twice.

    Raises `NotAllowed`, and `NothingToHandOut` where none of them can be given one.
    """
    require(actor, Permission.CRM_READ)
    require(actor, Permission.ESTORE_LINK_SHOW, stores=[store.pk])
    ids = sorted(set(customer_ids))
    if not foresee_handouts(ids, [store], actor=actor)[store.pk].able:
        raise NothingToHandOut(field="store")
    return start_work(
        "handouts.make",
        title=_("Hand-outs for %(store)s") % {"store": store.name},
        args={"store_id": store.pk, "customer_ids": ids, "kind": kind.value},
        actor=actor,
        store_id=store.pk,
        total=len(ids),
        dedupe_key=f"{MAKE}:{once}" if once else "",
    )


@transaction.atomic
def make_batch(
    store: Store, customer_ids: Sequence[int], *, kind: Kind, work_id: UUID, first: int, actor: Actor
) -> list[Line]:
    """Make the hand-outs of these customers, numbered from `first`, and say what became of each.

    Customers that can have none are left out and named, and so are those whose letters no PDF can show. Raises
    `NotAllowed`.
    """
    require(actor, Permission.CRM_READ)
    rows = {row.pk: row for row in Customer.objects.filter(pk__in=customer_ids)}
    able = [row for row in rows.values() if not _why_not(row, store)]
    links = links_for(able, store, actor=actor)
    note_shown(list(links.values()), way=f"zip.{kind}", actor=actor)
    template, paper = parts_for(store), paper_of(store)
    lines = []
    for number, customer_id in enumerate(customer_ids, start=first):
        row, link = rows.get(customer_id), links.get(customer_id)
        data = {"code": row.code if row else "", "customer": row.name if row else ""}
        if row is None or link is None:
            lines.append(Line(number, LEFT_OUT, _why_not(row, store), {**data, "file": ""}))
            continue
        try:
            made = made_file(paper.for_link(link), template, kind=kind)
        except LettersMissing as refusal:
            lines.append(Line(number, LEFT_OUT, str(refusal), {**data, "file": ""}))
            continue
        put(work_id, number, made.content)
        name = f"{plain_name(f'{row.code} {row.name}')}.{kind}"
        lines.append(Line(number, MADE, "", {**data, "file": name}))
    return lines


def _why_not(customer: Customer | None, store: Store) -> str:
    """Why the customer can have no hand-out for the store; empty where it can."""
    if customer is None:
        return _("This customer is no longer there.")
    if customer.status == Customer.Status.INACTIVE:
        return _("This customer is inactive.")
    if customer.archived_at is not None or not is_open_to(store, customer):
        return str(NoLinkHere.sentence)
    return ""


def handouts_zip(work: Work, *, actor: Actor) -> Iterator[bytes]:
    """All that the work made, as one zip, chunk by chunk and never all in memory. Written down as an export.

    Raises `NotAllowed` for anybody but who started it and owners, `HandoutsNotReady`, and `HandoutsGone`.
    """
    if not may_steer(work, actor=actor):
        raise NotAllowed
    require(actor, Permission.ESTORE_LINK_SHOW, stores=[work.store_id] if work.store_id else None)
    if work.kind != MAKE:
        raise HandoutsGone
    if work.state != Work.State.DONE:
        raise HandoutsNotReady
    first = WorkLine.objects.filter(work=work, status=MADE).order_by("number").first()
    if first is None or not path_of(work.public_id, first.number).exists():
        raise HandoutsGone
    data = {"work": work.public_id, "count": work.counts.get(MADE, 0), "kind": work.args["kind"]}
    record(Event.ARCHIVE_READ, actor=actor, store_id=work.store_id, data=data)
    lines = WorkLine.objects.filter(work=work, status=MADE).order_by("number").iterator(chunk_size=AT_ONCE)
    return zip_chunks((str(line.data["file"]), path_of(work.public_id, line.number)) for line in lines)


def has_handouts(work: Work) -> bool:
    """Whether the work has hand-outs to be taken away, for a page that offers it."""
    return work.kind == MAKE and work.state == Work.State.DONE and bool(work.counts.get(MADE))


def clear_out() -> int:
    """Drop what was made a week ago, and whatever belongs to no work any more; of how many works.

    What is just being made is younger, and work that was stopped may go on for as long.
    """
    before = timezone.now() - KEPT
    dropped = 0
    for public_id, changed_at in folders():
        if changed_at < before:
            drop_folder(public_id)
            dropped += 1
    return dropped
