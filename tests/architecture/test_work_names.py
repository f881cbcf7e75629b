"""Work is started by name, so that no action imports a job; here every name is looked up."""

import ast
from collections.abc import Iterator

from tests.architecture.source import modules
from tradedoor.config.schedule import SCHEDULE
from tradedoor.jobs.registry import kinds, tasks

STARTERS = {"enqueue", "start_work"}


def named_work() -> Iterator[tuple[str, str, str]]:
    """Place, starter and name of all work that is started anywhere."""
    for module in modules():
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.Call) or ast.unparse(node.func).rpartition(".")[2] not in STARTERS:
                continue
            yield module.at(node), ast.unparse(node.func).rpartition(".")[2], name_of(node)


def name_of(call: ast.Call) -> str:
    first = call.args[0] if call.args else None
    return str(first.value) if isinstance(first, ast.Constant) else ""


def test_every_task_that_is_enqueued_exists() -> None:
    found = [f"{place}: {name}" for place, starter, name in named_work() if starter == "enqueue" and name]
    unknown = [line for line in found if line.rpartition(": ")[2] not in tasks()]
    assert unknown == []


def test_every_kind_of_work_that_is_started_exists() -> None:
    found = [f"{place}: {name}" for place, starter, name in named_work() if starter == "start_work" and name]
    unknown = [line for line in found if line.rpartition(": ")[2] not in kinds()]
    assert unknown == []


def test_everything_on_the_schedule_exists() -> None:
    assert set(SCHEDULE) <= set(tasks())
