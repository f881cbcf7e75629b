"""Matches the columns of a table to the fields it may fill.

A guess is offered to a person, never applied unseen. What may be filled is a list of targets (CSV-02): a column
that serves none is not read.
"""

import json
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from tradedoor.core.errors import Invalid

_SHORTEST_CONTAINED = 4
_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NO_WORD = re.compile(r"[\W_]+")
# A header with one of these means something about a field, not the field: "Email opt out", "Phone type".
_QUALIFIERS = frozenset({
    "id", "ids", "type", "owner", "status", "opt", "out", "unsubscribed", "date", "time", "count", "number", "tracker",
    "policy", "position", "alt", "service", "source", "promotion", "unit", "code", "score", "last", "created", "modified",
    "bounced", "hard", "fax", "verified", "currency", "associated",
})  # fmt: skip


class Target(NamedTuple):
    """A field that a column may fill."""

    key: str
    label: str | Promise
    required: bool = False
    aliases: tuple[str, ...] = ()
    """Header names by which other systems call it, the likeliest first."""
    pattern: str = ""
    """What nearly all its values look like. A column whose samples look otherwise is not taken for it."""


def fold(name: str) -> str:
    """The name without case, accents, punctuation and humps: `BillingStreet`, `billing_street` are one."""
    plain = unicodedata.normalize("NFKD", _HUMPS.sub(" ", name))
    plain = "".join(char for char in plain if not unicodedata.combining(char)).casefold()
    return _NO_WORD.sub(" ", plain).strip()


def guess_mapping(
    header: Sequence[str],
    targets: Sequence[Target],
    *,
    samples: Sequence[Sequence[str]] | None = None,
    taken: Collection[int] = (),
) -> dict[str, int]:
    """Which column most likely fills which target, by key. One column serves one target.

    A name that is the target's own goes before one of its aliases, and that before a name which only contains one.
    An own name gives way when that serves another target too: with "Title" and "Salutation" the first is the job.
    Samples veto names that promise something else, and find a column by its looks where no name fits. Columns in
    `taken` are left alone, for a file that holds two kinds of thing.
    """
    columns = [column for column in range(len(header)) if column not in taken]
    looks = _Looks(samples or ())
    names = {column: fold(header[column]) for column in columns}
    edges = {
        target.key: [column for column in _named(target, names) if looks.fit(target, column)]
        for target in targets
    }
    found: dict[int, str] = {}
    for target in targets:
        own = {_tight(target.key), _tight(str(target.label))}
        for column in edges[target.key]:
            if column not in found and _tight(names[column]) in own:
                found[column] = target.key
                break
    for target in targets:
        if target.key not in found.values():
            _place(target.key, edges, found, visited=set())
    for target in targets:
        if target.key not in found.values():
            free = {column: name for column, name in names.items() if column not in found}
            likely = _containing(target, free, looks)
            likely = looks.only(target, free) if likely is None else likely
            if likely is not None:
                found[likely] = target.key
    columns_of = {key: column for column, key in found.items()}
    return {target.key: columns_of[target.key] for target in targets if target.key in columns_of}


def parse_mapping(given: Iterable[str] | Mapping[str, object] | str, header: Sequence[str]) -> dict[str, int]:
    """The mapping a person wrote: `["code=Account Number", …]`, or a JSON object (as text or read).

    A column is named by its header, in any case, or by its number from 1. A target without a column is left out.
    Raises `Invalid`.
    """
    mapping: dict[str, int] = {}
    for key, wanted in _pairs(given):
        if key in mapping:
            raise Invalid(
                _("The field %(key)s is mapped twice.") % {"key": key}, code="mapped_twice", field="mapping"
            )
        if wanted is not None and wanted != "":
            mapping[key] = _column(wanted, header, key=key)
    return mapping


def check_mapping(mapping: Mapping[str, int], header: Sequence[str], targets: Sequence[Target]) -> None:
    """Raise `Invalid` for a field that may not be filled, a column that is not there, or a required field left out."""
    labels = {target.key: str(target.label) for target in targets}
    unknown = [key for key in mapping if key not in labels]
    if unknown:
        raise Invalid(
            _("These fields cannot be filled by an import: %(fields)s.") % {"fields": ", ".join(unknown)},
            code="unknown_target",
            field="mapping",
            data={"targets": unknown},
        )
    for key, column in mapping.items():
        if not 0 <= column < len(header):
            raise _no_column(str(column + 1), header, key=key)
    missing = [target for target in targets if target.required and target.key not in mapping]
    if missing:
        raise Invalid(
            _("No column was chosen for: %(fields)s.")
            % {"fields": ", ".join(str(target.label) for target in missing)},
            code="missing_columns",
            field="mapping",
            data={"targets": [target.key for target in missing]},
        )


