"""What makes two spellings the same customer, department or person, and how typed text is tidied."""

import unicodedata

from tradedoor.core.search import fold

# Marks that nobody sees and that make one name look like another, or turn the rest of a line around. The two joiners
# (U+200C, U+200D) stay: Persian, Hindi and emoji are written with them.
UNSEEN = dict.fromkeys(
    [
        0xAD,
        0x200B,
        0x200E,
        0x200F,
        *range(0x202A, 0x202F),
        *range(0x2060, 0x2065),
        *range(0x2066, 0x206A),
        0xFEFF,
    ]
)
CONTROLS = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0)], " ")


def as_typed(text: str) -> str:
    """The text of an address without line breaks, NUL and doubled blanks: a mark nobody sees makes it another
    address, which is to be refused and not to be mended."""
    return " ".join(text.replace("\0", " ").split())


def one_line(text: str) -> str:
    """The text without line breaks, controls, marks nobody sees and doubled blanks: names go into mail headers
    (EML-06), and stand beside others that they must not pass for."""
    if not text.isprintable():
        text = text.translate(UNSEEN | CONTROLS)
    return " ".join(text.split())


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
