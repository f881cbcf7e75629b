"""Everyone at a large customer: ended step by step, with whoever comes in meanwhile, and taken back."""

from datetime import timedelta
from uuid import UUID

import pytest

from tests import make
from tests.access.test_bulk import in_threads
from tradedoor.access import wide_jobs
from tradedoor.access.actions import wide_steps, wider
from tradedoor.access.actions.dates import today_at
from tradedoor.access.actions.switching import reenable
from tradedoor.access.actions.wide_steps import undo_in_background
from tradedoor.access.actions.wider import Scope, WideReceipt, Wish, deactivate_wider, undo_deed
from tradedoor.access.models import Access, State
from tradedoor.access.queries import counts_match
from tradedoor.access.reasons import Reason
from tradedoor.access.sets import just
from tradedoor.config.schedule import prepare_background
from tradedoor.core.actor import Actor
from tradedoor.core.errors import NotAllowed
from tradedoor.crm.models import Customer
from tradedoor.jobs.driving import Driver, claim, drive_work
from tradedoor.jobs.models import Work, WorkLine
from tradedoor.jobs.steps import Step, StepResult
from tradedoor.jobs.work import resume_work, stop_work
from tradedoor.mail.models import MailMessage
from tradedoor.registration.actions import leaving
from tradedoor.registration.actions.links import link_for
from tradedoor.registration.models import EstoreLink
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    prepare_background()
    monkeypatch.setattr(wider, "AT_ONCE", 3)
    monkeypatch.setattr(wide_steps, "AT_ONCE", 3)
    monkeypatch.setattr(wide_jobs, "MOST", 3)


@pytest.fixture
def everyone(bea: Access, acme: Customer, harbour: Store, meadow: Store) -> list[Access]:
    """Bea, four who can sign in, two invited and one who asked; in two stores."""
    login = make.buyer_login("many@acme.example")
    one = make.contact(acme, "many@acme.example")
    rows = [make.access(one, store, login=login) for store in (harbour, meadow)]
    rows += [make.access(make.contact(acme), harbour) for _ in range(2)]
    rows += [make.access(make.contact(acme), meadow, state=State.PENDING) for _ in range(2)]
    return [bea, *rows, make.access(make.contact(acme), harbour, state=State.REQUESTED)]


def wide(access: Access, actor: Actor, **wish: object) -> WideReceipt:
    loaded = Access.objects.select_related("store", "customer", "contact").get(pk=access.pk)
    return deactivate_wider(loaded, Wish(scope=Scope.CUSTOMER, **wish), actor=actor)  # type: ignore[arg-type]  # named by each test


def work_of(receipt: WideReceipt) -> Work:
    assert receipt.work is not None
    return receipt.work


def states() -> dict[str, int]:
    rows = Access.objects.values_list("state", flat=True)
    return {state: list(rows).count(state) for state in set(rows)}


def one_step(work: Work) -> None:
    assert claim(work.pk, worker="one")
    Driver(work.pk, worker="one").drive(is_over=lambda: True)


def test_the_one_it_began_at_and_the_links_end_at_once_and_the_others_step_by_step(
    everyone: list[Access], nils: Access, acme: Customer, harbour: Store, ada: Actor
) -> None:
    link_for(harbour, acme, actor=ada)
    loaded = Access.objects.select_related("store", "customer", "contact").get(pk=everyone[0].pk)

    receipt, stopped = leaving.deactivate_wider(loaded, Wish(Scope.CUSTOMER, "Closed"), actor=ada)

    assert (stopped, EstoreLink.objects.get().registers) == (1, False)
    assert states() == {State.DEACTIVATED: 1, State.CURRENT: 5, State.PENDING: 2, State.REQUESTED: 1}
    assert (len(receipt.ended), work_of(receipt).total) == (1, 7)
    done = drive_work(work_of(receipt).pk)
    assert (done.state, done.done, done.total) == (Work.State.DONE, 7, 7)
    assert done.counts == {"deactivated": 4, "cancelled": 2, "declined": 1}
    assert states() == {State.DEACTIVATED: 5, State.CANCELLED: 2, State.DECLINED: 1, State.CURRENT: 1}
    assert Access.objects.filter(deactivated_reason="Closed", deed=receipt.deed).count() == 8
    assert WorkLine.objects.filter(work=done, data__store="Meadow").count() == 3
    assert counts_match() == {}
    assert not MailMessage.objects.exists()


def test_who_is_let_in_meanwhile_ends_too_and_who_was_re_enabled_stays(
    everyone: list[Access], acme: Customer, harbour: Store, ada: Actor
) -> None:
    work = work_of(wide(everyone[0], ada))
    one_step(work)
    newcomer = make.access(make.contact(acme), harbour)
    reenable(just(everyone[1]), actor=ada)

    drive_work(work.pk)

    newcomer.refresh_from_db()
    everyone[1].refresh_from_db()
    assert (newcomer.state, everyone[1].state) == (State.DEACTIVATED, State.CURRENT)


