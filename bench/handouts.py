"""Hand-outs of 700 customers as one zip: how long, in how much memory, and how long a step keeps others waiting."""

import zipfile
from tempfile import TemporaryFile

from bench.figures import Report, cpu_seconds, forget_peak_memory, peak_memory_mb, seconds, transactions
from bench.rows import World
from tradedoor.handouts.actions.bulk import handouts_zip, start_handouts
from tradedoor.handouts.making import Kind
from tradedoor.jobs.driving import drive_work
from tradedoor.jobs.models import Work
from tradedoor.stores.models import Store

GROUP = "Hand-outs, one job and one zip"
CUSTOMERS, FEW = 700, 50
MOST_SECONDS = 60
# What the allocator keeps of what came and went, and no more for more customers.
MOST_GROWTH_MB = 30


def measure(world: World, report: Report) -> None:
    customers = world.make_customers(CUSTOMERS)
    store = world.new_store(world.actor, "Hand-outs")
    ids = [customer.pk for customer in customers]
    for kind in Kind:
        _measured(world, report, store, ids, kind)


def _measured(world: World, report: Report, store: Store, ids: list[int], kind: Kind) -> None:
    _make(world, store, ids[:FEW], kind)  # so that fonts and templates are there
    few = _peak(world, store, ids[:FEW], kind)
    computed: list[float] = []
    with transactions() as steps:
        took = seconds(lambda: computed.append(cpu_seconds(lambda: _make(world, store, ids, kind))))
    many = _peak(world, store, ids, kind)
    report.add(
        f"{CUSTOMERS} as {kind}, made and zipped",
        f"{took:.1f} s",
        f"< {MOST_SECONDS} s",
        holds=took < MOST_SECONDS,
    )
    report.add(f"processor time of that ({kind})", f"{computed[0]:.1f} s")
    report.add(f"longest transaction ({kind})", f"{max(steps) * 1000:,.0f} ms")
    report.add(
        f"memory for {CUSTOMERS} over that for {FEW} ({kind})",
        f"{many - few:+.0f} MB",
        f"≤ {MOST_GROWTH_MB} MB",
        holds=many - few <= MOST_GROWTH_MB,
    )


def _make(world: World, store: Store, ids: list[int], kind: Kind) -> None:
    """Drive the job, fetch the zip, and see that all are in it."""
    work = start_handouts(ids, store, kind=kind, actor=world.actor)
    drive_work(work.pk)
    with TemporaryFile() as fetched:
        for chunk in handouts_zip(Work.objects.get(pk=work.pk), actor=world.actor):
            fetched.write(chunk)
        with zipfile.ZipFile(fetched) as packed:
            if (count := len(packed.namelist())) != len(ids):
                raise RuntimeError(f"not all were made: {count}")


def _peak(world: World, store: Store, ids: list[int], kind: Kind) -> float:
    forget_peak_memory()
    _make(world, store, ids, kind)
    return peak_memory_mb()
