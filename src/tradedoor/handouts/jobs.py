"""Background work of this app, by name."""

from collections import Counter

from tradedoor.handouts.actions.bulk import MAKE, clear_out, make_batch
from tradedoor.handouts.making import Kind
from tradedoor.jobs.registry import task, work
from tradedoor.jobs.steps import Step, StepResult
from tradedoor.jobs.upkeep import report
from tradedoor.stores.models import Store

# A step is a transaction, and drawing takes some thirty milliseconds each: no step keeps others waiting long.
MOST = 10


@work(MAKE)
def make_handouts(step: Step) -> StepResult:
    """Make the hand-outs of the next customers. A worker killed in between makes the same files again."""
    store = Store.objects.get(pk=step.args["store_id"])
    every, done = step.args["customer_ids"], int(step.cursor or 0)
    ids = every[done : done + MOST]
    lines = make_batch(
        store,
        ids,
        kind=Kind(step.args["kind"]),
        work_id=step.public_id,
        first=done + 1,
        actor=step.actor,
    )
    done += len(ids)
    return StepResult(
        cursor=done,
        done=len(ids),
        counts=Counter(line.status for line in lines),
        lines=lines,
        finished=done >= len(every),
    )


@task("handouts.tidy")
def tidy() -> None:
    """Drop hand-outs nobody fetches any more."""
    report("handouts.tidy", {"archives": clear_out()})
