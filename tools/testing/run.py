"""`make test`: the whole suite on SQLite, then on PostgreSQL all but what only repeats the same pages there.

python -m tools.testing.run [sqlite|postgres] [arguments for pytest]
"""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tools.testing.ensure import ensure
from tools.testing.postgres import cluster

ROOT = Path(__file__).resolve().parents[2]
PYTEST = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "worksteal"]


@dataclass(frozen=True, slots=True)
class Round:
    database: str
    exit_code: int
    closing_line: str


def main() -> int:
    """Run both rounds, even if the first fails; end with pytest's closing line of each."""
    chosen, arguments = split(sys.argv[1:])
    missing = ensure()
    rounds = []
    if "sqlite" in chosen:
        rounds.append(on_sqlite(arguments, browser="chromium" not in missing))
    if "postgres" in chosen and "postgresql" not in missing:
        rounds.append(on_postgres(arguments))

    print()
    for each in rounds:
        print(f"{each.database}: {each.closing_line}")
    if missing:
        print(f"LEFT OUT, since these packages are not installed: {', '.join(missing)}.")
        print(f"  As root: apt-get install {' '.join(missing)}")
    return max((each.exit_code for each in rounds), default=1)


def split(given: list[str]) -> tuple[set[str], list[str]]:
    if given and given[0] in {"sqlite", "postgres"}:
        return {given[0]}, given[1:]
    return {"sqlite", "postgres"}, given


def on_sqlite(arguments: list[str], *, browser: bool) -> Round:
    marks = [] if browser else ["-m", "not browser and not journey"]
    return run("SQLite", [*marks, *arguments], url="")


def on_postgres(arguments: list[str]) -> Round:
    with cluster() as url:
        once = ["-m", "not browser and not journey", "--database-only"]
        return run("PostgreSQL", [*once, *arguments], url=url)


def run(database: str, arguments: list[str], *, url: str) -> Round:
    """Run pytest, show what it says as it says it, and remember its last line."""
    print(f"\nTests on {database}", flush=True)
    began = time.monotonic()
    last = ""
    with subprocess.Popen(
        [*PYTEST, *arguments],
        cwd=ROOT,
        # Compiling all tests takes each worker as long as hundreds of them do, so what was compiled is kept.
        env={**os.environ, "TEST_DATABASE_URL": url, "PYTHONDONTWRITEBYTECODE": ""},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            last = line.strip(" =\n") or last
    if not last:
        last = f"pytest said nothing for {time.monotonic() - began:.0f} s"
    return Round(database, process.returncode, last)


if __name__ == "__main__":
    sys.exit(main())
