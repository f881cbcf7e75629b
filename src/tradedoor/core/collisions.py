"""Two transactions that stood in each other's way: the database ends one of them, which may simply try again."""

from django.db import DatabaseError, IntegrityError

# PostgreSQL: a deadlock found, and a serialization that failed.
ENDED_FOR_ANOTHER = frozenset({"40P01", "40001"})


def is_collision(error: DatabaseError) -> bool:
    """Whether somebody else was quicker, or was let go first: done once more it may well succeed."""
    return (
        isinstance(error, IntegrityError) or getattr(error.__cause__, "sqlstate", None) in ENDED_FOR_ANOTHER
    )
