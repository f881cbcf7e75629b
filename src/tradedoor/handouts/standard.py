"""The hand-out of a store that has no template of its own: itself a template, in the store's colours and language.

Written part by part rather than grown from a library's sample document, which brings 800 kB of styles and opens in
compatibility mode. It is also what a store downloads to make a template of its own from.
"""

from functools import lru_cache
from html import escape

from django.utils import translation
from django.utils.translation import gettext as _

from tradedoor.handouts.ooxml import DOCUMENT, PIC, RELATIONS, STYLES, TYPES, WORDS, WP, A, R, W
from tradedoor.handouts.packages import Parts

HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
SPACES = f'xmlns:w="{W}" xmlns:r="{R}" xmlns:wp="{WP}" xmlns:a="{A}" xmlns:pic="{PIC}"'
PACKAGE = "application/vnd.openxmlformats-package."
OFFICE = "application/vnd.openxmlformats-officedocument."
INK, QUIET = "15181E", "565C69"
FONT = "Calibri"


@lru_cache(maxsize=64)
def _parts(language: str, brand: str) -> tuple[tuple[str, bytes], ...]:
    with translation.override(language):
        is_mirrored = translation.get_language_bidi()
        parts = {
            "[Content_Types].xml": _types(),
            "_rels/.rels": _relations([
                ("officeDocument", "word/document.xml", f"{R}/officeDocument"),
                ("core", "docProps/core.xml", f"{RELATIONS}/metadata/core-properties"),
                ("app", "docProps/app.xml", f"{R}/extended-properties"),
            ]),
            "word/document.xml": _document(brand, is_mirrored=is_mirrored),
            "word/_rels/document.xml.rels": _relations([
                (name, f"{name}.xml", f"{R}/{name}") for name in ("styles", "settings", "numbering")
            ]),
            "word/styles.xml": _styles(language),
            "word/settings.xml": _settings(),
            "word/numbering.xml": _numbering(),
            "docProps/core.xml": _core(),
            "docProps/app.xml": _app(),
        }  # fmt: skip
    return tuple((name, (HEAD + xml).encode()) for name, xml in parts.items())


def standard_template(*, language: str, brand: str) -> Parts:
    """The template in the language and with the colour of a store."""
    return dict(_parts(language, brand.removeprefix("#").upper()))


def _document(brand: str, *, is_mirrored: bool) -> str:
    turned = "<w:bidi/>" if is_mirrored else ""
    put = {
        "store": "{{ store }}",
        "customer": "{{ customer }}",
        "phone": "{{ phone }}",
        "email": "{{ email }}",
    }
    body = "".join([
        _paragraph("Logo", "{{ logo }}", turned),
        _paragraph("Title", _("Order online at %(store)s") % put, turned),
        _paragraph("Subtitle", _("For the people of %(customer)s") % put, turned),
        _panel(brand, turned, put, is_mirrored=is_mirrored),
        _paragraph("Heading1", _("How to get in"), turned),
        _paragraph("Steps", "{{ steps }}", turned),
        _paragraph("Heading1", _("Questions? We are glad to help"), turned),
        _paragraph("Contact", "{{ store }}", turned, is_bold=True),
        _paragraph("Contact", _("Phone: %(phone)s") % put, turned),
        _paragraph("Contact", _("Email: %(email)s") % put, turned),
        _paragraph("Contact", "{{ address }}", turned),
    ])  # fmt: skip
    page = (
        '<w:sectPr><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1021" w:right="1134" w:bottom="1021"'
        f' w:left="1134" w:header="567" w:footer="567" w:gutter="0"/>{turned}</w:sectPr>'
    )
    return f"<w:document {SPACES}><w:body>{body}{page}</w:body></w:document>"


def _panel(brand: str, turned: str, put: dict[str, str], *, is_mirrored: bool) -> str:
    """The link and the code side by side, under a line in the store's colour."""
    wide, narrow = 6520, 3118
    line = f'<w:top w:val="single" w:sz="36" w:space="0" w:color="{brand}"/>'
    inside = '<w:top w:w="170" w:type="dxa"/><w:left w:w="170" w:type="dxa"/>'
    inside += '<w:bottom w:w="170" w:type="dxa"/><w:right w:w="170" w:type="dxa"/>'
    note = _("It is made for %(customer)s. Pass it on to colleagues only.") % put
    link = _paragraph("Heading2", _("Your eStore link"), turned)
    link += _paragraph("Link", "{{ link }}", turned) + _paragraph("Note", note, turned)
    code = _paragraph("Code", "{{ qr }}", turned) + _paragraph("Code", _("Scan with your phone"), turned)
    return (
        f'<w:tbl><w:tblPr>{"<w:bidiVisual/>" if is_mirrored else ""}<w:tblW w:w="{wide + narrow}" w:type="dxa"/>'
        f'<w:tblBorders>{line}</w:tblBorders><w:tblLayout w:type="fixed"/><w:tblCellMar>{inside}</w:tblCellMar>'
        f'</w:tblPr><w:tblGrid><w:gridCol w:w="{wide}"/><w:gridCol w:w="{narrow}"/></w:tblGrid>'
        f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{_cell(wide, link)}{_cell(narrow, code)}</w:tr></w:tbl>"
    )


def _cell(width: int, content: str) -> str:
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/><w:shd w:val="clear" w:color="auto" w:fill="F4F5F8"/>'
        f'<w:vAlign w:val="center"/></w:tcPr>{content}</w:tc>'
    )


def _paragraph(style: str, text: str, turned: str, *, is_bold: bool = False) -> str:
    look = "<w:rPr><w:b/><w:bCs/></w:rPr>" if is_bold else ""
    return (
        f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{turned}</w:pPr>'
        f'<w:r>{look}<w:t xml:space="preserve">{escape(text, quote=False)}</w:t></w:r></w:p>'
    )


