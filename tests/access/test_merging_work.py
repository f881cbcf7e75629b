"""Customers with very many contacts become one step by step, and both are true records all the while."""

import pytest

from tests import make
from tests.access.test_bulk import in_threads
from tests.crm.importing import import_all
from tradedoor.access import merging_jobs
from tradedoor.access.actions import merging
from tradedoor.access.actions.crm import (
    archive_customers,
    move_contacts,
    set_customer_status,
    update_contact,
    update_customer,
)
from tradedoor.access.actions.entering import sign_in_to_store
from tradedoor.access.actions.merging import Merged, merge_customers
from tradedoor.access.actions.merging_steps import continue_merging
from tradedoor.access.models import Access, State
from tradedoor.access.queries import counts_match, misplaced
from tradedoor.audit.models import AuditRow
from tradedoor.config.schedule import prepare_background
from tradedoor.core.actor import Actor
from tradedoor.core.errors import NotAllowed, Refusal
from tradedoor.crm.actions.contacts import create_contact
from tradedoor.crm.actions.departments import create_department
from tradedoor.crm.events import Event
from tradedoor.crm.models import Address, Contact, Customer, Department
from tradedoor.jobs.driving import Driver, claim, drive_work
from tradedoor.jobs.models import Work, WorkLine
from tradedoor.jobs.steps import Step, StepResult
from tradedoor.jobs.work import stop_work
from tradedoor.mail.models import MailMessage
from tradedoor.registration.actions.links import link_for
from tradedoor.registration.models import EstoreLink
from tradedoor.registration.policy import shut
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db(transaction=True)

NOBODY = Actor.nobody(ip="198.51.100.31")


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    prepare_background()
    monkeypatch.setattr(merging, "AT_ONCE", 3)
    monkeypatch.setattr(merging_jobs, "MOST", 3)


@pytest.fixture
def people(acme: Customer, borealis: Customer, harbour: Store, nils: Access) -> list[Contact]:
    """Nils and six colleagues of Borealis, in two departments; one of them archived, one with an own address."""
    sales = Department.objects.create(customer=borealis, name="Sales", name_key="sales")
    rows = [make.contact(borealis) for _ in range(6)]
    Contact.objects.filter(pk__in=[row.pk for row in rows[:2]]).update(department=sales)
    own = Address.objects.create(customer=borealis, kind=Address.Kind.CONTACT, line1="Pier 1")
    Contact.objects.filter(pk=rows[0].pk).update(address=own)
    for row in rows[:4]:
        make.access(row, harbour)
    archived = make.contact(borealis)
    Contact.objects.filter(pk=archived.pk).update(archived_at=archived.created_at)
    return [nils.contact, *rows, archived]


def begun(survivor: Customer, *others: Customer, actor: Actor, **chosen: int) -> Merged:
    rows = [Customer.objects.get(pk=row.pk) for row in (survivor, *others)]
    seen = {row.pk: row.version for row in rows}
    return merge_customers(rows[0], rows[1:], chosen=chosen, seen=seen, actor=actor)


def work_of(done: Merged) -> Work:
    assert done.work is not None
    return done.work


def one_step(work: Work) -> None:
    assert claim(work.pk, worker="one")
    Driver(work.pk, worker="one").drive(is_over=lambda: True)


def all_belong_together() -> bool:
    rows = Access.objects.select_related("contact__department")
    at_survivor = Contact.objects.filter(customer__merging_into=None).select_related("department")
    return all(row.customer_id == row.contact.customer_id for row in rows) and all(
        row.department.customer_id == row.customer_id for row in at_survivor
    )


def test_all_come_along_step_by_step_and_sign_in_all_the_while(
    people: list[Contact], bea: Access, acme: Customer, borealis: Customer, harbour: Store, sam: Actor
) -> None:
    store = make.store("Borealis Own", kind=Store.Kind.DEDICATED, customer=borealis)
    work = work_of(begun(acme, borealis, actor=sam, name=borealis.pk))
    assert work.total == 8

    for moved in (0, 3, 6, 8):
        assert Contact.objects.filter(customer=acme).count() == 1 + moved
        assert all_belong_together()
        sign_in_to_store(harbour, "nils@borealis.example", make.PASSWORD, actor=NOBODY)
        if moved < 8:
            one_step(work)
    done = drive_work(work.pk)

    borealis.refresh_from_db()
    store.refresh_from_db()
    assert (done.state, done.done, done.total, done.counts["accesses"]) == (Work.State.DONE, 8, 8, 5)
    assert (borealis.merged_into_id, borealis.merging_into_id, store.customer_id) == (acme.pk, None, acme.pk)
    assert borealis.archived_at is not None
    assert Department.objects.get(name="Sales").customer_id == acme.pk
    assert Address.objects.get(line1="Pier 1").customer_id == acme.pk
    assert Access.objects.filter(customer=acme, sort_customer="borealis").count() == 6
    assert "borealis" in Contact.objects.get(pk=bea.contact_id).search_text
    absorbed = AuditRow.objects.get(event=Event.CUSTOMER_ABSORBED)
    assert (absorbed.data["contacts"], WorkLine.objects.filter(work=done).count()) == (8, 8)
    assert counts_match() == {}
    assert not misplaced().exists()
    assert not MailMessage.objects.exists()


