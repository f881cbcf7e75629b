"""The three big lists: the same number of statements at 100 and at 100,000 contacts, and how long they take."""

from django.core.cache import cache
from django.test import Client

from bench.figures import Report, counting, median_ms, quantile, seconds
from bench.rows import World

GROUP = "Lists, first page of 25"
FEW, MANY = 100, 100_000
TIMES = 30
MOST_MS = 100.0


def measure(world: World, report: Report) -> None:
    pages = {
        "dashboard": f"/stores/{world.store.slug}/dashboard/",
        "customers": "/crm/customers/",
        "contacts": "/crm/contacts/",
    }
    client = world.staff_client()
    found: dict[int, dict[str, tuple[int, list[float]]]] = {}
    for size in (FEW, MANY):
        world.grow(size)
        found[size] = {name: looked_at(client, address) for name, address in pages.items()}
    for name in pages:
        few, many = found[FEW][name], found[MANY][name]
        report.add(
            f"{name}: statements at {FEW:,} / {MANY:,} contacts",
            f"{few[0]} / {many[0]}",
            "equal",
            holds=few[0] == many[0],
        )
        report.add(
            f"{name}: p50 at {FEW:,} / {MANY:,}", f"{median_ms(few[1]):.0f} / {median_ms(many[1]):.0f} ms"
        )
        slow = quantile(many[1], 0.95) * 1000
        report.add(f"{name}: p95 at {MANY:,}", f"{slow:.0f} ms", f"≤ {MOST_MS:.0f} ms", holds=slow <= MOST_MS)


def looked_at(client: Client, address: str) -> tuple[int, list[float]]:
    """How many statements the page takes once warm, and the times of many looks."""

    def look() -> None:
        answer = client.get(address)
        if answer.status_code != 200:
            raise RuntimeError(f"{address}: {answer.status_code}")

    look()
    look()
    cache.clear()  # facts of a very large store are kept for a minute: count the look that finds none
    with counting() as counted:
        look()
    return len(counted), [seconds(look) for _time in range(TIMES)]
