"""One measured figure, and how times are taken."""

import os
import resource
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.utils import CursorWrapper


@dataclass(frozen=True, slots=True)
class Figure:
    """What came out on one database; `mark` says what it must be, `holds` whether it is."""

    database: str
    group: str
    name: str
    value: str
    mark: str = ""
    holds: bool = True
    load: float = 0.0

    @property
    def shown(self) -> str:
        """The value; where it misses its mark, also how busy the machine was, which may be all there is to it."""
        return self.value if self.holds else f"**{self.value}** (missed; load {self.load:.1f})"


@dataclass
class Report:
    """Collects the figures of one measurement on one database."""

    database: str
    group: str
    say: Callable[[Figure], None]

    def add(self, name: str, value: str, mark: str = "", *, holds: bool = True) -> None:
        self.say(Figure(self.database, self.group, name, value, mark, holds, os.getloadavg()[0]))


@dataclass
class Counted:
    """Statements sent to the database; a COPY is one."""

    statements: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.statements)


@contextmanager
def counting() -> Iterator[Counted]:
    """Count each statement that goes to the database, transactions' own and copies included."""
    counted = Counted()
    real_copy = CursorWrapper.__getattr__

    def see(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 - Django's signature
        counted.statements.append(sql)
        return execute(sql, params, many, context)

    def seen_attribute(cursor: CursorWrapper, name: str) -> Any:
        if name == "copy":
            counted.statements.append("COPY")
        return real_copy(cursor, name)

    with connection.execute_wrapper(see), patch.object(CursorWrapper, "__getattr__", seen_attribute):
        yield counted


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def cpu_seconds(work: Callable[[], object]) -> float:
    """What this process computed for it. Other work on the machine hardly shows; nor does a database server."""
    began = time.process_time()
    work()
    return time.process_time() - began


def quantile(times: Sequence[float], part: float) -> float:
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def median_ms(times: Sequence[float]) -> float:
    return statistics.median(times) * 1000


@contextmanager
def transactions() -> Iterator[list[float]]:
    """Collect the seconds of each transaction on this connection, from its begin to its commit."""
    taken: list[float] = []
    began = [0.0]
    wrapper_class = type(connections[DEFAULT_DB_ALIAS])
    real = wrapper_class.set_autocommit

    def seen(wrapper: Any, autocommit: bool, *given: Any, **named: Any) -> None:  # noqa: FBT001 - Django's signature
        real(wrapper, autocommit, *given, **named)
        if autocommit and began[0]:
            taken.append(time.perf_counter() - began[0])
        began[0] = 0.0 if autocommit else time.perf_counter()

    with patch.object(wrapper_class, "set_autocommit", seen):
        yield taken


def peak_memory_mb() -> float:
    """The most memory that this process has held since `forget_peak_memory`."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def forget_peak_memory() -> None:
    """Let the peak be what is held now, where the system can forget it."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


LONGEST_SECONDS, MOST_MB = 1.5, 50.0
SETTLED = 10  # batches after which memory has to stay as it is


def report_steps(report: Report, taken: Sequence[float], memory: Sequence[float]) -> None:
    """How long the write transactions of one job were, and how its peak of memory, read after each batch, grew."""
    longest = max(taken)
    report.add(
        "longest write transaction (p50)",
        f"{longest:.2f} s ({quantile(taken, 0.5):.2f} s)",
        f"≤ {LONGEST_SECONDS} s",
        holds=longest <= LONGEST_SECONDS,
    )
    grown = memory[-1] - memory[min(SETTLED, len(memory) - 1)]
    report.add(
        f"peak memory grown since batch {SETTLED}",
        f"{grown:.0f} MB",
        f"≤ {MOST_MB:.0f} MB",
        holds=grown <= MOST_MB,
    )
