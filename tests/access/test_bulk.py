"""Inviting very many, in the background."""

import threading
from collections.abc import Callable

import pytest
from django.db import connections

from tests import make
from tradedoor.access import jobs
from tradedoor.access.actions.bulk import Deed, Rows, Selection, change_in_background, invite_in_background
from tradedoor.access.actors import load_actor
from tradedoor.access.errors import DoorClosed, NotPossible
from tradedoor.access.models import Access, Role, State, Tab
from tradedoor.access.queries import counts_match, tab_counts
from tradedoor.accounts.errors import LoginNotFound, LoginOff
from tradedoor.accounts.models import Login, OneTimeLink
from tradedoor.config.schedule import prepare_background
from tradedoor.core.actor import Actor
from tradedoor.core.errors import NotAllowed
from tradedoor.crm.models import Customer
from tradedoor.jobs.driving import Driver, claim, drive_work
from tradedoor.jobs.models import Work, WorkLine
from tradedoor.jobs.steps import Step, StepResult
from tradedoor.mail.models import MailMessage
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _background() -> None:
    prepare_background()


@pytest.fixture
def people(acme: Customer, borealis: Customer) -> list[int]:
    return [make.contact(customer).pk for _ in range(30) for customer in (acme, borealis)]


def test_all_who_can_be_are_invited_and_the_result_says_what_became_of_each(
    people: list[int], acme: Customer, harbour: Store, sam: Actor
) -> None:
    nameless = make.contact(acme, "", first_name="Nameless", last_name="One")
    work = invite_in_background(harbour, Selection(), actor=sam, role=Role.APPROVER)
    assert (work.total, work.store_id) == (61, harbour.pk)

    done = drive_work(work.pk)

    assert (done.state, done.done, done.counts) == (Work.State.DONE, 61, {"invited": 60, "no_email": 1})
    assert set(Access.objects.values_list("state", "role")) == {(State.PENDING, Role.APPROVER)}
    assert MailMessage.objects.count() == 60
    line = WorkLine.objects.get(work=work, number=nameless.pk)
    assert (line.status, line.reason, line.data["name"]) == (
        "no_email",
        "No email in the CRM.",
        "Nameless One",
    )
    assert not counts_match()


