"""Descriptions that came as HTML, reduced to plain lines.

Nothing of the markup is kept: what the file said to make bold, red or executable is of no use in another
shop's look, and text that is escaped on the page cannot carry a script. Paragraphs stay apart by an empty
line, list items become lines that begin with a bullet.
"""

import re
from html.parser import HTMLParser

BLOCKS = frozenset(
    {
        "p",
        "div",
        "section",
        "article",
        "table",
        "ul",
        "ol",
        "dl",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "blockquote",
        "pre",
        "hr",
    }
)
LINES = frozenset({"br", "tr", "dt", "dd"})
UNSEEN = frozenset({"script", "style", "template", "head", "noscript", "iframe", "object", "svg"})
BULLET = "• "
LOOKS_LIKE_MARKUP = re.compile(r"</?[a-zA-Z][^>]*>|&(?:#\d+|#x[0-9a-fA-F]+|[a-zA-Z]+);")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class _Lines(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag in UNSEEN:
            self.unseen += 1
        elif tag == "li":
            self.pieces.append("\n" + BULLET)
        elif tag in {"td", "th"}:
            self.pieces.append(" ")
        else:
            self._break(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # An `<svg/>` opens nothing; counting it would hide the rest of the text.
        if tag not in UNSEEN:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in UNSEEN:
            self.unseen = max(0, self.unseen - 1)
        elif tag in BLOCKS:
            self._break(tag)

    def handle_data(self, data: str) -> None:
        if not self.unseen:
            self.pieces.append(re.sub(r"\s+", " ", data))

    def _break(self, tag: str) -> None:
        if tag in BLOCKS:
            self.pieces.append("\n\n")
        elif tag in LINES:
            self.pieces.append("\n")


def plain_lines(text: str) -> str:
    """Return the text of a description, HTML or plain, as lines with no markup left in them."""
    text = CONTROL.sub("", text)
    if LOOKS_LIKE_MARKUP.search(text):
        reader = _Lines()
        reader.feed(text)
        reader.close()
        text = "".join(reader.pieces)
    lines = (" ".join(line.split()) for line in text.splitlines())
    kept = [line for line in lines if line != BULLET.strip()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()
