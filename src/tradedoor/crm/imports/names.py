"""Taking a person's full name apart, as far as that can be done without knowing the person."""

from typing import NamedTuple

HONORIFICS = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "miss",
        "mx",
        "dr",
        "prof",
        "sir",
        "rev",
        "herr",
        "frau",
        "dhr",
        "mevr",
        "mw",
        "mme",
        "m.",
        "mlle",
        "sr.",
        "sra",
        "srta",
        "señor",
        "señora",
    ]
)
SUFFIXES = frozenset(["jr", "sr", "ii", "iii", "iv", "phd", "md", "esq"])
PARTICLES = frozenset(
    [
        "van",
        "von",
        "de",
        "der",
        "den",
        "del",
        "della",
        "di",
        "da",
        "dos",
        "das",
        "du",
        "la",
        "le",
        "ter",
        "ten",
        "te",
        "zu",
        "zur",
        "al",
        "bin",
        "ibn",
        "el",
        "af",
        "av",
        "st",
        "st.",
    ]
)


class PersonName(NamedTuple):
    title: str
    first: str
    last: str


def split_name(full_name: str) -> PersonName:
    """Salutation, first and last name. With a comma the family name comes first; else it is the last word,
    with the particles before it ("van der", "de la") and what follows it ("Jr.", "III").

    One word alone is a first name.
    """
    words = full_name.replace(",", " , ").split()
    title = ""
    while len(words) > 1 and (words[0].lower() in HONORIFICS or words[0].lower().rstrip(".") in HONORIFICS):
        title = f"{title} {words.pop(0)}".strip()
    if "," in words:
        at = words.index(",")
        before, after = words[:at], [word for word in words[at + 1 :] if word != ","]
        if not all(word.lower().rstrip(".") in SUFFIXES for word in after):
            return PersonName(title, " ".join(after), " ".join(before))
        words = [*before, *after]
    begins = _family_begins(words)
    return PersonName(title, " ".join(words[:begins]), " ".join(words[begins:]))


def _family_begins(words: list[str]) -> int:
    begins = len(words) - 1
    while begins > 1 and words[begins].lower().rstrip(".") in SUFFIXES:
        begins -= 1
    while begins > 1 and words[begins - 1].lower() in PARTICLES:
        begins -= 1
    return max(begins, 1)
