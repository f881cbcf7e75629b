"""What an answer of the mail server means, and what a connection may go through."""

from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from tests.mail.conftest import free_port
from tests.mail.smtp import Server
from tradedoor.mail import transport
from tradedoor.mail.transport import Kind, Outcome, Relay


def deliver(relay: Relay, recipient: str = "bea@acme.example") -> Outcome:
    mail = EmailMessage()
    mail["Subject"] = "hello"
    mail.set_content("hello")
    return relay.deliver(mail, sender="door@seller.example", recipient=recipient)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        ("550 5.1.1 unknown", Kind.REFUSED),
        ("554 5.2.1 mailbox disabled", Kind.REFUSED),
        ("552 5.2.2 full", Kind.REFUSED),
        ("550 no", Kind.REFUSED),
        ("450 wait", Kind.LATER),
        ("550 5.7.26 unauthenticated sender", Kind.POLICY),
        ("554 blocked", Kind.POLICY),
        ("535 authenticate first", Kind.POLICY),
    ],
)
def test_a_refused_recipient_is_whose_fault_it_is(server: Server, reply: str, kind: Kind) -> None:
    server.on_rcpt = lambda _address: reply
    relay = Relay()
    assert deliver(relay).kind == kind
    server.on_rcpt = lambda _address: None
    assert deliver(relay).kind == Kind.SENT
    assert server.connections == 1
    relay.close()


@pytest.mark.parametrize("reply", ["550 5.7.1 not yours", "450 wait", "553 no"])
def test_a_refusal_of_our_own_address_is_the_fault_of_no_mail(server: Server, reply: str) -> None:
    server.on_mail = lambda _address: reply
    relay = Relay()
    assert deliver(relay).kind == Kind.SENDER
    server.on_mail = lambda _address: None
    assert deliver(relay).kind == Kind.SENT
    relay.close()


def test_a_server_that_closes_a_kept_connection_is_called_again_at_once(server: Server) -> None:
    relay = Relay()
    deliver(relay)
    answers = iter(["421 idle too long"])
    server.on_mail = lambda _address: next(answers, None)
    assert deliver(relay).kind == Kind.SENT
    assert server.connections == 2
    relay.close()


def test_a_server_that_closes_a_new_connection_is_asked_later(server: Server) -> None:
    server.on_mail = lambda _address: "421 busy"
    relay = Relay()
    assert deliver(relay) == Outcome(Kind.SENDER, "421", "busy")
    assert not relay._idle


def test_a_connection_idle_for_long_is_asked_whether_it_stands(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "IDLE_SECONDS", 0.0)
    relay = Relay()
    deliver(relay)
    deliver(relay)
    assert server.connections == 1
    for connection, _since in relay._idle:
        connection.close()
    deliver(relay)
    assert server.connections == 2
    relay.close()


@pytest.mark.parametrize(("password", "kind"), [("right", Kind.SENT), ("wrong", Kind.TROUBLE)])
def test_our_name_and_password_are_given(settings: Any, server: Server, password: str, kind: Kind) -> None:
    def check(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
        return AuthResult(success=given.password == b"right", handled=False)

    controller = Controller(
        Server(), hostname="127.0.0.1", port=free_port(), authenticator=check, auth_require_tls=False
    )
    controller.start()
    settings.EMAIL_PORT = controller.port
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "us", password
    relay = Relay()
    outcome = deliver(relay)
    assert outcome.kind == kind
    assert outcome.code == ("" if kind == Kind.SENT else "auth")
    relay.close()
    controller.stop()


@pytest.mark.parametrize("name", ["EMAIL_USE_SSL", "EMAIL_USE_TLS"])
def test_a_server_that_cannot_speak_in_secret_is_given_nothing(
    server: Server, settings: Any, name: str
) -> None:
    setattr(settings, name, True)
    outcome = deliver(Relay())
    assert (outcome.kind, outcome.code) == (Kind.TROUBLE, "connection")
    assert server.mails == []


def test_a_closing_connection_that_is_already_gone_is_no_error(server: Server) -> None:
    relay = Relay()
    deliver(relay)
    connection: Any = relay._idle[0][0]
    quits: Callable[[], None] = connection.close
    quits()
    relay.close()
    assert not relay._idle


def test_a_server_that_takes_letters_beyond_ascii_gets_the_address_as_it_is(server: Server) -> None:
    relay = Relay()
    outcome = deliver(relay, "jésus0@acme.example")
    relay.close()

    assert outcome.kind == Kind.SENT
    assert server.recipients == ["jésus0@acme.example"]


def test_what_is_asked_for_one_mail_and_refused_does_not_stop_the_others(server: Server) -> None:
    server.on_mail = lambda _address: "555 no such option"
    relay = Relay()
    assert deliver(relay, "jésus0@acme.example").kind == Kind.POLICY
    relay.close()


def test_an_address_with_letters_beyond_ascii_is_refused_where_the_server_takes_none(settings: Any) -> None:
    answering = Server()
    controller = Controller(answering, hostname="127.0.0.1", port=free_port(), enable_SMTPUTF8=False)
    controller.start()
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", controller.port
    relay = Relay()
    try:
        outcome = deliver(relay, "jésus0@acme.example")
        after = deliver(relay)
    finally:
        relay.close()
        controller.stop()

    assert (outcome.kind, outcome.code) == (Kind.REFUSED, "553")
    assert after.kind == Kind.SENT
    assert answering.recipients == ["bea@acme.example"]
