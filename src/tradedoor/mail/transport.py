"""Speaking SMTP: one mail over a kept connection, and what its answer means for that mail.

What is wrong with an address, with one mail and with the server are three things: only the first may ever be
held against a person (product.md, `undeliverable`), and only the last stops everybody's mail.
"""

import re
import smtplib
import ssl
from collections import deque
from dataclasses import dataclass
from email.message import EmailMessage
from enum import StrEnum
from time import monotonic
from urllib.parse import urlsplit

from django.conf import settings

from tradedoor.audit.values import visible

IDLE_SECONDS = 20.0  # a kept connection older than this is asked whether it still stands
REPLY_LENGTH = 300
STARTED, OK_LEAST, OK_MOST, TEMPORARY, PERMANENT, CLOSING = 354, 200, 299, 400, 500, 421
OF_THE_ADDRESS = re.compile(r"\b5\.[12]\.\d")
OF_THE_POLICY = re.compile(r"\b5\.7\.\d|relay|authenticat", re.IGNORECASE)
NO_SUCH_LETTERS = 553  # what RFC 6531 has a server say of such an address
NEVER_OF_THE_ADDRESS = frozenset({530, 535, 538, 554})


class Kind(StrEnum):
    SENT = "sent"
    REFUSED = "refused"  # this address does not exist or takes no mail
    REJECTED = "rejected"  # this very mail is not taken
    LATER = "later"  # a passing answer, or a connection lost half-way
    POLICY = "policy"  # the server does not take this mail from us, and the address is not to blame
    SENDER = "sender"  # the server does not take our own address, whatever the mail: none can leave
    TROUBLE = "trouble"  # no server could be spoken to at all


@dataclass(frozen=True, slots=True)
class Outcome:
    kind: Kind
    code: str = ""
    reply: str = ""


class _Answer(Exception):  # noqa: N818 - ends the conversation about one mail
    def __init__(self, kind: Kind, code: int, reply: bytes) -> None:
        super().__init__(code)
        self.outcome = Outcome(kind, str(code), _readable(reply))
        self.closes = code == CLOSING


class Relay:
    """The connections to the mail server. Threads take one each and put it back; all are made on demand."""

    def __init__(self) -> None:
        self._idle: deque[tuple[smtplib.SMTP, float]] = deque()

    def deliver(self, mail: EmailMessage, *, sender: str, recipient: str) -> Outcome:
        """Hand over one mail and say what became of it; never raises for what a server or network may do."""
        taken = self._take()
        if taken is not None:
            outcome = self._try(taken, mail, sender=sender, recipient=recipient, is_fresh=False)
            if outcome is not None:
                return outcome
        try:
            fresh = _connect()
        except smtplib.SMTPAuthenticationError as refused:
            return Outcome(Kind.TROUBLE, "auth", _readable(_bytes(refused.smtp_error)))
        except (OSError, smtplib.SMTPException) as error:
            return Outcome(
                Kind.TROUBLE, "connection", visible(f"{type(error).__name__}: {error}")[:REPLY_LENGTH]
            )
        outcome = self._try(fresh, mail, sender=sender, recipient=recipient, is_fresh=True)
        return outcome or Outcome(Kind.LATER, "lost")

    def close(self) -> None:
        """Close every connection nobody is using."""
        while self._idle:
            _quit(self._idle.pop()[0])

    def _take(self) -> smtplib.SMTP | None:
        while True:
            try:
                connection, since = self._idle.pop()
            except IndexError:
                return None
            if monotonic() - since < IDLE_SECONDS or _is_alive(connection):
                return connection
            connection.close()

    def _try(
        self, connection: smtplib.SMTP, mail: EmailMessage, *, sender: str, recipient: str, is_fresh: bool
    ) -> Outcome | None:
        """Return the outcome, None where a kept connection turned out dead before the mail was under way."""
        is_under_way = False
        try:
            _envelope(connection, sender=sender, recipient=recipient)
            is_under_way = True
            _data(connection, mail)
        except _Answer as answer:
            if answer.closes and not is_fresh and not is_under_way:
                connection.close()
                return None
            self._put_back(connection, after=answer)
            return answer.outcome
        except (OSError, smtplib.SMTPException) as error:
            connection.close()
            if not is_fresh and not is_under_way:
                return None
            return Outcome(Kind.LATER, "lost", type(error).__name__)
        self._idle.append((connection, monotonic()))
        return Outcome(Kind.SENT)

    def _put_back(self, connection: smtplib.SMTP, *, after: _Answer) -> None:
        if after.closes:
            connection.close()
            return
        try:
            connection.rset()
        except (OSError, smtplib.SMTPException):
            connection.close()
        else:
            self._idle.append((connection, monotonic()))


