"""Work on many rows, where one that cannot be done must not keep the others from happening."""

import logging
from collections.abc import Callable, Sequence

from django.db import InterfaceError, OperationalError

from tradedoor.core.errors import Refusal
from tradedoor.jobs.failures import described

log = logging.getLogger(__name__)


def as_far_as_possible(
    ids: Sequence[int],
    act: Callable[[Sequence[int]], int],
    *,
    what: str,
    left: Callable[[int, Refusal | None], None] = lambda _key, _refusal: None,
) -> int:
    """Let `act` happen to all of these, or, where that fails, to each half by itself, down to the row at fault.

    `act` is a transaction, or a part of one that can be taken back by itself, and says how many it was done to. A
    row that is refused waits; one at which we stumble is written to the log by its key, and tried again by whoever
    comes round. `left` is told of each such row, and of its refusal where there is one. A database that is away is
    nobody's fault and ends it.
    """
    if not ids:
        return 0
    why: Refusal | None = None
    try:
        return act(ids)
    except (OperationalError, InterfaceError):
        raise
    except Refusal as refusal:
        alone, why = len(ids) == 1, refusal
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one row is not wrong with the next
        alone = len(ids) == 1
        if alone:
            log.error("%s %s: %s", what, ids[0], described(error))  # noqa: TRY400 - a trace may quote rows
    if alone:
        left(ids[0], why)
        return 0
    middle = len(ids) // 2
    return sum(as_far_as_possible(half, act, what=what, left=left) for half in (ids[:middle], ids[middle:]))
