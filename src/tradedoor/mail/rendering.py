"""From a row of the outbox to a mail: the template's words, and headers that nobody's name can break out of.

Templates belong to the apps above, which register a function for each when they start.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, parseaddr
from typing import Any
from uuid import UUID

import idna
from django.conf import settings
from django.utils import timezone

from tradedoor.mail.models import MailMessage
from tradedoor.mail.sealing import PLACE, Unsealable, unseal

HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,70}")
# Ours alone: whom a mail is from and to, and what it is made of, is no template's business.
RESERVED = frozenset({
    "from", "to", "cc", "bcc", "sender", "subject", "date", "message-id", "reply-to", "return-path", "received",
    "mime-version", "content-type", "content-transfer-encoding", "list-id", "auto-submitted",
})  # fmt: skip
SUBJECT_LENGTH = 300
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Unbuildable(Exception):  # noqa: N818 - reads as what it says
    """No mail can be made of the row; `str()` says why without saying whose it is."""


@dataclass(frozen=True, slots=True)
class MessageRow:
    """What a template is given of a mail."""

    id: int
    public_id: UUID
    template: str
    context: Mapping[str, Any]
    to_email: str
    to_name: str
    store_id: int | None
    link_id: int | None
    access_id: int | None
    contact_id: int | None
    customer_id: int | None
    login_id: int | None
    created_at: datetime
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A mail in words. `html` is a whole page, escaped by whoever made it; empty for text alone."""

    subject: str
    text: str
    html: str = ""
    from_name: str = ""
    reply_to: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


Template = Callable[[MessageRow], Rendered | None]

_templates: dict[str, Template] = {}


def template(code: str) -> Callable[[Template], Template]:
    """Register what renders mails of this code. It returns None for a mail that is not to be sent any more."""

    def register(function: Template) -> Template:
        if _templates.setdefault(code, function) is not function:
            raise ValueError(f"the template {code} is registered twice")
        return function

    return register


def templates() -> Mapping[str, Template]:
    return dict(_templates)


def render(message: MailMessage, *, keeps_secret: bool = False) -> Rendered | None:
    """Return the mail in words, None where its reason is gone.

    With `keeps_secret`, for one that is stored, what it tells is left open, to be filled in for who looks at it.
    Raises `Unbuildable` for an unknown template, and for a secret that no key of today opens.
    """
    if message.template not in _templates:
        raise Unbuildable(f"no template {message.template}")
    row = MessageRow(
        id=message.pk,
        public_id=message.public_id,
        template=message.template,
        context=message.context,
        to_email=message.to_email,
        to_name=message.to_name,
        store_id=message.store_id,
        link_id=message.link_id,
        access_id=message.access_id,
        contact_id=message.contact_id,
        customer_id=message.customer_id,
        login_id=message.login_id,
        created_at=message.created_at,
        secret=PLACE if keeps_secret and message.sealed else _unsealed(message),
    )
    return _templates[message.template](row)


def _unsealed(message: MailMessage) -> str:
    try:
        return unseal(message.sealed, mail=message.public_id) if message.sealed else ""
    except Unsealable as no:
        raise Unbuildable("the password it tells was sealed with a key that is gone") from no


def build(message: MailMessage, rendered: Rendered) -> EmailMessage:
    """Return the mail as it goes over the wire. Raises `Unbuildable` for an address that cannot stand in one."""
    mail = EmailMessage(policy=SMTP if message.to_email.rpartition("@")[0].isascii() else SMTPUTF8)
    sender_name, sender = parseaddr(settings.TRADEDOOR_MAIL_FROM)
    mail["From"] = _address(rendered.from_name or sender_name, sender)
    mail["To"] = _address(message.to_name, message.to_email)
    if rendered.reply_to:
        mail["Reply-To"] = _address("", rendered.reply_to)
    mail["Subject"] = subject_of(rendered)
    mail["Date"] = format_datetime(timezone.now())
    mail["Message-ID"] = message.message_id
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail["List-ID"] = (
        f"<{message.template.replace('_', '-')}.{message.message_id.strip('<>').partition('@')[2]}>"
    )
    for name, value in rendered.headers.items():
        if not HEADER_NAME.fullmatch(name) or name.lower() in RESERVED:
            raise Unbuildable("a template may not set that header")
        mail[name] = one_line(value)
    # Quoted-printable, since not every server takes bytes above 127, and lines of any length may come.
    mail.set_content(rendered.text, cte="quoted-printable")
    if rendered.html:
        mail.add_alternative(rendered.html, subtype="html", cte="quoted-printable")
    return mail


def subject_of(rendered: Rendered) -> str:
    return one_line(rendered.subject)[:SUBJECT_LENGTH]


def one_line(text: str) -> str:
    """Fold whatever could end a header, or hide in it, into single blanks (EML-06).

    An encoded word is taken apart: the library decodes one even inside quotes, line breaks and all, and would
    write what it finds there as further headers. Our own are made from the plain text afterwards.
    """
    parts = (" " if _breaks(letter) else letter for letter in str(text))
    return " ".join("".join(parts).split()).replace("=?", "= ?")


def envelope_address(address: str) -> str:
    """Return the address as a mail server takes it. Raises `Unbuildable` for one that no server would."""
    local, _at, domain = address.rpartition("@")
    spelled = local.isascii() or settings.TRADEDOOR_SMTPUTF8
    if not local or not spelled or not local.isprintable() or "=?" in address:
        raise Unbuildable("the local part of the address cannot be used in a mail")
    if re.search(r"[\s<>()\[\]\\,;:\"@]", local):
        raise Unbuildable("the local part of the address cannot be used in a mail")
    try:
        return f"{local}@{domain if domain.isascii() else idna.encode(domain, uts46=True).decode('ascii')}"
    except idna.IDNAError as wrong:
        raise Unbuildable("the domain of the address is none") from wrong


def _address(name: str, address: str) -> Address:
    local, _at, domain = envelope_address(address).rpartition("@")
    return Address(one_line(name), local, domain)


def _breaks(letter: str) -> bool:
    # Controls, halves of characters, line and paragraph separators, and what turns text round.
    return unicodedata.category(letter) in {"Cc", "Cs", "Zl", "Zp"} or letter in TURNING
