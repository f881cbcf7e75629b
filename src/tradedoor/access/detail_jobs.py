"""Login details for many, by name. No rule of its own: each step takes the next contacts and calls the action."""

from bisect import bisect_right
from collections import Counter

from tradedoor.access.actions.details import Given
from tradedoor.access.actions.many_logins import GIVE_DETAILS, give_batch
from tradedoor.accounts.errors import Busy
from tradedoor.jobs.registry import work
from tradedoor.jobs.steps import Line, Step, StepResult
from tradedoor.stores.models import Store

MOST = 500  # contacts a transaction: well under a second on a small machine
# Where each is given a password: a hash takes tens of milliseconds, and writing waits for it.
MOST_HASHED = 10


@work(GIVE_DETAILS)
def give(step: Step) -> StepResult:
    """Give the next contacts by id.

    The cursor is kept by the transaction that gives, so a worker killed in between gives nobody twice.
    """
    store = Store.objects.get(pk=step.args["store_id"])
    after = step.cursor or 0
    hashes = store.login_details == Store.LoginDetails.PASSWORD
    batch = min(step.batch, MOST_HASHED if hashes else MOST)
    everybody: list[int] = step.args["contact_ids"]
    begin = bisect_right(everybody, after)
    ids = everybody[begin : begin + batch]
    if not ids:
        return StepResult(cursor=after, done=0, finished=True)
    try:
        given = give_batch(store, ids, actor=step.actor)
    except Busy:
        return StepResult(cursor=after, done=0)  # everybody is signing in: the next step tries again
    lines = _lines(given)
    return StepResult(
        cursor=ids[-1],
        done=len(ids),
        counts=Counter(line.status for line in lines),
        lines=lines,
        finished=ids[-1] == everybody[-1],
    )


def _lines(given: Given) -> list[Line]:
    kept = {row.contact_id for row in given.moved.rows if row.pk in given.kept}
    lines = []
    for _store, candidate in given.plan:
        contact = candidate.contact
        data = {"contact": str(contact.public_id), "name": contact.name, "customer": contact.customer.name}
        if candidate.is_refused and candidate.reason is not None:
            lines.append(Line(contact.pk, candidate.reason.value, candidate.sentence, data))
        else:
            lines.append(Line(contact.pk, "kept_password" if contact.pk in kept else "given", "", data))
    return lines
