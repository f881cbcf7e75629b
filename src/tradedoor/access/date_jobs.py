"""Ends and returns on a date, done once their day has begun where their store is."""

from tradedoor.access.actions.dates import due_ends, due_returns, end_due, return_due
from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission
from tradedoor.jobs.registry import task

ACTOR = Actor.job("access.switch_due", permissions=frozenset({Permission.ACCESS_SWITCH}))
MOST = 500


@task("access.switch_due")
def switch() -> None:
    """Deactivate who was to end, then re-enable who was to return.

    Each batch is a transaction of its own: what stops it, as a database that goes away, keeps what was done before,
    and the next run takes up the rest, however late. A row at which it stumbles is left alone and logged.
    """
    for act, due in ((end_due, due_ends), (return_due, due_returns)):
        ids = due()  # asked anew: who ended late may have to come back at once
        for start in range(0, len(ids), MOST):
            act(ids[start : start + MOST], actor=ACTOR)
