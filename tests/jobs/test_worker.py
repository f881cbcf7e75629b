"""The loop, the clock and the pulse."""

import os
import signal
from datetime import timedelta
from threading import Event, Thread, Timer

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from tradedoor.jobs import worker as worker_module
from tradedoor.jobs.clock import enqueue_due
from tradedoor.jobs.models import Job, Periodic, WorkerPulse
from tradedoor.jobs.pulse import beat, lay_down
from tradedoor.jobs.queries import workers_silent, workers_silent_since
from tradedoor.jobs.queue import enqueue
from tradedoor.jobs.registry import periodic, pump, task
from tradedoor.jobs.worker import run_worker

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_turn_does_all_that_is_due_and_what_that_brings() -> None:
    did: list[str] = []

    @task("first")
    def first() -> None:
        did.append("first")
        enqueue("second")

    @task("second")
    def second() -> None:
        did.append("second")

    left = [2]

    @pump("mail")
    def mail() -> bool:
        if not left[0]:
            return False
        left[0] -= 1
        did.append("mail")
        return True

    enqueue("first")
    run_worker(once=True)
    assert sorted(did) == ["first", "mail", "mail", "second"]
    assert not WorkerPulse.objects.exists()


def test_a_worker_runs_until_it_is_told_to_stop_and_lies_down() -> None:
    ran, stop = Event(), Event()

    @task("note")
    def note() -> None:
        ran.set()

    def run() -> None:
        try:
            run_worker(stop=stop)
        finally:
            connection.close()

    thread = Thread(target=run)
    thread.start()
    enqueue("note")
    assert ran.wait(10)
    assert WorkerPulse.objects.count() == 1
    stop.set()
    thread.join(10)
    assert not thread.is_alive()
    assert not WorkerPulse.objects.exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_worker_in_good_order(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    Timer(0.3, lambda: os.kill(os.getpid(), number)).start()
    run_worker()
    assert signal.getsignal(number) == before
    assert not WorkerPulse.objects.exists()


def test_a_lane_that_fails_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    stop = Event()
    turns: list[int] = []

    def turn() -> bool:
        turns.append(1)
        if len(turns) > 1:
            stop.set()
        raise RuntimeError("of 'Bea'")

    worker_module._run(worker_module.Lane("test", turn, 0.01), stop)
    assert len(turns) == 2
    assert "RuntimeError" in caplog.text
    assert "Bea" not in caplog.text


def test_a_periodic_task_is_enqueued_once_a_period() -> None:
    periodic("tick", seconds=60)
    with time_machine.travel("2025-03-01T10:00:00Z", tick=False) as clock:
        assert enqueue_due() == 1
        assert enqueue_due() == 0
        Job.objects.all().delete()
        clock.shift(timedelta(seconds=59))
        assert enqueue_due() == 0
        clock.shift(timedelta(seconds=1))
        assert enqueue_due() == 1


def test_a_clock_set_back_stops_no_periodic_task() -> None:
    periodic("tick", seconds=60)
    Periodic.objects.create(name="tick", due_at=timezone.now() + timedelta(days=30))
    assert enqueue_due() == 1


def test_many_workers_enqueue_a_periodic_task_once() -> None:
    periodic("tick", seconds=3600)

    def work() -> None:
        try:
            enqueue_due()
        finally:
            connection.close()

    threads = [Thread(target=work) for _number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Job.objects.count() == 1


def test_a_silent_worker_is_noticed() -> None:
    with time_machine.travel("2025-03-01T10:00:00Z", tick=False) as clock:
        assert workers_silent_since() is None
        beat("a")
        beat("b")
        beat("a")
        began = timezone.now()
        clock.shift(timedelta(minutes=4))
        assert workers_silent_since() is None
        clock.shift(timedelta(minutes=2))
        assert workers_silent_since() == began
        assert workers_silent()
        beat("b")
        assert workers_silent_since() is None
        lay_down("a")
        lay_down("b")
        assert workers_silent_since() is None


def test_a_worker_that_never_was_is_silent_since_the_oldest_job() -> None:
    with time_machine.travel("2025-03-01T10:00:00Z", tick=False) as clock:
        enqueue("note")
        began = timezone.now()
        assert workers_silent_since() is None
        clock.shift(timedelta(minutes=6))
        assert workers_silent_since() == began
