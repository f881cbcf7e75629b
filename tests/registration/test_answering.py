"""The mail that follows the form: to whom, how often, how long its link lives; and what the page may know."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests import make
from tests.registration.people import (
    NOBODY,
    confirmed,
    form,
    link_of,
    mails,
    typed,
    work_off,
)
from tradedoor.access.actions.invitations import invite_contact
from tradedoor.access.models import State
from tradedoor.accounts.errors import LinkUnknown, LinkUsed, Throttled
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Customer
from tradedoor.registration.actions.answering import answer
from tradedoor.registration.actions.applying import register, send_again
from tradedoor.registration.actions.clearing import clear_out
from tradedoor.registration.actions.confirming import (
    registration_behind,
)
from tradedoor.registration.jobs import ACTOR
from tradedoor.registration.models import EstoreLink, Registration
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db


def test_a_held_login_is_mailed_nothing(harbour: Store, link: EstoreLink) -> None:
    make.buyer_login("nora@acme.example", held_at=timezone.now())

    assert typed(harbour, link).link_id is None
    assert mails() == []


def test_the_link_lives_two_days_however_often_its_mail_is_sent(harbour: Store, link: EstoreLink) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        registration = typed(harbour, link)
        first = link_of(registration)
        clock.shift(timedelta(hours=47))
        send_again(registration.public_id, store=harbour, actor=NOBODY)
        work_off()
        assert mails() == ["registration.confirm"] * 2
        assert link_of(registration) == first
        clock.shift(timedelta(hours=2))
        with pytest.raises(LinkUsed):
            confirmed(registration)
        assert clear_out() == {"registrations": 1}
        with pytest.raises(LinkUnknown):
            registration_behind(first.pk, store=harbour)


def test_a_job_that_runs_twice_mails_once(harbour: Store, link: EstoreLink) -> None:
    registration = typed(harbour, link)
    first = link_of(registration)

    for _time in range(2):
        answer(registration.pk, mail=1, actor=ACTOR)
    assert mails() == ["registration.confirm"]
    answer(registration.pk, mail=2, actor=ACTOR)
    assert mails() == ["registration.confirm"] * 2
    assert link_of(registration) == first


def test_the_page_asks_the_database_the_same_about_every_address(
    harbour: Store, meadow: Store, acme: Customer, link: EstoreLink
) -> None:
    make.access(make.contact(acme, "current@acme.example"), harbour)
    make.access(make.contact(acme, "off@acme.example"), harbour, state=State.DEACTIVATED)
    make.contact(acme, "contact@acme.example")
    asked = set()
    for name in ("current", "off", "contact", "nobody"):
        with CaptureQueriesContext(connection) as seen:
            register(harbour, link, form(f"{name}@acme.example"), actor=NOBODY)
        asked.add(tuple(re.sub(r"'[^']*'|[0-9a-f]{8,}|\d+", "?", query["sql"]) for query in seen))
    assert len(asked) == 1


def test_sending_again_says_nothing_and_stops_after_three_an_hour(harbour: Store, link: EstoreLink) -> None:
    registration = typed(harbour, link)
    for _time in range(5):
        send_again(registration.public_id, store=harbour, actor=NOBODY)
        work_off()

    assert mails() == ["registration.confirm"] * 3


def test_ten_an_hour_from_one_network(harbour: Store, link: EstoreLink) -> None:
    for number in range(10):
        typed(harbour, link, form(f"n{number}@acme.example"))

    with pytest.raises(Throttled):
        typed(harbour, link, form("n11@acme.example"))
    assert Registration.objects.count() == 10


def test_an_unfinished_registration_keeps_nobody_from_being_invited(
    harbour: Store, acme: Customer, link: EstoreLink, sam: Actor
) -> None:
    typed(harbour, link)

    access = invite_contact(harbour, make.contact(acme, "nora@acme.example"), actor=sam)

    assert access.state == State.PENDING
