"""QR codes: as SVG for paper and screen, as PNG for everything else."""

import io

import segno
from PIL import Image

# Fifteen in a hundred parts may be unreadable: a crease, a stain, a coffee cup.
CORRECTION = "m"
WHITE = 255
QUIET = 4  # modules of white around it, without which some readers find nothing


def qr_svg(address: str, *, is_inline: bool = False) -> str:
    """The code as an SVG drawing, black on white in every theme, without a style or a script.

    Inline it takes the size that its page gives it.
    """
    out = io.BytesIO()
    _made(address).save(
        out, kind="svg", scale=8, border=QUIET, dark="#000", light="#fff", xmldecl=False, svgclass=None,
        lineclass=None, omitsize=is_inline, nl=False,
    )  # fmt: skip
    return out.getvalue().decode()


def qr_png(address: str, *, scale: int = 10) -> bytes:
    """The code as a picture with `scale` pixels a module, without a time in it."""
    rows = qr_modules(address)
    side = len(rows)
    # segno would write the same picture, module by module, in five times the time: paper is made by the hundred.
    drawn = Image.frombytes("L", (side, side), bytes(0 if dark else WHITE for row in rows for dark in row))
    out = io.BytesIO()
    drawn.resize((side * scale, side * scale), Image.Resampling.NEAREST).convert("1").save(out, "PNG")
    return out.getvalue()


def qr_modules(address: str) -> list[list[bool]]:
    """The rows of the code, quiet zone included; true is dark."""
    return [[bool(module) for module in row] for row in _made(address).matrix_iter(border=QUIET)]


def _made(address: str) -> segno.QRCode:
    return segno.make(address, error=CORRECTION, micro=False, boost_error=False)
