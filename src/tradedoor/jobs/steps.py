"""What a kind of long work is given and gives back, step by step."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias
from uuid import UUID

from tradedoor.core.actor import Actor


@dataclass(frozen=True, slots=True)
class Step:
    """Where the work stands, and as whom it goes on.

    `cursor` is what the step before gave back, None at first. `batch` is how many things to do in this step
    so that it takes well under a second: a longer write transaction would keep everybody else waiting.
    """

    public_id: UUID
    kind: str
    args: Mapping[str, Any]
    cursor: Any
    done: int
    total: int | None
    counts: Mapping[str, int]
    store_id: int | None
    actor: Actor
    batch: int


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one thing, for the result file. Numbers are the work's own and never come twice."""

    number: int
    status: str
    reason: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StepResult:
    """What one step did. `done` and `counts` are added to those so far; `total` replaces it where known now."""

    cursor: Any
    done: int
    counts: Mapping[str, int] = field(default_factory=dict)
    lines: Sequence[Line] = ()
    finished: bool = False
    total: int | None = None


StepFunction: TypeAlias = Callable[[Step], StepResult]


class Stepper(Protocol):
    """A kind of work that keeps something open between its steps, such as the file it reads.

    One instance lives through steps that continue each other, and is thrown away after any failure, stop or
    change of worker: the truth is the cursor alone. A method `close()` is called then, where there is one.
    """

    def step(self, run: Step, /) -> StepResult: ...


WorkKind: TypeAlias = StepFunction | type[Stepper]
