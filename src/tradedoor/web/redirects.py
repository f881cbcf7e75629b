"""Where a person may be sent on to (RED-01)."""

import re
from urllib.parse import unquote, urlsplit

LONGEST = 2000
# Each round undoes one layer of encoding; what is still encoded after three was meant to deceive.
ROUNDS = 3
UNSAFE = re.compile(r"[\x00-\x20\x7f-\x9f\\]|//|/\.{1,2}(?:[/?#;]|$)")


def safe_next(wanted: str | None, prefix: str) -> str:
    """`wanted` if it is a plain path inside `prefix`, else `prefix` itself.

    The sellers' side begins at "/", and yet no store's page is inside it. Query strings stay, fragments
    go. Dot segments, backslashes, doubled slashes and control characters are refused also where they
    are encoded, because servers and browsers decode at different times.
    """
    if not wanted or len(wanted) > LONGEST or not wanted.startswith("/") or not _is_plain(wanted):
        return prefix
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return prefix
    path = unquote(parts.path)
    is_inside = path.startswith(prefix) and (prefix != "/" or not (path + "/").startswith("/s/"))
    if parts.scheme or parts.netloc or not is_inside:
        return prefix
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _is_plain(address: str) -> bool:
    path = address.partition("?")[0]
    if UNSAFE.search(address.partition("#")[0].partition("?")[0]) or re.search(r"[\x00-\x20\x7f\\]", address):
        return False
    for _round in range(ROUNDS):
        decoded = unquote(path)
        if decoded == path:
            return True
        path = decoded
        if UNSAFE.search(path.replace(" ", "_")):
            return False
    return False
