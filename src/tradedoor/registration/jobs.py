"""What is done in the background for those who register."""

from tradedoor.core.actor import Actor
from tradedoor.jobs.registry import task
from tradedoor.jobs.upkeep import report
from tradedoor.registration.actions.answering import answer
from tradedoor.registration.actions.applying import ANSWER
from tradedoor.registration.actions.clearing import clear_out

ACTOR = Actor.job("registration", permissions=frozenset())


@task(ANSWER)
def answer_registration(registration_id: int, mail: int) -> None:
    """Mail the owner of the address."""
    answer(registration_id, mail=mail, actor=ACTOR)


@task("registration.tidy")
def tidy() -> None:
    """Drop what was never confirmed."""
    report("registration.tidy", clear_out())