def trouble() -> str:
    """Speak to the mail server as for a mail, and send none: what is wrong, empty where it lets us in."""
    try:
        _quit(_connect())
    except (OSError, smtplib.SMTPException) as error:
        return visible(f"{type(error).__name__}: {error}")[:REPLY_LENGTH]
    return ""


def _connect() -> smtplib.SMTP:
    name = urlsplit(settings.TRADEDOOR_BASE_URL).hostname or "localhost"
    host, port, timeout = settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT
    connection: smtplib.SMTP
    if settings.EMAIL_USE_SSL:
        secure = ssl.create_default_context()
        connection = smtplib.SMTP_SSL(host, port, local_hostname=name, timeout=timeout, context=secure)
    else:
        connection = smtplib.SMTP(host, port, local_hostname=name, timeout=timeout)
    try:
        connection.ehlo_or_helo_if_needed()
        if settings.EMAIL_USE_TLS:
            connection.starttls(context=ssl.create_default_context())
        if settings.EMAIL_HOST_USER:
            connection.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
    except BaseException:
        connection.close()
        raise
    return connection


def _envelope(connection: smtplib.SMTP, *, sender: str, recipient: str) -> None:
    options = []
    if not recipient.isascii():
        if not connection.has_extn("smtputf8"):
            raise _Answer(
                Kind.REFUSED, NO_SUCH_LETTERS, b"this mail server takes no address with such letters"
            )
        options = ["SMTPUTF8", "BODY=8BITMIME"]
    code, reply = connection.mail(sender, options)
    if not OK_LEAST <= code <= OK_MOST:
        # Asked for more than usual, the server may have refused that; else it is our address, the same in every mail.
        asked = Kind.LATER if code < PERMANENT else Kind.POLICY
        raise _Answer(asked if options else Kind.SENDER, code, reply)
    code, reply = connection.rcpt(recipient)
    if not OK_LEAST <= code <= OK_MOST:
        raise _Answer(_kind_of_recipient(code, reply), code, reply)


def _data(connection: smtplib.SMTP, mail: EmailMessage) -> None:
    try:
        code, reply = connection.data(mail.as_bytes())
    except smtplib.SMTPDataError as error:
        code, reply = error.smtp_code, _bytes(error.smtp_error)
    if not OK_LEAST <= code <= OK_MOST:
        raise _Answer(Kind.LATER if code < PERMANENT else Kind.REJECTED, code, reply)


def _kind_of_recipient(code: int, reply: bytes) -> Kind:
    """Say whose fault a refused recipient is; what cannot be told apart is not held against the address."""
    if code < PERMANENT:
        return Kind.LATER
    words = _readable(reply)
    if OF_THE_ADDRESS.search(words):
        return Kind.REFUSED
    if code in NEVER_OF_THE_ADDRESS or OF_THE_POLICY.search(words):
        return Kind.POLICY
    return Kind.REFUSED


def _is_alive(connection: smtplib.SMTP) -> bool:
    try:
        code, _reply = connection.noop()
    except (OSError, smtplib.SMTPException):
        return False
    return bool(OK_LEAST <= code <= OK_MOST)


def _quit(connection: smtplib.SMTP) -> None:
    try:
        connection.quit()
    except (OSError, smtplib.SMTPException):
        connection.close()


def _readable(reply: bytes) -> str:
    return visible(" ".join(reply.decode("utf-8", "replace").split()))[:REPLY_LENGTH]


def _bytes(reply: bytes | str) -> bytes:
    return reply if isinstance(reply, bytes) else reply.encode()
