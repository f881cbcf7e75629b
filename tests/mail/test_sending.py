"""Every mail reaches a real server once, or its row says why not."""

import threading
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from tests.mail.smtp import READER, Server, events, in_threads, post_hello, send_all, states
from tradedoor.audit.queries import timeline
from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission
from tradedoor.mail import sending
from tradedoor.mail.models import MailBody, MailMessage
from tradedoor.mail.outbox import cancel_for_links, pause_mail, resume_mail
from tradedoor.mail.rendering import MessageRow, Rendered, template
from tradedoor.mail.sending import Sender, send_due
from tradedoor.mail.transport import Outcome, Relay

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_mail_arrives_whole_and_its_row_says_so(server: Server, sender: Sender) -> None:
    post_hello(7, contact_id=3, access_id=4, store_id=5)
    assert sender.send_some()

    (mail,) = server.mails
    row = MailMessage.objects.get()
    assert (mail["To"], mail["From"]) == ("Bea 7 <b7@acme.example>", "Nordwerk <door@seller.example>")
    assert (mail["Subject"], mail["Reply-To"]) == ("Hello Bea 7", "sales@seller.example")
    assert (mail["Message-ID"], mail["Auto-Submitted"]) == (row.message_id, "auto-generated")
    assert "t.hello" in mail["List-ID"]
    assert mail.get_content_type() == "multipart/alternative"
    text, html = mail.iter_parts()
    assert "https://s.example/join/7/" in text.get_content()
    assert "Join</a>" in html.get_content()
    assert (row.state, row.subject, row.attempts, row.error_code) == ("sent", "Hello Bea 7", 1, "")
    assert row.sent_at is not None
    assert not MailBody.objects.exists()
    auditor = Actor.machine("x", permissions=frozenset({Permission.AUDIT_READ.value}))
    (entry,) = timeline(auditor, contact_id=3)
    assert (entry.event, entry.access_id, entry.store_id) == ("mail.sent", 4, 5)
    assert entry.sentence == "Mail sent: Hello Bea 7"


def test_mails_leave_in_the_order_they_were_posted(server: Server, sender: Sender, settings: Any) -> None:
    settings.TRADEDOOR_MAIL_THREADS = 1
    for number in range(12):
        post_hello(number)
    send_all(sender)
    assert server.recipients == [f"b{number}@acme.example" for number in range(12)]
    assert server.connections == 1


def test_several_leave_at_once_over_kept_connections(server: Server, sender: Sender) -> None:
    server.slow_seconds = 0.05
    for number in range(24):
        post_hello(number)
    send_all(sender)
    assert len(server.mails) == 24
    assert server.most_at_once == 4
    assert server.connections == 4


def test_two_senders_send_each_mail_once(server: Server) -> None:
    for number in range(60):
        post_hello(number)
    senders = [Sender(), Sender(), Sender()]
    in_threads(*(lambda one=one: send_all(one) for one in senders))
    for one in senders:
        one.close()
    assert sorted(server.recipients) == sorted(f"b{number}@acme.example" for number in range(60))
    assert set(states().values()) == {"sent"}


class KilledError(BaseException):
    """The process ended here."""


