"""A worker that is killed outright between the commit that wants a mail and the mail: real processes, real SIGKILL."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings as configured
from django.db import connection

from tests import make
from tests.access.doors.browsing import Browser
from tests.access.doors.conftest import Clock, MailServer, running
from tests.journey.installation import until
from tradedoor.access.models import Access
from tradedoor.accounts.models import OneTimeLink
from tradedoor.accounts.tokens import token_of
from tradedoor.crm.models import Customer
from tradedoor.mail.models import MailMessage
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db(transaction=True)
COMMAND = Path(sys.executable).parent / "tradedoor"
PENDING = "/stores/harbour/dashboard/?tab=pending"


@dataclass
class HoldingServer(MailServer):
    """Takes what it is told, and lets the worker wait at one word of the conversation for as long as wanted."""

    holds_at: str = ""
    reached: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        await self._hold("MAIL")
        return await super().handle_MAIL(server, session, envelope, address, options)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - the same
        answer = await super().handle_DATA(server, session, envelope)
        await self._hold("DATA")
        return answer

    async def _hold(self, word: str) -> None:
        if word != self.holds_at:
            return
        self.reached.set()
        while not self.go_on.is_set():  # noqa: ASYNC110 - another thread lets go
            await asyncio.sleep(0.02)


@pytest.fixture
def server(settings: Any) -> Iterator[MailServer]:
    yield from running(HoldingServer(), settings)


def worker_process(server: MailServer) -> "subprocess.Popen[bytes]":
    """A worker as its owner starts it, on the database of this test."""
    environment = {
        "PATH": os.defpath,
        "TRADEDOOR_ENV_FILE": "",
        "TRADEDOOR_DATA_DIR": str(configured.TRADEDOOR_DATA_DIR),
        "TRADEDOOR_DATABASE_URL": address_of_database(),
        "TRADEDOOR_MAIL_URL": f"smtp://127.0.0.1:{server.port}",
        "TRADEDOOR_MAIL_FROM": "Tradedoor <door@seller.example>",
    }
    return subprocess.Popen(
        [COMMAND, "worker"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        process_group=0,
    )


def address_of_database() -> str:
    """Where this test's own rows are, as the settings name a database."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    given = urlsplit(os.environ["TEST_DATABASE_URL"])
    return f"postgres://{given.netloc}/{name}?{given.query}"


@pytest.mark.parametrize(
    ("holds_at", "mails"),
    [
        pytest.param("MAIL", 1, id="before the server took it"),
        pytest.param("DATA", 2, id="after the server took it and before that was written down"),
    ],
)
def test_a_worker_killed_with_a_mail_in_its_hands_loses_no_mail_and_makes_no_second_link(
    holds_at: str, mails: int, acme: Customer, harbour: Store, sam_desk: Browser, clock: Clock,
    server: HoldingServer,
) -> None:  # fmt: skip
    server.holds_at = holds_at
    ann = make.contact(acme, "ann@acme.example", first_name="Ann", last_name="Acme")
    sam_desk.open(f"/crm/contacts/{ann.public_id}/invite/")
    sam_desk.press("Invite")

    process = worker_process(server)
    try:
        until(server.reached.is_set, what="the mail in the worker's hands", seconds=30)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        said = process.communicate()[0]
    assert process.returncode == -signal.SIGKILL, said
    assert MailMessage.objects.get().state == "sending"
    assert "Queued Resend" in sam_desk.open(PENDING).text

    server.go_on.set()
    clock.work(seconds=1)
    clock.work(minutes=1)

    assert server.recipients == ["ann@acme.example"] * mails
    assert len({mail["Message-ID"] for mail in server.mails}) == 1
    link = OneTimeLink.objects.get(access_id=Access.objects.get(contact=ann).pk)
    for mail in server.mails:
        body = mail.get_body(preferencelist=("plain",))
        assert body is not None
        assert token_of(link) in body.get_content()
    assert MailMessage.objects.get().state == "sent"
    assert "Sent Resend" in sam_desk.open(PENDING).text
