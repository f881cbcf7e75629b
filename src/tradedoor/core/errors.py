"""The four kinds of refusal.

Every rule that says no raises one of these. `code` is stable and meant for machines and tests;
`str(refusal)` is one clear sentence for a person. Each face maps the four kinds once.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise


class Refusal(Exception):  # noqa: N818 - a refusal is no fault
    """The base of all refusals; never raised itself."""

    code = "refused"
    sentence: str | Promise = ""

    def __init__(
        self,
        sentence: str | Promise | None = None,
        *,
        code: str | None = None,
        field: str | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        self.sentence = sentence if sentence is not None else self.sentence
        self.code = code or self.code
        self.field = field
        self.data = dict(data or {})
        super().__init__(self.sentence)

    def __str__(self) -> str:
        return str(self.sentence)


class NotAllowed(Refusal):
    """The actor lacks the right. Faces answer 403 where existence is no secret, else 404."""

    code = "not_allowed"


class NotFound(Refusal):
    """There is no such thing, or the actor may not know of it: the two look the same (ACC-01)."""

    code = "not_found"


class Conflict(Refusal):
    """The thing is not in a state in which this can be done. Faces answer 409."""

    code = "conflict"


class Invalid(Refusal):
    """What was given cannot be used; `field` names the input. Faces answer 422."""

    code = "invalid"
