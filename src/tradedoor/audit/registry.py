"""What upper apps tell the history: the sentence of each event, and the names of those who act.

History lies below everybody, so it is told at start (AppConfig.ready) instead of asking upwards.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext

Sentence = str | Promise
NameResolver = Callable[[Collection[int]], Mapping[int, str]]

_sentences: dict[str, Sentence] = {}
_resolvers: list[NameResolver] = []


def register(sentences: Mapping[str, Sentence]) -> None:
    """Make these events readable. A sentence may name any key of the row's data or personal values, `%(like)s` this.

    A changed personal value gives two more: `%(email_old)s` and `%(email_new)s`.
    """
    for event, sentence in sentences.items():
        code = getattr(event, "value", event)
        known = _sentences.get(code)
        if known is not None and known != sentence:
            raise ValueError(f"the event {code} has two sentences")
        _sentences[code] = sentence


def registered() -> Mapping[str, Sentence]:
    return dict(_sentences)


def sentence_of(event: str, values: Mapping[str, Any]) -> str:
    """Return what happened in the language of now; the code itself where no app claims the event."""
    if event not in _sentences:
        return event
    return str(_sentences[event]) % _Known(_flat(values))


def set_name_resolver(resolver: NameResolver) -> None:
    """Let `resolver` turn the ids of logins into names; one query for all of them."""
    _resolvers[:] = [resolver]


def names_of(login_ids: Collection[int]) -> Mapping[int, str]:
    if not login_ids or not _resolvers:
        return {}
    return _resolvers[0](login_ids)


class _Known(dict[str, Any]):
    """Values for a sentence; what was erased since, or never written, shows as a gap and not as an error page."""

    def __missing__(self, key: str) -> str:
        return gettext("(not kept)")


def _flat(values: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in values.items():
        flat[name] = value
        if isinstance(value, Mapping):
            flat |= {f"{name}_{side}": held for side, held in value.items()}
    return flat
