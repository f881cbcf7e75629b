"""A real SMTP server on loopback that answers as a test wants, and mails to send to it."""

import threading
import time
from asyncio import WriteTransport
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import connection

from tradedoor.audit.models import AuditRow
from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission
from tradedoor.mail.models import MailMessage
from tradedoor.mail.outbox import post
from tradedoor.mail.sending import Sender

READER = Actor.machine(
    "mail", permissions=frozenset({Permission.MAIL_READ.value, Permission.STORE_EDIT.value})
)


@dataclass
class Server:
    """What came in, and what is answered. An answer of None takes the mail."""

    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    on_mail: Callable[[str], str | None] = lambda _address: None
    on_rcpt: Callable[[str], str | None] = lambda _address: None
    on_data: Callable[[str], str | None] = lambda _address: None
    slow_seconds: float = 0.0
    drop_after_accept: int = 0
    connections: int = 0
    most_at_once: int = 0
    at_once: int = 0
    lock: Any = field(default_factory=threading.Lock)

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        with self.lock:
            self.connections += 1
        return responses

    async def handle_MAIL(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.on_mail(address) or "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        refused = self.on_rcpt(address)
        if refused:
            return refused
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        with self.lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        if self.slow_seconds:
            await server.loop.run_in_executor(None, time.sleep, self.slow_seconds)
        with self.lock:
            self.at_once -= 1
        refused = self.on_data(envelope.rcpt_tos[0])
        if refused:
            return refused
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.recipients += envelope.rcpt_tos
        if self.drop_after_accept:
            self.drop_after_accept -= 1
            assert isinstance(server.transport, WriteTransport)
            server.transport.abort()
        return "250 taken"


def post_hello(number: int = 1, **more: Any) -> None:
    more = {
        "to_email": f"b{number}@acme.example",
        "to_name": f"Bea {number}",
        "link_id": number,
        "context": {},
        **more,
    }
    post("t.hello", **more)


def send_all(sender: Sender) -> None:
    while sender.send_some():
        pass


def in_threads(*works: Callable[[], None]) -> None:
    def run(work: Callable[[], None]) -> None:
        try:
            work()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def states() -> dict[str, str]:
    """Address and state of each mail."""
    return dict(MailMessage.objects.order_by("pk").values_list("to_email", "state"))


def events() -> list[str]:
    """What history says, oldest first."""
    return list(AuditRow.objects.order_by("pk").values_list("event", flat=True))
