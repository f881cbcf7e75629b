"""Dates that come: one row that cannot be done keeps none of the others from happening."""

import logging
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from tests import make
from tradedoor.access.actions import dates
from tradedoor.access.actions.isolating import as_far_as_possible
from tradedoor.access.actions.switching import reenable
from tradedoor.access.date_jobs import switch
from tradedoor.access.models import Access, State
from tradedoor.access.queries import counts_match
from tradedoor.accounts.models import Login
from tradedoor.accounts.passwords import unusable
from tradedoor.crm.models import Customer
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db

TODAY = timezone.now().date()


def returning(customer: Customer, store: Store, *, password: bool = True) -> Access:
    row = make.access(make.contact(customer), store, state=State.DEACTIVATED)
    Access.objects.filter(pk=row.pk).update(return_on=TODAY - timedelta(days=1))
    if not password:
        Login.objects.filter(accesses=row).update(password=unusable())
    return row


def state(access: Access) -> str:
    return Access.objects.get(pk=access.pk).state


def test_whoever_has_a_password_returns_to_a_store_that_cannot_invite(acme: Customer, harbour: Store) -> None:
    rows = [returning(acme, harbour), returning(acme, harbour, password=False), returning(acme, harbour)]
    Store.objects.filter(pk=harbour.pk).update(name="")
    harbour.refresh_from_db()
    assert harbour.missing_for_inviting()

    switch()

    assert [state(row) for row in rows] == ["current", "deactivated", "current"]
    Store.objects.filter(pk=harbour.pk).update(name="Harbour")
    switch()
    assert state(rows[1]) == State.PENDING


def test_a_row_at_which_we_stumble_keeps_no_other_from_returning_and_is_logged(
    acme: Customer, harbour: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [returning(acme, harbour) for _ in range(5)]
    ends = [make.access(make.contact(acme), harbour) for _ in range(3)]
    Access.objects.filter(pk__in=[row.pk for row in ends]).update(end_on=TODAY - timedelta(days=1))
    really, bad = reenable, rows[2].pk

    def stumbling(accesses: Any, **more: Any) -> Any:
        if bad in accesses.ids:
            raise RuntimeError("a row that cannot be read: bea@acme.example")
        return really(accesses, **more)

    monkeypatch.setattr(dates, "reenable", stumbling)
    with caplog.at_level(logging.ERROR):
        switch()

    assert [state(row) for row in rows] == ["current", "current", "deactivated", "current", "current"]
    assert {state(row) for row in ends} == {State.DEACTIVATED}
    assert f"access {bad}" in caplog.text
    assert "bea@" not in caplog.text
    assert counts_match() == {}


def test_a_database_that_is_away_ends_it_at_once() -> None:
    tried = []

    def away(ids: Any) -> int:
        tried.append(ids)
        raise OperationalError

    with pytest.raises(OperationalError):
        as_far_as_possible([1, 2, 3], away, what="row")
    assert tried == [[1, 2, 3]]
