"""Passwords: what may be one, how it is hashed, how it is checked.

The policy asks for length and refuses what is guessed first; it has no rule about kinds of
characters (PW-03). It is judged without any network (PW-06).
"""

import gzip
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import NamedTuple
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.hashers import make_password, verify_password
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from tradedoor.accounts.errors import BadPassword
from tradedoor.accounts.gate import hashing_slot

LONGEST = 256
FEWEST_DIFFERENT = 4
SHORTEST_NAME = 3
PRODUCT = "tradedoor"

# Rows and columns of keyboards, digits and the alphabet: what fingers do by themselves.
RUNS = (
    "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm", "azertyuiop", "qsdfghjklm", "wxcvbn",
    "1234567890", "abcdefghijklmnopqrstuvwxyz",
    "1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm", "!@#$%^&*()",
)  # fmt: skip
NEIGHBOURS = frozenset(pair for run in RUNS for pair in [*pairwise(run), *pairwise(run[::-1])])
MOST_NEIGHBOURS = 0.75
LOOK_ALIKES = str.maketrans("0134578@$!", "oleastbasi")
LETTERS_OF_ITS_OWN = 4


class Checked(NamedTuple):
    """Whether a password is right, and whether its hash is of former parameters."""

    is_right: bool
    is_outdated: bool


def normalised(raw: str) -> str:
    """One form for a password however its accents were typed; blanks and case stay (PW-04)."""
    return unicodedata.normalize("NFC", raw)


def require_good_password(raw: str, *, about: Iterable[str] = ()) -> None:
    """Return if `raw` may become a password; asked at every door where one is chosen (PW-09).

    `about` are the names a guesser would begin with: the person's, the address, the customer's, the
    store's. Raises `BadPassword` with a sentence that says why.
    """
    password = normalised(raw)
    _require_length(password)
    folded = password.casefold()
    _require_no_pattern(folded)
    _require_no_name(folded, about=about)
    if is_common(folded):
        raise BadPassword(_("Many people use this password, so it is guessed first."), cause="common")


def is_common(folded: str) -> bool:
    """Whether a case-folded password stands in the list of common ones (PW-05)."""
    return "\n" not in folded and f"\n{folded}\n".encode() in _common()


def hash_password(raw: str) -> str:
    """The stored form. Takes tens of milliseconds: call it outside a transaction. Raises `Busy`."""
    with hashing_slot():
        return make_password(normalised(raw))


def unusable() -> str:
    """A marker no password matches, for logins that have none yet (HA-05)."""
    return f"!{uuid4().hex}"


def check_password(raw: str, stored: str | None) -> Checked:
    """Compare `raw` with a stored form; None or a marker costs the same work (HA-06). Raises `Busy`."""
    password = normalised(raw)
    if len(password) > LONGEST or _is_unencodable(password):
        password, stored = "", None
    with hashing_slot():
        is_right, is_outdated = verify_password(password, stored or unusable())
    return Checked(is_right, is_outdated)


@cache
def _common() -> bytes:
    # One block of bytes and a plain search in it (a third of a millisecond): a set of strings would
    # cost every process 20 MB.
    packed = files("tradedoor.accounts").joinpath("data/common-passwords.txt.gz").read_bytes()
    return b"\n" + gzip.decompress(packed) + b"\n"


def _is_unencodable(password: str) -> bool:
    return any(unicodedata.category(character) == "Cs" for character in password)


def _require_length(password: str) -> None:
    shortest = settings.TRADEDOOR_PASSWORD_MIN_LENGTH
    if len(password) < shortest:
        sentence = ngettext(
            "The password needs %(least)d character or more.",
            "The password needs %(least)d characters or more.",
            shortest,
        )
        raise BadPassword(sentence % {"least": shortest}, cause="short")
    if len(password) > LONGEST:
        sentence = _("The password may have %(most)d characters at most.") % {"most": LONGEST}
        raise BadPassword(sentence, cause="long")
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in password):
        raise BadPassword(_("The password holds a sign that cannot be typed."), cause="unseen")


def _require_no_pattern(folded: str) -> None:
    """Refuse digits only, one unit over and over, and runs of keys (PW-08)."""
    if folded.isdigit():
        raise BadPassword(_("A password of digits only is guessed quickly. Add words."), cause="digits")
    if len(set(folded)) < FEWEST_DIFFERENT or _is_repeated(folded):
        raise BadPassword(_("The password repeats itself. Take several different words."), cause="repeated")
    neighbours = sum(pair in NEIGHBOURS or pair[0] == pair[1] for pair in pairwise(folded))
    if neighbours > MOST_NEIGHBOURS * (len(folded) - 1):
        raise BadPassword(_("The password follows the keys or the alphabet. Take words."), cause="run")


def _is_repeated(folded: str) -> bool:
    longest_unit = len(folded) // 2
    return any(
        folded == (folded[:unit] * (len(folded) // unit + 1))[: len(folded)]
        for unit in range(1, longest_unit + 1)
    )


def _require_no_name(folded: str, *, about: Iterable[str]) -> None:
    names = _names(about)
    plain = "".join(filter(str.isalnum, folded))
    unmasked = "".join(filter(str.isalnum, folded.translate(LOOK_ALIKES)))
    if _is_made_of(plain, names) or _is_made_of(unmasked, names):
        raise BadPassword(
            _("Most of this password is a name: yours, your company’s or the store’s. Add other words."),
            cause="name",
        )


def _names(about: Iterable[str]) -> list[str]:
    """The words of `about`, whole and apart, longest first, so that a name goes before its parts."""
    words = {PRODUCT}
    for text in about:
        folded = normalised(text).casefold()
        parts = "".join(sign if sign.isalnum() else " " for sign in folded).split()
        words |= {*parts, "".join(parts)}
    return sorted((word for word in words if len(word) >= SHORTEST_NAME), key=len, reverse=True)


def _is_made_of(text: str, names: list[str]) -> bool:
    """Whether names are at least half of it, or leave too few letters of its own beside digits."""
    rest = text
    for name in names:
        rest = rest.replace(name, "")
    if rest == text:
        return False
    return len(rest) * 2 <= len(text) or sum(map(str.isalpha, rest)) < LETTERS_OF_ITS_OWN
