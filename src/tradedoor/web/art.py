"""Drawings made for a store that brought none: the art of its door, and a mark from its initials.

The same name and colours always give the same drawing. Both are SVG without script or style, a few kilobytes.
"""

from random import Random

from django.utils.html import escape

from tradedoor.web.formats import initials
from tradedoor.web.theme import contrast, mix, opposite, parse, shade, text_on

CELL, COLUMNS, ROWS = 150, 6, 7
WHITE, BLACK = "#ffffff", "#101418"
QUIET, SOFT = 0.42, 0.72


def door_art(seed: str, colours: tuple[str, str]) -> str:
    """A wall of quarter circles, discs and bars in the store's colours. Raises `NotAColourError`."""
    brand, accent = parse(colours[0]), parse(colours[1])
    draw = Random(f"door:{seed}")  # noqa: S311  # a drawing, not a secret
    grounds = [brand, brand, brand, mix(brand, BLACK, 0.12), shade(brand, 0.025)]
    soft = [shade(brand, 0.05), shade(brand, 0.11), mix(brand, BLACK, 0.28)]
    loud = [accent, accent, shade(accent, -0.14), mix(accent, WHITE, 0.6), opposite(brand)]
    parts = [f'<rect width="{CELL * COLUMNS}" height="{CELL * ROWS}" fill="{brand}"/>']
    parts += [
        _cell(draw, column * CELL, row * CELL, brand, grounds, soft, loud)
        for row in range(ROWS)
        for column in range(COLUMNS)
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {CELL * COLUMNS} {CELL * ROWS}" '
        f'preserveAspectRatio="xMidYMin slice">{"".join(parts)}</svg>'
    )


def mark_svg(name: str, colours: tuple[str, str]) -> str:
    """A square with the name's initials. Raises `NotAColourError`."""
    brand, accent = parse(colours[0]), parse(colours[1])
    letters = initials(name)
    ink = accent if contrast(accent, brand) >= 3 else text_on(brand)  # noqa: PLR2004  # WCAG, large text
    size = 17 if len(letters) == 1 else 13.5
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
        f'<rect width="32" height="32" rx="7" fill="{brand}"/>'
        f'<text x="16" y="16" dy=".36em" text-anchor="middle" fill="{ink}" font-size="{size}" font-weight="700" '
        f'font-family="Inter,system-ui,Helvetica,Arial,sans-serif" letter-spacing="-.3">{escape(letters)}</text></svg>'
    )


def _cell(
    draw: Random, x: int, y: int, brand: str, grounds: list[str], soft: list[str], loud: list[str]
) -> str:
    ground = draw.choice(grounds)
    under = "" if ground == brand else f'<path fill="{ground}" d="M{x} {y}h{CELL}v{CELL}h-{CELL}z"/>'
    roll = draw.random()
    if roll < 0.12:  # noqa: PLR2004  # some cells stay empty, or the wall would be restless
        return under
    colour = draw.choice(soft if roll < QUIET + 0.12 else loud)
    shape = draw.choices((_quarter, _ring, _disc, _bars), weights=(5, 3, 3, 2))[0]
    inner = ground if colour in loud else draw.choice(loud) if roll > SOFT else ground
    return under + shape(draw, x, y, colour, inner)


def _corner(draw: Random, x: int, y: int, radius: int) -> str:
    """A quarter of a disc in one of the cell's four corners."""
    return draw.choice(
        (
            f"M{x} {y}h{radius}a{radius} {radius} 0 0 1-{radius} {radius}z",
            f"M{x + CELL} {y}v{radius}a{radius} {radius} 0 0 1-{radius}-{radius}z",
            f"M{x + CELL} {y + CELL}h-{radius}a{radius} {radius} 0 0 1 {radius}-{radius}z",
            f"M{x} {y + CELL}v-{radius}a{radius} {radius} 0 0 1 {radius} {radius}z",
        )
    )


def _quarter(draw: Random, x: int, y: int, colour: str, _inner: str) -> str:
    return f'<path fill="{colour}" d="{_corner(draw, x, y, CELL)}"/>'


def _ring(draw: Random, x: int, y: int, colour: str, inner: str) -> str:
    state = draw.getstate()
    outside = _corner(draw, x, y, CELL)
    draw.setstate(state)  # the same corner again
    return f'<path fill="{colour}" d="{outside}"/><path fill="{inner}" d="{_corner(draw, x, y, CELL // 2)}"/>'


def _disc(draw: Random, x: int, y: int, colour: str, _inner: str) -> str:
    radius = draw.choice((38, 45, 60))
    return f'<circle fill="{colour}" cx="{x + CELL // 2}" cy="{y + CELL // 2}" r="{radius}"/>'


def _bars(_draw: Random, x: int, y: int, colour: str, _inner: str) -> str:
    lines = "".join(f"M{x} {y + 9 + 37 * row}h{CELL}v19h-{CELL}z" for row in range(4))
    return f'<path fill="{colour}" d="{lines}"/>'
