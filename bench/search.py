"""Searching 100,000 contacts: part of a name, of an address, of a company, two words, and what nobody has."""

from collections.abc import Callable, Sequence
from functools import partial

from bench.figures import Report, quantile, seconds
from bench.rows import World
from tradedoor.access.queries import dashboard
from tradedoor.crm.queries import contacts

GROUP = "Search in 100,000 contacts, first 25 by name"
MANY = 100_000
TIMES = 40
ROWS = 25


def measure(world: World, report: Report) -> None:
    world.grow(MANY)
    asked: dict[str, Sequence[str]] = {
        "one person (address)": [f"person{number}@" for number in range(500, 90_500, 90_000 // TIMES)],
        "a company's people": [f"customer{number}.example" for number in range(500, 9_500, 9_000 // TIMES)],
        "many (a surname)": ["könig", "castle", "grant", "field"] * (TIMES // 4),
        "two words": [f"mia forest {number}" for number in range(TIMES)],
        "nobody": [f"zzyx{number}" for number in range(TIMES)],
    }
    faces: dict[str, Callable[[str], object]] = {
        "contacts": lambda text: list(
            contacts(world.actor, search=text).order_by("sort_name", "pk")[: ROWS + 1]
        ),
        "dashboard": lambda text: list(
            dashboard(world.store, tab=None, actor=world.actor, search=text).order_by("sort_name", "pk")[
                : ROWS + 1
            ]
        ),
    }
    for face, find in faces.items():
        for what, texts in asked.items():
            find(texts[0])
            times = [seconds(partial(find, text)) for text in texts]
            report.add(
                f"{face}: {what}, p50 / p99",
                f"{quantile(times, 0.5) * 1000:.1f} / {quantile(times, 0.99) * 1000:.1f} ms",
            )
