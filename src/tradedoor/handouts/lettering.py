"""Text from right to left for a PDF, whose writer sets letters one after the other just as they come.

Enough of Unicode's annex 9 for names and addresses within one paragraph: Arabic letters are given the forms in which
they join, and stretches from right to left are turned round, numbers and brackets in them kept readable. A name that
takes several lines has them in the wrong order; Word files leave all of this to Word.
"""

import unicodedata
from functools import cache
from itertools import groupby

FORMS = {"<isolated>": 0, "<final>": 1, "<initial>": 2, "<medial>": 3}
FIRST_FORM, LAST_FORM = 0xFE70, 0xFEFC
LAM = "\u0644"
TURNED, NUMBERS = {"R", "AL"}, {"EN", "AN"}
PAIRS = {"(": ")", "[": "]", "{": "}"}
MIRRORED = str.maketrans("()[]{}<>«»", ")(][}{><»«")


def set_for_print(text: str) -> str:
    """The text in the order in which its letters stand on paper, from the left; most text comes back as it is."""
    if not any(unicodedata.bidirectional(letter) in TURNED for letter in text):
        return text
    return _turned(_joined(text))


@cache
def _forms() -> dict[str, dict[int, str]]:
    """Every Arabic letter, or lam with alef, with its forms: alone, at the end, at the start, in the middle."""
    found: dict[str, dict[int, str]] = {}
    for point in range(FIRST_FORM, LAST_FORM + 1):
        kind, _blank, points = unicodedata.decomposition(chr(point)).partition(" ")
        if kind in FORMS:
            letters = "".join(chr(int(one, 16)) for one in points.split())
            found.setdefault(letters, {})[FORMS[kind]] = chr(point)
    return {letters: forms for letters, forms in found.items() if not letters.startswith(" ")}


def _joined(text: str) -> str:
    forms, letters = _forms(), []
    at = 0
    while at < len(text):
        size = 2 if text[at] == LAM and text[at : at + 2] in forms else 1
        letters.append(text[at : at + size])
        at += size
    shown = []
    for number, letter in enumerate(letters):
        own = forms.get(letter, {})
        before, after = _beside(letters, number, -1), _beside(letters, number, 1)
        holds_before = FORMS["<initial>"] in forms.get(before, {}) and FORMS["<final>"] in own
        holds_after = FORMS["<final>"] in forms.get(after, {}) and FORMS["<initial>"] in own
        wanted = FORMS["<medial>"] if holds_before and holds_after else holds_before + 2 * holds_after
        shown.append(own.get(wanted) or own.get(0) or letter)
    return "".join(shown)


def _beside(letters: list[str], number: int, step: int) -> str:
    """The next letter in this direction, past the marks that sit on letters."""
    number += step
    while 0 <= number < len(letters) and unicodedata.combining(letters[number][0]):
        number += step
    return letters[number] if 0 <= number < len(letters) else ""


def _turned(text: str) -> str:
    levels = _levels(text)
    stretches = [(level, "".join(text[at] for at in places)) for level, places in _runs(levels)]
    lines: list[str] = []
    waiting: list[str] = []
    for level, stretch in stretches:
        if level:
            waiting.insert(0, stretch if level > 1 else _backwards(stretch))
        else:
            lines += [*waiting, stretch]
            waiting = []
    return "".join([*lines, *waiting])


def _runs(levels: list[int]) -> list[tuple[int, list[int]]]:
    return [(level, list(places)) for level, places in groupby(range(len(levels)), key=levels.__getitem__)]


def _backwards(stretch: str) -> str:
    """The stretch turned round, with every mark still behind the letter it sits on."""
    clusters: list[str] = []
    for letter in stretch:
        if clusters and unicodedata.combining(letter):
            clusters[-1] += letter
        else:
            clusters.append(letter)
    return "".join(reversed(clusters)).translate(MIRRORED)


def _levels(text: str) -> list[int]:
    """0 from left to right, 1 from right to left, 2 for a number within the latter."""
    kinds = [unicodedata.bidirectional(letter) for letter in text]
    strong: list[str] = []
    last = "L"
    for kind in kinds:
        if kind in TURNED:
            last = "R"
        elif kind == "L":
            last = "L"
        strong.append({"L": "L"}.get(kind, "R" if kind in TURNED else ""))
        if kind in NUMBERS:
            strong[-1] = "N" if last == "R" else "L"
    for opening, closing in _brackets(text):
        inside = strong[opening + 1 : closing]
        before = next((one for one in reversed(strong[:opening]) if one), "L")
        turns = "L" not in inside and bool({"R", "N"} & {*inside}) and before != "L"
        strong[opening] = strong[closing] = "R" if turns else ""
    for at, kind in enumerate(strong):
        if not kind:
            before = next((one for one in reversed(strong[:at]) if one), "L")
            after = next((one for one in strong[at + 1 :] if one), "L")
            strong[at] = "R" if before in {"R", "N"} and after in {"R", "N"} else "L"
    return [{"L": 0, "R": 1, "N": 2}[kind] for kind in strong]


def _brackets(text: str) -> list[tuple[int, int]]:
    """The places of the brackets that belong together; a pair is turned as a whole or not at all (rule N0)."""
    waiting: list[tuple[str, int]] = []
    pairs = []
    for at, letter in enumerate(text):
        if letter in PAIRS:
            waiting.append((PAIRS[letter], at))
        elif waiting and letter == waiting[-1][0]:
            pairs.append((waiting.pop()[1], at))
    return sorted(pairs)
