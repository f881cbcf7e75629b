"""A hand-out to try things on, and Word files put together part by part."""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from PIL import Image

from tradedoor.handouts.facts import Handout
from tradedoor.handouts.packages import Parts, write_package
from tradedoor.handouts.standard import standard_template

LINK = "https://trade.seller.example/s/harbour/link/0123456789abcdefghjkmnpqrs/"


def logo(width: int = 640, height: int = 200) -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", (width, height), "#0a6b4f").save(out, "PNG")
    return out.getvalue()


PLAIN = Handout(
    store="Harbour",
    customer="Acme",
    link=LINK,
    logo=logo(),
    phone="+44 20 7946 0000",
    email="help@seller.example",
    address="Harbour Ltd\n12 Quay Street",
)


def handout(**changes: Any) -> Handout:
    return replace(PLAIN, **changes)


def standard() -> Parts:
    return standard_template(language="en", brand="#0a6b4f")


def paragraph(*runs: str, look: str = "") -> str:
    """A paragraph of these runs, as Word tears a text apart while somebody types."""
    made = "".join(f'<w:r>{look}<w:t xml:space="preserve">{run}</w:t></w:r>' for run in runs)
    return f"<w:p>{made}</w:p>"


def template(*body: str, more: Mapping[str, bytes] | None = None, types: str = "") -> bytes:
    """A Word file whose text is this."""
    parts = standard()
    document = parts["word/document.xml"].decode()
    start, end = document.index("<w:body>") + len("<w:body>"), document.index("<w:sectPr>")
    parts["word/document.xml"] = (document[:start] + "".join(body) + document[end:]).encode()
    if types:
        known = parts["[Content_Types].xml"].decode()
        parts["[Content_Types].xml"] = known.replace("</Types>", f"{types}</Types>").encode()
    return write_package({**parts, **(more or {})})


def tied(kind: str, target: str, *, outside: bool = True) -> dict[str, bytes]:
    """The connections of a document that is connected with one thing more."""
    names = standard()["word/_rels/document.xml.rels"].decode()
    mode = ' TargetMode="External"' if outside else ""
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    one = f'<Relationship Id="x1" Type="{office}/{kind}" Target="{target}"{mode}/>'
    return {
        "word/_rels/document.xml.rels": names.replace("</Relationships>", f"{one}</Relationships>").encode()
    }


def part_of(file: bytes, name: str = "word/document.xml") -> str:
    with zipfile.ZipFile(io.BytesIO(file)) as packed:
        return packed.read(name).decode()
