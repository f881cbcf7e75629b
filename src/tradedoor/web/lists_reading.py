"""Reading one page of a list: which rows stand on it, however many the list has and a search finds.

Of what a search finds, a page needs the first in the order of the list. No one plan serves all: a few matches are
sorted; a word that nearly every row holds ("com") is met soon by walking along the order; and where thousands
match and the walk meets too few (a surname, in a list by surname) all matches are sorted. A database guesses between
these by a word it knows nothing of, and a wrong guess takes seconds at a million rows. So it is told.
"""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import F, Model, QuerySet
from django.db.models.expressions import OrderBy
from django.db.models.functions import Coalesce

from tradedoor.web.keyset import Cursor, Order

COUNT_LIMIT = 1000
WALK = 1000  # rows met along the order that are looked at: some milliseconds

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows(Generic[Row]):
    """The rows of a list, to be read page by page."""

    queryset: QuerySet[Row]

    def count(self) -> int:
        """How many there are, up to one more than `COUNT_LIMIT`."""
        return self.queryset.order_by().values("pk")[: COUNT_LIMIT + 1].count()

    def read(self, order: Order, most: int, cursor: Cursor | None = None) -> list[Row]:
        """The first rows in this order, behind the cursor where there is one."""
        return list(_behind(self.queryset, order, cursor).order_by(*order.fields)[:most])


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted(Rows[Row]):
    """Those of the rows `of` that have to be sorted for each page.

    The keys of a page are chosen first and its rows read by them, two queries: with all that a row is joined to in
    one statement, PostgreSQL joins every match and SQLite carries every column of them through its sorting.
    """

    of: QuerySet[Row]

    def read(self, order: Order, most: int, cursor: Cursor | None = None) -> list[Row]:
        keys = self.keys(order, most, cursor)
        return list(self.of.filter(pk__in=keys).order_by(*order.fields))

    def keys(self, order: Order, most: int, cursor: Cursor | None) -> list[Any]:
        """The keys of the page, in no order."""
        matches = _behind(self.queryset, order, cursor).order_by(*order.fields)
        return list(matches.values_list("pk", flat=True)[:most])


@dataclass(frozen=True, slots=True, kw_only=True)
class Found(Sorted[Row]):
    """Those of the rows `of` that a search found: where they are no more than `COUNT_LIMIT`, their keys are known."""

    known: int

    def count(self) -> int:
        return self.known

    def keys(self, order: Order, most: int, cursor: Cursor | None) -> list[Any]:
        """The keys of the page, in no order."""
        matches = _behind(self.queryset, order, cursor).order_by(*map(_sorted, order.fields))
        return list(matches.values_list("pk", flat=True)[:most])


@dataclass(frozen=True, slots=True, kw_only=True)
class Many(Found[Row]):
    """More than `COUNT_LIMIT`; `near` are the same, found by looking at each row. One query more, if they are far.

    `along` are those of the whole table that the way leads past.
    """

    near: QuerySet[Row] | None
    along: QuerySet[Row]

    def keys(self, order: Order, most: int, cursor: Cursor | None) -> list[Any]:
        met = self._met(order, most, cursor)
        # By its full name: `super()` does not know a class with slots.
        return met if len(met) == most else Found.keys(self, order, most, cursor)

    def _met(self, order: Order, most: int, cursor: Cursor | None) -> list[Any]:
        """The keys of those met first on the way along the order."""
        if self.near is None:
            return []
        walk = _behind(self.along, order, cursor).order_by(*order.fields).values("pk")[:WALK]
        return list(self.near.filter(pk__in=walk).order_by(*order.fields).values_list("pk", flat=True)[:most])


def found(
    matches: QuerySet[Row], *, of: QuerySet[Row], near: QuerySet[Row] | None, along: QuerySet[Row]
) -> Rows[Row]:
    """What a search found of the rows `of`. One query."""
    keys = list(matches.order_by().values_list("pk", flat=True)[: COUNT_LIMIT + 1])
    if len(keys) <= COUNT_LIMIT:
        return Found(queryset=of.filter(pk__in=keys), of=of, known=len(keys))
    return Many(queryset=matches, of=of, known=len(keys), near=near, along=along)


def _behind(rows: QuerySet[Any], order: Order, cursor: Cursor | None) -> QuerySet[Any]:
    return rows if cursor is None else rows.filter(order.after(cursor.values))


def _sorted(path: str) -> OrderBy:
    """An order that no index has, so that the search index is asked and not each row of the table."""
    name = path.removeprefix("-")
    return OrderBy(Coalesce(F(name), F(name)), descending=path.startswith("-"))
