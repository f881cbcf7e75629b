"""What is done in the background for those who register."""

from collections import Counter
from dataclasses import replace

from tradedoor.access.actions.bulk import Rows, named
from tradedoor.access.jobs import GONE
from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission, require
from tradedoor.jobs.registry import task, work
from tradedoor.jobs.steps import Line, Step, StepResult
from tradedoor.jobs.upkeep import report
from tradedoor.registration.actions.answering import answer
from tradedoor.registration.actions.applying import ANSWER
from tradedoor.registration.actions.clearing import clear_out
from tradedoor.registration.actions.deciding_many import DECIDE, MOST, decide
from tradedoor.registration.models import Decision
from tradedoor.stores.models import Store

ACTOR = Actor.job("registration", permissions=frozenset())


@task(ANSWER)
def answer_registration(registration_id: int, mail: int) -> None:
    """Mail the owner of the address."""
    answer(registration_id, mail=mail, actor=ACTOR)


@task("registration.tidy")
def tidy() -> None:
    """Drop what was never confirmed."""
    report("registration.tidy", clear_out())


@work(DECIDE)
def decide_many(step: Step) -> StepResult:
    """Answer the next requests by key; those that cannot be answered so are left alone and named."""
    store = Store.objects.get(pk=step.args["store_id"])
    # A right lost on the way ends it all, instead of standing beside each request.
    require(step.actor, Permission.REQUEST_DECIDE, stores=[store.pk])
    after, batch = step.cursor or 0, min(step.batch, MOST)
    rows = Rows.read(step.args["rows"]).of(store, actor=step.actor).order_by("pk")
    chosen = named(rows.filter(pk__gt=after, pk__lte=step.args["last"]).values_list("pk", flat=True)[:batch])
    lines = _answered(list(chosen), step)
    finished = len(chosen) < batch
    done = step.done + len(chosen)
    gone = Counter({GONE: max((step.total or 0) - done, 0)}) if finished else Counter()
    return StepResult(
        cursor=max(chosen, default=after),
        done=len(chosen),
        counts=Counter(line.status for line in lines) + gone,
        lines=[replace(line, data=chosen[line.number]) for line in lines],
        total=done if finished else None,
        finished=finished,
    )


def _answered(ids: list[int], step: Step) -> list[Line]:
    decision = Decision(step.args["decision"])
    decided = decide(decision, ids, actor=step.actor, reason=step.args["reason"])
    left = {row.access_id: row for row in decided.left}
    done = frozenset(decided.done)
    return [
        Line(pk, left[pk].code, left[pk].sentence)
        if pk in left
        else Line(pk, decision if pk in done else GONE)
        for pk in ids
    ]
