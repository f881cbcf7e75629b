"""A drawn picture for a product that has none.

Products of one branch share their colours, and each has a pattern of its own that follows from its name: the
same product looks the same on every page and every day, and a page of them looks composed rather than empty.
"""

import hashlib
from collections.abc import Callable, Iterator

TILE = 80
COLUMNS, ROWS = 4, 3
WIDTH, HEIGHT = TILE * COLUMNS, TILE * ROWS

# ground, two quiet tones upon it, one that leads, one that sparks
PALETTES: tuple[tuple[str, str, str, str, str], ...] = (
    ("#e9f1ee", "#d3e4de", "#bcd6cd", "#2f7a69", "#e3a94b"),
    ("#eef0f8", "#dbe0f2", "#c5cdea", "#4257a8", "#f0b37e"),
    ("#f7efe6", "#eedfcb", "#e4cdaf", "#b5672f", "#3f7f86"),
    ("#f5ecef", "#ecd8de", "#e0c1cb", "#9c3f5c", "#e9b872"),
    ("#eaf2f7", "#d2e4ee", "#b7d3e3", "#24688d", "#ef8f6b"),
    ("#f1f1e6", "#e2e3cb", "#d0d3ad", "#6d7530", "#cf7a4c"),
    ("#f0edf7", "#dfd8ef", "#cbc0e4", "#6248a0", "#7fb7a6"),
    ("#eff1f3", "#dde2e6", "#c8d0d7", "#3d4f5f", "#d9a441"),
)


def picture(name: str, *, category: str = "") -> str:
    """Return an SVG of one to two kilobytes, of 320 by 240, always the same for the same words."""
    palette = PALETTES[_numbers(category or name)[0] % len(PALETTES)]
    numbers = _numbers(f"{category}/{name}")
    shapes = "".join(_tiles(numbers, palette))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
        f' preserveAspectRatio="xMidYMid slice"><path fill="{palette[0]}" d="M0 0h{WIDTH}v{HEIGHT}H0z"/>'
        f"{shapes}</svg>"
    )


def _numbers(text: str) -> bytes:
    return hashlib.sha256(text.casefold().encode()).digest()


def _tiles(numbers: bytes, palette: tuple[str, ...]) -> Iterator[str]:
    _ground, quiet, middle, leading, spark = palette
    lead = numbers[20] % (COLUMNS * ROWS)
    # The spark stands across from the lead, so that the two never crowd one corner.
    sparked = (lead + COLUMNS * ROWS // 2 + numbers[21] % 3) % (COLUMNS * ROWS)
    for place in range(COLUMNS * ROWS):
        number = numbers[place % 20]
        x, y = place % COLUMNS * TILE, place // COLUMNS * TILE
        if place == lead:
            yield _quarter(x, y, number, leading)
        elif place == sparked:
            yield _disc(x, y, number, spark)
        elif place in {(lead + 1) % (COLUMNS * ROWS), (lead + COLUMNS) % (COLUMNS * ROWS)}:
            yield MOTIFS[number % len(MOTIFS)](x, y, number, leading if number & 64 else middle)
        elif number % 5 < 3:  # noqa: PLR2004 - three tiles of five are drawn upon
            yield MOTIFS[(number >> 3) % len(MOTIFS)](x, y, number, middle if number & 4 else quiet)


def _quarter(x: int, y: int, number: int, colour: str) -> str:
    far_x, far_y = x + TILE, y + TILE
    corners = ((x, y), (far_x, y), (far_x, far_y), (x, far_y))
    turn = number >> 5 & 3
    (ax, ay), (bx, by), (cx, cy) = corners[turn], corners[(turn + 1) % 4], corners[(turn + 3) % 4]
    return f'<path fill="{colour}" d="M{ax} {ay}L{bx} {by}A{TILE} {TILE} 0 0 1 {cx} {cy}z"/>'


def _disc(x: int, y: int, number: int, colour: str) -> str:
    radius = 20 + number % 3 * 6
    return f'<circle cx="{x + TILE // 2}" cy="{y + TILE // 2}" r="{radius}" fill="{colour}"/>'


def _ring(x: int, y: int, number: int, colour: str) -> str:
    radius = 20 + number % 2 * 6
    middle = TILE // 2
    return (
        f'<circle cx="{x + middle}" cy="{y + middle}" r="{radius}" fill="none" stroke="{colour}"'
        ' stroke-width="12"/>'
    )


def _stripes(x: int, y: int, number: int, colour: str) -> str:
    if number & 32:
        lines = "".join(f"M{x + 10 + step * 20} {y}v{TILE}" for step in range(4))
    else:
        lines = "".join(f"M{x} {y + 10 + step * 20}h{TILE}" for step in range(4))
    return f'<path stroke="{colour}" stroke-width="8" d="{lines}"/>'


def _half(x: int, y: int, number: int, colour: str) -> str:
    radius = TILE // 2
    if number & 32:
        return f'<path fill="{colour}" d="M{x} {y + radius}a{radius} {radius} 0 0 1 {TILE} 0z"/>'
    return f'<path fill="{colour}" d="M{x + radius} {y}a{radius} {radius} 0 0 1 0 {TILE}z"/>'


MOTIFS: tuple[Callable[[int, int, int, str], str], ...] = (
    _quarter,
    _quarter,
    _disc,
    _half,
    _quarter,
    _ring,
    _stripes,
)
