"""What a kind of long work may be: a class, or a plain function; and one that nobody knows."""

import pytest

from tests.jobs.test_work import ADA, MACHINE
from tradedoor.jobs.driving import drive_waiting_work
from tradedoor.jobs.registry import UnknownName, work
from tradedoor.jobs.steps import Step, StepResult
from tradedoor.jobs.work import (
    start_work,
)

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_plain_function_is_a_kind_of_work_too() -> None:
    @work("once")
    def once(run: Step) -> StepResult:
        assert run.batch > 0
        return StepResult(cursor=None, done=1, finished=True, total=1)

    started = start_work("once", title="Once", args={"a": 1}, actor=MACHINE)
    assert started.percent is None
    drive_waiting_work(worker="w")
    started.refresh_from_db()
    assert (started.state, started.total) == ("done", 1)


def test_an_unknown_kind_is_not_started() -> None:
    with pytest.raises(UnknownName):
        start_work("nothing", title="", args={}, actor=ADA)
