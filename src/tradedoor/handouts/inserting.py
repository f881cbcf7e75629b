"""Text, links and pictures put into a paragraph of Word in place of a placeholder, in the look of its place."""

import unicodedata
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field

from lxml import etree

from tradedoor.handouts.ooxml import (
    HYPERLINK,
    IMAGE,
    PIC,
    RELATIONS,
    WP,
    XML,
    A,
    Element,
    R,
    parsed,
    relations_of,
    w,
    written,
)
from tradedoor.handouts.packages import Parts

# What may follow `rtl` among the looks of a run; Word insists on the order.
AFTER_RTL = {w(name) for name in ("cs", "em", "lang", "eastAsianLayout", "specVanish", "oMath", "rPrChange")}
TURNED = {"R", "AL"}
MAY_HOLD_LINKS = {w("p"), w("sdtContent"), w("smartTag")}


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture with its size on paper, in Word's units."""

    part: str
    content: bytes = field(repr=False)
    width: int
    height: int
    said: str


class Inserter:
    """Puts values into one part of a document, and keeps the list of what the part is connected with."""

    def __init__(self, root: Element, *, relations: Parts, part: str) -> None:
        self._parts, self._part, self._name = relations, part, relations_of(part)
        known = relations.get(self._name)
        self._relations = parsed(known) if known else etree.Element(f"{{{RELATIONS}}}Relationships")
        self._made: dict[tuple[str, str], str] = {}
        self._pictures = max((int(one.get("id", "0")) for one in root.iter(f"{{{WP}}}docPr")), default=0)

    def put(
        self, texts: Sequence[Element], start: int, end: int, value: str | Picture | None, *, is_link: bool
    ) -> None:
        """Replace what stands from `start` to `end` of these texts, read as one."""
        before = _cut(texts, start, end)
        if not value:
            return
        if isinstance(value, Picture):
            before.addnext(self._drawn(before, value))
        elif is_link and before.getparent().tag in MAY_HOLD_LINKS:
            before.addnext(self._linked(before, value))
        else:
            before.addnext(_run_like(before, value))

    def finish(self) -> None:
        """Write down what the part is connected with."""
        if len(self._relations):
            self._parts[self._name] = written(self._relations)

    def _linked(self, place: Element, address: str) -> Element:
        run = _run_like(place, address)
        look = run.find(w("rPr"))
        if look is None:
            look = etree.Element(w("rPr"))
            run.insert(0, look)
        if look.find(w("rStyle")) is None:
            style = etree.Element(w("rStyle"), {w("val"): "Hyperlink"})
            look.insert(0, style)
        link = etree.Element(
            w("hyperlink"), {f"{{{R}}}id": self._relation(HYPERLINK, address, is_outside=True)}
        )
        link.append(run)
        return link

    def _drawn(self, place: Element, picture: Picture) -> Element:
        self._pictures += 1
        key = self._relation(IMAGE, f"/{picture.part}", is_outside=False)
        run = _run_like(place, "")
        drawing = etree.SubElement(run, w("drawing"))
        drawing.append(_inline(picture, number=self._pictures, relation=key))
        return run

    def _relation(self, kind: str, target: str, *, is_outside: bool) -> str:
        if (kind, target) in self._made:
            return self._made[kind, target]
        taken = {one.get("Id") for one in self._relations}
        number = next(number for number in range(1, len(taken) + 2) if f"td{number}" not in taken)
        given = {"Id": f"td{number}", "Type": kind, "Target": target}
        if is_outside:
            given["TargetMode"] = "External"
        etree.SubElement(self._relations, f"{{{RELATIONS}}}Relationship", given)
        self._made[kind, target] = given["Id"]
        return given["Id"]


