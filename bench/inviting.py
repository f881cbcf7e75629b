"""Inviting the 753 contacts of a list: how many statements a batch, and how many contacts a second."""

from itertools import pairwise

from bench.figures import Counted, Report, counting, seconds
from bench.rows import World
from tradedoor.access.actions.bulk import Selection, invite_in_background
from tradedoor.jobs.driving import drive_work
from tradedoor.jobs.models import Work

GROUP = "Inviting 753 contacts, one job"
CONTACTS = 753
MOST_A_BATCH = 60


def measure(world: World, report: Report) -> None:
    customers = world.make_customers(700)
    contacts = world.make_contacts(customers, CONTACTS)
    store = world.new_store(world.actor, "Invitations")
    picked = Selection.picked(tuple(contact.pk for contact in contacts))
    work = invite_in_background(store, picked, actor=world.actor)

    marks: list[tuple[int, int]] = []

    def driven(counted: Counted) -> None:
        drive_work(work.pk, lambda now: marks.append((now.done, len(counted))))

    with counting() as counted:
        took = seconds(lambda: driven(counted))
    done = Work.objects.get(pk=work.pk)
    if done.counts.get("invited") != CONTACTS:
        raise RuntimeError(f"not all were invited: {done.counts}")
    steps = [(after[0] - before[0], after[1] - before[1]) for before, after in pairwise(marks)]
    report.add("contacts in each batch", ", ".join(str(size) for size, _queries in steps))
    report.add(
        "statements for each batch",
        ", ".join(str(queries) for _size, queries in steps),
        f"≤ {MOST_A_BATCH}, not by contact",
        holds=max(queries for _size, queries in steps) <= MOST_A_BATCH,
    )
    report.add("statements in all", str(len(counted)))
    report.add("contacts a second", f"{CONTACTS / took:,.0f}")
