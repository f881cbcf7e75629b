"""A store's colours: from the two it chose to every token that its pages need.

Any colour may be chosen; none makes a page unreadable. Text on a colour is black or white, whichever reads
better, and a colour that has to read on white is darkened until it does (4.5:1, WCAG 2.2 AA). The settings page
shows the measured ratio, so that the correction is no surprise.
"""

import colorsys
import re
from hashlib import sha256

TEXT_CONTRAST = 4.5
WHITE, BLACK = "#ffffff", "#000000"
DARK_SURFACE = "#16191f"
HEX = re.compile(r"#?([0-9a-f]{6}|[0-9a-f]{3})", re.IGNORECASE)
STEP = 0.01


class NotAColourError(ValueError):
    """The text is no colour of the form #rgb or #rrggbb."""


def parse(colour: str) -> str:
    """The colour as `#rrggbb`. Raises `NotAColourError`."""
    match = HEX.fullmatch(colour.strip())
    if match is None:
        raise NotAColourError(colour)
    digits = match[1].lower()
    return f"#{digits if len(digits) == len('rrggbb') else ''.join(digit * 2 for digit in digits)}"


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG, from 1 (the same) to 21 (black on white)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def text_on(colour: str) -> str:
    """White where it reads on the colour, else black: one of the two always passes 4.5:1."""
    return WHITE if contrast(colour, WHITE) >= TEXT_CONTRAST else BLACK


def readable(colour: str, *, on: str = WHITE) -> str:
    """The colour, darkened (on a dark ground: lightened) just so far that it reads there."""
    colour = parse(colour)
    step = -STEP if text_on(on) == BLACK else STEP
    hue, light, chroma = colorsys.rgb_to_hls(*_rgb(colour))
    while contrast(colour, on) < TEXT_CONTRAST:
        light = max(0.0, min(1.0, light + step))
        colour = _hex(*colorsys.hls_to_rgb(hue, light, chroma))
    return colour


def mix(colour: str, other: str, share: float) -> str:
    """`colour` with `share` (0 to 1) of `other` in it."""
    return _hex(*(a + (b - a) * share for a, b in zip(_rgb(colour), _rgb(other), strict=True)))


def shade(colour: str, by: float) -> str:
    """The same hue, lighter (or, below 0, darker) by a share of the way from black to white."""
    hue, light, chroma = colorsys.rgb_to_hls(*_rgb(colour))
    return _hex(*colorsys.hls_to_rgb(hue, max(0.0, min(1.0, light + by)), chroma))


def opposite(colour: str) -> str:
    """A warm, muted colour from across the wheel."""
    hue, _light, _chroma = colorsys.rgb_to_hls(*_rgb(colour))
    return _hex(*colorsys.hls_to_rgb((hue + 0.54) % 1, 0.52, 0.52))


def theme_css(brand: str, accent: str) -> str:
    """The style sheet that puts a store's colours over the tokens.

    `brand` is the large area (the art, the head's line) and, made readable, buttons and links; `accent` is the
    second colour beside it. Raises `NotAColourError`.
    """
    brand, accent = parse(brand), parse(accent)
    text = readable(brand)
    dark = readable(mix(brand, WHITE, 0.35), on=DARK_SURFACE)
    tokens = {
        "--brand": brand,
        "--brand-2": _beside(accent, brand),
        "--on-brand": text_on(brand),
        "--accent": f"light-dark({text}, {dark})",
        "--accent-strong": f"light-dark({mix(text, BLACK, 0.3)}, {mix(dark, WHITE, 0.3)})",
        "--accent-fill": text,
        "--accent-fill-hover": mix(text, BLACK, 0.2),
        "--on-accent": WHITE,
        "--accent-soft": f"light-dark({mix(text, WHITE, 0.92)}, {mix(brand, DARK_SURFACE, 0.75)})",
        "--accent-line": f"light-dark({mix(text, WHITE, 0.65)}, {mix(brand, WHITE, 0.15)})",
    }
    return ":root{" + "".join(f"{name}:{value};" for name, value in tokens.items()) + "}\n"


def fingerprint(css: str) -> str:
    """The part of a theme's address that changes with it, so that browsers may keep it for good."""
    return sha256(css.encode()).hexdigest()[:12]


def _beside(accent: str, brand: str) -> str:
    """The second colour, moved away from the first where the two could not be told apart."""
    for share in (0.0, 0.3, 0.5, 0.7, 0.9):
        candidate = mix(accent, text_on(brand), share)
        if contrast(candidate, brand) >= 3:  # noqa: PLR2004  # WCAG's ratio for parts of the interface
            return candidate
    return text_on(brand)


def _rgb(colour: str) -> tuple[float, float, float]:
    digits = parse(colour)[1:]
    red, green, blue = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return red, green, blue


def _hex(red: float, green: float, blue: float) -> str:
    return "#" + "".join(f"{round(max(0.0, min(1.0, part)) * 255):02x}" for part in (red, green, blue))


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(part) for part in _rgb(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4  # noqa: PLR2004  # sRGB
