"""What is done to a whole customer of 20,000 people: merged, deactivated and taken back, made inactive, archived.

Each is long work once it is larger than a batch; the mark says how long anybody else waits with writing on SQLite.
"""

from collections.abc import Callable

from django.db import connection, transaction

from bench.figures import Report, seconds, transactions
from bench.million_rows import HARBOUR
from bench.rows import World
from tradedoor.access.actions.crm import archive_customers, set_customer_status
from tradedoor.access.actions.merging import merge_customers
from tradedoor.access.actions.wide_steps import undo_in_background
from tradedoor.access.actions.wider import Scope, Wish, deactivate_wider
from tradedoor.access.models import Access, State
from tradedoor.crm.models import Customer
from tradedoor.jobs.driving import drive_work
from tradedoor.jobs.models import Work

GROUP = "A customer of 20,000"
LARGE = True
HALF = 10_000
MOST_SECONDS = 1.5


def measure(world: World, report: Report) -> None:
    kept, gone = Customer.objects.order_by("pk")[:2]
    # The last of Harbour's people, of whom most are in Quay too.
    gather(kept, first=HARBOUR - 2 * HALF)
    gather(gone, first=HARBOUR - HALF)
    seen = {row.pk: row.version for row in (kept, gone)}
    taking(
        report,
        "merging 10,000 contacts into it",
        lambda: merge_customers(kept, [gone], chosen={}, seen=seen, actor=world.actor).work,
    )
    if kept.contacts.count() < 2 * HALF:
        raise RuntimeError("not all contacts came along")
    living = Access.objects.filter(customer=kept, state=State.CURRENT).order_by("pk")
    number = living.count()
    access = living.select_related("store", "customer").first()
    if access is None:
        raise RuntimeError("nobody can sign in")
    wish = Wish(scope=Scope.CUSTOMER)
    receipts = []

    def deactivate() -> Work | None:
        receipts.append(deactivate_wider(access, wish, actor=world.actor))
        return receipts[0].work

    taking(report, f"deactivating everyone, {number:,} current accesses", deactivate)
    if living.exists():
        raise RuntimeError("some were left")
    taking(report, "its Undo", lambda: undo_in_background(access, receipts[0].deed, actor=world.actor))
    taking(report, "making it inactive", lambda: made_inactive(kept, world))
    taking(report, "archiving it", lambda: archived(kept, world))
    if living.exists():
        raise RuntimeError("some were left")


def taking(report: Report, name: str, begin: Callable[[], Work | None]) -> None:
    """Begin it as the request does, then drive its work to the end."""

    def whole() -> None:
        work = begin()
        if work is not None and drive_work(work.pk).state != Work.State.DONE:
            raise RuntimeError(f"{name} did not end well")

    with transactions() as taken:
        took = seconds(whole)
    report.add(f"{name}, in all", f"{took:.1f} s")
    longest = max(taken)
    report.add(
        f"{name}: its longest write transaction",
        f"{longest:.2f} s",
        f"≤ {MOST_SECONDS} s",
        holds=longest <= MOST_SECONDS,
    )


def made_inactive(customer: Customer, world: World) -> Work | None:
    set_customer_status([customer], Customer.Status.INACTIVE, actor=world.actor)
    return Work.objects.order_by("-pk").first()


def archived(customer: Customer, world: World) -> Work | None:
    archive_customers([customer], actor=world.actor)
    return Work.objects.order_by("-pk").first()


@transaction.atomic
def gather(customer: Customer, *, first: int) -> None:
    """Let these contacts, and their accesses, be of this customer."""
    main = customer.departments.get(is_main=True)
    which = f"> {first} AND {{}} <= {first + HALF}"
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE crm_contact SET customer_id = %s, department_id = %s WHERE id {which.format('id')}",  # noqa: S608 - ours
            [customer.pk, main.pk],
        )
        cursor.execute(
            f"UPDATE access_access SET customer_id = %s WHERE contact_id {which.format('contact_id')}",  # noqa: S608 - ours
            [customer.pk],
        )
