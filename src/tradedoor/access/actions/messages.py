"""What staff add to an invitation in their own words: plain text, and no more than a mail should carry."""

import re
import unicodedata

from django.utils.translation import gettext as _

from tradedoor.core.errors import Invalid

MOST = 1000
# Would hide text, or change how the rest of the mail is read (EML-06).
UNWANTED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
JOINERS = frozenset(
    "\u200c\u200d"
)  # needed to spell words in Persian and several Indian scripts, and in emoji


def personal_message(text: str) -> str:
    """The message as mails carry it: lines without unseen characters, and at most one empty line in between.

    Raises `Invalid` (`too_long`) for more than a thousand characters.
    """
    lines = unicodedata.normalize("NFC", text).replace("\t", " ").splitlines()
    seen = "\n".join("".join(filter(_is_seen, line)).rstrip() for line in lines)
    told = re.sub(r"\n{3,}", "\n\n", seen).strip()
    if len(told) > MOST:
        raise Invalid(
            _("This is too long: at most %(most)s characters.") % {"most": MOST},
            code="too_long",
            field="message",
        )
    return told


def _is_seen(letter: str) -> bool:
    return letter in JOINERS or unicodedata.category(letter) not in UNWANTED
