"""Large customers made inactive or archived: nobody gets in at once, and what they have ends step by step."""

import pytest

from tests import make
from tests.access.test_bulk import in_threads
from tradedoor.access import ending_jobs
from tradedoor.access.actions import ending_steps
from tradedoor.access.actions.crm import archive_customers, restore_customers, set_customer_status
from tradedoor.access.actions.entering import sign_in_to_store
from tradedoor.access.errors import CustomerInactive
from tradedoor.access.models import Access, State
from tradedoor.access.queries import counts_match, ended_with_customer
from tradedoor.config.schedule import prepare_background
from tradedoor.core.actor import Actor
from tradedoor.crm.actions import contact_sets
from tradedoor.crm.models import Contact, Customer
from tradedoor.jobs.driving import Driver, claim, drive_work
from tradedoor.jobs.models import Work
from tradedoor.jobs.steps import Step, StepResult
from tradedoor.mail.models import MailMessage
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db(transaction=True)

NOBODY = Actor.nobody(ip="198.51.100.32")


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    prepare_background()
    monkeypatch.setattr(ending_steps, "AT_ONCE", 3)
    monkeypatch.setattr(ending_jobs, "MOST", 2)


@pytest.fixture
def people(acme: Customer, bea: Access, harbour: Store) -> list[Access]:
    """Bea and colleagues: current, current, invited, asking; and two without any access."""
    for _ in range(2):
        make.contact(acme)
    states = (State.CURRENT, State.CURRENT, State.PENDING, State.REQUESTED)
    return [bea, *(make.access(make.contact(acme), harbour, state=state) for state in states)]


def made_inactive(customer: Customer, actor: Actor) -> Work:
    set_customer_status([customer], "inactive", actor=actor)
    return Work.objects.latest("pk")


def one_step(work: Work) -> None:
    assert claim(work.pk, worker="one")
    Driver(work.pk, worker="one").drive(is_over=lambda: True)


def states() -> list[str]:
    return list(Access.objects.order_by("pk").values_list("state", flat=True))


def test_nobody_of_an_inactive_customer_gets_in_before_the_first_step(
    people: list[Access], acme: Customer, harbour: Store, nils: Access, sam: Actor
) -> None:
    work = made_inactive(acme, sam)

    with pytest.raises(CustomerInactive):
        sign_in_to_store(harbour, "bea@acme.example", make.PASSWORD, actor=NOBODY)
    assert states().count(State.CURRENT) == 4
    done = drive_work(work.pk)
    assert (done.state, done.done, done.counts) == (Work.State.DONE, 7, {"ended": 5})
    assert sorted(states()) == sorted(
        [State.DEACTIVATED] * 3 + [State.CANCELLED, State.DECLINED, State.CURRENT]
    )
    assert ended_with_customer(acme.pk, actor=sam).count() == 3
    assert counts_match() == {}
    assert not MailMessage.objects.exists()


def test_active_again_on_the_way_it_loses_nothing_more(
    people: list[Access], acme: Customer, sam: Actor
) -> None:
    work = made_inactive(acme, sam)
    one_step(work)
    set_customer_status([acme], "active", actor=sam)
    before = states()

    assert drive_work(work.pk).state == Work.State.DONE
    assert states() == before


def test_killed_in_the_middle_and_driven_by_two_it_ends_each_once(
    people: list[Access], acme: Customer, sam: Actor
) -> None:
    work = made_inactive(acme, sam)
    steps: list[Step] = []

    def dying(step: Step) -> StepResult:
        steps.append(step)
        result = ending_jobs.end_with_customers(step)
        if len(steps) == 2:  # its rows are written, and yet not committed
            raise SystemExit
        return result

    assert claim(work.pk, worker="first")
    first = Driver(work.pk, worker="first")
    first._step = dying
    with pytest.raises(SystemExit):
        first.drive(is_over=lambda: False)
    Work.objects.filter(pk=work.pk).update(leased_until=None)

    in_threads(*[lambda: drive_work(work.pk)] * 2)

    work.refresh_from_db()
    assert (work.done, work.counts) == (7, {"ended": 5})


def test_contacts_are_archived_with_their_customer_and_come_back_with_it(
    people: list[Access], acme: Customer, sam: Actor
) -> None:
    before = make.contact(acme)
    contact_sets.archive_contacts([before], actor=sam)
    archive_customers([acme], actor=sam)
    work = Work.objects.latest("pk")
    one_step(work)
    assert Contact.objects.living().filter(customer=acme).count() == 5

    drive_work(work.pk)

    acme.refresh_from_db()
    together = Contact.objects.filter(archived_at=acme.archived_at)
    assert (together.count(), Contact.objects.living().count()) == (7, 0)
    assert State.CURRENT not in states()
    restore_customers([acme], actor=sam)
    assert Contact.objects.living().count() == 7
    assert Contact.objects.filter(pk=before.pk, archived_at__isnull=False).exists()


def test_back_from_the_archive_on_the_way_no_contact_is_archived_any_more(
    people: list[Access], acme: Customer, sam: Actor
) -> None:
    archive_customers([acme], actor=sam)
    work = Work.objects.latest("pk")
    one_step(work)
    restore_customers([acme], actor=sam)
    archive_customers([acme], actor=sam)
    again = Work.objects.latest("pk")

    drive_work(work.pk)
    assert Contact.objects.living().count() == 7
    drive_work(again.pk)
    assert Contact.objects.living().count() == 0


def test_an_access_that_a_contact_of_another_customer_has_for_it_ends_too(
    people: list[Access], acme: Customer, borealis: Customer, sam: Actor
) -> None:
    contact_sets.move_contacts([people[1].contact], to=borealis.departments.get(), actor=sam)

    drive_work(made_inactive(acme, sam).pk)

    people[1].refresh_from_db()
    assert people[1].state == State.DEACTIVATED
