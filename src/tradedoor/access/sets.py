"""Sets of accesses, and what became of them: one access is a set of one."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from tradedoor.access.models import Access
from tradedoor.access.reasons import Reason


@dataclass(frozen=True, slots=True)
class Accesses:
    """Which accesses an action is about, by key."""

    ids: frozenset[int]

    def store_ids(self) -> set[int]:
        """The stores they are in, asked of the database."""
        return set(Access.objects.filter(pk__in=self.ids).values_list("store_id", flat=True))


def just(access: Access) -> Accesses:
    """The set that holds this one."""
    return Accesses(frozenset({access.pk}))


def these(ids: Iterable[int]) -> Accesses:
    """The set of the accesses with these keys."""
    return Accesses(frozenset(ids))


@dataclass(frozen=True, slots=True)
class Refused:
    """One that an action left alone, and why. `access_id` is None where there is no access yet."""

    reason: Reason
    sentence: str
    access_id: int | None = None
    contact_id: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an action did: the accesses it moved, and those it left alone."""

    done: tuple[int, ...] = ()
    refused: tuple[Refused, ...] = field(default=())
    emails_applied: tuple[int, ...] = ()
    """Contacts whose scheduled email change was applied first."""

    @property
    def reasons(self) -> dict[Reason, int]:
        """How many were left alone for each reason."""
        counts: dict[Reason, int] = {}
        for refused in self.refused:
            counts[refused.reason] = counts.get(refused.reason, 0) + 1
        return counts
