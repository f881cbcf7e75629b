"""The long walk again, with merges, wide deactivations, and days that pass."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule, run_state_machine_as_test

from tests.access.test_walk import NUMBER, STORE, Walk
from tradedoor.access.actions.dates import cancel_dates, today_at
from tradedoor.access.actions.merging import merge_contacts, merge_customers
from tradedoor.access.actions.wider import Scope, Wish, deactivate_wider, undo_deed
from tradedoor.access.date_jobs import switch
from tradedoor.access.models import Access, State
from tradedoor.access.sets import these
from tradedoor.accounts.models import Login
from tradedoor.crm.models import Contact, Customer

LIVING = (State.PENDING, State.CURRENT, State.REQUESTED)
DAYS = st.none() | st.integers(1, 4)


class LeavingWalk(Walk):
    """What ends accesses by itself, from above, and by becoming somebody else's."""

    def __init__(self) -> None:
        super().__init__()
        self.traveller = time_machine.travel(datetime(2027, 3, 1, 12, tzinfo=UTC), tick=False)
        self.clock = self.traveller.start()
        self.deeds: list[tuple[Access, Any]] = []
        self.logins = 0

    @rule(number=NUMBER, other=NUMBER)
    def merge(self, number: int, other: int) -> None:
        found = {
            row.pk: row
            for row in Contact.objects.filter(pk__in=[self.contacts[n].pk for n in (number, other)])
        }
        survivor, gone = found[self.contacts[number].pk], found[self.contacts[other].pk]
        seen = {row.pk: row.version for row in (survivor, gone)}
        self.attempt(merge_contacts, survivor, [gone], chosen={}, seen=seen, actor=self.sam)

    @rule(which=STORE, sure=st.integers(0, 3))
    def merge_all(self, which: int, sure: int) -> None:
        if sure:  # else every walk would soon have one customer only
            return
        kept, gone = (Customer.objects.get(pk=self.customers[n].pk) for n in (which, 1 - which))
        seen = {row.pk: row.version for row in (kept, gone)}
        self.attempt(merge_customers, kept, [gone], chosen={}, seen=seen, actor=self.sam)

    @rule(number=NUMBER, store=STORE, scope=st.sampled_from(Scope), end=DAYS, back=DAYS)
    def deactivate_more(
        self, number: int, store: int, scope: Scope, end: int | None, back: int | None
    ) -> None:
        rows = Access.objects.filter(pk__in=self.accesses({number}, store))
        for access in rows.select_related("store", "contact", "customer"):
            today = today_at(access.store)
            wish = Wish(
                scope=scope,
                end_on=today + timedelta(days=end) if end else None,
                return_on=today + timedelta(days=(end or 0) + back) if back else None,
            )
            receipt = self.attempt(deactivate_wider, access, wish, actor=self.sam)
            if receipt:
                self.deeds.append((access, receipt.deed))

    @rule()
    def undo_more(self) -> None:
        if self.deeds:
            access, deed = self.deeds.pop()
            self.attempt(undo_deed, Access.objects.get(pk=access.pk), deed, actor=self.sam)

    @rule(number=NUMBER, store=STORE)
    def take_back_dates(self, number: int, store: int) -> None:
        cancel_dates(these(self.accesses({number}, store)), actor=self.sam)

    @rule(days=st.integers(0, 3))
    def days_pass(self, days: int) -> None:
        self.clock.shift(timedelta(days=days, minutes=1))
        switch()
        overdue = Access.objects.filter(end_on__lte=datetime.now(UTC).date())
        assert not overdue.exists()

    @invariant()
    def dates_stand_only_where_they_mean_something(self) -> None:
        assert not Access.objects.filter(end_on__isnull=False).exclude(state__in=LIVING).exists()
        returning = Access.objects.filter(return_on__isnull=False)
        assert not returning.filter(state__in=[State.CANCELLED, State.DECLINED]).exists()
        assert not returning.filter(state__in=LIVING, end_on=None).exists()

    @invariant()
    def who_was_merged_has_nothing_living(self) -> None:
        gone = Access.objects.filter(contact__merged_into__isnull=False, state__in=LIVING)
        assert not gone.exists()

    @invariant()
    def accesses_are_of_the_customer_of_their_contact_and_logins_are_never_merged(self) -> None:
        if Customer.objects.filter(merged_into__isnull=False).exists():
            merged = Customer.objects.get(merged_into__isnull=False)
            assert not Access.objects.filter(customer=merged).exists()
            assert not Contact.objects.filter(customer=merged).exists()
        known = Login.objects.buyers().count()
        assert known >= self.logins
        self.logins = known

    def teardown(self) -> None:
        self.traveller.stop()
        super().teardown()


@pytest.mark.django_db
def test_a_long_walk_with_merges_and_dates_leaves_counts_sessions_and_links_true() -> None:
    run_state_machine_as_test(
        LeavingWalk,
        settings=settings(
            max_examples=25,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
