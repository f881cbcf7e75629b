"""Long lists of keys and addresses, sent to the database as one value.

Django writes `id IN (%s, %s, …)` with a parameter a key. Work on sets names some thousand rows in each of a hundred
statements: a quarter of its time went into preparing those parameters, and the database read each anew. With one value
the statement is also the same for every set, so that its plan can be kept.
"""

from collections.abc import Collection
from typing import Any

from django.db.models import CharField, ForeignKey, IntegerField
from django.db.models.fields.related_lookups import RelatedIn
from django.db.models.lookups import In

from tradedoor.core.arrays import array_of, json_of

FEW = 10  # up to here the planner is better off with the values themselves
TYPES = {int: "bigint", str: "text"}


class _AllAtOnce:
    """What `In` becomes where it is given many plain whole numbers, or texts."""

    lhs: Any
    rhs: Any

    def get_prep_lookup(self) -> Any:
        if _type_of(self.rhs):
            return list(self.rhs)
        return super().get_prep_lookup()  # type: ignore[misc]  # of the lookup it is mixed into

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        kind = _type_of(self.rhs)
        if not kind:
            return self.as_sql(compiler, connection)  # type: ignore[attr-defined,no-any-return]  # the same
        column, params = self.process_lhs(compiler, connection)  # type: ignore[attr-defined]  # the same
        return f"{column} = ANY(%s::{kind}[])", [*params, array_of(self.rhs)]

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        if not _type_of(self.rhs):
            return self.as_sql(compiler, connection)  # type: ignore[attr-defined,no-any-return]  # the same
        column, params = self.process_lhs(compiler, connection)  # type: ignore[attr-defined]  # the same
        return f"{column} IN (SELECT value FROM json_each(%s))", [*params, json_of(self.rhs)]  # noqa: S608 - a column's own name


class KeysIn(_AllAtOnce, In):
    """For a table's own key and other whole numbers."""


class TextsIn(_AllAtOnce, In):
    """For addresses and codes."""


class RelatedKeysIn(_AllAtOnce, RelatedIn):
    """For the key of another table."""


def register() -> None:
    """Let every model's `…__in` use it."""
    IntegerField.register_lookup(KeysIn)
    ForeignKey.register_lookup(RelatedKeysIn)
    CharField.register_lookup(TextsIn)


def _type_of(values: Any) -> str:
    """The database's type of values that need no preparation one by one; empty for all others, and for few."""
    if not isinstance(values, Collection) or isinstance(values, str) or len(values) <= FEW:
        return ""
    types = set(map(type, values))
    return TYPES.get(types.pop(), "") if len(types) == 1 else ""
