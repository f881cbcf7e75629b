"""The few names of Word's format that are read and written here (ECMA-376), and its XML read without surprises."""

from typing import Any, TypeAlias

from lxml import etree

from tradedoor.handouts.errors import BadTemplate

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
WP = "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
A = "http://schemas.openxmlformats.org/drawingml/2006/main"
PIC = "http://schemas.openxmlformats.org/drawingml/2006/picture"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
XML = "http://www.w3.org/XML/1998/namespace"

TYPES_PART = "[Content_Types].xml"
WORDS = "application/vnd.openxmlformats-officedocument.wordprocessingml."
DOCUMENT = f"{WORDS}document.main+xml"
STYLES = f"{WORDS}styles+xml"
# The parts in which text for readers stands.
READ_ALOUD = {DOCUMENT, *(f"{WORDS}{kind}+xml" for kind in ("header", "footer", "footnotes", "endnotes"))}
HYPERLINK = f"{R}/hyperlink"
IMAGE = f"{R}/image"

Element: TypeAlias = Any  # lxml brings no types


def w(name: str) -> str:
    return f"{{{W}}}{name}"


def parsed(content: bytes) -> Element:
    """The root of an XML part. Raises `BadTemplate` for broken XML and for any DTD, which Word writes none of."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as no:
        raise BadTemplate from no
    if root.getroottree().docinfo.doctype:
        raise BadTemplate(code="dtd")
    if any(one.tag is etree.PI for one in root.itersiblings(preceding=True)):
        raise BadTemplate  # it could name a style sheet to be fetched
    return root


def written(root: Element) -> bytes:
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))


def relations_of(part: str) -> str:
    """The name of the part that says what `part` is connected with."""
    folder, _slash, name = part.rpartition("/")
    return f"{folder}/_rels/{name}.rels".removeprefix("/")


def types_of(parts: dict[str, bytes]) -> dict[str, str]:
    """The content type of every part that has one of its own, by its name. Raises `BadTemplate`."""
    if TYPES_PART not in parts:
        raise BadTemplate
    return {
        entry.get("PartName", "").removeprefix("/"): entry.get("ContentType", "")
        for entry in parsed(parts[TYPES_PART]).iter(f"{{{TYPES}}}Override")
    }
