"""Merging large customers, as long work. No rule of its own: each step calls an action."""

from tradedoor.access.actions.merging_steps import merge_next
from tradedoor.access.merging_queries import MERGE_CUSTOMERS
from tradedoor.jobs.registry import work
from tradedoor.jobs.steps import Step, StepResult

MOST = 200  # contacts a transaction, with their accesses: about an eighth of a second


@work(MERGE_CUSTOMERS)
def merge(step: Step) -> StepResult:
    """Bring the next contacts along; the last step archives those who have nobody left."""
    part = merge_next(
        step.args, after=step.cursor or 0, done=step.done, most=min(step.batch, MOST), actor=step.actor
    )
    return StepResult(
        cursor=part.cursor,
        done=len(part.lines),
        counts={"accesses": part.accesses, "ended": part.ended},
        lines=part.lines,
        # Others may have joined in meanwhile.
        total=step.done + len(part.lines) + part.left,
        finished=part.is_last,
    )