def _styles(language: str) -> str:
    defaults = (
        f'<w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="{FONT}" w:hAnsi="{FONT}" w:eastAsia="{FONT}"'
        f' w:cs="Arial"/><w:color w:val="{INK}"/><w:sz w:val="22"/><w:szCs w:val="22"/>'
        f'<w:lang w:val="{_tag(language)}"/></w:rPr></w:rPrDefault><w:pPrDefault><w:pPr>'
        '<w:spacing w:after="100" w:line="264" w:lineRule="auto"/></w:pPr></w:pPrDefault></w:docDefaults>'
    )
    quiet = f'<w:color w:val="{QUIET}"/>'
    return (
        f"<w:styles {SPACES}>{defaults}"
        '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:qFormat/></w:style>'
        '<w:style w:type="character" w:default="1" w:styleId="DefaultParagraphFont">'
        '<w:name w:val="Default Paragraph Font"/><w:uiPriority w:val="1"/><w:semiHidden/></w:style>'
        '<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/>'
        '<w:uiPriority w:val="99"/><w:semiHidden/><w:tblPr><w:tblInd w:w="0" w:type="dxa"/></w:tblPr></w:style>'
        + _style("Logo", "Logo", '<w:spacing w:after="280"/>')
        + _style("Title", "Title", '<w:spacing w:after="40" w:line="240" w:lineRule="auto"/>', 44, is_bold=True)
        + _style("Subtitle", "Subtitle", '<w:spacing w:after="300"/>', 26, quiet)
        + _style("Heading1", "heading 1", '<w:keepNext/><w:spacing w:before="340" w:after="120"/>'
                 '<w:outlineLvl w:val="0"/>', 28, is_bold=True)
        + _style("Heading2", "heading 2", '<w:keepNext/><w:spacing w:after="80"/><w:outlineLvl w:val="1"/>', 24,
                 is_bold=True)
        + _style("Steps", "Steps", '<w:keepLines/><w:numPr><w:numId w:val="1"/></w:numPr>')
        + _style("Link", "Link", '<w:spacing w:after="120"/>', 24, is_bold=True)
        + _style("Code", "Code", '<w:spacing w:after="0"/><w:jc w:val="center"/>', 18, quiet)
        + _style("Note", "Note", '<w:spacing w:after="0"/>', 20, quiet)
        + _style("Contact", "Contact", '<w:keepLines/><w:spacing w:after="20"/>')
        + '<w:style w:type="character" w:styleId="Hyperlink"><w:name w:val="Hyperlink"/><w:uiPriority w:val="99"/>'
        '<w:rPr><w:color w:val="1F4FBF"/><w:u w:val="single"/></w:rPr></w:style></w:styles>'
    )  # fmt: skip


def _style(
    key: str, name: str, layout: str, size: int = 0, colour: str = "", *, is_bold: bool = False
) -> str:
    look = "<w:b/><w:bCs/>" if is_bold else ""
    look += colour + (f'<w:sz w:val="{size}"/><w:szCs w:val="{size}"/>' if size else "")
    return (
        f'<w:style w:type="paragraph" w:styleId="{key}"><w:name w:val="{name}"/><w:basedOn w:val="Normal"/>'
        f"<w:qFormat/><w:pPr>{layout}</w:pPr>{f'<w:rPr>{look}</w:rPr>' if look else ''}</w:style>"
    )


def _numbering() -> str:
    return (
        f'<w:numbering {SPACES}><w:abstractNum w:abstractNumId="0"><w:multiLevelType w:val="singleLevel"/>'
        '<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/><w:lvlJc '
        'w:val="left"/><w:pPr><w:ind w:left="454" w:hanging="454"/></w:pPr>'
        f'<w:rPr><w:b/><w:bCs/><w:color w:val="{INK}"/></w:rPr></w:lvl></w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
    )


def _settings() -> str:
    where = "http://schemas.microsoft.com/office/word"
    return (
        f'<w:settings {SPACES}><w:zoom w:percent="100"/><w:defaultTabStop w:val="709"/><w:compat>'
        f'<w:compatSetting w:name="compatibilityMode" w:uri="{where}" w:val="15"/></w:compat></w:settings>'
    )


def _core() -> str:
    return (
        f'<cp:coreProperties xmlns:cp="{RELATIONS.rpartition("/")[0]}/metadata/core-properties"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>' + escape(_("Your eStore link"), quote=False)
        + "</dc:title></cp:coreProperties>"
    )  # fmt: skip


def _app() -> str:
    return (
        '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties">'
        "<Application>Tradedoor</Application></Properties>"
    )


def _types() -> str:
    parts = [
        ("word/document.xml", DOCUMENT),
        ("word/styles.xml", STYLES),
        ("word/settings.xml", f"{WORDS}settings+xml"),
        ("word/numbering.xml", f"{WORDS}numbering+xml"),
        ("docProps/core.xml", f"{PACKAGE}core-properties+xml"),
        ("docProps/app.xml", f"{OFFICE}extended-properties+xml"),
    ]
    own = "".join(f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, kind in parts)
    return (
        f'<Types xmlns="{TYPES}"><Default Extension="rels" ContentType="{PACKAGE}relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{own}</Types>'
    )


def _relations(rows: list[tuple[str, str, str]]) -> str:
    inside = "".join(
        f'<Relationship Id="{key}" Type="{kind}" Target="{target}"/>' for key, target, kind in rows
    )
    return f'<Relationships xmlns="{RELATIONS}">{inside}</Relationships>'


def _tag(language: str) -> str:
    """A language as Word names it: its region in capitals."""
    first, _hyphen, region = language.partition("-")
    return f"{first}-{region.upper()}" if region else first
