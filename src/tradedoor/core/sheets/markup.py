"""What is read from the XML parts of a workbook, event by event, so that memory stays flat."""

import re
from typing import NamedTuple
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_LETTERS = re.compile(r"([A-Za-z]{1,3})[0-9]+")
_MOST_COLUMNS = 16_384
_MOST_ROWS = 1_048_576
_MOST_CHARS = 1_000_000
_SURROGATES = range(0xD800, 0xE000)


def unescape(text: str) -> str:
    """The text with Excel's way of writing characters that XML cannot hold undone."""
    return _ESCAPED.sub(_unescaped, text) if "_x" in text else text


def _unescaped(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    # Half of a surrogate pair is no character, and no database takes it.
    return match[0] if code in _SURROGATES or code == 0 else chr(code)


class Parts(ContentHandler):
    """Workbook and relations: the sheets in order, and the part in which each one is."""

    def __init__(self) -> None:
        super().__init__()
        self.sheets: list[tuple[str, str]] = []
        self.targets: dict[str, tuple[str, str]] = {}
        self.dates_from_1904 = False

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - SAX names it
        match name.rpartition(":")[2]:
            case "sheet":
                relation = next((attrs[key] for key in attrs.keys() if key.rpartition(":")[2] == "id"), "")  # noqa: SIM118 - SAX attributes are no dictionary
                self.sheets.append((attrs.get("name", ""), relation))
            case "workbookPr":
                self.dates_from_1904 = attrs.get("date1904", "0") in {"1", "true"}
            case "Relationship":
                kind = attrs.get("Type", "").rpartition("/")[2]
                self.targets[attrs.get("Id", "")] = (kind, attrs.get("Target", ""))


class Styles(ContentHandler):
    """The number format of each cell style, by its position."""

    def __init__(self) -> None:
        super().__init__()
        self.formats: dict[int, str] = {}
        self.styles: list[int] = []
        self._inside = False

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - SAX names it
        match name.rpartition(":")[2]:
            case "numFmt":
                self.formats[int(attrs.get("numFmtId", "0"))] = attrs.get("formatCode", "")
            case "cellXfs":
                self._inside = True
            case "xf" if self._inside:
                self.styles.append(int(attrs.get("numFmtId", "0")))

    def endElement(self, name: str) -> None:  # noqa: N802 - SAX names it
        if name.rpartition(":")[2] == "cellXfs":
            self._inside = False


class Gathered:
    """The pieces of one text, refused once it is longer than any cell can be."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._chars = 0

    def add(self, piece: str) -> None:
        self._chars += len(piece)
        if self._chars > _MOST_CHARS:
            raise ValueError("a text that no cell can hold")
        self._pieces.append(piece)

    def text(self) -> str:
        return "".join(self._pieces)


class Texts(ContentHandler):
    """Gathers the text of `<t>`, without the reading aids that stand beside Japanese text."""

    def __init__(self, *, most: int) -> None:
        super().__init__()
        self.shared: list[str] = []
        self._most = most
        self._gathered = Gathered()
        self._listening = False
        self._phonetic = False

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: ARG002, N802 - SAX names it
        match name.rpartition(":")[2]:
            case "si":
                self._gathered = Gathered()
            case "rPh":
                self._phonetic = True
            case "t":
                self._listening = not self._phonetic

    def endElement(self, name: str) -> None:  # noqa: N802 - SAX names it
        match name.rpartition(":")[2]:
            case "si":
                self.shared.append(unescape(self._gathered.text())[: self._most])
            case "rPh":
                self._phonetic = False
            case "t":
                self._listening = False

    def characters(self, content: str) -> None:
        if self._listening:
            self._gathered.add(content)


class Found(NamedTuple):
    """One cell as it stands in the file."""

    column: int
    kind: str
    text: str
    style: int
    formula: str | None


class Cells(ContentHandler):
    """Gathers finished rows; whoever feeds the parser takes them out of `done`."""

    def __init__(self) -> None:
        super().__init__()
        self.done: list[tuple[int, list[Found]]] = []
        self._row = 0
        self._column = 0
        self._kind = "n"
        self._style = 0
        self._cells: list[Found] = []
        self._listening = ""
        self._phonetic = False
        self._text = Gathered()
        self._formula: Gathered | None = None

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - SAX names it
        match name.rpartition(":")[2]:
            case "c":
                place = _LETTERS.match(attrs.get("r", ""))
                self._column = column_number(place[1]) if place else self._column + 1
                self._kind = attrs.get("t", "n")
                self._style = int(attrs.get("s", "0"))
                self._text = Gathered()
                self._formula = None
            case "v":
                self._listening = "v"
            case "t":
                self._listening = "" if self._phonetic else "v"
            case "f":
                self._listening = "f"
                self._formula = Gathered()
            case "rPh":
                self._phonetic = True
            case "row":
                self._row = int(attrs.get("r", str(self._row + 1)))
                if not 0 < self._row <= _MOST_ROWS:
                    raise ValueError("a row number that no sheet has")
                self._column = 0
                self._cells = []

    def endElement(self, name: str) -> None:  # noqa: N802 - SAX names it
        match name.rpartition(":")[2]:
            case "c":
                self._finish_cell()
            case "v" | "t" | "f":
                self._listening = ""
            case "rPh":
                self._phonetic = False
            case "row":
                self.done.append((self._row, self._cells))
                self._cells = []

    def characters(self, content: str) -> None:
        if self._listening == "v":
            self._text.add(content)
        elif self._listening == "f" and self._formula is not None:
            self._formula.add(content)

    def _finish_cell(self) -> None:
        if self._column > _MOST_COLUMNS:
            raise ValueError("a column that no sheet has")
        text = self._text.text()
        formula = None if self._formula is None else self._formula.text()
        if text or formula is not None:
            self._cells.append(Found(self._column, self._kind, text, self._style, formula))


def column_number(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number
