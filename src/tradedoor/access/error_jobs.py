"""What the history brings up, read on the clock."""

from tradedoor.access.actions.error_feed import read_feed
from tradedoor.core.actor import Actor
from tradedoor.jobs.registry import task

ACTOR = Actor.job("access.read_feed", permissions=frozenset())


@task("access.read_feed")
def read() -> None:
    """Raise errors for mail that was refused and for contacts that left past the actions, and close what is over."""
    read_feed(actor=ACTOR)
