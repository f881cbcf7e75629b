"""A real SMTP server on loopback that keeps every mail, and can hold its answers back."""

import asyncio
import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.journey.installation import free_port

JOIN_LINK = re.compile(r"https?://[^\s\"'<>]+/join/[\w-]+/?")


@dataclass(frozen=True, slots=True)
class Received:
    """One mail as it came in, by the address it was handed over for."""

    to: str
    mail: EmailMessage

    @property
    def text(self) -> str:
        return self._part("plain")

    @property
    def html(self) -> str:
        return self._part("html")

    @property
    def links(self) -> set[str]:
        return set(JOIN_LINK.findall(self.text)) | set(JOIN_LINK.findall(self.html))

    def _part(self, kind: str) -> str:
        part = self.mail.get_body(preferencelist=(kind,))
        assert part is not None, f"the mail has no part text/{kind}"
        content: str = part.get_content()
        return content


@dataclass
class Sink:
    """What came in. From mail `hold_from` on each is kept, but its answer waits until `release()`."""

    port: int
    received: list[Received] = field(default_factory=list)
    hold_from: int | None = None

    def release(self) -> None:
        self.hold_from = None

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=default)
        assert isinstance(mail, EmailMessage)
        self.received += [Received(to, mail) for to in envelope.rcpt_tos]
        while self.hold_from is not None and len(self.received) >= self.hold_from:  # noqa: ASYNC110 - another thread lets go
            await asyncio.sleep(0.02)
        return "250 taken"

    def by_address(self) -> dict[str, list[Received]]:
        found: dict[str, list[Received]] = defaultdict(list)
        for one in list(self.received):
            found[one.to.lower()].append(one)
        return found


@contextmanager
def mail_sink() -> Iterator[Sink]:
    sink = Sink(port=free_port())
    controller = Controller(sink, hostname="127.0.0.1", port=sink.port, enable_SMTPUTF8=True)
    controller.start()
    try:
        yield sink
    finally:
        sink.release()
        controller.stop()