def test_a_worker_killed_between_taking_and_writing_down_sends_the_same_mail_again(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    post_hello(7)
    killed = Sender()

    def die(*_args: object, **_more: object) -> None:
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(sending, "record_outcomes", die)
        with pytest.raises(KilledError):
            killed.send_some()
    killed.close()
    assert states() == {"b7@acme.example": "sending"}

    other = Sender()
    assert not other.send_some()
    with time_machine.travel(timezone.now() + timedelta(seconds=61), tick=False):
        send_all(other)
    other.close()
    assert len(server.mails) == 2
    assert len({mail["Message-ID"] for mail in server.mails}) == 1
    assert states() == {"b7@acme.example": "sent"}


def test_a_killed_link_cancels_its_unsent_mail_even_in_a_senders_hands(
    server: Server, sender: Sender, settings: Any
) -> None:
    settings.TRADEDOOR_MAIL_THREADS = 1
    for number in (1, 2, 3):
        post_hello(number)
    cancelled: list[int] = []

    def kill(_address: str) -> str | None:
        in_threads(lambda: cancelled.append(cancel_for_links([1, 2])))
        return None

    server.on_rcpt = kill
    sender.send_some()
    assert cancelled[0] == 2
    assert server.recipients == ["b1@acme.example", "b3@acme.example"]
    assert states() == {"b1@acme.example": "sent", "b2@acme.example": "cancelled", "b3@acme.example": "sent"}


def test_a_mail_whose_reason_is_gone_is_cancelled(server: Server, sender: Sender) -> None:
    post_hello(context={"dead": True})
    sender.send_some()
    assert states() == {"b1@acme.example": "cancelled"}
    assert (server.mails, events()) == ([], ["mail.cancelled"])


def test_a_mail_that_cannot_be_made_parks_after_five_tries_and_stops_no_other_eml_07(
    server: Server, sender: Sender
) -> None:
    @template("t.bad")
    def bad(_row: MessageRow) -> Rendered | None:
        raise KeyError("bea@acme.example")

    post_hello(1)
    MailMessage.objects.update(template="t.bad")
    post_hello(2)
    MailMessage.objects.filter(link_id=1).update(template="t.bad")
    post_hello(3, to_email="=?utf-8?q?admin=40x.com=3e=20?=foo@evil.example")
    post_hello(4)
    MailMessage.objects.filter(link_id=4).update(template="t.unknown")
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _number in range(5):
            send_all(sender)
            clock.shift(timedelta(hours=1, seconds=1))
        assert not sender.send_some()
    assert sorted(states().values()) == ["failed", "failed", "failed", "sent"]
    failed = MailMessage.objects.filter(state="failed")
    assert set(failed.values_list("error_code", "attempts")) == {("unbuildable", 5)}
    assert "acme" not in " ".join(failed.values_list("error_reply", flat=True))
    assert len(server.mails) == 1


def test_the_pace_is_kept_over_all_senders_inv_04(server: Server, settings: Any) -> None:
    settings.TRADEDOOR_MAIL_PER_MINUTE = 10
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for number in range(25):
            post_hello(number)
        senders = [Sender(), Sender(), Sender()]
        for expected in (10, 20, 25):
            in_threads(*(lambda one=one: send_all(one) for one in senders))
            assert len(server.mails) == expected
            clock.shift(timedelta(seconds=61))
        for one in senders:
            one.close()


def test_paused_mail_waits_and_leaves_when_the_pause_ends(server: Server, sender: Sender) -> None:
    post_hello(1, store_id=1)
    post_hello(2, store_id=2)
    post_hello(3)
    pause_mail(actor=READER, store_id=1)
    pause_mail(actor=READER, store_id=1)
    send_all(sender)
    assert states() == {"b1@acme.example": "queued", "b2@acme.example": "sent", "b3@acme.example": "sent"}
    assert not sender.send_some()
    pause_mail(actor=READER)
    resume_mail(actor=READER, store_id=1)
    assert not sender.send_some()
    resume_mail(actor=READER)
    send_all(sender)
    assert set(states().values()) == {"sent"}
    assert [event for event in events() if event.startswith(("mail.p", "mail.r"))] == [
        "mail.paused",
        "mail.paused",
        "mail.resumed",
        "mail.resumed",
    ]


def test_a_pause_reaches_mail_in_a_senders_hands(server: Server, sender: Sender, settings: Any) -> None:
    settings.TRADEDOOR_MAIL_THREADS = 1
    post_hello(1)
    post_hello(2)

    def pause(_address: str) -> str | None:
        in_threads(lambda: pause_mail(actor=READER))
        return None

    server.on_rcpt = pause
    sender.send_some()
    assert states() == {"b1@acme.example": "sent", "b2@acme.example": "queued"}
    assert MailMessage.objects.get(link_id=2).attempts == 0


def test_a_mail_for_later_waits(server: Server, sender: Sender) -> None:
    post_hello(run_at=timezone.now() + timedelta(hours=1))
    assert not sender.send_some()
    with time_machine.travel(timezone.now() + timedelta(hours=2), tick=False):
        assert sender.send_some()


def test_without_a_server_mail_is_captured_whole(settings: Any, sender: Sender) -> None:
    settings.TRADEDOOR_MAIL_CAPTURED = True
    post_hello(7)
    post_hello(8, context={"dead": True})
    send_all(sender)
    body = MailBody.objects.get()
    assert states() == {"b7@acme.example": "captured", "b8@acme.example": "cancelled"}
    assert "https://s.example/join/7/" in body.text
    assert "Join</a>" in body.html
    assert ["Subject", "Hello Bea 7"] in body.headers
    assert sorted(events()) == ["mail.cancelled", "mail.captured"]


def test_the_pump_of_the_worker_sends(server: Server) -> None:
    post_hello()
    assert send_due()
    assert not send_due()
    sending._of_process.sender.close()
    del sending._of_process.sender
    assert len(server.mails) == 1


def test_idle_connections_are_let_go(server: Server, sender: Sender) -> None:
    post_hello()
    sender.send_some()
    assert sender.relay._idle
    sender.last_sent -= 60
    assert not sender.send_some()
    assert not sender.relay._idle


def test_sending_holds_no_transaction_open(
    server: Server, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go = threading.Event(), threading.Event()
    deliver = Relay.deliver

    def wait_first(self: Relay, *args: Any, **more: Any) -> Outcome:
        begun.set()
        assert go.wait(5)
        return deliver(self, *args, **more)

    monkeypatch.setattr(Relay, "deliver", wait_first)
    post_hello(1)

    def write() -> None:
        assert begun.wait(5)
        post_hello(2)
        go.set()

    in_threads(write, lambda: send_all(sender))
    assert set(states().values()) == {"sent"}
