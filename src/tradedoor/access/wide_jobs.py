"""What is done to everyone at a large customer, as long work. No rule of its own: each step calls an action."""

from tradedoor.access.actions.wide_steps import UNDO_WIDE, Part, end_next, undo_next
from tradedoor.access.actions.wider import END_WIDE
from tradedoor.jobs.registry import work
from tradedoor.jobs.steps import Step, StepResult

MOST = 500  # accesses a transaction: taking them back computes for a third of a second


@work(END_WIDE)
def end_wide(step: Step) -> StepResult:
    """Deactivate the next ones by key, or give them the date of their end."""
    after = step.cursor or 0
    return _result(step, end_next(step.args, after=after, most=min(step.batch, MOST), actor=step.actor))


@work(UNDO_WIDE)
def undo_wide(step: Step) -> StepResult:
    """Let the next ones be current again; those who stay off are named, with the reason."""
    after = step.cursor or 0
    return _result(step, undo_next(step.args, after=after, most=min(step.batch, MOST), actor=step.actor))


def _result(step: Step, part: Part) -> StepResult:
    return StepResult(
        cursor=step.cursor if part.cursor is None else part.cursor,
        done=len(part.lines),
        counts=part.counts,
        lines=part.lines,
        total=step.done if part.cursor is None else None,
        finished=part.cursor is None,
    )