def test_nothing_is_added_to_or_changed_at_a_customer_that_is_going_over(
    people: list[Contact], acme: Customer, borealis: Customer, bea: Access, ada: Actor
) -> None:
    one_step(work_of(begun(acme, borealis, actor=ada)))
    gone, kept = Customer.objects.get(pk=borealis.pk), Customer.objects.get(pk=acme.pk)
    stays = Contact.objects.filter(customer=gone).first()
    third = make.customer("Third")
    assert stays is not None
    there = gone.departments.first()
    assert there is not None

    for act in (
        lambda: create_contact(gone, {"last_name": "New"}, actor=ada),
        lambda: create_department(gone, {"name": "New"}, actor=ada),
        lambda: update_contact(stays, {"last_name": "New"}, version=stays.version, actor=ada),
        lambda: update_customer(gone, {"phone": "1"}, version=gone.version, actor=ada),
        lambda: set_customer_status([gone], "inactive", actor=ada),
        lambda: archive_customers([gone], actor=ada),
        lambda: move_contacts([bea.contact], to=there, actor=ada),
        lambda: begun(third, borealis, actor=ada),
        lambda: begun(borealis, third, actor=ada),
    ):
        with pytest.raises(Refusal) as refused:
            act()
        assert refused.value.code == "being_merged"
    for act in (lambda: archive_customers([kept], actor=ada), lambda: begun(third, acme, actor=ada)):
        with pytest.raises(Refusal) as refused:
            act()
        assert refused.value.code == "takes_others_in"
    # The survivor goes on as ever.
    create_contact(kept, {"last_name": "New"}, actor=ada)


def test_a_worker_killed_in_the_middle_moves_nobody_twice(
    people: list[Contact], acme: Customer, borealis: Customer, sam: Actor
) -> None:
    work = work_of(begun(acme, borealis, actor=sam))
    steps: list[Step] = []

    def dying(step: Step) -> StepResult:
        steps.append(step)
        result = merging_jobs.merge(step)
        if len(steps) == 2:  # its rows are written, and yet not committed
            raise SystemExit
        return result

    assert claim(work.pk, worker="first")
    first = Driver(work.pk, worker="first")
    first._step = dying
    with pytest.raises(SystemExit):
        first.drive(is_over=lambda: False)
    assert Contact.objects.filter(customer=acme).count() == 3
    Work.objects.filter(pk=work.pk).update(leased_until=None)

    in_threads(*[lambda: drive_work(work.pk)] * 2)

    work.refresh_from_db()
    assert (work.state, work.done) == (Work.State.DONE, 8)
    # One each for the customer that was left and the one that was joined.
    assert AuditRow.objects.filter(event=Event.CONTACT_MOVED).count() == 16
    assert AuditRow.objects.filter(event=Event.CUSTOMER_MERGED).count() == 1


def test_stopped_it_stands_still_until_anybody_who_may_merge_goes_on_with_it(
    people: list[Contact], acme: Customer, borealis: Customer, sam: Actor, ada: Actor, vic: Actor
) -> None:
    first = work_of(begun(acme, borealis, actor=sam))
    one_step(first)
    stop_work(first.public_id, actor=sam)
    assert drive_work(first.pk).state == Work.State.STOPPED
    assert all_belong_together()

    with pytest.raises(NotAllowed):
        continue_merging(acme, actor=vic)
    second = continue_merging(acme, actor=ada)
    assert begun(acme, borealis, actor=sam).work == second
    assert (second.pk != first.pk, drive_work(second.pk).done) == (True, 5)

    assert Contact.objects.filter(customer=borealis).count() == 0
    with pytest.raises(Refusal):
        continue_merging(acme, actor=ada)


def test_made_inactive_on_the_way_the_survivor_lets_in_nobody_who_comes_later(
    people: list[Contact], acme: Customer, borealis: Customer, bea: Access, sam: Actor
) -> None:
    work = work_of(begun(acme, borealis, actor=sam))
    one_step(work)
    set_customer_status([acme], "inactive", actor=sam)
    assert Access.objects.filter(state=State.CURRENT, customer=borealis).exists()

    done = drive_work(work.pk)

    assert set(Access.objects.values_list("state", flat=True)) == {State.DEACTIVATED}
    assert done.counts["ended"] == 2
    assert counts_match() == {}


def test_another_customer_may_join_while_the_first_is_going_over(
    people: list[Contact], acme: Customer, borealis: Customer, sam: Actor
) -> None:
    third = make.customer("Third")
    for _ in range(4):
        make.contact(third)
    work = work_of(begun(acme, borealis, actor=sam))
    one_step(work)

    assert begun(acme, third, actor=sam).work == work
    done = drive_work(work.pk)

    assert (done.done, done.total, Contact.objects.filter(customer=acme).count()) == (12, 12, 12)
    assert Customer.objects.filter(merged_into=acme).count() == 2


def test_an_import_leaves_rows_of_a_customer_that_is_going_over_for_later(
    people: list[Contact], acme: Customer, borealis: Customer, harbour: Store, ada: Actor
) -> None:
    link = link_for(harbour, borealis, actor=ada)
    one_step(work_of(begun(acme, borealis, actor=ada)))

    rows = [
        ["Customer code", "First name", "Last name", "Email"],
        ["BORE", "Zoe", "Zo", "zoe@borealis.example"],
    ]
    assert import_all(rows, kind="contacts", actor=ada) == [
        (
            2,
            "refused",
            "This customer is being merged into another one. Import the row once that is done.",
        )
    ]
    assert shut(EstoreLink.objects.select_related("store", "customer").get(pk=link.pk)) is not None
