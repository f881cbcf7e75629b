"""Posting, and what may be read of it."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from tests.mail.smtp import READER, post_hello
from tradedoor.core.actor import Actor, ActorKind
from tradedoor.core.errors import NotAllowed, NotFound
from tradedoor.core.permissions import Permission
from tradedoor.mail.models import MailBody, MailMessage
from tradedoor.mail.outbox import Letter, cancel_for_links, pause_mail, paused_stores, post_many, resume_mail
from tradedoor.mail.queries import body_of, captured_count, mail_state_for, message_for, messages
from tradedoor.mail.upkeep import tidy

pytestmark = pytest.mark.django_db(transaction=True)

SAM = Actor(
    ActorKind.STAFF,
    login_id=1,
    permissions=frozenset({Permission.MAIL_READ.value, Permission.STORE_EDIT.value}),
    stores=frozenset({10}),
)


def test_a_mail_goes_with_the_transaction_that_failed() -> None:
    with transaction.atomic():
        post_hello()
        transaction.set_rollback(True)
    assert not MailMessage.objects.exists()


@pytest.mark.parametrize("count", [1, 3000])
def test_a_set_is_posted_in_one_statement_a_chunk(
    count: int, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    letters = [Letter("t.hello", f"b{number}@acme.example", link_id=number) for number in range(count)]
    with transaction.atomic(), django_assert_max_num_queries(1):  # type: ignore[attr-defined]  # a context manager
        assert post_many(letters) == count
    rows = list(MailMessage.objects.all())
    assert len({row.public_id for row in rows}) == count
    assert {row.state for row in rows} == {"queued"}
    for row in rows[:10]:
        assert row.message_id == f"<{row.public_id.hex}@tradedoor.example>"


@pytest.mark.parametrize("name", ["password", "link", "url", "token"])
def test_no_secret_gets_into_the_outbox(name: str) -> None:
    with pytest.raises(ValueError, match="secret"):
        post_hello(context={name: "hush"})


@pytest.mark.parametrize("address", ["", "bea", "a@b.example\r\nBcc: x@y.example", "a b@c.example"])
def test_what_is_no_address_is_not_posted_to(address: str) -> None:
    with pytest.raises(ValueError, match="mail address"):
        post_hello(to_email=address)


def test_only_unsent_mail_of_dead_links_is_cancelled() -> None:
    for number in (1, 2, 3, 4):
        post_hello(number)
    MailMessage.objects.filter(link_id=2).update(state="sent")
    MailMessage.objects.filter(link_id=3).update(state="sending")
    assert cancel_for_links([1, 2, 3]) == 2
    assert cancel_for_links([]) == 0
    assert list(MailMessage.objects.order_by("link_id").values_list("state", flat=True)) == [
        "cancelled",
        "sent",
        "cancelled",
        "queued",
    ]


def test_mail_is_read_by_those_who_may_and_of_their_stores() -> None:
    post_hello(1, store_id=10, access_id=5, contact_id=6)
    post_hello(2, store_id=20)
    post_hello(3)
    first, second, third = MailMessage.objects.order_by("pk")

    assert messages(READER) == [third, second, first]
    assert messages(READER, before=third.pk, limit=1) == [second]
    assert messages(READER, to="B2@ACME.example") == [second]
    assert messages(READER, access_id=5) == messages(READER, contact_id=6) == [first]
    assert messages(READER, state="sent") == []
    assert messages(SAM) == messages(SAM, store_id=10) == [first]
    assert messages(SAM, store_id=20) == []
    assert message_for(second.public_id, actor=READER) == message_for(second.pk, actor=READER) == second
    with pytest.raises(NotFound):
        message_for(second.public_id, actor=SAM)
    with pytest.raises(NotFound):
        message_for(uuid4(), actor=READER)
    with pytest.raises(NotAllowed):
        messages(Actor.nobody())


def test_a_body_is_there_only_where_it_was_captured() -> None:
    post_hello(1, store_id=10)
    post_hello(2, store_id=20)
    first, second = MailMessage.objects.order_by("pk")
    MailBody.objects.create(message=first, text="hello")
    MailMessage.objects.update(state="captured")
    body = body_of(message_for(first.pk, actor=READER))
    assert body is not None
    assert body.text == "hello"
    assert body_of(message_for(second.pk, actor=READER)) is None
    assert (captured_count(actor=READER), captured_count(actor=SAM)) == (2, 1)


def test_the_newest_mail_of_each_access_is_found_in_one_query(
    django_assert_num_queries: Callable[[int], object],
) -> None:
    for number in range(4):
        post_hello(number, access_id=number % 2, store_id=10)
    with django_assert_num_queries(1):  # type: ignore[attr-defined]  # a context manager
        newest = mail_state_for([0, 1, 2], actor=SAM)
    assert {access: mail.link_id for access, mail in newest.items()} == {0: 2, 1: 3}


def test_only_those_who_may_pause_do() -> None:
    assert paused_stores() == (False, [])
    pause_mail(actor=SAM, store_id=10)
    assert paused_stores() == (False, [10])
    with pytest.raises(NotAllowed):
        pause_mail(actor=SAM)
    with pytest.raises(NotAllowed):
        resume_mail(actor=SAM, store_id=20)
    pause_mail(actor=READER)
    assert paused_stores() == (True, [10])
    resume_mail(actor=SAM, store_id=10)
    resume_mail(actor=SAM, store_id=10)
    assert paused_stores() == (True, [])


def test_old_mail_is_forgotten_and_unsent_mail_never() -> None:
    for number in (1, 2):
        post_hello(number)
    over = MailMessage.objects.get(link_id=1)
    MailMessage.objects.filter(pk=over.pk).update(state="captured")
    MailBody.objects.create(message=over)
    tidy()
    assert MailBody.objects.exists()
    with time_machine.travel(timezone.now() + timedelta(days=31), tick=False):
        tidy()
    assert MailMessage.objects.count() == 2
    assert not MailBody.objects.exists()  # it holds a link that may still live
    with time_machine.travel(timezone.now() + timedelta(days=91), tick=False):
        tidy()
        tidy()
    assert MailMessage.objects.get().link_id == 2