def _cut(texts: Sequence[Element], start: int, end: int) -> Element:
    """Take the characters out and split the run there; return its first half, after which something may go in."""
    at, first, offset = 0, texts[0], 0
    for text in texts:
        content = text.text or ""
        begin, finish = max(start - at, 0), min(end - at, len(content))
        if begin < finish:
            if at + begin == start:
                first, offset = text, begin
            _set(text, content[:begin] + content[finish:])
        at += len(content)
    run = first.getparent()
    rest = etree.Element(w("r"))
    if (look := run.find(w("rPr"))) is not None:
        rest.append(deepcopy(look))
    later = list(first.itersiblings())
    if tail := (first.text or "")[offset:]:
        _set(etree.SubElement(rest, w("t")), tail)
        _set(first, (first.text or "")[:offset])
    rest.extend(later)
    if tail or later:
        run.addnext(rest)
    return run


def _set(text: Element, content: str) -> None:
    text.text = content
    text.set(f"{{{XML}}}space", "preserve")


def _run_like(run: Element, value: str) -> Element:
    """A run that looks like this one and holds the text; its lines are broken where the text's are."""
    made = etree.Element(w("r"))
    look = run.find(w("rPr"))
    if look is not None:
        made.append(deepcopy(look))
    if _is_turned(value):
        _turn(made)
    for number, line in enumerate(value.split("\n") if value else ()):
        if number:
            etree.SubElement(made, w("br"))
        _set(etree.SubElement(made, w("t")), line)
    return made


def _turn(run: Element) -> None:
    """Have Word set the run from right to left, as a name in Arabic or Hebrew is written."""
    look = run.find(w("rPr"))
    if look is None:
        look = etree.SubElement(run, w("rPr"))
    if look.find(w("rtl")) is None:
        mark = etree.Element(w("rtl"))
        following = next((one for one in look if one.tag in AFTER_RTL), None)
        if following is None:
            look.append(mark)
        else:
            following.addprevious(mark)


def _is_turned(text: str) -> bool:
    """Whether its first letter that has a direction is written from right to left (Unicode annex 9, rule P2)."""
    directions = (unicodedata.bidirectional(letter) for letter in text)
    return next((one in TURNED for one in directions if one in TURNED | {"L"}), False)


def _inline(picture: Picture, *, number: int, relation: str) -> Element:
    """A picture that stands in its line like a large letter."""
    inline = etree.Element(
        f"{{{WP}}}inline",
        {"distT": "0", "distB": "0", "distL": "0", "distR": "0"},
        nsmap={"wp": WP, "a": A, "pic": PIC, "r": R},
    )
    size = {"cx": str(picture.width), "cy": str(picture.height)}
    name = {"id": str(number), "name": f"Picture {number}"}
    etree.SubElement(inline, f"{{{WP}}}extent", size)
    etree.SubElement(inline, f"{{{WP}}}docPr", {**name, "descr": picture.said[:250]})
    graphic = etree.SubElement(inline, f"{{{A}}}graphic")
    drawn = etree.SubElement(etree.SubElement(graphic, f"{{{A}}}graphicData", {"uri": PIC}), f"{{{PIC}}}pic")
    known = etree.SubElement(drawn, f"{{{PIC}}}nvPicPr")
    etree.SubElement(known, f"{{{PIC}}}cNvPr", name)
    etree.SubElement(known, f"{{{PIC}}}cNvPicPr")
    fill = etree.SubElement(drawn, f"{{{PIC}}}blipFill")
    etree.SubElement(fill, f"{{{A}}}blip", {f"{{{R}}}embed": relation})
    etree.SubElement(etree.SubElement(fill, f"{{{A}}}stretch"), f"{{{A}}}fillRect")
    shape = etree.SubElement(drawn, f"{{{PIC}}}spPr")
    place = etree.SubElement(shape, f"{{{A}}}xfrm")
    etree.SubElement(place, f"{{{A}}}off", {"x": "0", "y": "0"})
    etree.SubElement(place, f"{{{A}}}ext", size)
    form = etree.SubElement(shape, f"{{{A}}}prstGeom", {"prst": "rect"})
    etree.SubElement(form, f"{{{A}}}avLst")
    return inline
