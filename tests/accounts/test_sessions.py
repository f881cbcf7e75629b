from datetime import timedelta

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from tests.accounts.people import BROWSER, a_buyer, a_staff_member
from tradedoor.accounts.actions.logins import end_accesses, end_everything
from tradedoor.accounts.actions.sessions import (
    MOST_PER_LOGIN,
    Opened,
    end_session,
    end_sessions,
    note_seen,
    open_session,
    rotate,
    session_for,
)
from tradedoor.accounts.errors import LoginChanged
from tradedoor.accounts.events import Event
from tradedoor.accounts.models import Login, Realm, RevokedWhy, Session
from tradedoor.audit.models import AuditRow

pytestmark = pytest.mark.django_db


@pytest.fixture
def bea() -> Login:
    return a_buyer()


def opened(login: Login, *, store_id: int = 1, access_id: int = 11, keep: bool = False) -> Opened:
    return open_session(
        login, actor=BROWSER, store_id=store_id, access_id=access_id, access_epoch=1, keep=keep
    )


def found(key: str, *, store_id: int | None = 1, realm: Realm = Realm.BUYER) -> Session | None:
    return session_for(key, realm=realm, store_id=store_id)


def test_a_session_is_found_by_its_key_with_its_login_in_one_query(
    bea: Login, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    session, key = opened(bea)

    with django_assert_num_queries(1):
        again = found(key)
        assert again is not None
        assert again.login.email == "bea@acme.example"

    assert again == session
    assert len(key) == 43
    assert key not in str(Session.objects.values_list().get())


def test_signing_in_is_history(bea: Login) -> None:
    opened(bea)

    row = AuditRow.objects.get(event=Event.SIGNED_IN)
    assert (row.login_id, row.store_id, row.access_id) == (bea.pk, 1, 11)
    bea.refresh_from_db()
    assert bea.last_sign_in_at is not None


def test_a_session_of_one_store_is_nobody_in_another_and_in_the_other_realm(bea: Login) -> None:
    key = opened(bea).key

    assert found(key, store_id=2) is None
    assert found(key, store_id=None) is None
    assert found(key, store_id=None, realm=Realm.STAFF) is None
    assert found("made-up") is None


@pytest.mark.parametrize(("keep", "idle"), [(False, timedelta(hours=1)), (True, timedelta(days=14))])
def test_a_session_ends_by_not_being_used(bea: Login, idle: timedelta, *, keep: bool) -> None:
    session, key = opened(bea, keep=keep)

    with time_machine.travel(session.seen_at + idle, tick=False):
        assert found(key) is not None
    with time_machine.travel(session.seen_at + idle + timedelta(seconds=1), tick=False):
        assert found(key) is None


def test_a_session_in_use_ends_at_its_absolute_end(bea: Login) -> None:
    session, key = opened(bea)
    Session.objects.update(seen_at=session.expires_at)

    with time_machine.travel(session.expires_at - timedelta(seconds=1), tick=False):
        assert found(key) is not None
    with time_machine.travel(session.expires_at, tick=False):
        assert found(key) is None


def test_staff_are_never_kept_signed_in() -> None:
    session, _key = open_session(a_staff_member(), actor=BROWSER, keep=True)

    assert not session.keep
    assert session.expires_at - session.born_at == timedelta(hours=12)


def test_use_is_written_at_most_once_a_minute(
    bea: Login, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    session = opened(bea).session

    with django_assert_num_queries(0):
        note_seen(session)
    with time_machine.travel(session.seen_at + timedelta(minutes=1), tick=False):
        now = timezone.now()
        note_seen(session)
        with django_assert_num_queries(0):
            note_seen(session)

    session.refresh_from_db()
    assert session.seen_at == now


def test_a_session_whose_row_was_forgotten_fails_by_its_epoch(bea: Login) -> None:
    key = opened(bea).key
    Login.objects.filter(pk=bea.pk).update(epoch=2)

    assert Session.objects.exists()
    assert found(key) is None


@pytest.mark.parametrize("off", [{"is_active": False}, {"held_at": timezone.now()}])
def test_a_login_that_is_off_has_no_session(bea: Login, off: dict[str, object]) -> None:
    key = opened(bea).key
    Login.objects.filter(pk=bea.pk).update(**off)

    assert found(key) is None


@pytest.mark.parametrize("change", [{"is_active": False}, {"held_at": timezone.now()}, {"epoch": 2}])
def test_what_changed_during_a_sign_in_stops_it_at_its_end(bea: Login, change: dict[str, object]) -> None:
    Login.objects.filter(pk=bea.pk).update(**change)

    with pytest.raises(LoginChanged), transaction.atomic():
        opened(bea)

    assert not Session.objects.exists()


def test_the_oldest_falls_beyond_twenty(bea: Login) -> None:
    first = opened(bea).key
    second = opened(bea).key
    for _more in range(MOST_PER_LOGIN - 1):
        opened(bea)

    assert Session.objects.count() == MOST_PER_LOGIN
    assert found(first) is None
    assert found(second) is not None


def test_a_new_key_closes_the_old(bea: Login) -> None:
    session, old = opened(bea)

    new = rotate(session)

    assert found(old) is None
    assert found(new) == session


def test_signing_out_ends_that_session_only(bea: Login) -> None:
    here, there = opened(bea), opened(bea, store_id=2, access_id=22)

    end_session(here.session, actor=BROWSER)
    end_session(here.session, actor=BROWSER)

    assert found(here.key) is None
    assert found(there.key, store_id=2) is not None
    assert AuditRow.objects.filter(event=Event.SIGNED_OUT).count() == 1


def test_ending_an_access_leaves_the_other_store_alone(bea: Login) -> None:
    here, there = opened(bea), opened(bea, store_id=2, access_id=22)

    ended = end_accesses([11], why=RevokedWhy.DEACTIVATED)

    assert ended.sessions == 1
    assert found(here.key) is None
    assert found(there.key, store_id=2) is not None


def test_ending_everything_ends_all_stores_of_that_login(bea: Login) -> None:
    nils = a_buyer("nils@borealis.example")
    keys = [opened(bea).key, opened(bea, store_id=2).key]
    other = opened(nils, access_id=33).key

    ended = end_everything([bea.pk], why=RevokedWhy.HELD)

    assert ended.sessions == 2
    assert [found(keys[0]), found(keys[1], store_id=2)] == [None, None]
    assert found(other) is not None
    bea.refresh_from_db()
    assert bea.epoch == 2


def test_ending_sessions_of_nobody_in_particular_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="name"):
        end_sessions()
