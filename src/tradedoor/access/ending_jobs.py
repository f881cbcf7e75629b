"""What ends with large customers, as long work. No rule of its own: each step calls an action."""

from tradedoor.access.actions.ending_steps import END_WITH_CUSTOMERS, end_next
from tradedoor.jobs.registry import work
from tradedoor.jobs.steps import Step, StepResult

MOST = 500  # contacts a transaction, with their accesses: about a quarter of a second


@work(END_WITH_CUSTOMERS)
def end_with_customers(step: Step) -> StepResult:
    """End what the next contacts by key have."""
    part = end_next(step.args, after=step.cursor or 0, most=min(step.batch, MOST), actor=step.actor)
    is_last = part.cursor is None
    return StepResult(
        cursor=step.cursor if is_last else part.cursor,
        done=part.contacts,
        counts={"ended": part.ended},
        total=step.done if is_last else None,
        finished=is_last,
    )
