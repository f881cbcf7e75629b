"""Jobs run after commit, at least once, and one that fails stops no other."""

from collections.abc import Callable
from datetime import timedelta
from threading import Event, Thread

import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone

from tradedoor.jobs.failures import described
from tradedoor.jobs.models import Job
from tradedoor.jobs.queue import MOST_ATTEMPTS, enqueue, keep_leases, run_due_jobs, run_job
from tradedoor.jobs.registry import UnknownName, task, task_named

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ran() -> list[int]:
    """What the task `note` was called with."""
    calls: list[int] = []

    @task("note")
    def note(*, number: int = 0) -> None:
        assert not connection.in_atomic_block
        calls.append(number)

    return calls


def test_a_job_runs_once_its_transaction_has_committed(ran: list[int]) -> None:
    with transaction.atomic():
        enqueue("note", args={"number": 3})
    assert run_due_jobs(worker="a")
    assert ran == [3]
    assert not run_due_jobs(worker="a")
    assert Job.objects.get().state == Job.State.DONE


def test_a_job_goes_with_the_transaction_that_failed(ran: list[int]) -> None:
    with transaction.atomic():
        enqueue("note")
        transaction.set_rollback(True)
    assert not run_due_jobs(worker="a")
    assert ran == []


def test_a_job_waits_for_its_time_and_the_oldest_goes_first(ran: list[int]) -> None:
    now = timezone.now()
    enqueue("note", args={"number": 2}, run_at=now - timedelta(seconds=1))
    enqueue("note", args={"number": 1}, run_at=now - timedelta(seconds=9))
    enqueue("note", args={"number": 9}, run_at=now + timedelta(hours=1))
    run_due_jobs(worker="a")
    assert ran == [1, 2]
    with time_machine.travel(now + timedelta(hours=2), tick=False):
        run_due_jobs(worker="a")
    assert ran == [1, 2, 9]


def test_a_key_waits_once_and_again_after_it_ran(ran: list[int]) -> None:
    for _number in range(3):
        enqueue("note", dedupe_key="k")
    run_due_jobs(worker="a")
    assert ran == [0]
    enqueue("note", dedupe_key="k")
    run_due_jobs(worker="a")
    assert ran == [0, 0]


def test_a_job_that_fails_is_tried_later_then_parked_and_stops_no_other(ran: list[int]) -> None:
    @task("bad")
    def bad() -> None:
        raise ValueError("cannot reach 'bea@acme.example' <bea@acme.example>\nDETAIL: Key (email)=(x)")

    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        enqueue("bad", dedupe_key="bad")
        enqueue("note")
        for _number in range(MOST_ATTEMPTS):
            run_due_jobs(worker="a")
            clock.shift(timedelta(hours=1, seconds=1))
        assert not run_due_jobs(worker="a")

    job = Job.objects.get(name="bad")
    assert (job.state, job.attempts) == (Job.State.FAILED, MOST_ATTEMPTS)
    assert job.last_error.startswith("ValueError: cannot reach")
    assert "acme" not in job.last_error
    assert ran == [0]


def test_an_unknown_name_is_parked_like_any_failure() -> None:
    enqueue("nobody.knows")
    run_due_jobs(worker="a")
    assert "UnknownName" in Job.objects.get().last_error
    with pytest.raises(UnknownName):
        task_named("nobody.knows")


def test_the_next_try_gives_way_to_one_queued_meanwhile(ran: list[int]) -> None:
    @task("again")
    def again() -> None:
        enqueue("again", dedupe_key="k", run_at=timezone.now() + timedelta(hours=1))
        raise ValueError

    enqueue("again", dedupe_key="k")
    run_due_jobs(worker="a")
    assert sorted(Job.objects.values_list("state", flat=True)) == ["done", "queued"]


def test_a_job_of_a_dead_worker_is_taken_over_after_its_lease(ran: list[int]) -> None:
    enqueue("note")
    Job.objects.update(
        state=Job.State.RUNNING, leased_by="dead", leased_until=timezone.now() + timedelta(minutes=1)
    )
    assert not run_due_jobs(worker="b")
    with time_machine.travel(timezone.now() + timedelta(minutes=2), tick=False):
        assert run_due_jobs(worker="b")
    assert ran == [0]


def test_a_job_whose_every_worker_dies_is_parked(ran: list[int]) -> None:
    enqueue("note")
    Job.objects.update(
        state=Job.State.RUNNING, leased_by="dead", leased_until=timezone.now(), attempts=MOST_ATTEMPTS
    )
    run_due_jobs(worker="b")
    job = Job.objects.get()
    assert (job.state, ran) == (Job.State.FAILED, [])
    assert "WorkerLost" in job.last_error


def test_whoever_lost_the_lease_does_nothing(ran: list[int]) -> None:
    enqueue("note")
    Job.objects.update(state=Job.State.RUNNING, leased_by="b", leased_until=timezone.now())
    run_job(Job.objects.get(), worker="a")
    assert ran == []


def test_a_pulse_keeps_the_leases_of_its_worker_only() -> None:
    enqueue("note")
    enqueue("note")
    first, second = Job.objects.order_by("pk")
    soon = timezone.now() + timedelta(seconds=1)
    Job.objects.filter(pk=first.pk).update(state="running", leased_by="a", leased_until=soon)
    Job.objects.filter(pk=second.pk).update(state="running", leased_by="b", leased_until=soon)
    keep_leases("a")
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.leased_until is not None
    assert first.leased_until > soon
    assert second.leased_until == soon


def test_a_worker_told_to_stop_gives_back_what_it_has_not_begun(ran: list[int]) -> None:
    stop = Event()

    @task("last")
    def last() -> None:
        stop.set()

    enqueue("last", run_at=timezone.now() - timedelta(seconds=5))
    enqueue("note", dedupe_key="k")
    run_due_jobs(worker="a", stop=stop)
    assert ran == []
    enqueue("note", args={"number": 1}, dedupe_key="k")
    run_due_jobs(worker="b")
    assert sorted(ran) == [0, 1]


def in_threads(count: int, work: Callable[[int], None]) -> None:
    def run(number: int) -> None:
        try:
            work(number)
        finally:
            connection.close()

    threads = [Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_workers_in_parallel_run_each_job_once(ran: list[int]) -> None:
    with transaction.atomic():
        for number in range(100):
            enqueue("note", args={"number": number})

    def work(number: int) -> None:
        while run_due_jobs(worker=f"w{number}"):
            pass

    in_threads(4, work)
    assert sorted(ran) == list(range(100))


def test_an_error_is_described_without_its_values() -> None:
    try:
        raise RuntimeError("no such thing 'Bea' at postgres://user:pw@host/db")  # noqa: TRY301 - to be caught
    except RuntimeError as error:
        text = described(error)
    assert text.startswith("RuntimeError: no such thing … at …")
    assert "test_queue.py" in text
    assert described(ValueError()) == "ValueError: "
