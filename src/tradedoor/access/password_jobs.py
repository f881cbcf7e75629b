"""The forgotten password, decided in the background: the page that asked must not know the answer (ENU-02)."""

from tradedoor.access.actions.passwords import SEND_RESET, send_reset
from tradedoor.core.actor import Actor
from tradedoor.jobs.registry import task

ACTOR = Actor.job("password-reset", permissions=frozenset())


@task(SEND_RESET)
def decide(*, store_id: int, address: str) -> None:
    """Send what this address may have: a link, its invitation once more, or nothing."""
    send_reset(store_id, address, actor=ACTOR)
