"""What a server refuses, and a server that is not there: which mail fails, which waits, and who is told."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from tests.mail.smtp import Server, events, post_hello, send_all, states
from tradedoor.audit.models import AuditRow
from tradedoor.mail.models import MailMessage, MailRelay
from tradedoor.mail.queries import mail_trouble
from tradedoor.mail.sending import Sender

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_refused_address_fails_its_mail_and_no_other(server: Server, sender: Sender) -> None:
    server.on_rcpt = lambda address: "550 5.1.1 no such user" if address.startswith("b1@") else None
    post_hello(1, contact_id=9)
    post_hello(2)
    send_all(sender)
    assert states() == {"b1@acme.example": "failed", "b2@acme.example": "sent"}
    row = MailMessage.objects.get(to_email="b1@acme.example")
    assert (row.error_code, row.error_reply) == ("refused", "5.1.1 no such user")
    assert AuditRow.objects.get(event="mail.refused").contact_id == 9
    assert mail_trouble() is None


@pytest.mark.parametrize(
    "reply", ["550 5.7.1 not allowed", "554 blocked", "550 relaying denied", "530 authentication required"]
)
def test_a_refusal_of_us_is_never_held_against_the_address(
    server: Server, sender: Sender, reply: str
) -> None:
    server.on_rcpt = lambda _address: reply
    post_hello()
    sender.send_some()
    row = MailMessage.objects.get()
    assert row.state == "queued"
    assert row.run_at > timezone.now()
    trouble = mail_trouble()
    assert trouble is not None
    assert trouble.trouble_code == reply[:3]
    assert events() == []

    server.on_rcpt = lambda _address: None
    with time_machine.travel(timezone.now() + timedelta(minutes=2), tick=False):
        send_all(sender)
    assert set(states().values()) == {"sent"}
    assert mail_trouble() is None


@pytest.mark.parametrize("reply", ["550 5.7.1 sender not yours", "451 later", "421 closing"])
def test_a_refused_sender_is_trouble_and_fails_no_mail_however_long_it_lasts(
    server: Server, sender: Sender, reply: str
) -> None:
    server.on_mail = lambda _address: reply
    post_hello(1)
    post_hello(2)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _day in range(10):
            sender.send_some()
            assert not sender.send_some()
            clock.shift(timedelta(days=1))
        assert set(MailMessage.objects.values_list("state", "attempts", "error_code")) == {("queued", 0, "")}
        trouble = mail_trouble()
        assert trouble is not None
        assert trouble.trouble_code == reply[:3]
        assert events() == []

        server.on_mail = lambda _address: None
        send_all(sender)
    assert set(states().values()) == {"sent"}
    assert mail_trouble() is None


def test_a_passing_refusal_is_tried_later_and_given_up_after_days(server: Server, sender: Sender) -> None:
    server.on_rcpt = lambda _address: "450 4.2.0 greylisted"
    with time_machine.travel(timezone.now(), tick=False) as clock:
        post_hello()
        sender.send_some()
        first = MailMessage.objects.get()
        assert (first.state, first.error_code, first.error_reply) == ("queued", "450", "4.2.0 greylisted")
        assert first.run_at == timezone.now() + timedelta(minutes=1)
        assert not sender.send_some()
        clock.shift(timedelta(minutes=1))
        sender.send_some()
        assert MailMessage.objects.get().run_at == timezone.now() + timedelta(minutes=2)
        clock.shift(timedelta(days=4))
        sender.send_some()
    row = MailMessage.objects.get()
    assert (row.state, row.error_code) == ("failed", "gave_up")
    assert events() == ["mail.failed"]


def test_a_rejected_mail_fails_without_being_a_refused_address(server: Server, sender: Sender) -> None:
    server.on_data = lambda _address: "554 5.6.0 looks like spam"
    post_hello()
    sender.send_some()
    assert MailMessage.objects.get().error_code == "rejected_554"
    assert events() == ["mail.failed"]


def test_a_connection_lost_after_the_mail_was_taken_sends_the_very_same_again(
    server: Server, sender: Sender
) -> None:
    server.drop_after_accept = 1
    post_hello(7)
    sender.send_some()
    row = MailMessage.objects.get()
    assert (row.state, row.error_code) == ("queued", "lost")
    with time_machine.travel(timezone.now() + timedelta(minutes=2), tick=False):
        send_all(sender)
    first, second = server.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert first.get_payload(0).get_content() == second.get_payload(0).get_content()  # type: ignore[union-attr]  # parts
    assert MailMessage.objects.get().state == "sent"


def test_a_kept_connection_that_died_meanwhile_costs_no_try(server: Server, sender: Sender) -> None:
    post_hello(1)
    sender.send_some()
    for connection, _since in sender.relay._idle:
        connection.close()
        assert connection.sock is None
    post_hello(2)
    sender.send_some()
    assert set(states().values()) == {"sent"}


def test_a_server_too_slow_to_answer_is_no_fault_of_the_mail(
    server: Server, sender: Sender, settings: Any
) -> None:
    settings.EMAIL_TIMEOUT = 0.2
    server.slow_seconds = 0.6
    post_hello()
    sender.send_some()
    row = MailMessage.objects.get()
    assert (row.state, row.error_code) == ("queued", "lost")


def test_no_server_is_trouble_that_holds_everybody_and_counts_no_try(
    server: Server, sender: Sender, settings: Any
) -> None:
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    for number in range(9):
        post_hello(number)
    now = timezone.now()
    with time_machine.travel(now, tick=False) as clock:
        assert sender.send_some()
        assert not sender.send_some()
        trouble = mail_trouble()
        assert trouble is not None
        assert (trouble.trouble_code, trouble.trouble_since) == ("connection", now)
        assert set(MailMessage.objects.values_list("state", "attempts", "handed_at")) == {("queued", 0, None)}
        settings.EMAIL_PORT = port
        clock.shift(timedelta(minutes=1))
        send_all(sender)
    assert set(states().values()) == {"sent"}
    assert MailRelay.objects.get().failures == 0


def test_a_wrong_password_of_ours_is_trouble(server: Server, sender: Sender, settings: Any) -> None:
    settings.EMAIL_HOST_USER = "us"
    settings.EMAIL_HOST_PASSWORD = "wrong"
    post_hello()
    sender.send_some()
    assert mail_trouble() is not None
    assert states() == {"b1@acme.example": "queued"}
