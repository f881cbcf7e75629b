"""The same hand-out as PDF: for those who print it, or whose programs show no Word file."""

import io
import unicodedata
from functools import lru_cache
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_CENTER, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, Image, KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table

from tradedoor.handouts.codes import qr_modules
from tradedoor.handouts.errors import LettersMissing
from tradedoor.handouts.facts import Handout
from tradedoor.handouts.lettering import set_for_print
from tradedoor.handouts.words import steps_of

DATA = Path(__file__).parent / "data"
PLAIN, BOLD = "Handout", "Handout-Bold"
INK, QUIET, PANEL, BLUE = HexColor("#15181e"), HexColor("#565c69"), HexColor("#f4f5f8"), HexColor("#1f4fbf")
MARGIN = 20 * mm
FRAME = 6  # points that the page's frame keeps free by itself
QR_SIDE = 42 * mm
LOGO_WIDTH, LOGO_HEIGHT = 65 * mm, 24 * mm
PANEL_WIDTHS = (A4[0] - 2 * MARGIN - 50 * mm, 50 * mm)
# No word is longer than the page in practice; a name of hundreds of letters is.
LONGEST_NAME = 300
MOST_NAMED = 12
VARIATION = "VARIATION SELECTOR"


class Code(Flowable):  # type: ignore[misc]  # reportlab brings no types
    """The QR code drawn in squares, as one path, so that a printer of any fineness keeps its edges."""

    hAlign = "CENTER"  # noqa: N815 - reportlab's name

    def __init__(self, address: str) -> None:
        super().__init__()
        self._rows = qr_modules(address)

    def wrap(self, _width: float, _height: float) -> tuple[float, float]:
        return QR_SIDE, QR_SIDE

    def draw(self) -> None:
        canvas, one = self.canv, QR_SIDE / len(self._rows)
        canvas.setFillColor(HexColor("#ffffff"))
        canvas.rect(0, 0, QR_SIDE, QR_SIDE, stroke=0, fill=1)
        path = canvas.beginPath()
        for down, row in enumerate(self._rows, start=1):
            at = 0
            for is_dark, stretch in groupby(row):
                length = len(list(stretch))
                if is_dark:
                    path.rect(at * one, QR_SIDE - down * one, length * one, one)
                at += length
        canvas.setFillColor(HexColor("#000000"))
        canvas.drawPath(path, stroke=0, fill=1)


def pdf_file(handout: Handout) -> bytes:
    """The hand-out on as few pages of A4 as it takes. Equal facts give equal bytes. Raises `LettersMissing`."""
    _require_fonts()
    with translation.override(handout.language):
        story = _story(handout, is_mirrored=translation.get_language_bidi())
        title = _("Your eStore link")
    out = io.BytesIO()
    document = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=MARGIN - FRAME,
        rightMargin=MARGIN - FRAME,
        topMargin=18 * mm,
        bottomMargin=18 * mm,
        title=f"{title}: {_short(handout.store)}",
        author=_short(handout.store),
        lang=handout.language,
        invariant=1,
    )
    document.build(story)
    return out.getvalue()


@lru_cache(maxsize=1)
def _require_fonts() -> None:
    pdfmetrics.registerFont(TTFont(PLAIN, DATA / "dejavu-sans.ttf"))
    pdfmetrics.registerFont(TTFont(BOLD, DATA / "dejavu-sans-bold.ttf"))


