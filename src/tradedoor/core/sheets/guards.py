"""The apostrophe that keeps a spreadsheet from running a cell (security.md, CSV-01).

A spreadsheet evaluates a cell that begins with one of a few signs. Writing puts `'` before such a cell, reading
takes it off again. Text that already looks guarded (`'=1`) gets a second `'`, so that guarding can always be
undone exactly: whatever is exported comes back as it was.
"""

import re

# What begins a formula or a command somewhere, with its full-width form where it has one.
_SIGNS = "=+\\-@|%\t\r\n\0＝＋－＠｜％"
# What a spreadsheet skips before it looks: white space, control characters, marks of no width.
_BLANK = "\\s\x01-\x08\x0e-\x1f\x7f\u200b-\u200f\u2060\ufeff"

_NEEDS_GUARD = re.compile(f"'*[{_BLANK}]*[{_SIGNS}]")
_HAS_GUARD = re.compile(f"'+[{_BLANK}]*[{_SIGNS}]")
_PLAIN_NEGATIVE = re.compile(r"-[0-9]+(?:[.,][0-9]+)?")


def guard(text: str, *, numeric: bool = False) -> str:
    """The text as a spreadsheet will show it and never run it.

    In a numeric column a plain negative number is left alone, because with the apostrophe it could not be summed.
    """
    if not text or not _NEEDS_GUARD.match(text):
        return text
    if numeric and _PLAIN_NEGATIVE.fullmatch(text):
        return text
    return "'" + text


def unguard(text: str) -> str:
    """The text as it was before `guard`. A leading apostrophe that guards nothing stays."""
    return text[1:] if text[:1] == "'" and _HAS_GUARD.match(text) else text
