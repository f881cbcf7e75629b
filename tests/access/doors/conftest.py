"""The doors: two staff at their browsers, a mail server on loopback, a clock, and a worker that does what is due."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from aiosmtpd.controller import Controller
from django.utils import timezone

from tests import make
from tests.access.doors.browsing import Browser
from tests.mail.conftest import free_port
from tests.mail.smtp import Server
from tradedoor.accounts.models import Login
from tradedoor.config.schedule import prepare_background
from tradedoor.jobs.pulse import beat
from tradedoor.jobs.worker import run_worker
from tradedoor.mail import sending


@dataclass
class MailServer(Server):
    """The mail server that the settings name; it takes letters beyond ASCII, and can be gone for a while."""

    port: int = field(default_factory=free_port)
    controller: Controller | None = None

    def start(self) -> None:
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port, enable_SMTPUTF8=True)
        self.controller.start()

    def stop(self) -> None:
        if self.controller is not None:
            self.controller.stop()
            self.controller = None


def running(server: MailServer, settings: Any) -> Iterator[MailServer]:
    """Start it and let the settings lead to it; stop it at the end, with what the worker kept of it."""
    server.start()
    settings.TRADEDOOR_MAIL_CAPTURED = False
    settings.TRADEDOOR_MAIL_FROM = "Tradedoor <door@seller.example>"
    settings.TRADEDOOR_MAIL_PER_MINUTE = 0
    settings.TRADEDOOR_MAIL_THREADS = 2
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = server.port
    settings.EMAIL_TIMEOUT = 2
    yield server
    # The worker keeps one sender a thread, and this server is gone.
    if hasattr(sending._of_process, "sender"):
        sending._of_process.sender.close()
        del sending._of_process.sender
    server.stop()


@pytest.fixture
def server(settings: Any) -> Iterator[MailServer]:
    yield from running(MailServer(), settings)


class Clock:
    """The time everywhere, moved by hand; the worker does what is due then."""

    def __init__(self, traveller: time_machine.Traveller) -> None:
        self._traveller = traveller

    def shift(self, **passed: float) -> None:
        self._traveller.shift(timedelta(**passed))

    def work(self, **passed: float) -> None:
        self.shift(**passed)
        beat("worker")
        run_worker(once=True)


@pytest.fixture
def clock(server: MailServer) -> Iterator[Clock]:
    prepare_background()
    with time_machine.travel(timezone.now(), tick=True) as traveller:
        yield Clock(traveller)


def signed_in(login: Login) -> Browser:
    browser = Browser(login.email, make.PASSWORD)
    page = browser.open("/")
    assert page.offers("Sign out"), page.text
    return browser


@pytest.fixture
def sam_desk(clock: Clock, ada_login: Login, sam_login: Login) -> Browser:
    return signed_in(sam_login)


@pytest.fixture
def ada_desk(clock: Clock, ada_login: Login) -> Browser:
    return signed_in(ada_login)
