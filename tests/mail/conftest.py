"""A mail server, a sender, and templates of the test's own."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from tests.mail.smtp import Server
from tradedoor.mail import rendering
from tradedoor.mail.rendering import MessageRow, Rendered, template
from tradedoor.mail.sending import Sender


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@pytest.fixture
def server(settings: Any) -> Iterator[Server]:
    """A mail server, and settings that lead to it."""
    handler = Server()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    settings.TRADEDOOR_MAIL_CAPTURED = False
    settings.TRADEDOOR_MAIL_FROM = "Tradedoor <door@seller.example>"
    settings.TRADEDOOR_MAIL_PER_MINUTE = 0
    settings.TRADEDOOR_MAIL_THREADS = 4
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = controller.port
    settings.EMAIL_TIMEOUT = 2
    yield handler
    controller.stop()


@pytest.fixture
def sender() -> Iterator[Sender]:
    made = Sender()
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _own_templates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "_templates", {})

    @template("t.hello")
    def hello(row: MessageRow) -> Rendered | None:
        if row.context.get("dead"):
            return None
        return Rendered(
            subject=f"Hello {row.to_name or row.to_email}",
            text=f"Your link: https://s.example/join/{row.link_id}/",
            html=f"<p>Your link: <a href='https://s.example/join/{row.link_id}/'>Join</a></p>",
            from_name="Nordwerk",
            reply_to="sales@seller.example",
        )
