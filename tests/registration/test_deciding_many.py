"""Many requests answered as one job: what is said before, killed half-way, by two at once, and with a bad one among them."""

import threading
from collections import Counter
from dataclasses import replace

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests import make
from tests.registration.people import mails, waiting
from tradedoor.access.actions.bulk import Rows
from tradedoor.access.models import Access, State, Tab
from tradedoor.access.queries import counts_match
from tradedoor.accounts.models import Login
from tradedoor.config.schedule import prepare_background
from tradedoor.core.actor import Actor
from tradedoor.core.errors import Invalid, NotAllowed
from tradedoor.core.permissions import Permission
from tradedoor.crm.models import Contact, Customer
from tradedoor.jobs.driving import Driver, claim, drive_work
from tradedoor.jobs.models import Work, WorkLine
from tradedoor.jobs.steps import Step, StepResult
from tradedoor.jobs.work import resume_work, stop_work
from tradedoor.registration import jobs
from tradedoor.registration.actions import deciding_many
from tradedoor.registration.actions.deciding import approve
from tradedoor.registration.actions.deciding_many import (
    STRANGER,
    STUMBLED,
    decide,
    decide_in_background,
    preview,
)
from tradedoor.registration.models import Decision, Registration
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db(transaction=True)
ALL = Rows(tab=Tab.REQUESTS)


@pytest.fixture(autouse=True)
def _background(monkeypatch: pytest.MonkeyPatch) -> None:
    prepare_background()
    monkeypatch.setattr(jobs, "MOST", 5)


def states() -> Counter[str]:
    return Counter(Access.objects.values_list("state", flat=True))


def test_all_who_ask_are_approved_and_the_result_names_each(
    harbour: Store, meadow: Store, acme: Customer, borealis: Customer, sam: Actor
) -> None:
    asking = waiting(harbour, acme, count=12)
    prospect = make.customer("Newcomers", status=Customer.Status.PROSPECT)
    [stranger] = waiting(harbour, prospect, company="Newcomers")
    [elsewhere] = waiting(meadow, borealis)

    work = decide_in_background(harbour, ALL, Decision.APPROVED, actor=sam)
    assert decide_in_background(harbour, ALL, Decision.APPROVED, actor=sam) == work
    done = drive_work(work.pk)

    assert (done.state, done.total, done.counts) == (Work.State.DONE, 13, {"approved": 12, STRANGER: 1})
    lines = {line.number: line for line in WorkLine.objects.filter(work=work)}
    assert lines[asking[3].pk].data["name"] == asking[3].contact.name
    assert "whose contact" in lines[stranger.pk].reason
    assert states() == {State.CURRENT: 12, State.REQUESTED: 2}
    elsewhere.refresh_from_db()
    assert elsewhere.state == State.REQUESTED
    assert mails() == ["registration.welcome"] * 12
    assert not counts_match()


def test_a_worker_killed_half_way_mails_nobody_twice_and_forgets_nobody(
    harbour: Store, acme: Customer, sam: Actor
) -> None:
    waiting(harbour, acme, count=17)
    work = decide_in_background(harbour, ALL, Decision.DECLINED, actor=sam, reason="Which branch?")
    steps: list[Step] = []

    def dying(step: Step) -> StepResult:
        steps.append(step)
        result = jobs.decide_many(step)
        if len(steps) == 3:  # its rows are written, and yet not committed
            raise SystemExit
        return result

    assert claim(work.pk, worker="first")
    first = Driver(work.pk, worker="first")
    first._step = dying
    with pytest.raises(SystemExit):
        first.drive(is_over=lambda: False)
    assert states() == {State.DECLINED: 10, State.REQUESTED: 7}
    Work.objects.filter(pk=work.pk).update(leased_until=None)

    done = drive_work(work.pk)

    assert (done.state, done.done, done.counts) == (Work.State.DONE, 17, {"declined": 17})
    assert mails() == ["registration.declined"] * 17
    assert set(Registration.objects.values_list("reason", flat=True)) == {"Which branch?"}
    assert not counts_match()


def test_stopped_it_leaves_the_rest_and_goes_on_from_there(
    harbour: Store, acme: Customer, sam: Actor
) -> None:
    waiting(harbour, acme, count=12)
    work = decide_in_background(harbour, ALL, Decision.APPROVED, actor=sam)

    def stop_after_one_step(now: Work) -> None:
        if now.done:
            stop_work(now.public_id, actor=sam)

    stopped = drive_work(work.pk, stop_after_one_step)
    assert stopped.state == Work.State.STOPPED
    assert 0 < stopped.done < 12
    assert states()[State.CURRENT] == stopped.done
    resume_work(work.public_id, actor=sam)
    assert drive_work(work.pk).counts == {"approved": 12}
    assert len(mails()) == 12


def test_of_two_at_once_with_opposite_answers_each_request_gets_one(
    harbour: Store, acme: Customer, sam: Actor, ada: Actor
) -> None:
    waiting(harbour, acme, count=24)
    both = [
        decide_in_background(harbour, ALL, Decision.APPROVED, actor=sam),
        decide_in_background(harbour, ALL, Decision.DECLINED, actor=ada, reason="Full."),
    ]

    def run(work: Work) -> None:
        try:
            drive_work(work.pk)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(work,)) for work in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    after, told = states(), Counter(mails())
    assert after[State.REQUESTED] == 0
    assert after[State.CURRENT] + after[State.DECLINED] == 24
    assert told == Counter(
        {"registration.welcome": after[State.CURRENT], "registration.declined": after[State.DECLINED]}
    )
    for work, word, state in zip(
        both, ("approved", "declined"), (State.CURRENT, State.DECLINED), strict=True
    ):
        work.refresh_from_db()
        assert (work.state, work.counts.get(word, 0)) == (Work.State.DONE, after[state])
    assert not counts_match()


