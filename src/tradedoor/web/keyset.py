"""Pages that begin after a row: the order, the condition, and the cursor that names the row.

A cursor holds the sort values of a row, its key and the place in the list at which the page begins, so that
"26–50 of 248" can be said without counting from the start. It is signed: what comes back is what was given, so
no value in it has to be checked again, and none fits a list or an order it was not made for.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import ImproperlyConfigured
from django.core.signing import BadSignature, Signer
from django.db.models import Model, Q

SALT = "tradedoor.web.keyset"
WRITERS: Sequence[tuple[type, str, Callable[[Any], str | int]]] = (
    (bool, "b", int),
    (int, "i", int),
    (str, "s", str),
    (datetime, "t", datetime.isoformat),
    (date, "d", date.isoformat),
    (Decimal, "n", str),
    (UUID, "u", str),
)
READERS: dict[str, Callable[[Any], Any]] = {
    "b": bool,
    "i": int,
    "s": str,
    "t": datetime.fromisoformat,
    "d": date.fromisoformat,
    "n": Decimal,
    "u": UUID,
}


@dataclass(frozen=True, slots=True)
class Order:
    """The order of a list: field paths, a leading `-` for downwards, the key last."""

    name: str
    fields: tuple[str, ...]

    @classmethod
    def of(cls, name: str, fields: Sequence[str], *, turned: bool) -> "Order":
        # The key runs the way of the field before it, so that one index serves both directions.
        order = cls(name, (*fields, "-pk" if fields[-1].startswith("-") else "pk"))
        return order.reversed(f"-{name}") if turned else order

    def reversed(self, name: str = "") -> "Order":
        flipped = tuple(path[1:] if path.startswith("-") else f"-{path}" for path in self.fields)
        return Order(name or self.name, flipped)

    def after(self, values: Sequence[Any]) -> Q:
        """The rows behind the row with these values.

        Written from the last field inwards: behind in the first field, or equal there and behind in the rest.
        """
        behind = Q()
        for path, value in reversed(list(zip(self.fields, values, strict=True))):
            name, step = (path[1:], "lt") if path.startswith("-") else (path, "gt")
            here = Q((f"{name}__{step}", value))
            behind = (here | (Q((name, value)) & behind)) if behind else here
        first = self.fields[0]
        bound, step = (first[1:], "lte") if first.startswith("-") else (first, "gte")
        return Q((f"{bound}__{step}", values[0])) & behind  # the bound lets an index of the first field serve

    def values_of(self, row: Model) -> list[Any]:
        return [_value(row, path.removeprefix("-")) for path in self.fields]


@dataclass(frozen=True, slots=True)
class Cursor:
    values: tuple[Any, ...]
    start: int


def write_cursor(order: Order, row: Model, *, start: int) -> str:
    """A cursor at `row`; `start` is the place, from 1, at which the page it leads to begins."""
    packed = [_pack(value, path) for value, path in zip(order.values_of(row), order.fields, strict=True)]
    return Signer(salt=SALT).sign_object([order.name, start, packed], compress=False)


def read_cursor(text: str, order: Order) -> Cursor | None:
    """The cursor in an address, or None for one that is not ours or was made for another order."""
    try:
        name, start, packed = Signer(salt=SALT).unsign_object(text)
        values = tuple(READERS[kind](value) for kind, value in packed)
    except (BadSignature, ValueError, TypeError, KeyError):
        return None
    return Cursor(values, start) if name == order.name and len(values) == len(order.fields) else None


def _pack(value: Any, path: str) -> tuple[str, str | int]:
    for kind, letter, write in WRITERS:
        if isinstance(value, kind):
            return letter, write(value)
    raise ImproperlyConfigured(f"The sort field {path} gave {value!r}; sort fields must not be null.")


def _value(row: Model, path: str) -> Any:
    value: Any = row
    for name in path.split("__"):
        value = getattr(value, name)
    return value