def _pairs(given: Iterable[str] | Mapping[str, object] | str) -> Iterable[tuple[str, object]]:
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except (ValueError, RecursionError) as error:
            raise Invalid(_("The mapping is not JSON."), code="bad_mapping", field="mapping") from error
        if not isinstance(given, (dict, list)):
            raise Invalid(_("The mapping is not a JSON object."), code="bad_mapping", field="mapping")
    if isinstance(given, Mapping):
        return [(str(key), wanted) for key, wanted in given.items()]
    pairs: list[tuple[str, object]] = []
    for line in given:
        key, sign, wanted = str(line).partition("=")
        if not sign or not key.strip():
            raise Invalid(
                _("“%(line)s” is no mapping; write field=Column.") % {"line": line},
                code="bad_mapping",
                field="mapping",
            )
        pairs.append((key.strip(), wanted.strip()))
    return pairs


def _column(wanted: object, header: Sequence[str], *, key: str) -> int:
    text = str(wanted).strip()
    if not isinstance(wanted, (str, int)):
        raise _no_column(text, header, key=key)
    if isinstance(wanted, str):
        if text in header:
            return header.index(text)
        alike = [column for column, name in enumerate(header) if fold(name) == fold(text)]
        if len(alike) == 1 and fold(text):
            return alike[0]
    if text.isascii() and text.isdigit() and len(text) < 6 and 0 < int(text) <= len(header):  # noqa: PLR2004 - no table has 100,000 columns
        return int(text) - 1
    raise _no_column(text, header, key=key)


def _no_column(wanted: str, header: Sequence[str], *, key: str) -> Invalid:
    return Invalid(
        _("There is no column “%(column)s” for %(key)s. The file has: %(header)s.")
        % {"column": wanted, "key": key, "header": ", ".join(header)},
        code="unknown_column",
        field="mapping",
        data={"key": key, "column": wanted},
    )


def _tight(name: str) -> str:
    return fold(name).replace(" ", "")


def _named(target: Target, names: Mapping[int, str]) -> list[int]:
    """The columns whose name is the target's or an alias, best first."""
    wanted = [_tight(name) for name in (target.key, str(target.label), *target.aliases)]
    ranks = {name: rank for rank, name in reversed(list(enumerate(wanted)))}
    tight = {column: name.replace(" ", "") for column, name in names.items()}
    return sorted(
        (column for column in names if tight[column] in ranks), key=lambda column: ranks[tight[column]]
    )


def _place(key: str, edges: Mapping[str, list[int]], found: dict[int, str], *, visited: set[int]) -> bool:
    """Give the target a column, moving targets that have another to go to (augmenting paths)."""
    for column in edges[key]:
        if column not in found:
            found[column] = key
            return True
    for column in edges[key]:
        if column not in visited:
            visited.add(column)
            if _place(found[column], edges, found, visited=visited):
                found[column] = key
                return True
    return False


def _containing(target: Target, names: Mapping[int, str], looks: "_Looks") -> int | None:
    """The column whose name contains the longest alias as whole words and is not about something beside it."""
    wanted = {fold(name) for name in (target.key, str(target.label), *target.aliases)}
    best: tuple[int, int] | None = None
    for column, name in names.items():
        for alias in wanted:
            if len(alias) < _SHORTEST_CONTAINED or f" {alias} " not in f" {name} ":
                continue
            beside = set(f" {name} ".replace(f" {alias} ", " ").split())
            if (
                not beside & _QUALIFIERS
                and looks.fit(target, column)
                and (best is None or len(alias) > best[0])
            ):
                best = (len(alias), column)
    return None if best is None else best[1]


class _Looks:
    """What the samples say about a column."""

    def __init__(self, samples: Sequence[Sequence[str]]) -> None:
        self._samples = samples

    def _values(self, column: int) -> list[str]:
        return [row[column].strip() for row in self._samples if column < len(row) and row[column].strip()]

    def fit(self, target: Target, column: int) -> bool:
        """Whether the values may be the target's: at least half look so, or nothing is known."""
        values = self._values(column)
        if not target.pattern or not values:
            return True
        return 2 * sum(re.fullmatch(target.pattern, value) is not None for value in values) >= len(values)

    def only(self, target: Target, columns: Iterable[int]) -> int | None:
        """The one column in which every value looks like the target's."""
        if not target.pattern:
            return None
        alike = [
            column
            for column in columns
            if (values := self._values(column))
            and all(re.fullmatch(target.pattern, value) is not None for value in values)
        ]
        return alike[0] if len(alike) == 1 else None
