"""What may be kept and logged of an error: enough to find it, nothing that speaks of a person."""

import re
import traceback

LENGTH = 300
HIDDEN = re.compile(
    r"""\S*@\S*          # addresses, and connection strings with a password
    |'[^']*'|"[^"]*"     # values that an error quotes
    |=\s*\([^)]*\)       # PostgreSQL: Key (email)=(…)
    |\S*://\S*           # links
    """,
    re.VERBOSE,
)


def described(error: BaseException) -> str:
    """Return class, the first line with quoted values and addresses left out, and where in our code it was."""
    first = str(error).strip().split("\n", 1)[0]
    return f"{type(error).__name__}: {HIDDEN.sub('…', first)[:LENGTH]}{_place(error)}"


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "tradedoor" in frame.filename] or frames
    if not ours:
        return ""
    return f" ({ours[-1].filename.rpartition('tradedoor/')[2]}:{ours[-1].lineno})"
