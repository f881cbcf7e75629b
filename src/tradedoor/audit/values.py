"""What history may hold, in a form that cannot forge a line and reads the same on every database."""

import hmac
import json
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from django.utils.functional import Promise

SECRETS = frozenset({"password", "token", "secret", "link", "url", "cookie", "otp", "session_key", "nonce"})
CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True)
SECRET_ENDINGS = ("_password", "_token", "_secret", "_cookie")


def plain(value: Any) -> Any:
    """Return `value` as JSON that has no floats, so that any database hands the very same back.

    Control, format and separator characters in texts become visible escapes (AUD-03). Raises `TypeError` for
    what is no value, so that nobody stores a whole object by mistake.
    """
    # A set of ten thousand rows has its values judged one by one, so the usual types come first.
    kind = type(value)
    if kind is str:
        return value if value.isprintable() else visible(value)
    if value is None or kind is int or kind is bool:
        return value
    if kind is dict:
        return {
            key if type(key) is str and key.isprintable() else _name(key): (
                held if type(held) is str and held.isprintable() else plain(held)
            )
            for key, held in value.items()
        }
    return _plain(value)


def _plain(value: Any) -> Any:  # noqa: PLR0911 - one a kind of value
    match value:
        case Enum():
            return plain(value.value)
        case int():
            return int(value)
        case str() | Promise():
            return visible(str(value))
        case datetime() | date():
            return value.isoformat()
        case Decimal() | UUID() | float():
            return str(value)
        case Mapping():
            return {_name(key): plain(held) for key, held in value.items()}
        case list() | tuple():
            return [plain(held) for held in value]
        case set() | frozenset():
            return sorted((plain(held) for held in value), key=str)
    raise TypeError(f"history cannot hold a {type(value).__name__}")


def _name(key: Any) -> str:
    return str(plain(key))


def visible(text: str) -> str:
    """Return `text` with every character that prints nothing, or moves the cursor, written as an escape."""
    if text.isprintable():
        return text
    return "".join(
        letter
        if letter.isprintable() or unicodedata.category(letter) == "Zs"
        else letter.encode("unicode_escape").decode("ascii")
        for letter in text
    )


def refuse_secrets(values: Mapping[str, Any]) -> None:
    """Raise `ValueError` where a name says that its value is a secret (AUD-02, TOK-02). Ids of them are none."""
    for name in values:
        if name in SECRETS or name.endswith(SECRET_ENDINGS):
            raise ValueError(f"{name} is a secret by its name and is stored nowhere")


def canonical(value: Any) -> str:
    """Return the one spelling of a JSON value that digests and seals are made of."""
    return CANONICAL.encode(value)


def detail_digest(*, salt: str, values: Mapping[str, Any], place: str) -> str:
    """Return the salted digest of a row's personal values and, apart from it, of where it came from.

    Two halves, because retention shortens the second long before the first is due. The salt stands with the
    values and goes with them: what is left tells nothing, even of a value as guessable as an address.
    """
    key = salt.encode()
    return f"{_half(key, canonical(values)) if values else ''}:{_half(key, place) if place else ''}"


def place_of(ip: str, agent: str) -> str:
    """Return where something came from, in the spelling digests are made of; empty where nothing is known."""
    return canonical([ip, agent]) if ip or agent else ""


def _half(key: bytes, spelling: str) -> str:
    return hmac.digest(key, spelling.encode(), "sha256").hex()[:32]
