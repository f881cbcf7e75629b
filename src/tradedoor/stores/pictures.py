"""Uploaded pictures are never passed on: each is read and drawn anew, so that only pixels remain (WEB-07)."""

from dataclasses import dataclass
from io import BytesIO
from typing import IO

from django.core.files.base import ContentFile
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

from tradedoor.stores.errors import BadImage

# No SVG, which is a document with scripts; no format that few programs read and many get wrong.
READ = ("PNG", "JPEG", "WEBP")
MOST_PIXELS = 25_000_000


@dataclass(frozen=True, slots=True)
class Frame:
    """What a picture of one kind may weigh, and what it becomes."""

    most_bytes: int
    width: int
    height: int
    form: str
    ending: str


# A logo keeps sharp edges and transparency, and every mail program shows PNG.
LOGO = Frame(most_bytes=2 * 1024 * 1024, width=640, height=320, form="PNG", ending="png")
BANNER = Frame(most_bytes=8 * 1024 * 1024, width=1920, height=1080, form="WEBP", ending="webp")


def redrawn(file: IO[bytes], *, frame: Frame) -> "ContentFile[bytes]":
    """Return the picture drawn anew, no larger than its frame, without anything a file can hide.

    Raises `BadImage` if it is too heavy, has too many pixels, or is none of the formats read.
    """
    raw = file.read(frame.most_bytes + 1)
    if len(raw) > frame.most_bytes:
        raise BadImage(
            _("This picture is too heavy: at most %(most)s MB.") % {"most": frame.most_bytes // (1024 * 1024)}
        )
    try:
        with Image.open(BytesIO(raw), formats=READ) as opened:
            # The size stands in the head of the file; a bomb is refused before a pixel of it is unpacked.
            if opened.width * opened.height > MOST_PIXELS:
                raise BadImage(_("This picture has too many pixels."))
            picture = ImageOps.exif_transpose(opened).convert("RGBA" if _is_transparent(opened) else "RGB")
    except (
        OSError,
        SyntaxError,
        ValueError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as no:
        raise BadImage from no
    picture.thumbnail((frame.width, frame.height))
    drawn = BytesIO()
    # A new image, since the old one still carries what its file said of place and camera.
    clean = Image.new(picture.mode, picture.size)
    clean.paste(picture)
    clean.save(drawn, frame.form, optimize=True)
    return ContentFile(drawn.getvalue(), name=f"picture.{frame.ending}")


def _is_transparent(picture: Image.Image) -> bool:
    return picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info
