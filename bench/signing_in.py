"""A process in which people sign in to a store, one after the other, for as long as its input stays open.

python -m bench.signing_in STORE < addresses, one a line; prints their times and how many were not let in, as JSON.
"""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import django

from bench.figures import Report, quantile

PAUSE = 0.1


@dataclass
class SignIns:
    """What people met while something else went on; known once that has ended."""

    times: list[float] = field(default_factory=list)
    failures: int = 0


@contextmanager
def going_on(store: str, addresses: Sequence[str]) -> Iterator[SignIns]:
    """Let people sign in meanwhile, in another process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.signing_in", store],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    found = SignIns()
    try:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("the process has no pipes")
        process.stdin.write("\n".join(addresses) + "\n\n")
        process.stdin.flush()
        if process.stdout.readline().strip() != "ready":
            raise RuntimeError("nobody could sign in")
        yield found
        process.stdin.close()
        answer = json.loads(process.stdout.read())
        found.times, found.failures = answer["times"], answer["failures"]
    finally:
        if process.stdin is not None:
            process.stdin.close()
        if process.wait(timeout=60):
            raise RuntimeError("signing in came to grief")


def times_of(times: Sequence[float]) -> str:
    if not times:
        return "none"
    return " / ".join(f"{quantile(times, part) * 1000:.0f}" for part in (0.5, 0.95, 1.0)) + " ms"


def report_sign_ins(report: Report, found: SignIns) -> None:
    report.add("sign-ins meanwhile, p50 / p95 / longest", times_of(found.times))
    report.add(
        "sign-ins that failed",
        f"{found.failures} of {len(found.times)}",
        "0",
        holds=not found.failures,
    )


def main() -> None:
    django.setup()
    from bench.rows import PASSWORD, browser

    addresses = [line.strip() for line in iter(sys.stdin.readline, "\n")]
    over = threading.Event()

    def wait() -> None:
        sys.stdin.read()
        over.set()

    threading.Thread(target=wait, daemon=True).start()
    client, times, failures = browser(), [], 0
    for number, address in enumerate(addresses):
        client.cookies.clear()
        began = time.perf_counter()
        # Each from a network of their own, since one network may only try so often.
        answer = client.post(
            f"/s/{sys.argv[1]}/login/",
            {"email": address, "password": PASSWORD},
            REMOTE_ADDR=f"10.{number // 250 % 250}.{number % 250}.1",
        )
        times.append(time.perf_counter() - began)
        failures += answer.status_code != 302
        if number == 0:
            times.clear()
            print("ready", flush=True)
        if over.wait(PAUSE):
            break
    print(json.dumps({"times": times, "failures": failures}))


if __name__ == "__main__":
    main()
