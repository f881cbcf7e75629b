"""Temporary passwords: how strong, for whom, how long, and what ends them (TMP-01 to TMP-05)."""

import math
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from tests.accounts.people import BROWSER, MACHINE, PASSWORD, a_buyer, a_reset
from tradedoor.accounts.actions.addresses import move_logins
from tradedoor.accounts.actions.links import issue_links
from tradedoor.accounts.actions.logins import choose_password, set_own_password
from tradedoor.accounts.actions.sessions import open_session, session_for
from tradedoor.accounts.actions.sign_in import check_credentials
from tradedoor.accounts.actions.temporary import (
    ALPHABET,
    end_temporary_passwords,
    generated_password,
    give_temporary_passwords,
    make_room,
    temporary_password,
    temporary_until,
)
from tradedoor.accounts.errors import BadPassword, PasswordExpired, WrongPair
from tradedoor.accounts.models import Login, OneTimeLink, Realm
from tradedoor.accounts.passwords import check_password, require_good_password
from tradedoor.audit.models import AuditDetail, AuditRow
from tradedoor.mail.models import MailMessage
from tradedoor.mail.outbox import Letter, post_many

pytestmark = pytest.mark.django_db
GIVEN = "seven green kettles"


def give(login: Login, raw: str = GIVEN, *, typed: bool = True) -> Login:
    chosen = temporary_password(raw, is_typed=typed)
    give_temporary_passwords({login.pk: chosen}, until=temporary_until(), actor=MACHINE)
    login.refresh_from_db()
    return login


def tries(login: Login, raw: str) -> Login:
    return check_credentials(login.email, raw, realm=Realm.BUYER, actor=BROWSER)


def test_a_generated_one_has_80_bits_is_read_out_easily_and_passes_the_policy() -> None:
    made = {generated_password() for _ in range(200)}
    assert len(made) == 200
    for one in made:
        signs = one.replace("-", "")
        assert set(signs) <= set(ALPHABET)
        assert len(signs) * math.log2(len(ALPHABET)) >= 80
        require_good_password(one)
    assert not set("ilou01") & set(ALPHABET)


def test_a_generated_one_is_as_long_as_the_policy_asks(settings: Any) -> None:
    settings.TRADEDOOR_PASSWORD_MIN_LENGTH = 64
    require_good_password(generated_password())


def test_a_typed_one_is_judged_by_the_same_policy() -> None:
    with pytest.raises(BadPassword):
        temporary_password("too short", is_typed=True)
    with pytest.raises(BadPassword):
        temporary_password("harbour-harbour", is_typed=True, about=["Harbour"])


def test_it_signs_in_is_not_an_own_one_and_is_written_down_without_itself() -> None:
    bea = give(a_buyer(password=None))

    assert tries(bea, GIVEN).pk == bea.pk
    assert bea.has_password
    assert not bea.has_own_password
    row = AuditRow.objects.get(event="accounts.login.temporary_password_given")
    assert row.data["typed"] is True
    assert datetime.fromisoformat(row.data["until"]) == bea.password_is_temporary_until
    told = [repr(row.__dict__) for row in (*AuditRow.objects.all(), *AuditDetail.objects.all())]
    assert not any(GIVEN in text for text in told)
    assert GIVEN not in repr(temporary_password(GIVEN, is_typed=True))


def test_it_ends_by_the_clock_at_sign_in_after_the_hours_set(settings: Any) -> None:
    settings.TRADEDOOR_TEMPORARY_PASSWORD_HOURS = 5
    with time_machine.travel("2025-06-02 08:00Z", tick=False) as clock:
        bea = give(a_buyer(password=None))
        clock.shift(timedelta(hours=5, seconds=-1))
        assert tries(bea, GIVEN).pk == bea.pk
        clock.shift(timedelta(seconds=1))
        with pytest.raises(PasswordExpired):
            tries(bea, GIVEN)
        with pytest.raises(WrongPair):
            tries(bea, "some other words")


def test_an_own_password_is_never_replaced() -> None:
    bea = a_buyer()
    given = {bea.pk: temporary_password(GIVEN, is_typed=True)}

    assert give_temporary_passwords(given, until=temporary_until(), actor=MACHINE) == frozenset()
    assert make_room([bea.pk]) == frozenset()
    assert end_temporary_passwords([bea.pk]) == 0

    bea.refresh_from_db()
    assert check_password(PASSWORD, bea.password).is_right
    assert bea.has_own_password
    assert not AuditRow.objects.exists()


def test_a_newer_one_ends_the_older_with_session_link_and_mail() -> None:
    bea = give(a_buyer(password=None))
    key = open_session(bea, actor=BROWSER, store_id=1).key
    issue_links([a_reset(bea)], actor=MACHINE)
    with transaction.atomic():
        post_many([Letter("t", "bea@acme.example", secret=GIVEN, login_id=bea.pk)])

    give(bea, "nine copper lanterns")

    assert session_for(key, realm=Realm.BUYER, store_id=1) is None
    assert OneTimeLink.objects.get().revoked_why == "superseded"
    mail = MailMessage.objects.get()
    assert (mail.state, mail.sealed) == ("cancelled", "")
    with pytest.raises(WrongPair):
        tries(bea, GIVEN)
    assert tries(bea, "nine copper lanterns").pk == bea.pk


def test_the_first_own_password_ends_it_and_calls_back_the_mail_that_tells_it() -> None:
    bea = give(a_buyer(password=None))
    with transaction.atomic():
        post_many([Letter("t", "bea@acme.example", secret=GIVEN, login_id=bea.pk)])

    with pytest.raises(BadPassword):
        choose_password(GIVEN, login=bea, unlike=GIVEN)
    set_own_password(bea.pk, choose_password("nine copper lanterns", login=bea, unlike=GIVEN), actor=BROWSER)

    assert MailMessage.objects.get().state == "cancelled"
    bea.refresh_from_db()
    assert bea.has_own_password
    with pytest.raises(WrongPair):
        tries(bea, GIVEN)


def test_ended_the_login_has_none_and_no_session() -> None:
    bea = give(a_buyer(password=None))
    key = open_session(bea, actor=BROWSER, store_id=1).key
    assert end_temporary_passwords([bea.pk]) == 1
    assert end_temporary_passwords([bea.pk]) == 0
    bea.refresh_from_db()
    assert not bea.has_password
    assert session_for(key, realm=Realm.BUYER, store_id=1) is None


def test_it_does_not_follow_the_login_to_another_address() -> None:
    bea = give(a_buyer(password=None))
    move_logins({bea.pk: "beatrice@acme.example"}, actor=MACHINE)
    bea.refresh_from_db()
    assert not bea.has_password


@pytest.mark.parametrize("many", [1, 60])
def test_many_are_given_with_as_few_statements_as_one(
    many: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    chosen = temporary_password(GIVEN, is_typed=False)
    logins = [a_buyer(f"b{number}@acme.example", password=None) for number in range(many)]
    given = {login.pk: chosen for login in logins}
    until = timezone.now() + timedelta(hours=1)
    with django_assert_max_num_queries(19):
        give_temporary_passwords(given, until=until, actor=MACHINE)
    assert Login.objects.filter(password_is_temporary_until=until).count() == many