def test_rights_lost_on_the_way_end_it(harbour: Store, acme: Customer, sam: Actor, sam_login: Login) -> None:
    waiting(harbour, acme, count=2)
    work = decide_in_background(harbour, ALL, Decision.APPROVED, actor=sam)
    Login.objects.filter(pk=sam_login.pk).update(role="viewer")

    assert drive_work(work.pk).state == Work.State.FAILED
    assert states() == {State.REQUESTED: 2}


def test_whoever_was_answered_since_the_page_was_shown_is_counted_as_gone(
    harbour: Store, acme: Customer, sam: Actor
) -> None:
    asking = waiting(harbour, acme, count=7)
    work = decide_in_background(harbour, ALL, Decision.APPROVED, actor=sam, shown=7)
    decide(Decision.DECLINED, [asking[5].pk], actor=sam)

    assert drive_work(work.pk).counts == {"approved": 6, "left_the_list": 1}


def test_one_that_cannot_be_answered_keeps_no_other_from_it(
    harbour: Store, acme: Customer, sam: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking = waiting(harbour, acme, count=6)
    Contact.objects.filter(pk=asking[2].contact_id).update(archived_at=timezone.now())
    # Taking a contact back from the archive asks for a right of its own.
    narrow = replace(sam, permissions=sam.permissions - {Permission.CRM_EDIT})
    decided = decide(Decision.APPROVED, [row.pk for row in asking[:4]], actor=narrow)
    assert len(decided.done) == 3
    assert [(row.access_id, row.code) for row in decided.left] == [(asking[2].pk, "not_allowed")]

    def stumbling(ids: list[int], *, actor: Actor) -> object:
        if asking[5].pk in ids:
            raise RuntimeError("an accident of ours")
        return approve(ids, actor=actor)

    monkeypatch.setattr(deciding_many, "approve", stumbling)
    work = decide_in_background(harbour, ALL, Decision.APPROVED, actor=sam)
    assert drive_work(work.pk).counts == {"approved": 2, STUMBLED: 1}
    assert states() == {State.CURRENT: 5, State.REQUESTED: 1}
    assert len(mails()) == 5


@pytest.mark.parametrize("decision", [Decision.APPROVED, Decision.DECLINED])
def test_what_is_said_before_is_what_happens(
    decision: Decision, harbour: Store, acme: Customer, borealis: Customer, sam: Actor, bea: Access
) -> None:
    prospect = make.customer("Newcomers", status=Customer.Status.PROSPECT)
    gone = make.customer("Gone", status=Customer.Status.INACTIVE)
    ids = [bea.pk]
    ids += [row.pk for row in waiting(harbour, acme, count=5)]
    ids += [row.pk for row in waiting(harbour, prospect, company="Newcomers")]
    ids += [row.pk for row in waiting(harbour, gone)]
    ids += [make.access(make.contact(acme), harbour, state=State.DECLINED).pk]
    held, off, archived = (Access.objects.get(pk=pk) for pk in ids[1:4])
    Login.objects.filter(pk=held.login_id or 0).update(held_at=timezone.now())
    Login.objects.filter(pk=off.login_id or 0).update(is_active=False)
    Contact.objects.filter(pk=archived.contact_id).update(archived_at=timezone.now())

    with CaptureQueriesContext(connection) as seen:
        before = preview(Access.objects.filter(pk__in=ids), decision, actor=sam)
    assert len(seen) == 1
    after = decide(decision, ids, actor=sam)

    assert (before.total, before.able) == (len(ids), len(after.done))
    assert {code: n for code, _sentence, n in before.left} == Counter(row.code for row in after.left)
    assert {code: told for code, told, _n in before.left} == {row.code: row.sentence for row in after.left}
    assert len(before.left) == (6 if decision is Decision.APPROVED else 1)


def test_an_archived_contact_is_not_let_into_a_store_dedicated_to_another(
    harbour: Store, acme: Customer, borealis: Customer, sam: Actor
) -> None:
    [access] = waiting(harbour, acme)
    Contact.objects.filter(pk=access.contact_id).update(archived_at=timezone.now())
    Store.objects.filter(pk=harbour.pk).update(kind=Store.Kind.DEDICATED, customer=borealis)

    decided = decide(Decision.APPROVED, [access.pk], actor=sam)

    assert [row.code for row in decided.left] == ["store_dedicated_elsewhere"]


def test_who_may_not_decide_starts_nothing_and_a_reason_has_an_end(
    harbour: Store, acme: Customer, sam: Actor, vic: Actor
) -> None:
    [access] = waiting(harbour, acme)
    for start in (
        lambda: preview(Access.objects.all(), Decision.APPROVED, actor=vic),
        lambda: decide(Decision.APPROVED, [access.pk], actor=vic),
        lambda: decide_in_background(harbour, ALL, Decision.APPROVED, actor=vic),
    ):
        with pytest.raises(NotAllowed):
            start()
    with pytest.raises(Invalid):
        decide_in_background(harbour, ALL, Decision.DECLINED, actor=sam, reason="x" * 501)
    assert not Work.objects.exists()
