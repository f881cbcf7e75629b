"""Domains that only look like one a customer uses (EML-05): whoever registers from one is let in by a person.

The table holds what stands for a Latin letter in domains that were really registered to deceive; the whole list
of UTS 39 is six thousand lines for signs that no registry sells.
"""

import unicodedata
from collections.abc import Iterable

import idna

SAME = str.maketrans(
    "авеёкмнорстухіјѕһԁԛԝɡɑαβεικνορτυχωłı01i5",
    "abeekmhopctyxijshdqwgaabeikvoptuxwliolls",
)
PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("nn", "m"))
HYPHENS = str.maketrans("", "", "-")


def skeleton(domain: str) -> str:
    """What the eye makes of a domain. Two that have the same are taken for each other."""
    try:
        readable = idna.decode(domain) if "xn--" in domain else domain
    except idna.IDNAError:
        readable = domain
    plain = unicodedata.normalize("NFKD", readable.lower())
    letters = "".join(sign for sign in plain if not unicodedata.combining(sign)).translate(SAME)
    for pair, one in PAIRS:
        letters = letters.replace(pair, one)
    return letters.translate(HYPHENS)


def looks_like(domain: str, used: Iterable[str]) -> str:
    """The domain in use that this one could be taken for, empty where there is none or it is itself in use."""
    known = set(used)
    if domain in known:
        return ""
    seen = skeleton(domain)
    return next((other for other in sorted(known) if skeleton(other) == seen), "")
