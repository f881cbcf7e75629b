"""Deactivate with more to say: why, from when, until when, how far; and the dates being kept."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests import make
from tradedoor.access.actions.crm import archive_contacts, set_customer_status
from tradedoor.access.actions.dates import cancel_dates, due_ends, due_returns, end_due, return_due
from tradedoor.access.actions.entering import sign_in_to_store
from tradedoor.access.actions.invitations import invite_contact
from tradedoor.access.actions.joining import Entered, accept_with_new_password
from tradedoor.access.actions.switching import deactivate, reenable
from tradedoor.access.actions.wider import Scope, WideReceipt, Wish, deactivate_wider, reaches, undo_deed
from tradedoor.access.date_jobs import ACTOR, switch
from tradedoor.access.errors import AccessOff
from tradedoor.access.events import Event
from tradedoor.access.models import Access, State
from tradedoor.access.queries import counts_match
from tradedoor.access.reasons import Reason
from tradedoor.access.sets import just, these
from tradedoor.accounts.models import Login, OneTimeLink, Session
from tradedoor.accounts.roles import Role
from tradedoor.audit.models import AuditRow
from tradedoor.core.actor import Actor
from tradedoor.core.errors import NotAllowed, Refusal
from tradedoor.crm.models import Contact, Customer
from tradedoor.mail.models import MailMessage
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db

NOBODY = Actor.nobody(ip="198.51.100.30")
MONDAY = date(2027, 3, 1)
FRIDAY = date(2027, 3, 5)
BEFORE = datetime(2027, 2, 20, 12, tzinfo=UTC)


def now(access: Access) -> Access:
    return Access.objects.get(pk=access.pk)


def wide(access: Access, actor: Actor, **wish: object) -> WideReceipt:
    loaded = Access.objects.select_related("store", "customer", "contact").get(pk=access.pk)
    return deactivate_wider(loaded, Wish(**wish), actor=actor)  # type: ignore[arg-type]  # named by each test


@pytest.fixture
def company(acme: Customer, bea: Access, meadow: Store, harbour: Store) -> dict[str, Access]:
    """Bea in two stores, and colleagues in every state."""
    rows = {"bea": bea, "bea in meadow": make.access(bea.contact, meadow, state=State.PENDING)}
    return rows | {state.value: make.access(make.contact(acme), harbour, state=state) for state in State}


def test_this_person_in_all_stores(
    company: dict[str, Access], nils: Access, sam: Actor, harbour: Store
) -> None:
    sign_in_to_store(harbour, "bea@acme.example", make.PASSWORD, actor=NOBODY)

    receipt = wide(company["bea"], sam, scope=Scope.STORES, reason="  Left  Acme ")

    assert now(company["bea"]).state == State.DEACTIVATED
    assert now(company["bea"]).deactivated_reason == "Left Acme"
    assert now(company["bea in meadow"]).state == State.CANCELLED
    assert (receipt.sessions_ended, receipt.stores, receipt.outside) == (1, 2, 0)
    assert (receipt.others_count, len(receipt.others)) == (1, 1)
    assert not Session.objects.exists()
    assert now(company["current"]).state == State.CURRENT
    with pytest.raises(AccessOff):
        sign_in_to_store(harbour, "bea@acme.example", make.PASSWORD, actor=NOBODY)


def test_everyone_at_the_customer_ends_by_state_and_nobody_is_mailed(
    company: dict[str, Access], nils: Access, sam: Actor
) -> None:
    before = reaches(Access.objects.select_related("store").get(pk=company["bea"].pk), actor=sam)

    receipt = wide(company["bea"], sam, scope=Scope.CUSTOMER)

    assert before[Scope.CUSTOMER].counts == {State.CURRENT: 2, State.PENDING: 2, State.REQUESTED: 1}
    assert before[Scope.CUSTOMER].stores == 2
    assert before[Scope.STORES].total == 2
    assert len(receipt.ended) == 5
    assert {name: now(row).state for name, row in company.items()} == {
        "bea": State.DEACTIVATED,
        "bea in meadow": State.CANCELLED,
        "pending": State.CANCELLED,
        "current": State.DEACTIVATED,
        "deactivated": State.DEACTIVATED,
        "requested": State.DECLINED,
        "cancelled": State.CANCELLED,
        "declined": State.DECLINED,
    }
    assert now(nils).state == State.CURRENT
    assert not MailMessage.objects.exists()
    assert counts_match() == {}
    events = AuditRow.objects.filter(data__has_key="deed").values_list("event", flat=True)
    assert sorted(events) == sorted(
        [Event.DEACTIVATED] * 2 + [Event.INVITATION_CANCELLED] * 2 + [Event.DECLINED]
    )


def test_pressed_twice_the_second_finds_nothing(company: dict[str, Access], sam: Actor) -> None:
    wide(company["bea"], sam, scope=Scope.CUSTOMER)
    again = wide(company["bea"], sam, scope=Scope.CUSTOMER)
    assert again.ended == ()
    assert counts_match() == {}


def test_undo_takes_back_the_whole_scope_but_no_link(company: dict[str, Access], sam: Actor) -> None:
    receipt = wide(company["bea"], sam, scope=Scope.CUSTOMER)

    outcome = undo_deed(company["bea"], receipt.deed, actor=sam)

    assert set(outcome.done) == {company["bea"].pk, company["current"].pk}
    assert now(company["bea"]).state == now(company["current"]).state == State.CURRENT
    assert now(company["pending"]).state == State.CANCELLED
    assert now(company["deactivated"]).state == State.DEACTIVATED
    assert outcome.reasons == {Reason.STAYS_CANCELLED: 2, Reason.STAYS_DECLINED: 1}
    assert counts_match() == {}


def test_pressed_twice_the_undo_of_the_first_takes_all_of_it_back(
    company: dict[str, Access], sam: Actor
) -> None:
    receipt = wide(company["bea"], sam, scope=Scope.CUSTOMER, reason="Closed")
    wide(company["bea"], sam, scope=Scope.CUSTOMER, reason="Closed")

    outcome = undo_deed(company["bea"], receipt.deed, actor=sam)

    assert set(outcome.done) == {company["bea"].pk, company["current"].pk}


def test_undo_is_over_after_ten_minutes(company: dict[str, Access], sam: Actor) -> None:
    receipt = wide(company["bea"], sam, scope=Scope.CUSTOMER)
    with time_machine.travel(timezone.now() + timedelta(minutes=11), tick=False):
        outcome = undo_deed(company["bea"], receipt.deed, actor=sam)
    assert outcome.done == ()
    assert Reason.TOO_LATE_TO_UNDO in outcome.reasons


def test_stores_beyond_ones_rights_are_left_alone_and_counted(
    company: dict[str, Access], harbour: Store, meadow: Store
) -> None:
    mia = make.actor(make.staff("Mia", role=Role.ACCESS_MANAGER, stores=(harbour,)))

    receipt = wide(company["bea"], mia, scope=Scope.STORES)

    assert receipt.outside == 1
    assert now(company["bea in meadow"]).state == State.PENDING
    with pytest.raises(NotAllowed):
        wide(company["bea in meadow"], mia)


def test_a_viewer_may_not(company: dict[str, Access], vic: Actor) -> None:
    for act in (
        lambda: wide(company["bea"], vic),
        lambda: cancel_dates(just(company["bea"]), actor=vic),
        lambda: end_due([company["bea"].pk], actor=vic),
        lambda: return_due([company["bea"].pk], actor=vic),
        lambda: reaches(company["bea"], actor=vic),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert now(company["bea"]).state == State.CURRENT


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"end_on": date(2027, 2, 20)}, "end_on"),
        ({"return_on": date(2027, 2, 20)}, "return_on"),
        ({"end_on": FRIDAY, "return_on": FRIDAY}, "return_on"),
        ({"end_on": FRIDAY, "return_on": MONDAY}, "return_on"),
    ],
)
@time_machine.travel(BEFORE, tick=False)
def test_dates_that_are_over_or_in_the_wrong_order_are_refused(
    wish: dict[str, date], field: str, bea: Access, sam: Actor
) -> None:
    with pytest.raises(Refusal) as refusal:
        wide(bea, sam, **wish)
    assert refusal.value.field == field
    assert now(bea).state == State.CURRENT
    assert now(bea).end_on is None


def test_an_end_and_a_return_happen_on_their_days_at_the_stores_midnight(
    bea: Access, harbour: Store, sam: Actor, sam_login: Login
) -> None:
    Store.objects.filter(pk=harbour.pk).update(time_zone="America/New_York")
    with time_machine.travel(BEFORE, tick=False):
        wide(bea, sam, end_on=MONDAY, return_on=FRIDAY, reason="Holiday cover")
        assert (now(bea).state, now(bea).end_on, now(bea).return_on) == (State.CURRENT, MONDAY, FRIDAY)
        switch()
    with time_machine.travel(datetime(2027, 3, 1, 4, 59, tzinfo=UTC), tick=False):
        switch()
        assert now(bea).state == State.CURRENT
        sign_in_to_store(harbour, "bea@acme.example", make.PASSWORD, actor=NOBODY)
    with time_machine.travel(datetime(2027, 3, 1, 5, tzinfo=UTC), tick=False):
        switch()
        switch()
        ended = now(bea)
        assert (ended.state, ended.end_on, ended.return_on) == (State.DEACTIVATED, None, FRIDAY)
        assert (ended.deactivated_reason, ended.deactivated_by) == ("Holiday cover", sam_login)
        assert not Session.objects.exists()
    with time_machine.travel(datetime(2027, 3, 5, 5, tzinfo=UTC), tick=False):
        switch()
        back = now(bea)
        assert (back.state, back.return_on, back.deactivated_reason) == (State.CURRENT, None, "")
    assert AuditRow.objects.filter(access_id=bea.pk, event=Event.DEACTIVATED).count() == 1
    assert AuditRow.objects.get(access_id=bea.pk, event=Event.REENABLED).actor_kind == "job"
    assert not MailMessage.objects.exists()
    assert counts_match() == {}


def test_a_worker_that_was_down_for_weeks_ends_and_brings_back_once(bea: Access, sam: Actor) -> None:
    with time_machine.travel(BEFORE, tick=False):
        wide(bea, sam, end_on=MONDAY, return_on=FRIDAY)
    with time_machine.travel(datetime(2027, 4, 1, tzinfo=UTC), tick=False):
        switch()
        assert now(bea).state == State.CURRENT
        switch()
    events = list(AuditRow.objects.filter(access_id=bea.pk).order_by("pk").values_list("event", flat=True))
    assert events[-2:] == [Event.DEACTIVATED, Event.REENABLED]


def test_an_invitation_with_an_end_is_cancelled_on_it_and_accepted_before_lasts_until_it(
    acme: Customer, harbour: Store, sam: Actor
) -> None:
    with time_machine.travel(BEFORE, tick=False):
        one, two = (invite_contact(harbour, make.contact(acme), actor=sam) for _ in range(2))
        wide(one, sam, scope=Scope.CUSTOMER, end_on=date(2027, 2, 22))
        link = OneTimeLink.objects.get(access_id=two.pk, used_at=None, revoked_at=None)
        accept_with_new_password(link.pk, "nine copper lanterns", store=harbour, actor=NOBODY)
    with time_machine.travel(datetime(2027, 2, 22, 1, tzinfo=UTC), tick=False):
        switch()
    assert (now(one).state, now(two).state) == (State.CANCELLED, State.DEACTIVATED)
    assert not OneTimeLink.objects.filter(used_at=None, revoked_at=None).exists()


def test_cancelled_dates_do_not_happen(bea: Access, sam: Actor) -> None:
    with time_machine.travel(BEFORE, tick=False):
        receipt = wide(bea, sam, end_on=MONDAY, return_on=FRIDAY, reason="Holiday")
        assert receipt.scheduled == 1
        assert cancel_dates(just(bea), actor=sam) == 1
        assert cancel_dates(just(bea), actor=sam) == 0
        assert (now(bea).deactivated_reason, now(bea).deed) == ("", None)
    with time_machine.travel(datetime(2027, 4, 1, tzinfo=UTC), tick=False):
        switch()
    assert now(bea).state == State.CURRENT
    assert AuditRow.objects.filter(event=Event.DATES_CANCELLED).count() == 1


def test_a_date_cancelled_between_the_look_and_the_lock_does_not_happen(bea: Access, sam: Actor) -> None:
    with time_machine.travel(BEFORE, tick=False):
        wide(bea, sam, end_on=MONDAY)
    with time_machine.travel(datetime(2027, 3, 2, tzinfo=UTC), tick=False):
        due = due_ends()
        cancel_dates(just(bea), actor=sam)
        assert end_due(due, actor=ACTOR) == 0
    assert now(bea).state == State.CURRENT


def test_undo_of_a_scheduled_end_takes_the_dates_back(company: dict[str, Access], sam: Actor) -> None:
    with time_machine.travel(BEFORE, tick=False):
        receipt = wide(company["bea"], sam, scope=Scope.CUSTOMER, end_on=MONDAY)
        undo_deed(company["bea"], receipt.deed, actor=sam)
    assert receipt.scheduled == 5
    assert not Access.objects.filter(end_on__isnull=False).exists()


def test_deactivating_at_once_leaves_no_date_behind(bea: Access, sam: Actor) -> None:
    with time_machine.travel(BEFORE, tick=False):
        wide(bea, sam, end_on=MONDAY, return_on=FRIDAY)
        deactivate(just(bea), actor=sam)
    assert (now(bea).end_on, now(bea).return_on) == (None, None)


def test_reenabling_before_the_date_leaves_none_behind(bea: Access, sam: Actor) -> None:
    with time_machine.travel(BEFORE, tick=False):
        wide(bea, sam, return_on=FRIDAY)
        assert (now(bea).state, now(bea).return_on) == (State.DEACTIVATED, FRIDAY)
        reenable(just(bea), actor=sam)
    assert (now(bea).state, now(bea).return_on) == (State.CURRENT, None)


@pytest.mark.parametrize("way", ["archived", "inactive"])
def test_nobody_returns_on_a_date_who_left_meanwhile(
    way: str, bea: Access, bea_contact: Contact, acme: Customer, sam: Actor
) -> None:
    with time_machine.travel(BEFORE, tick=False):
        wide(bea, sam, return_on=FRIDAY)
        if way == "archived":
            archive_contacts([bea_contact], actor=sam)
        else:
            set_customer_status([acme], "inactive", actor=sam)
    assert now(bea).return_on is None
    assert AuditRow.objects.filter(event=Event.DATES_CANCELLED, access_id=bea.pk).count() == 1


def test_a_return_that_cannot_be_waits_and_happens_late(bea: Access, sam: Actor) -> None:
    with time_machine.travel(BEFORE, tick=False):
        wide(bea, sam, return_on=FRIDAY)
    Login.objects.filter(accesses=bea).update(held_at=timezone.now())
    with time_machine.travel(datetime(2027, 3, 6, tzinfo=UTC), tick=False):
        switch()
        assert (now(bea).state, now(bea).return_on) == (State.DEACTIVATED, FRIDAY)
        Login.objects.filter(accesses=bea).update(held_at=None)
        switch()
    assert now(bea).state == State.CURRENT


def test_more_after_the_button_adds_the_reason_and_the_return_and_is_undone_with_it(
    company: dict[str, Access], sam: Actor
) -> None:
    deactivate(just(company["bea"]), actor=sam)

    receipt = wide(
        company["bea"],
        sam,
        scope=Scope.STORES,
        reason="On leave",
        return_on=timezone.now().date() + timedelta(days=30),
    )

    assert now(company["bea"]).deactivated_reason == "On leave"
    assert now(company["bea"]).return_on is not None
    assert receipt.returning == 1
    assert now(company["bea in meadow"]).state == State.CANCELLED
    undo_deed(company["bea"], receipt.deed, actor=sam)
    assert (now(company["bea"]).state, now(company["bea"]).return_on) == (State.CURRENT, None)


def test_who_returns_without_a_password_is_invited(acme: Customer, harbour: Store, sam: Actor) -> None:
    contact = make.contact(acme)
    access = make.access(contact, harbour, login=make.buyer_login(contact.email, password=""))
    with time_machine.travel(BEFORE, tick=False):
        wide(access, sam, return_on=FRIDAY)
    with time_machine.travel(datetime(2027, 3, 6, tzinfo=UTC), tick=False):
        switch()
    assert (now(access).state, now(access).return_on) == (State.PENDING, None)
    assert MailMessage.objects.count() == 1


def test_many_at_a_customer_take_as_many_queries_as_few(harbour: Store, sam: Actor) -> None:
    def queries(number: int) -> int:
        customer = make.customer(f"Size {number}")
        rows = [make.access(make.contact(customer), harbour) for _ in range(number)]
        with CaptureQueriesContext(connection) as captured:
            wide(rows[0], sam, scope=Scope.CUSTOMER)
        return len(captured)

    assert queries(3) == queries(40)


def test_a_signed_in_buyer_can_enter_until_the_day(bea: Access, harbour: Store, sam: Actor) -> None:
    with time_machine.travel(BEFORE, tick=False):
        wide(bea, sam, end_on=MONDAY)
        entered = sign_in_to_store(harbour, "bea@acme.example", make.PASSWORD, actor=NOBODY)
        assert isinstance(entered, Entered)
        assert due_ends() == due_returns() == []
        assert these([bea.pk]).store_ids() == {harbour.pk}
