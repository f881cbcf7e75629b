"""Driving long work: a step is one transaction that also saves how far it got.

So a worker killed half-way leaves exactly what its last committed step did, and nothing is done twice: each
step begins by taking the work's row, conditionally on still holding the lease, and whoever lost it does
nothing. A lease may be short, since its row stays locked (SQLite: all writing does) while a step runs.
"""

import gc
import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from time import monotonic, sleep
from types import FrameType
from uuid import uuid4

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from tradedoor.core.bulk import insert_many
from tradedoor.core.errors import Refusal
from tradedoor.jobs.actors import as_started, loaded
from tradedoor.jobs.failures import described
from tradedoor.jobs.models import Work, WorkLine
from tradedoor.jobs.registry import kind_named
from tradedoor.jobs.steps import Step, StepFunction, StepResult
from tradedoor.jobs.work import ACTIVE, write_history

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=10)
SLICE_SECONDS = 5.0  # after which other waiting work has its turn
# A step takes some hundred statements however little it does. Where a busy machine makes these slow, a smaller batch
# would not be quicker, and the work would hardly get anywhere.
FIRST_BATCH, SMALLEST_BATCH, LARGEST_BATCH = 200, 200, 5000
# What a batch aims at. On SQLite nobody else writes meanwhile; on PostgreSQL only whoever wants the same rows waits,
# and what a step costs whatever its size weighs less in larger ones.
STEP_SECONDS = {"sqlite": 0.65, "postgresql": 0.8}
# After a longer step on SQLite others get their turn: who waits there asks again every 100 ms.
LONG_STEP, PAUSE = 0.2, 0.12
MOST_FAILURES = 3
FAILURE_WAIT = timedelta(seconds=5)
WATCH_SECONDS = 0.3


def drive_waiting_work(*, worker: str, stop: threading.Event | None = None) -> bool:
    """Drive the work that waits longest until it ends, `stop` is set or other work should have its turn.

    Says whether there was any.
    """
    for work_id in _waiting():
        if claim(work_id, worker=worker):
            driver = Driver(work_id, worker=worker)
            driver.drive(is_over=partial(_slice_is_over, driver, stop))
            return True
    return False


def drive_work(work_id: int, on_progress: Callable[[Work], None] = lambda _work: None) -> Work:
    """Drive the work here until it ends, and return it; where a worker is at it already, watch that one.

    Ctrl-C ends it after the step it is in, as stopped; driven or resumed again it goes on from there.
    """
    worker = f"foreground:{uuid4().hex[:12]}"
    with _interrupts() as interrupted:
        while True:
            work = Work.objects.get(pk=work_id)
            on_progress(work)
            if work.state not in ACTIVE:
                return work
            if interrupted.is_set():
                _ask_to_stop(work)
            if claim(work_id, worker=worker):
                Driver(work_id, worker=worker).drive(is_over=interrupted.is_set, on_progress=on_progress)
            else:
                interrupted.wait(WATCH_SECONDS)


def claim(work_id: int, *, worker: str) -> bool:
    """Take the lease of the work if nobody holds one; of many who try, one wins."""
    now = timezone.now()
    return bool(
        _free(now)
        .filter(pk=work_id, run_at__lte=now)
        .update(
            state=Work.State.RUNNING,
            leased_by=worker,
            leased_until=now + LEASE,
            started_at=Coalesce("started_at", now),
        )
    )


def catch_up_work(now: datetime, before: datetime) -> None:
    """The clock was set back: work that waited for its turn waits for no more, and leases end as they do."""
    active = Work.objects.filter(state__in=ACTIVE)
    active.filter(run_at__gt=now, run_at__lte=before).update(run_at=now)
    active.filter(leased_until__gt=now + LEASE).update(leased_until=now + LEASE)


