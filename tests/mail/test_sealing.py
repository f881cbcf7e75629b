"""A password on its way stands in its row encrypted, and only until its mail has left (TMP-02)."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connection, transaction
from django.utils.html import escape

from tests.mail.smtp import Server, send_all
from tradedoor.mail.models import MailBody, MailMessage
from tradedoor.mail.outbox import Letter, cancel_for_links, cancel_sealed, post_many
from tradedoor.mail.queries import body_of
from tradedoor.mail.rendering import MessageRow, Rendered, template
from tradedoor.mail.sealing import Unsealable, seal, unseal
from tradedoor.mail.sending import Sender
from tradedoor.mail.upkeep import tidy

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = "kmwx-7r4t & <9h2p-vq3n>"


@pytest.fixture(autouse=True)
def _telling_template(_own_templates: None) -> None:
    @template("t.tells")
    def tells(row: MessageRow) -> Rendered | None:
        assert SECRET not in repr(row)
        html = f"<p>Your password: <b>{escape(row.secret)}</b></p>"
        return Rendered(subject="Hello", text=f"Your password: {row.secret}", html=html)


def post_secret(number: int = 1) -> None:
    with transaction.atomic():
        letter = Letter("t.tells", f"b{number}@acme.example", secret=SECRET, login_id=number, link_id=number)
        assert SECRET not in repr(letter)
        post_many([letter])


def stored() -> str:
    """Every column of every mail, as the database has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM mail_message")
        return repr(cursor.fetchall())


def test_the_row_does_not_show_it_and_forgets_it_once_the_mail_was_taken(
    server: Server, sender: Sender
) -> None:
    post_secret()
    assert SECRET not in stored()
    assert MailMessage.objects.get().sealed

    send_all(sender)

    text = server.mails[0].get_body(preferencelist=("plain",))
    assert text is not None
    assert SECRET in text.get_content()
    assert MailMessage.objects.get().sealed == ""


def test_a_mail_that_is_to_be_tried_again_keeps_it_and_one_refused_for_good_does_not(
    server: Server, sender: Sender
) -> None:
    server.on_rcpt = lambda address: "450 later" if address == "b1@acme.example" else "550 5.1.1 nobody"
    post_secret(1)
    post_secret(2)
    send_all(sender)
    later, refused = MailMessage.objects.order_by("pk")
    assert (later.state, refused.state) == ("queued", "failed")
    assert unseal(later.sealed, mail=later.public_id) == SECRET
    assert refused.sealed == ""


def test_captured_it_is_shown_while_it_lives_and_stands_nowhere_in_clear(sender: Sender) -> None:
    post_secret()
    send_all(sender)

    mail = MailMessage.objects.get()
    assert mail.state == "captured"
    assert SECRET not in stored()
    kept = MailBody.objects.get()
    assert SECRET not in kept.text + kept.html
    shown = body_of(mail)
    assert shown is not None
    assert shown.text == f"Your password: {SECRET}\n"
    assert shown.html == f"<p>Your password: <b>{escape(SECRET)}</b></p>\n"
    shown.refresh_from_db()
    assert SECRET not in shown.text + shown.html


def test_captured_it_is_erased_once_the_password_dies(sender: Sender) -> None:
    post_secret()
    send_all(sender)

    assert cancel_sealed([1]) == 0  # nothing is called back: it was captured

    mail = MailMessage.objects.get()
    assert (mail.state, mail.sealed) == ("captured", "")
    shown = body_of(mail)
    assert shown is not None
    assert shown.text == "Your password: (erased)\n"
    assert SECRET not in shown.html


def test_captured_it_is_erased_when_no_password_lives_so_long(sender: Sender) -> None:
    with time_machine.travel("2026-01-05 10:00Z", tick=False) as clock:
        post_secret()
        send_all(sender)
        clock.shift(timedelta(days=13))
        tidy()
        assert MailMessage.objects.get().sealed
        clock.shift(timedelta(days=2))
        tidy()

        assert MailMessage.objects.get().sealed == ""


def test_captured_under_a_key_that_is_gone_it_is_as_erased(sender: Sender, settings: Any) -> None:
    post_secret()
    send_all(sender)
    settings.SECRET_KEY = "another key " * 6

    shown = body_of(MailMessage.objects.get())

    assert shown is not None
    assert shown.text == "Your password: (erased)\n"


def test_a_password_that_dies_calls_its_mail_back() -> None:
    for number in (1, 2, 3):
        post_secret(number)
    assert cancel_sealed([1]) == 1
    assert cancel_for_links([2]) == 1
    rows = MailMessage.objects.order_by("login_id").values_list("state", "sealed")
    assert list(rows[:2]) == [("cancelled", ""), ("cancelled", "")]
    assert rows[2][0] == "queued"
    assert rows[2][1]


def test_a_sealed_text_opens_in_its_own_row_and_with_a_known_key_only(settings: Any) -> None:
    mail = uuid4()
    sealed = seal(SECRET, mail=mail)
    assert seal(SECRET, mail=mail) != sealed
    with pytest.raises(Unsealable):
        unseal(sealed, mail=uuid4())
    former, settings.SECRET_KEY = settings.SECRET_KEY, "another key " * 6
    with pytest.raises(Unsealable):
        unseal(sealed, mail=mail)
    settings.SECRET_KEY_FALLBACKS = [former]
    assert unseal(sealed, mail=mail) == SECRET


def test_one_that_no_key_opens_is_not_sent_and_stops_no_other(
    server: Server, sender: Sender, settings: Any
) -> None:
    post_secret(1)
    settings.SECRET_KEY = "another key " * 6
    post_secret(2)
    send_all(sender)
    assert server.recipients == ["b2@acme.example"]
    assert MailMessage.objects.get(login_id=1).error_code == "unbuildable"
