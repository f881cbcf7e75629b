"""Long work: started, watched, stopped and taken up again. How it is driven stands in `driving`."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tradedoor.audit.record import record
from tradedoor.core.actor import Actor, ActorKind
from tradedoor.core.errors import Conflict, NotAllowed, NotFound
from tradedoor.core.permissions import Permission
from tradedoor.jobs.actors import snapshot
from tradedoor.jobs.models import Work, WorkLine
from tradedoor.jobs.registry import kind_named

ACTIVE = (Work.State.QUEUED, Work.State.RUNNING)
MOST_CURRENT = 20


@transaction.atomic
def start_work(
    kind: str,
    *,
    title: str,
    args: Mapping[str, Any],
    actor: Actor,
    store_id: int | None = None,
    total: int | None = None,
    dedupe_key: str = "",
) -> Work:
    """Queue long work in the caller's transaction and return it.

    Where work with the same key is queued or running, that is returned and none is added, so that a double
    click starts one. Raises `Conflict` (already_running) where the actor may not see that one.
    """
    kind_named(kind)
    now = timezone.now()
    work = Work(
        kind=kind,
        title=str(title)[:300],
        args=dict(args),
        actor=snapshot(actor),
        login_id=actor.login_id,
        store_id=store_id,
        total=total,
        dedupe_key=dedupe_key or "",
        run_at=now,
        created_at=now,
    )
    try:
        with transaction.atomic():
            work.save(force_insert=True)
    except IntegrityError:
        return _already(dedupe_key, actor)
    write_history("jobs.work_started", work, actor=actor)
    return work


@transaction.atomic
def stop_work(public_id: UUID, *, actor: Actor) -> Work:
    """Have the work end after the step it is in; one that no worker has begun ends at once.

    Does nothing where it has ended already. Raises `NotFound`, and `NotAllowed` where `may_steer` says no.
    """
    work = _steered(public_id, actor=actor)
    now = timezone.now()
    queued = Work.objects.filter(pk=work.pk, state=Work.State.QUEUED)
    if queued.update(state=Work.State.STOPPED, finished_at=now, leased_until=None):
        write_history("jobs.work_stopped", work, actor=actor)
    else:
        Work.objects.filter(pk=work.pk, state=Work.State.RUNNING).update(stop_requested=True)
    work.refresh_from_db()
    return work


@transaction.atomic
def resume_work(public_id: UUID, *, actor: Actor) -> Work:
    """Queue stopped or failed work again; it goes on after its last finished step, still as its starter.

    Does nothing where it is queued or running. Raises `NotFound`, `NotAllowed` where `may_steer` says no, and
    `Conflict` where it is done or where other work with the same key has taken its place.
    """
    work = _steered(public_id, actor=actor)
    resumable = Work.objects.filter(pk=work.pk, state__in=[Work.State.STOPPED, Work.State.FAILED])
    try:
        with transaction.atomic():
            resumed = resumable.update(
                state=Work.State.QUEUED,
                stop_requested=False,
                problem="",
                failures=0,
                run_at=timezone.now(),
                finished_at=None,
            )
    except IntegrityError as taken:
        raise Conflict(_("The same work is already running."), code="already_running") from taken
    if resumed:
        write_history("jobs.work_resumed", work, actor=actor)
    # Asked to stop and at once to go on, before the worker saw it.
    Work.objects.filter(pk=work.pk, state=Work.State.RUNNING).update(stop_requested=False)
    work.refresh_from_db()
    if work.state == Work.State.DONE:
        raise Conflict(_("This work is done."), code="done")
    return work


def work_for(public_id: UUID, *, actor: Actor) -> Work:
    """Return the work if the actor started it or may see everything of its store. Raises `NotFound`."""
    work = _visible(actor).filter(public_id=public_id).first()
    if work is None:
        raise NotFound(_("There is no such work."))
    return work


def may_steer(work: Work, *, actor: Actor) -> bool:
    """Whether the actor may stop the work, take it up again and read its result: who started it, and owners."""
    if actor.kind == ActorKind.MACHINE or actor.can(Permission.STAFF_EDIT):
        return True
    return actor.login_id is not None and work.login_id == actor.login_id


def works(actor: Actor) -> QuerySet[Work]:
    """Return all the work that the actor may see, for a list."""
    return _visible(actor)


def current_work(actor: Actor, store_id: int | None = None) -> list[Work]:
    """Return the work that is queued, running or stopped and that the actor may see, newest first."""
    works = _visible(actor).filter(state__in=Work.UNFINISHED)
    if store_id is not None:
        works = works.filter(store_id=store_id)
    return list(works.order_by("-pk")[:MOST_CURRENT])


def unfinished_work(kind: str, *, dedupe_key: str, actor: Actor) -> Work | None:
    """Return the newest work of this key that is not done, so that whoever starts it again goes on with it."""
    works = _visible(actor).filter(kind=kind, dedupe_key=dedupe_key).exclude(state=Work.State.DONE)
    return works.order_by("-pk").first()


def read_result(work: Work, *, actor: Actor) -> Iterator[WorkLine]:
    """As `result_lines`, for a person, and written down as an export (CSV-03). Raises `NotAllowed`."""
    if not may_steer(work, actor=actor):
        raise NotAllowed
    write_history("jobs.result_read", work, actor=actor)
    return result_lines(work)


def result_lines(work: Work) -> Iterator[WorkLine]:
    """Yield what became of each thing, in the order of their numbers, never all in memory."""
    return WorkLine.objects.filter(work=work).order_by("number").iterator(chunk_size=2000)


def write_history(event: str, work: Work, *, actor: Actor, result: str = "ok") -> None:
    record(
        event,
        actor=actor,
        store_id=work.store_id,
        data={"work": work.public_id, "kind": work.kind, "title": work.title},
        result=result,
    )


def _already(dedupe_key: str, actor: Actor) -> Work:
    active = _visible(actor).filter(dedupe_key=dedupe_key, state__in=ACTIVE).first()
    if active is None:
        raise Conflict(_("The same work is already running."), code="already_running")
    return active


def _steered(public_id: UUID, *, actor: Actor) -> Work:
    work = work_for(public_id, actor=actor)
    if not may_steer(work, actor=actor):
        raise NotAllowed(_("Only who started this work, or an owner, may do that."))
    return work


def _visible(actor: Actor) -> QuerySet[Work]:
    if actor.kind == ActorKind.MACHINE:
        return Work.objects.all()
    if actor.login_id is None:
        return Work.objects.none()
    own = Q(login_id=actor.login_id)
    if actor.kind != ActorKind.STAFF:
        return Work.objects.filter(own)
    if actor.stores is None:
        return Work.objects.all()
    return Work.objects.filter(own | Q(store_id__in=actor.stores))
