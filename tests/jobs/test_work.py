"""Long work: every step counts once, whatever kills, stops or refuses it."""

import gc
import os
import signal
from collections.abc import Callable, Mapping
from datetime import timedelta
from threading import Thread, Timer
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from tradedoor.audit.models import AuditRow
from tradedoor.core.actor import Actor, ActorKind
from tradedoor.core.errors import Conflict, NotAllowed, NotFound
from tradedoor.core.permissions import Permission, require
from tradedoor.jobs import driving
from tradedoor.jobs.driving import Driver, claim, drive_waiting_work, drive_work
from tradedoor.jobs.models import Work, WorkLine
from tradedoor.jobs.registry import set_actor_loader, work
from tradedoor.jobs.steps import Line, Step, StepResult
from tradedoor.jobs.upkeep import tidy
from tradedoor.jobs.work import (
    current_work,
    result_lines,
    resume_work,
    start_work,
    stop_work,
    unfinished_work,
    work_for,
)

pytestmark = pytest.mark.django_db(transaction=True)


RIGHTS = frozenset({Permission.CRM_IMPORT.value})


ADA = Actor(ActorKind.STAFF, login_id=1, label="Ada", permissions=RIGHTS)


SAM = Actor(ActorKind.STAFF, login_id=2, label="Sam", permissions=RIGHTS, stores=frozenset({10}))


BEA = Actor(ActorKind.BUYER, login_id=3)


MACHINE = Actor.machine("import", permissions=RIGHTS)


class Counting:
    """Counts to ten, three at a time, and can be made to fail."""

    opened = 0
    closed = 0
    before_commit: Callable[[Step], None] | None = None

    def __init__(self) -> None:
        Counting.opened += 1

    def step(self, run: Step) -> StepResult:
        require(run.actor, Permission.CRM_IMPORT)
        assert connection.in_atomic_block
        start = run.cursor or 0
        end = min(start + 3, 10)
        numbers = range(start + 1, end + 1)
        if Counting.before_commit:
            Counting.before_commit(run)
        return StepResult(
            cursor=end,
            done=len(numbers),
            counts={"odd": sum(number % 2 for number in numbers)},
            lines=[Line(number, "ok", data={"n": number}) for number in numbers],
            finished=end == 10,
        )

    def close(self) -> None:
        Counting.closed += 1


@pytest.fixture(autouse=True)
def _counting() -> None:
    Counting.opened = Counting.closed = 0
    Counting.before_commit = None
    work("count")(Counting)
    set_actor_loader(load)


def load(kept: Mapping[str, Any]) -> Actor:
    return {1: ADA, 2: SAM, 3: BEA}[kept["login_id"]]


def start(actor: Actor = ADA, **more: Any) -> Work:
    return start_work("count", title="Count to ten", args={}, actor=actor, total=10, **more)


def check_whole(started: Work) -> None:
    started.refresh_from_db()
    assert (started.state, started.done, started.cursor, started.counts) == ("done", 10, 10, {"odd": 5})
    assert [line.number for line in result_lines(started)] == list(range(1, 11))


def history(started: Work) -> list[str]:
    rows = AuditRow.objects.filter(data__work=str(started.public_id)).order_by("pk")
    return [row.event.removeprefix("jobs.work_") for row in rows]


def test_work_is_done_step_by_step_and_leaves_a_line_each() -> None:
    started = start()
    assert drive_waiting_work(worker="w")
    check_whole(started)
    assert history(started) == ["started", "done"]
    assert (Counting.opened, Counting.closed) == (1, 1)
    assert started.percent == 100
    assert started.is_finished
    assert not drive_waiting_work(worker="w")


def test_a_worker_killed_half_way_repeats_nothing_and_leaves_nothing_out() -> None:
    started = start()
    Counting.before_commit = lambda run: die_at(run, 6)
    with pytest.raises(SystemExit):
        drive_waiting_work(worker="killed")

    started.refresh_from_db()
    assert (started.state, started.done) == ("running", 6)
    assert WorkLine.objects.count() == 6
    Counting.before_commit = None
    with time_machine.travel(timezone.now() + timedelta(seconds=11), tick=False):
        assert drive_waiting_work(worker="next")
    check_whole(started)


