"""Whether an uploaded Word file may stand behind a store's hand-outs, which strangers will open.

Refused is whatever could run, fetch or hide something on their machines, however it got into the file: macros,
programs, other documents, pictures and templates from elsewhere, fields that fetch. Then the placeholders are read.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import IO, NoReturn
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _
from lxml import etree

from tradedoor.handouts.errors import BadTemplate
from tradedoor.handouts.ooxml import (
    DOCUMENT,
    HYPERLINK,
    READ_ALOUD,
    RELATIONS,
    TYPES,
    TYPES_PART,
    Element,
    parsed,
    types_of,
    w,
)
from tradedoor.handouts.packages import Parts, read_package
from tradedoor.handouts.placeholders import LEADING, places_in, unknown_in
from tradedoor.handouts.word import texts_of

# No SVG, which is a document with scripts; nothing that is a file of another program.
HARMLESS = {".xml", ".rels", ".png", ".jpg", ".jpeg", ".gif", ".bmp", ".emf", ".wmf", ".odttf"}
XML_ENDINGS = (".xml", ".rels")
# What parts that are not looked through may be. Word goes by the type, whatever the ending says.
PICTURES = "image/"
DUMB = {
    "application/vnd.openxmlformats-officedocument.obfuscatedFont", "application/x-fontdata", "application/octet-stream",
}  # fmt: skip
# The same words under other names, which are not looked for.
STRICT = "{http://purl.oclc.org/ooxml/"
# A picture of former days may name its file itself instead of by a relation.
VML, OFFICE = "{urn:schemas-microsoft-com:vml}", "{urn:schemas-microsoft-com:office:office}"
FETCHED = ("src", f"{OFFICE}href")
# Parts that hold what runs, or another document; their relations end with these words.
REFUSED_RELATIONS = {
    "vbaProject", "wordVbaData", "keyMapCustomizations", "attachedToolbars", "control", "activeXControlBinary",
    "oleObject", "package", "aFChunk", "subDocument", "frame", "externalLink", "externalLinkPath",
    "attachedTemplate", "mailMergeSource", "mailMergeHeaderSource", "recipientData", "ui/extensibility",
    "webextension", "webextensiontaskpanes",
}  # fmt: skip
# Where a reader may be led by a click; everything else outside is fetched without one.
CLICKED = {"http", "https", "mailto", "tel"}
# Fields that only say what Word knows itself. Of all others some fetch, and some run (DDE).
HARMLESS_FIELDS = {
    "PAGE", "NUMPAGES", "SECTIONPAGES", "SECTION", "PAGEREF", "REF", "STYLEREF", "SEQ", "TOC", "TITLE", "DATE",
    "TIME", "CREATEDATE", "SAVEDATE", "SYMBOL", "HYPERLINK", "NOTEREF", "=",
}  # fmt: skip
FIELD_TARGET = re.compile(r"HYPERLINK\s+(?:\\[a-z]\s+)*\"?([^\s\"]+)", re.IGNORECASE)
TRACKED = {w(name) for name in ("ins", "del", "moveFrom", "moveTo")}
RUNNING = {w(name) for name in ("object", "control", "altChunk", "subDoc", "scriptAnchor", "mailMerge")}
MOST_NAMED = 10


def checked_template(file: IO[bytes]) -> Parts:
    """The parts of a template that may be used. Raises `BadTemplate`, whose sentence says what to change."""
    parts = read_package(file)
    types = types_of(parts)
    _require_document(parts, types)
    _require_harmless_parts(parts)
    _require_true_endings(parts, types)
    roots = {name: parsed(content) for name, content in parts.items() if _is_xml(name)}
    for name, root in roots.items():
        if name.lower().endswith(".rels"):
            _require_harmless_relations(root)
        else:
            _require_harmless_content(root)
    _require_placeholders(
        [roots[name] for name, kind in types.items() if kind in READ_ALOUD and name in roots]
    )
    return parts


def _require_document(parts: Parts, types: dict[str, str]) -> None:
    every = {*types.values(), *(kind for _ending, kind in _defaults(parts))}
    if any("macroenabled" in kind.lower() or "vbaproject" in kind.lower() for kind in every):
        raise BadTemplate(
            _("This document holds macros. Save it as “Word Document (.docx)” without them."), code="macros"
        )
    if not any(kind == DOCUMENT and name in parts for name, kind in types.items()):
        raise BadTemplate


def _defaults(parts: Parts) -> Iterator[tuple[str, str]]:
    """What the endings mean."""
    for entry in parsed(parts[TYPES_PART]).iter(f"{{{TYPES}}}Default"):
        yield entry.get("Extension", ""), entry.get("ContentType", "")


def _is_xml(name: str) -> bool:
    return name.lower().endswith(XML_ENDINGS)


def _require_true_endings(parts: Parts, types: dict[str, str]) -> None:
    """Nothing is text to Word that is not looked through here, because it calls itself a picture."""
    endings = {f"a.{ending}": kind for ending, kind in _defaults(parts) if f".{ending.lower()}" in HARMLESS}
    for name, kind in {**endings, **types}.items():
        if not (_is_xml(name) or kind.startswith(PICTURES) or kind in DUMB):
            _refuse_foreign(PurePosixPath(name).name)


def _refuse_foreign(name: str) -> NoReturn:
    raise BadTemplate(
        _("This document holds something that is neither text nor a picture (%(name)s). Remove it.")
        % {"name": name[:60]},
        code="foreign_part",
    )


def _require_harmless_parts(parts: Parts) -> None:
    for name in parts:
        path = PurePosixPath(name.lower())
        if path.name.startswith("vba"):
            raise BadTemplate(
                _("This document holds macros. Save it as “Word Document (.docx)” without them."),
                code="macros",
            )
        if (
            f".{path.name.rpartition('.')[2]}" not in HARMLESS
            or "/embeddings/" in f"/{path}"
            or "/activex/" in f"/{path}"
        ):
            _refuse_foreign(path.name)


def _require_harmless_relations(root: Element) -> None:
    for relation in root.iter(f"{{{RELATIONS}}}Relationship"):
        kind, target = relation.get("Type", ""), relation.get("Target", "")
        if kind.endswith(tuple(f"/{refused}" for refused in REFUSED_RELATIONS)):
            raise BadTemplate(
                _("This document is tied to another file or program (%(kind)s). Remove that tie.")
                % {"kind": kind.rpartition("/")[2]},
                code="external",
            )
        is_outside = relation.get("TargetMode", "").lower() == "external" or "://" in target
        if is_outside and not (kind == HYPERLINK and _is_clickable(target)):
            _refuse_fetching(target)


def _refuse_fetching(target: str) -> NoReturn:
    raise BadTemplate(
        _("This document fetches something from elsewhere (%(target)s). Put it into the document.")
        % {"target": target[:80]},
        code="external",
    )


def _is_clickable(target: str) -> bool:
    try:
        return urlsplit(target).scheme.lower() in CLICKED or target.startswith("#")
    except ValueError:
        return False


def _require_harmless_content(root: Element) -> None:
    for element in root.iter():
        if not isinstance(element.tag, str):  # a comment
            continue
        if element.tag.startswith(STRICT):
            raise BadTemplate(
                _("This is a “Strict Open XML Document”. Save it as “Word Document (.docx)”."), code="strict"
            )
        if element.tag.startswith(VML):
            for fetched in filter(None, map(element.get, FETCHED)):
                _refuse_fetching(fetched)
        if element.tag in TRACKED:
            raise BadTemplate(
                _("This document has tracked changes. Accept or reject them all first."), code="tracked"
            )
        if element.tag in RUNNING:
            _refuse_foreign(etree.QName(element).localname)
    for field in _fields(root):
        name = field.split(maxsplit=1)[0].upper() if field.split() else ""
        target = FIELD_TARGET.match(field.strip())
        is_led = target is None or _is_clickable(target[1])
        if (name not in HARMLESS_FIELDS and not name.startswith("=")) or not is_led:
            raise BadTemplate(
                _("This document holds a field that is not taken (%(name)s). Remove it.")
                % {"name": field.strip()[:60] or "?"},
                code="field",
            )


def _fields(root: Element) -> Iterator[str]:
    """The instruction of every field, put together from the runs over which it may be strewn."""
    open_fields: list[list[str]] = []
    for element in root.iter(w("fldSimple"), w("fldChar"), w("instrText")):
        if element.tag == w("fldSimple"):
            yield element.get(w("instr"), "")
        elif element.tag == w("instrText"):
            if not open_fields:
                yield ""  # an instruction outside a field is no work of Word's
            else:
                open_fields[-1].append(element.text or "")
        elif element.get(w("fldCharType")) == "begin":
            open_fields.append([])
        elif element.get(w("fldCharType")) == "end" and open_fields:
            yield "".join(open_fields.pop())
    yield from ("".join(left) for left in open_fields)


def _require_placeholders(roots: list[Element]) -> None:
    unknown: list[str] = []
    known: set[str] = set()
    for root in roots:
        for paragraph in root.iter(w("p")):
            text = "".join(one.text or "" for one in texts_of(paragraph))
            unknown += [name for name in unknown_in(text) if name not in unknown]
            known |= {place.name for place in places_in(text)}
    if unknown:
        raise BadTemplate(
            _("These placeholders are not known: %(names)s") % {"names": ", ".join(unknown[:MOST_NAMED])},
            code="unknown_placeholders",
            data={"unknown": unknown},
        )
    if not known & LEADING:
        raise BadTemplate(
            _("Put {{ link }} or {{ qr }} into the document, or nobody finds the store."), code="no_link"
        )