def test_a_worker_killed_in_the_middle_leaves_nobody_out_and_invites_nobody_twice(
    people: list[int], harbour: Store, sam: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = invite_in_background(harbour, Selection.picked(tuple(people)), actor=sam)
    steps: list[Step] = []
    real = jobs.invite

    def dying(step: Step) -> StepResult:
        steps.append(step)
        result = real(step)
        if len(steps) == 3:  # its rows are written, and yet not committed
            raise SystemExit
        return result

    monkeypatch.setattr(jobs, "MOST", 17)
    assert claim(work.pk, worker="first")
    first = Driver(work.pk, worker="first")
    first._step = dying
    with pytest.raises(SystemExit):
        first.drive(is_over=lambda: False)
    assert Access.objects.count() == 34
    Work.objects.filter(pk=work.pk).update(leased_until=None)

    done = drive_work(work.pk)

    assert (done.state, done.done, done.counts) == (Work.State.DONE, 60, {"invited": 60})
    assert Access.objects.count() == OneTimeLink.objects.count() == MailMessage.objects.count() == 60
    assert OneTimeLink.objects.filter(used_at=None, revoked_at=None).count() == 60
    assert not counts_match()


def test_two_workers_at_one_work_invite_each_once(
    people: list[int], harbour: Store, sam: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "MOST", 7)
    work = invite_in_background(harbour, Selection.picked(tuple(people)), actor=sam)
    in_threads(*[lambda: drive_work(work.pk)] * 2)

    work.refresh_from_db()
    assert (work.state, work.done) == (Work.State.DONE, 60)
    assert OneTimeLink.objects.count() == MailMessage.objects.count() == 60


def in_threads(*acts: Callable[[], object]) -> None:
    def run(act: Callable[[], object]) -> None:
        try:
            act()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_double_click_starts_one_work_and_starting_it_later_invites_nobody_again(
    people: list[int], harbour: Store, sam: Actor
) -> None:
    first = invite_in_background(harbour, Selection(), actor=sam)
    assert invite_in_background(harbour, Selection(), actor=sam) == first
    drive_work(first.pk)

    again = invite_in_background(harbour, Selection(), actor=sam)
    assert (again.total, drive_work(again.pk).done) == (0, 0)
    assert MailMessage.objects.count() == 60


def test_a_search_narrows_it_down(people: list[int], harbour: Store, sam: Actor) -> None:
    work = invite_in_background(harbour, Selection(search="borealis"), actor=sam)

    assert drive_work(work.pk).done == 30
    assert set(Access.objects.values_list("customer__name", flat=True)) == {"Borealis"}


def test_whoever_is_picked_and_pending_gets_a_new_link_and_those_in_are_left_alone(
    bea: Access, acme: Customer, harbour: Store, sam: Actor
) -> None:
    waiting = make.access(make.contact(acme), harbour, state=State.PENDING)
    picked = Selection.picked((bea.contact_id, waiting.contact_id))

    done = drive_work(invite_in_background(harbour, picked, actor=sam).pk)

    assert done.counts == {"resent": 1, "already_current": 1}


def test_rights_lost_on_the_way_end_it(
    people: list[int], harbour: Store, sam: Actor, sam_login: Login
) -> None:
    work = invite_in_background(harbour, Selection(), actor=sam)
    Login.objects.filter(pk=sam_login.pk).update(role="viewer")

    done = drive_work(work.pk)

    assert done.state == Work.State.FAILED
    assert not Access.objects.exists()


def test_who_may_not_invite_starts_nothing(harbour: Store, vic: Actor, ada: Actor) -> None:
    with pytest.raises(NotAllowed):
        invite_in_background(harbour, Selection(), actor=vic)
    Store.objects.filter(pk=harbour.pk).update(name="")
    harbour.refresh_from_db()
    with pytest.raises(NotPossible):
        invite_in_background(harbour, Selection(), actor=ada)
    assert not Work.objects.exists()


@pytest.mark.parametrize(
    ("deed", "tab", "counts"),
    [
        (Deed.DEACTIVATE, Tab.CURRENT, {Tab.DEACTIVATED: 50}),
        (Deed.REENABLE, Tab.DEACTIVATED, {Tab.CURRENT: 50}),
        (Deed.CANCEL, Tab.PENDING, {Tab.CURRENT: 25, Tab.DEACTIVATED: 25, Tab.HISTORY: 25}),
        (Deed.RESEND, Tab.PENDING, {Tab.CURRENT: 25, Tab.DEACTIVATED: 25, Tab.PENDING: 25}),
    ],
)
def test_all_rows_of_a_tab_are_changed_as_one_job_though_they_leave_it_on_the_way(
    deed: Deed,
    tab: Tab,
    counts: dict[Tab, int],
    acme: Customer,
    harbour: Store,
    sam: Actor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(jobs, "MOST", 10)
    for state in (State.CURRENT, State.PENDING, State.DEACTIVATED):
        for _ in range(25):
            make.access(make.contact(acme), harbour, state=state)

    work = change_in_background(harbour, Rows(tab=tab), deed, actor=sam, reason="Spring cleaning")
    assert change_in_background(harbour, Rows(tab=tab), deed, actor=sam, reason="Spring cleaning") == work
    done = drive_work(work.pk)

    assert (work.total, done.state, done.counts) == (25, Work.State.DONE, {"done": 25}), done.problem
    after = tab_counts(harbour, actor=sam)
    assert {tab: after[tab] for tab in counts} == counts
    assert not counts_match()


def test_ticked_rows_are_changed_and_those_in_no_state_for_it_are_named(
    bea: Access, nils: Access, acme: Customer, harbour: Store, sam: Actor, vic: Actor
) -> None:
    waiting = make.access(make.contact(acme), harbour, state=State.PENDING)
    ticked = Rows(access_ids=(bea.pk, waiting.pk))
    with pytest.raises(NotAllowed):
        change_in_background(harbour, ticked, Deed.DEACTIVATE, actor=vic)

    done = drive_work(change_in_background(harbour, ticked, Deed.DEACTIVATE, actor=sam).pk)

    assert done.counts == {"done": 1, "not_current": 1}
    assert dict(Access.objects.values_list("pk", "state")) == {
        bea.pk: State.DEACTIVATED, nils.pk: State.CURRENT, waiting.pk: State.PENDING,
    }  # fmt: skip


def test_work_goes_on_as_its_starter_with_the_rights_of_now(
    bea: Access, harbour: Store, meadow: Store, sam_login: Login
) -> None:
    def loaded(login_id: int | None, access_id: int | None = None) -> Actor:
        return load_actor({"kind": "staff", "login_id": login_id, "access_id": access_id})

    assert loaded(sam_login.pk).stores is None
    assert loaded(make.staff(stores=(meadow,)).pk).stores == frozenset({meadow.pk})
    assert loaded(bea.login_id, bea.pk).stores == frozenset({harbour.pk})
    with pytest.raises(LoginNotFound):
        loaded(None)
    with pytest.raises(DoorClosed):
        loaded(bea.login_id)
    Store.objects.filter(pk=harbour.pk).update(is_active=False)
    with pytest.raises(DoorClosed):
        loaded(bea.login_id, bea.pk)
    Login.objects.filter(pk=sam_login.pk).update(is_active=False)
    with pytest.raises(LoginOff):
        loaded(sam_login.pk)
