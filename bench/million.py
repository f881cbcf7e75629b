"""Lists at a million contacts and 300,000 accesses, as one person meets them over HTTP.

Each tab of a store with its counts, a search of three letters and one of a whole email, the first page and one 250,000
rows deep by its cursor; the contacts; and the accesses of all stores.
"""

from collections.abc import Mapping, Sequence
from functools import partial

from django.contrib.auth.hashers import check_password
from django.core.cache import cache
from django.db.models import QuerySet
from django.test import Client

from bench.figures import Report, counting, cpu_seconds, median_ms, quantile, seconds
from bench.million_rows import CONTACTS, HARBOUR, email_of, people
from bench.rows import PASSWORD, World
from bench.serving import Server, serving
from tradedoor.access.models import Access, Tab
from tradedoor.crm.models import Contact
from tradedoor.web.keyset import Order, write_cursor

GROUP = "1,000,000 contacts, 300,000 accesses: a page over HTTP"
LARGE = True
DEEP = 250_000
LOOKS = 60
MOST_MS = {"postgres": 100.0, "sqlite": 150.0}
MOST_STATEMENTS = 20
# Of few, of many, of everybody, of those who come late along the names, of nobody.
LETTERS = ("kon", "mia", "cas", "per", "zzx", "noe", "b00", "hot", "lak", "jan")


def measure(world: World, report: Report) -> None:
    client = world.staff_client()
    hashes = [seconds(partial(check_password, PASSWORD, world.password_hash)) for _time in range(20)]
    report.add("yardstick: bare password hash, p50", f"{median_ms(hashes):.1f} ms")
    most = MOST_MS[report.database]
    slowest = 0.0
    with serving(client) as server:
        for name, addresses in pages(world).items():
            times = looked_at(server, addresses)
            slow = quantile(times, 0.95) * 1000
            slowest = max(slowest, slow)
            report.add(
                f"{name}: p50 / p95",
                f"{median_ms(times):.0f} / {slow:.0f} ms",
                f"≤ {most:.0f} ms",
                holds=slow <= most,
            )
    counts = {name: statements(client, addresses) for name, addresses in pages(world).items()}
    report.add(
        "statements a page, fewest and most",
        f"{min(low for low, _high in counts.values())}, {max(high for _low, high in counts.values())}",
        f"≤ {MOST_STATEMENTS}",
        holds=all(high <= MOST_STATEMENTS for _low, high in counts.values()),
    )
    report.add("our CPU for the deep page", f"{cpu_of(client, pages(world)['Current, 250,000 deep']):.0f} ms")


def pages(world: World) -> Mapping[str, Sequence[str]]:
    """What is looked at, by name: one address, or several that take turns."""
    home = f"/stores/{world.store.slug}/dashboard/"
    current = Access.objects.filter(tab=Tab.CURRENT)
    emails = [email_of(key) for key in people(0, HARBOUR)[:: HARBOUR // 10]]
    anybody = [email_of(key) for key in range(1000, CONTACTS, CONTACTS // 10)]
    return {
        **{f"{tab.label}, first page": [f"{home}?tab={tab}"] for tab in (Tab.CURRENT, Tab.PENDING)},
        "Deactivated, first page": [f"{home}?tab=deactivated"],
        "Error, first page": [f"{home}?tab=error"],
        "Current, 250,000 deep": [f"{home}?after={cursor(current.filter(store=world.store))}"],
        "Search Customers, 3 letters": [f"{home}?q={letters}" for letters in LETTERS],
        "Search Customers, whole email": [f"{home}?q={email}" for email in emails],
        "Access over all stores, first page": ["/access/"],
        "Access over all stores, 250,000 deep": [f"/access/?after={cursor(current)}"],
        "Contacts, first page": ["/crm/contacts/"],
        "Contacts, 250,000 deep": [f"/crm/contacts/?after={cursor(Contact.objects.living())}"],
        "Contacts, whole email": [f"/crm/contacts/?q={email}" for email in anybody],
    }


def cursor(rows: QuerySet[Access] | QuerySet[Contact]) -> str:
    """The cursor of the page that begins at row 250,001 by name."""
    order = Order.of("name", ("sort_name",), turned=False)
    row = rows.order_by(*order.fields)[DEEP - 1]
    return write_cursor(order, row, start=DEEP + 1)


def looked_at(server: Server, addresses: Sequence[str]) -> list[float]:
    times = []
    for place in range(-len(addresses), LOOKS):
        took = seconds(partial(server.get, addresses[place % len(addresses)]))
        if place >= 0:  # each was looked at once before, as by whoever came first
            times.append(took)
    return times


def statements(client: Client, addresses: Sequence[str]) -> tuple[int, int]:
    """The fewest and the most that one of these pages takes, in a process that remembers no facts of the store."""
    numbers = []
    for address in addresses:
        client.get(address)
        cache.clear()
        with counting() as counted:
            client.get(address)
        numbers.append(len(counted))
    return min(numbers), max(numbers)


def cpu_of(client: Client, addresses: Sequence[str]) -> float:
    return quantile([cpu_seconds(partial(client.get, addresses[0])) for _time in range(10)], 0.5) * 1000