class Driver:
    """Takes one work forward under one lease."""

    def __init__(self, work_id: int, *, worker: str) -> None:
        self.work_id = work_id
        self.worker = worker
        self.batch = FIRST_BATCH
        self.began = monotonic()
        self._step: StepFunction | None = None
        self._close: Callable[[], None] = _nothing

    def drive(
        self,
        *,
        is_over: Callable[[], bool],
        on_progress: Callable[[Work], None] = lambda _work: None,
    ) -> None:
        """Take step after step until the work ends, the lease is lost or `is_over`; then let go of it."""
        try:
            while (work := self._safely_step()) is not None:
                on_progress(work)
                if is_over():
                    break
        finally:
            self._close()
            self._mine().update(leased_until=None, run_at=timezone.now())

    def _safely_step(self) -> Work | None:
        """Take a step; return the work where it goes on. A refusal ends it, an accident is tried again."""
        began = monotonic()
        try:
            work = self._take_step()
        except Refusal as refusal:
            self._fail(str(refusal), code=refusal.code)
            return None
        except Exception as error:  # noqa: BLE001 - one kind of work must not end the worker; it is written down
            self._stumble(error)
            return None
        took = monotonic() - began
        self._adapt(took)
        if work is not None and took > LONG_STEP and connection.vendor == "sqlite":
            sleep(PAUSE)
        return work

    @transaction.atomic
    def _take_step(self) -> Work | None:
        if not self._mine().update(leased_until=timezone.now() + LEASE):
            return None
        work = Work.objects.get(pk=self.work_id)
        actor = loaded(work.actor) if not work.stop_requested else None
        if actor is None:
            self._end(work, Work.State.STOPPED, "jobs.work_stopped")
            return None
        with _garbage_left_lying():
            result = self._stepper(work.kind)(
                Step(
                    public_id=work.public_id,
                    kind=work.kind,
                    args=work.args,
                    cursor=work.cursor,
                    done=work.done,
                    total=work.total,
                    counts=work.counts,
                    store_id=work.store_id,
                    actor=actor,
                    batch=self.batch,
                )
            )
            self._save(work, result)
        if result.finished:
            self._end(work, Work.State.DONE, "jobs.work_done")
            return None
        return work

    def _stepper(self, kind: str) -> StepFunction:
        if self._step is None:
            registered = kind_named(kind)
            if isinstance(registered, type):
                instance = registered()
                self._step, self._close = instance.step, getattr(instance, "close", _nothing)
            else:
                self._step = registered
        return self._step

    def _save(self, work: Work, result: StepResult) -> None:
        for name, count in result.counts.items():
            work.counts[name] = work.counts.get(name, 0) + count
        work.done += result.done
        work.cursor = result.cursor
        work.failures = 0
        if result.total is not None:
            work.total = result.total
        work.save(update_fields=["counts", "done", "cursor", "failures", "total"])
        insert_many(
            WorkLine,
            ["work_id", "number", "status", "reason", "data"],
            [(work.pk, line.number, line.status, str(line.reason), dict(line.data)) for line in result.lines],
        )

    def _end(
        self, work: Work, state: Work.State, event: str, *, problem: str = "", result: str = "ok"
    ) -> None:
        work.state, work.problem, work.finished_at, work.leased_until = state, problem, timezone.now(), None
        work.save(update_fields=["state", "problem", "finished_at", "leased_until"])
        # The rights of the starter may be gone, which is no reason to say that somebody else did it.
        write_history(event, work, actor=as_started(work.actor), result=result)

    @transaction.atomic
    def _fail(self, problem: str, *, code: str) -> None:
        work = self._mine().select_for_update().first()
        if work is not None:
            self._end(work, Work.State.FAILED, "jobs.work_failed", problem=problem, result=code[:40])

    def _stumble(self, error: Exception) -> None:
        what = described(error)
        log.error("work %s stumbled: %s", self.work_id, what)
        self._close()
        self._step, self._close = None, _nothing
        failures = Work.objects.filter(pk=self.work_id).values_list("failures", flat=True).get()
        if failures + 1 < MOST_FAILURES:
            wait = FAILURE_WAIT * (failures + 1)
            self._mine().update(
                failures=F("failures") + 1,
                leased_until=None,
                leased_by="",
                state=Work.State.QUEUED,
                run_at=timezone.now() + wait,
            )
        else:
            sentence = _("It stopped at an error of ours (%(error)s). What is done stays done.")
            self._fail(sentence % {"error": what}, code=type(error).__name__)

    def _mine(self) -> QuerySet[Work]:
        return Work.objects.filter(pk=self.work_id, state=Work.State.RUNNING, leased_by=self.worker)

    def _adapt(self, took: float) -> None:
        change = min(2.0, max(0.5, STEP_SECONDS[connection.vendor] / max(took, 0.001)))
        self.batch = int(min(LARGEST_BATCH, max(SMALLEST_BATCH, self.batch * change)))


def _free(now: datetime) -> QuerySet[Work]:
    unleased = Q(leased_until__isnull=True) | Q(leased_until__lte=now)
    return Work.objects.filter(unleased, state__in=ACTIVE)


def _waiting() -> list[int]:
    """Return the work nobody is at, that which waits longest first."""
    now = timezone.now()
    return list(_free(now).filter(run_at__lte=now).order_by("run_at", "pk").values_list("pk", flat=True)[:5])


def _slice_is_over(driver: Driver, stop: threading.Event | None) -> bool:
    if stop is not None and stop.is_set():
        return True
    if monotonic() - driver.began < SLICE_SECONDS:
        return False
    driver.began = monotonic()
    return bool(_waiting())


@transaction.atomic
def _ask_to_stop(work: Work) -> None:
    now = timezone.now()
    if _free(now).filter(pk=work.pk).update(state=Work.State.STOPPED, finished_at=now, leased_until=None):
        write_history("jobs.work_stopped", work, actor=as_started(work.actor))
    else:
        Work.objects.filter(pk=work.pk, state=Work.State.RUNNING).update(stop_requested=True)


@contextmanager
def _garbage_left_lying() -> Iterator[None]:
    """Look for garbage between steps and not within one.

    A step makes some hundred thousand objects that nearly all live until it ends; going through them again
    and again took a fifth of an import's time. Of two steps at once, that which stopped the looking lets it
    begin again: at worst it begins too early.
    """
    was_looking = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_looking:
            gc.enable()


@contextmanager
def _interrupts() -> Iterator[threading.Event]:
    """Turn the first Ctrl-C into a flag, so that the step it falls into may commit; the second one interrupts."""
    flag = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield flag
        return

    def raise_flag(_number: int, _frame: FrameType | None) -> None:
        if flag.is_set():
            raise KeyboardInterrupt
        flag.set()

    before = signal.signal(signal.SIGINT, raise_flag)
    try:
        yield flag
    finally:
        signal.signal(signal.SIGINT, before)


def _nothing() -> None:
    """Close nothing."""
