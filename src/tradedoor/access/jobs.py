"""Long work of this app, by name. No rule of its own: each step picks rows and calls an action."""

from collections import Counter

from tradedoor.access.actions.bulk import CHANGE_MANY, INVITE, Deed, Rows, Selection, named
from tradedoor.access.actions.crm import APPLY_IMPORT, follow_import
from tradedoor.access.actions.deeds import perform
from tradedoor.access.actions.invitations import (
    Invited,
    invite_batch,
)
from tradedoor.access.actions.planning import Candidate
from tradedoor.access.actions.reminding import remind
from tradedoor.access.models import Role, State
from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission
from tradedoor.crm.imports.outcomes import RowOutcome
from tradedoor.crm.imports.steppers import ApplySteps
from tradedoor.jobs.registry import task, work
from tradedoor.jobs.steps import Line, Step, StepResult
from tradedoor.stores.models import Store

REMINDER_ACTOR = Actor.job("access.remind", permissions=frozenset({Permission.ACCESS_REMIND}))
GONE = "left_the_list"
MOST = 500  # contacts a transaction: well under a second on a small machine
MOST_CHANGED = (
    4000  # accesses a transaction: deactivating so many takes about half a second; a slow step makes fewer
)

STATUS: dict[State | None, str] = {State.PENDING: "resent", State.REQUESTED: "let_in"}


@work(INVITE)
def invite(step: Step) -> StepResult:
    """Invite the next contacts by id.

    The cursor is kept by the transaction that invites, so a worker killed in between invites nobody twice.
    """
    store = Store.objects.get(pk=step.args["store_id"])
    rows = Selection.read(step.args["selection"]).rows(store, actor=step.actor)
    after = step.cursor or 0
    batch = min(step.batch, MOST)
    ids = list(rows.order_by("pk").filter(pk__gt=after).values_list("pk", flat=True)[:batch])
    if not ids:
        return StepResult(cursor=after, done=0, finished=True)
    invited = invite_batch(
        store, ids, actor=step.actor, role=Role(step.args["role"]), message=step.args["message"]
    )
    lines = _lines(invited)
    return StepResult(
        cursor=ids[-1],
        done=len(ids),
        counts=Counter(line.status for line in lines),
        lines=lines,
        finished=len(ids) < batch,
    )


@work(CHANGE_MANY)
def change_many(step: Step) -> StepResult:
    """Do it to the next accesses by id; what is in no state for it is left alone and named."""
    store = Store.objects.get(pk=step.args["store_id"])
    after = step.cursor or 0
    batch = min(step.batch, MOST_CHANGED)
    rows = Rows.read(step.args["rows"]).of(store, actor=step.actor).order_by("pk")
    rows = rows.filter(pk__gt=after, pk__lte=step.args["last"])
    # Keys first: a list's rows come with much that only its page shows.
    keys = list(rows.values_list("pk", flat=True)[:batch])
    chosen = named(keys)
    if not chosen:
        return StepResult(cursor=after, done=0, counts=_gone(step, 0), total=step.done, finished=True)
    deed = Deed(step.args["deed"])
    outcome = perform(deed, list(chosen), reason=step.args["reason"], actor=step.actor)
    refused = {row.access_id: row for row in outcome.refused}
    lines = [
        Line(
            access_id,
            refused[access_id].reason.value if access_id in refused else "done",
            refused[access_id].sentence if access_id in refused else "",
            data,
        )
        for access_id, data in chosen.items()
    ]
    finished = len(chosen) < batch
    return StepResult(
        cursor=max(chosen),
        done=len(chosen),
        counts=Counter(line.status for line in lines) + (_gone(step, len(chosen)) if finished else Counter()),
        lines=lines,
        total=step.done + len(chosen) if finished else None,
        finished=finished,
    )


def _gone(step: Step, done: int) -> Counter[str]:
    """How many of those who were shown have left the list since, and were left alone."""
    return Counter({GONE: max((step.total or 0) - step.done - done, 0)})


@work(APPLY_IMPORT)
class ApplyImport(ApplySteps):
    """An import of customers or contacts, and what follows for accesses in the same transaction."""

    def applied(self, outcomes: list[RowOutcome], *, actor: Actor) -> None:
        follow_import(outcomes, actor=actor, work_id=self.work_id)


@task("access.remind")
def remind_of_invitations() -> None:
    """Remind of all invitations that run out within two days, batch by batch."""
    remind(actor=REMINDER_ACTOR)


def _lines(invited: Invited) -> list[Line]:
    was = {row.contact_id: invited.moved.was[row.pk] for row in invited.moved.rows}
    return [_line(candidate, was.get(candidate.contact.pk)) for candidate in invited.plan]


def _line(candidate: Candidate, was: State | None) -> Line:
    contact = candidate.contact
    data = {"contact": str(contact.public_id), "name": contact.name, "customer": contact.customer.name}
    if candidate.is_refused and candidate.reason is not None:
        return Line(contact.pk, candidate.reason.value, candidate.sentence, data)
    return Line(contact.pk, STATUS.get(was, "invited"), "", data)
