"""Long lists of numbers and texts as one text: PostgreSQL's spelling of an array, and JSON for SQLite.

The driver spells an array element by element, which takes it half a microsecond for a number and a whole one for an
address; work on sets sends some hundred of them for each row it changes.
"""

import json
from collections.abc import Sequence
from typing import Any


def array_of(values: Sequence[Any]) -> Any:
    """The values as PostgreSQL reads an array; those of other kinds than numbers and texts as they are."""
    kinds = set(map(type, values))
    if kinds == {int}:
        return "{" + ",".join(map(str, values)) + "}"
    if kinds != {str}:
        return list(values)
    joined = '","'.join(values)
    if "\\" in joined or joined.count('"') != 2 * (len(values) - 1):
        joined = '","'.join(value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return '{"' + joined + '"}'


def json_of(values: Sequence[int | str]) -> str:
    """The same numbers or texts as JSON."""
    return json.dumps(list(values), ensure_ascii=False)
