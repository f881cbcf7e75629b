"""The worker: a few threads that look for something to do, each at one kind of thing.

So that a long import holds up no mail, and a slow mail server no import. As many workers as wanted may run:
they agree through leases in the database alone.
"""

import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from types import FrameType
from uuid import uuid4

from django.db import connections

from tradedoor.jobs.clock import enqueue_due
from tradedoor.jobs.driving import drive_waiting_work
from tradedoor.jobs.failures import described
from tradedoor.jobs.pulse import beat, lay_down
from tradedoor.jobs.queue import keep_leases, run_due_jobs
from tradedoor.jobs.registry import pumps

log = logging.getLogger(__name__)

POLL_SECONDS = 0.5
CLOCK_SECONDS = 1.0
PULSE_SECONDS = 15.0
LONGEST_PAUSE_SECONDS = 30.0
WORK_LANES = 2
PATIENCE_SECONDS = 20.0  # how long a stop waits for what is being done


@dataclass(frozen=True, slots=True)
class Lane:
    """One thread's kind of work; `turn` says whether there was anything to do."""

    name: str
    turn: Callable[[], bool]
    poll_seconds: float = POLL_SECONDS


def run_worker(*, stop: threading.Event | None = None, once: bool = False) -> None:
    """Do background work until `stop` is set or the process is told to end (SIGTERM, SIGINT).

    With `once`, do in this thread all that is due, and return: tests and one-off commands.
    """
    stop = stop or threading.Event()
    worker = f"{socket.gethostname()[:40]}:{os.getpid()}:{uuid4().hex[:8]}"
    if once:
        lanes = _lanes(worker, stop)
        while any([lane.turn() for lane in lanes]):  # noqa: C419 - every lane has its turn, not just the first with work
            pass
        return
    beat(worker)
    lanes = [*_lanes(worker, stop), Lane("pulse", lambda: _pulse(worker), PULSE_SECONDS)]
    with _ended_by_signals(stop):
        threads = [
            threading.Thread(target=_run, args=(lane, stop), name=lane.name, daemon=True) for lane in lanes
        ]
        for thread in threads:
            thread.start()
        stop.wait()
        deadline = monotonic() + PATIENCE_SECONDS
        for thread in threads:
            thread.join(max(0.0, deadline - monotonic()))
    lay_down(worker)


def _lanes(worker: str, stop: threading.Event) -> list[Lane]:
    clock = _Clock()

    def jobs() -> bool:
        clock.tick()
        return run_due_jobs(worker=worker, stop=stop)

    works = [
        Lane(f"work-{number}", lambda name=f"{worker}:{number}": drive_waiting_work(worker=name, stop=stop))  # type: ignore[misc]  # mypy cannot infer a lambda's default
        for number in range(WORK_LANES)
    ]
    return [Lane("jobs", jobs), *works, *(Lane(name, turn) for name, turn in pumps().items())]


def _run(lane: Lane, stop: threading.Event) -> None:
    pause = lane.poll_seconds
    try:
        while not stop.is_set():
            try:
                found = lane.turn()
                pause = lane.poll_seconds
            except Exception as error:  # noqa: BLE001 - a database that restarts must not end the worker
                log.error("worker lane %s: %s", lane.name, described(error))  # noqa: TRY400 - a trace may quote rows
                connections.close_all()
                found, pause = False, min(pause * 2, LONGEST_PAUSE_SECONDS)
            if not found:
                stop.wait(pause)
    finally:
        connections.close_all()


def _pulse(worker: str) -> bool:
    beat(worker)
    keep_leases(worker)
    return False


class _Clock:
    """Looks at the periodic tasks once a second, however often it is asked."""

    def __init__(self) -> None:
        self.next = 0.0

    def tick(self) -> None:
        if monotonic() >= self.next:
            self.next = monotonic() + CLOCK_SECONDS
            enqueue_due()


@contextmanager
def _ended_by_signals(stop: threading.Event) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
