"""The two deeds that are one transaction however large: merging customers, and deactivating a whole one.

No mark: the figure says how long everybody else waits with writing on SQLite.
"""

from django.db import connection, transaction

from bench.figures import Report, seconds, transactions
from bench.million_rows import HARBOUR
from bench.rows import World
from tradedoor.access.actions.merging import merge_customers
from tradedoor.access.actions.wider import Scope, Wish, deactivate_wider
from tradedoor.access.models import Access, State
from tradedoor.crm.models import Customer

GROUP = "One transaction for 20,000"
LARGE = True
HALF = 10_000


def measure(world: World, report: Report) -> None:
    kept, gone = Customer.objects.order_by("pk")[:2]
    # The last of Harbour's people, of whom most are in Quay too.
    gather(kept, first=HARBOUR - 2 * HALF)
    gather(gone, first=HARBOUR - HALF)
    seen = {row.pk: row.version for row in (kept, gone)}
    with transactions() as taken:
        took = seconds(lambda: merge_customers(kept, [gone], chosen={}, seen=seen, actor=world.actor))
    if kept.contacts.count() < 2 * HALF:
        raise RuntimeError("not all contacts came along")
    report.add("merging two customers with 20,000 contacts, in all", f"{took:.1f} s")
    report.add("its longest write transaction", f"{max(taken):.1f} s")

    living = Access.objects.filter(customer=kept, state=State.CURRENT)
    few = list(living.order_by("pk").values_list("pk", flat=True)[: 2 * HALF])
    number = living.count()
    access = Access.objects.select_related("store").get(pk=few[0])
    with transactions() as taken:
        took = seconds(lambda: deactivate_wider(access, Wish(scope=Scope.CUSTOMER), actor=world.actor))
    if living.exists():
        raise RuntimeError("some were left")
    report.add(f"deactivating a whole customer, {number:,} current accesses", f"{took:.1f} s")
    report.add("its longest write transaction ", f"{max(taken):.1f} s")


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
