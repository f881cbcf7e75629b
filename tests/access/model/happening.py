"""What may happen to an access: events by name, each through its public door, and what came of it as one word."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from tests.access.model.world import Spot, World
from tradedoor.access.sets import Outcome
from tradedoor.core.errors import Conflict, Refusal

Act: TypeAlias = Callable[[World, Spot, int], object]
Moves: TypeAlias = frozenset[tuple[str, str]]


class Reach(StrEnum):
    """Whose accesses an event may move to another state."""

    SPOT = "spot"
    CONTACT = "contact"
    ANYBODY = "anybody"


class Left(Conflict):
    """An action left the access alone, and said why in its outcome."""

    def __init__(self, code: str) -> None:
        super().__init__(code, code=code)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens. `moves` are the only ways in which it may change the state of an access.

    What only changes the store or happens to others (`elsewhere`) is walked through and has no line in the table.
    """

    name: str
    who: str
    act: Act
    moves: Moves
    reach: Reach
    elsewhere: bool


EVENTS: dict[str, Event] = {}

# Section 2 of product.md, in pairs.
INVITES = "none>pending cancelled>pending declined>pending requested>current"
ENDS = "current>deactivated pending>cancelled requested>declined"
RETURNS = "deactivated>current deactivated>pending"


def event(
    who: str, *, moves: str = "", reach: Reach = Reach.SPOT, elsewhere: bool = False
) -> Callable[[Act], Act]:
    """Register what `who` may do or cause; it is called as the function is."""

    def register(act: Act) -> Act:
        pairs = frozenset((one, other) for one, _, other in (move.partition(">") for move in moves.split()))
        name = act.__name__
        EVENTS[name] = Event(name, who, act, pairs, reach, elsewhere)
        return act

    return register


def told(outcome: Outcome) -> None:
    """Return if the one access that was asked about was done; raise what its outcome says otherwise."""
    if not outcome.done and outcome.refused:
        raise Left(outcome.refused[0].reason)


def happen(name: str, world: World, spot: Spot, other: int) -> str:
    """Let it happen: "ok", or "refused: " and the code."""
    try:
        EVENTS[name].act(world, spot, other)
    except Refusal as refusal:
        return f"refused: {refusal.code}"
    return "ok"