def _story(handout: Handout, *, is_mirrored: bool) -> list[Flowable]:
    side: dict[str, Any] = {"alignment": TA_RIGHT} if is_mirrored else {}
    put = {
        "store": _short(handout.store), "customer": _short(handout.customer), "phone": handout.phone,
        "email": handout.email,
    }  # fmt: skip
    heading = ParagraphStyle(
        "heading", fontName=BOLD, fontSize=13, leading=17, spaceAfter=5, textColor=INK, **side
    )
    body = ParagraphStyle("body", fontName=PLAIN, fontSize=10, leading=14.5, textColor=INK, **side)
    name = ParagraphStyle("name", body, fontName=BOLD)
    title = ParagraphStyle("title", heading, fontSize=19, leading=24, spaceAfter=2)
    lead = ParagraphStyle("lead", body, fontSize=11.5, leading=16, textColor=QUIET, spaceAfter=14)
    steps = [
        [_text(f"{number}.", name), _text(step, body)]
        for number, step in enumerate(steps_of(handout), start=1)
    ]
    widths = [9 * mm, A4[0] - 2 * MARGIN - 9 * mm]
    if is_mirrored:
        steps, widths = [row[::-1] for row in steps], widths[::-1]
    contact = [_text(put["store"], name)]
    contact += [_text(_("Phone: %(phone)s") % put, body)] if handout.phone else []
    contact += [_text(_("Email: %(email)s") % put, body)] if handout.email else []
    contact += [_text(line, body) for line in handout.address.splitlines()]
    return [
        *_logo(handout, is_mirrored=is_mirrored),
        _text(_("Order online at %(store)s") % put, title),
        _text(_("For the people of %(customer)s") % put, lead),
        _panel(handout, put, heading, body, is_mirrored=is_mirrored),
        Spacer(0, 8 * mm),
        _text(_("How to get in"), heading),
        Table(steps, colWidths=widths, style=[("VALIGN", (0, 0), (-1, -1), "TOP"), *_padding(0, 2)]),
        Spacer(0, 7 * mm),
        KeepTogether([_text(_("Questions? We are glad to help"), heading), *contact]),
    ]


def _logo(handout: Handout, *, is_mirrored: bool) -> list[Flowable]:
    if handout.logo is None:
        return []
    width, height = ImageReader(io.BytesIO(handout.logo)).getSize()
    scale = min(LOGO_WIDTH / width, LOGO_HEIGHT / height)
    side = "RIGHT" if is_mirrored else "LEFT"
    picture = Image(io.BytesIO(handout.logo), width * scale, height * scale, hAlign=side, mask="auto")
    return [picture, Spacer(0, 8 * mm)]


def _panel(
    handout: Handout, put: dict[str, str], heading: ParagraphStyle, body: ParagraphStyle, *, is_mirrored: bool
) -> Table:
    link = ParagraphStyle(
        "link", body, fontName=BOLD, fontSize=10.5, leading=15, textColor=BLUE, spaceAfter=5
    )
    note = ParagraphStyle("note", body, fontSize=9, leading=12.5, textColor=QUIET)
    caption = ParagraphStyle("caption", note, alignment=TA_CENTER)
    address = escape(handout.link)
    said = [
        _text(_("Your eStore link"), heading),
        Paragraph(f'<a href="{address}">{address}</a>', link),
        _text(_("It is made for %(customer)s. Pass it on to colleagues only.") % put, note),
    ]
    code = [Code(handout.link), Spacer(0, 4), _text(_("Scan with your phone"), caption)]
    row, widths = ([code, said], PANEL_WIDTHS[::-1]) if is_mirrored else ([said, code], PANEL_WIDTHS)
    look = [
        ("BACKGROUND", (0, 0), (-1, -1), PANEL),
        ("LINEABOVE", (0, 0), (-1, 0), 4, HexColor(handout.brand)),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        *_padding(4 * mm, 4 * mm),
    ]
    return Table([row], colWidths=widths, style=look)


def _padding(beside: float, above: float) -> list[tuple[Any, ...]]:
    sides = {"LEFTPADDING": beside, "RIGHTPADDING": beside, "TOPPADDING": above, "BOTTOMPADDING": above}
    return [(name, (0, 0), (-1, -1), size) for name, size in sides.items()]


def _text(text: str, style: ParagraphStyle) -> Paragraph:
    return Paragraph(escape(_printable(set_for_print(text), style.fontName), quote=False), style)


def _printable(text: str, font: str) -> str:
    """The text without what no reader sees anyway. Raises `LettersMissing` for what would be an empty box."""
    known = pdfmetrics.getFont(font).face.charToGlyph
    missing = [letter for letter in text if ord(letter) not in known and not letter.isspace()]
    seen = [letter for letter in dict.fromkeys(missing) if not _is_unseen(letter)]
    if seen:
        raise LettersMissing("".join(seen[:MOST_NAMED]))
    return "".join(letter for letter in text if letter not in missing)


def _is_unseen(letter: str) -> bool:
    """Whether it only tells how to set the letters beside it."""
    return unicodedata.category(letter) in {"Cc", "Cf"} or unicodedata.name(letter, "").startswith(VARIATION)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_NAME else text[: LONGEST_NAME - 1] + "…"
