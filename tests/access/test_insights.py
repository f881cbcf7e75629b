"""What the charts of a store are made of."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.db import connection
from django.utils import timezone

from tests import make
from tradedoor.access.actions.entering import enter_another, sign_in_to_store
from tradedoor.access.actions.invitations import invite_contact
from tradedoor.access.actions.joining import Entered, accept_with_new_password
from tradedoor.access.actions.sharing import generate_links
from tradedoor.access.insights import Funnel, funnel_of, sign_ins_of
from tradedoor.access.listing import Listing, SignedIn
from tradedoor.access.models import Access
from tradedoor.access.queries import listed
from tradedoor.accounts.errors import WrongPair
from tradedoor.accounts.models import OneTimeLink
from tradedoor.core.actor import Actor
from tradedoor.core.errors import NotFound
from tradedoor.crm.models import Customer
from tradedoor.mail.models import MailMessage
from tradedoor.stores.models import SignInCount, Store

pytestmark = pytest.mark.django_db

NOBODY = Actor.nobody(ip="198.51.100.12")
NOON = "2026-03-20T12:00:00Z"
Budget = Callable[[int], AbstractContextManager[Any]]


def sign_in(access: Access) -> Entered:
    entered = sign_in_to_store(access.store, access.contact.email, make.PASSWORD, actor=NOBODY)
    assert isinstance(entered, Entered)
    return entered


def test_every_way_in_counts_once_on_the_day_it_is_where_the_store_is(
    bea: Access, meadow: Store, acme: Customer, sam: Actor
) -> None:
    other = make.access(bea.contact, meadow, login=bea.login)
    Store.objects.filter(pk=meadow.pk).update(time_zone="Pacific/Auckland")
    with time_machine.travel(NOON, tick=False):
        entered = sign_in(bea)
        enter_another(other.public_id, session=entered.opened.session, actor=NOBODY)
        with pytest.raises(WrongPair):
            sign_in_to_store(bea.store, bea.contact.email, "wrong", actor=NOBODY)
        late = invite_contact(bea.store, make.contact(acme), actor=sam)
        link = OneTimeLink.objects.get(access_id=late.pk)
        accept_with_new_password(link.pk, "nine copper lanterns", store=bea.store, actor=NOBODY)

    counts = {(row.store_id, row.day): row.count for row in SignInCount.objects.all()}
    assert counts == {(bea.store_id, date(2026, 3, 20)): 2, (meadow.pk, date(2026, 3, 21)): 1}


def test_thirty_days_stand_beside_the_thirty_before(bea: Access, harbour: Store, vic: Actor) -> None:
    for back, times in ((0, 2), (29, 1), (30, 1), (59, 1), (60, 5)):
        with time_machine.travel(NOON, tick=False):
            moment = timezone.now() - timedelta(days=back)
        with time_machine.travel(moment, tick=False):
            for _ in range(times):
                sign_in(bea)

    with time_machine.travel(NOON, tick=False):
        found = sign_ins_of(harbour, actor=vic)

    assert (found.total, found.before, found.change) == (3, 2, 50)
    assert len(found.days) == 30
    assert found.days[-1] == (date(2026, 3, 20), 2)
    assert found.days[0] == (date(2026, 2, 19), 1)


def test_without_a_month_before_there_is_no_change_to_tell(harbour: Store, vic: Actor) -> None:
    assert (sign_ins_of(harbour, actor=vic).total, sign_ins_of(harbour, actor=vic).change) == (0, None)


def test_the_funnel_narrows_from_step_to_step(acme: Customer, harbour: Store, sam: Actor) -> None:
    people = [make.contact(acme) for _ in range(5)]
    rows = [invite_contact(harbour, contact, actor=sam) for contact in people[:4]]
    generate_links(harbour, [people[4].pk], actor=sam)
    MailMessage.objects.filter(access_id__in=[row.pk for row in rows[:3]]).update(state="sent")
    OneTimeLink.objects.filter(access_id__in=[row.pk for row in rows[:2]]).update(opened_at=timezone.now())
    link = OneTimeLink.objects.get(access_id=rows[0].pk)
    accept_with_new_password(link.pk, "nine copper lanterns", store=harbour, actor=NOBODY)

    assert funnel_of(harbour, actor=sam) == Funnel(invited=5, reached=3, opened=2, joined=1)
    with time_machine.travel(timezone.now() + timedelta(days=31), tick=False):
        assert funnel_of(harbour, actor=sam) == Funnel(0, 0, 0, 0)


def test_neither_costs_more_for_more(
    acme: Customer, harbour: Store, sam: Actor, django_assert_num_queries: Budget
) -> None:
    for _ in range(9):
        invite_contact(harbour, make.contact(acme), actor=sam)

    with django_assert_num_queries(2):
        sign_ins_of(harbour, actor=sam)
        funnel_of(harbour, actor=sam)


def test_another_store_is_none_of_theirs(harbour: Store, meadow: Store) -> None:
    mia = make.actor(make.staff("Mia", stores=(meadow,)))
    for read in (sign_ins_of, funnel_of):
        with pytest.raises(NotFound):
            read(harbour, actor=mia)


def test_the_list_behind_the_fact_holds_who_signed_in(
    bea: Access, nils: Access, acme: Customer, harbour: Store, vic: Actor
) -> None:
    never = make.access(make.contact(acme), harbour)
    Access.objects.filter(pk=bea.pk).update(last_sign_in_at=timezone.now())
    Access.objects.filter(pk=nils.pk).update(last_sign_in_at=timezone.now() - timedelta(days=31))

    found = {
        seen: list(listed(Listing(store_id=harbour.pk, tab="current", seen=seen), actor=vic))
        for seen in SignedIn
    }

    assert found == {SignedIn.RECENTLY: [bea], SignedIn.EARLIER: [nils], SignedIn.NEVER: [never]}


def test_sign_ins_of_before_the_counter_are_counted_from_history(bea: Access) -> None:
    sign_in(bea)
    kept = list(SignInCount.objects.values_list("store_id", "day", "count"))
    SignInCount.objects.all().delete()

    migration = import_module("tradedoor.stores.migrations.0003_count_past_sign_ins")
    migration.count_past(apps, SimpleNamespace(connection=connection))

    assert [count for _store, _day, count in kept] == list(
        SignInCount.objects.values_list("count", flat=True)
    )