def test_a_worker_killed_in_the_middle_leaves_nobody_out(everyone: list[Access], ada: Actor) -> None:
    work = work_of(wide(everyone[0], ada))
    steps: list[Step] = []

    def dying(step: Step) -> StepResult:
        steps.append(step)
        result = wide_jobs.end_wide(step)
        if len(steps) == 2:  # its rows are written, and yet not committed
            raise SystemExit
        return result

    assert claim(work.pk, worker="first")
    first = Driver(work.pk, worker="first")
    first._step = dying
    with pytest.raises(SystemExit):
        first.drive(is_over=lambda: False)
    Work.objects.filter(pk=work.pk).update(leased_until=None)

    done = drive_work(work.pk)

    assert (done.state, done.done, sum(done.counts.values())) == (Work.State.DONE, 7, 7)
    assert Access.objects.filter(state__in=[State.CURRENT, State.PENDING, State.REQUESTED]).count() == 0


def test_stopped_and_resumed_it_goes_on_where_it_was(everyone: list[Access], ada: Actor) -> None:
    work = work_of(wide(everyone[0], ada))
    one_step(work)
    stop_work(work.public_id, actor=ada)
    assert drive_work(work.pk).state == Work.State.STOPPED
    assert states()[State.CURRENT] == 1

    resume_work(work.public_id, actor=ada)

    assert drive_work(work.pk).done == 7


def test_two_clicks_are_one_work_and_one_deed(everyone: list[Access], ada: Actor) -> None:
    first, second = wide(everyone[0], ada), wide(everyone[0], ada)

    assert (first.work, first.deed) == (second.work, second.deed)
    in_threads(*[lambda: drive_work(work_of(first).pk)] * 2)
    assert WorkLine.objects.filter(work=first.work).count() == 7


def test_undo_takes_all_of_it_back_and_names_what_stays(everyone: list[Access], ada: Actor) -> None:
    receipt = wide(everyone[0], ada)
    drive_work(work_of(receipt).pk)

    done = drive_work(undone(everyone[0], receipt.deed, ada).pk)

    assert done.counts == {"moved": 5, Reason.STAYS_CANCELLED: 2, Reason.STAYS_DECLINED: 1}
    assert states() == {State.CURRENT: 5, State.CANCELLED: 2, State.DECLINED: 1}
    assert undone(everyone[0], receipt.deed, ada).pk == done.pk
    assert counts_match() == {}


def undone(access: Access, deed: UUID, actor: Actor) -> Work:
    work = undo_in_background(access, deed, actor=actor)
    assert work is not None
    return work


def test_undo_ends_what_is_still_ending_for_good(everyone: list[Access], ada: Actor) -> None:
    receipt = wide(everyone[0], ada)
    ending = work_of(receipt)
    one_step(ending)
    stop_work(ending.public_id, actor=ada)
    drive_work(ending.pk)

    undoing = undone(everyone[0], receipt.deed, ada)
    resume_work(ending.public_id, actor=ada)

    assert drive_work(ending.pk).done == 3
    drive_work(undoing.pk)
    assert states() == {State.CURRENT: 5, State.PENDING: 2, State.REQUESTED: 1}


def test_ends_and_returns_on_days_are_set_step_by_step_too_and_taken_back(
    everyone: list[Access], ada: Actor
) -> None:
    today = today_at(everyone[0].store)
    days = {"end_on": today + timedelta(days=2), "return_on": today + timedelta(days=9)}
    receipt = wide(everyone[0], ada, **days)
    done = drive_work(work_of(receipt).pk)

    assert (receipt.scheduled, done.counts) == (1, {"scheduled": 7})
    assert Access.objects.filter(**days).count() == 8
    drive_work(undone(everyone[0], receipt.deed, ada).pk)
    assert not Access.objects.exclude(end_on=None, return_on=None, deed=None).exists()


def test_a_few_are_taken_back_at_once(bea: Access, ada: Actor) -> None:
    receipt = wide(bea, ada)

    assert receipt.work is None
    assert undo_in_background(bea, receipt.deed, actor=ada) is None
    assert undo_deed(bea, receipt.deed, actor=ada).done == (bea.pk,)


def test_whose_rights_are_gone_ends_nobody_more(everyone: list[Access], ada: Actor, vic: Actor) -> None:
    with pytest.raises(NotAllowed):
        wide(everyone[0], vic)
    receipt = wide(everyone[0], ada)
    with pytest.raises(NotAllowed):
        undo_in_background(everyone[0], receipt.deed, actor=vic)
