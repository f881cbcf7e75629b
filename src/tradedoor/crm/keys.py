"""What makes two spellings the same customer, department or person, and how typed text is tidied."""

import unicodedata

from tradedoor.core.search import fold


def one_line(text: str) -> str:
    """The text without line breaks, NUL and doubled blanks: names go into mail headers (EML-06)."""
    return " ".join(text.replace("\0", " ").split())


def many_lines(text: str) -> str:
    """The text with its lines, each tidied at its end."""
    lines = text.replace("\0", " ").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


def code_key(code: str) -> str:
    """The form in which customer codes are compared: without case, width, and marks nobody can see."""
    if code.isascii():
        return " ".join(code.lower().split())
    seen = "".join(sign for sign in unicodedata.normalize("NFKC", code) if unicodedata.category(sign) != "Cf")
    return " ".join(seen.casefold().split())


def name_key(name: str) -> str:
    """The form in which names are compared: without case, accents and marks nobody can see."""
    if not name.isascii():
        name = "".join(sign for sign in name if unicodedata.category(sign) != "Cf")
    return fold(name)
