"""Rows of a form that can be added and removed without script: each press of a button shows the form anew."""

from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

from django import forms

MOST_ROWS = 50

RowForm = TypeVar("RowForm", bound=forms.Form)


class Rows(Generic[RowForm]):
    """Forms of one kind with numbered prefixes. `adder` and `remover` are the names of their buttons."""

    def __init__(self, kind: type[RowForm], name: str) -> None:
        self.kind = kind
        self.name = name
        self.adder, self.remover, self.counter = f"add_{name}", f"remove_{name}", f"{name}-rows"
        self.forms: list[RowForm] = []
        # The row that was just added, whose first field is where typing goes on.
        self.fresh: int | None = None

    def shown(self, rows: Sequence[Mapping[str, Any]]) -> "Rows[RowForm]":
        """The rows as they are stored."""
        self.forms = [self._unbound(number, row) for number, row in enumerate(rows)]
        return self

    def sent(self, data: Mapping[str, str]) -> "Rows[RowForm]":
        """The rows as they came back, to be checked."""
        self.forms = [self.kind(data, prefix=self._prefix(n)) for n in range(self._count(data))]
        return self

    def rewritten(self, data: Mapping[str, str]) -> "Rows[RowForm]":
        """The rows as they were typed, with one more or one less where a button of theirs was pressed."""
        names = list(self.kind.base_fields)
        rows = [
            {name: data.get(f"{self._prefix(number)}-{name}", "") for name in names}
            for number in range(self._count(data))
        ]
        gone = data.get(self.remover, "")
        if gone.isascii() and gone.isdigit() and int(gone[:4]) < len(rows):
            del rows[int(gone[:4])]
        if self.adder in data and len(rows) < MOST_ROWS:
            rows.append({})
            self.fresh = len(rows) - 1
        return self.shown(rows)

    def is_pressed(self, data: Mapping[str, str]) -> bool:
        return self.adder in data or self.remover in data

    def _unbound(self, number: int, row: Mapping[str, Any]) -> RowForm:
        form = self.kind(prefix=self._prefix(number), initial=dict(row))
        if number == self.fresh:
            first = next(iter(form.fields.values()))
            first.widget.attrs["autofocus"] = True
        return form

    def _prefix(self, number: int) -> str:
        return f"{self.name}-{number}"

    def _count(self, data: Mapping[str, str]) -> int:
        text = data.get(self.counter, "")
        return min(int(text[:4]), MOST_ROWS) if text.isascii() and text.isdigit() else 0
