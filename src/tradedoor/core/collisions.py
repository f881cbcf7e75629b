"""Two transactions that stood in each other's way: the database ends one of them, which may simply try again."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import DatabaseError, IntegrityError

# PostgreSQL: a deadlock found, and a serialization that failed.
ENDED_FOR_ANOTHER = frozenset({"40P01", "40001"})
TRIES = 3

P = ParamSpec("P")
R = TypeVar("R")


def is_collision(error: DatabaseError) -> bool:
    """Whether somebody else was quicker, or was let go first: done once more it may well succeed."""
    return (
        isinstance(error, IntegrityError) or getattr(error.__cause__, "sqlstate", None) in ENDED_FOR_ANOTHER
    )


def tried_again(act: Callable[P, R]) -> Callable[P, R]:
    """Let `act`, which is one transaction, begin anew where it was ended for another's sake; at most twice."""

    @wraps(act)
    def trying(*args: P.args, **kwargs: P.kwargs) -> R:
        for _try in range(TRIES - 1):
            try:
                return act(*args, **kwargs)
            except DatabaseError as error:
                if not is_collision(error):
                    raise
        return act(*args, **kwargs)

    return trying
