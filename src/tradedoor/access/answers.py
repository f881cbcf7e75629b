"""Requests that something else answers than an answer on Requests: an invitation, login details, the end of a customer.

Whoever keeps the requests lies above and is told here, in the transaction of the move, so that none stays open.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from tradedoor.access.models import State
from tradedoor.access.transitions import Trigger
from tradedoor.core.actor import Actor


@dataclass(frozen=True, slots=True)
class Answer:
    access_id: int
    state: State
    trigger: Trigger


Listener = Callable[[Collection[Answer], Actor], None]
_listeners: list[Listener] = []
# Given on Requests, by whoever keeps them.
KNOWN = frozenset({Trigger.APPROVE, Trigger.DECLINE})


def listen(listener: Listener) -> None:
    """Let `listener` hear of every answer from now on. Told twice, it still hears each once."""
    if listener not in _listeners:
        _listeners.append(listener)


def tell(answers: Collection[Answer], actor: Actor) -> None:
    for listener in _listeners:
        listener(answers, actor)
