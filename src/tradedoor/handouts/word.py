"""A template and the facts of a hand-out, made into a Word file. No template language: names are replaced, no more."""

import io
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass

from django.utils import translation
from lxml import etree
from PIL import Image

from tradedoor.handouts.codes import qr_png
from tradedoor.handouts.facts import Handout
from tradedoor.handouts.inserting import Inserter, Picture
from tradedoor.handouts.ooxml import (
    READ_ALOUD,
    STYLES,
    TYPES,
    TYPES_PART,
    Element,
    parsed,
    types_of,
    w,
    written,
)
from tradedoor.handouts.packages import Parts, write_package
from tradedoor.handouts.placeholders import places_in
from tradedoor.handouts.words import steps_of

QR_PART, LOGO_PART = "word/media/tradedoor-qr.png", "word/media/tradedoor-logo.png"
MILLIMETRE = 36_000  # of Word's units
QR_SIDE = 42 * MILLIMETRE
LOGO_WIDTH, LOGO_HEIGHT = 65 * MILLIMETRE, 24 * MILLIMETRE

Value = str | Picture | None


@dataclass(frozen=True, slots=True)
class Filling:
    """What is put in place of each name."""

    values: Mapping[str, Value]
    steps: Sequence[str]


def word_file(template: Parts, handout: Handout) -> bytes:
    """The hand-out as .docx, from the parts of a template that has been checked.

    A paragraph whose placeholders all stay empty (no logo, no phone) is left out with its words.
    """
    parts = dict(template)
    types = types_of(parts)
    filling = _filling(handout)
    numbered = _numbered_styles(parts, types)
    for name, kind in types.items():
        if kind not in READ_ALOUD or name not in parts or b"{{" not in _seams(parts[name]):
            continue
        root = parsed(parts[name])
        inserter = Inserter(root, relations=parts, part=name)
        for paragraph in list(root.iter(w("p"))):
            _fill(paragraph, filling, inserter, numbered)
        parts[name] = written(root)
        inserter.finish()
    pictures = [value for value in filling.values.values() if isinstance(value, Picture)]
    parts |= {picture.part: picture.content for picture in pictures}
    parts[TYPES_PART] = _with_pictures(parts[TYPES_PART])
    return write_package(parts)


def _seams(content: bytes) -> bytes:
    """The part, or the braces alone where they may stand apart in two runs."""
    return b"{{" if content.count(b"{") > 1 else content


def _filling(handout: Handout) -> Filling:
    with translation.override(handout.language):
        steps = steps_of(handout)
    values: dict[str, Value] = {
        "store": _clean(handout.store),
        "customer": _clean(handout.customer),
        "link": handout.link,
        "phone": _clean(handout.phone),
        "email": _clean(handout.email),
        "address": _clean(handout.address),
        "qr": Picture(QR_PART, qr_png(handout.link), QR_SIDE, QR_SIDE, f"QR: {handout.link}"),
        "logo": _logo(handout),
    }
    return Filling(values, steps)


def _logo(handout: Handout) -> Picture | None:
    if handout.logo is None:
        return None
    with Image.open(io.BytesIO(handout.logo), formats=["PNG"]) as picture:
        scale = min(LOGO_WIDTH / picture.width, LOGO_HEIGHT / picture.height)
        width, height = round(picture.width * scale), round(picture.height * scale)
    return Picture(LOGO_PART, handout.logo, width, height, _clean(handout.store))


def _clean(text: str) -> str:
    """Without what XML cannot hold and what would turn the text around it."""
    return "".join(
        letter
        for letter in text
        if letter == "\n" or unicodedata.category(letter) not in {"Cc", "Cs", "Co", "Cn"}
        if letter not in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    )


def texts_of(paragraph: Element) -> Iterator[Element]:
    """The texts that stand in this very paragraph, and not in a text box that hangs on it."""
    for text in paragraph.iter(w("t")):
        if next(text.iterancestors(w("p"))) is paragraph:
            yield text


def _fill(paragraph: Element, filling: Filling, inserter: Inserter, numbered: frozenset[str]) -> None:
    whole = "".join(text.text or "" for text in texts_of(paragraph))
    names = [place.name for place in places_in(whole)]
    if not names:
        return
    if "steps" in names:
        is_numbered = _is_numbered(paragraph, numbered)
        for number, step in enumerate(filling.steps, start=1):
            copy = deepcopy(paragraph)
            paragraph.addprevious(copy)
            _replace(copy, filling, inserter, step if is_numbered else f"{number}. {step}")
        paragraph.getparent().remove(paragraph)
    elif any(filling.values[name] for name in names):
        _replace(paragraph, filling, inserter, "")
    else:
        _leave_out(paragraph)


def _replace(paragraph: Element, filling: Filling, inserter: Inserter, step: str) -> None:
    """Put the values in, the last one first, so that the places of those before stay right."""
    texts = list(texts_of(paragraph))
    whole = "".join(text.text or "" for text in texts)
    for place in reversed(places_in(whole)):
        value = step if place.name == "steps" else filling.values[place.name]
        inserter.put(texts, place.start, place.end, value, is_link=place.name == "link")


def _leave_out(paragraph: Element) -> None:
    """Take the paragraph away; where it is all that a cell, a box or a header has, only its text goes."""
    parent = paragraph.getparent()
    holds_section = paragraph.find(f"{w('pPr')}/{w('sectPr')}") is not None
    siblings = [one for one in parent if one is not paragraph and one.tag in {w("p"), w("sdt")}]
    if siblings and not holds_section and not (_is_last_in_cell(paragraph)):
        parent.remove(paragraph)
        return
    for child in list(paragraph):
        if child.tag != w("pPr"):
            paragraph.remove(child)


def _is_last_in_cell(paragraph: Element) -> bool:
    """A cell has to end with a paragraph, and a table beside a table would become one with it."""
    before = paragraph.getprevious()
    return before is not None and before.tag == w("tbl")


def _is_numbered(paragraph: Element, numbered: frozenset[str]) -> bool:
    if paragraph.find(f"{w('pPr')}/{w('numPr')}") is not None:
        return True
    style = paragraph.find(f"{w('pPr')}/{w('pStyle')}")
    return style is not None and style.get(w("val")) in numbered


def _numbered_styles(parts: Parts, types: Mapping[str, str]) -> frozenset[str]:
    """The styles whose paragraphs Word numbers by itself."""
    found: set[str] = set()
    for name, kind in types.items():
        if kind == STYLES and name in parts:
            styles = list(parsed(parts[name]).iter(w("style")))
            found = {
                style.get(w("styleId"), "")
                for style in styles
                if style.find(f"{w('pPr')}/{w('numPr')}") is not None
            }
    return frozenset(found)


def _with_pictures(types: bytes) -> bytes:
    root = parsed(types)
    if not any(entry.get("Extension", "").lower() == "png" for entry in root.iter(f"{{{TYPES}}}Default")):
        known = etree.Element(f"{{{TYPES}}}Default", {"Extension": "png", "ContentType": "image/png"})
        root.insert(0, known)
    return written(root)
