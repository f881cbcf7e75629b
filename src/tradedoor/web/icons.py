"""Icons: lucide's drawings, written into the page so that they take the text's colour."""

import re
import zipfile
from functools import cache
from io import BytesIO
from pathlib import Path

import lucide
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

ZIP = Path(lucide.__file__).parent / "lucide.zip"
FRAME = (
    '<svg class="icon{}" viewBox="0 0 24 24" fill="none" stroke="currentColor" '
    'stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">{}</svg>'
)


class UnknownIconError(LookupError):
    """There is no icon of this name; the list is at lucide.dev/icons."""


@cache
def drawing(name: str) -> str:
    """The inside of the icon's SVG. Raises `UnknownIconError`."""
    try:
        svg = _archive().read(f"{name}.svg").decode()
    except KeyError as missing:
        raise UnknownIconError(name) from missing
    inside = svg.split(">", 1)[1].rsplit("</svg>", 1)[0]
    return re.sub(r"\s*\n\s*", "", inside).replace(" />", "/>")


@cache
def _archive() -> zipfile.ZipFile:
    """All drawings, listed once: that takes longer than drawing one. In memory, since forked workers would share
    the place in a file."""
    return zipfile.ZipFile(BytesIO(ZIP.read_bytes()))


@cache
def icon(name: str, class_: str = "") -> SafeString:
    """An icon that says nothing by itself: the words stand beside it, or in the button's label."""
    extra = f" {escape(class_)}" if class_ else ""
    return mark_safe(FRAME.format(extra, drawing(name)))  # noqa: S308  # shipped drawing, escaped class
