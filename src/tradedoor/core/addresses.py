"""The one canonical form of an email address, asked by every door (EML-01, EML-02).

Validators that look at syntax alone let through twins of somebody else's address: zero-width
characters that a mail library drops again, encoded words that a mail library decodes, quoted local
parts, routing signs. Here everything is refused that could be read as two different addresses.
"""

import re
import unicodedata
from typing import NamedTuple, NoReturn

import idna
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from email_validator import EmailNotValidError, validate_email

from tradedoor.core.errors import Invalid

MAX_LOCAL = 64
MAX_ADDRESS = 254
BLANKS = " \t\r\n\f\v"

# Control, format (zero-width and bidi among them), surrogate, private, unassigned, and every blank.
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"})
WRITTEN_TOGETHER = frozenset({"CJK", "HIRAGANA", "KATAKANA"})
ROUTING = frozenset("%!")
SEVERAL = frozenset(",;")

# Nearly every address of a business list: nothing in it that needs the long way round. A label with
# "--" in third and fourth place is left out because it may be an A-label that decodes to nothing good.
SIGNS = "#$&'*+/^_`{|}~-"
ATOM = rf"[A-Za-z0-9{SIGNS}]+"
LABEL = r"(?!..--)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
PLAIN = re.compile(rf"(?P<local>{ATOM}(?:\.{ATOM})*)@(?P<domain>(?:{LABEL}\.)+(?!\d+\Z){LABEL})", re.ASCII)

SENTENCES: dict[str, str | Promise] = {
    "empty": _("Enter an email address."),
    "unseen": _("This address holds an invisible character or a blank. Type it again by hand."),
    "several": _("Enter one email address only."),
    "no_at": _("An email address has exactly one @ in it."),
    "quoted": _("Addresses with quotation marks or brackets are not accepted."),
    "literal": _("An address at a number instead of a domain is not accepted."),
    "encoded": _("This address holds an encoded word and is not accepted."),
    "routing": _("Addresses with a percent or an exclamation mark are not accepted."),
    "letters": _("Before the @ only letters without accents, digits and signs are accepted."),
    "scripts": _("Before the @ this address mixes letters that only look alike. Type it again by hand."),
    "local": _("The part before the @ is not right."),
    "single": _("The part after the @ needs a dot, as in example.com."),
    "domain": _("The part after the @ is not a domain."),
    "long": _("This address is too long."),
}


class Parts(NamedTuple):
    """A checked address: its local part as typed (in NFC), its domain as a lower-case A-label."""

    local: str
    domain: str


def canonical(address: str) -> str:
    """The form in which addresses are compared and unique; only ever compare through this.

    The domain becomes a lower-case A-label (IDNA 2008); the local part is lower-cased and otherwise
    left alone, since dots and tags mean something at other people's servers. Raises `Invalid` with
    the code `bad_email`, its `data["cause"]` one of the keys of `SENTENCES`.
    """
    local, domain = _parts(address)
    return f"{unicodedata.normalize('NFC', local.lower())}@{domain}"


def sending_form(address: str) -> str:
    """The form to hand to a mail server: spelled as typed, the domain in ASCII. Raises as `canonical`."""
    local, domain = _parts(address)
    return f"{local}@{domain}"


def display_form(address: str) -> str:
    """The form to show and to keep: spelled as typed, the domain readable. Raises as `canonical`."""
    local, domain = _parts(address)
    return f"{local}@{idna.decode(domain) if 'xn--' in domain else domain}"


def masked(address: str) -> str:
    """Enough of an address for its owner to recognise it, and too little for anybody else."""
    local, _at, domain = address.rpartition("@")
    return f"{local[:1]}***@{domain}"


def domain_of(address: str) -> str:
    """The lower-case A-label domain. Raises as `canonical`."""
    return _parts(address).domain


def _refuse(cause: str) -> NoReturn:
    raise Invalid(SENTENCES[cause], code="bad_email", field="email", data={"cause": cause})


def _parts(address: str) -> Parts:
    trimmed = address.strip(BLANKS)
    if (plain := PLAIN.fullmatch(trimmed)) and len(trimmed) <= MAX_ADDRESS and plain.end(1) <= MAX_LOCAL:
        return Parts(plain["local"], plain["domain"].lower())
    _require_readable(trimmed)
    local, _at, domain = trimmed.partition("@")
    _require_local(local)
    return _sized(
        Parts(unicodedata.normalize("NFC", local), _ascii_domain(unicodedata.normalize("NFC", domain)))
    )


def _require_readable(address: str) -> None:
    if not address:
        _refuse("empty")
    if '"' in address or any(sign in address for sign in "<>()\\"):
        _refuse("quoted")
    if SEVERAL & set(address):
        _refuse("several")
    if any(unicodedata.category(character) in UNSEEN for character in address):
        _refuse("unseen")
    if address.count("@") != 1:
        _refuse("no_at")


def _require_local(local: str) -> None:
    if not local.isascii():
        _require_letters(local)
    if "=?" in local or "?=" in local:
        _refuse("encoded")
    if ROUTING & set(local):
        _refuse("routing")
    if len(local.encode()) > MAX_LOCAL:
        _refuse("long")
    if not local:
        _refuse("local")


def _require_letters(local: str) -> None:
    """Judge a local part beyond ASCII: none unless SMTPUTF8 is switched on, and then letters of one script."""
    composed = unicodedata.normalize("NFC", local)
    # NFC turns the Kelvin sign into a plain K, NFKC a wide letter into a plain one: twins of an address.
    if (
        not settings.TRADEDOOR_SMTPUTF8
        or composed.isascii()
        or composed != unicodedata.normalize("NFKC", local)
    ):
        _refuse("letters")
    others = [character for character in composed if not character.isascii()]
    if any(unicodedata.category(character)[0] not in "LMN" for character in others):
        _refuse("letters")
    scripts = {unicodedata.name(character, "").split(" ")[0] for character in composed if character.isalpha()}
    if len(scripts) > 1 and not scripts <= WRITTEN_TOGETHER:
        _refuse("scripts")


def _ascii_domain(domain: str) -> str:
    if domain.startswith("["):
        _refuse("literal")
    try:
        # UTS 46 folds case and width; std3 keeps out what it would fold to a slash or a percent sign.
        label = idna.encode(domain, uts46=True, std3_rules=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        _refuse("domain")
    if label.endswith("."):
        _refuse("domain")
    if "." not in label:
        _refuse("single")
    if label.rpartition(".")[2].isdigit():
        _refuse("literal")
    return label


def _sized(parts: Parts) -> Parts:
    address = f"{parts.local}@{parts.domain}"
    if len(address.encode()) > MAX_ADDRESS:
        _refuse("long")
    try:
        # Says no to what is left: dots in wrong places, unsafe signs. No network is asked.
        validate_email(
            address,
            check_deliverability=False,
            allow_smtputf8=settings.TRADEDOOR_SMTPUTF8,
            globally_deliverable=False,
        )
    except EmailNotValidError:
        _refuse("local")
    return parts
