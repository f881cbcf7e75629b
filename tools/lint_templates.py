"""Refuse in templates what the content policy blocks in a browser, and colours that are no tokens.

    python tools/lint_templates.py [FILE…]     all templates and style sheets of src/ where none is named

djlint misses `on…=` and inline scripts, so this is our own. Mails are left out: their styles have to be inline.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMENT = re.compile(r"\{#.*?#\}|<!--.*?-->|/\*.*?\*/", re.DOTALL)
IN_TEMPLATES = (
    (re.compile(r"""[\s"'{]style\s*=\s*["'{]""", re.IGNORECASE), "a style attribute; use a class"),
    (re.compile(r"<style\b", re.IGNORECASE), "an inline style sheet; use static/web/css"),
    (
        re.compile(r"""[\s"']on[a-z]+\s*=\s*["'{]""", re.IGNORECASE),
        "an event attribute; use a data attribute and ui.js",
    ),
    (re.compile(r"<script\b(?![^>]*\bsrc=)", re.IGNORECASE), "an inline script; use ui.js"),
    (re.compile(r"\bhx-on\b", re.IGNORECASE), "hx-on, which evaluates text; use ui.js"),
    (
        re.compile(r"""\bhx-[a-z-]+\s*=\s*["']\s*js:|["']\s*js:|javascript:""", re.IGNORECASE),
        "js:, which evaluates text",
    ),
    (re.compile(r"""hx-trigger[^>]*\[""", re.IGNORECASE), "a trigger filter, which evaluates text"),
)
SAFE = (
    re.compile(r"\|\s*safe\b"),
    "|safe without a reason; add {# safe: why #} to the line, or use a set block",
)
COLOUR = (
    re.compile(
        r"#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})\b(?![-\w])|\b(?:rgba?|hsla?|oklch)\(", re.IGNORECASE
    ),
    "a colour literal; name it in tokens.css",
)
ENTITY = re.compile(r"&#x?[0-9a-f]+;", re.IGNORECASE)
ADDRESS = re.compile(r"""(?:href|hx-target|hx-select)\s*=\s*"[^"]*"|url\([^)]*\)""")


def faults(path: Path, text: str) -> Iterator[tuple[int, str]]:
    """Line and fault of everything in this file that may not be."""
    rules = [] if path.suffix == ".css" else [*IN_TEMPLATES, SAFE]
    if path.name != "tokens.css":
        rules.append(COLOUR)
    reasons = {number for number, line in enumerate(text.splitlines(), 1) if "{# safe:" in line}
    bare = COMMENT.sub(lambda found: "\n" * found[0].count("\n"), text)
    for number, line in enumerate(bare.splitlines(), 1):
        for rule, fault in rules:
            seen = ADDRESS.sub("", ENTITY.sub("", line)) if rule is COLOUR[0] else line
            if rule.search(seen) and not (rule is SAFE[0] and number in reasons):
                yield number, fault


def sources() -> list[Path]:
    """Every template that is a page or a part of one, and every style sheet."""
    found = [*ROOT.glob("src/tradedoor/*/jinja2/**/*.html"), *ROOT.glob("src/tradedoor/*/static/**/*.css")]
    return sorted(path for path in found if not {"email", "mail", "dev"} & set(path.parts[-4:-1]))


def main() -> None:
    paths = [Path(name) for name in sys.argv[1:]] or sources()
    found = [
        f"{path}:{number}: {fault}"
        for path in paths
        for number, fault in faults(path, path.read_text(encoding="utf-8"))
    ]
    if found:
        sys.exit("\n".join(found))
    print(f"{len(paths)} templates and style sheets are clean.")


if __name__ == "__main__":
    main()
