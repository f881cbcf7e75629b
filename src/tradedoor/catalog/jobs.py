"""The import of products, step by step."""

from typing import Any

from tradedoor.catalog.actions.clearing import clear_out
from tradedoor.catalog.actions.importing import KIND, groups_to_import, import_batch
from tradedoor.catalog.imports.groups import Group
from tradedoor.jobs.registry import task, work
from tradedoor.jobs.steps import Line, Step, StepResult
from tradedoor.jobs.upkeep import report


@work(KIND)
class ImportProducts:
    """Takes whole products at a time, so that no product is left with half of its variants.

    The cursor counts products, and the file with its mapping is always gathered into the same ones.
    """

    def __init__(self) -> None:
        self.groups: list[Group] | None = None

    def step(self, run: Step, /) -> StepResult:
        groups = self._groups(run.args)
        start = end = int(run.cursor or 0)
        rows = 0
        while end < len(groups) and (end == start or rows + groups[end].size <= run.batch):
            rows += groups[end].size
            end += 1
        plan = import_batch(groups[start:end], actor=run.actor, dry_run=bool(run.args["dry_run"]))
        return StepResult(
            cursor=end,
            done=rows,
            counts=plan.counts(),
            lines=[Line(line.number, line.status, line.reason, {"sku": line.sku}) for line in plan.lines],
            finished=end >= len(groups),
            total=sum(group.size for group in groups),
        )

    def _groups(self, args: Any) -> list[Group]:
        if self.groups is None:
            self.groups = groups_to_import(args)
        return self.groups


@task("catalog.tidy")
def tidy() -> None:
    """Drop uploaded files nobody asks for any more."""
    report("catalog.tidy", clear_out())