def die_at(run: Step, done: int) -> None:
    if run.done == done:
        raise SystemExit


def test_whoever_lost_the_lease_writes_nothing() -> None:
    started = start()
    assert claim(started.pk, worker="slow")
    Work.objects.update(leased_by="other")
    Driver(started.pk, worker="slow").drive(is_over=lambda: False)
    started.refresh_from_db()
    assert (started.done, started.leased_by) == (0, "other")
    assert started.leased_until is not None


def test_two_workers_on_one_work_do_it_once() -> None:
    started = start()

    def run(number: int) -> None:
        try:
            while drive_waiting_work(worker=f"w{number}"):
                pass
        finally:
            connection.close()

    threads = [Thread(target=run, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check_whole(started)


def test_work_is_stopped_between_steps_and_goes_on_where_it_was() -> None:
    started = start()

    def ask(_run: Step) -> None:
        Work.objects.filter(done=3).update(stop_requested=True)

    Counting.before_commit = ask
    drive_waiting_work(worker="w")
    started.refresh_from_db()
    assert (started.state, started.done) == ("stopped", 6)

    Counting.before_commit = None
    assert resume_work(started.public_id, actor=ADA).state == "queued"
    drive_waiting_work(worker="w")
    check_whole(started)
    assert history(started) == ["started", "stopped", "resumed", "done"]


def test_queued_work_is_stopped_at_once_and_running_work_is_asked() -> None:
    started = start()
    assert stop_work(started.public_id, actor=ADA).state == "stopped"
    assert not drive_waiting_work(worker="w")
    resume_work(started.public_id, actor=ADA)
    claim(started.pk, worker="w")
    assert stop_work(started.public_id, actor=ADA).stop_requested
    assert not resume_work(started.public_id, actor=ADA).stop_requested


def test_done_work_is_not_resumed() -> None:
    started = start()
    drive_waiting_work(worker="w")
    with pytest.raises(Conflict, match="done"):
        resume_work(started.public_id, actor=ADA)
    assert stop_work(started.public_id, actor=ADA).state == "done"


def test_whoever_lost_the_right_ends_the_work_with_its_sentence() -> None:
    started = start()

    def lose(_run: Step) -> None:
        set_actor_loader(lambda _kept: Actor(ActorKind.STAFF, login_id=1))

    Counting.before_commit = lose
    drive_waiting_work(worker="w")
    started.refresh_from_db()
    assert (started.state, started.done) == ("failed", 3)
    assert started.problem == "Your role does not allow this."
    row = AuditRow.objects.get(event="jobs.work_failed")
    assert (row.actor_id, row.result) == (1, NotAllowed.code)


def test_an_accident_is_tried_again_then_ends_the_work_without_telling_on_anybody() -> None:
    started = start()

    def fail(run: Step) -> None:
        if run.done == 3:
            raise ValueError("bea@acme.example is 'Bea'")

    Counting.before_commit = fail
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _number in range(driving.MOST_FAILURES):
            assert drive_waiting_work(worker="w")
            assert not drive_waiting_work(worker="w")
            clock.shift(timedelta(minutes=1))
    started.refresh_from_db()
    assert (started.state, started.done) == ("failed", 3)
    assert "ValueError" in started.problem
    assert "acme" not in started.problem
    assert Counting.opened == Counting.closed == driving.MOST_FAILURES

    Counting.before_commit = None
    resume_work(started.public_id, actor=ADA)
    drive_waiting_work(worker="w")
    check_whole(started)


def test_a_double_click_starts_one() -> None:
    first = start(dedupe_key="k")
    assert start(dedupe_key="k").pk == first.pk
    with pytest.raises(Conflict, match="already running"):
        start(BEA, dedupe_key="k")
    drive_waiting_work(worker="w")
    assert start(dedupe_key="k").pk != first.pk


def test_stopped_work_gives_way_to_one_started_anew() -> None:
    first = start(dedupe_key="k")
    stop_work(first.public_id, actor=ADA)
    assert unfinished_work("count", dedupe_key="k", actor=ADA) == first
    start(dedupe_key="k")
    with pytest.raises(Conflict, match="already running"):
        resume_work(first.public_id, actor=ADA)


def test_work_is_seen_by_its_starter_and_by_staff_of_its_store() -> None:
    here = start(ADA, store_id=10)
    elsewhere = start(ADA, store_id=20)
    company = start(ADA)
    own = start(SAM)
    buyers = start(BEA, store_id=10)

    assert current_work(ADA) == [buyers, own, company, elsewhere, here]
    assert current_work(ADA, store_id=20) == [elsewhere]
    assert current_work(SAM) == [buyers, own, here]
    assert current_work(BEA) == [buyers]
    assert current_work(Actor.nobody()) == []
    assert len(current_work(MACHINE)) == 5
    assert work_for(here.public_id, actor=SAM) == here
    for hidden, actor in ((elsewhere, SAM), (company, SAM), (here, BEA)):
        with pytest.raises(NotFound):
            work_for(hidden.public_id, actor=actor)
        with pytest.raises(NotFound):
            stop_work(hidden.public_id, actor=actor)
    with pytest.raises(NotFound):
        work_for(uuid4(), actor=ADA)


def test_work_is_driven_in_the_foreground_with_progress() -> None:
    started = start(MACHINE)
    seen: list[int] = []
    ended = drive_work(started.pk, lambda at: seen.append(at.done))
    assert ended.state == "done"
    assert seen == [0, 3, 6, 9, 10]
    check_whole(started)


def test_the_machine_keeps_the_rights_it_was_given() -> None:
    started = start_work("count", title="t", args={}, actor=Actor.machine("x", permissions=frozenset()))
    assert drive_work(started.pk).problem == "Your role does not allow this."


def test_ctrl_c_stops_after_the_step_it_falls_into_and_running_again_goes_on() -> None:
    started = start(MACHINE)

    def interrupt(run: Step) -> None:
        if run.done == 3:
            os.kill(os.getpid(), signal.SIGINT)

    Counting.before_commit = interrupt
    before = signal.getsignal(signal.SIGINT)
    assert drive_work(started.pk).state == "stopped"
    assert signal.getsignal(signal.SIGINT) == before
    started.refresh_from_db()
    assert started.done == 6

    Counting.before_commit = None
    resume_work(started.public_id, actor=MACHINE)
    assert drive_work(started.pk).state == "done"
    check_whole(started)


def test_the_foreground_watches_and_stops_what_a_worker_is_at() -> None:
    started = start(MACHINE)
    claim(started.pk, worker="other")
    Timer(0.4, lambda: os.kill(os.getpid(), signal.SIGINT)).start()

    def watch(at: Work) -> None:
        if at.stop_requested:
            Driver(at.pk, worker="other").drive(is_over=lambda: False)

    assert drive_work(started.pk, watch).state == "stopped"


def test_other_work_has_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driving, "SLICE_SECONDS", 0.0)
    first, second = start(), start()
    drive_waiting_work(worker="w")
    drive_waiting_work(worker="w")
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.done, second.done) == (3, 3)
    while drive_waiting_work(worker="w"):
        pass
    check_whole(first)
    check_whole(second)


@pytest.mark.parametrize(("long", "pauses"), [(-1.0, True), (60.0, False)])
def test_after_a_long_step_on_sqlite_others_may_write(
    *, long: float, pauses: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(driving, "LONG_STEP", long)
    monkeypatch.setattr(driving, "sleep", slept.append)

    drive_work(start().pk)

    # Not after the last of its four steps, since nothing follows.
    assert len(slept) == (3 if pauses and connection.vendor == "sqlite" else 0)


def test_garbage_is_looked_for_between_steps_and_not_within_one() -> None:
    looking: list[bool] = []

    def look(run: Step) -> None:
        looking.append(gc.isenabled())
        if run.done == 3:
            raise ValueError

    Counting.before_commit = look
    start()
    drive_waiting_work(worker="w")

    assert looking == [False, False]
    assert gc.isenabled()


def test_results_are_dropped_after_a_while() -> None:
    started = start()
    drive_waiting_work(worker="w")
    kept = start()
    with time_machine.travel(timezone.now() + timedelta(days=31), tick=False):
        tidy()
    assert list(Work.objects.all()) == [kept]
    assert not WorkLine.objects.filter(work_id=started.pk).exists()
